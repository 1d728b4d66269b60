/* broken.c - tests that fail on purpose: gtest_c_selftest runs them one by one. */
#include "gtest_c.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- descriptors ---- */

TEST_C(fds, leaks_one)
{
	ASSERT_OK(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

TEST_C(fds, closes_a_foreign_one)
{
	ASSERT_OK(close(STDIN_FILENO));
}

TEST_C(fds, replaces_a_foreign_one)
{
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	ASSERT_OK(dup2(fd, STDIN_FILENO));
	(void)close(fd);
}

/* ---- a child ---- */

TEST_C_CHILD(child, fails)
{
	EXPECT_INT_EQ(6, 7);
#line 1000 /* the self-test knows it by this number */
	FAIL_C("told by %s", "the child");
}

TEST_C_CHILD(child, fails_with_every_fd_closed)
{
	ASSERT_OK(close_range(0, ~0U, 0));
	FAIL_C("told without an fd");
}

TEST_C_CHILD(child, fails_more_often_than_is_kept)
{
	for (int i = 0; i < 300; i++)
		EXPECT_INT_EQ(-1, i);
}

TEST_C_CHILD(child, is_killed)
{
	(void)raise(SIGKILL);
}

TEST_C_CHILD(child, exits_early)
{
	_exit(0);
}

TEST_C_CHILD(child, exits_with_3)
{
	_exit(3);
}

TEST_C_CHILD(child, hangs)
{
	for (;;)
		(void)pause();
}

/* seccomp's strict mode forbids exit_group, and kills for it. */
TEST_C_CHILD(child, is_killed_after_its_body)
{
	ASSERT_OK(prctl(PR_SET_SECCOMP, 1));
}

/* ---- deaths ---- */

TEST_C_DIES(dies, outside_of_the_mark, SIGTERM)
{
	DIES_HERE(getppid());
	(void)raise(SIGTERM);
}

TEST_C_DIES(dies, with_no_mark_at_all, SIGTERM)
{
	(void)raise(SIGTERM);
}

TEST_C_DIES(dies, not, SIGTERM)
{
	DIES_HERE(getppid());
}

TEST_C_DIES(dies, without_trying, SIGTERM)
{
}

TEST_C_DIES(dies, of_something_else, SIGTERM)
{
	DIES_HERE(raise(SIGUSR1));
}

TEST_C_DIES(dies, by_exiting, SIGTERM)
{
	DIES_HERE(_exit(0));
}

TEST_C_DIES(dies, after_a_failed_check, SIGTERM)
{
	EXPECT_TRUE(getpid() == 0);
	DIES_HERE(raise(SIGTERM));
}

TEST_C_DIES(dies, before_it_by_hanging, SIGTERM)
{
	DIES_HERE(pause());
}

TEST_C(dies, in_the_test_process)
{
	DIES_HERE(getppid());
}

TEST_C_CHILD(dies, in_a_child_that_need_not)
{
	DIES_HERE(getppid());
}

/* ---- forks of the test's own ---- */

TEST_C(forks, fails_in_its_own_fork)
{
	pid_t pid = fork();

	if (pid == 0) {
		EXPECT_STR_EQ("blue", "red");
		_exit(0);
	}
	ASSERT_INT_EQ(pid, waitpid(pid, NULL, 0));
}

TEST_C(forks, fails_in_a_raw_clone)
{
	pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);

	if (pid == 0) {
		EXPECT_STR_EQ("green", "red");
		_exit(0);
	}
	ASSERT_INT_EQ(pid, waitpid(pid, NULL, 0));
}

TEST_C(forks, comes_back_out_of_the_body)
{
	pid_t pid = fork();

	if (pid == 0)
		return;
	ASSERT_INT_EQ(pid, waitpid(pid, NULL, 0));
}

/* ---- these pass, but what they print or leave is looked at ---- */

TEST_C(skips, here)
{
	SKIP_C("core-scheduling", "errno %d\nreally", 22);
}

TEST_C_CHILD(skips, in_child)
{
	SKIP_C("core-scheduling", "no %s", "siblings");
}

TEST_C_DIES(skips, in_place_of_dying, SIGSYS)
{
	SKIP_C("x32", "not built in");
}

TEST_C(seed, is_printed)
{
	EXPECT_TRUE(test_seed() == test_seed());
}

TEST_C_CHILD(seed, is_printed_for_a_child)
{
	EXPECT_TRUE(test_seed() == test_seed());
}

static void fill_tmpdir(void)
{
	const char *dir = test_tmpdir();
	int fd;

	printf("tmpdir: %s.\n", dir);
	ASSERT_OK(chdir(dir));
	ASSERT_OK(mkdir("deep", 0700));
	ASSERT_OK(mkdir("deep/er", 0700));
	ASSERT_OK(fd = open("deep/er/file", O_CREAT | O_WRONLY | O_CLOEXEC, 0400));
	ASSERT_OK(close(fd));
	ASSERT_OK(symlink("/dev/null", "deep/link"));
}

TEST_C(tmpdir, is_filled)
{
	fill_tmpdir();
}

TEST_C_CHILD(tmpdir, is_filled_by_a_child)
{
	fill_tmpdir();
}
