/* Messages that are larger than a packet: nobody notices, and no enemy gains by it. */
#include "broker/broker.h"
#include "ipc/dispatch/bad_message.h"
#include "ipc/dispatch/peer.h"
#include "spill.brig.h"

#include "gtest_c.h"

#include <brig/fuzz.h>
#include <brig/journal.h>
#include <brig/process.h>
#include <brig/replay.h>
#include <brig/stats.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TURN_MS 60000

struct side {
	int journal;
	struct brig_broker *broker;
	struct brig_child *child;
	struct brig_served served;
	bool ready, exited, late, silent, unlawful;
	unsigned int echoes, over_100;
	char words[8][33]; /* two may come in one turn */
	unsigned int n_words, heard;
	struct brig_exit exit;
};

static int said(void *user, struct brig_request *call, const Spill__Word *word)
{
	struct side *side = user;
	(void)call;

	(void)snprintf(side->words[side->n_words++ % 8], 33, "%s", word->word);
	return 0;
}

static int reply(const struct brig_request *call, size_t n)
{
	Spill__Blob blob = SPILL__BLOB__INIT;

	blob.data.data = calloc(n, 1);
	blob.data.len = n;
	int r = spill_spiller_echo_reply(call, &blob);
	free(blob.data.data);
	return r;
}

static int reply_unlawfully(struct brig_request *call)
{
	static uint8_t data[100000];
	uint32_t percent = 101;
	Spill__Blob blob = SPILL__BLOB__INIT;
	char where[64];

	blob.data.data = data;
	blob.data.len = sizeof data;
	blob.percents = &percent;
	blob.n_percents = 1;
	const int r = spill_spiller_echo_reply(call, &blob);
	brig_peer_describe_breach(call->peer, where, sizeof where);
	EXPECT_STR_EQ("spiller.echo: spill.Blob.percents", where);
	return r;
}

static int echo(void *user, struct brig_request *call, const Spill__Blob *blob)
{
	Spill__Blob turned = SPILL__BLOB__INIT;
	struct side *side = user;

	for (size_t i = 0; i < blob->n_percents; i++)
		side->over_100 += blob->percents[i] > 100;
	side->echoes++;
	if (side->late)
		return reply(call, 100000);
	if (side->unlawful)
		return reply_unlawfully(call);
	if (side->silent)
		return 0;
	for (size_t i = 0; i < blob->data.len; i++)
		blob->data.data[i] = (uint8_t)~blob->data.data[i];
	turned.data = blob->data;
	return spill_spiller_echo_reply(call, &turned);
}

static int keep(void *user, struct brig_request *call, const Spill__Little *little)
{
	(void)user;
	(void)call;
	(void)little;
	return -ENOSYS;
}

static int plain(void *user, struct brig_request *call, const Spill__Empty *empty)
{
	(void)user;
	return spill_spiller_plain_reply(call, empty);
}

static const struct spill_spiller_handlers handlers =
	SPILL_SPILLER_HANDLERS(said, echo, keep, plain);

static void ready(void *user, struct brig_child *child)
{
	struct side *side = user;
	(void)child;

	side->ready = true;
}

static void ended(void *user, struct brig_child *child, const struct brig_exit *exit)
{
	struct side *side = user;
	(void)child;

	side->exited = true;
	side->exit = *exit;
}

static const struct brig_child_listener listener = { ready, ended };

static void start_child(struct side *side)
{
	struct brig_child_options options = { .size = sizeof options, .role = "service" };

	side->ready = side->exited = false;
	side->served = (struct brig_served){ &spill_spiller_service, &handlers, side };
	options.served = &side->served;
	options.n_served = 1;
	options.listener = &listener;
	options.user = side;
	ASSERT_OK(brig_child_start(side->broker, &options, &side->child));
	while (!side->ready)
		ASSERT_INT_EQ(1, brig_broker_run(side->broker, TURN_MS));
}

static void set_up(struct side *side)
{
	const struct brig_broker_options options = { .size = sizeof options,
						     .child_path = SPILL_CHILD };

	memset(side, 0, sizeof *side);
	side->journal = memfd_create("journal", MFD_CLOEXEC);
	ASSERT_OK(brig_broker_create(&options, &side->broker));
	EXPECT_OK(brig_broker_journal(side->broker, side->journal, BRIG_JOURNAL_PAYLOADS));
	start_child(side);
}

static void differs(void *user, const struct brig_replay_difference *difference)
{
	(void)user;
	FAIL_C("expected %s; came %s", difference->expected, difference->came);
}

/* What lay in memory isn't on record; all else replays as it was. */
static void finish(struct side *side)
{
	const struct brig_service *const services[] = { &spill_spiller_service, NULL };
	const struct brig_replay_options options = { .size = sizeof options,
						     .services = services,
						     .difference = differs };
	struct brig_replay_result result;

	brig_broker_destroy(side->broker);
	EXPECT_OK(brig_replay(side->journal, &options, &result));
	EXPECT_INT_GE(result.from_child, 1);
	(void)close(side->journal);
}

