/* How streams end: at their limit, broken off, or mistaken for other ones. */
#include "tests/ipc/pour.h"

#include <errno.h>

/* ---- at its limit ---- */

static void to_limited(struct pour *pour, uint64_t max_bytes, const char *line)
{
	open_pour(pour, "service");
	struct brig_stream_options options = options_of(pour);
	options.max_bytes = max_bytes;
	to(pour, &options, "read");
	run_until_ended(pour);
	kid_says(&pour->kid, line);
	EXPECT_FALSE(pour->kid.exited);
	brig_broker_destroy(pour->broker);
}

/* The broker's own are too many: what its child has isn't all, and neither takes it for that. */
TEST_C(stream, to_a_child_is_broken_off_over_its_limit)
{
	struct pour pour = { .wanted = MEGABYTE + 1, .file = true };

	to_limited(&pour, MEGABYTE, "read -32");
	EXPECT_INT_EQ(-EFBIG, pour.error);
	EXPECT_UINT_EQ(MEGABYTE, pour.total);
}

TEST_C(stream, to_a_child_may_have_as_many_bytes_as_its_limit)
{
	struct pour pour = { .wanted = MEGABYTE, .file = true };

	to_limited(&pour, MEGABYTE, "read 1000000");
	EXPECT_INT_EQ(0, pour.error);
	EXPECT_UINT_EQ(MEGABYTE, pour.total);
}

/* Bytes that nobody wrote don't go out. */
TEST_C(stream, to_a_child_is_broken_off_by_an_impossible_count)
{
	struct pour pour = { .wanted = 1, .file = true, .failed = true };

	to_limited(&pour, MEGABYTE, "read -32");
	EXPECT_INT_EQ(-EINVAL, pour.error);
	EXPECT_UINT_EQ(0, pour.total);
}

/* ---- broken off ---- */

static void expect_end_from(const char *word, uint64_t bytes, int error, uint64_t total)
{
	struct pour pour = { .ends = 0 };

	open_pour(&pour, "service");
	const struct brig_stream_options options = options_of(&pour);
	from(&pour, &options, word, bytes);
	run_until_ended(&pour);
	EXPECT_INT_EQ(error, pour.error);
	EXPECT_UINT_EQ(total, pour.total);
	EXPECT_FALSE(pour.kid.exited);
	kid_answers(&pour.kid, "here", "here 0");
	brig_broker_destroy(pour.broker);
}

TEST_C(stream, closed_without_its_end_is_broken_off)
{
	expect_end_from("break off", 100000, -EPIPE, 100000);
}

TEST_C(stream, closed_without_a_byte_is_broken_off)
{
	expect_end_from("close", 0, -EPIPE, 0);
}

/* What it wrote before it died is there. */
TEST_C(stream, death_of_the_writer_breaks_it_off)
{
	struct pour pour = { .pause = 1 };

	open_pour(&pour, "service");
	const struct brig_stream_options options = options_of(&pour);
	from(&pour, &options, "leave open", 100000);
	kid_says(&pour.kid, "wrote 0");
	brig_child_end(pour.kid.child);
	while (!pour.kid.exited && kid_turn(&pour.kid))
		;
	EXPECT_INT_EQ(0, pour.ends);
	pour.pause = 0;
	EXPECT_OK(brig_stream_resume(pour.stream));
	run_until_ended(&pour);
	EXPECT_INT_EQ(-EPIPE, pour.error);
	EXPECT_UINT_EQ(100000, pour.total);
	brig_broker_destroy(pour.broker);
}

TEST_C(stream, death_of_the_reader_breaks_it_off)
{
	struct pour pour = { .wanted = MANY };

	open_pour(&pour, "service");
	const struct brig_stream_options options = options_of(&pour);
	to(&pour, &options, "read one");
	kid_says(&pour.kid, "read 32768");
	brig_child_end(pour.kid.child);
	run_until_ended(&pour);
	EXPECT_INT_EQ(-EPIPE, pour.error);
	brig_broker_destroy(pour.broker);
}

/* All was sent, but not all was read. */
TEST_C(stream, reader_that_closes_before_the_end_breaks_it_off)
{
	struct pour pour = { .wanted = 100000 };

	open_pour(&pour, "service");
	const struct brig_stream_options options = options_of(&pour);
	to(&pour, &options, "read one");
	kid_says(&pour.kid, "read 32768");
	run_until_idle(&pour);
	EXPECT_UINT_EQ(100000, pour.bytes);
	EXPECT_INT_EQ(0, pour.ends);
	kid_tell(&pour.kid, "close");
	run_until_ended(&pour);
	EXPECT_INT_EQ(-EPIPE, pour.error);
	brig_broker_destroy(pour.broker);
}

TEST_C(stream, broken_off_by_the_broker_shows_in_the_child)
{
	struct pour pour = { .cancel = true, .wanted = MANY };

	open_pour(&pour, "service");
	const struct brig_stream_options options = options_of(&pour);
	to(&pour, &options, "read");
	kid_says(&pour.kid, "read -32");
	from(&pour, &options, "write", MANY);
	kid_says(&pour.kid, "wrote -32");
	brig_broker_destroy(pour.broker);
	EXPECT_INT_EQ(0, pour.ends);
}

TEST_C(stream, has_its_time)
{
	struct pour pour = { .pause = 1 };

	open_pour(&pour, "service");
	struct brig_stream_options options = options_of(&pour);
	options.timeout_ms = 300;
	from(&pour, &options, "leave open", 1);
	run_until_ended(&pour);
	EXPECT_INT_EQ(-ETIMEDOUT, pour.error);
	EXPECT_FALSE(pour.kid.exited);
	brig_broker_destroy(pour.broker);
}

TEST_C(stream, that_nobody_read_on_is_over_with_the_broker)
{
	struct pour pour = { .pause = 1 };

	open_pour(&pour, "service");
	const struct brig_stream_options options = options_of(&pour);
	from(&pour, &options, "write", 100000);
	kid_says(&pour.kid, "wrote 0");
	brig_broker_destroy(pour.broker);
	EXPECT_INT_EQ(1, pour.ends);
	EXPECT_INT_EQ(-ECANCELED, pour.error);
}

/* ---- mistaken ---- */

/* What reads on after the last byte, as read(2) may at the end of a file, doesn't wait for ever. */
TEST_C(stream, read_behind_its_end_is_over)
{
	struct pour pour = { .wanted = 100 };

	open_pour(&pour, "service");
	const struct brig_stream_options options = options_of(&pour);
	to(&pour, &options, "read one");
	kid_says(&pour.kid, "read 100");
	kid_answers(&pour.kid, "read one", "read 0");
	kid_answers(&pour.kid, "read one", "read -32");
	kid_tell(&pour.kid, "close");
	run_until_ended(&pour);
	EXPECT_INT_EQ(0, pour.error);
	brig_broker_destroy(pour.broker);
}

TEST_C(stream, read_by_its_writer_is_over_at_once)
{
	struct pour pour = { .ends = 0 };

	open_pour(&pour, "service");
	const struct brig_stream_options options = options_of(&pour);
	from(&pour, &options, "read one", 0);
	kid_says(&pour.kid, "read -32");
	EXPECT_INT_EQ(0, pour.ends);
	kid_answers(&pour.kid, "write", "wrote 0"); /* what it may do, it still can */
	run_until_ended(&pour);
	EXPECT_INT_EQ(0, pour.error);
	brig_broker_destroy(pour.broker);
}
