/*
 * Two peers over a real socket: calls come back once, whatever becomes of them; and what breaks the
 * rules of ids, answers and numbers is a breach with its code.
 */
#include "tests/ipc/pair.h"

#include "gtest_c.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static struct pair pair;

/* ---- answers ---- */

TEST_C(calls, are_answered_by_a_callback)
{
	struct pair_outcome outcome = { 0 };

	pair_open(&pair);
	EXPECT_INT_EQ(1, pair_ask_echo(&pair, &outcome, 42));
	EXPECT_UINT_EQ(0, outcome.times);
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.child));
	EXPECT_UINT_EQ(1, outcome.times);
	EXPECT_INT_EQ(0, outcome.error);
	EXPECT_UINT_EQ(42, outcome.small);
	pair_close(&pair);
	EXPECT_UINT_EQ(1, outcome.times);
}

TEST_C(calls, of_a_broker_are_answered_by_its_child)
{
	struct pair_outcome outcome = { 0 };

	pair_open(&pair);
	EXPECT_INT_EQ(1, pair_poke(&pair, &outcome));
	EXPECT_INT_EQ(1, brig_peer_run(&pair.child.peer, -1));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_UINT_EQ(1, outcome.times);
	EXPECT_INT_EQ(0, outcome.error);
	pair_close(&pair);
}

TEST_C(calls, that_are_refused_say_why)
{
	struct pair_outcome plain = { 0 }, with_reason = { 0 };

	pair_open(&pair);
	pair.way = PAIR_REFUSE;
	EXPECT_OK(pair_ask_echo(&pair, &plain, 1));
	(void)pair_pump(&pair.broker);
	pair.way = PAIR_DIFFERENTLY;
	EXPECT_OK(pair_ask_echo(&pair, &with_reason, 1));
	(void)pair_pump(&pair.broker);
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.child));
	EXPECT_UINT_EQ(1, plain.times);
	EXPECT_INT_EQ(EACCES, plain.error);
	EXPECT_UINT_EQ(0, plain.reason);
	EXPECT_INT_EQ(EIO, with_reason.error);
	EXPECT_UINT_EQ(77, with_reason.reason);
	pair_close(&pair);
}

TEST_C(calls, are_answered_once)
{
	struct pair_outcome outcome = { 0 };
	Every__Every reply = EVERY__EVERY__INIT;

	pair_open(&pair);
	pair.way = PAIR_LATER;
	EXPECT_OK(pair_ask_echo(&pair, &outcome, 1));
	(void)pair_pump(&pair.broker);
	reply.small = 5;
	EXPECT_ERR(EINVAL,
		   brig_reply(&pair.calls[0], &every_asked_service.methods[1], &reply, NULL, 0));
	EXPECT_ERR(EINVAL, brig_refuse(&pair.calls[0], 0, 0));
	EXPECT_ERR(EINVAL, brig_refuse(&pair.calls[0], 4096, 0));
	EXPECT_OK(every_asked_echo_reply(&pair.calls[0], &reply));
	EXPECT_ERR(ENOENT, every_asked_echo_reply(&pair.calls[0], &reply));
	EXPECT_ERR(ENOENT, brig_refuse(&pair.calls[0], EIO, 0));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.child));
	EXPECT_UINT_EQ(1, outcome.times);
	EXPECT_UINT_EQ(5, outcome.small);
	pair_close(&pair);
}

/* ---- calls that wait ---- */

static void ask_sync(struct pair *p)
{
	Every__Every request = EVERY__EVERY__INIT;
	const Every__Every *reply = NULL;
	struct brig_answer answer;

	request.small = 7;
	EXPECT_OK(every_asked_echo_sync(&p->child.peer, &request, &answer, &reply));
	EXPECT_INT_EQ(0, answer.error);
	ASSERT_PTR_NOT_NULL(reply);
	EXPECT_UINT_EQ(7, reply->small);
}

