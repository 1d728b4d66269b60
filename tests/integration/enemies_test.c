/* Each enemy ends alone, for the stated reason, and the broker goes on. */
#include "broker/broker.h"
#include "broker/service/buffer.h"
#include "ipc/dispatch/bad_message.h"
#include "sandbox/policy/program.h"
#include "sandbox/selftest/machine.h"
#include "tests/support/decode_once.h"

#include "gtest_c.h"

#include <brig/journal.h>
#include <brig/replay.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static void tell(void *user, const struct brig_replay_difference *difference)
{
	FAIL_C("%s: expected %s; came %s", (const char *)user, difference->expected,
	       difference->came);
}

/*
 * What it said, to the same pipeline without it, ends the same. Not on record is what was longer
 * than any message, and what lay unread.
 */
static void replay(const char *name, int fd, const struct outcome *outcome)
{
	const struct brig_replay_options options = { .size = sizeof options,
						     .difference = tell,
						     .user = (void *)(uintptr_t)name };
	const bool bad = outcome->exit.class_ == BRIG_EXIT_BAD_MESSAGE;
	const bool unseen = bad && (outcome->exit.code == BRIG_BAD_TRUNCATED ||
				    outcome->exit.code == BRIG_BAD_SLOW_READER);
	struct brig_replay_result result;

	ASSERT_OK(brig_replay(fd, &options, &result));
	EXPECT_INT_GE(result.children, 2);
	EXPECT_UINT_EQ(bad, result.breaches + result.unplayed[BRIG_UNPLAYED_BREACH]);
	if (!unseen)
		EXPECT_UINT_EQ(bad, result.breaches);
	EXPECT_UINT_EQ(0, result.unplayed[BRIG_UNPLAYED_FIELDS]);
	(void)close(fd);
}

/* The document, and then an honest-to-goodness lawful one by the same broker: it goes on. */
static void decode(const char *name, const char *document, int timeout_ms, struct outcome *ret)
{
	struct brig_broker *broker = NULL;
	struct outcome after;
	int journal = memfd_create("journal", MFD_CLOEXEC);

	ASSERT_OK(hostile_broker(&broker));
	EXPECT_OK(brig_broker_journal(broker, journal, BRIG_JOURNAL_PAYLOADS));
	EXPECT_OK(outcome_start(broker, write_document(name, document, strlen(document)),
				timeout_ms, ret));
	EXPECT_OK(run_until_done(broker, ret, 1));
	EXPECT_OK(
		outcome_start(broker, write_document("after", "HOSTILE open", 12), 60000, &after));
	EXPECT_OK(run_until_done(broker, &after, 1));
	EXPECT_INT_EQ(BRIG_EXIT_CLEAN, after.exit.class_);
	brig_broker_destroy(broker);
	replay(name, journal, ret);
}

static void act(const char *word, int timeout_ms, struct outcome *ret)
{
	char document[64];

	(void)snprintf(document, sizeof document, "HOSTILE %s", word);
	decode(word, document, timeout_ms, ret);
}

/* A sheet may ask for the files beside it. */
static void act_with_files(const char *word, struct outcome *ret)
{
	char document[64];

	(void)snprintf(document, sizeof document, "BRIG-SHEET 1\nHOSTILE %s", word);
	decode(word, document, 60000, ret);
}

static void check_end(const struct outcome *outcome, enum brig_exit_class class_, int code)
{
	EXPECT_INT_EQ(BRIG_DECODE_CHILD_DIED, outcome->status);
	EXPECT_INT_EQ(class_, outcome->exit.class_);
	EXPECT_INT_EQ(code, outcome->exit.code);
	EXPECT_INT_EQ(BRIG_LEVEL_FULL, outcome->exit.level);
	EXPECT_PTR_NULL(outcome->image);
}

static void expect_end(const char *word, int timeout_ms, enum brig_exit_class class_, int code)
{
	struct outcome outcome = { 0 };

	act(word, timeout_ms, &outcome);
	check_end(&outcome, class_, code);
}

static void expect_death(const char *word, enum brig_exit_class class_, int code)
{
	expect_end(word, 60000, class_, code);
}

static void expect_requests(const char *word)
{
	struct outcome outcome = { 0 };

	act_with_files(word, &outcome);
	check_end(&outcome, BRIG_EXIT_BAD_MESSAGE, BRIG_BAD_REQUESTS);
}

