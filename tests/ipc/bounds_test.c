/* What a peer may do is bounded in time and number: deadlines, on a clock that the test turns. */
#include "ipc/dispatch/quota.h"
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
	EXPECT_OK(pair_ask_echo(&pair, &outcome, 0));
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

TEST_C(deadlines, of_later_calls_may_come_first)
{
	begin();
	pair.way = PAIR_LATER;
	ask_with(1, 5000);
	ask_with(2, 1000);
	pair_pass(&pair, 1000);
	EXPECT_UINT_EQ(1, pair.broker.peer.n_asked);
	pair_pass(&pair, 4000);
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
	EXPECT_OK(pair_poke(&pair, &outcome));
	pair_pass(&pair, DEADLINE_US - 1);
	EXPECT_UINT_EQ(0, outcome.times);
	pair_pass(&pair, 1);
	EXPECT_UINT_EQ(1, outcome.times);
	EXPECT_INT_EQ(-ETIMEDOUT, outcome.error);
	EXPECT_UINT_EQ(1, pair.broker.peer.n_pending);
	EXPECT_ERR(EAGAIN, pair_poke(&pair, &second)); /* the child has it still */
	late.kind = BRIG_KIND_REPLY;
	pair_send(&pair.child, &late, NULL, 0);
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_UINT_EQ(0, pair.broker.peer.n_pending);
	EXPECT_OK(pair_poke(&pair, &second));
	pair_close(&pair);
	EXPECT_UINT_EQ(1, outcome.times);
}

static void poke_again(void *user, struct brig_answer *answer, const Every__Empty *reply)
{
	static struct pair_outcome never;

	pair_done(user, answer, reply);
	EXPECT_ERR(EAGAIN, pair_poke(&pair, &never));
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
	EXPECT_OK(pair_poke(&pair, &outcome));
	EXPECT_TRUE(brig_wheel_runs(&pair.broker.peer.deadline));
	pair_close(&pair);
	EXPECT_INT_EQ(-EPIPE, outcome.error);
	EXPECT_FALSE(brig_wheel_runs(&pair.broker.peer.deadline));
	pair_pass(&pair, DEADLINE_US);
	EXPECT_UINT_EQ(1, outcome.times);
}

/* ---- quotas ---- */

TEST_C(quotas, let_a_burst_through_and_then_the_rate)
{
	struct brig_quota quota;

	brig_quota_init(&quota, 100, 1000000);
	for (int i = 0; i < 25; i++)
		EXPECT_UINT_EQ(0, brig_quota_charge(&quota, 1000, 10));
	EXPECT_UINT_EQ(10000, brig_quota_charge(&quota, 1000, 10));
	EXPECT_UINT_EQ(10000, brig_quota_charge(&quota, 11000, 10));
	EXPECT_UINT_EQ(0, brig_quota_charge(&quota, 500000, 10));
}

TEST_C(quotas, count_bytes)
{
	struct brig_quota quota;

	brig_quota_init(&quota, 0, 1000000);
	EXPECT_UINT_EQ(0, brig_quota_charge(&quota, 1000, 65536));
	EXPECT_UINT_EQ(0, brig_quota_charge(&quota, 1000, 65536));
	EXPECT_UINT_EQ(0, brig_quota_charge(&quota, 1000, 65536));
	EXPECT_UINT_EQ(4 * 65536 - 250000, brig_quota_charge(&quota, 1000, 65536));
}

TEST_C(quotas, are_generous_by_default)
{
	struct brig_quota quota;

	brig_quota_init(&quota, 0, 0);
	for (unsigned int i = 0; i < BRIG_MESSAGES_PER_S / 4; i++)
		ASSERT_UINT_EQ(0, brig_quota_charge(&quota, 1000, 32));
	EXPECT_UINT_EQ(5, brig_quota_charge(&quota, 1000, 32));
}

/* ---- rates ---- */

TEST_C(rates, refuse_requests_that_come_too_often)
{
	const Every__Empty request = EVERY__EMPTY__INIT;
	struct pair_outcome outcomes[7] = { { 0 } };

	begin();
	for (size_t i = 0; i < 6; i++)
		EXPECT_OK(every_asked_often(&pair.child.peer, &request, pair_done, &outcomes[i]));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_UINT_EQ(5, pair.n_calls);
	pair.now_us += 200000; /* one more */
	EXPECT_OK(every_asked_often(&pair.child.peer, &request, pair_done, &outcomes[6]));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.child));
	for (size_t i = 0; i < 7; i++) {
		EXPECT_UINT_EQ(1, outcomes[i].times);
		EXPECT_INT_EQ(i == 5 ? EAGAIN : 0, outcomes[i].error);
	}
	EXPECT_UINT_EQ(6, pair.n_calls);
	pair_close(&pair);
}

