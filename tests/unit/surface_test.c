/* Sizes that a child chose: checked before anything is made. */
#include "ipc/shm/surface.h"

#include "gtest_c.h"

#include <errno.h>
#include <unistd.h>

static bool fits(uint32_t width, uint32_t height, uint32_t channels, uint32_t depth)
{
	struct brig_geometry geometry = {
		.width = width, .height = height, .channels = channels, .depth = depth
	};

	return brig_geometry_fill(&geometry, 1000000);
}

TEST_C(geometry, lawful_one_is_filled)
{
	struct brig_geometry geometry = { .width = 3, .height = 5, .channels = 4, .depth = 16 };

	ASSERT_TRUE(brig_geometry_fill(&geometry, 15));
	EXPECT_UINT_EQ(24, geometry.stride);
	EXPECT_UINT_EQ(120, geometry.size);
}

TEST_C(geometry, limit_is_on_the_product)
{
	EXPECT_TRUE(fits(1000, 1000, 3, 8));
	EXPECT_FALSE(fits(1000, 1001, 3, 8));
	EXPECT_FALSE(fits(0xffffffff, 0xffffffff, 4, 16));
	EXPECT_FALSE(fits(0x40000001, 1, 1, 8));
}

TEST_C(geometry, nothing_is_no_picture)
{
	EXPECT_FALSE(fits(0, 5, 3, 8));
	EXPECT_FALSE(fits(5, 0, 3, 8));
	EXPECT_FALSE(fits(5, 5, 0, 8));
	EXPECT_FALSE(fits(5, 5, 5, 8));
	EXPECT_FALSE(fits(5, 5, 3, 12));
}

TEST_C(surface, size_is_sealed)
{
	int fd = brig_shm_create(4096);

	ASSERT_OK(fd);
	errno = 0;
	EXPECT_INT_EQ(-1, ftruncate(fd, 100));
	EXPECT_INT_EQ(EPERM, errno);
	errno = 0;
	EXPECT_INT_EQ(-1, ftruncate(fd, 10000));
	EXPECT_INT_EQ(EPERM, errno);
	(void)close(fd);
}
