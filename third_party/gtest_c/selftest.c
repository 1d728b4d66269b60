/* selftest.c - the shim sees what it must see. */
#include "gtest_c.h"
#include "selftest_run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define TINY_DEADLINE "BRIG_TEST_DEADLINE_MS=200"

static void expect_run(const char *filter, const char *setting, int want_status, const char *text)
{
	struct run *run = calloc(1, sizeof *run);

	ASSERT_PTR_NOT_NULL(run);
	EXPECT_OK(run_broken(filter, setting, run));
	EXPECT_STR_CONTAINS(run->output, "[==========] 1 test from 1 test suite ran");
	EXPECT_STR_CONTAINS(run->output, text);
	EXPECT_INT_EQ(want_status, run->status);
	free(run);
}

static void expect_failure(const char *filter, const char *text)
{
	expect_run(filter, TINY_DEADLINE, 1, text);
}

/* ---- descriptors ---- */

TEST_C(fds, names_one_that_was_left_open)
{
	expect_failure("fds.leaks_one", "left open: fd 3 -> /dev/null");
}

TEST_C(fds, names_a_foreign_one_that_was_closed)
{
	expect_failure("fds.closes_a_foreign_one",
		       "closed, though not the test's: fd 0 -> /dev/null");
}

TEST_C(fds, names_a_foreign_one_that_was_replaced)
{
	expect_failure("fds.replaces_a_foreign_one", "replaced: fd 0 -> /dev/zero, was /dev/null");
}

TEST_C(fds, accepts_one_that_was_closed_again)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ASSERT_OK(fd);
	ASSERT_OK(close(fd));
}

/* ---- a child ---- */

TEST_C(child, passes_on_what_failed)
{
	expect_failure("child.fails", "left:  6\n  right: 7");
}

TEST_C(child, passes_on_file_and_line)
{
	expect_failure("child.fails", "broken.c:1000: Failure");
}

TEST_C(child, passes_on_several_failures)
{
	expect_failure("child.fails", "told by the child");
}

TEST_C(child, needs_no_fd_to_report)
{
	expect_failure("child.fails_with_every_fd_closed", "told without an fd");
}

TEST_C(child, counts_the_failures_that_were_too_many_to_keep)
{
	expect_failure("child.fails_more_often_than_is_kept", "and 44 more reports");
}

TEST_C(child, names_the_signal_that_killed_it)
{
	expect_failure("child.is_killed", "was killed by SIGKILL before the end of its body");
}

TEST_C(child, must_not_exit_before_the_end_of_its_body)
{
	expect_failure("child.exits_early", "exited with status 0 before the end of its body");
}

TEST_C(child, names_its_exit_status)
{
	expect_failure("child.exits_with_3", "exited with status 3 before the end of its body");
}

TEST_C(child, is_killed_at_its_deadline)
{
	expect_failure("child.hangs", "did not end within 200 ms and was killed");
}

TEST_C(child, says_that_it_was_killed_after_its_body)
{
	expect_failure("child.is_killed_after_its_body", "was killed by SIGKILL after its body");
}

TEST_C_CHILD(child, runs_in_a_process_of_its_own)
{
	EXPECT_INT_EQ(syscall(SYS_gettid), getpid());
	EXPECT_INT_GT(getppid(), 0);
}

