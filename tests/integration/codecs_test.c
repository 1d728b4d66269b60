/*
 * Hostile codecs: each ends alone, its cell is crossed out, and the sheet's other pictures, its
 * renderer and the broker go on.
 */
#include "ipc/dispatch/bad_message.h"
#include "tests/support/decode_once.h"

#include "gtest_c.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

/* A white pixel beside what the codec does, which comes last: plugin_exit is the codec's. */
static const char sheet[] = "BRIG-SHEET 1\ncell 4x1\ngrid 2x1\na.ppm\nb.png\n";

static void act(const char *word, int timeout_ms, struct outcome *ret)
{
	struct brig_broker *broker = NULL;
	char picture[64];
	int n = snprintf(picture, sizeof picture, "\x89PNG\r\n\x1a\nHOSTILE %s", word);

	(void)write_document("a.ppm", "P6 1 1 255\n\xff\xff\xff", 14);
	(void)write_document("b.png", picture, (size_t)n);
	ASSERT_OK(hostile_codec_broker(&broker));
	EXPECT_OK(outcome_start(broker, write_document("s.sheet", sheet, sizeof sheet - 1),
				timeout_ms, ret));
	EXPECT_OK(run_until_done(broker, ret, 1));
	brig_broker_destroy(broker);
}

/* The renderer's word is good, the other picture is there, and the codec's cell is named. */
static void expect_rest(const struct outcome *outcome)
{
	static const uint8_t white[] = { 255, 255, 255, 255 };
	struct brig_image_info info;
	bool seen = false;

	ASSERT_INT_EQ(BRIG_DECODE_OK, outcome->status);
	EXPECT_INT_EQ(BRIG_EXIT_CLEAN, outcome->exit.class_);
	ASSERT_UINT_EQ(1, outcome->n_refusals);
	EXPECT_STR_EQ("b.png", outcome->refused[0]);
	brig_image_describe(outcome->image, &info);
	for (size_t x = 0; x < info.width / 2; x++)
		seen = seen || !memcmp(info.pixels + 4 * x, white, sizeof white);
	EXPECT_TRUE(seen);
	EXPECT_STR_EQ("codec", outcome->plugin_exit.role);
	EXPECT_INT_EQ(BRIG_LEVEL_FULL, outcome->plugin_exit.level);
}

static void expect_end(const char *word, int timeout_ms, enum brig_exit_class class_, int code)
{
	struct outcome outcome = { 0 };

	act(word, timeout_ms, &outcome);
	expect_rest(&outcome);
	EXPECT_INT_EQ(class_, outcome.plugin_exit.class_);
	EXPECT_INT_EQ(code, outcome.plugin_exit.code);
	outcome_finish(&outcome);
}

#define ENDS(name, word, class_, code)                                                             \
	TEST_C(codecs, name)                                                                       \
	{                                                                                          \
		expect_end(word, 60000, class_, code);                                             \
	}
#define BAD(name, word, code) ENDS(name, word, BRIG_EXIT_BAD_MESSAGE, code)

#ifndef BRIG_SANITIZED /* sanitizers turn these into exits of their own */
ENDS(crash_is_its_own, "crash", BRIG_EXIT_CRASH, SIGSEGV)
ENDS(memory_is_its_own, "memory", BRIG_EXIT_OOM, 65)
#endif
ENDS(saying_nothing_is_no_picture, "silent", BRIG_EXIT_CLEAN, 0)
ENDS(saying_why_is_no_picture, "open", BRIG_EXIT_CLEAN, 0)
/* Else one picture could take the memory that the sheet's others are lent in. */
ENDS(gets_no_more_than_its_cell, "wider", BRIG_EXIT_CLEAN, 0)
BAD(may_open_no_file, "files", BRIG_BAD_UNKNOWN_METHOD)
BAD(may_start_no_plugin, "plugin-file", BRIG_BAD_UNKNOWN_METHOD)
BAD(gets_one_surface, "two-surfaces", BRIG_BAD_REQUESTS)
BAD(hands_no_descriptor_in, "extra-fd", BRIG_BAD_FD_COUNT)

/* Of the sheet's time it gets a part only: the renderer must still draw the rest. */
TEST_C(codecs, hang_ends_before_its_sheet)
{
	expect_end("loop", 2000, BRIG_EXIT_HANG, 0);
}

/* The broker itself heard of it: not the codec's, nor the renderer's word. */
TEST_C(codecs, forbidden_call_is_told)
{
	struct outcome outcome = { 0 };

	act("socket", 60000, &outcome);
	expect_rest(&outcome);
	EXPECT_INT_EQ(BRIG_EXIT_SECCOMP, outcome.plugin_exit.class_);
	EXPECT_INT_EQ(SYS_socket, outcome.plugin_exit.syscall);
	EXPECT_INT_EQ(0, outcome.plugin_exit.claimed);
	outcome_finish(&outcome);
}
