/* brig_bench: rows of ours against theirs, in alternating pairs. */
#include "tests/bench/bench.h"

#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WARM_UP   3 /* pairs that don't count */
#define PAIRS_MAX 100000
#define ROWS_MAX  32

static const struct bench_group *const groups[] = {
	&bench_spawn, &bench_photo,  &bench_calls, &bench_ipc,    &bench_loop,
	&bench_flood, &bench_decode, &bench_bomb,  &bench_shared,
};

#define N_GROUPS (sizeof groups / sizeof *groups)

struct options {
	const char *json, *pattern;
	unsigned long pairs; /* 0: each row's own number */
};

static void usage(FILE *to)
{
	(void)fputs("Usage: brig_bench [--json FILE] [--rows PATTERN] [--pairs N]\n\n"
		    "Measure Brig side by side with what it is compared to, and print Markdown.\n\n"
		    "  --json FILE     also write the results as JSON\n"
		    "  --rows PATTERN  only the rows whose names match, such as 'spawn-*'\n"
		    "  --pairs N       so many pairs a row, instead of each row's own number\n"
		    "  --help          this text, with the rows\n\nRows:\n",
		    to);
	for (size_t g = 0; g < N_GROUPS; g++)
		for (size_t i = 0; i < groups[g]->n_rows; i++)
			(void)fprintf(to, "  %-18s %s\n", groups[g]->rows[i].name,
				      groups[g]->rows[i].theirs_text);
}

/* -1: go on; else the exit status. */
static int parse_options(int argc, char **argv, struct options *ret)
{
	static const struct option names[] = { { "json", required_argument, NULL, 'j' },
					       { "rows", required_argument, NULL, 'r' },
					       { "pairs", required_argument, NULL, 'p' },
					       { "help", no_argument, NULL, 'h' },
					       { NULL, 0, NULL, 0 } };
	int c;

	*ret = (struct options){ .pattern = "*" };
	while ((c = getopt_long(argc, argv, "h", names, NULL)) >= 0) {
		char *end = NULL;

		if (c == 'h') {
			usage(stdout);
			return 0;
		}
		if (c == 'j')
			ret->json = optarg;
		else if (c == 'r')
			ret->pattern = optarg;
		else if (c == 'p')
			ret->pairs = strtoul(optarg, &end, 10);
		if (c == '?' || (end && (*end || !ret->pairs || ret->pairs > PAIRS_MAX))) {
			usage(stderr);
			return 2;
		}
	}
	if (optind == argc)
		return -1;
	usage(stderr);
	return 2;
}

static void settle(const struct bench_row *row)
{
	if (row->settle_ms)
		(void)poll(NULL, 0, (int)row->settle_ms);
}

static int one_pair(const struct bench_row *row, void *state, double *ours_us, double *theirs_us)
{
	uint64_t ours, theirs;
	int r = row->ours(state, &ours);

	settle(row);
	if (r)
		(void)fprintf(stderr, "%s: our side: %s\n", row->name, strerror(-r));
	if (!r) {
		r = row->theirs(state, &theirs);
		settle(row);
		if (r)
			(void)fprintf(stderr, "%s: their side: %s\n", row->name, strerror(-r));
	}
	if (r)
		return r;
	*ours_us = (double)ours / 1000;
	*theirs_us = (double)theirs / 1000;
	return 0;
}

static int measure_row(const struct bench_row *row, void *state, unsigned long pairs,
		       struct bench_result *ret)
{
	const size_t n = pairs ? pairs : row->pairs;
	double *values = calloc(3 * n, sizeof *values), unused;
	double *ours = values, *theirs = values + n, *ratios = values + 2 * n;
	int r = values ? 0 : -ENOMEM;

	for (size_t i = 0; !r && i < WARM_UP; i++)
		r = one_pair(row, state, &unused, &unused);
	for (size_t i = 0; !r && i < n; i++) {
		r = one_pair(row, state, &ours[i], &theirs[i]);
		ratios[i] = ours[i] / theirs[i];
	}
	if (!r) {
		*ret = (struct bench_result){ .row = row,
					      .pairs = (unsigned int)n,
					      .ours_us = bench_spread_of(ours, n),
					      .theirs_us = bench_spread_of(theirs, n),
					      .ratio = bench_spread_of(ratios, n) };
		if (row->note)
			row->note(state, ret->note, sizeof ret->note);
		ret->ratio_of_medians = ret->ours_us.median / ret->theirs_us.median;
	}
	free(values);
	return r;
}

static bool wanted(const struct options *options, const struct bench_row *row)
{
	return fnmatch(options->pattern, row->name, 0) == 0;
}

/* Nothing is set up for a group of which no row was chosen. */
static int measure_group(const struct options *options, const struct bench_group *group,
			 struct bench_result *results, size_t *n)
{
	void *state = NULL;
	int r = 0;

	for (size_t i = 0; !r && i < group->n_rows; i++) {
		if (!wanted(options, &group->rows[i]))
			continue;
		if (!state)
			r = group->set_up(&state);
		if (r)
			(void)fprintf(stderr, "%s: set-up: %s\n", group->rows[i].name,
				      strerror(-r));
		if (!r)
			r = measure_row(&group->rows[i], state, options->pairs, &results[*n]);
		*n += !r;
	}
	if (state)
		group->tear_down(state);
	return r;
}

int main(int argc, char **argv)
{
	struct bench_result results[ROWS_MAX];
	struct options options;
	size_t n = 0;
	int r = parse_options(argc, argv, &options);

	if (r >= 0)
		return r;
	r = 0;
	for (size_t g = 0; !r && g < N_GROUPS; g++)
		r = measure_group(&options, groups[g], results, &n);
	if (!r && !n) {
		(void)fprintf(stderr, "no row is called '%s'\n", options.pattern);
		return 2;
	}
	bench_print_markdown(results, n);
	if (!r && options.json) {
		r = bench_write_json(options.json, results, n);
		if (r)
			(void)fprintf(stderr, "%s can't be written\n", options.json);
	}
	return r ? 1 : 0;
}
