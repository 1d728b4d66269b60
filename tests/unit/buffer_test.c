/* Recycled memory: at rest, clear, bounded, and never another's. */
#include "broker/service/buffer.h"

#include "broker/broker.h"
#include "ipc/shm/surface.h"

#include "gtest_c.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE (2u << 20)

struct bench {
	struct brig_loop *loop;
	struct brig_workers *workers;
	struct brig_pool *pool;
};

static void run_done(void *workers)
{
	brig_workers_run_done(workers);
}

static void set_up(struct bench *bench)
{
	ASSERT_OK(brig_loop_create(&bench->loop));
	ASSERT_OK(brig_workers_create(1, bench->loop, &bench->workers));
	ASSERT_OK(brig_pool_create(bench->workers, &bench->pool));
	brig_loop_on_wake(bench->loop, run_done, bench->workers);
}

static void tear_down(struct bench *bench)
{
	brig_pool_close(bench->pool);
	brig_workers_destroy(bench->workers);
	brig_loop_destroy(bench->loop);
}

static void set_true(void *flag)
{
	*(bool *)flag = true;
}

/* There is one worker: what was added before is done once this is. */
static void wait_for_worker(const struct bench *bench)
{
	bool done = false;

	ASSERT_OK(brig_workers_add(bench->workers, NULL, set_true, &done));
	while (!done)
		ASSERT_INT_EQ(1, brig_loop_run(bench->loop, 10000));
}

/* As a child does, and the mapping stays. */
static uint8_t *lend_and_fill(struct brig_buffer *buffer, size_t size)
{
	int fd = brig_buffer_lend(buffer);
	uint8_t *pixels = NULL;

	EXPECT_OK(fd);
	EXPECT_OK(brig_surface_map(fd, size, BRIG_MAP_WRITE, &pixels));
	(void)close(fd);
	if (pixels)
		memset(pixels, 0x5a, size);
	return pixels;
}

static void use(struct brig_buffer *buffer, size_t size)
{
	uint8_t *pixels = lend_and_fill(buffer, size);

	ASSERT_PTR_NOT_NULL(pixels);
	(void)munmap(pixels, size);
	EXPECT_OK(brig_buffer_rest(buffer));
}

static struct brig_buffer *take_for(const struct bench *bench, const struct brig_principal *whose,
				    size_t size)
{
	struct brig_buffer *buffer = NULL;

	EXPECT_OK(brig_buffer_take(bench->pool, whose, size, &buffer));
	return buffer;
}

static struct brig_buffer *take(const struct bench *bench, size_t size)
{
	return take_for(bench, NULL, size);
}

TEST_C(buffer, is_used_again_and_is_clear)
{
	static const uint8_t zeros[SIZE];
	const uint8_t *pixels = NULL;
	struct bench bench;

	set_up(&bench);
	struct brig_buffer *first = take(&bench, SIZE);
	EXPECT_FALSE(brig_buffer_resident(first));
	use(first, SIZE);
	EXPECT_OK(brig_buffer_map(first, SIZE, &pixels));
	EXPECT_INT_EQ(0x5a, pixels[SIZE - 1]);
	brig_buffer_give(first);
	wait_for_worker(&bench);
	/* The picture is smaller, but all of the memory must be clear. */
	struct brig_buffer *second = take(&bench, SIZE * 3 / 4);
	EXPECT_TRUE(first == second);
	EXPECT_TRUE(brig_buffer_resident(second));
	EXPECT_OK(brig_buffer_rest(second));
	EXPECT_OK(brig_buffer_map(second, SIZE, &pixels));
	EXPECT_MEM_EQ(zeros, pixels, SIZE);
	brig_buffer_give(second);
	tear_down(&bench);
}

TEST_C(buffer, is_not_at_rest_while_a_mapping_lives)
{
	const uint8_t *read = NULL;
	struct bench bench;

	set_up(&bench);
	struct brig_buffer *buffer = take(&bench, SIZE);
	uint8_t *pixels = lend_and_fill(buffer, SIZE);
	ASSERT_PTR_NOT_NULL(pixels);
	EXPECT_ERR(EBUSY, brig_buffer_rest(buffer));
	EXPECT_ERR(EPERM, brig_buffer_map(buffer, SIZE, &read));
	brig_buffer_give(buffer);
	EXPECT_UINT_EQ(0, brig_pool_idle(bench.pool));
	(void)munmap(pixels, SIZE);
	tear_down(&bench);
}

/* It can't be written any more, but it isn't the broker's alone. */
TEST_C(buffer, is_sealed_and_not_kept_while_a_descriptor_lives)
{
	const uint8_t *read = NULL;
	uint8_t *pixels = NULL;
	struct bench bench;

	set_up(&bench);
	struct brig_buffer *buffer = take(&bench, SIZE);
	int fd = brig_buffer_lend(buffer);
	EXPECT_OK(fd);
	EXPECT_OK(brig_buffer_rest(buffer));
	EXPECT_ERR(EPERM, brig_surface_map(fd, SIZE, BRIG_MAP_WRITE, &pixels));
	EXPECT_OK(brig_buffer_map(buffer, SIZE, &read));
	brig_buffer_give(buffer);
	EXPECT_UINT_EQ(0, brig_pool_idle(bench.pool));
	(void)close(fd);
	tear_down(&bench);
}

