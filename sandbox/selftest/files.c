/* Files that were not granted: by name, by descriptor, by /proc. */
#include "sandbox/selftest/attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 256
#define FDS       64
#define UP        "/../../../.." /* as often as any directory is deep */

/* What a descriptor of the canary's file is good for, once it is there. */
static int took(struct brig_attempt_context *context, long fd)
{
	if (fd < 0)
		return (int)-fd;
	brig_attempt_say(context, "a descriptor of the file");
	(void)close((int)fd);
	return 0;
}

static long try_open(struct brig_attempt_context *context, const char *path, int flags)
{
	return TRY(context, SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600);
}

static int run_openat(struct brig_attempt_context *context)
{
	return took(context, try_open(context, context->page->canary_file, O_RDONLY));
}

static int run_openat2(struct brig_attempt_context *context)
{
	const struct open_how how = { .flags = O_RDONLY | O_CLOEXEC };

	return took(context, TRY(context, SYS_openat2, AT_FDCWD, context->page->canary_file, &how,
				 sizeof how));
}

static int run_open_to_write(struct brig_attempt_context *context)
{
	return took(context, try_open(context, context->page->canary_file, O_WRONLY));
}

/* Every descriptor that there might be, as a directory. */
static int run_openat_dirfd(struct brig_attempt_context *context)
{
	char path[PATH_SIZE];
	int error = EBADF;

	(void)brig_attempt_path(context, ".." UP UP UP UP, "", path, sizeof path);
	for (int fd = 0; fd < FDS; fd++) {
		long got = TRY(context, SYS_openat, fd, path, O_RDONLY | O_CLOEXEC, 0);

		if (got >= 0)
			return took(context, got);
		if (got != -EBADF)
			error = (int)-got;
	}
	return error;
}

static int run_fchdir(struct brig_attempt_context *context)
{
	int error = EBADF;

	for (int fd = 0; fd < FDS; fd++) {
		long got = TRY(context, SYS_fchdir, fd);

		if (!got)
			return 0;
		if (got != -EBADF)
			error = (int)-got;
	}
	return error;
}

static int open_by(struct brig_attempt_context *context, const char *head)
{
	char path[PATH_SIZE];

	return took(context,
		    try_open(context, brig_attempt_path(context, head, "", path, sizeof path),
			     O_RDONLY));
}

static int run_self_root(struct brig_attempt_context *context)
{
	return open_by(context, "/proc/self/root");
}

static int run_self_cwd(struct brig_attempt_context *context)
{
	return open_by(context, "/proc/self/cwd" UP UP UP UP);
}

static int run_init_root(struct brig_attempt_context *context)
{
	return open_by(context, "/proc/1/root");
}

static int run_canary_memory(struct brig_attempt_context *context)
{
	char path[PATH_SIZE], secret[32];
	long fd = try_open(context, brig_attempt_proc(context, "mem", path, sizeof path), O_RDONLY);

	if (fd < 0)
		return (int)-fd;
	long n = RAW(SYS_pread64, fd, secret, sizeof secret, context->page->canary_address);
	(void)close((int)fd);
	if (n > 0)
		brig_attempt_say(context, "the canary's secret");
	return n > 0 ? 0 : brig_attempt_refusal(n ? n : -EIO);
}

static int run_canary_fds(struct brig_attempt_context *context)
{
	char path[PATH_SIZE];

	return took(context, try_open(context, brig_attempt_proc(context, "fd", path, sizeof path),
				      O_RDONLY | O_DIRECTORY));
}

/* Memory that is read-only to all but this file. */
static int run_own_memory(struct brig_attempt_context *context)
{
	static const char constant[] = "constant";
	long fd = try_open(context, "/proc/self/mem", O_RDWR);

	if (fd < 0)
		return (int)-fd;
	long n = RAW(SYS_pwrite64, fd, constant, 1, constant);
	(void)close((int)fd);
	return brig_attempt_refusal(n);
}

static int run_own_program(struct brig_attempt_context *context)
{
	return took(context, try_open(context, "/proc/self/exe", O_RDONLY));
}

static int run_own_program_to_write(struct brig_attempt_context *context)
{
	return took(context, try_open(context, "/proc/self/exe", O_RDWR));
}

static int run_newfstatat(struct brig_attempt_context *context)
{
	struct stat st;

	return brig_attempt_refusal(
		TRY(context, SYS_newfstatat, AT_FDCWD, context->page->canary_file, &st, 0));
}

