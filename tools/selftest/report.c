/* The matrix, for people and for programs. */
#include "tools/selftest/trial.h"

#include "tools/command.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define ID_WIDTH 21

static const struct {
	const char *name; /* in JSON */
	char mark;        /* in the matrix */
} verdicts[] = {
	[SELFTEST_UNTRIED] = { "untried", '?' }, [SELFTEST_LEFT_OUT] = { "left_out", '-' },
	[SELFTEST_HELD] = { "held", '+' },       [SELFTEST_OTHERWISE] = { "otherwise", '~' },
	[SELFTEST_ESCAPED] = { "ESCAPED", '!' },
};

struct counts {
	size_t n, again, of[SELFTEST_ESCAPED + 1];
	size_t attempts, roles, tiers;
};

static const struct selftest_result *result_of(const struct selftest *selftest, size_t column,
					       size_t attempt)
{
	return &selftest->results[column * selftest->n_attempts + attempt];
}

/* Columns of one role stand together: a mark a tier. */
static bool first_of_role(const struct selftest *selftest, size_t column)
{
	for (size_t i = 0; i < column; i++)
		if (selftest->columns[i].role == selftest->columns[column].role)
			return false;
	return true;
}

static bool first_of_tier(const struct selftest *selftest, size_t column)
{
	for (size_t i = 0; i < column; i++)
		if (selftest->columns[i].tier == selftest->columns[column].tier)
			return false;
	return true;
}

static struct counts count(const struct selftest *selftest)
{
	struct counts counts = { 0 };

	for (size_t c = 0; c < selftest->n_columns; c++) {
		counts.roles += first_of_role(selftest, c);
		counts.tiers += first_of_tier(selftest, c);
	}
	for (size_t a = 0; a < selftest->n_attempts; a++) {
		counts.attempts += selftest_shown(selftest, a);
		for (size_t c = 0; selftest_shown(selftest, a) && c < selftest->n_columns; c++) {
			counts.n++;
			counts.again += result_of(selftest, c, a)->again;
			counts.of[result_of(selftest, c, a)->verdict]++;
		}
	}
	return counts;
}

static void print_head(const struct selftest *selftest)
{
	(void)printf("%-*s", ID_WIDTH, "attempt");
	for (size_t c = 0; c < selftest->n_columns; c++)
		if (first_of_role(selftest, c))
			(void)printf(" %s", selftest->columns[c].role->name);
	(void)puts("  what it tries");
}

static void print_row(const struct selftest *selftest, size_t attempt)
{
	const struct brig_attempt *row = brig_attempt_at(attempt);

	(void)printf("%-*s", ID_WIDTH, row->id);
	for (size_t c = 0; c < selftest->n_columns; c++) {
		char marks[SELFTEST_TIERS + 1] = "";
		size_t n = 0;

		if (!first_of_role(selftest, c))
			continue;
		for (size_t i = c; i < selftest->n_columns; i++)
			if (selftest->columns[i].role == selftest->columns[c].role)
				marks[n++] =
					verdicts[result_of(selftest, i, attempt)->verdict].mark;
		(void)printf(" %-*s", (int)strlen(selftest->columns[c].role->name), marks);
	}
	(void)printf("  %s\n", row->what);
}

static void print_fault(const struct selftest *selftest, size_t column, size_t attempt)
{
	static const char *const said[] = {
		[SELFTEST_UNTRIED] = "could not be tried",
		[SELFTEST_OTHERWISE] = "stopped, but for another reason",
		[SELFTEST_ESCAPED] = "ESCAPED",
	};
	const struct selftest_column *where = &selftest->columns[column];
	const struct selftest_result *result = result_of(selftest, column, attempt);
	const struct brig_attempt *row = brig_attempt_at(attempt);
	char expected[TRIAL_EXPECTED_SIZE], safe[512];

	if (result->verdict == SELFTEST_HELD || result->verdict == SELFTEST_LEFT_OUT)
		return;
	(void)printf("%s in a %s, tier %s: %s: wanted %s, got %s%s%s%s\n", row->id,
		     where->role->name, brig_level_name(where->tier), said[result->verdict],
		     trial_expected(row, where, expected, sizeof expected),
		     *result->got ? result->got : "nothing", result->again ? ", twice" : "",
		     *result->why ? "; " : "", escape_text(result->why, safe, sizeof safe));
}

