/* What a peer may not send: each breach by its code, and nothing left of what came along. */
#include "ipc/schema/services.brig.h"
#include "tests/ipc/pair.h"

#include "gtest_c.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#define UNSEEN 4 /* replies without descriptors that may lie unread and aren't looked for */

static struct pair pair;

/* What the broker makes of one frame of the child. */
static void frame_is(enum brig_bad_message wanted, struct brig_frame frame)
{
	pair_send(&pair.child, &frame, NULL, 0);
	EXPECT_INT_EQ(wanted, pair_pump(&pair.broker));
}

/* ---- handlers ---- */

TEST_C(handlers, that_return_no_breach_by_mistake_end_nobody)
{
	struct pair_outcome outcome = { 0 };

	pair_open(&pair);
	pair.way = PAIR_BY_MISTAKE;
	EXPECT_OK(pair_ask_echo(&pair, &outcome, 1));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.child));
	EXPECT_INT_EQ(EIO, outcome.error);
	pair_close(&pair);
}

/* ---- numbers ---- */

TEST_C(numbers, of_calls_in_flight_are_kept_by_the_caller)
{
	struct pair_outcome outcomes[3] = { { 0 } };

	pair_open(&pair);
	pair.way = PAIR_LATER;
	EXPECT_OK(pair_ask_echo(&pair, &outcomes[0], 1));
	EXPECT_OK(pair_ask_echo(&pair, &outcomes[1], 1));
	EXPECT_ERR(EAGAIN, pair_ask_echo(&pair, &outcomes[2], 1));
	(void)pair_pump(&pair.broker);
	EXPECT_OK(brig_refuse(&pair.calls[0], EIO, 0));
	(void)pair_pump(&pair.child);
	EXPECT_OK(pair_ask_echo(&pair, &outcomes[2], 1));
	pair_close(&pair);
}

TEST_C(numbers, of_a_method_in_flight_are_bounded)
{
	pair_open(&pair);
	pair.way = PAIR_LATER;
	frame_is(BRIG_BAD_NONE, pair_frame(EVERY_ASKED_ECHO, 1));
	frame_is(BRIG_BAD_NONE, pair_frame(EVERY_ASKED_ECHO, 2));
	frame_is(BRIG_BAD_IN_FLIGHT, pair_frame(EVERY_ASKED_ECHO, 3));
	EXPECT_UINT_EQ(2, pair.n_calls);
	pair_close(&pair);
}

TEST_C(numbers, of_all_in_flight_are_bounded)
{
	pair_open(&pair);
	pair.broker.peer.max_asked = 2;
	pair.way = PAIR_LATER;
	frame_is(BRIG_BAD_NONE, pair_frame(EVERY_ASKED_ECHO, 1));
	frame_is(BRIG_BAD_NONE, pair_frame(EVERY_ASKED_ECHO, 2));
	frame_is(BRIG_BAD_IN_FLIGHT, pair_frame(EVERY_ASKED_MEASURE, 3));
	pair_close(&pair);
}

/* The reply to one method may lie unread when a call to another comes that was sent before it. */
TEST_C(numbers, of_unread_replies_are_not_one_methods)
{
	struct pair_outcome echoed[2] = { { 0 } }, measured = { 0 };

	pair_open(&pair);
	EXPECT_OK(pair_ask_echo(&pair, &echoed[0], 1));
	EXPECT_OK(pair_ask_echo(&pair, &echoed[1], 2));
	EXPECT_OK(pair_ask_measure(&pair, &measured));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.child));
	EXPECT_UINT_EQ(1, measured.times);
	pair_close(&pair);
}

TEST_C(numbers, of_unread_replies_are_bounded)
{
	enum brig_bad_message bad = BRIG_BAD_NONE;
	unsigned int id = 0;

	pair_open(&pair);
	while (!bad && ++id < 1000) {
		const struct brig_frame frame = pair_frame(EVERY_ASKED_ECHO, id);

		pair_send(&pair.child, &frame, NULL, 0);
		bad = pair_pump(&pair.broker);
	}
	EXPECT_INT_EQ(BRIG_BAD_SLOW_READER, bad);
	EXPECT_INT_LE(id, 3 * BRIG_CALLS_MAX);
	pair_close(&pair);
}

