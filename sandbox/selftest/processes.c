/* Other processes: the canary, never the broker; and new ones. */
#include "sandbox/selftest/attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define HARMLESS_SIGNAL SIGURG /* ignored by who has no handler for it */
#define NO_STACK        NULL

static long canary(const struct brig_attempt_context *context)
{
	return context->page->canary_pid;
}

static int run_attach(struct brig_attempt_context *context)
{
	long r = TRY(context, SYS_ptrace, PTRACE_ATTACH, canary(context), 0, 0);

	if (r < 0)
		return (int)-r;
	(void)waitpid(context->page->canary_pid, NULL, __WALL);
	(void)RAW(SYS_ptrace, PTRACE_DETACH, canary(context), 0, 0);
	return 0;
}

/* Doesn't stop it; its end detaches. */
static int run_seize(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(TRY(context, SYS_ptrace, PTRACE_SEIZE, canary(context), 0, 0));
}

static struct iovec there(const struct brig_attempt_context *context, size_t offset, size_t n)
{
	return (struct iovec){ (void *)(uintptr_t)(context->page->canary_address + offset), n };
}

static int run_readv(struct brig_attempt_context *context)
{
	char secret[32];
	const struct iovec here = { secret, sizeof secret }, far = there(context, 0, 32);
	long n = TRY(context, SYS_process_vm_readv, canary(context), &here, 1, &far, 1, 0);

	if (n > 0)
		brig_attempt_say(context, "the canary's secret");
	return n > 0 ? 0 : brig_attempt_refusal(n ? n : -EIO);
}

static int run_writev(struct brig_attempt_context *context)
{
	char last = '!';
	const struct iovec here = { &last, 1 }, far = there(context, 31, 1);
	long n = TRY(context, SYS_process_vm_writev, canary(context), &here, 1, &far, 1, 0);

	return n > 0 ? 0 : brig_attempt_refusal(n ? n : -EIO);
}

/*
 * Calls on a pidfd: first with what is none, so that a filter has its say; then with a real one.
 * @made by both; -EBADF and kin mean that the call ran.
 */
typedef long pidfd_call(struct brig_attempt_context *context, long pidfd);

static int with_pidfd(struct brig_attempt_context *context, pidfd_call *call)
{
	long r = call(context, -1);

	if (r != -EBADF)
		return r < 0 ? (int)-r : EBADF;
	long pidfd = brig_attempt_canary_pidfd(context);
	if (pidfd < 0)
		return (int)-pidfd;
	r = call(context, pidfd);
	(void)close((int)pidfd);
	return brig_attempt_refusal(r);
}

static long pidfd_madvise(struct brig_attempt_context *context, long pidfd)
{
	const uintptr_t page = (uintptr_t)context->page->canary_address & ~(uintptr_t)4095;
	const struct iovec far = { (void *)page, 4096 };

	return TRY(context, SYS_process_madvise, pidfd, &far, 1, MADV_COLD, 0);
}

/* EINVAL: it would have taken its memory, if it were about to end. */
static long pidfd_mrelease(struct brig_attempt_context *context, long pidfd)
{
	long r = TRY(context, SYS_process_mrelease, pidfd, 0);

	return r == -EINVAL ? 0 : r;
}

static long pidfd_signal(struct brig_attempt_context *context, long pidfd)
{
	return TRY(context, SYS_pidfd_send_signal, pidfd, HARMLESS_SIGNAL, 0, 0);
}

static long pidfd_take(struct brig_attempt_context *context, long pidfd)
{
	long fd = -EBADF;

	for (int there_ = 0; there_ < 16 && fd == -EBADF; there_++)
		fd = TRY(context, SYS_pidfd_getfd, pidfd, there_, 0);
	if (fd < 0)
		return fd;
	(void)close((int)fd);
	return 0;
}

static int run_madvise(struct brig_attempt_context *context)
{
	return with_pidfd(context, pidfd_madvise);
}

static int run_mrelease(struct brig_attempt_context *context)
{
	return with_pidfd(context, pidfd_mrelease);
}

static int run_pidfd_signal(struct brig_attempt_context *context)
{
	return with_pidfd(context, pidfd_signal);
}

static int run_getfd(struct brig_attempt_context *context)
{
	return with_pidfd(context, pidfd_take);
}

static int run_kcmp(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(TRY(context, SYS_kcmp, canary(context), canary(context), 1));
}

