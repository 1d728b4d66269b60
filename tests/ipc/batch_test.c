/* Several events in one packet: as if each had come alone, whoever packed it. */
#include "ipc/wire/batch.h"
#include "tests/ipc/pair.h"

#include "gtest_c.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static struct pair pair;

struct seen {
	unsigned int n;
	struct brig_frame frames[64];
};

static struct seen packets, recorded;

static void see(struct seen *seen, const uint8_t *bytes)
{
	if (seen->n < 64)
		memcpy(&seen->frames[seen->n++], bytes, sizeof *seen->frames);
}

static void tapped(void *user, const uint8_t *bytes, size_t n)
{
	(void)n;
	see(user, bytes);
}

static void record(void *user, bool ours, const uint8_t *bytes, size_t n, size_t n_fds)
{
	struct brig_frame frame;
	(void)ours;

	memcpy(&frame, bytes, sizeof frame);
	EXPECT_UINT_EQ(sizeof frame + frame.length, n);
	EXPECT_UINT_EQ(frame.n_fds, n_fds);
	see(user, bytes);
}

static void begin(void)
{
	pair_open(&pair);
	pair_clock(&pair);
	packets.n = recorded.n = 0;
	pair.broker.peer.channel.tap = tapped;
	pair.broker.peer.channel.tap_user = &packets;
	pair.broker.peer.channel.record = record;
	pair.broker.peer.channel.record_user = &recorded;
}

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

static void pump_is(enum brig_bad_message wanted, unsigned int notes)
{
	EXPECT_INT_EQ(wanted, pair_pump(&pair.broker));
	EXPECT_UINT_EQ(notes, pair.notes);
}

TEST_C(batch, is_one_packet)
{
	begin();
	EXPECT_OK(brig_batch_begin(&pair.child.peer));
	for (int i = 0; i < 5; i++)
		EXPECT_OK(tell());
	pump_is(BRIG_BAD_NONE, 0);
	EXPECT_OK(brig_batch_end(&pair.child.peer));
	pump_is(BRIG_BAD_NONE, 5);
	EXPECT_UINT_EQ(1, packets.n);
	EXPECT_UINT_EQ(BRIG_KIND_BATCH, packets.frames[0].kind);
	EXPECT_OK(tell());
	pump_is(BRIG_BAD_NONE, 6);
	pair_close(&pair);
}

TEST_C(batch, is_recorded_message_by_message)
{
	begin();
	EXPECT_OK(brig_batch_begin(&pair.child.peer));
	for (int i = 0; i < 3; i++)
		EXPECT_OK(tell());
	EXPECT_OK(brig_batch_end(&pair.child.peer));
	pump_is(BRIG_BAD_NONE, 3);
	EXPECT_OK(brig_batch_begin(&pair.broker.peer));
	EXPECT_OK(wake());
	EXPECT_OK(wake());
	EXPECT_OK(brig_batch_end(&pair.broker.peer));
	ASSERT_UINT_EQ(5, recorded.n);
	EXPECT_UINT_EQ(EVERY_ASKED_NOTE, recorded.frames[2].method);
	EXPECT_UINT_EQ(EVERY_ASKED_WAKE, recorded.frames[4].method);
	EXPECT_UINT_EQ(BRIG_KIND_EVENT, recorded.frames[4].kind);
	pair_close(&pair);
}

static void recorded_first(void *user, bool ours, const uint8_t *bytes, size_t n, size_t n_fds)
{
	EXPECT_UINT_EQ(pair.notes, recorded.n);
	record(user, ours, bytes, n, n_fds);
}

/* What comes of a message stands behind it and before the next: a replay is in the same order. */
TEST_C(batch, is_recorded_as_it_is_handled)
{
	begin();
	pair.broker.peer.channel.record = recorded_first;
	EXPECT_OK(brig_batch_begin(&pair.child.peer));
	for (int i = 0; i < 3; i++)
		EXPECT_OK(tell());
	EXPECT_OK(brig_batch_end(&pair.child.peer));
	pump_is(BRIG_BAD_NONE, 3);
	EXPECT_UINT_EQ(3, recorded.n);
	pair_close(&pair);
}

