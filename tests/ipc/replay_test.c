/* A journal gives the same again; and if one byte of it, or of the broker, were another, it shows.
 */
#include "ipc/schema/services.brig.h"
#include "ipc/wire/journal.h"
#include "tests/ipc/pair.h"

#include "gtest_c.h"

#include <brig/exit.h>
#include <brig/fuzz.h>
#include <brig/journal.h>
#include <brig/replay.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define DEADLINE_US 10000000 /* of asked.echo and asked.poke */
#define SAID_MAX    8

static const struct brig_service *const services[] = { &every_asked_service, NULL };

static struct pair pair;
static FILE *journal;
static uint32_t kept; /* flags of the journal */
static bool lies;     /* of each refusal it tells another errno */

/* What was told of a replay. */
static struct {
	struct brig_replay_result result;
	unsigned int n;
	char expected[SAID_MAX][200], came[SAID_MAX][200];
} told;

static void keep(void *user, const struct brig_replay_difference *difference)
{
	(void)user;
	if (told.n == SAID_MAX)
		return;
	(void)snprintf(told.expected[told.n], 200, "%s", difference->expected);
	(void)snprintf(told.came[told.n++], 200, "%s", difference->came);
}

static int replay(void)
{
	const struct brig_replay_options options = { .size = sizeof options,
						     .services = services,
						     .difference = keep };

	memset(&told, 0, sizeof told);
	EXPECT_INT_EQ(0, fflush(journal));
	return brig_replay(fileno(journal), &options, &told.result);
}

static void replays(uint64_t from_child, uint64_t from_broker)
{
	EXPECT_OK(replay());
	EXPECT_UINT_EQ(from_child, told.result.from_child);
	EXPECT_UINT_EQ(from_broker, told.result.from_broker);
	EXPECT_UINT_EQ(0, told.result.differences);
	if (told.n)
		FAIL_C("expected %s; came %s", told.expected[0], told.came[0]);
}

static void differs(const char *expected, const char *came)
{
	EXPECT_OK(replay());
	ASSERT_INT_GE(told.n, 1);
	EXPECT_STR_CONTAINS(told.expected[0], expected);
	EXPECT_STR_CONTAINS(told.came[0], came);
}

/* ---- a journal of a pair, whose clock is the test's ---- */

static void put(struct brig_journal_record *record, const void *bytes, size_t n)
{
	record->size = (uint32_t)(sizeof *record + n);
	record->time_us = pair.now_us;
	record->instance = 1;
	EXPECT_UINT_EQ(1, fwrite(record, sizeof *record, 1, journal));
	EXPECT_UINT_EQ(n, fwrite(bytes, 1, n, journal));
}

static void put_message(void *user, bool from_broker, const uint8_t *bytes, size_t n, size_t n_fds)
{
	struct brig_journal_record record = { .kind = BRIG_JOURNAL_MESSAGE,
					      .from_broker = from_broker,
					      .n_fds = (uint16_t)n_fds,
					      .code = n };
	uint8_t copy[sizeof(struct brig_frame) + 2];
	(void)user;

	if (lies && n == sizeof copy && bytes[1] == BRIG_KIND_ERROR) {
		memcpy(copy, bytes, n);
		copy[n - 1] = EBUSY;
		bytes = copy;
	}
	put(&record, bytes, kept || n < sizeof(struct brig_frame) ? n : sizeof(struct brig_frame));
}