static int run_pidfd_open(struct brig_attempt_context *context)
{
	long pidfd = brig_attempt_canary_pidfd(context);

	return pidfd < 0 ? (int)-pidfd : close((int)pidfd);
}

/* Of descriptors that lie about: is one a pidfd? */
static int run_lying_pidfd(struct brig_attempt_context *context)
{
	for (long fd = 0; fd < 64; fd++) {
		long r = TRY(context, SYS_pidfd_send_signal, fd, HARMLESS_SIGNAL, 0, 0);

		if (r != -EBADF && r != -EINVAL)
			return brig_attempt_refusal(r);
	}
	return EBADF;
}

/* The kernel calls it a success where each was refused: the canary tells. */
static int run_kill_all(struct brig_attempt_context *context)
{
	long r = TRY(context, SYS_kill, -1, HARMLESS_SIGNAL);

	if (!r)
		r = TRY(context, SYS_kill, canary(context), HARMLESS_SIGNAL);
	return brig_attempt_refusal(r);
}

/* Its group is its own where the canary isn't in it. */
static int run_kill_group(struct brig_attempt_context *context)
{
	long r = TRY(context, SYS_kill, 0, HARMLESS_SIGNAL);

	if (r < 0)
		return (int)-r;
	return getpgid(context->page->canary_pid) == getpgrp() ? 0 : ESRCH;
}

static int run_kill_init(struct brig_attempt_context *context)
{
	long r = TRY(context, SYS_kill, 1, HARMLESS_SIGNAL);

	if (r < 0)
		return (int)-r;
	return getpid() == 1 ? ESRCH : 0; /* itself */
}

static int run_kill(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(TRY(context, SYS_kill, canary(context), HARMLESS_SIGNAL));
}

static int run_stop(struct brig_attempt_context *context)
{
	long r = TRY(context, SYS_kill, canary(context), SIGSTOP);

	if (!r)
		(void)RAW(SYS_kill, canary(context), SIGCONT);
	return brig_attempt_refusal(r);
}

static int run_tkill(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(TRY(context, SYS_tkill, canary(context), HARMLESS_SIGNAL));
}

static int run_tgkill(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(
		TRY(context, SYS_tgkill, canary(context), canary(context), HARMLESS_SIGNAL));
}

/* A value that says it comes from sigqueue(3): the kernel refuses what claims to be its own. */
static siginfo_t queued(void)
{
	siginfo_t info;

	memset(&info, 0, sizeof info);
	info.si_signo = HARMLESS_SIGNAL;
	info.si_code = SI_QUEUE;
	return info;
}

static int run_queue(struct brig_attempt_context *context)
{
	siginfo_t info = queued();

	return brig_attempt_refusal(
		TRY(context, SYS_rt_sigqueueinfo, canary(context), HARMLESS_SIGNAL, &info));
}

static int run_tgqueue(struct brig_attempt_context *context)
{
	siginfo_t info = queued();

	return brig_attempt_refusal(TRY(context, SYS_rt_tgsigqueueinfo, canary(context),
					canary(context), HARMLESS_SIGNAL, &info));
}

static int run_setscheduler(struct brig_attempt_context *context)
{
	const struct sched_param none = { 0 };

	return brig_attempt_refusal(
		TRY(context, SYS_sched_setscheduler, canary(context), SCHED_BATCH, &none));
}

static int run_fifo(struct brig_attempt_context *context)
{
	const struct sched_param first = { .sched_priority = 1 };

	return brig_attempt_refusal(TRY(context, SYS_sched_setscheduler, 0, SCHED_FIFO, &first));
}

/* Where it may run already: read, and written back. */
static int run_setaffinity(struct brig_attempt_context *context)
{
	unsigned long mask[16] = { 0 };
	long n = TRY(context, SYS_sched_getaffinity, canary(context), sizeof mask, mask);

	if (n < 0)
		return (int)-n;
	return brig_attempt_refusal(TRY(context, SYS_sched_setaffinity, canary(context), n, mask));
}

static int run_setattr(struct brig_attempt_context *context)
{
	/* struct sched_attr, which libc has only newly: its first size */
	const struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
	} batch = { .size = 48, .policy = SCHED_BATCH };

	return brig_attempt_refusal(TRY(context, SYS_sched_setattr, canary(context), &batch, 0));
}

static int run_nicer(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(
		TRY(context, SYS_setpriority, PRIO_PROCESS, canary(context), 1));
}