static int run_statx(struct brig_attempt_context *context)
{
	struct statx st;

	return brig_attempt_refusal(TRY(context, SYS_statx, AT_FDCWD, context->page->canary_file, 0,
					STATX_BASIC_STATS, &st));
}

static int run_faccessat(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(
		TRY(context, SYS_faccessat, AT_FDCWD, context->page->canary_file, R_OK));
}

static int run_faccessat2(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(
		TRY(context, SYS_faccessat2, AT_FDCWD, context->page->canary_file, R_OK, 0));
}

static int run_readlinkat(struct brig_attempt_context *context)
{
	char target[PATH_SIZE];

	return brig_attempt_refusal(
		TRY(context, SYS_readlinkat, AT_FDCWD, "/proc/self/exe", target, sizeof target));
}

static int run_statfs(struct brig_attempt_context *context)
{
	char space[512];

	return brig_attempt_refusal(TRY(context, SYS_statfs, context->page->canary_file, space));
}

/* The directory of the canary's file, as paths that end in a slash are understood. */
static const char *folder(const struct brig_attempt_context *context, char *ret, size_t size)
{
	(void)brig_attempt_path(context, "", "", ret, size);
	char *slash = strrchr(ret, '/');
	if (slash)
		slash[1] = '\0';
	return ret;
}

static int run_chdir(struct brig_attempt_context *context)
{
	char path[PATH_SIZE];

	return brig_attempt_refusal(TRY(context, SYS_chdir, folder(context, path, sizeof path)));
}

static int run_list(struct brig_attempt_context *context)
{
	char path[PATH_SIZE];

	return took(context,
		    try_open(context, folder(context, path, sizeof path), O_RDONLY | O_DIRECTORY));
}

static int run_name_to_handle(struct brig_attempt_context *context)
{
	struct {
		unsigned int bytes;
		int type;
		unsigned char handle[128];
	} handle = { .bytes = sizeof handle.handle };
	int mount = 0;

	return brig_attempt_refusal(TRY(context, SYS_name_to_handle_at, AT_FDCWD,
					context->page->canary_file, &handle, &mount, 0));
}

static int run_open_by_handle(struct brig_attempt_context *context)
{
	struct {
		unsigned int bytes;
		int type;
		unsigned char handle[8];
	} handle = { .bytes = sizeof handle.handle, .type = 1 };
	long r = TRY(context, SYS_open_by_handle_at, AT_FDCWD, &handle, O_RDONLY);

	return r == -ESTALE ? 0 : brig_attempt_refusal(r); /* it was looked up */
}

static int run_tmpfile(struct brig_attempt_context *context)
{
	char path[PATH_SIZE];

	return took(context,
		    try_open(context, folder(context, path, sizeof path), O_TMPFILE | O_RDWR));
}

static int run_create(struct brig_attempt_context *context)
{
	char path[PATH_SIZE];
	long fd = try_open(context, brig_attempt_path(context, "", ".made", path, sizeof path),
			   O_CREAT | O_WRONLY);

	if (fd >= 0)
		(void)unlink(path);
	return took(context, fd);
}

static int run_link_granted(struct brig_attempt_context *context)
{
	char path[PATH_SIZE];
	long r = TRY(context, SYS_linkat, context->granted, "", AT_FDCWD,
		     brig_attempt_path(context, "", ".made", path, sizeof path), AT_EMPTY_PATH);

	if (!r)
		(void)unlink(path);
	return brig_attempt_refusal(r);
}

static int run_linkat(struct brig_attempt_context *context)
{
	char path[PATH_SIZE];
	long r = TRY(context, SYS_linkat, AT_FDCWD, context->page->canary_file, AT_FDCWD,
		     brig_attempt_path(context, "", ".made", path, sizeof path), 0);

	if (!r)
		(void)unlink(path);
	return brig_attempt_refusal(r);
}

static int run_symlinkat(struct brig_attempt_context *context)
{
	char path[PATH_SIZE];
	long r = TRY(context, SYS_symlinkat, context->page->canary_file, AT_FDCWD,
		     brig_attempt_path(context, "", ".made", path, sizeof path));

	if (!r)
		(void)unlink(path);
	return brig_attempt_refusal(r);
}

static int make_node(struct brig_attempt_context *context, unsigned int mode, unsigned int device)
{
	char path[PATH_SIZE];
	long r = TRY(context, SYS_mknodat, AT_FDCWD,
		     brig_attempt_path(context, "", ".made", path, sizeof path), mode, device);

	if (!r)
		(void)unlink(path);
	return brig_attempt_refusal(r);
}

