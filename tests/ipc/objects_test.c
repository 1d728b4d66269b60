/* Many small things in shared memory: places that don't meet, names that end, and one reading. */
#include "sandbox/base/cleanup.h"

#include "gtest_c.h"

#include <brig/memory.h>
#include <brig/objects.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define SIZE ((size_t)64 << 10)

static struct brig_objects *arena(void)
{
	struct brig_objects *objects = NULL;

	EXPECT_OK(brig_objects_create(SIZE, &objects));
	return objects;
}

/* What a child has: all of the pages, to write. */
static uint8_t *child_view(struct brig_objects *objects)
{
	brig_auto_fd int fd = brig_objects_lend(objects);
	uint8_t *bytes =
		mmap(NULL, brig_objects_size(objects), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	EXPECT_TRUE(bytes != MAP_FAILED);
	return bytes;
}

TEST_C(objects, are_read_once)
{
	struct brig_objects *objects = arena();
	struct brig_object object;
	char into[16] = "";
	size_t n = 0;

	ASSERT_OK(brig_objects_put(objects, "hello", 6, &object));
	EXPECT_OK(brig_objects_take(objects, &object, into, sizeof into, &n));
	EXPECT_STR_EQ("hello", into);
	EXPECT_UINT_EQ(6, n);
	EXPECT_ERR(ESTALE, brig_objects_take(objects, &object, into, sizeof into, &n));
	EXPECT_ERR(ESTALE, brig_objects_remove(objects, &object));
	brig_objects_destroy(objects);
}

/* The place is the same, the name isn't. */
TEST_C(objects, have_names_that_are_never_used_again)
{
	struct brig_objects *objects = arena();
	struct brig_object old, now;
	char into[16];

	ASSERT_OK(brig_objects_put(objects, "old", 4, &old));
	ASSERT_OK(brig_objects_remove(objects, &old));
	ASSERT_OK(brig_objects_put(objects, "new", 4, &now));
	EXPECT_UINT_EQ(old.offset, now.offset);
	EXPECT_UINT_EQ(old.length, now.length);
	EXPECT_ERR(ESTALE, brig_objects_take(objects, &old, into, sizeof into, NULL));
	EXPECT_OK(brig_objects_take(objects, &now, into, sizeof into, NULL));
	EXPECT_STR_EQ("new", into);
	brig_objects_destroy(objects);
}

/* One that is there, and names that a child made of it. */
static void expect_stale(int64_t offset, int64_t length, int64_t generation)
{
	struct brig_objects *objects = arena();
	struct brig_object object, lie;
	static char into[SIZE];

	ASSERT_OK(brig_objects_add(objects, 100, &object));
	lie.offset = (uint32_t)(object.offset + offset);
	lie.length = (uint32_t)(object.length + length);
	lie.generation = (uint64_t)((int64_t)object.generation + generation);
	EXPECT_ERR(ESTALE, brig_objects_take(objects, &lie, into, sizeof into, NULL));
	EXPECT_ERR(ESTALE, brig_objects_remove(objects, &lie));
	EXPECT_OK(brig_objects_remove(objects, &object));
	brig_objects_destroy(objects);
}

TEST_C(objects, are_not_found_at_another_offset)
{
	expect_stale(64, 0, 0);
	expect_stale(1, 0, 0);
	expect_stale((int64_t)SIZE, 0, 0);
	expect_stale(-64, 0, 0);
}

TEST_C(objects, are_not_found_by_another_length)
{
	expect_stale(0, 1, 0);
	expect_stale(0, -1, 0);
	expect_stale(0, -101, 0);
}

TEST_C(objects, are_not_found_by_another_generation)
{
	expect_stale(0, 0, 1);
	expect_stale(0, 0, -1);
}

/* A place that nothing was ever put in is of generation 0, and of no length. */
TEST_C(objects, are_not_found_where_none_ever_was)
{
	struct brig_objects *objects = arena();
	const struct brig_object lie = { 0, 4096, 0 };
	char into[1];

	EXPECT_ERR(ESTALE, brig_objects_take(objects, &lie, into, sizeof into, NULL));
	EXPECT_ERR(ESTALE, brig_objects_remove(objects, &lie));
	brig_objects_destroy(objects);
}

TEST_C(objects, that_have_no_room_stay)
{
	struct brig_objects *objects = arena();
	struct brig_object object;
	char into[16] = "before";

	ASSERT_OK(brig_objects_put(objects, "longer than six", 16, &object));
	EXPECT_ERR(EMSGSIZE, brig_objects_take(objects, &object, into, 15, NULL));
	EXPECT_STR_EQ("before", into);
	EXPECT_OK(brig_objects_take(objects, &object, into, 16, NULL));
	EXPECT_STR_EQ("longer than six", into);
	brig_objects_destroy(objects);
}

/* Whatever a child writes over all of it, the broker's own list is untouched. */
TEST_C(objects, are_listed_where_no_child_writes)
{
	struct brig_objects *objects = arena();
	struct brig_object first, second;
	uint8_t *child = child_view(objects);
	uint8_t into[64];

	ASSERT_OK(brig_objects_add(objects, 64, &first));
	ASSERT_OK(brig_objects_add(objects, 64, &second));
	memset(child, 0xff, brig_objects_size(objects));
	EXPECT_OK(brig_objects_take(objects, &first, into, sizeof into, NULL));
	EXPECT_INT_EQ(0xff, into[63]);
	memset(child, 0, brig_objects_size(objects));
	EXPECT_INT_EQ(0xff, into[63]);
	EXPECT_OK(brig_objects_remove(objects, &second));
	EXPECT_OK(brig_objects_add(objects, SIZE, &first));
	(void)munmap(child, SIZE);
	brig_objects_destroy(objects);
}

TEST_C(objects, are_one_childs)
{
	struct brig_objects *objects = arena();
	brig_auto_fd int fd = brig_objects_lend(objects);

	EXPECT_INT_GE(fd, 0);
	EXPECT_ERR(EALREADY, brig_objects_lend(objects));
	brig_objects_destroy(objects);
}

TEST_C(objects, fill_it_and_no_more)
{
	struct brig_objects *objects = arena();
	struct brig_object list[SIZE / 64], one;

	for (size_t i = 0; i < SIZE / 64; i++)
		ASSERT_OK(brig_objects_add(objects, 1 + i % 64, &list[i]));
	EXPECT_ERR(ENOSPC, brig_objects_add(objects, 1, &one));
	for (size_t i = 0; i < SIZE / 64; i += 2)
		ASSERT_OK(brig_objects_remove(objects, &list[i]));
	EXPECT_ERR(ENOSPC, brig_objects_add(objects, 65, &one));
	for (size_t i = 1; i < SIZE / 64; i += 2)
		ASSERT_OK(brig_objects_remove(objects, &list[i]));
	EXPECT_OK(brig_objects_add(objects, SIZE, &one)); /* they are one piece again */
	EXPECT_ERR(ENOSPC, brig_objects_add(objects, SIZE + 1, &list[0]));
	EXPECT_ERR(EINVAL, brig_objects_add(objects, 0, &list[0]));
	brig_objects_destroy(objects);
}

TEST_C(objects, arenas_have_a_size)
{
	struct brig_objects *objects = NULL;

	EXPECT_ERR(EINVAL, brig_objects_create(0, &objects));
	EXPECT_ERR(EINVAL, brig_objects_create(BRIG_OBJECTS_BYTES_MAX + 1u, &objects));
	EXPECT_PTR_NULL(objects);
	ASSERT_OK(brig_objects_create(1, &objects));
	EXPECT_UINT_EQ(4096, brig_objects_size(objects));
	brig_objects_destroy(objects);
	ASSERT_OK(brig_objects_create(BRIG_OBJECTS_BYTES_MAX, &objects));
	EXPECT_UINT_EQ(BRIG_OBJECTS_BYTES_MAX, brig_objects_size(objects));
	brig_objects_destroy(objects);
}

/* Each byte of each object is its own: as many of random sizes as there are come and go. */
TEST_C(objects, never_overlap)
{
	static uint16_t owner[SIZE];
	struct brig_object list[200];
	uint8_t into[2000];
	struct brig_objects *objects = arena();
	unsigned int seed = 1, put = 0;

	memset(list, 0, sizeof list);
	memset(owner, 0, sizeof owner);
	for (unsigned int turn = 0; turn < 20000; turn++) {
		const unsigned int i = (unsigned int)rand_r(&seed) % 200;
		struct brig_object *object = &list[i];
		uint16_t wanted = object->generation ? (uint16_t)(i + 1) : 0;

		if (object->generation)
			ASSERT_OK(brig_objects_take(objects, object, into, sizeof into, NULL));
		else if (brig_objects_add(objects, 1 + (size_t)rand_r(&seed) % 2000, object) < 0)
			continue;
		put += !wanted;
		for (uint32_t at = object->offset; at < object->offset + object->length; at++) {
			ASSERT_INT_EQ(wanted, owner[at]);
			owner[at] = wanted ? 0 : (uint16_t)(i + 1);
		}
		if (wanted)
			object->generation = 0;
	}
	EXPECT_INT_GT(put, 5000);
	brig_objects_destroy(objects);
}
