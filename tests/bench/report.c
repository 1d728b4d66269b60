/* What the samples come to: for people, and for programs. */
#include "tests/bench/bench.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static int compare(const void *left, const void *right)
{
	const double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

/* Between the two nearest samples. */
static double quantile(const double *sorted, size_t n, double q)
{
	double at = q * (double)(n - 1);
	size_t low = (size_t)at;
	size_t high = low + 1 < n ? low + 1 : low;

	return sorted[low] + (sorted[high] - sorted[low]) * (at - (double)low);
}

struct bench_spread bench_spread_of(double *values, size_t n)
{
	qsort(values, n, sizeof *values, compare);
	return (struct bench_spread){ quantile(values, n, 0.1), quantile(values, n, 0.5),
				      quantile(values, n, 0.9) };
}

static void print_time(const struct bench_spread *us)
{
	if (us->median >= 10000)
		(void)printf(" %.1f ms (%.1f-%.1f) |", us->median / 1000, us->p10 / 1000,
			     us->p90 / 1000);
	else if (us->median >= 100)
		(void)printf(" %.0f us (%.0f-%.0f) |", us->median, us->p10, us->p90);
	else
		(void)printf(" %.2f us (%.2f-%.2f) |", us->median, us->p10, us->p90);
}

static void print_row(const struct bench_result *result)
{
	const double ratio = result->ratio_of_medians, goal = result->row->goal;

	(void)printf("| %s | %s | %s |", result->row->name, result->row->ours_text,
		     result->row->theirs_text);
	print_time(&result->ours_us);
	print_time(&result->theirs_us);
	if (ratio >= 1)
		(void)printf(" %.2f (%.2f-%.2f) |", ratio, result->ratio.p10, result->ratio.p90);
	else
		(void)printf(" 1/%.2f (1/%.2f-1/%.2f) |", 1 / ratio, 1 / result->ratio.p10,
			     1 / result->ratio.p90);
	if (goal >= 1)
		(void)printf(" %.2f |", goal);
	else
		(void)printf(" 1/%.3g |", 1 / goal);
	(void)printf(" %s |\n", ratio <= goal ? "yes" : "no");
}

void bench_print_markdown(const struct bench_result *results, size_t n)
{
	struct utsname system;

	(void)uname(&system);
	(void)printf("Linux %s, %ld CPUs. Alternating pairs; medians, with the 10th and the 90th "
		     "percentile. The ratio is\nthat of the medians, its spread that of the "
		     "pairs.\n\n",
		     system.release, sysconf(_SC_NPROCESSORS_ONLN));
	(void)puts("| row | what | against | ours | theirs | ours / theirs | goal, at most | met "
		   "|\n|---|---|---|---|---|---|---|---|");
	for (size_t i = 0; i < n; i++)
		print_row(&results[i]);
	for (size_t i = 0; i < n; i++)
		if (*results[i].note)
			(void)printf("\n%s: %s.\n", results[i].row->name, results[i].note);
}

static json_t *spread_json(const struct bench_spread *spread)
{
	return json_pack("{s:f, s:f, s:f}", "p10", spread->p10, "median", spread->median, "p90",
			 spread->p90);
}

static json_t *row_json(const struct bench_result *result)
{
	const struct bench_row *row = result->row;

	return json_pack("{s:s, s:s, s:s, s:i, s:o, s:o, s:o, s:f, s:f, s:b, s:s}", "name",
			 row->name, "ours", row->ours_text, "theirs", row->theirs_text, "pairs",
			 (int)result->pairs, "ours_us", spread_json(&result->ours_us), "theirs_us",
			 spread_json(&result->theirs_us), "pair_ratio", spread_json(&result->ratio),
			 "ratio", result->ratio_of_medians, "goal", row->goal, "met",
			 result->ratio_of_medians <= row->goal, "note", result->note);
}

int bench_write_json(const char *path, const struct bench_result *results, size_t n)
{
	struct utsname system;
	json_t *rows = json_array();

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(rows, row_json(&results[i]));
	(void)uname(&system);
	json_t *all = json_pack("{s:s, s:i, s:I, s:o}", "kernel", system.release, "cpus",
				(int)sysconf(_SC_NPROCESSORS_ONLN), "time", (json_int_t)time(NULL),
				"rows", rows);
	int r = all && json_dump_file(all, path, JSON_INDENT(1)) == 0 ? 0 : -EIO;
	json_decref(all);
	return r;
}