TEST_C(numbers, of_unread_replies_are_few_where_one_may_be_asked)
{
	pair_open(&pair);
	pair.broker.peer.max_asked = 1;
	for (unsigned int id = 1; id <= UNSEEN + 1; id++)
		frame_is(BRIG_BAD_NONE, pair_frame(EVERY_ASKED_ECHO, id));
	frame_is(BRIG_BAD_SLOW_READER, pair_frame(EVERY_ASKED_ECHO, UNSEEN + 2));
	pair_close(&pair);
}

/* ---- ids ---- */

TEST_C(ids, only_rise)
{
	pair_open(&pair);
	frame_is(BRIG_BAD_NONE, pair_frame(EVERY_ASKED_ECHO, 5));
	(void)pair_pump(&pair.child);
	frame_is(BRIG_BAD_ID, pair_frame(EVERY_ASKED_ECHO, 5));
	frame_is(BRIG_BAD_ID, pair_frame(EVERY_ASKED_ECHO, 4));
	pair_close(&pair);
}

TEST_C(ids, of_requests_are_not_zero)
{
	struct brig_frame frame = pair_frame(EVERY_ASKED_ECHO, 0);

	pair_open(&pair);
	frame.kind = BRIG_KIND_REQUEST;
	frame_is(BRIG_BAD_ID, frame);
	pair_close(&pair);
}

TEST_C(ids, fit_what_the_api_returns)
{
	pair_open(&pair);
	frame_is(BRIG_BAD_ID, pair_frame(EVERY_ASKED_ECHO, (uint64_t)INT64_MAX + 1));
	frame_is(BRIG_BAD_NONE, pair_frame(EVERY_ASKED_ECHO, INT64_MAX));
	frame_is(BRIG_BAD_ID, pair_frame(EVERY_ASKED_ECHO, UINT64_MAX));
	pair_close(&pair);
}

TEST_C(ids, of_what_was_never_asked_cannot_be_answered)
{
	struct brig_frame frame = pair_frame(EVERY_ASKED_POKE, 1);
	struct pair_outcome outcome = { 0 };

	pair_open(&pair);
	frame.kind = BRIG_KIND_REPLY;
	frame_is(BRIG_BAD_ID, frame);
	EXPECT_INT_EQ(1, pair_poke(&pair, &outcome));
	frame_is(BRIG_BAD_NONE, frame);
	frame_is(BRIG_BAD_ID, frame); /* dead by now */
	EXPECT_UINT_EQ(1, outcome.times);
	pair_close(&pair);
}

TEST_C(ids, of_what_was_never_asked_cannot_be_cancelled)
{
	struct brig_frame frame = pair_frame(EVERY_ASKED_ECHO, 1);

	pair_open(&pair);
	frame.kind = BRIG_KIND_CANCEL;
	frame_is(BRIG_BAD_ID, frame);
	pair_close(&pair);
}

TEST_C(ids, belong_to_one_method)
{
	struct brig_frame frame = pair_frame(EVERY_ASKED_ECHO, 1);
	struct pair_outcome outcome = { 0 };

	pair_open(&pair);
	EXPECT_INT_EQ(1, pair_poke(&pair, &outcome));
	frame.kind = BRIG_KIND_REPLY;
	frame_is(BRIG_BAD_ID, frame);
	frame = pair_frame(EVERY_ASKED_POKE, 1);
	frame.kind = BRIG_KIND_REPLY;
	frame.service = 65;
	frame_is(BRIG_BAD_ID, frame);
	EXPECT_UINT_EQ(0, outcome.times);
	pair_close(&pair);
}

TEST_C(ids, are_not_an_events)
{
	struct brig_frame frame = pair_frame(EVERY_ASKED_NOTE, 1);

	pair_open(&pair);
	frame.kind = BRIG_KIND_EVENT;
	frame_is(BRIG_BAD_ID, frame);
	pair_close(&pair);
}

/* ---- kinds ---- */

TEST_C(kinds, of_a_method_are_its_own)
{
	struct brig_frame frame = pair_frame(EVERY_ASKED_ECHO, 0);

	pair_open(&pair);
	frame_is(BRIG_BAD_KIND, frame);
	frame_is(BRIG_BAD_KIND, pair_frame(EVERY_ASKED_NOTE, 1));
	frame.kind = BRIG_KIND_LAST + 1;
	frame_is(BRIG_BAD_KIND, frame);
	pair_close(&pair);
}