static int run_mknod_device(struct brig_attempt_context *context)
{
	return make_node(context, S_IFCHR | 0600, 0x103); /* /dev/null's */
}

static int run_mkfifo(struct brig_attempt_context *context)
{
	return make_node(context, S_IFIFO | 0600, 0);
}

static int run_mkdirat(struct brig_attempt_context *context)
{
	char path[PATH_SIZE];
	long r = TRY(context, SYS_mkdirat, AT_FDCWD,
		     brig_attempt_path(context, "", ".made", path, sizeof path), 0700);

	if (!r)
		(void)rmdir(path);
	return brig_attempt_refusal(r);
}

/* There and back again. */
static int run_renameat(struct brig_attempt_context *context)
{
	char path[PATH_SIZE];
	const char *name = context->page->canary_file;

	(void)brig_attempt_path(context, "", ".made", path, sizeof path);
	long r = TRY(context, SYS_renameat2, AT_FDCWD, name, AT_FDCWD, path, 0);

	if (!r)
		(void)RAW(SYS_renameat2, AT_FDCWD, path, AT_FDCWD, name, 0);
	return brig_attempt_refusal(r);
}

/* As if it were a directory: who is told that it is none would have removed one. */
static int run_unlinkat(struct brig_attempt_context *context)
{
	long r = TRY(context, SYS_unlinkat, AT_FDCWD, context->page->canary_file, AT_REMOVEDIR);

	return r == -ENOTDIR ? 0 : brig_attempt_refusal(r);
}

static int run_fchmodat(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(
		TRY(context, SYS_fchmodat, AT_FDCWD, context->page->canary_file, 0600));
}

static int run_fchownat(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(
		TRY(context, SYS_fchownat, AT_FDCWD, context->page->canary_file, -1, -1, 0));
}

static int run_utimensat(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(
		TRY(context, SYS_utimensat, AT_FDCWD, context->page->canary_file, 0, 0));
}

static int run_truncate(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(TRY(context, SYS_truncate, context->page->canary_file, 32));
}

static int run_setxattr(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(
		TRY(context, SYS_setxattr, context->page->canary_file, "user.brig", "1", 1, 0));
}

static int run_getxattr(struct brig_attempt_context *context)
{
	char value[64];
	long r = TRY(context, SYS_getxattr, context->page->canary_file, "user.none", value,
		     sizeof value);

	return r == -ENODATA ? 0 : brig_attempt_refusal(r); /* it was looked at */
}

static int run_inotify_watch(struct brig_attempt_context *context)
{
	long r = TRY(context, SYS_inotify_add_watch, context->granted, context->page->canary_file,
		     2);

	if (r != -EINVAL && r != -EBADF)
		return brig_attempt_refusal(r);
	long fd = TRY(context, SYS_inotify_init1, O_CLOEXEC);
	if (fd < 0)
		return (int)-fd;
	return brig_attempt_refusal(
		TRY(context, SYS_inotify_add_watch, fd, context->page->canary_file, 2));
}

static int run_shm_open(struct brig_attempt_context *context)
{
	long fd = try_open(context, "/dev/shm/brig-attempt", O_CREAT | O_RDWR);

	if (fd >= 0)
		(void)unlink("/dev/shm/brig-attempt");
	return took(context, fd);
}

#if defined(__x86_64__)
static int run_open(struct brig_attempt_context *context)
{
	return took(context, TRY(context, SYS_open, context->page->canary_file, O_RDONLY, 0));
}

/* It empties the file, so something is put back. */
static int run_creat(struct brig_attempt_context *context)
{
	static const char content[32] = "left by an attempt, was emptied";
	long fd = TRY(context, SYS_creat, context->page->canary_file, 0600);

	if (fd >= 0)
		(void)RAW(SYS_write, fd, content, sizeof content);
	return took(context, fd);
}

static int run_stat(struct brig_attempt_context *context)
{
	struct stat st;

	return brig_attempt_refusal(TRY(context, SYS_stat, context->page->canary_file, &st));
}

static int run_lstat(struct brig_attempt_context *context)
{
	struct stat st;

	return brig_attempt_refusal(TRY(context, SYS_lstat, context->page->canary_file, &st));
}

static int run_access(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(TRY(context, SYS_access, context->page->canary_file, R_OK));
}