TEST_C(rates, of_events_are_a_breach_beyond_their_double)
{
	const struct brig_frame frame = pair_frame(EVERY_ASKED_TICK, 0);

	begin();
	for (int i = 0; i < 10; i++) {
		pair_send(&pair.child, &frame, NULL, 0);
		EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	}
	pair.now_us += 100000; /* one more */
	pair_send(&pair.child, &frame, NULL, 0);
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	pair_send(&pair.child, &frame, NULL, 0);
	EXPECT_INT_EQ(BRIG_BAD_RATE, pair_pump(&pair.broker));
	EXPECT_UINT_EQ(11, pair.notes);
	pair_close(&pair);
}

/* ---- credit ---- */

static int tell(void)
{
	const Every__Empty nothing = EVERY__EMPTY__INIT;

	return every_asked_note(&pair.child.peer, &nothing);
}

static int wake(void)
{
	const Every__Empty nothing = EVERY__EMPTY__INIT;

	return every_asked_wake(&pair.broker.peer, &nothing);
}

static void tell_many(struct pair *p)
{
	(void)p;
	for (int i = 0; i < 5000; i++)
		ASSERT_OK(tell());
}

TEST_C(credit, lets_who_waits_for_it_tell_as_much_as_it_likes)
{
	pair_open(&pair);
	pair_serve(&pair, tell_many);
	EXPECT_UINT_EQ(5000, pair.notes);
	pair_close(&pair);
}

TEST_C(credit, costs_who_tells_little_no_message)
{
	struct brig_packet packet;

	begin();
	for (int i = 0; i < BRIG_WINDOW / 2 - 1; i++)
		EXPECT_OK(tell());
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_ERR(EAGAIN, brig_channel_receive(&pair.child.peer.channel, pair.child.buffer, false,
						&packet));
	pair_close(&pair);
}

TEST_C(credit, keeps_what_comes_while_it_is_waited_for)
{
	begin();
	for (int i = 0; i < BRIG_WINDOW; i++)
		EXPECT_OK(tell());
	EXPECT_UINT_EQ(0, pair.child.peer.credit);
	EXPECT_OK(wake());
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_OK(tell());
	EXPECT_UINT_EQ(0, pair.wakes);
	EXPECT_INT_EQ(1, brig_peer_run(&pair.child.peer, 0));
	EXPECT_UINT_EQ(1, pair.wakes);
	EXPECT_UINT_EQ(BRIG_WINDOW / 2 - 1, pair.child.peer.credit);
	pair_close(&pair);
}

TEST_C(credit, ends_who_takes_more)
{
	const struct brig_frame frame = pair_frame(EVERY_ASKED_NOTE, 0);
	enum brig_bad_message bad = BRIG_BAD_NONE;

	begin();
	while (!bad && pair.notes < 1000) {
		pair_send(&pair.child, &frame, NULL, 0);
		bad = pair_pump(&pair.broker);
	}
	EXPECT_INT_EQ(BRIG_BAD_CREDIT, bad);
	EXPECT_UINT_EQ(BRIG_WINDOW + BRIG_WINDOW / 2, pair.notes);
	pair_close(&pair);
}

/* The socket isn't empty, and still it has read all of its credit. */
TEST_C(credit, comes_though_other_messages_lie_unread)
{
	begin();
	for (int i = 0; i < BRIG_WINDOW; i++)
		EXPECT_OK(tell());
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_INT_EQ(1, brig_peer_run(&pair.child.peer, -1));
	EXPECT_UINT_EQ(BRIG_WINDOW / 2, pair.child.peer.credit);
	EXPECT_OK(wake());
	for (int i = 0; i < BRIG_WINDOW / 2; i++)
		EXPECT_OK(tell());
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_UINT_EQ(BRIG_WINDOW, pair.broker.peer.owed);
	EXPECT_INT_EQ(1, brig_peer_run(&pair.child.peer, -1)); /* the event */
	pair_pass(&pair, 20000);
	EXPECT_OK(tell());
	EXPECT_UINT_EQ(BRIG_WINDOW - 1, pair.child.peer.credit);
	pair_close(&pair);
}