static void order(struct side *side, Spill__Act act)
{
	Spill__Order message = SPILL__ORDER__INIT;

	message.act = act;
	EXPECT_OK(spill_spiller_act(brig_child_peer(side->child), &message));
}

static void wait_for_word(struct side *side)
{
	while (side->n_words == side->heard && !side->exited)
		ASSERT_INT_EQ(1, brig_broker_run(side->broker, TURN_MS));
	side->heard += side->n_words > side->heard;
}

static void expect_word(struct side *side, const char *wanted)
{
	wait_for_word(side);
	EXPECT_STR_EQ(wanted, side->words[(side->heard - 1) % 8]);
}

TEST_C(spill, large_request_and_reply_are_as_small_ones)
{
	struct side side;

	set_up(&side);
	order(&side, SPILL__ACT__ECHO);
	expect_word(&side, "echoed 1000000");
	order(&side, SPILL__ACT__SMALL);
	expect_word(&side, "echoed 1000");
	order(&side, SPILL__ACT__ECHO); /* the room is there again */
	expect_word(&side, "echoed 1000000");
	EXPECT_UINT_EQ(3, side.echoes);
	finish(&side);
}

static void count(void *user, const struct brig_stats *stats)
{
	struct brig_stats *echo_stats = user;

	if (!strcmp(stats->name, "spiller.echo"))
		*echo_stats = *stats;
}

TEST_C(spill, what_lay_in_memory_is_counted)
{
	struct brig_stats stats = { .name = NULL };
	struct side side;

	set_up(&side);
	order(&side, SPILL__ACT__ECHO);
	expect_word(&side, "echoed 1000000");
	EXPECT_OK(brig_broker_stats(side.broker, count, &stats));
	EXPECT_UINT_EQ(1, stats.n[BRIG_STAT_COUNT]);
	EXPECT_INT_GE((long long)stats.n[BRIG_STAT_BYTES_IN], 1000000);
	EXPECT_INT_LE((long long)stats.n[BRIG_STAT_BYTES_IN], 1000100);
	EXPECT_UINT_EQ(stats.n[BRIG_STAT_BYTES_IN], stats.n[BRIG_STAT_BYTES_OUT]);
	finish(&side);
}

/* Its broker's slip costs it no more than the answer. */
TEST_C(spill, unlawful_reply_is_not_sent)
{
	struct side side;

	set_up(&side);
	side.unlawful = true;
	order(&side, SPILL__ACT__SMALL);
	expect_word(&side, "failed 22"); /* EINVAL */
	side.unlawful = false;
	order(&side, SPILL__ACT__ECHO);
	expect_word(&side, "echoed 1000000");
	finish(&side);
}

TEST_C(spill, one_large_request_at_a_time)
{
	struct side side;

	set_up(&side);
	order(&side, SPILL__ACT__TWO);
	expect_word(&side, "second -11"); /* EAGAIN */
	expect_word(&side, "then 1000000");
	order(&side, SPILL__ACT__ECHO);
	expect_word(&side, "echoed 1000000");
	EXPECT_UINT_EQ(2, side.echoes);
	finish(&side);
}

/* The other end is a child: it may have kept a mapping of what it passes, or lie about its size. */
TEST_C(spill, direct_channel_has_none)
{
	const struct brig_method *method = &spill_spiller_service.methods[2];
	const struct brig_frame frame = { .kind = BRIG_KIND_REPLY,
					  .flags = BRIG_FRAME_SPILLED,
					  .service = method->service,
					  .method = method->method,
					  .id = 1 };
	struct brig_packet packet = { .n_fds = 1, .fds = { -1 } };
	static uint8_t data[100000];
	Spill__Blob blob = SPILL__BLOB__INIT;
	struct brig_answer answer;
	struct brig_peer peer;

	blob.data.data = data;
	blob.data.len = sizeof data;
	brig_peer_init(&peer, BRIG_FROM_CHILD, -1);
	peer.direct = method->service;
	EXPECT_INT_EQ(BRIG_BAD_SPILL,
		      brig_answer_read(&peer, method, &frame, data, &packet, &answer));
	peer.self = BRIG_FROM_BROKER;
	EXPECT_ERR(EMSGSIZE, brig_peer_send_of(&peer, method, &frame, &blob.base, NULL, 0));
}

/* What the rules let pass unpacks, however large: else the harness aborts. */
TEST_C(spill, large_message_is_no_find_of_the_fuzzer)
{
	static const struct brig_service *const services[] = { &spill_spiller_service, NULL };
	static uint8_t data[300100];
	static uint32_t percents[300000];
	Spill__Blob blob = SPILL__BLOB__INIT;

	blob.percents = percents;
	blob.n_percents = 300000;
	data[1] = 2 << 1; /* of its third method the request */
	const size_t n = protobuf_c_message_pack(&blob.base, data + 2);
	EXPECT_INT_GT((long long)n, 300000);
	brig_fuzz_message(services, data, n + 2);
}

