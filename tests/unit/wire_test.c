/* The header and the arena, fed with what a hostile peer would send. */
#include "ipc/dispatch/arena.h"
#include "ipc/wire/frame.h"

#include "gtest_c.h"

#include <string.h>

static struct brig_frame lawful(void)
{
	return (struct brig_frame){ .version = BRIG_FRAME_VERSION,
				    .kind = BRIG_KIND_REQUEST,
				    .service = 3,
				    .method = 1,
				    .id = 9,
				    .length = 8 };
}

static enum brig_bad_message parse(const struct brig_frame *frame, size_t n, size_t n_fds)
{
	uint8_t bytes[128] = { 0 };
	struct brig_frame got;

	memcpy(bytes, frame, sizeof *frame);
	return brig_frame_parse(bytes, n, n_fds, &got);
}

TEST_C(frame, lawful_one_passes)
{
	struct brig_frame frame = lawful();

	EXPECT_INT_EQ(BRIG_BAD_NONE, parse(&frame, 40, 0));
}

TEST_C(frame, shorter_than_header_is_bad)
{
	struct brig_frame frame = lawful();

	EXPECT_INT_EQ(BRIG_BAD_SHORT, parse(&frame, 31, 0));
	EXPECT_INT_EQ(BRIG_BAD_SHORT, parse(&frame, 0, 0));
}

TEST_C(frame, length_must_be_what_came)
{
	struct brig_frame frame = lawful();

	EXPECT_INT_EQ(BRIG_BAD_LENGTH, parse(&frame, 39, 0));
	EXPECT_INT_EQ(BRIG_BAD_LENGTH, parse(&frame, 41, 0));
	frame.length = UINT32_MAX;
	EXPECT_INT_EQ(BRIG_BAD_LENGTH, parse(&frame, 40, 0));
}

TEST_C(frame, fds_must_be_what_came)
{
	struct brig_frame frame = lawful();

	EXPECT_INT_EQ(BRIG_BAD_FD_COUNT, parse(&frame, 40, 1));
	frame.n_fds = 1;
	EXPECT_INT_EQ(BRIG_BAD_FD_COUNT, parse(&frame, 40, 0));
}

/* What lies in shared memory is asked for, or is the answer. */
TEST_C(frame, spilled_is_what_is_answered)
{
	struct brig_frame frame = lawful();

	frame.flags = BRIG_FRAME_SPILLED;
	EXPECT_INT_EQ(BRIG_BAD_NONE, parse(&frame, 40, 0));
	frame.kind = BRIG_KIND_REPLY;
	EXPECT_INT_EQ(BRIG_BAD_NONE, parse(&frame, 40, 0));
	frame.kind = BRIG_KIND_ERROR;
	EXPECT_INT_EQ(BRIG_BAD_FLAGS, parse(&frame, 40, 0));
	frame.kind = BRIG_KIND_EVENT;
	EXPECT_INT_EQ(BRIG_BAD_FLAGS, parse(&frame, 40, 0));
}

TEST_C(frame, undefined_bits_are_bad)
{
	struct brig_frame frame = lawful();

	frame.flags = BRIG_FRAME_SPILLED << 1;
	EXPECT_INT_EQ(BRIG_BAD_FLAGS, parse(&frame, 40, 0));
	frame.flags = 0;
	frame.reserved = 1;
	EXPECT_INT_EQ(BRIG_BAD_FLAGS, parse(&frame, 40, 0));
	frame.reserved = 0;
	frame.version = 2;
	EXPECT_INT_EQ(BRIG_BAD_VERSION, parse(&frame, 40, 0));
	frame.version = BRIG_FRAME_VERSION;
	frame.kind = BRIG_KIND_LAST + 1;
	EXPECT_INT_EQ(BRIG_BAD_KIND, parse(&frame, 40, 0));
}

TEST_C(arena, refuses_what_is_over_its_budget)
{
	static struct brig_arena arena;

	brig_arena_start(&arena);
	EXPECT_PTR_NOT_NULL(brig_arena_take(&arena, BRIG_ARENA_BYTES));
	EXPECT_PTR_NULL(brig_arena_take(&arena, 1));
	brig_arena_start(&arena);
	EXPECT_PTR_NULL(brig_arena_take(&arena, BRIG_ARENA_BYTES + 1));
	EXPECT_PTR_NULL(brig_arena_take(&arena, SIZE_MAX));
}
