/* What a peer may do is bounded in time and number: deadlines, on a clock that the test turns. */
#include "tests/ipc/pair.h"

#include "gtest_c.h"

#include <errno.h>

#define DEADLINE_US 10000000 /* of asked.echo and asked.poke */

static struct pair pair;

static void begin(void)
{
	pair_open(&pair);
	pair_clock(&pair);
}

static int64_t ask_echo(struct pair_outcome *outcome)
{
	const Every__Every request = EVERY__EVERY__INIT;

	return every_asked_echo(&pair.child.peer, &request, pair_echoed, outcome);
}

static int64_t poke(struct pair_outcome *outcome)
{
	const Every__Empty request = EVERY__EMPTY__INIT;

	return every_asked_poke(&pair.broker.peer, &request, pair_done, outcome);
}

/* A call of the child that has this much time by its header, and when its answer is due. */
static void ask_with(uint64_t id, uint64_t deadline_us)
{
	struct brig_frame frame = pair_frame(EVERY_ASKED_ECHO, id);

	frame.deadline_us = deadline_us;
	pair_send(&pair.child, &frame, NULL, 0);
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
}

/* ---- what is asked of us ---- */

TEST_C(deadlines, of_requests_are_the_methods)
{
	const Every__Every reply = EVERY__EVERY__INIT;
	struct pair_outcome outcome = { 0 };

	begin();
	pair.way = PAIR_LATER;
	EXPECT_OK(ask_echo(&outcome));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_UINT_EQ(pair.now_us + DEADLINE_US, pair.calls[0].deadline_us);
	pair_pass(&pair, DEADLINE_US - 1);
	EXPECT_UINT_EQ(1, pair.broker.peer.n_asked);
	pair_pass(&pair, 1);
	EXPECT_UINT_EQ(0, pair.broker.peer.n_asked);
	EXPECT_ERR(ENOENT, every_asked_echo_reply(&pair.calls[0], &reply));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.child));
	EXPECT_UINT_EQ(1, outcome.times);
	EXPECT_INT_EQ(ETIMEDOUT, outcome.error);
	pair_close(&pair);
}

TEST_C(deadlines, of_requests_are_the_callers_if_shorter)
{
	begin();
	pair.way = PAIR_LATER;
	ask_with(1, 1000);
	ask_with(2, UINT64_MAX);
	EXPECT_UINT_EQ(pair.now_us + 1000, pair.calls[0].deadline_us);
	EXPECT_UINT_EQ(pair.now_us + DEADLINE_US, pair.calls[1].deadline_us);
	pair_pass(&pair, 1000);
	EXPECT_UINT_EQ(1, pair.broker.peer.n_asked);
	pair_pass(&pair, DEADLINE_US - 1000);
	EXPECT_UINT_EQ(0, pair.broker.peer.n_asked);
	pair_close(&pair);
}

TEST_C(deadlines, of_what_was_answered_never_come)
{
	const Every__Every reply = EVERY__EVERY__INIT;

	begin();
	pair.way = PAIR_LATER;
	ask_with(1, 1000);
	ask_with(2, 2000);
	EXPECT_OK(every_asked_echo_reply(&pair.calls[0], &reply));
	pair_pass(&pair, 1999);
	EXPECT_UINT_EQ(1, pair.broker.peer.n_asked);
	EXPECT_OK(every_asked_echo_reply(&pair.calls[1], &reply));
	pair_pass(&pair, DEADLINE_US);
	EXPECT_FALSE(brig_wheel_runs(&pair.broker.peer.deadline));
	pair_close(&pair);
}

/* ---- what we ask ---- */

TEST_C(deadlines, of_our_calls_end_them_once)
{
	struct brig_frame late = pair_frame(EVERY_ASKED_POKE, 1);
	struct pair_outcome outcome = { 0 }, second = { 0 };

	begin();
	EXPECT_OK(poke(&outcome));
	pair_pass(&pair, DEADLINE_US - 1);
	EXPECT_UINT_EQ(0, outcome.times);
	pair_pass(&pair, 1);
	EXPECT_UINT_EQ(1, outcome.times);
	EXPECT_INT_EQ(-ETIMEDOUT, outcome.error);
	EXPECT_UINT_EQ(1, pair.broker.peer.n_pending);
	EXPECT_ERR(EAGAIN, poke(&second)); /* the child has it still */
	late.kind = BRIG_KIND_REPLY;
	pair_send(&pair.child, &late, NULL, 0);
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_UINT_EQ(0, pair.broker.peer.n_pending);
	EXPECT_OK(poke(&second));
	pair_close(&pair);
	EXPECT_UINT_EQ(1, outcome.times);
}

static void poke_again(void *user, struct brig_answer *answer, const Every__Empty *reply)
{
	static struct pair_outcome never;

	pair_done(user, answer, reply);
	EXPECT_ERR(EAGAIN, poke(&never));
}

TEST_C(deadlines, tell_the_child_that_nobody_waits)
{
	const Every__Empty request = EVERY__EMPTY__INIT;
	struct pair_outcome outcome = { 0 };

	begin();
	pair.way = PAIR_LATER;
	EXPECT_OK(every_asked_poke(&pair.broker.peer, &request, poke_again, &outcome));
	EXPECT_INT_EQ(1, brig_peer_run(&pair.child.peer, -1));
	EXPECT_UINT_EQ(1, pair.child.peer.n_asked);
	pair_pass(&pair, DEADLINE_US);
	EXPECT_UINT_EQ(1, outcome.times);
	EXPECT_INT_EQ(1, brig_peer_run(&pair.child.peer, -1));
	EXPECT_UINT_EQ(0, pair.child.peer.n_asked);
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_UINT_EQ(0, pair.broker.peer.n_pending);
	pair_close(&pair);
}

TEST_C(deadlines, end_with_their_peer)
{
	struct pair_outcome outcome = { 0 };

	begin();
	EXPECT_OK(poke(&outcome));
	EXPECT_TRUE(brig_wheel_runs(&pair.broker.peer.deadline));
	pair_close(&pair);
	EXPECT_INT_EQ(-EPIPE, outcome.error);
	EXPECT_FALSE(brig_wheel_runs(&pair.broker.peer.deadline));
	pair_pass(&pair, DEADLINE_US);
	EXPECT_UINT_EQ(1, outcome.times);
}