/* Its channel passes no descriptors, so neither does it spill. */
TEST_C(spill, role_with_a_plain_channel_has_none)
{
	struct brig_child_options options = { .size = sizeof options, .role = "compute" };
	struct brig_child *child = NULL;
	struct side side;

	set_up(&side);
	side.served = (struct brig_served){ &spill_spiller_service, &handlers, &side };
	options.served = &side.served;
	options.n_served = 1;
	EXPECT_ERR(EINVAL, brig_child_start(side.broker, &options, &child));
	EXPECT_PTR_NULL(child);
	finish(&side);
}

/* Its frames are its own work: what comes of them is the code of a breach, and no handler. */
static void expect_breach(Spill__Act act, int code)
{
	struct side side;

	set_up(&side);
	order(&side, act);
	wait_for_word(&side);
	EXPECT_TRUE(side.exited);
	EXPECT_INT_EQ(BRIG_EXIT_BAD_MESSAGE, side.exit.class_);
	EXPECT_INT_EQ(code, side.exit.code);
	EXPECT_UINT_EQ(0, side.echoes);
	finish(&side);
}

#define BREACH_OF(name, act, code)                                                                 \
	TEST_C(spill, name)                                                                        \
	{                                                                                          \
		expect_breach(SPILL__ACT__##act, BRIG_BAD_##code);                                 \
	}

BREACH_OF(method_without_it_is_bad, PLAIN, SPILL)
BREACH_OF(more_than_the_method_has_is_bad, LARGER, SIZE)
BREACH_OF(what_fits_a_packet_is_bad, LESS, FIELD)
BREACH_OF(garbage_is_bad, GARBAGE, ENCODING)
BREACH_OF(event_is_bad, EVENT, FLAGS)

static void asked(void *user, struct brig_answer *answer, const Spill__Empty *empty)
{
	(void)answer;
	(void)empty;
	*(bool *)user = true;
}

TEST_C(spill, reply_of_a_child_is_bad)
{
	const Spill__Empty empty = SPILL__EMPTY__INIT;
	struct side side;
	bool done = false;

	set_up(&side);
	EXPECT_TRUE(spill_spiller_ask(brig_child_peer(side.child), &empty, asked, &done) > 0);
	wait_for_word(&side);
	EXPECT_INT_EQ(BRIG_EXIT_BAD_MESSAGE, side.exit.class_);
	EXPECT_INT_EQ(BRIG_BAD_SPILL, side.exit.code);
	EXPECT_TRUE(done); /* it never will be: -EPIPE */
	finish(&side);
}

/*
 * It writes 101 where 100 is the most, and 1 again, while the broker checks: whatever was copied,
 * no handler sees what the check didn't.
 */
TEST_C(spill, bytes_that_change_meanwhile_are_checked_as_they_are_used)
{
	unsigned int breaches = 0;
	struct side side;

	set_up(&side);
	for (int i = 0; i < 30; i++) {
		order(&side, SPILL__ACT__CHANGE);
		wait_for_word(&side);
		if (!side.exited)
			continue;
		EXPECT_INT_EQ(BRIG_EXIT_BAD_MESSAGE, side.exit.class_);
		EXPECT_INT_EQ(BRIG_BAD_FIELD, side.exit.code);
		breaches++;
		start_child(&side);
	}
	EXPECT_UINT_EQ(30, side.echoes + breaches);
	EXPECT_UINT_EQ(0, side.over_100);
	finish(&side);
}

/* Each holds memory until it is read: of 32 that it asks for without reading it gets eight. */
TEST_C(spill, replies_that_lie_unread_are_bounded)
{
	struct side side;

	set_up(&side);
	side.late = true;
	order(&side, SPILL__ACT__HOARD);
	expect_word(&side, "asked 32");
	EXPECT_UINT_EQ(8, side.echoes);
	EXPECT_FALSE(side.exited); /* the others were refused */
	finish(&side);
}

/* Nor those that are to come: a handler that answers later would make them all at once. */
TEST_C(spill, replies_to_come_are_bounded)
{
	struct side side;

	set_up(&side);
	side.silent = true;
	order(&side, SPILL__ACT__HOARD);
	expect_word(&side, "asked 32");
	EXPECT_UINT_EQ(8, side.echoes);
	EXPECT_FALSE(side.exited);
	finish(&side);
}

/* Each would be copied and checked anew: its stub waits for the first one's answer. */
TEST_C(spill, room_that_is_taken_is_bad)
{
	struct side side;

	set_up(&side);
	side.silent = true;
	order(&side, SPILL__ACT__TWICE);
	wait_for_word(&side);
	EXPECT_TRUE(side.exited);
	EXPECT_INT_EQ(BRIG_EXIT_BAD_MESSAGE, side.exit.class_);
	EXPECT_INT_EQ(BRIG_BAD_SPILL, side.exit.code);
	EXPECT_UINT_EQ(1, side.echoes);
	finish(&side);
}
