/* selftest_run.c - see selftest_run.h. */
#include "selftest_run.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ENVIRONMENT 512

extern char **environ;

static void copy_environment(const char *setting, char **to)
{
	size_t n = 0;

	for (char **from = environ; *from && n < MAX_ENVIRONMENT - 2; from++) {
		bool ours = strncmp(*from, "BRIG_TEST_", 10) == 0;
		bool gtests = strncmp(*from, "GTEST_", 6) == 0;
		if (!ours && !gtests)
			to[n++] = *from;
	}
	if (setting)
		to[n++] = (char *)(uintptr_t)setting;
	to[n] = NULL;
}

static int spawn_broken(const char *filter, const char *setting, int output, pid_t *ret_pid)
{
	char argument[128];
	char program[] = GTEST_C_BROKEN;
	char *argv[] = { program, argument, NULL };
	char *environment[MAX_ENVIRONMENT];
	posix_spawn_file_actions_t actions;

	(void)snprintf(argument, sizeof argument, "--gtest_filter=%s", filter);
	copy_environment(setting, environment);
	int r = posix_spawn_file_actions_init(&actions);
	if (r)
		return -r;
	/* Its stdin is known and open: some of its tests close it. */
	r = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (!r)
		r = posix_spawn_file_actions_adddup2(&actions, output, 1);
	if (!r)
		r = posix_spawn_file_actions_adddup2(&actions, output, 2);
	if (!r)
		r = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	if (!r)
		r = posix_spawn(ret_pid, program, &actions, NULL, argv, environment);
	(void)posix_spawn_file_actions_destroy(&actions);
	return -r;
}

/* Reads to the end, so that the writer never blocks; keeps what fits. */
static void read_all(int fd, char *output, size_t max_bytes)
{
	size_t used = 0;
	char scrap[4096];

	for (;;) {
		bool full = used == max_bytes - 1;
		ssize_t n = full ? read(fd, scrap, sizeof scrap)
				 : read(fd, output + used, max_bytes - 1 - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if (!full)
			used += (size_t)n;
	}
	output[used] = '\0';
}

int run_broken(const char *filter, const char *setting, struct run *run)
{
	int ends[2];
	int status;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	int r = spawn_broken(filter, setting, ends[1], &pid);
	(void)close(ends[1]);
	if (r == 0) {
		read_all(ends[0], run->output, sizeof run->output);
		while ((r = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
			;
		r = r < 0 ? -errno : 0;
	}
	(void)close(ends[0]);
	if (r < 0)
		return r;
	run->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return 0;
}
