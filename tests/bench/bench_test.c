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

static const json_t *find_row(const json_t *rows, const char *name)
{
	size_t i;
	json_t *row;

	json_array_foreach(rows, i, row)
	{
		if (!strcmp(name, json_string_value(json_object_get(row, "name"))))
			return row;
	}
	return NULL;
}

static void check_row(const json_t *rows, const char *name)
{
	const json_t *row = find_row(rows, name);

	if (!row)
		FAIL_C("there is no row %s", name);
	double ratio = json_real_value(json_object_get(row, "ratio"));

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
	ASSERT_INT_EQ(BENCH_ROWS, (long long)json_array_size(rows));
	check_row(rows, "spawn-reply");
	check_row(rows, "spawn-reply-least");
	check_row(rows, "spawn-exit-fork");
	check_row(rows, "spawn-exit-bwrap");
	check_row(rows, "photo-inprocess");
	check_row(rows, "photo-djpeg");
	check_row(rows, "call-allowed");
	check_row(rows, "call-checked");
	check_row(rows, "ipc-call");
	check_row(rows, "ipc-across");
	check_row(rows, "ipc-batch");
	check_row(rows, "ipc-batch-single");
	check_row(rows, "ipc-loop");
	check_row(rows, "ipc-flood");
	check_row(rows, "ipc-decode");
	check_row(rows, "ipc-bomb");
	check_row(rows, "ipc-memory");
#ifdef BENCH_SDBUS
	check_row(rows, "ipc-call-sdbus");
#endif
#ifdef BENCH_DBUS
	check_row(rows, "ipc-call-libdbus");
#endif
#ifdef BENCH_CAPNP
	check_row(rows, "ipc-call-capnp");
#endif
#ifdef BENCH_GRPC
	check_row(rows, "ipc-call-grpc");
#endif
#ifndef BRIG_SANITIZED
	EXPECT_STR_CONTAINS(
		json_string_value(json_object_get(find_row(rows, "ipc-decode"), "note")),
		"; 0 mallocs a message");
#endif
	json_decref(all);
}

TEST_C(bench, a_wrong_name_of_a_row_is_an_error)
{
	char bench[] = BRIG_BENCH, rows[] = "--rows", none[] = "no-such-row";
	char *const argv[] = { bench, rows, none, NULL };

	EXPECT_INT_EQ(2, run_bench(argv));
}
