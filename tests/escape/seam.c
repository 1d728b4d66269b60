/* What the linker puts in place of libc's functions: count, name, and fail when it is time. */
#include "tests/escape/seam.h"

#include "ipc/schema/launch.h"
#include "sandbox/roles/role.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Linux 6.10. */
#define SYS_MSEAL 462

/* A wrapped function has no argument to hang it on. */
static struct {
	struct seam *shared;
	enum seam_phase phase;
	uint32_t n;
	bool filtered;
	char opened[40]; /* what read, write and dprintf are about */
} here = { .phase = SEAM_OFF };

void seam_open(int argc, char **argv)
{
	if (argc < 6)
		return;
	void *shared =
		mmap(NULL, sizeof *here.shared, PROT_READ | PROT_WRITE, MAP_SHARED, SEAM_FD, 0);
	bool entering = !strcmp(argv[1], BRIG_HELPER_ENTER);

	if (!entering)
		(void)syscall(SYS_close_range, SEAM_FD, SEAM_FD, 0);
	if (shared == MAP_FAILED)
		return;
	here.shared = shared;
	if (here.shared->role == strtoul(argv[2], NULL, 10))
		here.phase = entering ? SEAM_ENTER : SEAM_INSIDE;
}

void seam_over(void)
{
	here.phase = SEAM_OFF;
}

unsigned int seam_more(void)
{
	return here.shared ? here.shared->more : 0;
}

static void write_down(const char *name, const char *detail)
{
	const unsigned int at = atomic_fetch_add(&here.shared->n_calls, 1);

	if (at >= SEAM_CALLS_MAX)
		return;
	struct seam_call *call = &here.shared->calls[at];
	call->phase = here.phase;
	call->n = here.n;
	(void)snprintf(call->label, sizeof call->label, "%s%s%s", name, *detail ? " " : "", detail);
}

/* Sanitizers are not to look: a thread without libc; and calls that take more than they get. */
#define BLIND __attribute__((no_sanitize("address")))

BLIND static int wait_forever(void *user)
{
	for (;;)
		(void)sched_yield();
	return user != NULL;
}

static int start_thread(void)
{
	static char stack[16384] __attribute__((aligned(16)));
	const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;

	return clone(wait_forever, stack + sizeof stack, flags, NULL) < 0 ? errno : 0;
}

/* Is this the one that fails? Then errno is set. */
static bool fails(const char *name, const char *detail)
{
	struct seam *seam = here.shared;

	if (here.phase == SEAM_OFF)
		return false;
	if (seam->record)
		write_down(name, detail);
	const bool now = seam->error && here.phase == seam->phase && here.n == seam->n &&
			 !atomic_exchange(&seam->failed, 1);
	here.n++;
	if (now && seam->error == SEAM_THREAD) {
		seam->thread = start_thread();
		return false;
	}
	if (now)
		errno = seam->error;
	return now;
}

struct named {
	long value;
	const char *name;
};

static const char *name_of(const struct named *names, size_t n, long value)
{
	for (size_t i = 0; i < n; i++)
		if (names[i].value == value)
			return names[i].name;
	return "?"; /* no row of the test's is called so */
}

#define NAME_OF(names, value) name_of(names, sizeof(names) / sizeof *(names), value)

/* What a wrapper is declared as, and what stands behind it. */
#define SEAM(type, name, parameters)                                                               \
	type __real_##name parameters;                                                             \
	type __wrap_##name parameters;                                                             \
	type __wrap_##name parameters

