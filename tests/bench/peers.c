/* What more than one group of rows needs. */
#include "tests/bench/bench.h"

#include "sandbox/base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

#define COMMAND_FD 9

uint64_t bench_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int bench_broker_create(struct brig_broker **ret)
{
	const struct brig_broker_options options = { .size = sizeof options,
						     .child_path = BRIG_CHILD };

	return brig_broker_create(&options, ret);
}

int bench_command(char *const argv[], const char *path, uint64_t *ret_ns)
{
	const uint64_t start = bench_now_ns();
	posix_spawn_file_actions_t actions;
	int status = -1;
	pid_t pid;

	if (posix_spawn_file_actions_init(&actions))
		return -ENOMEM;
	int r = path ? posix_spawn_file_actions_addopen(&actions, COMMAND_FD, path, O_RDONLY, 0)
		     : 0;
	if (!r)
		r = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	if (r)
		return -r;
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	*ret_ns = bench_now_ns() - start;
	return status ? -ECHILD : 0;
}

int bench_dir_create(char *ret, size_t size)
{
	const char *tmp = getenv("TMPDIR"); /* NOLINT(concurrency-mt-unsafe) */

	(void)snprintf(ret, size, "%s/brig-bench.XXXXXX", tmp ? tmp : "/tmp");
	return mkdtemp(ret) ? 0 : -errno;
}

void bench_dir_remove(const char *dir)
{
	DIR *entries = opendir(dir);

	if (!entries)
		return;
	for (const struct dirent *entry = readdir(entries); entry; entry = readdir(entries))
		if (entry->d_name[0] != '.')
			(void)unlinkat(dirfd(entries), entry->d_name, 0);
	(void)closedir(entries);
	(void)rmdir(dir);
}
