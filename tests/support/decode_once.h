/* tests/support/decode_once.h - run one document through a broker and keep what came of it. */
#ifndef TESTS_SUPPORT_DECODE_ONCE_H
#define TESTS_SUPPORT_DECODE_ONCE_H

#include "tests/support/reference.h"

#include <brig/decode.h>

#include <stdbool.h>

struct outcome {
	bool done;
	enum brig_decode_status status;
	int error;
	char message[512];
	char format[16];
	struct brig_image *image; /* owned: outcome_finish() */
	struct brig_exit exit, plugin_exit;
	struct brig_violation violation; /* call 0 and no role: none */
	size_t n_refusals;
	char refused[8][64];
	char why[8][64];
};

/* Start @path; the outcome is filled by the time run_until_done() returns. */
int outcome_start(struct brig_broker *broker, const char *path, int timeout_ms,
		  struct outcome *outcome);
/* The same for @n bytes that are in no file; files beside it are those of @dir (NULL: none). */
int outcome_start_bytes(struct brig_broker *broker, const void *bytes, size_t n, const char *dir,
			struct outcome *outcome);
/* The same for an open file, without files beside it. */
int outcome_start_fd(struct brig_broker *broker, int fd, struct outcome *outcome);
/* 0, or -ETIMEDOUT after @n outcomes were not done within a minute. */
int run_until_done(struct brig_broker *broker, const struct outcome *outcomes, size_t n);
void outcome_finish(struct outcome *outcome);

/*
 * A broker whose renderers are tests/support/hostile_child.c. Of its plugins "pnm" is honest,
 * "hostile" does what the file says, and "stuck" never gets ready.
 */
int hostile_broker(struct brig_broker **ret);
/* The same, but for honest renderers, whose codecs do what the picture says. */
int hostile_codec_broker(struct brig_broker **ret);
/* A broker of the build's own helper. */
int honest_broker(struct brig_broker **ret);
/*
 * A broker of the build's own helper whose plugin "pnm" is the hostile @plugin of
 * tests/support/hostile_plugins.cmake, and "qoi" the honest one. @launch_timeout_ms 0: the default.
 */
int plugin_broker(const char *plugin, int launch_timeout_ms, struct brig_broker **ret);
/* Does the outcome have these pixels, and was it a success? If not, the test fails. */
void expect_pixels(const char *what, const struct outcome *outcome, const struct reference *wanted);
/* Write a file in the test's directory; the path is valid until the next call. */
const char *write_document(const char *name, const void *bytes, size_t n);

#endif