/* A descriptor that a child leaves open is no leak: it ends with the child. */
TEST_C_CHILD(child, may_leave_a_descriptor_open)
{
	ASSERT_OK(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

/* ---- deaths ---- */

TEST_C(dies, not_outside_of_the_mark)
{
	expect_failure("dies.outside_of_the_mark", "died by SIGTERM outside of DIES_HERE (last: ");
}

TEST_C(dies, not_without_a_mark)
{
	expect_failure("dies.with_no_mark_at_all",
		       "died by SIGTERM outside of DIES_HERE (no DIES_HERE was reached)");
}

TEST_C(dies, or_else_fails_and_names_the_call)
{
	expect_failure("dies.not", ": getppid())");
}

TEST_C(dies, or_else_fails_though_no_mark_was_reached)
{
	expect_failure("dies.without_trying", "did not die (no DIES_HERE was reached)");
}

TEST_C(dies, by_the_right_signal)
{
	expect_failure("dies.of_something_else",
		       "should have died by SIGTERM, but was killed by SIGUSR1");
}

TEST_C(dies, by_a_signal_not_by_exit)
{
	expect_failure("dies.by_exiting", "should have died by SIGTERM, but exited with status 0");
}

TEST_C(dies, but_a_check_failed_before)
{
	expect_failure("dies.after_a_failed_check", "getpid() == 0 is false, want true");
}

TEST_C(dies, before_its_deadline)
{
	expect_failure("dies.before_it_by_hanging", "did not end within 200 ms");
}

TEST_C(dies, not_in_the_test_process)
{
	expect_failure("dies.in_the_test_process", "DIES_HERE(getppid()) outside of TEST_C_DIES");
}

TEST_C(dies, not_in_a_child_that_need_not)
{
	expect_failure("dies.in_a_child_that_need_not",
		       "DIES_HERE(getppid()) outside of TEST_C_DIES");
}

TEST_C_DIES(dies, by_sigterm, SIGTERM)
{
	DIES_HERE(raise(SIGTERM));
}

TEST_C_DIES(dies, by_abort, SIGABRT)
{
	DIES_HERE(abort());
}

/* Also where a sanitizer has a handler of its own for it. */
TEST_C_DIES(dies, by_sigsegv, SIGSEGV)
{
	DIES_HERE(raise(SIGSEGV));
}

/* ---- forks of the test's own ---- */

TEST_C(forks, report_as_well)
{
	expect_failure("forks.fails_in_its_own_fork", "want: \"blue\"");
}

TEST_C(forks, report_from_a_raw_clone)
{
	expect_failure("forks.fails_in_a_raw_clone", "want: \"green\"");
}

TEST_C(forks, must_not_come_back_out_of_the_body)
{
	expect_failure("forks.comes_back_out_of_the_body", "came back out of the body");
}

/* ---- skips ---- */

TEST_C(skips, print_one_line)
{
	expect_run("skips.here", NULL, 0,
		   "\nBRIG-SKIP skips.here core-scheduling: errno 22 really\n");
}

TEST_C(skips, count_as_skipped)
{
	expect_run("skips.here", NULL, 0, "[  SKIPPED ] 1 test");
}

TEST_C(skips, reach_over_from_a_child)
{
	expect_run("skips.in_child", NULL, 0,
		   "\nBRIG-SKIP skips.in_child core-scheduling: no siblings\n");
}

TEST_C(skips, take_the_place_of_a_death)
{
	expect_run("skips.in_place_of_dying", NULL, 0,
		   "\nBRIG-SKIP skips.in_place_of_dying x32: not built in\n");
}

/* ---- seed and random numbers ---- */

TEST_C(seed, comes_from_the_environment)
{
	expect_run("seed.is_printed", "BRIG_TEST_SEED=0x2a", 0, "\nseed: 42\n");
}

TEST_C(seed, is_printed_for_a_child_too)
{
	expect_run("seed.is_printed_for_a_child", "BRIG_TEST_SEED=42", 0, "\nseed: 42\n");
}

TEST_C(seed, must_be_a_number)
{
	struct run *run = calloc(1, sizeof *run);

	ASSERT_PTR_NOT_NULL(run);
	EXPECT_OK(run_broken("seed.is_printed", "BRIG_TEST_SEED=tomato", run));
	EXPECT_INT_EQ(2, run->status);
	EXPECT_STR_CONTAINS(run->output, "BRIG_TEST_SEED=tomato is not a number");
	free(run);
}

/* The first numbers that the published splitmix64 gives for seed 0. */
TEST_C(random, is_splitmix64)
{
	uint64_t state = 0;

	EXPECT_UINT_EQ(UINT64_C(0xe220a8397b1dcdaf), test_random(&state));
	EXPECT_UINT_EQ(UINT64_C(0x6e789e6aa1b965f4), test_random(&state));
	EXPECT_UINT_EQ(UINT64_C(0x06c45d188009454f), test_random(&state));
}

/* ---- temporary directories ---- */

static void expect_removed(const char *filter)
{
	struct run *run = calloc(1, sizeof *run);
	struct stat st;

	ASSERT_PTR_NOT_NULL(run);
	EXPECT_OK(run_broken(filter, NULL, run));
	EXPECT_INT_EQ(0, run->status);
	char *path = strstr(run->output, "tmpdir: /");
	if (path) {
		path += strlen("tmpdir: ");
		path[strcspn(path, ".")] = '\0';
		EXPECT_INT_EQ(-1, stat(path, &st));
		EXPECT_INT_EQ(ENOENT, errno);
	}
	EXPECT_PTR_NOT_NULL(path);
	free(run);
}

TEST_C(tmpdir, is_removed_with_all_that_is_in_it)
{
	expect_removed("tmpdir.is_filled");
}

TEST_C(tmpdir, is_removed_after_a_child)
{
	expect_removed("tmpdir.is_filled_by_a_child");
}

TEST_C(tmpdir, is_the_same_for_a_whole_test)
{
	const char *first = test_tmpdir();

	EXPECT_STR_EQ(first, test_tmpdir());
	EXPECT_OK(access(first, W_OK));
}

/* ---- checks ---- */

TEST_C(checks, hold_where_they_should)
{
	EXPECT_INT_EQ(-3, -3);
	EXPECT_INT_NE(1, 2);
	EXPECT_INT_LT(-1, 0);
	EXPECT_INT_LE(0, 0);
	EXPECT_INT_GT(1, 0);
	EXPECT_INT_GE(1, 1);
	EXPECT_UINT_EQ(UINT64_MAX, UINT64_MAX);
	EXPECT_STR_EQ("a", "a");
	EXPECT_STR_EQ(NULL, NULL);
	EXPECT_STR_CONTAINS("haystack", "st");
	EXPECT_MEM_EQ("a\0b", "a\0b", 4);
	EXPECT_MEM_EQ(NULL, NULL, 0);
	EXPECT_PTR_NULL(NULL);
	EXPECT_PTR_NOT_NULL("");
	EXPECT_TRUE(2);
	EXPECT_FALSE(0);
	EXPECT_OK(0);
	EXPECT_OK(7);
	EXPECT_ERR(EINVAL, -EINVAL);
}

TEST_C(checks, evaluate_once)
{
	int n = 0;

	EXPECT_INT_EQ(1, ++n);
	EXPECT_OK(++n);
	EXPECT_TRUE(++n);
	EXPECT_INT_EQ(3, n);
}

/* What a check says when it doesn't hold. */
#define CHECK_SAYS(name, text)                                                                     \
	TEST_C(says, name)                                                                         \
	{                                                                                          \
		expect_failure("checks." #name, text);                                             \
	}

CHECK_SAYS(int_eq, "4 == apples doesn't hold:\n  left:  4\n  right: 3")
CHECK_SAYS(int_ne, "5 != 5 doesn't hold")
CHECK_SAYS(int_lt, "5 < 5 doesn't hold")
CHECK_SAYS(int_le, "6 <= 5 doesn't hold")
CHECK_SAYS(int_gt, "5 > 5 doesn't hold")
CHECK_SAYS(int_ge, "4 >= 5 doesn't hold")
CHECK_SAYS(uint_eq, "got:  16 = 0x10")
CHECK_SAYS(str_eq, "want: \"cat\"\n  got:  \"dog\"")
CHECK_SAYS(str_eq_with_null, "want: \"cat\"\n  got:  NULL")
CHECK_SAYS(str_contains, "want: \"needle\"\n  in:   \"haystack\"")
CHECK_SAYS(mem_eq, "differs from byte 2 of 4 on:\n  want: 63 64\n  got:  58 64")
CHECK_SAYS(ptr_null, "want NULL")
CHECK_SAYS(ptr_not_null, "letter is (nil), want anything but NULL")
CHECK_SAYS(is_true, "1 > 2 is false, want true")
CHECK_SAYS(is_false, "2 > 1 is true, want false")
CHECK_SAYS(ok, "got:  -13 (-EACCES: Permission denied)")
CHECK_SAYS(err, "want: -22 (-EINVAL: Invalid argument)\n  got:  -1 (-EPERM")
CHECK_SAYS(err_on_success, "want: -22 (-EINVAL: Invalid argument)\n  got:  0")
CHECK_SAYS(long_strings, "aaa\"...\n  got:  \"bbb")

TEST_C(checks, leave_the_body_as_assertions)
{
	struct run *run = calloc(1, sizeof *run);

	ASSERT_PTR_NOT_NULL(run);
	EXPECT_OK(run_broken("leaves.*", NULL, run));
	EXPECT_STR_CONTAINS(run->output, "17 FAILED TESTS");
	EXPECT_PTR_NULL(strstr(run->output, "went on"));
	free(run);
}

/* Names that are macros, too. */
TEST_C(linux, may_be_called_like_a_macro)
{
	EXPECT_INT_EQ(1, linux);
}
