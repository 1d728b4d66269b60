/* Each enemy ends alone, for the stated reason, and the broker goes on. */
#include "ipc/dispatch/bad_message.h"
#include "tests/support/decode_once.h"

#include "gtest_c.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* The act, and then an honest-to-goodness lawful one by the same broker: it goes on. */
static void act(const char *word, int timeout_ms, struct outcome *ret)
{
	char document[64];
	struct brig_broker *broker = NULL;
	struct outcome after;

	(void)snprintf(document, sizeof document, "HOSTILE %s", word);
	ASSERT_OK(hostile_broker(&broker));
	EXPECT_OK(outcome_start(broker, write_document(word, document, strlen(document)),
				timeout_ms, ret));
	EXPECT_OK(run_until_done(broker, ret, 1));
	EXPECT_OK(
		outcome_start(broker, write_document("after", "HOSTILE open", 12), 60000, &after));
	EXPECT_OK(run_until_done(broker, &after, 1));
	EXPECT_INT_EQ(BRIG_EXIT_CLEAN, after.exit.class_);
	brig_broker_destroy(broker);
}

static void expect_death(const char *word, enum brig_exit_class class_, int code)
{
	struct outcome outcome = { 0 };

	act(word, 60000, &outcome);
	EXPECT_INT_EQ(BRIG_DECODE_CHILD_DIED, outcome.status);
	EXPECT_INT_EQ(class_, outcome.exit.class_);
	EXPECT_INT_EQ(code, outcome.exit.code);
	EXPECT_INT_EQ(BRIG_LEVEL_FULL, outcome.exit.level);
	EXPECT_PTR_NULL(outcome.image);
}

static void expect_says(const char *word, const char *text)
{
	struct outcome outcome = { 0 };

	act(word, 60000, &outcome);
	EXPECT_INT_EQ(BRIG_DECODE_CORRUPT, outcome.status);
	EXPECT_STR_CONTAINS(outcome.message, text);
	EXPECT_INT_EQ(BRIG_EXIT_CLEAN, outcome.exit.class_);
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
#endif
DIES(exit_status_is_kept, "exit", BRIG_EXIT_CODE, 7)
DIES(leaving_without_a_word_is_no_success, "silent", BRIG_EXIT_CLEAN, 0)
DIES(ptrace_kills, "ptrace", BRIG_EXIT_SECCOMP, SIGSYS)
DIES(socket_kills, "socket", BRIG_EXIT_SECCOMP, SIGSYS)
#if defined(__x86_64__)
DIES(x32_numbers_kill, "x32", BRIG_EXIT_SECCOMP, SIGSYS)
DIES(foreign_architecture_kills, "int80", BRIG_EXIT_SECCOMP, SIGSYS)
#endif
BAD(short_message_is_bad, "short", BRIG_BAD_SHORT)
BAD(garbage_is_bad, "garbage", BRIG_BAD_VERSION)
BAD(wrong_length_is_bad, "length", BRIG_BAD_LENGTH)
BAD(extra_descriptor_is_bad, "extra-fd", BRIG_BAD_FD_COUNT)
BAD(missing_descriptor_is_bad, "missing-fd", BRIG_BAD_FD_COUNT)
BAD(unwanted_descriptor_is_bad, "honest-fd", BRIG_BAD_FD_KIND)
BAD(unknown_method_is_bad, "method", BRIG_BAD_UNKNOWN_METHOD)
BAD(sealing_twice_is_bad, "sealed-again", BRIG_BAD_UNKNOWN_METHOD)
BAD(reply_to_nothing_is_bad, "reply", BRIG_BAD_KIND)
BAD(finished_without_surface_is_bad, "handle", BRIG_BAD_HANDLE)
SAYS(huge_surface_is_refused, "huge", "refused")
SAYS(unlisted_call_does_not_exist, "unlisted", "ENOSYS")
SAYS(code_mapping_is_refused, "code", "ENOSYS")
SAYS(fork_does_not_exist, "fork", "ENOSYS")
#ifndef BRIG_SANITIZED
SAYS(open_is_refused, "open", "EACCES")
#endif

/* A refused surface costs nothing, so the flood ends by unread replies or by the deadline. */
TEST_C(enemies, flood_ends_alone)
{
	struct outcome outcome = { 0 };

	act("flood", 20000, &outcome);
	EXPECT_INT_EQ(BRIG_DECODE_CHILD_DIED, outcome.status);
	EXPECT_INT_EQ(BRIG_EXIT_BAD_MESSAGE, outcome.exit.class_);
	EXPECT_INT_EQ(BRIG_BAD_SLOW_READER, outcome.exit.code);
}

TEST_C(enemies, endless_loop_is_ended)
{
	struct outcome outcome = { 0 };

	act("loop", 300, &outcome);
	EXPECT_INT_EQ(BRIG_DECODE_CHILD_DIED, outcome.status);
	EXPECT_INT_EQ(BRIG_EXIT_HANG, outcome.exit.class_);
}

TEST_C(enemies, silence_is_ended)
{
	struct outcome outcome = { 0 };

	act("wait", 300, &outcome);
	EXPECT_INT_EQ(BRIG_DECODE_CHILD_DIED, outcome.status);
	EXPECT_INT_EQ(BRIG_EXIT_HANG, outcome.exit.class_);
}