#define SEAM_PLAIN(type, name, parameters, arguments)                                              \
	SEAM(type, name, parameters)                                                               \
	{                                                                                          \
		return fails(#name, "") ? -1 : __real_##name arguments;                            \
	}

#define SEAM_PATH(type, name, path, parameters, arguments)                                         \
	SEAM(type, name, parameters)                                                               \
	{                                                                                          \
		return fails(#name, path) ? -1 : __real_##name arguments;                          \
	}

SEAM_PLAIN(int, umount2, (const char *target, int flags), (target, flags))
SEAM_PATH(int, chdir, path, (const char *path), (path))
SEAM_PATH(int, chroot, path, (const char *path), (path))
SEAM_PATH(int, mkdir, path, (const char *path, mode_t mode), (path, mode))
SEAM_PATH(int, symlink, to, (const char *from, const char *to), (from, to))
SEAM_PATH(ssize_t, readlink, path, (const char *path, char *ret, size_t n), (path, ret, n))
SEAM_PATH(int, lstat, path, (const char *path, struct stat *ret), (path, ret))
SEAM_PLAIN(int, fstat, (int fd, struct stat *ret), (fd, ret))
SEAM_PATH(ssize_t, read, here.opened, (int fd, void *ret, size_t n), (fd, ret, n))
SEAM_PATH(ssize_t, write, here.opened, (int fd, const void *bytes, size_t n), (fd, bytes, n))
SEAM_PLAIN(int, dup2, (int from, int to), (from, to))
SEAM_PLAIN(int, poll, (struct pollfd * fds, nfds_t n, int ms), (fds, n, ms))
SEAM_PLAIN(int, getrlimit, (__rlimit_resource_t which, struct rlimit *ret), (which, ret))
SEAM_PLAIN(int, setrlimit, (__rlimit_resource_t which, const struct rlimit *limit), (which, limit))
SEAM_PLAIN(pid_t, waitpid, (pid_t pid, int *status, int flags), (pid, status, flags))
SEAM_PLAIN(int, setgroups, (size_t n, const gid_t *groups), (n, groups))
SEAM_PLAIN(int, setresgid, (gid_t real, gid_t effective, gid_t saved), (real, effective, saved))
SEAM_PLAIN(int, setresuid, (uid_t real, uid_t effective, uid_t saved), (real, effective, saved))
SEAM_PLAIN(pid_t, setsid, (void), ())
SEAM_PLAIN(int, sigaction, (int number, const struct sigaction *action, struct sigaction *old),
	   (number, action, old))
SEAM_PLAIN(int, sigprocmask, (int how, const sigset_t *set, sigset_t *old), (how, set, old))
SEAM_PLAIN(ssize_t, sendfile, (int out, int in, off_t *offset, size_t n), (out, in, offset, n))
SEAM_PLAIN(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags),
	   (fd, message, flags))
SEAM_PLAIN(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags))

SEAM(int, mount,
     (const char *source, const char *target, const char *type, unsigned long flags,
      const void *data))
{
	if (fails("mount", target))
		return -1;
	if (here.phase == SEAM_OFF || !here.shared->mounts_nothing)
		return __real_mount(source, target, type, flags, data);
	errno = EPERM;
	return -1;
}

/* Whether it asks for more than it may: then EPERM is the kernel's own answer. */
/* As close(2) fails: the descriptor is gone all the same. */
SEAM(int, close, (int fd))
{
	const bool now = fails("close", "");
	const int r = now ? errno : 0, closed = __real_close(fd);

	if (now)
		errno = r;
	return now ? -1 : closed;
}

SEAM(int, unshare, (int flags))
{
	static const struct named names[] = {
		{ CLONE_NEWUSER, "user" },      { CLONE_NEWNS, "mount" },
		{ CLONE_NEWNET, "net" },        { CLONE_NEWIPC, "ipc" },
		{ CLONE_NEWUTS, "uts" },        { CLONE_NEWCGROUP, "cgroup" },
		{ CLONE_THREAD, "no threads" },
	};

	return fails("unshare", NAME_OF(names, flags)) ? -1 : __real_unshare(flags);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	va_list more;

	va_start(more, flags);
	const mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
	va_end(more);
	(void)snprintf(here.opened, sizeof here.opened, "%s", path);
	return fails("open", path) ? -1 : __real_open(path, flags, mode);
}

int __wrap_dprintf(int fd, const char *format, ...);
int __wrap_dprintf(int fd, const char *format, ...)
{
	va_list more;

	va_start(more, format);
	const int r = fails("dprintf", here.opened) ? -1 : vdprintf(fd, format, more);
	va_end(more);
	return r;
}

/* The same, as -D_FORTIFY_SOURCE has it. */
int __wrap___dprintf_chk(int fd, int flag, const char *format, ...);
int __wrap___dprintf_chk(int fd, int flag, const char *format, ...)
{
	va_list more;
	(void)flag;

	va_start(more, format);
	const int r = fails("dprintf", here.opened) ? -1 : vdprintf(fd, format, more);
	va_end(more);
	return r;
}

int __real_prctl(int option, ...);
int __wrap_prctl(int option, ...);
BLIND int __wrap_prctl(int option, ...)
{
	static const struct named names[] = {
		{ PR_SET_PDEATHSIG, "pdeathsig" },
		{ PR_SET_DUMPABLE, "dumpable" },
		{ PR_SET_NAME, "name" },
		{ PR_CAPBSET_DROP, "bounding" },
		{ PR_SET_SECUREBITS, "securebits" },
		{ PR_SET_NO_NEW_PRIVS, "no_new_privs" },
		{ PR_CAP_AMBIENT, "ambient" },
		{ PR_GET_SPECULATION_CTRL, "get_speculation" },
		{ PR_SET_SPECULATION_CTRL, "set_speculation" },
		{ PR_SET_TSC, "tsc" },
		{ 62, "sched_core" },
		{ 65, "mdwe" },
	};
	unsigned long a[4];
	va_list more;

	va_start(more, option);
	for (int i = 0; i < 4; i++)
		a[i] = va_arg(more, unsigned long);
	va_end(more);
	if (fails("prctl", NAME_OF(names, option)))
		return -1;
	return __real_prctl(option, a[0], a[1], a[2], a[3]);
}

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

