/* Streams between a broker and real sealed children: whole, bounded, and nobody else's business. */
#include "ipc/dispatch/bad_message.h"
#include "tests/ipc/pour.h"
#include "tests/support/outside.h"

#include <brig/stats.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define AHEAD     (1024 * 1024) /* what may lie in a socket, and more */
#define GROWTH_KB 8192

/* ---- whole ---- */

static void expect_whole_from(const char *role, uint64_t bytes)
{
	struct pour pour = { .ends = 0 };

	open_pour(&pour, role);
	const struct brig_stream_options options = options_of(&pour);
	from(&pour, &options, "write", bytes);
	run_until_ended(&pour);
	EXPECT_INT_EQ(0, pour.error);
	EXPECT_UINT_EQ(bytes, pour.total);
	EXPECT_UINT_EQ(bytes, pour.bytes);
	EXPECT_UINT_EQ(0, pour.wrong);
	kid_says(&pour.kid, "wrote 0");
	brig_broker_destroy(pour.broker);
}

static void expect_whole_to(const char *role, uint64_t bytes)
{
	struct pour pour = { .wanted = bytes };
	char line[33];

	open_pour(&pour, role);
	const struct brig_stream_options options = options_of(&pour);
	to(&pour, &options, "read");
	run_until_ended(&pour);
	EXPECT_INT_EQ(0, pour.error);
	EXPECT_UINT_EQ(bytes, pour.total);
	(void)snprintf(line, sizeof line, "read %llu", (unsigned long long)bytes);
	kid_says(&pour.kid, line);
	brig_broker_destroy(pour.broker);
}

TEST_C(stream, comes_whole_of_a_service)
{
	expect_whole_from("service", MEGABYTE + 1);
}

TEST_C(stream, comes_whole_of_a_renderer)
{
	expect_whole_from("renderer", MEGABYTE + 1);
}

TEST_C(stream, goes_whole_to_a_codec)
{
	expect_whole_to("codec", MEGABYTE + 1);
}

TEST_C(stream, goes_whole_to_a_network)
{
	expect_whole_to("network", MEGABYTE + 1);
}

TEST_C(stream, may_have_no_byte)
{
	expect_whole_from("service", 0);
	expect_whole_to("service", 0);
}

/* ---- back-pressure ---- */

TEST_C_CHILD(stream, to_a_slow_reader_waits_in_bounded_memory)
{
	struct pour pour = { .wanted = MANY };

	open_pour(&pour, "service");
	const uint64_t before_kb = outside_status(getpid(), "VmHWM", 10);
	const struct brig_stream_options options = options_of(&pour);
	to(&pour, &options, "read one");
	kid_says(&pour.kid, "read 32768");
	run_until_idle(&pour);
	EXPECT_INT_LT((long long)pour.bytes, AHEAD);
	printf("%llu bytes ahead of a reader that read 32768\n",
	       (unsigned long long)(pour.bytes - 32768));
	kid_tell(&pour.kid, "read");
	run_until_ended(&pour);
	kid_says(&pour.kid, "read 99967232"); /* all that was left */
	EXPECT_INT_EQ(0, pour.error);
	EXPECT_UINT_EQ(MANY, pour.total);
	const uint64_t grown_kb = outside_status(getpid(), "VmHWM", 10) - before_kb;
	EXPECT_INT_LT((long long)grown_kb, GROWTH_KB);
	printf("%llu KiB more at the most\n", (unsigned long long)grown_kb);
	brig_broker_destroy(pour.broker);
}

/* A reader that stops after each megabyte. */
TEST_C_CHILD(stream, hundred_megabytes_come_in_bounded_memory)
{
	struct pour pour = { .pause = MEGABYTE };
	int pauses = 0;

	open_pour(&pour, "service");
	const uint64_t before_kb = outside_status(getpid(), "VmHWM", 10);
	const struct brig_stream_options options = options_of(&pour);
	from(&pour, &options, "write", MANY);
	while (!pour.ends && kid_turn(&pour.kid)) {
		if (pour.ends || pour.bytes < pour.pause)
			continue;
		pour.pause += MEGABYTE;
		pauses++;
		EXPECT_OK(brig_stream_resume(pour.stream));
	}
	EXPECT_INT_EQ(0, pour.error);
	EXPECT_UINT_EQ(MANY, pour.total);
	EXPECT_UINT_EQ(0, pour.wrong);
	EXPECT_INT_GT(pauses, 50);
	const uint64_t grown_kb = outside_status(getpid(), "VmHWM", 10) - before_kb;
	EXPECT_INT_LT((long long)grown_kb, GROWTH_KB);
	printf("%d pauses, %llu KiB more at the most\n", pauses, (unsigned long long)grown_kb);
	brig_broker_destroy(pour.broker);
}

