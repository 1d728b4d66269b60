/* A child's tasks as procfs shows them: proc_pid_status(5), readable by anyone. */
#include "broker/process/attest.h"

#include "sandbox/base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATUS_BYTES 8192

/* The value behind @key ("\nName:") in base @base; false if there is no such line. */
static bool status_value(const char *status, const char *key, int base, uint64_t *ret)
{
	const char *line = strstr(status, key);

	if (!line)
		return false;
	*ret = strtoull(line + strlen(key), NULL, base);
	return true;
}

static bool status_is(const char *status, const char *key, int base, uint64_t wanted)
{
	uint64_t value;

	return status_value(status, key, base, &value) && value == wanted;
}

/* The kernel's words for "it doesn't" (fs/proc/array.c); by the thread's or the machine's choice.
 */
static const char *const still_stores[] = { "thread force mitigated", "globally mitigated",
					    "not vulnerable", NULL };
static const char *const still_branches[] = { "conditional force disabled", "always disabled",
					      "not affected", NULL };

static bool status_says(const char *status, const char *key, const char *const words[])
{
	const char *line = strstr(status, key);
	for (size_t i = 0; line && words[i]; i++)
		if (!strncmp(line + strlen(key), words[i], strlen(words[i])))
			return true;
	return false;
}

static int read_status(int directory, const char *path, char *ret, size_t size, uid_t *ret_owner)
{
	brig_auto_fd int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	*ret_owner = st.st_uid;
	ssize_t n = read(fd, ret, size - 1);
	if (n < 0)
		return -errno;
	ret[n] = '\0';
	return 0;
}

int brig_task_see(int directory, const char *path, struct brig_task_seen *ret)
{
	static const char *const sets[] = { "\nCapInh:", "\nCapPrm:", "\nCapEff:", "\nCapAmb:" };
	char status[STATUS_BYTES];
	int r = read_status(directory, path, status, sizeof status, &ret->owner);

	if (r < 0)
		return r;
	ret->no_caps = true;
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
		ret->no_caps = ret->no_caps && status_is(status, sets[i], 16, 0);
	ret->no_bounding = status_is(status, "\nCapBnd:", 16, 0);
	ret->no_new_privs = status_is(status, "\nNoNewPrivs:", 10, 1);
	ret->uid = ret->threads = ret->filters = 0;
	(void)status_value(status, "\nUid:", 10, &ret->uid);
	(void)status_value(status, "\nThreads:", 10, &ret->threads);
	const bool counted = status_value(status, "\nSeccomp_filters:", 10, &ret->filters);
	ret->filtered = counted && status_is(status, "\nSeccomp:", 10, 2);
	ret->no_speculation = status_says(status, "\nSpeculation_Store_Bypass:\t", still_stores) &&
			      status_says(status, "\nSpeculationIndirectBranch:\t", still_branches);
	return 0;
}

static void add(struct brig_task_seen *all, const struct brig_task_seen *one)
{
	all->uid = one->uid ? all->uid : 0;
	all->filtered = all->filtered && one->filtered && one->filters == all->filters;
	all->no_caps = all->no_caps && one->no_caps;
	all->no_bounding = all->no_bounding && one->no_bounding;
	all->no_new_privs = all->no_new_privs && one->no_new_privs;
	all->no_speculation = all->no_speculation && one->no_speculation;
}

/* How many there are, or -errno. */
static int see_each(int proc, struct brig_task_seen *all)
{
	int fd = openat(proc, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC), n = 0, r = 0;
	DIR *tasks = fd < 0 ? NULL : fdopendir(fd);

	if (!tasks) {
		r = -errno;
		brig_close_fd(&fd);
		return r;
	}
	for (const struct dirent *e = readdir(tasks); !r && e; e = readdir(tasks)) {
		char path[sizeof e->d_name + sizeof "/status"];
		struct brig_task_seen one;

		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof path, "%s/status", e->d_name);
		r = brig_task_see(dirfd(tasks), path, &one);
		if (!r)
			add(all, &one);
		n++;
	}
	(void)closedir(tasks);
	return r ? r : n;
}

static int wrong_number(const struct brig_role *role, uint64_t there, enum brig_stage *ret_stage)
{
	if (there == role->threads)
		return 0;
	*ret_stage = role->threads > 1 ? BRIG_STAGE_START : BRIG_STAGE_THREADS;
	return there > role->threads ? -EINVAL : -ESRCH;
}

int brig_tasks_see(int proc, const struct brig_role *role, struct brig_task_seen *ret,
		   enum brig_stage *ret_stage)
{
	int r = brig_task_see(proc, "status", ret);

	if (!r)
		r = wrong_number(role, ret->threads, ret_stage);
	if (r || role->threads == 1)
		return r;
	int n = see_each(proc, ret);
	return n < 0 ? n : wrong_number(role, (uint64_t)n, ret_stage);
}
