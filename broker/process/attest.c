/* The broker's own look at a child that says it is sealed: nothing here comes from the child. */
#include "broker/process/attest.h"
#include "broker/process/process.h"

#include "sandbox/base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_USER_NS 0xEFFFFFFDu /* the initial one: include/linux/proc_ns.h of the kernel */

static const enum brig_layer namespace_layers[BRIG_NAMESPACES] = {
	[BRIG_NAMESPACE_USER] = BRIG_LAYER_USER_NS, [BRIG_NAMESPACE_MOUNT] = BRIG_LAYER_MOUNT_NS,
	[BRIG_NAMESPACE_NET] = BRIG_LAYER_NET_NS,   [BRIG_NAMESPACE_IPC] = BRIG_LAYER_IPC_NS,
	[BRIG_NAMESPACE_UTS] = BRIG_LAYER_UTS_NS,   [BRIG_NAMESPACE_CGROUP] = BRIG_LAYER_CGROUP_NS,
	[BRIG_NAMESPACE_PID] = BRIG_LAYER_PID_NS,
};

static int open_proc(const char *pid)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof path, "/proc/%s", pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/*
 * As the /proc that is looked at counts, which needn't be of our own pid namespace: fdinfo of a
 * pidfd, proc(5). PIDFD_GET_INFO would be a call less and count as we do.
 */
pid_t brig_pidfd_pid(int pidfd)
{
	char path[64], text[1024];

	(void)snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
	brig_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, text, sizeof text - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	const char *line = strstr(text, "\nPid:");
	long pid = line ? strtol(line + 5, NULL, 10) : 0;
	return pid > 0 ? (pid_t)pid : -ESRCH;
}

/* Else a number of its is another process's, or nobody's, to every call but those on /proc. */
static bool proc_is_ours(void)
{
	char link[24] = "";

	return readlink("/proc/self", link, sizeof link - 1) > 0 &&
	       strtol(link, NULL, 10) == (long)getpid();
}

int brig_attest_own(struct brig_broker *broker)
{
	struct brig_task_seen seen = { .filters = 0 };
	/* The thread's own: helpers are spawned by it. */
	brig_auto_fd int proc = open_proc("thread-self");
	int r = proc < 0 ? proc : brig_namespaces_read(-1, proc, broker->namespaces);

	if (!r)
		r = brig_task_see(proc, "status", &seen);
	if (!r) /* 0 of a kernel without the line: it has no child attested */
		broker->filters = seen.filters;
	if (!r)
		broker->proc_is_ours = proc_is_ours();
	/* Where it may not be known, nothing is added to. */
	if (!r && brig_urgency_read(0, &broker->urgency) < 0)
		broker->urgency = (struct brig_urgency){ 0 };
	return r;
}

static void got(struct brig_process *process, enum brig_layer layer, bool seen)
{
	struct brig_layer_state *state = &process->exit.layers[layer];

	if (state->want == BRIG_OFF)
		return;
	/* What it says of a layer that it lacks is believed. */
	state->got = seen && !state->error ? BRIG_ATTESTED : BRIG_MISSING;
	if (!seen && !state->error)
		state->error = EPERM;
}

static bool has(const struct brig_process *process, enum brig_layer layer)
{
	return process->exit.layers[layer].got != BRIG_MISSING;
}

/* Of a role that has threads, what holds of each of them. */
static int attest_tasks(struct brig_process *process, int proc, enum brig_stage *ret_stage)
{
	/* Every filter that stood around the broker stands around the child, too. */
	const uint64_t filters = process->broker->filters + process->role->n_filters;
	struct brig_task_seen seen;
	int r = brig_tasks_see(proc, process->role, &seen, ret_stage);

	if (r < 0)
		return r;
	got(process, BRIG_LAYER_CAPS, seen.no_caps && seen.no_bounding);
	/* A tier may do without an empty bounding set, which no_new_privs makes moot; never with
	 * rights that are there. */
	if (!seen.no_caps && process->exit.layers[BRIG_LAYER_CAPS].want != BRIG_OFF)
		return -EPERM;
	got(process, BRIG_LAYER_NO_NEW_PRIVS, seen.no_new_privs);
	got(process, BRIG_LAYER_UID, seen.uid != 0);
	/* Inside a user namespace root may have the child's number, or nobody's: then it is as it
	 * says.
	 */
	if (seen.owner != seen.uid ||
	    process->broker->namespaces[BRIG_NAMESPACE_USER] == FIRST_USER_NS)
		got(process, BRIG_LAYER_DUMPABLE, seen.uid != 0 && seen.owner != seen.uid);
	got(process, BRIG_LAYER_SPECULATION, seen.no_speculation);
	got(process, BRIG_LAYER_SECCOMP, seen.filtered && seen.filters == filters);
	return 0;
}