TEST_C(kinds, of_the_other_side_do_not_exist)
{
	pair_open(&pair);
	frame_is(BRIG_BAD_UNKNOWN_METHOD, pair_frame(EVERY_ASKED_POKE, 1));
	frame_is(BRIG_BAD_UNKNOWN_METHOD, pair_frame(EVERY_ASKED_WAKE, 0));
	pair.broker.peer.role = "renderer";
	frame_is(BRIG_BAD_UNKNOWN_METHOD, pair_frame(EVERY_ASKED_ECHO, 1));
	pair_close(&pair);
}

/* ---- rules ---- */

TEST_C(rules, of_a_product_hold_for_a_peer)
{
	Every__Area request = EVERY__AREA__INIT;

	pair_open(&pair);
	request.width = 100;
	request.height = 6;
	const struct brig_frame frame = pair_frame(EVERY_ASKED_MEASURE, 1);
	EXPECT_OK(brig_peer_send(&pair.child.peer, &frame, &request.base, NULL, 0));
	EXPECT_INT_EQ(BRIG_BAD_PRODUCT, pair_pump(&pair.broker));
	EXPECT_UINT_EQ(0, pair.n_calls);
	pair_close(&pair);
}

/* What a broker would end it for, a child's program hears of; nothing is sent, nor used up. */
TEST_C(rules, of_its_own_messages_hold_in_a_child)
{
	Every__Area area = EVERY__AREA__INIT;
	struct pair_outcome outcome = { 0 };
	const Every__Empty *reply;
	struct brig_answer answer;
	char where[112];

	pair_open(&pair);
	area.width = 100;
	area.height = 6;
	EXPECT_ERR(EINVAL, every_asked_measure_sync(&pair.child.peer, &area, &answer, &reply));
	EXPECT_ERR(EINVAL, answer.error);
	brig_peer_describe_breach(&pair.child.peer, where, sizeof where);
	EXPECT_STR_EQ("asked.measure: every.Area", where);
	EXPECT_ERR(EINVAL, (int)every_asked_measure(&pair.child.peer, &area, pair_done, &outcome));
	EXPECT_UINT_EQ(0, pair.child.peer.n_pending);
	EXPECT_INT_EQ(0, pair_pump(&pair.broker));
	EXPECT_UINT_EQ(0, pair.n_calls);
	area.height = 1;
	EXPECT_INT_LT(0, every_asked_measure(&pair.child.peer, &area, pair_done, &outcome));
	EXPECT_INT_EQ(0, pair_pump(&pair.broker));
	EXPECT_UINT_EQ(1, pair.n_calls);
	pair_close(&pair);
}

static int fail_for(uint32_t reason, size_t n_text)
{
	static uint8_t text[1000];
	Brig__Ipc__JobFailed failed = BRIG__IPC__JOB_FAILED__INIT;

	memset(text, 'x', sizeof text);
	failed.reason = reason;
	failed.text.data = text;
	failed.text.len = n_text;
	return brig_job_failed(&pair.child.peer, &failed);
}

static void broker_slipped(const char *wanted)
{
	char where[112];

	brig_peer_describe_breach(&pair.broker.peer, where, sizeof where);
	EXPECT_STR_EQ(wanted, where);
}

/* A child would take it for nonsense, and end. */
TEST_C(rules, of_its_own_messages_hold_in_a_broker)
{
	struct pair_outcome outcome = { 0 };
	Every__Flood flood = EVERY__FLOOD__INIT;
	const int fd = eventfd(0, EFD_CLOEXEC);

	pair_open(&pair);
	pair.way = PAIR_UNLAWFULLY;
	EXPECT_OK(pair_ask_echo(&pair, &outcome, 1));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	broker_slipped("asked.echo: every.Every.signed_small");
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.child));
	EXPECT_INT_EQ(EINVAL, outcome.error);
	flood.how = 100;
	EXPECT_ERR(EINVAL, every_asked_order(&pair.broker.peer, &flood, fd));
	broker_slipped("asked.order: every.Flood.how");
	EXPECT_INT_EQ(0, pair.send_failed);
	EXPECT_UINT_EQ(0, pair.broker.peer.told);
	flood.how = 99;
	EXPECT_OK(every_asked_order(&pair.broker.peer, &flood, fd));
	broker_slipped("asked.order"); /* it didn't */
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.child));
	(void)close(fd);
	pair_close(&pair);
}

/* What its exit says is the child's own. */
TEST_C(rules, that_a_broker_broke_are_no_childs_fault)
{
	struct pair_outcome outcome = { 0 };

	pair_open(&pair);
	pair.way = PAIR_BLAMING;
	EXPECT_OK(pair_ask_echo(&pair, &outcome, 1));
	EXPECT_INT_EQ(BRIG_BAD_HANDLE, pair_pump(&pair.broker));
	broker_slipped("asked.echo");
	pair_close(&pair);
}