TEST_C(buffer, in_use_is_never_handed_out_again)
{
	struct bench bench;

	set_up(&bench);
	struct brig_buffer *first = take(&bench, SIZE);
	use(first, SIZE);
	struct brig_buffer *second = take(&bench, SIZE);
	EXPECT_FALSE(first == second);
	brig_buffer_give(first);
	brig_buffer_give(second);
	tear_down(&bench);
}

TEST_C(buffer, far_larger_one_is_not_wasted_on_a_small_picture)
{
	struct bench bench;

	set_up(&bench);
	struct brig_buffer *large = take(&bench, 4 * SIZE);
	use(large, 4 * SIZE);
	brig_buffer_give(large);
	wait_for_worker(&bench);
	struct brig_buffer *small = take(&bench, SIZE);
	EXPECT_FALSE(large == small);
	EXPECT_UINT_EQ(4 * SIZE, brig_pool_idle(bench.pool));
	brig_buffer_give(small);
	tear_down(&bench);
}

static void give_many(size_t size, size_t n, size_t wanted_idle)
{
	struct brig_buffer *buffers[32];
	struct bench bench;

	set_up(&bench);
	for (size_t i = 0; i < n; i++)
		buffers[i] = take(&bench, size);
	for (size_t i = 0; i < n; i++) {
		EXPECT_OK(brig_buffer_rest(buffers[i]));
		brig_buffer_give(buffers[i]);
		EXPECT_TRUE(brig_pool_idle(bench.pool) <= BRIG_POOL_BYTES);
	}
	EXPECT_UINT_EQ(wanted_idle, brig_pool_idle(bench.pool));
	tear_down(&bench);
}

TEST_C(buffer, bound_on_their_number_holds)
{
	give_many(BRIG_POOL_LEAST, BRIG_POOL_BUFFERS + 4, BRIG_POOL_BUFFERS * BRIG_POOL_LEAST);
}

TEST_C(buffer, bound_on_their_bytes_holds)
{
	give_many(BRIG_POOL_BYTES / 4 + 4096, 4, 3ul * (BRIG_POOL_BYTES / 4 + 4096));
}

TEST_C(buffer, small_one_is_not_kept)
{
	give_many(BRIG_POOL_LEAST - 1, 2, 0);
}

TEST_C(buffer, outlives_its_pool)
{
	const uint8_t *pixels = NULL;
	struct bench bench;

	set_up(&bench);
	struct brig_buffer *buffer = take(&bench, SIZE);
	use(buffer, SIZE);
	tear_down(&bench);
	EXPECT_OK(brig_buffer_map(buffer, SIZE, &pixels));
	EXPECT_INT_EQ(0x5a, pixels[0]);
	brig_buffer_give(buffer);
}

static const char roles[2];
static const struct brig_principal first_of_a = { &roles[0], 1 };
static const struct brig_principal second_of_a = { &roles[0], 2 };
static const struct brig_principal first_of_b = { &roles[1], 1 };

static void expect_not_given_to(const struct brig_principal *other)
{
	struct bench bench;

	set_up(&bench);
	struct brig_buffer *first = take_for(&bench, &first_of_a, SIZE);
	use(first, SIZE);
	brig_buffer_give(first);
	wait_for_worker(&bench);
	struct brig_buffer *theirs = take_for(&bench, other, SIZE);
	EXPECT_FALSE(brig_buffer_resident(theirs));
	EXPECT_UINT_EQ(SIZE, brig_pool_idle(bench.pool));
	struct brig_buffer *again = take_for(&bench, &first_of_a, SIZE);
	EXPECT_TRUE(first == again);
	brig_buffer_give(theirs);
	brig_buffer_give(again);
	tear_down(&bench);
}

TEST_C(buffer, is_not_used_again_by_another_principal)
{
	expect_not_given_to(&second_of_a);
}

TEST_C(buffer, is_not_used_again_by_another_role)
{
	expect_not_given_to(&first_of_b);
}

TEST_C(buffer, is_not_used_again_by_an_image)
{
	expect_not_given_to(NULL);
}

static void fill_pool(const struct bench *bench, const struct brig_principal *whose, size_t n)
{
	struct brig_buffer *buffers[BRIG_POOL_BUFFERS];

	for (size_t i = 0; i < n; i++)
		buffers[i] = take_for(bench, whose, SIZE);
	for (size_t i = 0; i < n; i++) {
		EXPECT_OK(brig_buffer_rest(buffers[i]));
		brig_buffer_give(buffers[i]);
		wait_for_worker(bench);
	}
}

/* Somebody who is gone doesn't keep the pool from the others, and no bound is exceeded. */
TEST_C(buffer, of_others_makes_room_oldest_first)
{
	struct bench bench;

	set_up(&bench);
	fill_pool(&bench, &first_of_a, BRIG_POOL_BUFFERS / 2);
	fill_pool(&bench, &second_of_a, BRIG_POOL_BUFFERS / 2);
	fill_pool(&bench, &first_of_b, BRIG_POOL_BUFFERS / 2);
	EXPECT_UINT_EQ((size_t)BRIG_POOL_BUFFERS * SIZE, brig_pool_idle(bench.pool));
	struct brig_buffer *gone = take_for(&bench, &first_of_a, SIZE);
	struct brig_buffer *kept = take_for(&bench, &second_of_a, SIZE);
	EXPECT_FALSE(brig_buffer_resident(gone));
	EXPECT_TRUE(brig_buffer_resident(kept));
	brig_buffer_give(gone);
	brig_buffer_give(kept);
	tear_down(&bench);
}
