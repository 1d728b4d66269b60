/* The broker's own group, in which its children have theirs: made, found stale, removed. */
#include "broker/process/cgroup.h"

#include "sandbox/base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define PREFIX      "brig-"
#define TRIES       8
#define EMPTY_MS    2000 /* from their kill to the end of those in it */
#define PATH_LENGTH 96

static const struct {
	const char *name;
	bool needed; /* else its bounds are put on where it is there */
} controllers[] = {
	{ "memory", true },
	{ "pids", true },
	{ "cpu", false },
};

static int open_file(int directory, const char *group, const char *file, int flags)
{
	char path[PATH_LENGTH];

	(void)snprintf(path, sizeof path, "%s/%s", group, file);
	int fd = openat(directory, path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int brig_cgroup_write(int directory, const char *group, const char *file, const char *text)
{
	brig_auto_fd int fd = open_file(directory, group, file, O_WRONLY);

	if (fd < 0)
		return fd;
	return write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

int brig_cgroup_read(int directory, const char *group, const char *file, char *ret, size_t size)
{
	brig_auto_fd int fd = open_file(directory, group, file, O_RDONLY);

	if (fd < 0)
		return fd;
	ssize_t n = read(fd, ret, size - 1);
	if (n < 0)
		return -errno;
	ret[n] = '\0';
	return 0;
}

bool brig_cgroup_has_word(const char *text, const char *word)
{
	const size_t n = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += n)
		if ((at == text || at[-1] == ' ') && (!at[n] || strchr(" \n", at[n])))
			return true;
	return false;
}

static bool is_cgroup2(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

/* For the groups below @directory. Not written where nothing changes: it may be another's to say.
 */
static int enable_one(int directory, const char *controller)
{
	char text[256], word[32];
	int r = brig_cgroup_read(directory, ".", "cgroup.subtree_control", text, sizeof text);

	if (r || brig_cgroup_has_word(text, controller))
		return r;
	r = brig_cgroup_read(directory, ".", "cgroup.controllers", text, sizeof text);
	if (r || !brig_cgroup_has_word(text, controller))
		return r ? r : -EOPNOTSUPP;
	(void)snprintf(word, sizeof word, "+%s", controller);
	return brig_cgroup_write(directory, ".", "cgroup.subtree_control", word);
}

static int enable(int directory)
{
	int first = 0;

	for (size_t i = 0; i < sizeof controllers / sizeof *controllers; i++) {
		int r = enable_one(directory, controllers[i].name);

		if (r && controllers[i].needed && !first)
			first = r;
	}
	return first;
}

/* Every directory in @directory whose name begins with @prefix. */
static void each_below(int directory, const char *prefix,
		       void (*at)(int directory, const char *name))
{
	brig_auto_fd int again = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = again < 0 ? NULL : fdopendir(again);

	if (!entries)
		return;
	(void)brig_steal_fd(&again);
	for (const struct dirent *e = readdir(entries); e; e = readdir(entries))
		if (e->d_type == DT_DIR && *e->d_name != '.' &&
		    !strncmp(e->d_name, prefix, strlen(prefix)))
			at(directory, e->d_name);
	(void)closedir(entries);
}

static void remove_empty(int directory, const char *name)
{
	(void)unlinkat(directory, name, AT_REMOVEDIR);
}

/* Who gets the lock of it has found a dead broker's; what still runs there keeps it. */
static void remove_stale(int directory, const char *name)
{
	brig_auto_fd int group = openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (group < 0 || flock(group, LOCK_EX | LOCK_NB) < 0)
		return;
	each_below(group, "", remove_empty);
	remove_empty(directory, name);
}

/* Another broker may take it for stale until it is locked: then it is gone, or has another inode.
 */
static int make_one(struct brig_cgroup *cgroup)
{
	unsigned long long random;
	struct stat ours, there;

	if (getrandom(&random, sizeof random, 0) != sizeof random)
		return -EAGAIN;
	(void)snprintf(cgroup->name, sizeof cgroup->name, PREFIX "%016llx", random);
	if (mkdirat(cgroup->named, cgroup->name, 0755) < 0)
		return errno == EEXIST ? -EAGAIN : -errno;
	cgroup->own = openat(cgroup->named, cgroup->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cgroup->own >= 0 && flock(cgroup->own, LOCK_EX | LOCK_NB) == 0 &&
	    fstat(cgroup->own, &ours) == 0 &&
	    fstatat(cgroup->named, cgroup->name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	    ours.st_ino == there.st_ino)
		return 0;
	brig_close_fd(&cgroup->own);
	return -EAGAIN;
}

static int make_own(struct brig_cgroup *cgroup)
{
	int r = -EAGAIN;

	for (int i = 0; r == -EAGAIN && i < TRIES; i++)
		r = make_one(cgroup);
	return r;
}

int brig_cgroup_open(struct brig_cgroup *cgroup, const char *path, bool optional)
{
	cgroup->optional = optional;
	cgroup->named = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cgroup->named < 0)
		return -errno;
	if (!is_cgroup2(cgroup->named))
		return -EMEDIUMTYPE;
	each_below(cgroup->named, PREFIX, remove_stale);
	int r = enable(cgroup->named);
	if (r && !optional)
		return r;
	r = make_own(cgroup);
	if (r)
		return r;
	r = enable(cgroup->own);
	return optional ? 0 : r;
}

void brig_cgroup_sweep(struct brig_cgroup *cgroup)
{
	if (cgroup->leftover)
		each_below(cgroup->own, "", remove_empty);
	cgroup->leftover = false; /* what is left is found again at the end */
}

/* cgroup.events changes when the last process of the group and those below it is gone. */
static void wait_until_empty(int group)
{
	char text[128];
	brig_auto_fd int fd = openat(group, "cgroup.events", O_RDONLY | O_CLOEXEC);
	struct pollfd changed = { .fd = fd, .events = POLLPRI };

	while (fd >= 0) {
		ssize_t n = pread(fd, text, sizeof text - 1, 0);

		text[n > 0 ? n : 0] = '\0';
		if (!strstr(text, "populated 1") || poll(&changed, 1, EMPTY_MS) <= 0)
			return;
	}
}

void brig_cgroup_close(struct brig_cgroup *cgroup)
{
	if (cgroup->own >= 0) {
		each_below(cgroup->own, "", remove_empty);
		if (unlinkat(cgroup->named, cgroup->name, AT_REMOVEDIR) < 0 && errno == EBUSY) {
			(void)brig_cgroup_write(cgroup->own, ".", "cgroup.kill", "1");
			wait_until_empty(cgroup->own);
			each_below(cgroup->own, "", remove_empty);
			remove_empty(cgroup->named, cgroup->name);
		}
	}
	brig_close_fd(&cgroup->own);
	brig_close_fd(&cgroup->named);
}