/* It begins as broker/process/child.c begins one, and is served @services. */
static void begin(uint32_t flags)
{
	struct brig_journal_head head = { .magic = BRIG_JOURNAL_MAGIC, .flags = flags };
	struct brig_journal_record record = { .kind = BRIG_JOURNAL_CHILD, .code = BRIG_CALLS_MAX };
	const struct brig_frame beginning = { .version = BRIG_FRAME_VERSION,
					      .kind = BRIG_KIND_EVENT,
					      .service = BRIG_LIFECYCLE_ID,
					      .method = BRIG_LIFECYCLE_BEGIN };

	journal = fdopen(memfd_create("journal", MFD_CLOEXEC), "w+e");
	ASSERT_PTR_NOT_NULL(journal);
	kept = flags;
	pair_open(&pair);
	pair_clock(&pair);
	EXPECT_UINT_EQ(1, fwrite(&head, sizeof head, 1, journal));
	put(&record, "service\0\1\0\100\0", 12);
	put_message(NULL, true, (const void *)&beginning, sizeof beginning, 0);
	pair.broker.peer.channel.record = put_message;
}

static void put_end(enum brig_exit_class class_, int code)
{
	struct brig_journal_record record = { .kind = BRIG_JOURNAL_END,
					      .code = (uint64_t)class_ << 32 | (uint32_t)code };

	put(&record, "", 0);
}

static void end(void)
{
	pair_close(&pair);
	EXPECT_INT_EQ(0, fclose(journal));
}

static void ends_again(enum brig_bad_message bad, uint64_t from_child, uint64_t from_broker)
{
	put_end(BRIG_EXIT_BAD_MESSAGE, (int)bad);
	replays(from_child, from_broker);
	EXPECT_UINT_EQ(1, told.result.breaches);
	end();
}

static void send_header(uint16_t method, uint64_t id)
{
	const struct brig_frame frame = pair_frame(method, id);

	pair_send(&pair.child, &frame, NULL, 0);
}

static void pump(void)
{
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
}

/* Three calls that are answered, refused, and out of time. */
static void three_calls(void)
{
	struct pair_outcome outcomes[3] = { { 0 } };

	EXPECT_OK(pair_ask_echo(&pair, &outcomes[0], 7));
	pump();
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.child));
	pair.way = PAIR_DIFFERENTLY;
	EXPECT_OK(pair_ask_echo(&pair, &outcomes[1], 8));
	pump();
	pair.way = PAIR_LATER;
	EXPECT_OK(pair_ask_echo(&pair, &outcomes[2], 9));
	pump();
	pair_pass(&pair, DEADLINE_US + 3000);
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.child));
	EXPECT_INT_EQ(0, outcomes[0].error);
	EXPECT_INT_EQ(EIO, outcomes[1].error);
	EXPECT_INT_EQ(ETIMEDOUT, outcomes[2].error);
}

TEST_C(replay, gives_the_same_again)
{
	begin(BRIG_JOURNAL_PAYLOADS);
	three_calls();
	put_end(BRIG_EXIT_CLEAN, 0);
	replays(3, 4);
	EXPECT_UINT_EQ(0, told.result.unplayed[BRIG_UNPLAYED_FIELDS]);
	end();
}

/* What stands in for the fields of an end of a direct channel breaks their rules. */
TEST_C(replay, of_headers_alone_goes_as_far_as_they_do)
{
	struct brig_frame given = pair_frame(BRIG_JOIN_GIVEN, 0);

	begin(0);
	three_calls();
	given.service = BRIG_JOIN_ID;
	given.n_fds = 1;
	given.length = 30;
	put_message(NULL, true, (const void *)&given, sizeof given + given.length, given.n_fds);
	put_end(BRIG_EXIT_CLEAN, 0);
	replays(3, 5);
	EXPECT_INT_GE(told.result.unplayed[BRIG_UNPLAYED_FIELDS], 4);
	end();
}

TEST_C(replay, of_one_child_leaves_others_alone)
{
	struct brig_replay_options options = { .size = sizeof options, .child = 2 };
	struct brig_replay_result result;

	begin(BRIG_JOURNAL_PAYLOADS);
	three_calls();
	EXPECT_INT_EQ(0, fflush(journal));
	EXPECT_OK(brig_replay(fileno(journal), &options, &result));
	EXPECT_UINT_EQ(0, result.from_child);
	options.child = 1;
	options.services = services;
	EXPECT_OK(brig_replay(fileno(journal), &options, &result));
	EXPECT_UINT_EQ(3, result.from_child);
	end();
}