/* All but the descriptor that has to survive until the exec. */
static long close_others(const long a[6])
{
	const long r = __real_syscall(SYS_close_range, a[0], SEAM_FD - 1, a[2]);

	return r < 0 ? r : __real_syscall(SYS_close_range, SEAM_FD + 1, a[1], a[2]);
}

static bool is_vanishing(long number, long flags)
{
	return number == SYS_clone && (flags & CLONE_FS);
}

static long forked(long pid, long flags)
{
	if (pid == 0 && here.phase != SEAM_OFF) {
		here.phase = is_vanishing(SYS_clone, flags) ? SEAM_VANISHING : SEAM_CHILD;
		here.n = 0;
	}
	return pid;
}

/* Linux 5.7. */
#define TSYNC_ESRCH (1l << 4)

static void leave_others_out(long number, long a[6])
{
	if (number == SYS_seccomp && here.phase == SEAM_CHILD && here.shared->unsynced)
		a[1] &= ~(long)(SECCOMP_FILTER_FLAG_TSYNC | TSYNC_ESRCH);
}

static bool raises_limit(__rlimit_resource_t which, const struct rlimit *limit)
{
	struct rlimit now = { 0 };

	(void)__real_syscall(SYS_prlimit64, 0, which, (void *)0, &now);
	return limit->rlim_max > now.rlim_max;
}

/* Of a plugin's two filters the first is a step of its own, and so is a zygote's first clone. */
static const char *detail_of(long number, const long a[6])
{
	if (is_vanishing(number, a[0]))
		return "vanishing";
	/* Of a role that has threads it is set once they are there. */
	if (number == SYS_prlimit64 && a[1] == RLIMIT_NPROC && here.phase == SEAM_CHILD &&
	    here.shared->role == BRIG_ROLE_WORKERS)
		return "processes";
	if (number == SYS_prlimit64)
		return raises_limit((__rlimit_resource_t)a[1], (const struct rlimit *)a[2])
			       ? "raises"
			       : "lowers";
	const bool first = number == SYS_seccomp && here.phase == SEAM_CHILD && !here.filtered &&
			   here.shared->role == BRIG_ROLE_PLUGIN;

	here.filtered = here.filtered || first;
	return first ? "before-ready" : "";
}

BLIND long __wrap_syscall(long number, ...)
{
	static const struct named names[] = {
		{ SYS_close_range, "close_range" },
		{ SYS_clone, "clone" },
		{ SYS_execveat, "execveat" },
		{ SYS_capset, "capset" },
		{ SYS_mount_setattr, "mount_setattr" },
		{ SYS_pivot_root, "pivot_root" },
		{ SYS_landlock_create_ruleset, "landlock_create_ruleset" },
		{ SYS_landlock_add_rule, "landlock_add_rule" },
		{ SYS_landlock_restrict_self, "landlock_restrict_self" },
		{ SYS_seccomp, "seccomp" },
		{ SYS_MSEAL, "mseal" },
		{ SYS_uname, "uname" },
		{ SYS_close, "close" },
		{ SYS_dup3, "dup2" },
#ifdef SYS_dup2
		{ SYS_dup2, "dup2" },
#endif
#ifdef SYS_poll
		{ SYS_poll, "poll" },
#endif
		{ SYS_ppoll, "poll" },
		{ SYS_prlimit64, "prlimit" },
		{ SYS_setsid, "setsid" },
		{ SYS_prctl, "prctl" },
	};
	long a[6];
	va_list more;

	va_start(more, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(more, long);
	va_end(more);
	/* umask(2) can't fail. */
	if (number != SYS_umask && fails(NAME_OF(names, number), detail_of(number, a))) {
		const int error = errno;

		if (number == SYS_close) /* the descriptor is gone all the same */
			(void)__real_syscall(SYS_close, a[0]);
		errno = error;
		return -1;
	}
	if (number == SYS_close_range && here.phase == SEAM_ENTER)
		return close_others(a);
	leave_others_out(number, a);
	const long r = __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	return number == SYS_clone ? forked(r, a[0]) : r;
}