TEST_C(batch, of_one_goes_alone)
{
	begin();
	EXPECT_OK(brig_batch_begin(&pair.child.peer));
	EXPECT_OK(tell());
	EXPECT_OK(brig_batch_end(&pair.child.peer));
	pump_is(BRIG_BAD_NONE, 1);
	EXPECT_UINT_EQ(BRIG_KIND_EVENT, packets.frames[0].kind);
	pair_close(&pair);
}

/* What comes before and behind it is. */
TEST_C(batch, has_no_message_that_breaks_the_rules)
{
	uint8_t value = 1;
	ProtobufCMessageUnknownField field = { .tag = 1, .len = 1, .data = &value };
	Every__Empty odd = EVERY__EMPTY__INIT;

	begin();
	odd.base.n_unknown_fields = 1;
	odd.base.unknown_fields = &field;
	EXPECT_OK(brig_batch_begin(&pair.broker.peer));
	EXPECT_OK(wake());
	EXPECT_ERR(EMSGSIZE, every_asked_wake(&pair.broker.peer, &odd));
	EXPECT_OK(wake());
	EXPECT_OK(brig_batch_end(&pair.broker.peer));
	EXPECT_UINT_EQ(2, pair.broker.peer.told);
	EXPECT_INT_EQ(1, brig_peer_run(&pair.child.peer, -1));
	EXPECT_UINT_EQ(2, pair.wakes);
	pair_close(&pair);
}

TEST_C(batch, is_sent_when_it_is_full)
{
	begin();
	EXPECT_OK(brig_batch_begin(&pair.child.peer));
	for (int i = 0; i < BRIG_BATCH_MAX - 1; i++)
		EXPECT_OK(tell());
	pump_is(BRIG_BAD_NONE, 0);
	EXPECT_OK(tell());
	pump_is(BRIG_BAD_NONE, BRIG_BATCH_MAX);
	EXPECT_UINT_EQ(1, packets.n);
	pair_close(&pair);
}

TEST_C(batch, is_not_overtaken)
{
	struct pair_outcome outcome = { 0 };

	begin();
	EXPECT_OK(brig_batch_begin(&pair.child.peer));
	EXPECT_OK(tell());
	EXPECT_OK(tell());
	EXPECT_INT_EQ(1, pair_ask_echo(&pair, &outcome, 0));
	EXPECT_OK(tell());
	pump_is(BRIG_BAD_NONE, 2);
	ASSERT_UINT_EQ(2, packets.n);
	EXPECT_UINT_EQ(BRIG_KIND_BATCH, packets.frames[0].kind);
	EXPECT_UINT_EQ(BRIG_KIND_REQUEST, packets.frames[1].kind);
	EXPECT_OK(brig_batch_end(&pair.child.peer));
	pump_is(BRIG_BAD_NONE, 3);
	pair_close(&pair);
}

TEST_C(batch, goes_before_the_child_waits)
{
	begin();
	EXPECT_OK(wake());
	EXPECT_OK(brig_batch_begin(&pair.child.peer));
	EXPECT_OK(tell());
	EXPECT_INT_EQ(1, brig_peer_run(&pair.child.peer, -1));
	pump_is(BRIG_BAD_NONE, 1);
	pair_close(&pair);
}

TEST_C(batch, of_a_broker_waits_a_millisecond)
{
	begin();
	EXPECT_OK(brig_batch_begin(&pair.broker.peer));
	EXPECT_OK(wake());
	EXPECT_OK(wake());
	pair_pass(&pair, 999);
	EXPECT_UINT_EQ(0, recorded.n);
	pair_pass(&pair, 1);
	ASSERT_UINT_EQ(2, recorded.n);
	EXPECT_INT_EQ(1, brig_peer_run(&pair.child.peer, -1));
	EXPECT_UINT_EQ(2, pair.wakes);
	pair_close(&pair);
}

TEST_C(batch, is_begun_once)
{
	begin();
	EXPECT_ERR(ENOENT, brig_batch_end(&pair.child.peer));
	EXPECT_OK(brig_batch_begin(&pair.child.peer));
	EXPECT_ERR(EALREADY, brig_batch_begin(&pair.child.peer));
	pair_close(&pair);
}