/* Without its service the tool knows what it is served, but not what that is. */
TEST_C(replay, tells_of_services_that_it_does_not_know)
{
	struct brig_replay_result result;

	begin(BRIG_JOURNAL_PAYLOADS);
	three_calls();
	put_end(BRIG_EXIT_BAD_MESSAGE, BRIG_BAD_ID);
	EXPECT_INT_EQ(0, fflush(journal));
	EXPECT_OK(brig_replay(fileno(journal), NULL, &result));
	EXPECT_UINT_EQ(0, result.from_child);
	EXPECT_UINT_EQ(6, result.unplayed[BRIG_UNPLAYED_SERVICE]);
	EXPECT_UINT_EQ(1, result.unplayed[BRIG_UNPLAYED_BREACH]);
	EXPECT_UINT_EQ(0, result.differences);
	end();
}

/* ---- time ---- */

TEST_C(replay, keeps_deadlines_by_the_journals_clock)
{
	begin(BRIG_JOURNAL_PAYLOADS);
	pair.way = PAIR_LATER;
	send_header(EVERY_ASKED_ECHO, 1);
	pump();
	pair.now_us += DEADLINE_US + 2000000; /* the loop slept: nothing was refused */
	send_header(EVERY_ASKED_NOTE, 0);
	pump();
	differs("nothing", "asked.echo error #1 ETIMEDOUT");
	end();
}

TEST_C(replay, misses_what_came_too_early)
{
	const struct brig_frame error = { .version = BRIG_FRAME_VERSION,
					  .kind = BRIG_KIND_ERROR,
					  .service = EVERY_ASKED_ID,
					  .method = EVERY_ASKED_ECHO,
					  .id = 1,
					  .length = 2 };
	uint8_t bytes[sizeof error + 2];

	begin(BRIG_JOURNAL_PAYLOADS);
	memcpy(bytes, &error, sizeof error);
	memcpy(bytes + sizeof error, "\10\156", 2);
	put_message(NULL, true, bytes, sizeof bytes, 0); /* nobody asked */
	differs("asked.echo error #1 ETIMEDOUT", "nothing: ENOENT");
	end();
}

TEST_C(replay, refuses_what_comes_too_often)
{
	const Every__Empty request = EVERY__EMPTY__INIT;
	struct pair_outcome outcome = { 0 };

	begin(BRIG_JOURNAL_PAYLOADS);
	for (size_t i = 0; i < 6; i++)
		EXPECT_OK(every_asked_often(&pair.child.peer, &request, pair_done, &outcome));
	pump();
	pair.now_us += 200000;
	EXPECT_OK(every_asked_often(&pair.child.peer, &request, pair_done, &outcome));
	pump();
	EXPECT_UINT_EQ(6, pair.n_calls);
	replays(7, 8);
	end();
}

TEST_C(replay, looks_at_what_an_answer_says)
{
	const Every__Empty request = EVERY__EMPTY__INIT;
	struct pair_outcome outcome = { 0 };

	begin(BRIG_JOURNAL_PAYLOADS);
	lies = true;
	for (size_t i = 0; i < 6; i++)
		EXPECT_OK(every_asked_often(&pair.child.peer, &request, pair_done, &outcome));
	pump();
	lies = false;
	differs("asked.often error #6 EBUSY", "asked.often error #6 EAGAIN");
	end();
}

TEST_C(replay, ends_who_is_faster_than_allowed)
{
	begin(BRIG_JOURNAL_PAYLOADS);
	for (int i = 0; i < 11; i++)
		send_header(EVERY_ASKED_TICK, 0);
	EXPECT_INT_EQ(BRIG_BAD_RATE, pair_pump(&pair.broker));
	ends_again(BRIG_BAD_RATE, 11, 1);
}

