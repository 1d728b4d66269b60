/* Which attempts are made where. */
#include "tools/selftest/selftest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Attempts that show nothing where sanitizers have rows of their own in every filter. */
#ifdef BRIG_SANITIZED
static const struct {
	const char *id, *why;
} left_out[] = {
	{ "open.canary", "sanitizers look for files in /proc/self, and get another errno" },
};

static bool shows_nothing(const char *id)
{
	for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
		if (!strcmp(left_out[i].id, id))
			return true;
	return false;
}
#else
static bool shows_nothing(const char *id)
{
	(void)id;
	return false;
}
#endif

/* Groups that a tier is without, by design. */
static const char *const lacks[] = {
	[BRIG_LEVEL_NONE] = "",
	[BRIG_LEVEL_SECCOMP_ONLY] = "NL",
	[BRIG_LEVEL_NO_USERNS] = "N",
	[BRIG_LEVEL_FULL] = "",
};

bool selftest_shown(const struct selftest *selftest, size_t attempt)
{
	return !selftest->only || !strcmp(selftest->only, brig_attempt_at(attempt)->id);
}

bool selftest_wanted(const struct selftest *selftest, size_t column, size_t attempt)
{
	const struct brig_attempt *row = brig_attempt_at(attempt);
	const char *gone = lacks[selftest->columns[column].tier];

	/* Nothing of the tier's is meant to stop it. */
	if (row->groups[strspn(row->groups, gone)] == '\0')
		return false;
	return selftest_shown(selftest, attempt) && !shows_nothing(row->id) &&
	       !(selftest->impossible[attempt]);
}

/* Once: it costs a process each. */
static int find_impossible(struct selftest *selftest)
{
	selftest->impossible = calloc(selftest->n_attempts, sizeof *selftest->impossible);
	for (size_t a = 0; selftest->impossible && a < selftest->n_attempts; a++)
		selftest->impossible[a] = !brig_attempt_possible(brig_attempt_at(a));
	return selftest->impossible ? 0 : -ENOMEM;
}

int selftest_results_create(struct selftest *selftest)
{
	int r = find_impossible(selftest);

	if (r < 0)
		return r;
	selftest->results =
		calloc(selftest->n_columns * selftest->n_attempts, sizeof *selftest->results);
	if (!selftest->results)
		return -ENOMEM;
	for (size_t c = 0; c < selftest->n_columns; c++)
		for (size_t a = 0; a < selftest->n_attempts; a++)
			if (!selftest_wanted(selftest, c, a))
				selftest->results[c * selftest->n_attempts + a].verdict =
					SELFTEST_LEFT_OUT;
	return 0;
}