static int run_ioprio(struct brig_attempt_context *context)
{
	const long best_effort = 2L << 13 | 7;

	return brig_attempt_refusal(TRY(context, SYS_ioprio_set, 1, canary(context), best_effort));
}

static int run_prlimit(struct brig_attempt_context *context)
{
	struct rlimit limit;

	return brig_attempt_refusal(
		TRY(context, SYS_prlimit64, canary(context), RLIMIT_NOFILE, 0, &limit));
}

static int run_robust_list(struct brig_attempt_context *context)
{
	void *head;
	size_t size;

	return brig_attempt_refusal(
		TRY(context, SYS_get_robust_list, canary(context), &head, &size));
}

static int run_getpgid(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(TRY(context, SYS_getpgid, canary(context)));
}

static int run_sched_params(struct brig_attempt_context *context)
{
	struct sched_param parameter;

	return brig_attempt_refusal(TRY(context, SYS_sched_getparam, canary(context), &parameter));
}

static int made(struct brig_attempt_context *context, long pid)
{
	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return (int)-pid;
	brig_attempt_say(context, "a process");
	return 0;
}

static int run_clone(struct brig_attempt_context *context, long flags)
{
	return made(context, TRY(context, SYS_clone, flags, NO_STACK, 0, 0, 0));
}

static int run_clone_fork(struct brig_attempt_context *context)
{
	return run_clone(context, SIGCHLD);
}

/* What only a zygote may. */
static int run_clone_zygote(struct brig_attempt_context *context)
{
	int pidfd = -1;

	return made(context, TRY(context, SYS_clone, CLONE_PARENT | CLONE_NEWPID | CLONE_PIDFD,
				 NO_STACK, &pidfd, 0, 0));
}

static int run_clone_user(struct brig_attempt_context *context)
{
	return run_clone(context, CLONE_NEWUSER | SIGCHLD);
}

static int run_clone_mount(struct brig_attempt_context *context)
{
	return run_clone(context, CLONE_NEWNS | SIGCHLD);
}

static int run_clone_upper(struct brig_attempt_context *context)
{
	return run_clone(context, (long)(1ull << 40) | SIGCHLD);
}

static int end_child(void *unused)
{
	(void)unused;
	_exit(0);
}

static int clone_sharing(struct brig_attempt_context *context, int flags)
{
	const size_t size = 65536;
	char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (stack == MAP_FAILED)
		return errno;
	brig_attempt_mark(context, SYS_clone);
	int pid = clone(end_child, stack + size, flags, NULL);
	return pid < 0 ? errno : 0;
}

static int run_clone_vfork(struct brig_attempt_context *context)
{
	return clone_sharing(context, CLONE_VM | CLONE_VFORK | SIGCHLD);
}

static int wait_forever(void *unused)
{
	(void)unused;
	while (RAW(SYS_ppoll, 0, 0) < 0)
		;
	return 0;
}

static int run_thread(struct brig_attempt_context *context)
{
	const int flags =
		CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
	const size_t size = 65536;
	char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (stack == MAP_FAILED)
		return errno;
	brig_attempt_mark(context, SYS_clone);
	int tid = clone(wait_forever, stack + size, flags, NULL);
	return tid < 0 ? errno : 0;
}

static int run_clone3(struct brig_attempt_context *context)
{
	const struct clone_args args = { .exit_signal = SIGCHLD };

	return made(context, TRY(context, SYS_clone3, &args, sizeof args));
}

static int run_clone3_user(struct brig_attempt_context *context)
{
	const struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };

	return made(context, TRY(context, SYS_clone3, &args, sizeof args));
}

#if defined(__x86_64__)
static int run_fork(struct brig_attempt_context *context)
{
	return made(context, TRY(context, SYS_fork, 0));
}

/* libc's: a raw one would return twice on one stack. */
static int run_vfork(struct brig_attempt_context *context)
{
	brig_attempt_mark(context, SYS_vfork);
	pid_t pid =
		vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork): it is the attempt */
	if (pid == 0)
		_exit(0);
	return pid < 0 ? errno : 0;
}
#endif

static int try_exec(struct brig_attempt_context *context, const char *path)
{
	static const char *const command[] = { "sh", "-c", "exit 99", NULL };
	static const char *const nothing[] = { NULL };

	return brig_attempt_refusal(TRY(context, SYS_execve, path, command, nothing));
}