static void ask_sync_refused(struct pair *p)
{
	const Every__Every request = EVERY__EVERY__INIT;
	const Every__Every *reply = NULL;
	struct brig_answer answer;

	EXPECT_OK(every_asked_echo_sync(&p->child.peer, &request, &answer, &reply));
	EXPECT_INT_EQ(EACCES, answer.error);
	EXPECT_PTR_NULL(reply);
}

TEST_C(waiting_calls, get_the_reply)
{
	pair_open(&pair);
	pair_serve(&pair, ask_sync);
	EXPECT_UINT_EQ(1, pair.n_calls);
	pair_close(&pair);
}

/* A reply that can't be sent leaves its call open: the caller hears of it, not of a deadline. */
TEST_C(calls, whose_reply_is_too_large_are_refused)
{
	struct pair_outcome outcome = { 0 };

	pair_open(&pair);
	pair.way = PAIR_TOO_LARGE;
	EXPECT_OK(pair_ask_echo(&pair, &outcome, 1));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.child));
	EXPECT_UINT_EQ(1, outcome.times);
	EXPECT_INT_EQ(EMSGSIZE, outcome.error);
	EXPECT_UINT_EQ(0, pair.broker.peer.n_asked);
	pair_close(&pair);
}

TEST_C(waiting_calls, get_the_refusal)
{
	pair_open(&pair);
	pair.way = PAIR_REFUSE;
	pair_serve(&pair, ask_sync_refused);
	EXPECT_UINT_EQ(1, pair.n_calls);
	pair_close(&pair);
}

/* The broker's answer to the call with this id, before it is asked. */
static void answer_ahead(uint64_t id)
{
	struct brig_frame frame = pair_frame(EVERY_ASKED_ECHO, id);

	frame.kind = BRIG_KIND_REPLY;
	pair_send(&pair.broker, &frame, NULL, 0);
}

static int echo_sync(struct brig_answer *ret)
{
	const Every__Every request = EVERY__EVERY__INIT;
	const Every__Every *reply = NULL;

	return every_asked_echo_sync(&pair.child.peer, &request, ret, &reply);
}

TEST_C(waiting_calls, keep_what_else_comes_in_order)
{
	const Every__Empty nothing = EVERY__EMPTY__INIT;
	struct pair_outcome poked = { 0 }, asked = { .pair = &pair };
	struct brig_answer answer;

	pair_open(&pair);
	EXPECT_INT_EQ(1, pair_ask_echo(&pair, &asked, 9));
	EXPECT_OK(every_asked_wake(&pair.broker.peer, &nothing));
	EXPECT_OK(pair_poke(&pair, &poked));
	(void)pair_pump(&pair.broker); /* answers the first */
	EXPECT_OK(every_asked_wake(&pair.broker.peer, &nothing));
	EXPECT_OK(every_asked_wake(&pair.broker.peer, &nothing));
	answer_ahead(2);
	EXPECT_OK(echo_sync(&answer));
	EXPECT_UINT_EQ(0, pair.wakes);
	EXPECT_UINT_EQ(0, asked.times);
	EXPECT_INT_EQ(1, brig_peer_run(&pair.child.peer, 0));
	EXPECT_UINT_EQ(3, pair.wakes);
	EXPECT_UINT_EQ(1, pair.wakes_at[0]); /* the echo; the poke came after */
	EXPECT_UINT_EQ(2, pair.wakes_at[1]);
	EXPECT_UINT_EQ(1, asked.times);
	EXPECT_UINT_EQ(1, asked.wakes);
	EXPECT_INT_EQ(0, brig_peer_run(&pair.child.peer, 0));
	(void)pair_pump(&pair.broker);
	EXPECT_UINT_EQ(1, poked.times);
	pair_close(&pair);
}

TEST_C(waiting_calls, keep_no_more_than_is_granted)
{
	struct brig_frame frame = pair_frame(EVERY_ASKED_WAKE, 0);
	struct brig_answer answer;

	pair_open(&pair);
	for (int i = 0; i <= BRIG_KEPT_MAX; i++)
		pair_send(&pair.broker, &frame, NULL, 0);
	EXPECT_ERR(ENOBUFS, echo_sync(&answer));
	EXPECT_INT_EQ(-ENOBUFS, answer.error);
	pair_close(&pair);
}

