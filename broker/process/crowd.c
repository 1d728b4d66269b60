/*
 * A child that can pass no descriptors, since too many lie unread in sockets of its user
 * (ipc/dispatch/crowd.c), waits. Where it does for more than a moment, and by the kernel's word it
 * is children of ours for which they lie there, the one with the most is ended. The child's own
 * word is not enough: it would be a way to end others.
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
#define GAP_US      1000000 /* after which it is another crowd */

struct crowd {
	struct brig_process *worst;
	long most, all;
};

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

/* What a broker of another user sent counts for that one. */
static long to_blame_for(const struct brig_process *process, uid_t user)
{
	char channel[16];

	(void)snprintf(channel, sizeof channel, "%d", BRIG_CHANNEL_FD);
	const long n =
		unread_by(process, user == getuid() ? "" : channel) + brig_direct_passed(process);
	return n > 0 ? n : 0;
}

static struct crowd look(const struct brig_process *process)
{
	const uid_t user = user_of(process);
	struct crowd crowd = { .worst = NULL };

	for (struct brig_process *p = process->broker->processes; p; p = p->next) {
		if (p->ending || p->pid <= 0 || user_of(p) != user)
			continue;
		const long n = to_blame_for(p, user);
		crowd.all += n;
		if (n > crowd.most) {
			crowd.most = n;
			crowd.worst = p;
		}
	}
	return crowd;
}

/* As the kernel has it for that child. */
static long own_limit(const struct brig_process *process)
{
	for (size_t i = 0; i < process->role->n_limits; i++)
		if (process->role->limits[i].resource == RLIMIT_NOFILE)
			return (long)process->role->limits[i].value;
	return LONG_MAX;
}

void brig_process_crowded(struct brig_process *process)
{
	const uint64_t now_us = brig_wheel_now(&process->broker->wheel);

	if (now_us - process->crowded_last_us > GAP_US)
		process->crowded_since_us = now_us;
	process->crowded_last_us = now_us;
	if (now_us - process->crowded_since_us < PATIENCE_US)
		return;
	process->crowded_since_us = now_us;
	const struct crowd crowd = look(process);
	if (crowd.all <= own_limit(process))
		return;
	(void)snprintf(crowd.worst->exit.detail, sizeof crowd.worst->exit.detail,
		       "%ld descriptors lie unread, for which others of its user can pass none",
		       crowd.most);
	brig_process_kill(crowd.worst, BRIG_EXIT_BAD_MESSAGE, BRIG_BAD_SLOW_READER);
}