static void tell_many(struct pair *p)
{
	ASSERT_OK(brig_batch_begin(&p->child.peer));
	for (int i = 0; i < 5000; i++)
		ASSERT_OK(tell());
	ASSERT_OK(brig_batch_end(&p->child.peer));
}

TEST_C(batch, is_sent_before_credit_is_waited_for)
{
	pair_open(&pair);
	pair_serve(&pair, tell_many);
	EXPECT_UINT_EQ(5000, pair.notes);
	pair_close(&pair);
}

static unsigned int overwritten;

/* As the answer to a call that it waits for would be. */
static int overwrite(void *user, struct brig_request *call, const Every__Empty *request)
{
	(void)user;
	(void)request;
	memset(call->peer->buffer, 0xff, BRIG_PACKET_MAX);
	overwritten++;
	return 0;
}

static int refuse_poke(void *user, struct brig_request *call, const Every__Empty *request)
{
	(void)user;
	(void)call;
	(void)request;
	return -ENOSYS;
}

static int refuse_order(void *user, struct brig_request *call, const Every__Flood *request)
{
	(void)user;
	(void)call;
	(void)request;
	return -ENOSYS;
}

TEST_C(batch, outlives_what_its_handlers_receive)
{
	static const struct every_asked_child_handlers handlers =
		EVERY_ASKED_CHILD_HANDLERS(overwrite, refuse_poke, refuse_order);

	begin();
	pair.child.served.handlers = &handlers;
	overwritten = 0;
	EXPECT_OK(brig_batch_begin(&pair.broker.peer));
	for (int i = 0; i < 3; i++)
		EXPECT_OK(wake());
	EXPECT_OK(brig_batch_end(&pair.broker.peer));
	EXPECT_INT_EQ(1, brig_peer_run(&pair.child.peer, -1));
	EXPECT_UINT_EQ(3, overwritten);
	pair_close(&pair);
}

/* ---- those of an enemy ---- */

struct raw {
	size_t n;
	uint8_t bytes[8192];
};

static void add(struct raw *raw, struct brig_frame frame)
{
	memcpy(raw->bytes + raw->n, &frame, sizeof frame);
	raw->n += sizeof frame;
}

static struct raw raw_of(struct brig_frame one, unsigned int times)
{
	struct raw raw = { .n = sizeof(struct brig_frame) };

	for (unsigned int i = 0; i < times; i++)
		add(&raw, one);
	return raw;
}

static struct brig_frame note(void)
{
	return pair_frame(EVERY_ASKED_NOTE, 0);
}

static void send_under(struct brig_frame frame, struct raw *raw, const int *fds, size_t n_fds)
{
	frame.version = BRIG_FRAME_VERSION;
	frame.kind = BRIG_KIND_BATCH;
	frame.length = (uint32_t)(raw->n - sizeof frame);
	frame.n_fds = (uint16_t)n_fds;
	memcpy(raw->bytes, &frame, sizeof frame);
	EXPECT_OK(brig_packet_send(pair.child.peer.channel.fd, raw->bytes, raw->n, fds, n_fds,
				   false));
}

/* What isn't one is recorded whole, as it came. */
static void raw_is(enum brig_bad_message wanted, struct raw raw, unsigned int notes)
{
	const struct brig_frame none = { .id = 0 };

	begin();
	send_under(none, &raw, NULL, 0);
	pump_is(wanted, notes);
	if (wanted && !notes) {
		EXPECT_UINT_EQ(1, recorded.n);
		EXPECT_UINT_EQ(BRIG_KIND_BATCH, recorded.frames[0].kind);
	}
	pair_close(&pair);
}

TEST_C(bad_batch, has_too_few_or_too_many)
{
	raw_is(BRIG_BAD_BATCH, raw_of(note(), 0), 0);
	raw_is(BRIG_BAD_BATCH, raw_of(note(), 1), 0);
	raw_is(BRIG_BAD_NONE, raw_of(note(), 2), 2);
	raw_is(BRIG_BAD_NONE, raw_of(note(), BRIG_BATCH_MAX), BRIG_BATCH_MAX);
	raw_is(BRIG_BAD_BATCH, raw_of(note(), BRIG_BATCH_MAX + 1), 0);
}