TEST_C(credit, is_what_was_taken)
{
	struct brig_frame frame = { .version = BRIG_FRAME_VERSION,
				    .kind = BRIG_KIND_CREDIT,
				    .id = 1 };

	begin();
	pair_send(&pair.child, &frame, NULL, 0);
	EXPECT_INT_EQ(BRIG_BAD_CREDIT, pair_pump(&pair.broker));
	EXPECT_OK(wake());
	frame.id = 2;
	pair_send(&pair.child, &frame, NULL, 0);
	EXPECT_INT_EQ(BRIG_BAD_CREDIT, pair_pump(&pair.broker));
	EXPECT_INT_EQ(1, brig_peer_run(&pair.child.peer, -1));
	frame.id = 1;
	pair_send(&pair.broker, &frame, NULL, 0); /* more than was taken */
	EXPECT_ERR(EPROTO, brig_peer_run(&pair.child.peer, -1));
	pair_close(&pair);
}

/* ---- what a broker says unasked ---- */

TEST_C(window, holds_what_a_child_has_not_handled)
{
	begin();
	for (int i = 0; i < BRIG_WINDOW; i++)
		EXPECT_OK(wake());
	EXPECT_UINT_EQ(0, pair.broker.peer.channel.n_held);
	for (int i = 0; i < 36; i++)
		EXPECT_OK(wake());
	EXPECT_UINT_EQ(36, pair.broker.peer.channel.n_held);
	for (int i = 0; i < BRIG_WINDOW; i++)
		EXPECT_INT_EQ(1, brig_peer_run(&pair.child.peer, -1));
	EXPECT_UINT_EQ(BRIG_WINDOW, pair.wakes);
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_UINT_EQ(0, pair.broker.peer.channel.queued);
	EXPECT_UINT_EQ(36, pair.broker.peer.told);
	for (int i = 0; i < 36; i++)
		EXPECT_INT_EQ(1, brig_peer_run(&pair.child.peer, -1));
	EXPECT_UINT_EQ(100, pair.wakes);
	pair_close(&pair);
}

TEST_C(window, is_not_an_answers)
{
	struct pair_outcome outcome = { 0 };

	begin();
	for (int i = 0; i < BRIG_WINDOW + 1; i++)
		EXPECT_OK(wake());
	EXPECT_INT_EQ(1, pair_ask_echo(&pair, &outcome, 7));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.child));
	EXPECT_UINT_EQ(1, outcome.times);
	EXPECT_UINT_EQ(BRIG_WINDOW, outcome.wakes);
	pair_close(&pair);
}

TEST_C(window, keeps_the_order_of_what_is_held)
{
	struct pair_outcome outcome = { 0 };

	begin();
	for (int i = 0; i < BRIG_WINDOW + 1; i++)
		EXPECT_OK(wake());
	EXPECT_OK(pair_poke(&pair, &outcome));
	EXPECT_OK(wake());
	EXPECT_UINT_EQ(3, pair.broker.peer.channel.n_held);
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.child));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_UINT_EQ(0, pair.n_calls);
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.child));
	EXPECT_UINT_EQ(1, pair.n_calls);
	EXPECT_UINT_EQ(BRIG_WINDOW + 2, pair.wakes);
	EXPECT_UINT_EQ(1, pair.wakes_at[(BRIG_WINDOW + 1) % 4]);
	EXPECT_UINT_EQ(0, pair.wakes_at[BRIG_WINDOW % 4]);
	pair_close(&pair);
}

TEST_C(window, is_no_message_for_who_says_little)
{
	struct brig_packet packet;

	begin();
	for (int i = 0; i < BRIG_WINDOW / 2 - 1; i++)
		EXPECT_OK(wake());
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.child));
	EXPECT_ERR(EAGAIN, brig_channel_receive(&pair.broker.peer.channel, pair.broker.buffer,
						false, &packet));
	pair_close(&pair);
}

/* ---- who doesn't read ---- */

TEST_C(queues, drop_what_may_be_dropped)
{
	int r = 0, n = 0;

	begin();
	while (!r && n++ < 10000)
		r = wake();
	EXPECT_ERR(ENOBUFS, r);
	EXPECT_INT_EQ(0, pair.send_failed);
	EXPECT_UINT_EQ(BRIG_CHANNEL_QUEUE, pair.broker.peer.channel.queued);
	EXPECT_UINT_EQ(BRIG_CHANNEL_QUEUE, pair.broker.peer.channel.n_held);
	pair_close(&pair);
}

TEST_C(queues, end_who_does_not_read_what_may_not_be_dropped)
{
	struct pair_outcome outcome = { 0 };

	begin();
	while (!wake())
		;
	EXPECT_ERR(ENOBUFS, pair_poke(&pair, &outcome));
	EXPECT_INT_EQ(-ENOBUFS, pair.send_failed);
	EXPECT_UINT_EQ(0, outcome.times);
	pair_close(&pair);
}
