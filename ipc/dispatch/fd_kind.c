#include "ipc/dispatch/fd_kind.h"

#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* File systems whose files are the kernel's own word: no server behind them can stall a reader. */
static const char *const local[] = { "tmpfs",   "ext4",  "ext3",    "ext2",  "xfs",
				     "btrfs",   "f2fs",  "zfs",     "erofs", "squashfs",
				     "overlay", "ramfs", "iso9660", "vfat" };

static bool is_local(const char *type, size_t n)
{
	for (size_t i = 0; i < sizeof local / sizeof *local; i++)
		if (strlen(local[i]) == n && !memcmp(local[i], type, n))
			return true;
	return false;
}

/* The kernel's number of the mount that the file was opened on; -1: it tells none. */
static long mount_of(int fd)
{
	char path[64], text[1024];

	(void)snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
	brig_auto_fd int info = open(path, O_RDONLY | O_CLOEXEC);
	const ssize_t n = info < 0 ? -1 : read(info, text, sizeof text - 1);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	const char *line = strstr(text, "mnt_id:");
	return line ? strtol(line + 7, NULL, 10) : -1;
}

/*
 * fstatfs(2) would ask a FUSE server, which may never answer: the list of our mounts is in the
 * kernel. A mount that isn't on it is in a namespace that we can't judge.
 */
static bool on_local_mount(int fd)
{
	const long wanted = mount_of(fd);
	FILE *mounts = wanted < 0 ? NULL : fopen("/proc/self/mountinfo", "re");
	brig_auto_free char *line = NULL;
	size_t size = 0;
	bool found = false;

	while (mounts && !found && getline(&line, &size, mounts) > 0) {
		const char *type = strstr(line, " - ");

		if (strtol(line, NULL, 10) != wanted || !type)
			continue;
		type += 3;
		found = is_local(type, strcspn(type, " "));
		break;
	}
	if (mounts)
		(void)fclose(mounts);
	return found;
}

/* S_IFMT as it is cached: a FUSE server isn't asked (statx(2), AT_STATX_DONT_SYNC). 0: unknown. */
static unsigned int type_of(int fd)
{
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &st) < 0 ||
	    !(st.stx_mask & STATX_TYPE))
		return 0;
	return st.stx_mode & S_IFMT;
}

static bool is_regular(int fd, int access)
{
	const int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && !(flags & O_PATH) && (flags & O_ACCMODE) == access &&
	       type_of(fd) == S_IFREG && on_local_mount(fd);
}

/* Only shmem knows seals; what can't shrink can't fault whoever maps it (memfd_create(2)). */
static bool is_sealed_memory(int fd)
{
	const int seals = fcntl(fd, F_GET_SEALS);
	const int needed = F_SEAL_SHRINK | F_SEAL_GROW;

	return seals >= 0 && (seals & needed) == needed && type_of(fd) == S_IFREG;
}

static int socket_option(int fd, int option)
{
	int value = 0;
	socklen_t n = sizeof value;

	return getsockopt(fd, SOL_SOCKET, option, &value, &n) < 0 ? -1 : value;
}

/* Of a pair: connected, and neither end has a name, which a socket that was bound has. */
static bool is_socketpair(int fd)
{
	struct sockaddr_un own, peer;
	socklen_t n_own = sizeof own, n_peer = sizeof peer;

	return socket_option(fd, SO_DOMAIN) == AF_UNIX && socket_option(fd, SO_ACCEPTCONN) == 0 &&
	       getsockname(fd, (struct sockaddr *)&own, &n_own) == 0 &&
	       n_own == sizeof(sa_family_t) &&
	       getpeername(fd, (struct sockaddr *)&peer, &n_peer) == 0 &&
	       n_peer == sizeof(sa_family_t);
}

static bool is_listening(int fd)
{
	return socket_option(fd, SO_ACCEPTCONN) == 1;
}

/* An eventfd and a listener are anonymous inodes: their names are in /proc/self/fd alone. */
static bool is_named(int fd, const char *name)
{
	char path[64], target[64];

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	const ssize_t n = readlink(path, target, sizeof target - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	return !strcmp(target, name);
}

bool brig_fd_is(int fd, enum brig_fd_kind kind)
{
	switch (kind) {
	case BRIG_FD_REGULAR_RO:
		return is_regular(fd, O_RDONLY);
	case BRIG_FD_REGULAR_RW:
		return is_regular(fd, O_RDWR);
	case BRIG_FD_MEMFD_SEALED:
		return is_sealed_memory(fd);
	case BRIG_FD_PIPE:
		return type_of(fd) == S_IFIFO && !(fcntl(fd, F_GETFL) & O_PATH);
	case BRIG_FD_SOCKETPAIR:
		return is_socketpair(fd);
	case BRIG_FD_LISTENING_SOCKET:
		return is_listening(fd);
	case BRIG_FD_EVENTFD:
		return is_named(fd, "anon_inode:[eventfd]");
	case BRIG_FD_LISTENER:
		return is_named(fd, "anon_inode:seccomp notify");
	case BRIG_FD_NONE:
	case BRIG_FD_KIND_COUNT:
		break;
	}
	return false;
}