TEST_C(replay, gives_credit_when_the_journal_does)
{
	const Every__Empty nothing = EVERY__EMPTY__INIT;

	begin(BRIG_JOURNAL_PAYLOADS);
	for (int i = 0; i < 200; i++) {
		EXPECT_OK(every_asked_note(&pair.child.peer, &nothing));
		pump();
	}
	replays(200, 1 + 200 / (BRIG_WINDOW / 2));
	end();
}

/* The second batch is handled while the first one's credit lies unread, the third one not. */
TEST_C(replay, gives_credit_within_a_batch_when_the_journal_does)
{
	const Every__Empty nothing = EVERY__EMPTY__INIT;

	begin(BRIG_JOURNAL_PAYLOADS);
	EXPECT_OK(brig_batch_begin(&pair.child.peer));
	for (int i = 0; i < 3 * BRIG_WINDOW / 2; i++) {
		EXPECT_OK(every_asked_note(&pair.child.peer, &nothing));
		pump();
	}
	replays(3 * BRIG_WINDOW / 2, 3);
	end();
}

TEST_C(replay, ends_who_takes_more_credit)
{
	enum brig_bad_message bad = BRIG_BAD_NONE;

	begin(BRIG_JOURNAL_PAYLOADS);
	while (!bad && pair.notes < 1000) {
		send_header(EVERY_ASKED_NOTE, 0);
		bad = pair_pump(&pair.broker);
	}
	ends_again(BRIG_BAD_CREDIT, BRIG_WINDOW + BRIG_WINDOW / 2 + 1, 2);
}

/* ---- what the broker asks ---- */

TEST_C(replay, asks_and_gives_up_as_the_broker_did)
{
	struct pair_outcome outcomes[3] = { { 0 } };

	begin(BRIG_JOURNAL_PAYLOADS);
	EXPECT_OK(pair_poke(&pair, &outcomes[0]));
	EXPECT_INT_EQ(1, brig_peer_run(&pair.child.peer, -1));
	pump();
	pair.way = PAIR_LATER;
	EXPECT_OK(pair_poke(&pair, &outcomes[1]));
	pair_pass(&pair, DEADLINE_US);
	EXPECT_INT_EQ(-ETIMEDOUT, outcomes[1].error);
	EXPECT_INT_EQ(1, brig_peer_run(&pair.child.peer, -1));
	EXPECT_INT_EQ(1, brig_peer_run(&pair.child.peer, -1));
	pump();
	const int64_t id = pair_poke(&pair, &outcomes[2]);
	EXPECT_INT_EQ(3, id);
	EXPECT_OK(brig_call_cancel(&pair.broker.peer, id));
	replays(2, 6);
	end();
}

TEST_C(replay, finds_answers_that_nobody_asked_for)
{
	struct brig_frame reply = pair_frame(EVERY_ASKED_POKE, 9);

	begin(BRIG_JOURNAL_PAYLOADS);
	reply.kind = BRIG_KIND_REPLY;
	pair_send(&pair.child, &reply, NULL, 0);
	EXPECT_INT_EQ(BRIG_BAD_ID, pair_pump(&pair.broker));
	ends_again(BRIG_BAD_ID, 1, 1);
}

/* ---- ends ---- */

TEST_C(replay, tells_a_breach_that_was_none)
{
	begin(BRIG_JOURNAL_PAYLOADS);
	three_calls();
	put_end(BRIG_EXIT_BAD_MESSAGE, BRIG_BAD_ENCODING);
	differs("bad message 13 (encoding)", "no breach");
	end();
}

TEST_C(replay, tells_a_breach_that_was_missed)
{
	begin(BRIG_JOURNAL_PAYLOADS);
	send_header(EVERY_ASKED_EARLY, 0);
	EXPECT_INT_EQ(BRIG_BAD_STATE, pair_pump(&pair.broker));
	put_end(BRIG_EXIT_CLEAN, 0);
	differs("no breach", "bad message 9 (state)");
	end();
}