static int attest_namespaces(struct brig_process *process, int proc)
{
	ino_t theirs[BRIG_NAMESPACES] = { 0 };
	int r = 0;

	/* Who is in none may not be looked at by an ordinary user: then there is nothing to see. */
	if (has(process, BRIG_LAYER_USER_NS))
		r = brig_namespaces_read(process->pidfd, proc, theirs);
	else
		memcpy(theirs, process->broker->namespaces, sizeof theirs);
	for (size_t i = 0; !r && i < BRIG_NAMESPACES; i++)
		got(process, namespace_layers[i], theirs[i] != process->broker->namespaces[i]);
	return r;
}

/* 1 nothing is in the directory, 0 something is, or -errno. */
static int is_empty(int directory)
{
	struct dirent64 entries[4];
	ssize_t n;

	/* Plain calls: opendir() would ask for what is known, and take 32 KiB for it. */
	while ((n = getdents64(directory, entries, sizeof entries)) > 0) {
		const char *at = (const char *)entries;

		for (const char *end = at + n; at < end;) {
			const struct dirent64 *entry = (const void *)at;

			if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
				return 0;
			at += entry->d_reclen;
		}
	}
	return n < 0 ? -errno : 1;
}

static int attest_root(struct brig_process *process, int proc)
{
	if (!has(process, BRIG_LAYER_ROOT))
		return 0;
	brig_auto_fd int root = openat(proc, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const int error = root < 0 ? errno : 0;
	if (error == ESRCH || error == ENOENT) { /* the directory of a process that is gone */
		got(process, BRIG_LAYER_ROOT, process->role->root == BRIG_ROOT_EMPTY);
		return 0;
	}
	if (error)
		return -error;
	if (process->role->root != BRIG_ROOT_EMPTY)
		return 0; /* libraries: claimed */
	int empty = is_empty(root);
	if (empty >= 0)
		got(process, BRIG_LAYER_ROOT, empty > 0);
	return empty < 0 ? empty : 0;
}

/*
 * How many descriptors it has open, its filter's listener among them until work comes: the size of
 * its directory of them, from Linux 6.2 on. Before, it is as it says.
 */
static int attest_fds(struct brig_process *process, int proc)
{
	const unsigned int declared = process->role->fds + (process->forbidden_there ? 1 : 0);
	struct stat st;

	if (fstatat(proc, "fd", &st, 0) < 0)
		return -errno;
	if (st.st_size)
		got(process, BRIG_LAYER_FDS, (unsigned long long)st.st_size == declared);
	return 0;
}

static int attest_limits(struct brig_process *process, int proc)
{
	bool within = false;
	int r = brig_attest_limits(proc, process->role, &within);

	if (!r)
		got(process, BRIG_LAYER_RLIMITS, within);
	return r;
}

static int missing_layer(const struct brig_process *process)
{
	for (int i = 0; i < BRIG_LAYER_COUNT; i++) {
		const struct brig_layer_state *state = &process->exit.layers[i];

		if (state->want == BRIG_REQUIRED && state->got == BRIG_MISSING)
			return -(state->error ? state->error : EPERM);
	}
	return 0;
}

int brig_attest(struct brig_process *process, enum brig_stage *ret_stage)
{
	char pid[24];

	*ret_stage = BRIG_STAGE_ATTEST;
	(void)snprintf(pid, sizeof pid, "%d", (int)process->pid);
	brig_auto_fd int proc = open_proc(pid);
	int r = proc < 0 ? proc : attest_tasks(process, proc, ret_stage);
	if (!r)
		r = attest_namespaces(process, proc);
	if (!r)
		r = attest_root(process, proc);
	if (!r)
		r = attest_fds(process, proc);
	if (!r)
		r = attest_limits(process, proc);
	if (!r) {
		brig_attest_priority(process);
		brig_attest_group(process, proc);
	}
	if (!r)
		r = missing_layer(process);
	if (r)
		return r;
	process->exit.level = brig_tier_reached(process->exit.layers);
	/* What a test leaves out it has asked for. */
	return process->exit.level < process->broker->tier.least && !process->broker->tier.off
		       ? -EPERM
		       : 0;
}
