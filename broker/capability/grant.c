#include "broker/capability/grant.h"

#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* What O_PATH found is what is opened: between the two nobody can change it for something else. */
static int reopen(int path_fd)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", path_fd);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

static const char *why_refused(int error)
{
	switch (error) {
	case ENOENT:
		return "no such file in the sheet's directory";
	case EXDEV:
		return "leads out of the sheet's directory";
	case ELOOP:
		return "a symbolic link, or leads through one";
	case EACCES:
	case EPERM:
		return "may not be read";
	case EISDIR:
		return "a directory";
	case ENOTDIR:
		return "leads through something that is no directory";
	case EFBIG:
		return "larger than --max-bytes allows";
	default:
		return "can't be opened";
	}
}

static int open_beneath(int dirfd, const char *name)
{
	const struct open_how how = { .flags = O_PATH | O_CLOEXEC | O_NOFOLLOW,
				      .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
						 RESOLVE_NO_MAGICLINKS };
	long fd = syscall(SYS_openat2, dirfd, name, &how, sizeof how);

	return fd < 0 ? -errno : (int)fd;
}

int brig_grant_open(int dirfd, const char *name, uint64_t max_bytes, const char **ret_why)
{
	brig_auto_fd int found = open_beneath(dirfd, name);
	struct stat st;

	if (found < 0) {
		*ret_why = why_refused(-found);
		return found;
	}
	if (fstat(found, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode)) {
		*ret_why = S_ISDIR(st.st_mode)    ? "a directory"
			   : S_ISFIFO(st.st_mode) ? "a FIFO"
			   : S_ISLNK(st.st_mode)  ? "a symbolic link, or leads through one"
						  : "not a regular file";
		return S_ISDIR(st.st_mode) ? -EISDIR : S_ISLNK(st.st_mode) ? -ELOOP : -EINVAL;
	}
	if ((uint64_t)st.st_size > max_bytes) {
		*ret_why = why_refused(EFBIG);
		return -EFBIG;
	}
	int fd = reopen(found);
	if (fd < 0)
		*ret_why = why_refused(-fd);
	return fd;
}

int brig_document_open(const char *path)
{
	brig_auto_fd int found = open(path, O_PATH | O_CLOEXEC);
	struct stat st;

	if (found < 0)
		return -errno;
	if (fstat(found, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	return reopen(found);
}