TEST_C(bad_batch, has_others_than_events)
{
	struct raw raw = raw_of(note(), 2);
	struct brig_frame inner = note();

	add(&raw, pair_frame(EVERY_ASKED_ECHO, 1));
	raw_is(BRIG_BAD_BATCH, raw, 0);
	raw = raw_of(note(), 2);
	inner.kind = BRIG_KIND_BATCH;
	add(&raw, inner);
	raw_is(BRIG_BAD_BATCH, raw, 0);
	inner.kind = BRIG_KIND_CREDIT;
	raw_is(BRIG_BAD_BATCH, raw_of(inner, 2), 0);
}

TEST_C(bad_batch, is_cut_off)
{
	struct raw raw = raw_of(note(), 3);
	struct brig_frame inner = note();

	raw.n -= 1;
	raw_is(BRIG_BAD_BATCH, raw, 0);
	inner.length = 1;
	raw = raw_of(note(), 2);
	add(&raw, inner);
	raw_is(BRIG_BAD_BATCH, raw, 0);
	inner.length = UINT32_MAX;
	raw = raw_of(note(), 2);
	add(&raw, inner);
	raw_is(BRIG_BAD_BATCH, raw, 0);
}

TEST_C(bad_batch, has_bad_headers)
{
	struct brig_frame inner = note();

	inner.version++;
	raw_is(BRIG_BAD_VERSION, raw_of(inner, 2), 0);
	inner = note();
	inner.flags = 1;
	raw_is(BRIG_BAD_FLAGS, raw_of(inner, 2), 0);
	inner = note();
	inner.n_fds = 1;
	raw_is(BRIG_BAD_FD_COUNT, raw_of(inner, 2), 0);
}

TEST_C(bad_batch, says_more_of_itself)
{
	struct brig_frame outer = { .id = 1 };
	struct raw raw = raw_of(note(), 2);

	begin();
	send_under(outer, &raw, NULL, 0);
	pump_is(BRIG_BAD_BATCH, 0);
	outer = (struct brig_frame){ .service = EVERY_ASKED_ID };
	send_under(outer, &raw, NULL, 0);
	pump_is(BRIG_BAD_BATCH, 0);
	outer = (struct brig_frame){ .deadline_us = 1 };
	send_under(outer, &raw, NULL, 0);
	pump_is(BRIG_BAD_BATCH, 0);
	pair_close(&pair);
}

TEST_C(bad_batch, brings_descriptors)
{
	const struct brig_frame outer = { .id = 0 };
	struct raw raw = raw_of(note(), 2);
	const int fds[] = { STDERR_FILENO };

	begin();
	const size_t open = pair_count_fds();
	send_under(outer, &raw, fds, 1);
	pump_is(BRIG_BAD_BATCH, 0);
	EXPECT_UINT_EQ(open, pair_count_fds());
	pair_close(&pair);
}

TEST_C(bad_batch, ends_where_one_of_it_breaks_the_rules)
{
	struct raw raw = raw_of(note(), 2);

	add(&raw, pair_frame(999, 0));
	add(&raw, note());
	raw_is(BRIG_BAD_UNKNOWN_METHOD, raw, 2);
	raw_is(BRIG_BAD_RATE, raw_of(pair_frame(EVERY_ASKED_TICK, 0), 12), 10);
}

TEST_C(bad_batch, takes_more_credit_than_there_is)
{
	const struct brig_frame outer = { .id = 0 };
	enum brig_bad_message bad = BRIG_BAD_NONE;
	struct raw raw = raw_of(note(), BRIG_BATCH_MAX);

	begin();
	while (!bad && pair.notes < 1000) {
		send_under(outer, &raw, NULL, 0);
		bad = pair_pump(&pair.broker);
	}
	EXPECT_INT_EQ(BRIG_BAD_CREDIT, bad);
	EXPECT_UINT_EQ(BRIG_WINDOW + BRIG_WINDOW / 2, pair.notes);
	pair_close(&pair);
}

TEST_C(bad_batch, ends_with_its_peer)
{
	const struct brig_frame outer = { .id = 0 };
	struct raw raw = raw_of(note(), 3);

	begin();
	pair.broker.peer.ended = true;
	send_under(outer, &raw, NULL, 0);
	pump_is(BRIG_BAD_NONE, 0);
	pair_close(&pair);
}
