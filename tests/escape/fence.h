/*
 * tests/escape/fence.h - a place to be attacked in: namespaces of their own, with a canary, for as
 * long as all attempts take.
 */
#ifndef TESTS_ESCAPE_FENCE_H
#define TESTS_ESCAPE_FENCE_H

#include "sandbox/selftest/attempt.h"

#include <stdbool.h>

enum fence_outcome {
	FENCE_SKIPPED,
	FENCE_GOT,     /* not refused; or the program that it started ended as it should */
	FENCE_REFUSED, /* error */
	FENCE_DIED,    /* by a signal, in the marked call */
	FENCE_LOST,    /* neither: by a signal before, or no end within the deadline */
};

struct fence_result {
	enum fence_outcome outcome;
	int number; /* the errno, or the signal */
	char text[64];
};

struct fence_trial {
	int (*prepare)(const void *user); /* in the attacker, before the attempt; 0 or -errno */
	const void *user;
	char group; /* only rows that name this group; '\0': all */
};

/* Every attempt, each in a process of its own: one result a row, or NULL. fence_free() frees it. */
struct fence_result *fence_run(const struct fence_trial *trial);
void fence_free(struct fence_result *results);

/* Is it any of what stands between '|' in @wanted? */
bool fence_matches(const struct fence_result *result, const char *wanted);
/* What the row says of @role: by_role's, or expected. */
void fence_expected(const struct brig_attempt *row, const char *role, char *ret, size_t size);
/* "EPERM", "SIGSYS", "OK", for people; static, until the next call. */
const char *fence_words(const struct fence_result *result);

#endif