static int run_readlink(struct brig_attempt_context *context)
{
	char target[PATH_SIZE];

	return brig_attempt_refusal(
		TRY(context, SYS_readlink, "/proc/self/exe", target, sizeof target));
}
#endif

/* clang-format off */
#define OPENS(id_, what_, run_) \
	{ .id = (id_), .what = (what_), .groups = "SNL", .expected = OPENAT_IS, .by_role = OPENAT_BY_ROLE, \
	  .behind = "ENOENT|EACCES", .run = (run_) }
/* By names in /proc, of which an own root has none. */
#define PROCFS(id_, what_, unsealed_, run_) \
	{ .id = (id_), .what = (what_), .groups = "SNL", .expected = OPENAT_IS, .by_role = OPENAT_BY_ROLE, \
	  .behind = "ENOENT|EACCES", .unsealed = (unsealed_), .run = (run_) }
/* What Landlock has no right for. */
#define LOOKS(id_, what_, expected_, run_) \
	{ .id = (id_), .what = (what_), .groups = "SN", .expected = (expected_), .behind = "ENOENT", .run = (run_) }
#define MAKES(id_, what_, unsealed_, run_) \
	{ .id = (id_), .what = (what_), .groups = "SNL", .expected = "EPERM", .behind = "ENOENT|EACCES|EROFS", \
	  .unsealed = (unsealed_), .run = (run_) }