static int exit_status(const struct counts *counts)
{
	return counts->of[SELFTEST_ESCAPED] || counts->of[SELFTEST_OTHERWISE] ||
			       counts->of[SELFTEST_UNTRIED]
		       ? EXIT_SOME_FAILED
		       : EXIT_OK;
}

static void print_summary(const struct counts *counts)
{
	(void)printf("%zu attempts x %zu roles x %zu tiers: ", counts->attempts, counts->roles,
		     counts->tiers);
	if (exit_status(counts) == EXIT_OK)
		(void)printf("all held");
	else
		(void)printf("%zu held, %zu ESCAPED, %zu for another reason, %zu untried",
			     counts->of[SELFTEST_HELD], counts->of[SELFTEST_ESCAPED],
			     counts->of[SELFTEST_OTHERWISE], counts->of[SELFTEST_UNTRIED]);
	if (counts->of[SELFTEST_LEFT_OUT])
		(void)printf("; %zu left out", counts->of[SELFTEST_LEFT_OUT]);
	if (counts->again)
		(void)printf("; %zu tried twice, for the first was late", counts->again);
	(void)putchar('\n');
}

int selftest_report(const struct selftest *selftest)
{
	const struct counts counts = count(selftest);

	print_head(selftest);
	for (size_t a = 0; a < selftest->n_attempts; a++)
		if (selftest_shown(selftest, a))
			print_row(selftest, a);
	(void)printf("\n+ held for the reason stated   ~ stopped otherwise   ! ESCAPED   "
		     "? untried   - left out\none mark a tier:");
	for (size_t c = 0; c < selftest->n_columns; c++)
		if (first_of_tier(selftest, c))
			(void)printf(" %s", brig_level_name(selftest->columns[c].tier));
	(void)fputs("\n\n", stdout);
	for (size_t a = 0; a < selftest->n_attempts; a++)
		for (size_t c = 0; selftest_shown(selftest, a) && c < selftest->n_columns; c++)
			print_fault(selftest, c, a);
	print_summary(&counts);
	return exit_status(&counts);
}

static json_t *json_results(const struct selftest *selftest, size_t attempt)
{
	json_t *results = json_array();

	for (size_t c = 0; c < selftest->n_columns; c++) {
		const struct selftest_column *where = &selftest->columns[c];
		const struct selftest_result *result = result_of(selftest, c, attempt);
		char expected[TRIAL_EXPECTED_SIZE], safe[512];

		(void)json_array_append_new(
			results, json_pack("{s:s, s:s, s:s, s:b, s:s, s:s, s:s}", "role",
					   where->role->name, "tier", brig_level_name(where->tier),
					   "verdict", verdicts[result->verdict].name, "again",
					   result->again, "expected",
					   trial_expected(brig_attempt_at(attempt), where, expected,
							  sizeof expected),
					   "got", result->got, "why",
					   escape_text(result->why, safe, sizeof safe)));
	}
	return results;
}

int selftest_report_json(const struct selftest *selftest)
{
	const struct counts counts = count(selftest);
	json_t *attempts = json_array();

	for (size_t a = 0; a < selftest->n_attempts; a++) {
		const struct brig_attempt *row = brig_attempt_at(a);

		if (selftest_shown(selftest, a))
			(void)json_array_append_new(
				attempts, json_pack("{s:s, s:s, s:s, s:o}", "id", row->id, "what",
						    row->what, "groups", row->groups, "results",
						    json_results(selftest, a)));
	}
	json_t *root = json_pack(
		"{s:i, s:b, s:i, s:i, s:i, s:i, s:i, s:o}", "schema", 1, "ok",
		exit_status(&counts) == EXIT_OK, "held", (int)counts.of[SELFTEST_HELD], "escaped",
		(int)counts.of[SELFTEST_ESCAPED], "otherwise", (int)counts.of[SELFTEST_OTHERWISE],
		"untried", (int)counts.of[SELFTEST_UNTRIED], "left_out",
		(int)counts.of[SELFTEST_LEFT_OUT], "attempts", attempts);
	(void)json_dumpf(root, stdout, JSON_INDENT(1));
	(void)fputc('\n', stdout);
	json_decref(root);
	return exit_status(&counts);
}
