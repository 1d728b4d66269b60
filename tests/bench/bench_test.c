/* The benchmark works, and its output is what is promised. How fast anything is, is no test. */
#include "gtest_c.h"

#include <jansson.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int run_bench(char *const argv[])
{
	int status = -1;
	pid_t pid;

	if (posix_spawn(&pid, argv[0], NULL, NULL, argv, environ) != 0)
		return -1;
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void check_row(const json_t *row, const char *name)
{
	ASSERT_PTR_NOT_NULL(row);
	double ratio = json_real_value(json_object_get(row, "ratio"));

	EXPECT_STR_EQ(name, json_string_value(json_object_get(row, "name")));
	EXPECT_INT_EQ(3, json_integer_value(json_object_get(row, "pairs")));
	EXPECT_TRUE(isfinite(ratio));
	EXPECT_TRUE(ratio > 0);
}

TEST_C(bench, every_row_has_a_ratio)
{
	char path[4096];
	char bench[] = BRIG_BENCH, pairs[] = "--pairs", three[] = "3", json[] = "--json";
	char *const argv[] = { bench, pairs, three, json, path, NULL };
	json_error_t error;

	(void)snprintf(path, sizeof path, "%s/bench.json", test_tmpdir());
	ASSERT_INT_EQ(0, run_bench(argv));
	json_t *all = json_load_file(path, 0, &error);
	ASSERT_PTR_NOT_NULL(all);
	const json_t *rows = json_object_get(all, "rows");
	ASSERT_INT_EQ(8, (long long)json_array_size(rows));
	check_row(json_array_get(rows, 0), "spawn-reply");
	check_row(json_array_get(rows, 1), "spawn-reply-least");
	check_row(json_array_get(rows, 2), "spawn-exit-fork");
	check_row(json_array_get(rows, 3), "spawn-exit-bwrap");
	check_row(json_array_get(rows, 4), "photo-inprocess");
	check_row(json_array_get(rows, 5), "photo-djpeg");
	check_row(json_array_get(rows, 6), "call-allowed");
	check_row(json_array_get(rows, 7), "call-checked");
	json_decref(all);
}

TEST_C(bench, a_wrong_name_of_a_row_is_an_error)
{
	char bench[] = BRIG_BENCH, rows[] = "--rows", none[] = "no-such-row";
	char *const argv[] = { bench, rows, none, NULL };

	EXPECT_INT_EQ(2, run_bench(argv));
}