TEST_C(stream, reader_that_never_reads_holds_up_nobody)
{
	struct pour stuck = { .wanted = MANY }, other = { .wanted = MEGABYTE };

	open_pour(&stuck, "service");
	add_kid(&other, stuck.broker, "service");
	const struct brig_stream_options first = options_of(&stuck), second = options_of(&other);
	to(&stuck, &first, "nothing");
	kid_answers(&stuck.kid, "here", "here 0");
	to(&other, &second, "read");
	run_until_ended(&other);
	EXPECT_INT_EQ(0, other.error);
	kid_says(&other.kid, "read 1000000");
	run_until_idle(&stuck);
	EXPECT_INT_LT((long long)stuck.bytes, AHEAD);
	EXPECT_INT_EQ(0, stuck.ends);
	kid_answers(&stuck.kid, "here", "here 0"); /* its own channel isn't held up either */
	brig_broker_destroy(stuck.broker);
	EXPECT_INT_EQ(-EPIPE, stuck.error);
}

/* A paused one isn't read: its writer waits, and everything else goes on. */
TEST_C(stream, paused_writer_waits)
{
	struct pour pour = { .pause = 1 };

	open_pour(&pour, "service");
	const struct brig_stream_options options = options_of(&pour);
	from(&pour, &options, "write", MEGABYTE);
	run_until_idle(&pour);
	EXPECT_UINT_EQ(BRIG_STREAM_CHUNK, pour.bytes);
	EXPECT_STR_EQ("", pour.kid.said);
	pour.pause = 0;
	EXPECT_OK(brig_stream_resume(pour.stream));
	run_until_ended(&pour);
	EXPECT_UINT_EQ(MEGABYTE, pour.total);
	brig_broker_destroy(pour.broker);
}

/* More bytes come later. */
TEST_C(stream, writer_without_bytes_waits_to_be_resumed)
{
	struct pour pour = { .wanted = MEGABYTE, .dry = true };

	open_pour(&pour, "service");
	const struct brig_stream_options options = options_of(&pour);
	to(&pour, &options, "read");
	run_until_idle(&pour);
	EXPECT_INT_EQ(1, pour.rooms); /* it isn't asked again and again */
	pour.dry = false;
	EXPECT_OK(brig_stream_resume(pour.stream));
	run_until_ended(&pour);
	kid_says(&pour.kid, "read 1000000");
	brig_broker_destroy(pour.broker);
}

/* ---- enemies ---- */

/* Of the broker's own row, which is no method's. */
static void broker_row(void *user, const struct brig_stats *stats)
{
	if (!*stats->name)
		*(uint64_t *)user = stats->n[BRIG_STAT_BREACHES];
}

static void expect_ended(struct pour *pour, int error, enum brig_bad_message code,
			 const char *detail)
{
	uint64_t breaches = 0;

	run_until_ended(pour);
	EXPECT_INT_EQ(error, pour->error);
	while (!pour->kid.exited && kid_turn(&pour->kid))
		;
	EXPECT_INT_EQ(BRIG_EXIT_BAD_MESSAGE, pour->kid.exit.class_);
	EXPECT_INT_EQ((int)code, pour->kid.exit.code);
	EXPECT_STR_EQ(detail, pour->kid.exit.detail);
	EXPECT_OK(brig_broker_stats(pour->broker, broker_row, &breaches));
	EXPECT_UINT_EQ(1, breaches);
	brig_broker_destroy(pour->broker);
}

static void expect_breach_from(const char *word, uint64_t bytes, int error,
			       enum brig_bad_message code)
{
	struct pour pour = { .ends = 0 };

