/* Hostile plugins: each ends alone, its renderer is refused, and the broker and its others go on.
 */
#include "ipc/dispatch/bad_message.h"
#include "tests/support/decode_once.h"

#include "gtest_c.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#ifndef PR_GET_MDWE
#define PR_GET_MDWE 66
#endif

/* One white pixel, for the honest plugin. */
static const char qoi[] = "qoif\0\0\0\1\0\0\0\1\3\0\xfe\xff\xff\xff\0\0\0\0\0\0\0\1";

/* @plugin is NAME of NAME.so: asked to decode "P5 HOSTILE word", and then an honest one its own. */
static void act(const char *plugin, const char *word, int timeout_ms, struct outcome *ret)
{
	char document[64];
	int n = snprintf(document, sizeof document, "P5 HOSTILE %s", word);
	struct brig_broker *broker = NULL;
	struct outcome after;

	ASSERT_OK(plugin_broker(plugin, 0, &broker));
	EXPECT_OK(outcome_start(broker, write_document("document", document, (size_t)n), timeout_ms,
				ret));
	EXPECT_OK(run_until_done(broker, ret, 1));
	EXPECT_OK(
		outcome_start(broker, write_document("after", qoi, sizeof qoi - 1), 60000, &after));
	EXPECT_OK(run_until_done(broker, &after, 1));
	EXPECT_INT_EQ(BRIG_DECODE_OK, after.status);
	EXPECT_INT_EQ(BRIG_EXIT_CLEAN, after.plugin_exit.class_);
	outcome_finish(&after);
	brig_broker_destroy(broker);
}

/* The plugin's death is no death of the renderer's, which tells of it and ends in peace. */
static void expect_end(const struct outcome *outcome, enum brig_exit_class class_, int code)
{
	EXPECT_INT_EQ(BRIG_DECODE_CHILD_DIED, outcome->status);
	EXPECT_STR_CONTAINS(outcome->message, "the plugin ended before it was done: it ");
	EXPECT_INT_EQ(BRIG_EXIT_CLEAN, outcome->exit.class_);
	EXPECT_STR_EQ("plugin", outcome->plugin_exit.role);
	EXPECT_INT_EQ(class_, outcome->plugin_exit.class_);
	EXPECT_INT_EQ(code, outcome->plugin_exit.code);
	EXPECT_PTR_NULL(outcome->image);
}

/* Before its seal was complete: it had no work, and never will. */
static void expect_constructor(const char *plugin, enum brig_exit_class class_, int code)
{
	struct outcome outcome = { 0 };

	act(plugin, "report", 60000, &outcome);
	expect_end(&outcome, class_, code);
	EXPECT_INT_EQ(BRIG_LEVEL_NONE, outcome.plugin_exit.level);
}

static void expect_launch(const char *plugin, enum brig_stage stage, int error)
{
	struct outcome outcome = { 0 };

	act(plugin, "report", 60000, &outcome);
	expect_end(&outcome, BRIG_EXIT_LAUNCH_FAILED, 0);
	EXPECT_INT_EQ(stage, outcome.plugin_exit.stage);
	EXPECT_INT_EQ(error, outcome.plugin_exit.error);
}

static void expect_decode(const char *word, int timeout_ms, enum brig_exit_class class_, int code)
{
	struct outcome outcome = { 0 };

	act("nothing", word, timeout_ms, &outcome);
	expect_end(&outcome, class_, code);
	EXPECT_INT_EQ(BRIG_LEVEL_FULL, outcome.plugin_exit.level);
}

/* It ends in peace as well: what it said of its input is believed. */
static void expect_says(const char *word, enum brig_decode_status status)
{
	struct outcome outcome = { 0 };

	act("nothing", word, 60000, &outcome);
	EXPECT_INT_EQ(status, outcome.status);
	EXPECT_INT_EQ(BRIG_EXIT_CLEAN, outcome.exit.class_);
	EXPECT_INT_EQ(BRIG_EXIT_CLEAN, outcome.plugin_exit.class_);
	EXPECT_PTR_NULL(outcome.image);
}

/* What the constructor's attempts came to, as it told by pixels afterwards. */
static void expect_attempts(const char *plugin, const uint16_t *errors, size_t n)
{
	struct outcome outcome = { 0 };
	struct brig_image_info info;

	act(plugin, "report", 60000, &outcome);
	ASSERT_INT_EQ(BRIG_DECODE_OK, outcome.status);
	EXPECT_INT_EQ(BRIG_LEVEL_FULL, outcome.plugin_exit.level);
	brig_image_describe(outcome.image, &info);
	EXPECT_UINT_EQ(n, info.width);
	for (size_t i = 0; i < n && i < info.width; i++) {
		uint16_t got = ((const uint16_t *)(const void *)info.pixels)[i];

		if (got != errors[i])
			gtest_c_fail(__FILE__, __LINE__, "attempt %zu: %s, not %s", i,
				     strerrorname_np(got), strerrorname_np(errors[i]));
	}
	outcome_finish(&outcome);
}