static int run_execve(struct brig_attempt_context *context)
{
	return try_exec(context, "/bin/sh");
}

static int run_execveat(struct brig_attempt_context *context)
{
	static const char *const command[] = { "sh", "-c", "exit 99", NULL };
	static const char *const nothing[] = { NULL };

	return brig_attempt_refusal(
		TRY(context, SYS_execveat, AT_FDCWD, "/bin/sh", command, nothing, 0));
}

/* Whatever runs, it would run with the rights of its owner. */
static int run_execve_setuid(struct brig_attempt_context *context)
{
	static const char *const paths[] = { "/bin/su", "/bin/mount", "/usr/bin/passwd" };
	static const char *const command[] = { "su", "--help", NULL };
	static const char *const nothing[] = { NULL };
	long r = -ENOENT;

	for (size_t i = 0; i < sizeof paths / sizeof *paths && r == -ENOENT; i++)
		r = TRY(context, SYS_execve, paths[i], command, nothing);
	return brig_attempt_refusal(r);
}

/* clang-format off */
#define REPORTED(id_, what_, groups_, behind_, run_) \
	{ .id = (id_), .what = (what_), .groups = (groups_), .expected = "KILL", .behind = (behind_), .run = (run_) }
#define REFUSED(id_, what_, groups_, behind_, run_) \
	{ .id = (id_), .what = (what_), .groups = (groups_), .expected = "EPERM", .behind = (behind_), .run = (run_) }