static const struct brig_attempt rows[] = {
#if defined(__x86_64__)
	{ .id = "1.open", .what = "open a file of the user's", .groups = "SNL", .expected = LIBC_LOOKS, .behind = "ENOENT|EACCES", .run = run_open },
	MAKES("1.creat", "empty a file of the user's", NULL, run_creat),
#endif
	OPENS("1.openat", "open a file of the user's", run_openat),
	OPENS("1.openat-write", "open a file of the user's, to write", run_open_to_write),
	OPENS("1.openat-create", "make a file beside the user's", run_create),
	OPENS("1.openat-list", "open a directory of the user's", run_list),
	{ .id = "1.openat2", .what = "open a file of the user's", .groups = "SNL", .expected = "EPERM", .behind = "ENOENT|EACCES", .run = run_openat2 },
	{ .id = "2.openat-dirfd", .what = "climb from a directory that was left open", .groups = "SFL",
	  .expected = OPENAT_IS, .by_role = OPENAT_BY_ROLE, .behind = "EBADF|ENOTDIR|EACCES", .run = run_openat_dirfd },
	{ .id = "3.fchdir", .what = "go to a directory that was left open", .groups = "SF",
	  .expected = "KILL", .behind = "EBADF|ENOTDIR", .run = run_fchdir },
	PROCFS("5.self-root", "a file by /proc/self/root", NULL, run_self_root),
	PROCFS("5.self-cwd", "a file by /proc/self/cwd", NULL, run_self_cwd),
	PROCFS("5.init-root", "a file by /proc/1/root", "OK|EACCES", run_init_root),
	PROCFS("6.canary-mem", "another process's memory by /proc", NULL, run_canary_memory),
	PROCFS("6.canary-fd", "another process's descriptors by /proc", NULL, run_canary_fds),
	{ .id = "6.self-mem", .what = "its own read-only memory by /proc", .groups = "SNLM", .expected = OPENAT_IS, .by_role = OPENAT_BY_ROLE,
	  .behind = "ENOENT|EACCES", .run = run_own_memory },
	PROCFS("7.self-exe", "its own program by /proc", NULL, run_own_program),
	PROCFS("7.self-exe-write", "overwrite its own program", "ETXTBSY|EACCES|EROFS", run_own_program_to_write),
#if defined(__x86_64__)
	LOOKS("8.stat", "is there such a file", "EPERM", run_stat),
	LOOKS("8.lstat", "is there such a file", "EPERM", run_lstat),
	LOOKS("8.access", "is there such a file", "EPERM", run_access),
	LOOKS("8.readlink", "where does it run from", LIBC_LOOKS, run_readlink),
#endif
	{ .id = "8.newfstatat", .what = "is there such a file", .groups = "SN", .expected = LIBC_LOOKS,
	  .by_role = "plugin: " OPENAT_IS, .behind = "ENOENT", .run = run_newfstatat },
	LOOKS("8.statx", "is there such a file", "ENOSYS", run_statx),
	LOOKS("8.faccessat", "is there such a file", "EPERM", run_faccessat),
	LOOKS("8.faccessat2", "is there such a file", "ENOSYS", run_faccessat2),
	LOOKS("8.readlinkat", "where does it run from", "EPERM", run_readlinkat),
	LOOKS("8.statfs", "what is it stored on", "EPERM", run_statfs),
	LOOKS("8.chdir", "go where the user's files are", "EPERM", run_chdir),
	LOOKS("8.getxattr", "attributes of a file", "EPERM", run_getxattr),
	{ .id = "9.name_to_handle_at", .what = "a handle of a file", .groups = "SN", .expected = "KILL",
	  .behind = "ENOENT", .unsealed = "OK|EOPNOTSUPP", .run = run_name_to_handle },
	{ .id = "9.open_by_handle_at", .what = "a file by its handle, past all directories", .groups = "SC", .expected = "KILL",
	  .behind = "EPERM|EOPNOTSUPP", .unsealed = "OK|EPERM|EOPNOTSUPP", .run = run_open_by_handle },
	{ .id = "10.tmpfile", .what = "a file without a name", .groups = "SNL", .expected = OPENAT_IS, .by_role = OPENAT_BY_ROLE,
	  .behind = "ENOENT|EACCES", .unsealed = "OK|EOPNOTSUPP", .run = run_tmpfile },
	MAKES("10.link-granted", "a name for what it was granted", "OK|ENOENT|EXDEV|EPERM", run_link_granted),
	MAKES("10.linkat", "another name for a file", NULL, run_linkat),
	MAKES("11.mknod-device", "make a device", "EPERM", run_mknod_device),
	MAKES("11.mkfifo", "make a pipe with a name", NULL, run_mkfifo),
	MAKES("11.mkdirat", "make a directory", NULL, run_mkdirat),
	{ .id = "12.fanotify_init", .what = "hear of what others open", .groups = "S", .expected = "KILL", .unsealed = "OK|EPERM|ENOSYS",
	  PLAIN(SYS_fanotify_init, 0x200, 0) },
	{ .id = "12.fanotify_mark", .what = "hear of what others open", .groups = "S", .expected = "KILL", .unsealed = "OK|EINVAL|ENOSYS", .reached = EBADF,
	  PLAIN(SYS_fanotify_mark, MINUS(1), 1, 1, AT(AT_FDCWD), 0) },
	{ .id = "12.inotify_init1", .what = "hear of what others do", .groups = "S", .expected = "ENOSYS", PLAIN(SYS_inotify_init1, 0) },
	{ .id = "12.inotify_add_watch", .what = "watch a file of the user's", .groups = "SN", .expected = "EPERM",
	  .behind = "ENOENT|ENOSYS", .run = run_inotify_watch },
	{ .id = "59.shm_open", .what = "memory with a name", .groups = "SNL", .expected = OPENAT_IS, .by_role = OPENAT_BY_ROLE,
	  .behind = "ENOENT|EACCES", .unsealed = "OK|ENOENT", .run = run_shm_open },
	MAKES("102.symlinkat", "make a link", NULL, run_symlinkat),
	MAKES("102.renameat2", "move a file of the user's", NULL, run_renameat),
	MAKES("102.unlinkat", "remove what is the user's", NULL, run_unlinkat),
	{ .id = "102.truncate", .what = "cut a file of the user's", .groups = "SNLR", .expected = "EPERM", .behind = "ENOENT|EACCES|EFBIG", .run = run_truncate },
	{ .id = "102.fchmodat", .what = "change who may read a file", .groups = "SN", .expected = "EPERM", .behind = "ENOENT", .run = run_fchmodat },
	{ .id = "102.fchownat", .what = "change whose a file is", .groups = "SN", .expected = "EPERM", .behind = "ENOENT", .run = run_fchownat },
	{ .id = "102.utimensat", .what = "change when a file was written", .groups = "SN", .expected = "EPERM", .behind = "ENOENT", .run = run_utimensat },
	{ .id = "102.setxattr", .what = "mark a file", .groups = "SN", .expected = "EPERM", .behind = "ENOENT", .unsealed = "OK|EOPNOTSUPP", .run = run_setxattr },
	{ .id = "102.getcwd", .what = "where it is", .groups = "S", .expected = "EPERM", .behind = NULL, .reached = EFAULT, PLAIN(SYS_getcwd, 0, 4096) },
};
/* clang-format on */

ATTEMPT_TABLE(brig_attempts_files);