static void check_says(const struct outcome *outcome, const char *text)
{
	EXPECT_INT_EQ(BRIG_DECODE_CORRUPT, outcome->status);
	EXPECT_STR_CONTAINS(outcome->message, text);
	EXPECT_INT_EQ(BRIG_EXIT_CLEAN, outcome->exit.class_);
}

static void expect_says(const char *word, const char *text)
{
	struct outcome outcome = { 0 };

	act(word, 60000, &outcome);
	check_says(&outcome, text);
}

static void expect_says_with_files(const char *word, const char *text)
{
	struct outcome outcome = { 0 };

	act_with_files(word, &outcome);
	check_says(&outcome, text);
}

#define DIES(name, word, class_, code)                                                             \
	TEST_C(enemies, name)                                                                      \
	{                                                                                          \
		expect_death(word, class_, code);                                                  \
	}
#define BAD(name, word, code) DIES(name, word, BRIG_EXIT_BAD_MESSAGE, code)
#define SAYS(name, word, text)                                                                     \
	TEST_C(enemies, name)                                                                      \
	{                                                                                          \
		expect_says(word, text);                                                           \
	}

#ifndef BRIG_SANITIZED /* sanitizers turn these into exits of their own */
DIES(crash_is_a_crash, "crash", BRIG_EXIT_CRASH, SIGSEGV)
/* pid 1 of a namespace is spared SIGABRT, so abort() ends as its last resort does (abort(3)). */
DIES(abort_is_a_crash, "abort", BRIG_EXIT_CRASH, SIGSEGV)
DIES(memory_runs_out, "memory", BRIG_EXIT_OOM, 65)
/* A hundred bytes are one page, and behind it there is nothing. */
DIES(writing_beyond_its_surface_is_a_crash, "beyond", BRIG_EXIT_CRASH, SIGBUS)
#endif
DIES(exit_status_is_kept, "exit", BRIG_EXIT_CODE, 7)
DIES(leaving_without_a_word_is_no_success, "silent", BRIG_EXIT_CLEAN, 0)
DIES(closing_its_channel_is_no_success, "leave", BRIG_EXIT_CLEAN, 0)
DIES(living_on_without_a_channel_is_ended, "unplug", BRIG_EXIT_HANG, 0)
DIES(ptrace_kills, "ptrace", BRIG_EXIT_SECCOMP, SIGSYS)
DIES(socket_kills, "socket", BRIG_EXIT_SECCOMP, SIGSYS)