TEST_C(plugins, constructor_reaches_libraries_only)
{
	static const uint16_t errors[] = {
		ENOENT, /* /etc/passwd: not in its root */
		ENOENT, /* /proc/self/maps */
		EACCES, /* to list /etc */
		EACCES, /* to list / */
		EACCES, /* to make a file in the root */
		EACCES, /* to change its own object */
		EACCES, /* to make a library */
		EPERM,  /* to make a directory */
		EPERM,  /* to remove its object */
		0,      /* to read the linker's cache */
		0,
	};

	expect_attempts("files", errors, sizeof errors / sizeof *errors);
}

/* By the filter, which is all that stands at the least level. */
TEST_C(plugins, constructor_opens_nothing_to_write)
{
	static const uint16_t errors[] = { EACCES, EACCES, EACCES, EACCES };

	expect_attempts("writes", errors, sizeof errors / sizeof *errors);
}

TEST_C(plugins, constructor_makes_no_process)
{
	static const uint16_t errors[] = {
		EPERM,  /* clone */
		ENOSYS, /* clone3 */
		EPERM,  /* kill */
		EPERM,  /* memfd_create */
		EPERM,  /* setrlimit */
		EPERM,  /* landlock_add_rule */
	};

	expect_attempts("calls", errors, sizeof errors / sizeof *errors);
}

/* PDEATHSIG, dumpable, and who is signalled for its channel stay as they were set. */
TEST_C(plugins, constructor_cannot_loosen_what_holds_it)
{
#ifdef BRIG_SANITIZED /* sanitizers name mappings */
	static const uint16_t errors[] = { EPERM, EPERM, EPERM, ENOSYS };
#else
	static const uint16_t errors[] = { EPERM, EPERM, EPERM, ENOSYS };
#endif

	expect_attempts("loosen", errors, sizeof errors / sizeof *errors);
}

TEST_C(plugins, constructor_makes_no_code)
{
	static const uint16_t errors[] = {
		EACCES, /* memory to write and execute */
		EACCES, /* what was written, to execute */
	};

	if (prctl(PR_GET_MDWE, 0, 0, 0, 0) < 0)
		SKIP_C("mdwe", "the kernel has no PR_SET_MDWE (Linux 6.3)");
	expect_attempts("code", errors, sizeof errors / sizeof *errors);
}

#define CONSTRUCTOR(name, plugin, class_, code)                                                    \
	TEST_C(plugins, name)                                                                      \
	{                                                                                          \
		expect_constructor(plugin, class_, code);                                          \
	}
#define LAUNCH(name, plugin, stage, error)                                                         \
	TEST_C(plugins, name)                                                                      \
	{                                                                                          \
		expect_launch(plugin, stage, error);                                               \
	}
#define DECODE(name, word, timeout_ms, class_, code)                                               \
	TEST_C(plugins, name)                                                                      \
	{                                                                                          \
		expect_decode(word, timeout_ms, class_, code);                                     \
	}
#define BAD(name, word, code) DECODE(name, word, 60000, BRIG_EXIT_BAD_MESSAGE, code)
#define SAYS(name, word, status)                                                                   \
	TEST_C(plugins, name)                                                                      \
	{                                                                                          \
		expect_says(word, status);                                                         \
	}

CONSTRUCTOR(socket_in_constructor_kills, "call_socket", BRIG_EXIT_SECCOMP, SIGSYS)
CONSTRUCTOR(vfork_in_constructor_kills, "call_vfork", BRIG_EXIT_SECCOMP, SIGSYS)
CONSTRUCTOR(execve_in_constructor_kills, "call_execve", BRIG_EXIT_SECCOMP, SIGSYS)
CONSTRUCTOR(ptrace_in_constructor_kills, "call_ptrace", BRIG_EXIT_SECCOMP, SIGSYS)
CONSTRUCTOR(leaving_in_constructor_is_no_success, "leave", BRIG_EXIT_CLEAN, 0)
CONSTRUCTOR(garbage_in_constructor_is_bad, "garbage", BRIG_EXIT_BAD_MESSAGE, BRIG_BAD_VERSION)
LAUNCH(no_entry_is_named, "no_entry", BRIG_STAGE_LOAD, ELIBBAD)
LAUNCH(another_abi_is_named, "abi", BRIG_STAGE_LOAD, ENOSYS)
LAUNCH(missing_library_is_named, "needs_nowhere", BRIG_STAGE_LOAD, ELIBBAD)
/* The broker counts the filters itself, and one is missing. */
LAUNCH(forged_seal_is_seen_through, "forge", BRIG_STAGE_ATTEST, EPERM)
/* It may have no descriptor that isn't counted, whatever it calls it. */
CONSTRUCTOR(forged_listener_is_bad, "forge_listener", BRIG_EXIT_BAD_MESSAGE, BRIG_BAD_FIELD)
#ifndef BRIG_SANITIZED /* sanitizers turn these into exits of their own */
CONSTRUCTOR(crash_in_constructor_is_a_crash, "crash", BRIG_EXIT_CRASH, SIGSEGV)
DECODE(crash_is_a_crash, "crash", 60000, BRIG_EXIT_CRASH, SIGSEGV)
DECODE(rows_further_apart_than_told_are_a_crash, "stride", 60000, BRIG_EXIT_CRASH, SIGSEGV)
DECODE(memory_runs_out, "memory", 60000, BRIG_EXIT_OOM, 65)
#endif
/* It has less time than its renderer, who can still tell. */
DECODE(endless_loop_is_ended, "loop", 4000, BRIG_EXIT_HANG, 0)
BAD(garbage_is_bad, "garbage", BRIG_BAD_VERSION)
BAD(second_surface_is_bad, "two-surfaces", BRIG_BAD_REQUESTS)
BAD(extra_descriptor_is_bad, "extra-fd", BRIG_BAD_FD_COUNT)
BAD(asking_for_files_is_bad, "files", BRIG_BAD_UNKNOWN_METHOD)
BAD(finished_without_surface_is_bad, "finish", BRIG_BAD_HANDLE)
SAYS(success_without_surface_is_a_failure, "no-surface", BRIG_DECODE_CORRUPT)
SAYS(nine_channels_are_none, "channels", BRIG_DECODE_UNSUPPORTED)
SAYS(picture_without_width_is_refused, "nothing-wide", BRIG_DECODE_TOO_MANY_PIXELS)
SAYS(reason_that_is_none_means_corrupt, "reason", BRIG_DECODE_CORRUPT)