/* As a broker makes its child's socket. */
static void tick_every(long us)
{
	const struct timeval tick = { .tv_sec = us / 1000000, .tv_usec = us % 1000000 };

	ASSERT_INT_EQ(0, setsockopt(pair.child.peer.channel.fd, SOL_SOCKET, SO_RCVTIMEO, &tick,
				    sizeof tick));
}

static void tick(void)
{
	pair_open(&pair);
	tick_every(10000);
}

TEST_C(waiting_calls, are_not_ended_by_what_a_broker_says_meanwhile)
{
	const Every__Empty nothing = EVERY__EMPTY__INIT;
	struct brig_answer answer;

	tick();
	for (int i = 0; i < 100; i++)
		EXPECT_OK(every_asked_wake(&pair.broker.peer, &nothing));
	EXPECT_ERR(ETIMEDOUT, echo_sync(&answer));
	EXPECT_UINT_EQ(BRIG_WINDOW, pair.child.peer.n_kept);
	EXPECT_INT_EQ(1, brig_peer_run(&pair.child.peer, 0));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.child));
	EXPECT_UINT_EQ(100, pair.wakes);
	pair_close(&pair);
}

TEST_C(waiting_calls, end_though_the_broker_is_silent)
{
	struct brig_answer answer;

	tick();
	EXPECT_ERR(ETIMEDOUT, echo_sync(&answer));
	EXPECT_INT_EQ(-ETIMEDOUT, answer.error);
	EXPECT_UINT_EQ(1, pair.child.peer.n_pending);
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_UINT_EQ(1, pair.n_calls);
	EXPECT_INT_EQ(1, brig_peer_run(&pair.child.peer, -1));
	EXPECT_UINT_EQ(0, pair.child.peer.n_pending);
	pair_close(&pair);
}

TEST_C(waiting_calls, tell_a_silent_broker_that_nobody_waits)
{
	struct brig_answer answer;

	tick();
	pair.way = PAIR_LATER;
	EXPECT_ERR(ETIMEDOUT, echo_sync(&answer));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_UINT_EQ(1, pair.n_calls);
	EXPECT_UINT_EQ(0, pair.broker.peer.n_asked);
	pair_close(&pair);
}

TEST_C(waiting_calls, swallow_answers_to_those_before)
{
	const Every__Area area = EVERY__AREA__INIT;
	const Every__Empty *reply;
	struct brig_answer answer;

	tick();
	EXPECT_ERR(ETIMEDOUT, echo_sync(&answer));
	EXPECT_ERR(ETIMEDOUT, echo_sync(&answer));
	EXPECT_ERR(ETIMEDOUT, echo_sync(&answer)); /* both places are taken */
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_UINT_EQ(2, pair.n_calls);
	EXPECT_ERR(ETIMEDOUT, every_asked_measure_sync(&pair.child.peer, &area, &answer, &reply));
	EXPECT_UINT_EQ(1, pair.child.peer.n_pending);
	EXPECT_INT_EQ(0, brig_peer_run(&pair.child.peer, 0));
	pair_close(&pair);
}

static void ask_thrice(struct pair *p)
{
	struct brig_answer answer;
	(void)p;

	for (int i = 0; i < 3; i++)
		ASSERT_OK(echo_sync(&answer));
}

TEST_C(waiting_calls, have_their_place_when_it_was_answered)
{
	struct brig_answer answer;

	tick();
	EXPECT_ERR(ETIMEDOUT, echo_sync(&answer));
	EXPECT_ERR(ETIMEDOUT, echo_sync(&answer));
	tick_every(2000000);
	pair_serve(&pair, ask_thrice);
	EXPECT_UINT_EQ(5, pair.n_calls);
	pair_close(&pair);
}

TEST_C(waiting_calls, do_not_wait_within_each_other)
{
	struct brig_answer answer;

	pair_open(&pair);
	pair.child.peer.waiting = true; /* as in one that is interrupted */
	EXPECT_ERR(EBUSY, echo_sync(&answer));
	EXPECT_INT_EQ(-EBUSY, answer.error);
	pair_close(&pair);
}

