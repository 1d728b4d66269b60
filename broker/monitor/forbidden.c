/*
 * Forbidden calls as the kernel tells of them (seccomp_unotify(2)): before they run, to us, not by
 * the child's word. The child waits in the call until it is killed; nothing is ever continued.
 */
#include "broker/monitor/forbidden.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The kernel writes its own size of the record, which may have grown: SECCOMP_GET_NOTIF_SIZES. */
#define RECORD_ROOM 512

bool brig_forbidden_check(int fd)
{
	static const char wanted[] = "anon_inode:seccomp notify";
	char path[64], target[64];

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(path, target, sizeof target);
	return n == (ssize_t)sizeof wanted - 1 && !memcmp(target, wanted, sizeof wanted - 1);
}

int brig_forbidden_read(int fd, struct brig_forbidden *ret)
{
	union {
		struct seccomp_notif call;
		char room[RECORD_ROOM];
	} record;
	struct pollfd look = { .fd = fd, .events = POLLIN };

	/* Without this it would wait for a call, and on older kernels for ever. */
	if (poll(&look, 1, 0) < 0)
		return -errno;
	if (!(look.revents & POLLIN))
		return look.revents ? -EPIPE : -EAGAIN;
	memset(&record, 0, sizeof record);
	if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &record) < 0)
		return errno == ENOENT || errno == EINTR ? -EAGAIN : -errno;
	*ret = (struct brig_forbidden){ .id = record.call.id,
					.thread = (pid_t)record.call.pid,
					.call = record.call.data };
	return 0;
}

bool brig_forbidden_waits(int fd, const struct brig_forbidden *forbidden)
{
	uint64_t id = forbidden->id;

	return ioctl(fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

void brig_forbidden_tell(const struct brig_forbidden *forbidden, struct brig_exit *exit)
{
	exit->arch = forbidden->call.arch;
	exit->syscall = forbidden->call.nr;
	exit->address = forbidden->call.instruction_pointer;
	for (int i = 0; i < 6; i++)
		exit->args[i] = forbidden->call.args[i];
}