TEST_C(replay, takes_from_handlers_what_only_they_find)
{
	begin(BRIG_JOURNAL_PAYLOADS);
	pair.way = PAIR_LATER;
	send_header(EVERY_ASKED_ECHO, 1);
	pump();
	ends_again(BRIG_BAD_HANDLE, 1, 1);
}

/* A journal has zeros for what lies in it: another breach than what lay there. */
TEST_C(replay, takes_from_the_journal_what_lay_in_a_bad_batch)
{
	struct brig_frame bytes[4] = { { .version = BRIG_FRAME_VERSION, .kind = BRIG_KIND_BATCH } };

	bytes->length = sizeof bytes - sizeof *bytes;
	begin(BRIG_JOURNAL_PAYLOADS);
	put_message(NULL, false, (const void *)bytes, sizeof bytes, 0);
	put_end(BRIG_EXIT_BAD_MESSAGE, BRIG_BAD_BATCH);
	replays(1, 1);
	EXPECT_UINT_EQ(1, told.result.unplayed[BRIG_UNPLAYED_BREACH]);
	end();
}

TEST_C(replay, has_a_descriptor_of_the_wrong_kind_where_the_journal_has)
{
	const struct brig_frame frame = pair_frame(EVERY_ASKED_GIVE, 0);
	struct brig_frame with = frame;

	begin(BRIG_JOURNAL_PAYLOADS);
	with.n_fds = 1;
	pair_send(&pair.child, &with, (const int[]){ STDERR_FILENO }, 1);
	const enum brig_bad_message bad = pair_pump(&pair.broker);
	put_end(bad ? BRIG_EXIT_BAD_MESSAGE : BRIG_EXIT_CLEAN, (int)bad);
	replays(1, 1);
	EXPECT_UINT_EQ(1, told.result.unplayed[BRIG_UNPLAYED_FDS]);
	end();
}

/* ---- files that nobody wrote ---- */

static uint8_t *bytes_of(size_t *ret)
{
	const long n = ftell(journal);
	uint8_t *bytes = n > 0 ? malloc((size_t)n) : NULL;

	EXPECT_INT_EQ(0, fflush(journal));
	EXPECT_INT_EQ(n, pread(fileno(journal), bytes, (size_t)n, 0));
	*ret = (size_t)n;
	return bytes;
}

static int replay_bytes(const uint8_t *bytes, size_t n)
{
	struct brig_replay_result result;
	const struct brig_replay_options options = { .size = sizeof options, .services = services };
	int fd = memfd_create("damaged", MFD_CLOEXEC);

	EXPECT_INT_EQ((long long)n, write(fd, bytes, n));
	const int r = brig_replay(fd, &options, &result);
	(void)close(fd);
	return r;
}

TEST_C(replay, of_what_is_cut_off_says_so)
{
	size_t n = 0, whole = 0;

	begin(BRIG_JOURNAL_PAYLOADS);
	three_calls();
	uint8_t *bytes = bytes_of(&n);
	ASSERT_PTR_NOT_NULL(bytes);
	for (size_t cut = 0; cut <= n; cut++) {
		const int r = replay_bytes(bytes, cut);

		if (!r)
			whole++;
		else
			ASSERT_ERR(cut < sizeof(struct brig_journal_head) ? ENOMSG : EBADMSG, r);
	}
	EXPECT_UINT_EQ(1 + 8, whole); /* behind the head, and behind each record */
	free(bytes);
	end();
}

