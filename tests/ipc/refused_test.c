/*
 * Descriptors that the kernel refuses to pass, since others lie in others' sockets: what both ends
 * say of it, on a clock that the test turns. Of real children: tests/integration/crowd_test.c.
 */
#include "tests/ipc/pair.h"
#include "tests/support/crowd.h"

#include "gtest_c.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static struct pair pair;

static void begin(void)
{
	pair_open(&pair);
	pair_clock(&pair);
}

static int wake(void)
{
	const Every__Empty nothing = EVERY__EMPTY__INIT;

	return every_asked_wake(&pair.broker.peer, &nothing);
}

static const struct brig_frame crowded = { .version = BRIG_FRAME_VERSION,
					   .kind = BRIG_KIND_CROWDED };

TEST_C(refused, child_is_told_once_when_to_try_again)
{
	begin();
	pair.child.peer.crowded = true; /* it asked */
	pair_send(&pair.child, &crowded, NULL, 0);
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	pair_pass(&pair, 9999);
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.child));
	EXPECT_TRUE(pair.child.peer.crowded);
	pair_pass(&pair, 20000);
	EXPECT_INT_EQ(1, brig_peer_run(&pair.child.peer, -1));
	EXPECT_FALSE(pair.child.peer.crowded);
	pair_send(&pair.broker, &crowded, NULL, 0); /* it didn't ask */
	EXPECT_INT_EQ(BRIG_BAD_IN_FLIGHT, pair_pump(&pair.child));
	pair_close(&pair);
}

TEST_C(refused, child_asks_once_at_a_time)
{
	begin();
	pair_send(&pair.child, &crowded, NULL, 0);
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	pair_send(&pair.child, &crowded, NULL, 0);
	EXPECT_INT_EQ(BRIG_BAD_IN_FLIGHT, pair_pump(&pair.broker));
	pair_close(&pair);
}

TEST_C(refused, child_whose_broker_has_no_owner_is_told)
{
	begin();
	pair.broker.peer.owner = NULL; /* as in a fuzzer */
	pair_send(&pair.child, &crowded, NULL, 0);
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	pair.child.peer.crowded = true;
	pair_pass(&pair, 20000);
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.child));
	EXPECT_FALSE(pair.child.peer.crowded);
	pair_close(&pair);
}

TEST_C(refused, child_asks_without_descriptors)
{
	struct brig_frame frame = crowded;
	const int fd = 0;

	begin();
	frame.n_fds = 1;
	pair_send(&pair.child, &frame, &fd, 1);
	EXPECT_INT_EQ(BRIG_BAD_SIZE, pair_pump(&pair.broker));
	pair_close(&pair);
}

TEST_C(refused, is_none_of_direct_channels)
{
	begin();
	pair.broker.peer.direct = EVERY_ASKED_ID;
	pair_send(&pair.child, &crowded, NULL, 0);
	EXPECT_INT_EQ(BRIG_BAD_KIND, pair_pump(&pair.broker));
	pair_close(&pair);
}

/* It reads nothing but the answer to that. */
TEST_C(refused, full_queue_is_not_the_fault_of_who_waits)
{
	struct pair_outcome outcome = { 0 };

	begin();
	while (!wake())
		;
	pair_send(&pair.child, &crowded, NULL, 0);
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_ERR(ENOBUFS, pair_poke(&pair, &outcome));
	EXPECT_INT_EQ(0, pair.send_failed);
	pair_pass(&pair, 20000);
	EXPECT_INT_EQ(0, pair.send_failed);
	EXPECT_ERR(ENOBUFS, pair_poke(&pair, &outcome)); /* a moment ago */
	EXPECT_INT_EQ(0, pair.send_failed);
	pair_pass(&pair, 2000000);
	EXPECT_ERR(ENOBUFS, pair_poke(&pair, &outcome));
	EXPECT_INT_EQ(-ENOBUFS, pair.send_failed);
	pair_close(&pair);
}

/* We have so many on their way that we may send no more; root may, unless it acts as another. */
static int crowd_ourselves(struct rlimit *ret_had)
{
	struct rlimit limit;

	EXPECT_OK(getrlimit(RLIMIT_NOFILE, ret_had));
	limit = *ret_had;
	limit.rlim_cur = 64;
	EXPECT_OK(setrlimit(RLIMIT_NOFILE, &limit));
	if (!getuid())
		EXPECT_OK(seteuid(65534));
	return crowd_of(getuid(), 65);
}

static void crowd_leaves(int crowd, const struct rlimit *had)
{
	(void)close(crowd);
	if (!getuid())
		EXPECT_OK(seteuid(0));
	EXPECT_OK(setrlimit(RLIMIT_NOFILE, had));
}

static void took_event(void *user, struct brig_answer *answer, const Every__Empty *reply)
{
	EXPECT_UINT_EQ(1, answer->n_fds);
	pair_done(user, answer, reply);
}

static int pass(struct pair_outcome *outcome)
{
	const Every__Empty request = EVERY__EMPTY__INIT;
	const int memory = memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int ends[2];

	EXPECT_OK(pipe2(ends, O_CLOEXEC));
	EXPECT_OK(fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW));
	const int64_t r =
		every_asked_pass(&pair.child.peer, &request, memory, ends[0], took_event, outcome);
	(void)close(memory);
	(void)close(ends[0]);
	(void)close(ends[1]);
	return r < 0 ? (int)r : 0;
}

/* In its order, and with what came along. */
TEST_C(refused, broker_s_message_waits)
{
	struct pair_outcome outcome = { .pair = &pair };
	struct rlimit had;

	begin();
	EXPECT_OK(pass(&outcome));
	const int crowd = crowd_ourselves(&had);
	EXPECT_INT_LE(0, crowd);
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_TRUE(pair.broker.peer.channel.crowded);
	EXPECT_FALSE(pair.wants_write);
	EXPECT_OK(wake());
	pair_pass(&pair, 20000);
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.child));
	EXPECT_UINT_EQ(0, outcome.times);
	EXPECT_UINT_EQ(0, pair.wakes);
	crowd_leaves(crowd, &had);
	pair_pass(&pair, 20000);
	EXPECT_FALSE(pair.broker.peer.channel.crowded);
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.child));
	EXPECT_UINT_EQ(1, outcome.times);
	EXPECT_INT_EQ(0, outcome.error);
	EXPECT_UINT_EQ(0, outcome.wakes);
	EXPECT_UINT_EQ(1, pair.wakes);
	EXPECT_INT_EQ(0, pair.send_failed);
	pair_close(&pair);
}