static const struct brig_attempt rows[] = {
	REPORTED("24.attach", "stop another process and look at it", "SNL", "ESRCH|EPERM", run_attach),
	REPORTED("24.seize", "look at another process", "SNL", "ESRCH|EPERM", run_seize),
	{ .id = "24.traceme", .what = "be looked at by its parent", .groups = "S", .expected = "KILL", PLAIN(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0) },
	REPORTED("25.readv", "read another process's memory", "SNL", "ESRCH|EPERM", run_readv),
	REPORTED("25.writev", "write another process's memory", "SNL", "ESRCH|EPERM", run_writev),
	{ .id = "26.process_madvise", .what = "advise on another process's memory", .groups = "SNL", .expected = "KILL", .behind = "ESRCH|EPERM", .unsealed = "OK|EPERM", .run = run_madvise },
	REPORTED("26.process_mrelease", "take an ending process's memory", "SN", "ESRCH", run_mrelease),
	{ .id = "26.kcmp", .what = "compare what processes share", .groups = "SNL", .expected = "KILL", .behind = "ESRCH|EPERM", .unsealed = "OK|ENOSYS", .run = run_kcmp },
	REPORTED("27.pidfd_open", "hold another process", "SN", "ESRCH", run_pidfd_open),
	REPORTED("27.pidfd_getfd", "take another process's descriptor", "SNL", "ESRCH|EPERM", run_getfd),
	REPORTED("28.pidfd_send_signal", "signal by pidfd", "SNL", "ESRCH|EPERM", run_pidfd_signal),
	{ .id = "28.lying-pidfd", .what = "signal by a pidfd that was left open", .groups = "SF", .expected = "KILL", .behind = "EBADF", .unsealed = "EBADF", .run = run_lying_pidfd },
	REFUSED("29.kill-all", "signal everybody", "SNL", "ESRCH|EPERM", run_kill_all),
	{ .id = "29.kill-group", .what = "signal its group", .groups = "SN", .expected = "EPERM", .behind = "ESRCH", .unsealed = "OK|ESRCH", .run = run_kill_group },
	REFUSED("29.kill-init", "signal the first process", "SNL", "ESRCH|EPERM", run_kill_init),
	REFUSED("29.kill-canary", "signal another process", "SNL", "ESRCH|EPERM", run_kill),
	REFUSED("29.stop-canary", "stop another process", "SNL", "ESRCH|EPERM", run_stop),
	REFUSED("30.tkill", "signal another process's thread", "SNL", "ESRCH|EPERM", run_tkill),
	REFUSED("30.tgkill", "signal another process's thread", "SNL", "ESRCH|EPERM", run_tgkill),
	REPORTED("30.rt_sigqueueinfo", "queue a signal with a value", "SNL", "ESRCH|EPERM", run_queue),
	REPORTED("30.rt_tgsigqueueinfo", "queue a signal with a value for a thread", "SNL", "ESRCH|EPERM", run_tgqueue),
	REFUSED("32.sched_setscheduler", "reschedule another process", "SN", "ESRCH", run_setscheduler),
	{ .id = "32.fifo", .what = "run before everybody else", .groups = "SCR", .expected = "EPERM", .behind = "EPERM", .unsealed = "OK|EPERM", .run = run_fifo },
	REFUSED("32.sched_setaffinity", "say where another process runs", "SN", "ESRCH", run_setaffinity),
	REFUSED("32.sched_setattr", "reschedule another process", "SN", "ESRCH", run_setattr),
	{ .id = "33.setpriority", .what = "run more than others", .groups = "SCR", .expected = "EPERM", .behind = "EPERM|EACCES", .unsealed = "OK|EPERM|EACCES",
	  PLAIN(SYS_setpriority, PRIO_PROCESS, 0, MINUS(20)) },
	REFUSED("33.setpriority-canary", "slow another process down", "SN", "ESRCH", run_nicer),
	REFUSED("33.ioprio_set", "slow another process's reads", "SN", "ESRCH", run_ioprio),
	{ .id = "33.ioprio_set-self", .what = "read before others", .groups = "S", .expected = "EPERM",
	  PLAIN(SYS_ioprio_set, 1, 0, 2 << 13) },
	REFUSED("34.prlimit64", "another process's limits", "SN", "ESRCH", run_prlimit),
#if defined(__x86_64__)
	{ .id = "35.fork", .what = "make a process", .groups = "SR", .expected = "KILL", .behind = "EAGAIN", .run = run_fork },
	{ .id = "35.vfork", .what = "make a process", .groups = "SR", .expected = "KILL", .behind = "EAGAIN", .run = run_vfork },
#endif
	REFUSED("35.clone", "make a process", "SR", "EAGAIN", run_clone_fork),
	REFUSED("35.clone-vfork", "make a process", "SR", "EAGAIN", run_clone_vfork),
	REFUSED("35.clone-upper", "make a process with flags that an int loses", "SR", "EAGAIN|EINVAL", run_clone_upper),
	{ .id = "35.clone-zygote", .what = "make a sibling, as its zygote does", .groups = "SCR", .expected = "EPERM", .behind = "EAGAIN|EPERM|EINVAL", .unsealed = "OK|EINVAL", .run = run_clone_zygote },
	{ .id = "36.clone3", .what = "make a process by flags in memory", .groups = "SR", .expected = "ENOSYS", .behind = "EAGAIN", .run = run_clone3 },
	{ .id = "36.clone3-user", .what = "make a user namespace by flags in memory", .groups = "SRN", .expected = "ENOSYS", .behind = "EAGAIN|ENOSPC|EPERM", .run = run_clone3_user },
	REFUSED("37.clone-user", "make a user namespace", "SRN", "EAGAIN|ENOSPC|EPERM", run_clone_user),
	REFUSED("37.clone-mount", "make a mount namespace", "SCR", "EAGAIN|EPERM", run_clone_mount),
	REPORTED("17.execve", "run a shell", "SNL", "ENOENT|EACCES", run_execve),
	REPORTED("17.execveat", "run a shell", "SNL", "ENOENT|EACCES", run_execveat),
	REPORTED("40.execve-setuid", "run a program with its owner's rights", "SNL", "ENOENT|EACCES", run_execve_setuid),
	REPORTED("65.get_robust_list", "where another process keeps its locks", "SNL", "ESRCH|EPERM", run_robust_list),
	REFUSED("70.thread", "make a thread", "SR", "EAGAIN", run_thread),
	REFUSED("103.getpgid", "is there such a process", "SN", "ESRCH", run_getpgid),
	REFUSED("103.sched_getparam", "how is a process scheduled", "SN", "ESRCH", run_sched_params),
	{ .id = "103.setpgid", .what = "leave its group", .groups = "S", .expected = "EPERM", .unsealed = "OK|EPERM", PLAIN(SYS_setpgid, 0, 0) },
	{ .id = "103.wait4", .what = "wait for children that it hasn't", .groups = "S", .expected = "EPERM", .reached = ECHILD, PLAIN(SYS_wait4, MINUS(1), 0, 1, 0) },
	{ .id = "103.getppid", .what = "who is its parent", .groups = "S", .expected = "EPERM", PLAIN(SYS_getppid, 0) },
};
/* clang-format on */

ATTEMPT_TABLE(brig_attempts_processes);