/* More of them than there is credit for. */
TEST_C(rules, cost_no_credit_where_they_were_broken)
{
	char where[112];

	pair_open(&pair);
	ASSERT_OK(brig_batch_begin(&pair.child.peer));
	for (int i = 0; i < BRIG_WINDOW; i++) {
		EXPECT_ERR(EINVAL, fail_for(8, 10));
		EXPECT_ERR(EMSGSIZE, fail_for(1, 1000));
	}
	ASSERT_OK(brig_batch_end(&pair.child.peer));
	for (int i = 0; i < BRIG_WINDOW; i++) {
		EXPECT_ERR(EMSGSIZE, fail_for(1, 1000));
		EXPECT_ERR(EINVAL, fail_for(8, 10));
	}
	brig_peer_describe_breach(&pair.child.peer, where, sizeof where);
	EXPECT_STR_EQ("job.failed: brig.ipc.JobFailed.reason", where);
	EXPECT_UINT_EQ(BRIG_WINDOW, pair.child.peer.credit);
	EXPECT_INT_EQ(0, pair_pump(&pair.broker));
	pair_close(&pair);
}

/* ---- descriptors ---- */

static int sealed_memory(void)
{
	int fd = memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	EXPECT_OK(fd);
	EXPECT_OK(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW));
	return fd;
}

static void took(void *user, struct brig_answer *answer, const Every__Empty *reply)
{
	EXPECT_UINT_EQ(1, answer->n_fds);
	pair_done(user, answer, reply);
}

/* It is the broker's slip: no child is ended for what never came to it. */
TEST_C(descriptors, that_a_broker_has_closed_end_nobody)
{
	const Every__Flood order = EVERY__FLOOD__INIT;
	int ends[2] = { -1, -1 };

	ASSERT_OK(pipe2(ends, O_CLOEXEC));
	pair_open(&pair);
	EXPECT_ERR(EBADF, every_asked_order(&pair.broker.peer, &order, -1));
	broker_slipped("asked.order");
	(void)close(ends[1]);
	EXPECT_ERR(EBADF, every_asked_order(&pair.broker.peer, &order, ends[1]));
	EXPECT_OK(every_asked_order(&pair.broker.peer, &order, ends[0]));
	EXPECT_INT_EQ(0, pair.send_failed);
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.child));
	(void)close(ends[0]);
	pair_close(&pair);
}

TEST_C(descriptors, of_a_reply_that_are_closed_leave_it_open)
{
	const Every__Empty empty = EVERY__EMPTY__INIT;
	struct pair_outcome outcome = { 0 };
	int fds[3] = { sealed_memory(), -1, -1 };

	ASSERT_OK(pipe2(fds + 1, O_CLOEXEC));
	pair_open(&pair);
	pair.way = PAIR_LATER;
	EXPECT_OK(every_asked_pass(&pair.child.peer, &empty, fds[0], fds[1], took, &outcome));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_ERR(EBADF, every_asked_pass_reply(&pair.calls[0], &empty, -1));
	broker_slipped("asked.pass");
	EXPECT_INT_EQ(0, pair.send_failed);
	const int event = eventfd(0, EFD_CLOEXEC);
	EXPECT_OK(every_asked_pass_reply(&pair.calls[0], &empty, event));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.child));
	EXPECT_INT_EQ(0, outcome.error);
	EXPECT_UINT_EQ(1, outcome.times);
	(void)close(event);
	for (size_t i = 0; i < 3; i++)
		(void)close(fds[i]);
	pair_close(&pair);
}

TEST_C(descriptors, that_a_child_has_closed_cost_nothing)
{
	const Every__Empty empty = EVERY__EMPTY__INIT;
	struct pair_outcome outcome = { 0 };

	pair_open(&pair);
	EXPECT_ERR(EBADF, every_asked_give(&pair.child.peer, &empty, -1));
	EXPECT_UINT_EQ(BRIG_WINDOW, pair.child.peer.credit);
	EXPECT_ERR(EBADF, (int)every_asked_pass(&pair.child.peer, &empty, -1, -1, took, &outcome));
	EXPECT_UINT_EQ(0, pair.child.peer.n_pending);
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_UINT_EQ(0, pair.n_calls);
	pair_close(&pair);
}