TEST_C(waiting_calls, are_not_a_brokers)
{
	const Every__Empty request = EVERY__EMPTY__INIT;
	struct brig_answer answer;

	pair_open(&pair);
	EXPECT_ERR(EINVAL, brig_call_sync(&pair.broker.peer, &every_asked_service.methods[6],
					  &request, NULL, 0, &answer));
	EXPECT_ERR(EINVAL, brig_peer_run(&pair.broker.peer, 0));
	pair_close(&pair);
}

TEST_C(waiting_calls, count_as_in_flight)
{
	struct pair_outcome outcomes[2] = { { 0 } };
	struct brig_answer answer;

	pair_open(&pair);
	EXPECT_OK(pair_ask_echo(&pair, &outcomes[0], 1));
	EXPECT_OK(pair_ask_echo(&pair, &outcomes[1], 1));
	EXPECT_ERR(EAGAIN, echo_sync(&answer));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_UINT_EQ(2, pair.n_calls);
	pair_close(&pair);
}

TEST_C(waiting_calls, see_that_the_broker_is_gone)
{
	struct brig_answer answer;

	pair_open(&pair);
	brig_peer_finish(&pair.broker.peer);
	EXPECT_ERR(EPIPE, echo_sync(&answer));
	EXPECT_ERR(EPIPE, brig_peer_run(&pair.child.peer, -1));
	brig_peer_finish(&pair.child.peer);
}

/* It had not read all: the kernel tells that once, by another number. */
TEST_C(events, to_a_broker_that_is_gone_say_so)
{
	const Every__Empty nothing = EVERY__EMPTY__INIT;

	pair_open(&pair);
	EXPECT_OK(every_asked_note(&pair.child.peer, &nothing));
	brig_peer_finish(&pair.broker.peer);
	EXPECT_ERR(EPIPE, every_asked_note(&pair.child.peer, &nothing));
	pair_close(&pair);
}

/* ---- cancelling ---- */

TEST_C(cancelling, ends_a_call_on_both_sides)
{
	const Every__Every reply = EVERY__EVERY__INIT;
	struct pair_outcome outcome = { 0 };

	pair_open(&pair);
	pair.way = PAIR_LATER;
	const int64_t id = pair_ask_echo(&pair, &outcome, 1);
	(void)pair_pump(&pair.broker);
	EXPECT_OK(brig_call_cancel(&pair.child.peer, id));
	EXPECT_UINT_EQ(1, outcome.times);
	EXPECT_INT_EQ(-ECANCELED, outcome.error);
	EXPECT_ERR(ENOENT, brig_call_cancel(&pair.child.peer, id));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_ERR(ENOENT, every_asked_echo_reply(&pair.calls[0], &reply));
	EXPECT_UINT_EQ(1, pair.child.peer.n_pending);
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.child));
	EXPECT_UINT_EQ(0, pair.child.peer.n_pending);
	EXPECT_UINT_EQ(1, outcome.times);
	pair_close(&pair);
	EXPECT_UINT_EQ(1, outcome.times);
}

TEST_C(cancelling, swallows_an_answer_that_is_on_its_way)
{
	struct pair_outcome outcome = { 0 };

	pair_open(&pair);
	const int64_t id = pair_ask_echo(&pair, &outcome, 1);
	(void)pair_pump(&pair.broker); /* answers */
	EXPECT_OK(brig_call_cancel(&pair.child.peer, id));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker)); /* nothing is left to cancel */
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.child));
	EXPECT_UINT_EQ(1, outcome.times);
	EXPECT_INT_EQ(-ECANCELED, outcome.error);
	EXPECT_UINT_EQ(0, pair.child.peer.n_pending);
	pair_close(&pair);
}

