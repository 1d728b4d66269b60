/*
 * Do the attacks work? Each attempt is made where nothing stops it: by a process with every right
 * in a user namespace of its own, thrown away afterwards, against a canary that lives there. Then
 * the same behind one layer, each role's filter.
 */
#include "sandbox/policy/policy.h"
#include "sandbox/policy/shipped.h"
#include "sandbox/selftest/attempt.h"
#include "tests/escape/fence.h"

#include "gtest_c.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static int load_nothing(const void *user)
{
	(void)user;
	return 0;
}

TEST_C(unsealed, each_attempt_comes_to_what_it_says)
{
	const struct fence_trial trial = { .prepare = load_nothing };
	struct fence_result *results = fence_run(&trial);
	size_t got = 0;

	ASSERT_PTR_NOT_NULL(results);
	for (size_t i = 0; i < brig_attempts_count(); i++) {
		const struct brig_attempt *row = brig_attempt_at(i);
		const char *wanted = row->unsealed ? row->unsealed : "OK";

		if (results[i].outcome == FENCE_SKIPPED)
			continue; /* there is no such door on this machine */
		got += results[i].outcome == FENCE_GOT;
		if (!fence_matches(&results[i], wanted))
			gtest_c_fail(__FILE__, __LINE__, "%s: %s, not %s", row->id,
				     fence_words(&results[i]), wanted);
	}
	printf("%zu of %zu attempts succeed where nothing stops them\n", got,
	       brig_attempts_count());
	fence_free(results);
}

struct filters {
	struct brig_policy *policy;
};

/* As shipped, but that nobody listens: what is reported kills at once. */
static int open_filters(const char *role, struct filters *ret)
{
	char text[8192];
	struct brig_text_file file, overlay;
	const struct brig_shipped *sanitizer = NULL;

#ifdef BRIG_SANITIZED
	sanitizer = brig_shipped_find("sanitizer");
#endif
	(void)snprintf(text, sizeof text, "report kill\n%s", sanitizer ? sanitizer->text : "");
	int r = brig_source_read(NULL, role, NULL, &file);
	if (!r)
		r = brig_source_copy("overlay", text, strlen(text), &overlay);
	return r ? r : brig_policy_make(&file, &overlay, NULL, &ret->policy, NULL);
}

static int load_filters(const void *user)
{
	const struct filters *filters = user;
	const struct brig_program *programs = filters->policy->programs;
	int r = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;

	if (!r && programs[BRIG_BEFORE_READY].length)
		r = brig_program_load(&programs[BRIG_BEFORE_READY]);
	return r ? r : brig_program_load(&programs[BRIG_AFTER_READY]);
}

static void behind_filter(const char *role)
{
	struct filters filters = { 0 };
	const struct fence_trial trial = { .prepare = load_filters,
					   .user = &filters,
					   .group = BRIG_GROUP_SECCOMP };
	size_t tried = 0;

	ASSERT_OK(open_filters(role, &filters));
	struct fence_result *results = fence_run(&trial);
	ASSERT_PTR_NOT_NULL(results);
	for (size_t i = 0; i < brig_attempts_count(); i++) {
		const struct brig_attempt *row = brig_attempt_at(i);
		char wanted[128];

		if (!strchr(row->groups, BRIG_GROUP_SECCOMP) || results[i].outcome == FENCE_SKIPPED)
			continue;
		fence_expected(row, role, wanted, sizeof wanted);
		if (row->behind && !strcmp(wanted, row->behind))
			continue; /* the role lets it pass, and another layer stops it */
		tried++;
		if (!fence_matches(&results[i], wanted))
			gtest_c_fail(__FILE__, __LINE__, "%s: %s: %s, not %s", role, row->id,
				     fence_words(&results[i]), wanted);
	}
	printf("%s: %zu attempts compared behind the filter alone\n", role, tried);
	EXPECT_INT_GT((long long)tried, 200);
	fence_free(results);
	brig_policy_unref(filters.policy);
}

#define FILTER(name)                                                                               \
	TEST_C(filter_alone, stops_a_##name)                                                       \
	{                                                                                          \
		behind_filter(#name);                                                              \
	}

FILTER(renderer)
FILTER(plugin)
FILTER(codec)
FILTER(network)
FILTER(service)
FILTER(workers)