TEST_C(replay, of_what_is_damaged_ends)
{
	size_t n = 0, refused = 0;

	begin(BRIG_JOURNAL_PAYLOADS);
	three_calls();
	uint8_t *bytes = bytes_of(&n);
	ASSERT_PTR_NOT_NULL(bytes);
	for (size_t i = 0; i < n; i++) {
		bytes[i] ^= 0xff;
		const int r = replay_bytes(bytes, n);
		bytes[i] ^= 0xff;
		if (r && r != -ENOMSG)
			ASSERT_ERR(EBADMSG, r);
		refused += r != 0;
	}
	EXPECT_INT_GE(refused, 8);
	free(bytes);
	end();
}

TEST_C(replay, of_more_children_than_a_broker_has_ends)
{
	struct brig_journal_record record = { .size = sizeof record + 8,
					      .kind = BRIG_JOURNAL_CHILD,
					      .code = 1 };

	begin(BRIG_JOURNAL_PAYLOADS);
	record.time_us = pair.now_us;
	for (record.instance = 2; record.instance < 5000; record.instance++) {
		EXPECT_UINT_EQ(1, fwrite(&record, sizeof record, 1, journal));
		EXPECT_UINT_EQ(8, fwrite("service", 1, 8, journal));
	}
	EXPECT_ERR(E2BIG, replay());
	end();
}

TEST_C(replay, wants_a_file)
{
	struct brig_replay_result result;
	const struct brig_replay_options bad = { .size = 1 };
	int fds[2];

	EXPECT_ERR(EINVAL, brig_replay(0, &bad, &result));
	EXPECT_ERR(EINVAL, brig_replay(0, NULL, NULL));
	EXPECT_ERR(EBADF, brig_replay(-1, NULL, &result));
	ASSERT_INT_EQ(0, pipe(fds));
	EXPECT_ERR(ESPIPE, brig_replay(fds[0], NULL, &result));
	(void)close(fds[0]);
	(void)close(fds[1]);
}

/* ---- a journal is a corpus ---- */

static struct {
	unsigned int n, lawful;
	uint8_t last[16];
	size_t n_last;
} corpus;

static void add(void *user, const struct brig_method *method, const uint8_t *data, size_t n)
{
	struct brig_breach breach;
	(void)user;

	corpus.n++;
	corpus.lawful += !brig_rules_check(data[1] & 1 ? method->reply : method->request, data + 2,
					   n - 2, &breach);
	corpus.n_last = n;
	memcpy(corpus.last, data, n < sizeof corpus.last ? n : sizeof corpus.last);
	brig_fuzz_message(services, data, n);
}

TEST_C(seeds, are_what_children_said)
{
	struct pair_outcome poked = { 0 };

	memset(&corpus, 0, sizeof corpus);
	begin(BRIG_JOURNAL_PAYLOADS);
	three_calls();
	EXPECT_OK(pair_poke(&pair, &poked));
	pair.way = PAIR_REPLY;
	EXPECT_INT_EQ(1, brig_peer_run(&pair.child.peer, -1));
	pump();
	send_header(EVERY_ASKED_NOTE, 0);
	pump();
	EXPECT_INT_EQ(0, fflush(journal));
	EXPECT_INT_EQ(5, brig_fuzz_seeds(services, fileno(journal), add, NULL));
	EXPECT_UINT_EQ(5, corpus.n);
	EXPECT_UINT_EQ(5, corpus.lawful);
	EXPECT_UINT_EQ(2, corpus.n_last); /* a note has no fields: service 0, method 2 */
	EXPECT_MEM_EQ("\0\4", corpus.last, 2);
	end();
}

TEST_C(seeds, of_headers_alone_are_those_without_payload)
{
	memset(&corpus, 0, sizeof corpus);
	begin(0);
	three_calls();
	EXPECT_INT_EQ(0, fflush(journal));
	EXPECT_INT_EQ(0, brig_fuzz_seeds(services, fileno(journal), add, NULL));
	EXPECT_ERR(EINVAL, brig_fuzz_seeds(NULL, fileno(journal), add, NULL));
	EXPECT_ERR(EBADF, brig_fuzz_seeds(services, -1, add, NULL));
	end();
}
