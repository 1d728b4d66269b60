/*
 * tests/policy/says.h - a role file in a string, and what it says: always compiled and proven, and
 * the filter is asked as well as the model.
 */
#ifndef TESTS_POLICY_SAYS_H
#define TESTS_POLICY_SAYS_H

#include "sandbox/policy/policy.h"

#include "gtest_c.h"

/* What becomes of a call: "allow", "kill", "EACCES", …; "?" and a failed test if @text is wrong. */
const char *says_of(const char *text, const struct brig_policy_options *options,
		    enum brig_policy_stage stage, const char *call,
		    const uint64_t args[BRIG_CALL_ARGUMENTS]);

/* The same of a policy that is there. */
const char *policy_says(const struct brig_policy *policy, enum brig_policy_stage stage,
			const char *call, const uint64_t args[BRIG_CALL_ARGUMENTS]);

#define ARGS(...)             ((const uint64_t[BRIG_CALL_ARGUMENTS]){ __VA_ARGS__ })
#define SAYS(text, call, ...) says_of(text, NULL, BRIG_AFTER_READY, call, ARGS(__VA_ARGS__))

/* One row, "lseek: allow if …", without its reason: what does it say of lseek? */
const char *row_says(const char *row, const uint64_t args[BRIG_CALL_ARGUMENTS]);

#define ROW_SAYS(row, ...) row_says(row, ARGS(__VA_ARGS__))

/* "EINVAL role:2:9: there is no …", as brig_policy_parse("role", …) said it; "" if it took it. */
struct refusal {
	char text[1024];
};

struct refusal refusal_of(const char *text, size_t n, const struct brig_policy_options *options);
struct refusal file_refusal(const char *path);

#define REFUSAL(role) (refusal_of(role, strlen(role), NULL).text)

/* A policy that must be right; NULL and a failed test if it isn't. */
struct brig_policy *policy_of(const char *text, const struct brig_policy_options *options);

/* Writes @text to @name in the test's directory; returns its path, in @ret. */
const char *role_file(const char *name, const char *text, char ret[4096]);

#endif