TEST_C(cancelling, ends_all_that_a_scope_began)
{
	struct pair_outcome inside[2] = { { 0 } }, outside = { 0 };

	pair_open(&pair);
	pair.way = PAIR_LATER;
	EXPECT_OK(pair_ask_echo(&pair, &outside, 1));
	brig_scope_enter(&pair.child.peer, 12);
	EXPECT_OK(pair_ask_echo(&pair, &inside[0], 1));
	EXPECT_OK(pair_ask_measure(&pair, &inside[1]));
	brig_scope_enter(&pair.child.peer, 0);
	(void)pair_pump(&pair.broker);
	EXPECT_UINT_EQ(0, brig_scope_cancel(&pair.child.peer, 13));
	EXPECT_UINT_EQ(0, brig_scope_cancel(&pair.child.peer, 0));
	EXPECT_UINT_EQ(2, brig_scope_cancel(&pair.child.peer, 12));
	EXPECT_UINT_EQ(0, brig_scope_cancel(&pair.child.peer, 12));
	EXPECT_INT_EQ(-ECANCELED, inside[0].error);
	EXPECT_INT_EQ(-ECANCELED, inside[1].error);
	EXPECT_UINT_EQ(0, outside.times);
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.child));
	EXPECT_UINT_EQ(1, pair.child.peer.n_pending);
	EXPECT_UINT_EQ(1, pair.broker.peer.n_asked);
	pair_close(&pair);
	EXPECT_UINT_EQ(1, inside[0].times);
	EXPECT_UINT_EQ(1, outside.times);
	EXPECT_INT_EQ(-EPIPE, outside.error);
}

/* ---- ends ---- */

static void ask_again(void *user, struct brig_answer *answer, const Every__Empty *reply)
{
	static struct pair_outcome never;

	pair_done(user, answer, reply);
	EXPECT_ERR(EPIPE, pair_poke(&pair, &never));
}

TEST_C(ends, tell_every_call_that_is_open)
{
	const Every__Empty request = EVERY__EMPTY__INIT;
	struct pair_outcome ours = { 0 }, theirs = { 0 };

	pair_open(&pair);
	pair.way = PAIR_LATER;
	EXPECT_OK(pair_ask_echo(&pair, &theirs, 1));
	EXPECT_OK(every_asked_poke(&pair.broker.peer, &request, ask_again, &ours));
	brig_peer_finish(&pair.broker.peer);
	EXPECT_UINT_EQ(1, ours.times);
	EXPECT_INT_EQ(-EPIPE, ours.error);
	brig_peer_finish(&pair.child.peer);
	EXPECT_UINT_EQ(1, theirs.times);
	EXPECT_INT_EQ(-EPIPE, theirs.error);
}

/* It had not read all that it was sent. */
TEST_C(ends, lose_nothing_that_was_said_before)
{
	const Every__Empty nothing = EVERY__EMPTY__INIT;
	struct brig_packet packet;

	pair_open(&pair);
	EXPECT_OK(every_asked_note(&pair.child.peer, &nothing));
	EXPECT_OK(every_asked_note(&pair.child.peer, &nothing));
	EXPECT_OK(every_asked_wake(&pair.broker.peer, &nothing));
	brig_peer_finish(&pair.child.peer);
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_UINT_EQ(2, pair.notes);
	EXPECT_INT_EQ(0, brig_channel_receive(&pair.broker.peer.channel, pair.broker.buffer, false,
					      &packet));
	brig_peer_finish(&pair.broker.peer);
}

/* ---- descriptors ---- */

TEST_C(descriptors, that_were_kept_are_closed_at_the_end)
{
	struct brig_frame frame = pair_frame(EVERY_ASKED_WAKE, 0);
	int fd = eventfd(0, EFD_CLOEXEC);
	struct brig_answer answer;

	pair_open(&pair);
	const size_t before = pair_count_fds();
	frame.n_fds = 1;
	pair_send(&pair.broker, &frame, &fd, 1);
	answer_ahead(1);
	EXPECT_OK(echo_sync(&answer));
	EXPECT_UINT_EQ(before + 1, pair_count_fds());
	pair_close(&pair);
	EXPECT_UINT_EQ(before - 2, pair_count_fds());
	(void)close(fd);
}
