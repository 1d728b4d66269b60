/* selftest_run.h - runs tests that fail on purpose and keeps what they print. */
#ifndef THIRD_PARTY_GTEST_C_SELFTEST_RUN_H
#define THIRD_PARTY_GTEST_C_SELFTEST_RUN_H

/* Both streams of a run, cut at the end if longer, and its exit status (128 + n for signal n). */
struct run {
	int status;
	char output[128 * 1024];
};

/*
 * Runs gtest_c_broken with that filter. @setting is one more environment variable ("NAME=value"),
 * or NULL; the variables of gtest_c.h are not inherited.
 *
 * Returns 0 and fills @run, or a negative errno.
 */
int run_broken(const char *filter, const char *setting, struct run *run);

#endif
