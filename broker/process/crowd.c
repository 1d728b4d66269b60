/*
 * A child that can pass no descriptors, since too many lie unread in sockets of its user
 * (ipc/dispatch/crowd.c), waits. Where it does for some seconds, and by the kernel's word it is
 * children of ours for which they lie there all that time, the one with the most is ended. The
 * child's own word is not enough: it would be a way to end others.
 */
#include "broker/process/attest.h"
#include "broker/process/direct.h"

#include "sandbox/base/cleanup.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_US 5000000
#define GAP_US      3000000 /* after which it is another crowd */
#define LOOK_US     1000000
#define LOOKS       4 /* that must all have found them */

/* "scm_fds", of sockets alone, Linux 5.6: unix_show_fdinfo() (net/unix/af_unix.c). */
long brig_fds_unread(int fdinfo, const char *fd)
{
	static const char key[] = "\nscm_fds:";
	char text[1024];
	brig_auto_fd int file = openat(fdinfo, fd, O_RDONLY | O_CLOEXEC);
	const ssize_t n = file < 0 ? -1 : read(file, text, sizeof text - 1);

	if (n < 0)
		return 0;
	text[n] = '\0';
	const char *line = strstr(text, key);
	return line ? strtol(line + strlen(key), NULL, 10) : 0;
}

/* In all of its sockets, but one; 0 where a broker may not look. */
static long unread_by(const struct brig_process *process, const char *but)
{
	char path[64];
	long n = 0;
	const struct dirent *entry;

	(void)snprintf(path, sizeof path, "/proc/%d/fdinfo", (int)process->pid);
	DIR *directory = opendir(path);
	while (directory && (entry = readdir(directory))) /* NOLINT(concurrency-mt-unsafe) */
		n += strcmp(entry->d_name, but) ? brig_fds_unread(dirfd(directory), entry->d_name)
						: 0;
	if (directory)
		(void)closedir(directory);
	return n;
}

static uid_t user_of(const struct brig_process *process)
{
	struct brig_task_seen seen;
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%d/status", (int)process->pid);
	return brig_task_see(AT_FDCWD, path, &seen) ? (uid_t)-1 : (uid_t)seen.uid;
}

/* What a broker of another user sent counts for that one. What ours doesn't read, since the child
 * is over its quota, isn't the child's doing. */
static long to_blame_for(const struct brig_process *process)
{
	char channel[16], end[16];

	(void)snprintf(channel, sizeof channel, "%d", BRIG_CHANNEL_FD);
	(void)snprintf(end, sizeof end, "%d", process->peer.channel.fd);
	long n = unread_by(process, user_of(process) == getuid() ? "" : channel) +
		 brig_direct_passed(process);
	if (!brig_wheel_runs(&process->pause)) {
		brig_auto_fd int own = open("/proc/self/fdinfo", O_PATH | O_DIRECTORY | O_CLOEXEC);

		n += brig_fds_unread(own, end);
	}
	return n > 0 ? n : 0;
}

/* One that is being launched has its zygote's socket still. */
static bool counts(const struct brig_process *process)
{
	return process->state != BRIG_STATE_LAUNCHING && !process->ending && process->pid > 0;
}

/* The least there is in a row of looks: who reads what it was sent has 0. */
static void look(struct brig_broker *broker, uint64_t now_us)
{
	const bool another = now_us - broker->looked_us > GAP_US;

	if (now_us - broker->looked_us < LOOK_US)
		return;
	broker->looked_us = now_us;
	for (struct brig_process *p = broker->processes; p; p = p->next) {
		const long n = counts(p) ? to_blame_for(p) : 0;

		p->unread_looks = another ? 0 : p->unread_looks;
		if (!p->unread_looks++ || n < p->unread_least)
			p->unread_least = n;
	}
}

static struct brig_process *find_worst(const struct brig_process *process, long *ret_all)
{
	const uid_t user = user_of(process);
	struct brig_process *worst = NULL;

	*ret_all = 0;
	for (struct brig_process *p = process->broker->processes; p; p = p->next) {
		if (!counts(p) || p->unread_looks < LOOKS || user_of(p) != user)
			continue;
		*ret_all += p->unread_least;
		if (!worst || p->unread_least > worst->unread_least)
			worst = p;
	}
	return worst;
}

/* As the kernel has it for that child. */
static long own_limit(const struct brig_process *process)
{
	for (size_t i = 0; i < process->role->n_limits; i++)
		if (process->role->limits[i].resource == RLIMIT_NOFILE)
			return (long)process->role->limits[i].value;
	return LONG_MAX;
}

/* More than half of what refuses it, all the time: the rest may come and go. */
static void end_the_worst(const struct brig_process *process)
{
	long all;
	struct brig_process *worst = find_worst(process, &all);

	if (!worst || all <= own_limit(process) / 2)
		return;
	process->broker->looked_us = 0;
	(void)snprintf(worst->exit.detail, sizeof worst->exit.detail,
		       "%ld descriptors lie unread, for which others of its user can pass none",
		       worst->unread_least);
	brig_process_kill(worst, BRIG_EXIT_BAD_MESSAGE, BRIG_BAD_SLOW_READER);
}

enum brig_bad_message brig_process_refused(struct brig_process *process)
{
	const uint64_t now_us = brig_wheel_now(&process->broker->wheel);

	if (process->role->plain_channel) /* it passes none */
		return BRIG_BAD_KIND;
	if (now_us - process->refused_us > GAP_US)
		process->refused_since_us = now_us;
	process->refused_us = now_us;
	look(process->broker, now_us);
	if (now_us - process->refused_since_us < PATIENCE_US)
		return BRIG_BAD_NONE;
	process->refused_since_us = now_us;
	end_the_worst(process);
	return BRIG_BAD_NONE;
}