/* What people read is the kernel's word, from before the call ran. */
TEST_C(enemies, forbidden_call_is_told)
{
	struct outcome outcome = { 0 };

	act("socket", 60000, &outcome);
	EXPECT_STR_CONTAINS(outcome.message, "a forbidden system call: socket(0x1, 0x1, 0x0)");
	EXPECT_INT_EQ(SYS_socket, outcome.exit.syscall);
	EXPECT_UINT_EQ(brig_arch_audit(brig_arch_native()), outcome.exit.arch);
	EXPECT_UINT_EQ(1, outcome.exit.args[0]);
	EXPECT_INT_NE(0, (long long)outcome.exit.address);
	EXPECT_INT_EQ(0, outcome.exit.claimed);
}
/* Where somebody outside listens already the call fails, and nobody is told. */
TEST_C_CHILD(enemies, forbidden_call_fails_where_somebody_listens_already)
{
	static const struct sock_filter allow[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	const struct brig_program filter = { .code = allow, .length = 1 };
	struct outcome outcome = { 0 };

	ASSERT_INT_EQ(0, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	ASSERT_OK(brig_program_load_listening(&filter));
	act("socket", 60000, &outcome);
	EXPECT_INT_EQ(BRIG_EXIT_CODE, outcome.exit.class_);
	EXPECT_INT_EQ(ENOSYS, outcome.exit.code);
	EXPECT_INT_EQ(-1, outcome.exit.syscall);
}

/* Who can't be told of forbidden calls runs nothing, and doesn't blame the document. */
TEST_C_CHILD(enemies, nothing_runs_where_the_listener_cannot_be_taken)
{
	static const struct sock_filter no_getfd[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_getfd, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
	};
	const struct brig_program filter = { .code = no_getfd,
					     .length = sizeof no_getfd / sizeof *no_getfd };
	struct brig_broker *broker = NULL;
	struct outcome outcome = { 0 };

	ASSERT_INT_EQ(0, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	ASSERT_OK(brig_program_load(&filter));
	ASSERT_OK(honest_broker(&broker));
	EXPECT_OK(outcome_start(broker, BRIG_PICTURE, 0, &outcome));
	EXPECT_OK(run_until_done(broker, &outcome, 1));
	EXPECT_INT_EQ(BRIG_DECODE_LAUNCH_FAILED, outcome.status);
	EXPECT_INT_EQ(BRIG_EXIT_LAUNCH_FAILED, outcome.exit.class_);
	EXPECT_INT_EQ(BRIG_STAGE_ATTEST, outcome.exit.stage);
	EXPECT_INT_EQ(EPERM, outcome.exit.error);
	EXPECT_INT_EQ(BRIG_LEVEL_NONE, outcome.exit.level);
	brig_broker_destroy(broker);
}

#if defined(__x86_64__)
DIES(x32_numbers_kill, "x32", BRIG_EXIT_SECCOMP, SIGSYS)
TEST_C(enemies, foreign_architecture_kills)
{
	if (!brig_machine_gate32())
		SKIP_C("gate32", "int 0x80 faults on this machine, whoever tries");
	expect_death("int80", BRIG_EXIT_SECCOMP, SIGSYS);
}
#endif
/* Every code there is, and a word that provokes it: a new code without an enemy fails. */
static const char *const provokers[BRIG_BAD_COUNT] = {
	[BRIG_BAD_SHORT] = "short",
	[BRIG_BAD_VERSION] = "garbage",
	[BRIG_BAD_FLAGS] = "flags",
	[BRIG_BAD_KIND] = "kind",
	[BRIG_BAD_LENGTH] = "length",
	[BRIG_BAD_FD_COUNT] = "extra-fd",
	[BRIG_BAD_TRUNCATED] = "long-packet",
	[BRIG_BAD_UNKNOWN_METHOD] = "method",
	[BRIG_BAD_STATE] = "late",
	[BRIG_BAD_SIZE] = "size",
	[BRIG_BAD_FD_KIND] = "honest-fd",
	[BRIG_BAD_ELEMENTS] = "elements",
	[BRIG_BAD_ENCODING] = "encoding",
	[BRIG_BAD_UNKNOWN_FIELD] = "unknown-field",
	[BRIG_BAD_FIELD] = "channels",
	[BRIG_BAD_IN_FLIGHT] = "in-flight",
	[BRIG_BAD_ID] = "replay",
	[BRIG_BAD_HANDLE] = "handle",
	[BRIG_BAD_SLOW_READER] = "flood",
	[BRIG_BAD_REQUESTS] = "two-surfaces",
	[BRIG_BAD_FIELD_LENGTH] = "empty-name",
	[BRIG_BAD_NUL] = "nul-name",
	[BRIG_BAD_UTF8] = "utf8",
	[BRIG_BAD_CONTROL] = "control",
	[BRIG_BAD_BASENAME] = "basename",
	[BRIG_BAD_ENUM] = "format",
	[BRIG_BAD_TWICE] = "twice",
	[BRIG_BAD_MISSING] = "missing",
	[BRIG_BAD_CREDIT] = "credit",
	[BRIG_BAD_SPILL] = "spill",
	[BRIG_BAD_BATCH] = "batch",
};

TEST_C(enemies, every_code_is_provoked)
{
	for (int code = BRIG_BAD_NONE + 1; code < BRIG_BAD_COUNT; code++) {
		/* Of Brig's own methods none multiplies or has a rate: services_test. */
		if (code == BRIG_BAD_PRODUCT || code == BRIG_BAD_RATE)
			continue;
		if (!provokers[code])
			FAIL_C("code %d: %s: no enemy provokes it", code,
			       brig_bad_message_text(code));
		expect_death(provokers[code], BRIG_EXIT_BAD_MESSAGE, code);
	}
}

BAD(empty_message_is_bad, "empty", BRIG_BAD_SHORT)
BAD(missing_descriptor_is_bad, "missing-fd", BRIG_BAD_FD_COUNT)
BAD(sealing_twice_is_bad, "sealed-again", BRIG_BAD_STATE)
BAD(reply_to_nothing_is_bad, "reply", BRIG_BAD_ID)
BAD(refusal_of_nothing_is_bad, "dead-id", BRIG_BAD_ID)
BAD(cancelling_nothing_is_bad, "cancel-nothing", BRIG_BAD_ID)
BAD(253_descriptors_are_bad, "many-fds", BRIG_BAD_TRUNCATED)
BAD(event_with_an_id_is_bad, "event-id", BRIG_BAD_ID)
BAD(broken_file_that_is_none_is_bad, "broken", BRIG_BAD_HANDLE)
BAD(plugin_for_a_file_that_is_none_is_bad, "plugin-file", BRIG_BAD_HANDLE)
SAYS(nonblocking_channel_is_refused, "nonblock", "EPERM")
SAYS(nonblocking_channel_by_ioctl_is_refused, "nonblock-ioctl", "EPERM")
SAYS(stopping_itself_is_refused, "stop", "EPERM")
SAYS(shrinking_its_surface_is_refused, "shrink", "EPERM")
SAYS(growing_its_surface_is_refused, "grow", "EPERM")
SAYS(huge_surface_is_refused, "huge", "refused")
SAYS(unlisted_call_is_refused, "unlisted", "EPERM")
SAYS(code_mapping_is_refused, "code", "EPERM")
SAYS(fork_is_refused, "fork", "EPERM")
#ifndef BRIG_SANITIZED
SAYS(open_is_refused, "open", "EACCES")
#endif

/* A refused surface costs nothing, but its reply lies unread. */
TEST_C(enemies, flood_ends_alone)
{
	expect_end("flood", 20000, BRIG_EXIT_BAD_MESSAGE, BRIG_BAD_SLOW_READER);
}

#define HOARDERS 5

/* Few descriptors, as in many services: root is spared the limit on those in flight. */
TEST_C_CHILD(enemies, hoarded_descriptors_cost_no_other_document)
{
	static const char hoard[] = "BRIG-SHEET 1\nHOSTILE hoard";
	const struct rlimit few = { 1024, 1024 };
	static struct outcome hoarders[HOARDERS], honest;
	struct brig_broker *broker = NULL;

	ASSERT_OK(setrlimit(RLIMIT_NOFILE, &few));
	ASSERT_OK(hostile_broker(&broker));
	for (size_t i = 0; i < HOARDERS; i++)
		EXPECT_OK(outcome_start(broker, write_document("hoard", hoard, sizeof hoard - 1),
					10000, &hoarders[i]));
	do {
		EXPECT_OK(outcome_start(broker, write_document("after", "HOSTILE open", 12), 60000,
					&honest));
		EXPECT_OK(run_until_done(broker, &honest, 1));
		ASSERT_INT_EQ(BRIG_EXIT_CLEAN, honest.exit.class_);
	} while (!hoarders[0].done);
	EXPECT_OK(run_until_done(broker, hoarders, HOARDERS));
	for (size_t i = 0; i < HOARDERS; i++) {
		EXPECT_INT_EQ(BRIG_EXIT_BAD_MESSAGE, hoarders[i].exit.class_);
		EXPECT_INT_EQ(BRIG_BAD_SLOW_READER, hoarders[i].exit.code);
	}
	brig_broker_destroy(broker);
}

TEST_C(enemies, more_files_than_a_sheet_has_are_bad)
{
	expect_requests("files");
}

TEST_C(enemies, a_picture_gets_no_file_beside_it)
{
	struct outcome outcome = { 0 };

	ASSERT_PTR_NOT_NULL(write_document("secret", "hush", 4));
	act("steal", 60000, &outcome);
	check_says(&outcome, "(EACCES)");
	EXPECT_UINT_EQ(1, outcome.n_refusals);
	EXPECT_STR_CONTAINS(outcome.why[0], "no directory was granted");
}

TEST_C(enemies, a_sheet_gets_files_beside_it)
{
	ASSERT_PTR_NOT_NULL(write_document("secret", "hush", 4));
	expect_says_with_files("steal", "(hush)");
}

TEST_C(enemies, the_offset_of_the_embedders_file_stays)
{
	struct brig_broker *broker = NULL;
	struct outcome outcome = { 0 };
	int fd = open(write_document("fd", "HOSTILE open", 12), O_RDONLY | O_CLOEXEC);

	ASSERT_OK(hostile_broker(&broker));
	EXPECT_INT_EQ(3, lseek(fd, 3, SEEK_SET));
	EXPECT_OK(outcome_start_fd(broker, fd, &outcome));
	EXPECT_OK(run_until_done(broker, &outcome, 1));
	EXPECT_INT_EQ(BRIG_EXIT_CLEAN, outcome.exit.class_);
	EXPECT_INT_EQ(3, lseek(fd, 0, SEEK_CUR));
	(void)close(fd);
	brig_broker_destroy(broker);
}

/* What would seem the end of its channel is none; and its socket can't get full before. */
TEST_C(enemies, hanging_up_with_a_full_socket_ends_alone)
{
	expect_end("empty-full", 20000, BRIG_EXIT_BAD_MESSAGE, BRIG_BAD_SLOW_READER);
}

TEST_C(enemies, endless_loop_is_ended)
{
	expect_end("loop", 300, BRIG_EXIT_HANG, 0);
}

TEST_C(enemies, silence_is_ended)
{
	expect_end("wait", 300, BRIG_EXIT_HANG, 0);
}

/* It said "finished", but what it can still write to is no picture yet. */
TEST_C(enemies, nothing_is_shown_while_it_can_write)
{
	expect_end("write-on", 300, BRIG_EXIT_HANG, 0);
}

TEST_C(enemies, what_counts_is_what_its_death_left)
{
	static const uint8_t last[100] = { 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2 };
	struct outcome outcome = { 0 };
	struct brig_image_info info;

	act("write-last", 60000, &outcome);
	ASSERT_INT_EQ(BRIG_DECODE_OK, outcome.status);
	brig_image_describe(outcome.image, &info);
	EXPECT_UINT_EQ(10, info.width);
	EXPECT_UINT_EQ(10, info.height);
	EXPECT_MEM_EQ(last, info.pixels, 17);
	EXPECT_UINT_EQ(2, info.pixels[99]);
	outcome_finish(&outcome);
}

static const char ppm[] = "P6 2 1 255\n\1\2\3\4\5\6";

TEST_C(enemies, lent_surface_is_not_writable)
{
	(void)write_document("a.ppm", ppm, sizeof ppm - 1);
	expect_says_with_files("lent", "EPERM");
}

TEST_C(enemies, lent_surfaces_are_bounded)
{
	static const char largest[] = "P5 HOSTILE largest";

	(void)write_document("largest.pgm", largest, sizeof largest - 1);
	expect_says_with_files("keep", "kept 5, then EIO for 5");
}

TEST_C(enemies, file_is_given_to_a_plugin_once)
{
	(void)write_document("a.ppm", ppm, sizeof ppm - 1);
	expect_requests("plugins");
}

static void picture(struct brig_broker *broker, const char *document, struct outcome *ret,
		    struct brig_image_info *ret_info)
{
	EXPECT_OK(outcome_start(broker, write_document("picture", document, strlen(document)),
				60000, ret));
	EXPECT_OK(run_until_done(broker, ret, 1));
	ASSERT_INT_EQ(BRIG_DECODE_OK, ret->status);
	brig_image_describe(ret->image, ret_info);
}

/* An image that is held stays as it was; one that isn't leaves its memory to the next document. */
TEST_C(enemies, memory_of_another_document_is_clear)
{
	struct outcome held, painted, peeked;
	struct brig_image_info held_info = { 0 }, info = { 0 };
	struct brig_broker *broker = NULL;
	bool recycled = false;

	ASSERT_OK(hostile_broker(&broker));
	picture(broker, "HOSTILE paint", &held, &held_info);
	picture(broker, "HOSTILE paint", &painted, &info);
	outcome_finish(&painted);
	ASSERT_PTR_NOT_NULL(held_info.pixels);
	EXPECT_UINT_EQ(3u << 20, brig_pool_idle(broker->pool));
	/* Until one comes when the clearing is done: then less lies idle while it is held. */
	for (int i = 0; i < 1000 && !recycled; i++) {
		const size_t idle = brig_pool_idle(broker->pool);

		picture(broker, "HOSTILE peek", &peeked, &info);
		ASSERT_PTR_NOT_NULL(info.pixels);
		EXPECT_INT_EQ(0, info.pixels[0]);
		recycled = brig_pool_idle(broker->pool) < idle;
		outcome_finish(&peeked);
	}
	EXPECT_TRUE(recycled);
	brig_broker_destroy(broker);
	EXPECT_INT_EQ(0x5a, held_info.pixels[0]);
	EXPECT_INT_EQ(0x5a, held_info.pixels[held_info.stride * held_info.height - 1]);
	outcome_finish(&held);
}
