/* The header, the pre-scan and the arena, fed with what a hostile peer would send. */
#include "ipc/dispatch/dispatch.h"
#include "ipc/gen/brig.pb-c.h"

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

TEST_C(frame, undefined_bits_are_bad)
{
	struct brig_frame frame = lawful();

	frame.flags = 1;
	EXPECT_INT_EQ(BRIG_BAD_FLAGS, parse(&frame, 40, 0));
	frame.flags = 0;
	frame.reserved = 1;
	EXPECT_INT_EQ(BRIG_BAD_FLAGS, parse(&frame, 40, 0));
	frame.reserved = 0;
	frame.version = 2;
	EXPECT_INT_EQ(BRIG_BAD_VERSION, parse(&frame, 40, 0));
	frame.version = BRIG_FRAME_VERSION;
	frame.kind = 7;
	EXPECT_INT_EQ(BRIG_BAD_KIND, parse(&frame, 40, 0));
}

TEST_C(prescan, counts_fields)
{
	const uint8_t two[] = { 0x08, 0x01, 0x12, 0x02, 'a', 'b' };

	EXPECT_UINT_EQ(2, brig_prescan(two, sizeof two));
	EXPECT_UINT_EQ(0, brig_prescan(two, 0));
}

TEST_C(prescan, refuses_what_runs_out)
{
	const uint8_t length[] = { 0x12, 0x7f, 'a' };
	const uint8_t varint[] = { 0x08, 0xff };
	const uint8_t group[] = { 0x0b, 0x0c };

	EXPECT_UINT_EQ(SIZE_MAX, brig_prescan(length, sizeof length));
	EXPECT_UINT_EQ(SIZE_MAX, brig_prescan(varint, sizeof varint));
	EXPECT_UINT_EQ(SIZE_MAX, brig_prescan(group, sizeof group));
}

static enum brig_bad_message unpack(const uint8_t *bytes, size_t n, size_t max_elements)
{
	static struct brig_arena arena;
	enum brig_bad_message bad = BRIG_BAD_NONE;

	(void)brig_unpack(&arena, &brig__ipc__surface_create__descriptor, bytes, n, max_elements,
			  &bad);
	return bad;
}

TEST_C(unpack, each_breach_has_its_code)
{
	const uint8_t good[] = { 0x08, 0x01, 0x10, 0x02 };
	const uint8_t unknown[] = { 0x78, 0x01 };

	EXPECT_INT_EQ(BRIG_BAD_NONE, unpack(good, sizeof good, 4));
	EXPECT_INT_EQ(BRIG_BAD_ELEMENTS, unpack(good, sizeof good, 1));
	EXPECT_INT_EQ(BRIG_BAD_ENCODING, unpack(good, 3, 4));
	EXPECT_INT_EQ(BRIG_BAD_UNKNOWN_FIELD, unpack(unknown, sizeof unknown, 4));
}

TEST_C(arena, refuses_what_is_over_its_budget)
{
	static struct brig_arena arena;
	ProtobufCAllocator allocator = brig_arena_start(&arena);

	EXPECT_PTR_NOT_NULL(allocator.alloc(&arena, BRIG_ARENA_BYTES));
	EXPECT_PTR_NULL(allocator.alloc(&arena, 1));
	allocator = brig_arena_start(&arena);
	EXPECT_PTR_NULL(allocator.alloc(&arena, BRIG_ARENA_BYTES + 1));
	EXPECT_PTR_NULL(allocator.alloc(&arena, SIZE_MAX));
}