/* Who forges the last filter's presence gets work, and no more rights: the first one holds. */
TEST_C(plugins, first_filter_holds_one_that_forged_the_last)
{
	struct outcome outcome = { 0 };

	act("forge_filter", "report", 60000, &outcome);
	expect_end(&outcome, BRIG_EXIT_SECCOMP, SIGSYS);
}

TEST_C(plugins, pixels_that_were_not_written_are_zero)
{
	static const uint8_t zeros[100 * 100 * 2];
	struct outcome outcome = { 0 };
	struct brig_image_info info;

	act("nothing", "no-pixels", 60000, &outcome);
	ASSERT_INT_EQ(BRIG_DECODE_OK, outcome.status);
	brig_image_describe(outcome.image, &info);
	ASSERT_UINT_EQ(sizeof zeros, info.stride * info.height);
	EXPECT_MEM_EQ(zeros, info.pixels, sizeof zeros);
	outcome_finish(&outcome);
}

TEST_C(plugins, endless_constructor_is_ended)
{
	struct brig_broker *broker = NULL;
	struct outcome outcome = { 0 };

	ASSERT_OK(plugin_broker("loop", 1000, &broker));
	EXPECT_OK(outcome_start(broker, write_document("a", "P5 ", 3), 60000, &outcome));
	EXPECT_OK(run_until_done(broker, &outcome, 1));
	expect_end(&outcome, BRIG_EXIT_LAUNCH_FAILED, 0);
	EXPECT_INT_EQ(BRIG_STAGE_TIMEOUT, outcome.plugin_exit.stage);
	EXPECT_INT_EQ(ETIMEDOUT, outcome.plugin_exit.error);
	brig_broker_destroy(broker);
}

/* Its launch has no more time than the document has, less a part for the renderer. */
TEST_C(plugins, endless_constructor_leaves_its_renderer_time)
{
	struct outcome outcome = { 0 };

	act("loop", "report", 4000, &outcome);
	expect_end(&outcome, BRIG_EXIT_LAUNCH_FAILED, 0);
	EXPECT_INT_EQ(BRIG_STAGE_TIMEOUT, outcome.plugin_exit.stage);
}

/* Of which the endless one takes three quarters, and the one behind it has as much of the rest. */
#ifdef BRIG_SANITIZED
#define SHEET_MS 32000
#else
#define SHEET_MS 8000
#endif

/* One dies of the hostile plugin, the others are drawn. */
TEST_C(plugins, sheet_goes_on_without_the_one)
{
	static const char sheet[] = "BRIG-SHEET 1\ncell 1x1\ngrid 3x1\na.qoi\nb.pgm\na.qoi\n";
	static const uint8_t white[] = { 255, 255, 255, 255 };
	struct brig_broker *broker = NULL;
	struct outcome outcome = { 0 };
	struct brig_image_info info;

	(void)write_document("a.qoi", qoi, sizeof qoi - 1);
	(void)write_document("b.pgm", "P5 HOSTILE loop", 15);
	ASSERT_OK(plugin_broker("nothing", 0, &broker));
	EXPECT_OK(outcome_start(broker, write_document("s.sheet", sheet, sizeof sheet - 1),
				SHEET_MS, &outcome));
	EXPECT_OK(run_until_done(broker, &outcome, 1));
	brig_broker_destroy(broker);
	ASSERT_INT_EQ(BRIG_DECODE_OK, outcome.status);
	ASSERT_UINT_EQ(1, outcome.n_refusals);
	EXPECT_STR_EQ("b.pgm", outcome.refused[0]);
	brig_image_describe(outcome.image, &info);
	EXPECT_MEM_EQ(white, info.pixels, 4);
	EXPECT_MEM_EQ(white, info.pixels + 8, 4);
	outcome_finish(&outcome);
}