TEST_C(descriptors, are_closed_once_on_both_sides)
{
	const Every__Empty request = EVERY__EMPTY__INIT;
	struct pair_outcome outcome = { 0 };
	int fds[3] = { sealed_memory(), -1, -1 };

	ASSERT_OK(pipe2(fds + 1, O_CLOEXEC));
	pair_open(&pair);
	const size_t before = pair_count_fds();
	EXPECT_OK(every_asked_pass(&pair.child.peer, &request, fds[0], fds[1], took, &outcome));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	EXPECT_UINT_EQ(2, pair.calls[0].n_fds);
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.child));
	EXPECT_UINT_EQ(1, outcome.times);
	EXPECT_UINT_EQ(before, pair_count_fds());
	pair_close(&pair);
	for (size_t i = 0; i < 3; i++)
		(void)close(fds[i]);
}

static void read_one(struct pair_end *end)
{
	struct brig_packet packet;

	EXPECT_INT_EQ(1, brig_channel_receive(&end->peer.channel, end->buffer, false, &packet));
	brig_packet_close(&packet);
}

static void fds_are(enum brig_bad_message wanted, struct brig_frame frame, const int *fds,
		    uint16_t n)
{
	frame.n_fds = n;
	const size_t before = pair_count_fds();
	pair_send(&pair.child, &frame, fds, n);
	EXPECT_INT_EQ(wanted, pair_pump(&pair.broker));
	EXPECT_UINT_EQ(before, pair_count_fds());
}

TEST_C(descriptors, lie_unread_with_one_reply_where_one_may_be_asked)
{
	int fds[3] = { sealed_memory(), -1, -1 };

	ASSERT_OK(pipe2(fds + 1, O_CLOEXEC));
	pair_open(&pair);
	pair.broker.peer.max_asked = 1;
	fds_are(BRIG_BAD_NONE, pair_frame(EVERY_ASKED_PASS, 1), fds, 2);
	fds_are(BRIG_BAD_SLOW_READER, pair_frame(EVERY_ASKED_PASS, 2), fds, 2);
	pair_close(&pair);
	for (size_t i = 0; i < 3; i++)
		(void)close(fds[i]);
}

/* What lies there was said unasked, and came behind the reply that it has read. */
TEST_C(descriptors, of_a_reply_that_was_read_do_not_lie_there)
{
	const Every__Empty nothing = EVERY__EMPTY__INIT;
	int fds[3] = { sealed_memory(), -1, -1 };

	ASSERT_OK(pipe2(fds + 1, O_CLOEXEC));
	pair_open(&pair);
	pair.broker.peer.max_asked = 1;
	fds_are(BRIG_BAD_NONE, pair_frame(EVERY_ASKED_PASS, 1), fds, 2);
	EXPECT_OK(every_asked_wake(&pair.broker.peer, &nothing));
	read_one(&pair.child);
	fds_are(BRIG_BAD_NONE, pair_frame(EVERY_ASKED_PASS, 2), fds, 2);
	fds_are(BRIG_BAD_SLOW_READER, pair_frame(EVERY_ASKED_PASS, 3), fds, 2);
	pair_close(&pair);
	for (size_t i = 0; i < 3; i++)
		(void)close(fds[i]);
}

TEST_C(descriptors, of_a_breach_are_closed)
{
	int fds[4] = { sealed_memory(), -1, -1, -1 };
	struct brig_frame reply = pair_frame(EVERY_ASKED_POKE, 1);
	struct pair_outcome outcome = { 0 };

	ASSERT_OK(pipe2(fds + 1, O_CLOEXEC));
	fds[3] = dup(fds[0]);
	pair_open(&pair);
	reply.kind = BRIG_KIND_REPLY;
	fds_are(BRIG_BAD_ID, reply, fds, 1);
	EXPECT_OK(pair_poke(&pair, &outcome));
	fds_are(BRIG_BAD_FD_KIND, reply, fds, 1);
	fds_are(BRIG_BAD_FD_KIND, pair_frame(EVERY_ASKED_ECHO, 1), fds, 4);
	fds_are(BRIG_BAD_FD_KIND, pair_frame(EVERY_ASKED_PASS, 2), fds, 1);
	fds_are(BRIG_BAD_FD_KIND, pair_frame(EVERY_ASKED_PASS, 3), fds + 1, 2);
	fds_are(BRIG_BAD_UNKNOWN_METHOD, pair_frame(99, 4), fds, 4);
	pair_close(&pair);
	for (size_t i = 0; i < 4; i++)
		(void)close(fds[i]);
}
