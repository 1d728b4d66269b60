/* Which namespaces a process is in: by its pidfd (ioctls of Linux 6.11), else by its links. */
#include "broker/process/process.h"

#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* PIDFD_GET_<kind>_NAMESPACE; Debian 12's headers stop before them. */
#define PIDFD_NAMESPACE(number) _IO(0xFF, number)

static const struct {
	const char *link;
	unsigned long ioctl;
} kinds[BRIG_NAMESPACES] = {
	[BRIG_NAMESPACE_USER] = { "ns/user", PIDFD_NAMESPACE(9) },
	[BRIG_NAMESPACE_MOUNT] = { "ns/mnt", PIDFD_NAMESPACE(3) },
	[BRIG_NAMESPACE_NET] = { "ns/net", PIDFD_NAMESPACE(4) },
	[BRIG_NAMESPACE_IPC] = { "ns/ipc", PIDFD_NAMESPACE(2) },
	[BRIG_NAMESPACE_UTS] = { "ns/uts", PIDFD_NAMESPACE(10) },
	[BRIG_NAMESPACE_CGROUP] = { "ns/cgroup", PIDFD_NAMESPACE(1) },
	[BRIG_NAMESPACE_PID] = { "ns/pid", PIDFD_NAMESPACE(5) },
};

/* 0: the kernel can't tell, or has no such thing as these calls. */
static ino_t by_pidfd(int pidfd, unsigned long request)
{
	brig_auto_fd int fd = pidfd < 0 ? -1 : ioctl(pidfd, request, 0);
	struct stat st;

	return fd < 0 || fstat(fd, &st) < 0 ? 0 : st.st_ino;
}

/* "user:[4026531837]": not followed, which would make an inode of a namespace. 0 or -errno. */
static int by_link(int proc, const char *link, ino_t *ret)
{
	char text[64];
	ssize_t n = readlinkat(proc, link, text, sizeof text - 1);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	const char *number = strchr(text, '[');
	*ret = number ? (ino_t)strtoull(number + 1, NULL, 10) : 0;
	return *ret ? 0 : -EPROTO;
}

int brig_namespaces_read(int pidfd, int proc, ino_t ret[BRIG_NAMESPACES])
{
	int r = 0;

	for (size_t i = 0; !r && i < BRIG_NAMESPACES; i++) {
		ret[i] = by_pidfd(pidfd, kinds[i].ioctl);
		if (!ret[i])
			r = by_link(proc, kinds[i].link, &ret[i]);
	}
	return r;
}

void brig_namespaces_hold(int pidfd, int ret[BRIG_NAMESPACES])
{
	for (size_t i = 0; i < BRIG_NAMESPACES; i++)
		ret[i] = i == BRIG_NAMESPACE_PID ? -1 : ioctl(pidfd, kinds[i].ioctl, 0);
}