	open_pour(&pour, "service");
	struct brig_stream_options options = options_of(&pour);
	options.max_bytes = MEGABYTE;
	from(&pour, &options, word, bytes);
	expect_ended(&pour, error, code, "a stream that it writes");
	EXPECT_INT_LE((long long)pour.bytes, (long long)MEGABYTE);
}

TEST_C(stream, writer_over_its_limit_is_ended)
{
	expect_breach_from("write", MEGABYTE + 1, -EFBIG, BRIG_BAD_SIZE);
}

TEST_C(stream, nonsense_ends_its_writer)
{
	expect_breach_from("nonsense", 0, -EPROTO, BRIG_BAD_KIND);
}

TEST_C(stream, empty_chunk_ends_its_writer)
{
	expect_breach_from("empty", 0, -EPROTO, BRIG_BAD_KIND);
}

TEST_C(stream, reader_that_writes_is_ended)
{
	struct pour pour = { .wanted = MANY };

	open_pour(&pour, "service");
	const struct brig_stream_options options = options_of(&pour);
	to(&pour, &options, "nonsense");
	expect_ended(&pour, -EPROTO, BRIG_BAD_KIND, "a stream that it reads");
}

static bool kernel_refuses_rights(void)
{
	int value;
	socklen_t n = sizeof value;
	const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	const bool there = getsockopt(fd, SOL_SOCKET, 83 /* SO_PASSRIGHTS */, &value, &n) == 0;

	(void)close(fd);
	return there;
}

TEST_C(stream, descriptors_do_not_pass)
{
	struct pour pour = { .ends = 0 };

	if (!kernel_refuses_rights()) {
		expect_breach_from("pass", 0, -EPROTO, BRIG_BAD_KIND);
		return;
	}
	open_pour(&pour, "service");
	const struct brig_stream_options options = options_of(&pour);
	from(&pour, &options, "pass", 0);
	kid_says(&pour.kid, "sent -1"); /* EPERM */
	brig_broker_destroy(pour.broker);
}

/* ---- options ---- */

TEST_C(stream, wrong_options_are_refused)
{
	struct pour pour = { .ends = 0 };
	int fd = -1;

	open_pour(&pour, "service");
	struct brig_stream_options options = options_of(&pour);
	const struct brig_stream_listener nobody = { .on_end = options.listener->on_end };
	options.size--;
	EXPECT_ERR(EINVAL, brig_stream_from(&options, &pour.stream, &fd));
	options = options_of(&pour);
	options.max_bytes = 0;
	EXPECT_ERR(EINVAL, brig_stream_from(&options, &pour.stream, &fd));
	options = options_of(&pour);
	options.listener = &nobody;
	EXPECT_ERR(EINVAL, brig_stream_from(&options, &pour.stream, &fd));
	EXPECT_ERR(EINVAL, brig_stream_to(&options, &pour.stream, &fd));
	options = options_of(&pour);
	options.timeout_ms = -1;
	EXPECT_ERR(EINVAL, brig_stream_to(&options, &pour.stream, &fd));
	options = options_of(&pour);
	brig_child_end(pour.kid.child);
	EXPECT_ERR(ENOTCONN, brig_stream_to(&options, &pour.stream, &fd));
	EXPECT_INT_EQ(-1, fd);
	brig_broker_destroy(pour.broker);
	EXPECT_INT_EQ(0, pour.ends);
}

TEST_C(stream, one_child_has_so_many_at_a_time)
{
	struct pour pour = { .ends = 0 };
	int fds[BRIG_STREAMS_MAX], fd;
	struct brig_stream *streams[BRIG_STREAMS_MAX];

	open_pour(&pour, "service");
	const struct brig_stream_options options = options_of(&pour);
	for (size_t i = 0; i < BRIG_STREAMS_MAX; i++)
		ASSERT_OK(brig_stream_from(&options, &streams[i], &fds[i]));
	EXPECT_ERR(EAGAIN, brig_stream_from(&options, &pour.stream, &fd));
	for (size_t i = 0; i < BRIG_STREAMS_MAX; i++) {
		brig_stream_cancel(streams[i]);
		(void)close(fds[i]);
	}
	EXPECT_INT_EQ(0, pour.ends);
	brig_broker_destroy(pour.broker);
}
