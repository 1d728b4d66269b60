/* The root directory: empty, or with the system's libraries and one plugin; read-only either way.
 */
#include "sandbox/layers/seal.h"

#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PLUGIN_MAX_BYTES (64l << 20)

/* Where the new root is mounted before it becomes "/": any directory that is sure to exist. */
static const char *const mount_points[] = { "/tmp", "/run", "/proc" };

static int mount_new_root(const char **ret)
{
	int r = -ENOENT;

	for (size_t i = 0; i < sizeof mount_points / sizeof *mount_points; i++) {
		if (mount("brig", mount_points[i], "tmpfs", MS_NOSUID | MS_NODEV,
			  "mode=0755,size=64m,nr_inodes=64") == 0) {
			*ret = mount_points[i];
			return 0;
		}
		r = -errno;
	}
	return r;
}

/* Below the new root, so that it isn't the namespace's own: who is so rooted makes no namespace. */
#define INNER "/void"

static int make_inner(const char *root, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%s%s", root, INNER);
	return mkdir(ret, 0755) < 0 ? -errno : 0;
}

static int make_parents(const char *root)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof path, "%s/usr", root);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return -errno;
	(void)snprintf(path, sizeof path, "%s/etc", root);
	return mkdir(path, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

static int bind_read_only(const char *from, const char *to)
{
	struct mount_attr attributes = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
						     MOUNT_ATTR_NODEV };

	if (mount(from, to, NULL, MS_BIND | MS_REC, NULL) < 0)
		return -errno;
	if (syscall(SYS_mount_setattr, AT_FDCWD, to, AT_RECURSIVE, &attributes, sizeof attributes) <
	    0)
		return -errno;
	return 0;
}

/* A directory or file is bound, a link (such as /lib on merged systems) is copied as a link. */
static int show_library_path(const char *root, const char *from)
{
	char to[PATH_MAX], target[PATH_MAX];
	struct stat st;

	if (lstat(from, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	(void)snprintf(to, sizeof to, "%s%s", root, from);
	if (S_ISLNK(st.st_mode)) {
		ssize_t n = readlink(from, target, sizeof target - 1);

		if (n < 0)
			return -errno;
		target[n] = '\0';
		return symlink(target, to) < 0 ? -errno : 0;
	}
	if (S_ISDIR(st.st_mode)) {
		if (mkdir(to, 0755) < 0)
			return -errno;
	} else {
		brig_auto_fd int fd = open(to, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0444);

		if (fd < 0)
			return -errno;
	}
	return bind_read_only(from, to);
}

/* Copied, not bound: the file may lie where the process that was root can't go any more. */
static int copy_plugin(const char *root, int plugin_fd)
{
	char to[PATH_MAX];
	struct stat st;
	off_t offset = 0;

	if (plugin_fd < 0)
		return 0;
	if (fstat(plugin_fd, &st) < 0)
		return -errno;
	if (st.st_size > PLUGIN_MAX_BYTES)
		return -EFBIG;
	(void)snprintf(to, sizeof to, "%s/plugin.so", root);
	brig_auto_fd int out = open(to, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0444);
	if (out < 0)
		return -errno;
	while (offset < st.st_size)
		if (sendfile(out, plugin_fd, &offset, (size_t)(st.st_size - offset)) <= 0)
			return errno ? -errno : -EIO;
	return 0;
}

static int fill_libraries(const char *root, int plugin_fd)
{
	static const char *const paths[] = { "/usr/lib", "/usr/lib64", "/usr/lib32",
					     "/lib",     "/lib64",     "/etc/ld.so.cache" };
	int r = make_parents(root);

	for (size_t i = 0; !r && i < sizeof paths / sizeof *paths; i++)
		r = show_library_path(root, paths[i]);
	return r ? r : copy_plugin(root, plugin_fd);
}

static int enter_root(const char *root)
{
	struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
						    MOUNT_ATTR_NODEV };

	if (chdir(root) < 0)
		return -errno;
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return -errno;
	if (umount2(".", MNT_DETACH) < 0)
		return -errno;
	if (chdir("/") < 0)
		return -errno;
	if (syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, &read_only, sizeof read_only) < 0)
		return -errno;
	return chroot(INNER) < 0 || chdir("/") < 0 ? -errno : 0;
}

/*
 * Where nothing may be mounted: the directory of a process that is gone has nothing in it and never
 * will. The clone shares root and directory with us (CLONE_FS), moves both, and ends.
 */
static int enter_vanished(void)
{
	int status = 0;
	long pid = syscall(SYS_clone, CLONE_FS | SIGCHLD, NULL, NULL, NULL, 0);

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(chroot("/proc/self/fdinfo") < 0 || chdir("/") < 0 ? errno : 0);
	while (waitpid((pid_t)pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}

int brig_step_root(struct brig_seal *seal)
{
	const bool empty = seal->role->root == BRIG_ROOT_EMPTY;
	const char *root = NULL;
	char inner[32];
	int r = seal->mount_error ? seal->mount_error : mount_new_root(&root);

	if (r < 0)
		return empty ? enter_vanished() : r;
	r = make_inner(root, inner, sizeof inner);
	if (!r && !empty)
		r = fill_libraries(inner, seal->plugin_fd);
	return r ? r : enter_root(root);
}
