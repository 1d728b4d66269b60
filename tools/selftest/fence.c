/*
 * The fence: namespaces around the whole suite, so that an attempt that succeeds reaches nothing of
 * the machine's. It is no layer: nothing that it does is inherited as a filter, a Landlock domain
 * or no_new_privs, and what is inside has the rights of an ordinary user there.
 */
#include "tools/selftest/selftest.h"

#include "sandbox/base/cleanup.h"
#include "sandbox/layers/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Beside the range that brokers take their children's from, and nobody's either. */
#define UID_BASE      0x71000000u
#define UID_RANGE     0x0000ffffu
#define PROCESSES_MAX 512 /* in the fence, whatever an attempt makes */

struct fence {
	const struct selftest *selftest;
	enum brig_level tier;
	selftest_inside *inside;
	int out;
	struct brig_seal seal; /* the steps that a child's seal begins with are the fence's, too */
};

struct fence_step {
	const char *what;
	int (*run)(struct fence *fence);
	bool may_fail;
};

static int step_user(struct fence *fence)
{
	unsigned int random;

	if (getrandom(&random, sizeof random, 0) != sizeof random)
		return -errno;
	fence->seal.uid = UID_BASE + (random & UID_RANGE);
	return brig_step_uid(&fence->seal);
}

static int limit_to(__rlimit_resource_t resource, rlim_t most, bool hard)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) < 0)
		return -errno;
	if (limit.rlim_cur > most)
		limit.rlim_cur = most;
	if (hard && limit.rlim_max > most)
		limit.rlim_max = most;
	return setrlimit(resource, &limit) < 0 ? -errno : 0;
}

/*
 * A runaway fork ends here: what counts is the fence's user namespace alone, so this comes after
 * it. Cores are for those who ask, since they would lie outside.
 */
static int step_limits(struct fence *fence)
{
	int r = limit_to(RLIMIT_NPROC, PROCESSES_MAX, true);
	(void)fence;

	return r ? r : limit_to(RLIMIT_CORE, 0, false);
}

static int step_user_ns(struct fence *fence)
{
	int r = brig_step_user_ns(&fence->seal);

	return r ? r : brig_step_id_map(&fence->seal);
}

static int step_mount_ns(struct fence *fence)
{
	return brig_step_mount_ns(&fence->seal);
}

static int step_other_ns(struct fence *fence)
{
	(void)fence;
	return unshare(CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) < 0 ? -errno : 0;
}

/* What gets out can't change the caller's files, though he may: what it aims at is in /tmp. */
static int step_read_only(struct fence *fence)
{
	struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };
	(void)fence;

	return syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &read_only,
		       sizeof read_only) < 0
		       ? -errno
		       : 0;
}

static int step_proc(struct fence *fence)
{
	(void)fence;
	return mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0 ? -errno
											  : 0;
}

static int step_tmp(struct fence *fence)
{
	(void)fence;
	if (mount("brig", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0700,size=16m") < 0)
		return -errno;
	/* What is found by the working directory must not depend on the caller's. */
	return chdir("/") < 0 ? -errno : 0;
}

static int step_loopback(struct fence *fence)
{
	struct ifreq request = { .ifr_name = "lo" };
	brig_auto_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	(void)fence;

	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		return -errno;
	request.ifr_flags = (short)(request.ifr_flags | IFF_UP);
	return ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}

/* As on a machine that gives none. */
static int step_no_user_ns(struct fence *fence)
{
	return fence->tier == BRIG_LEVEL_FULL ? 0 : brig_step_no_nested(&fence->seal);
}

static int step_rights(struct fence *fence)
{
	int r = brig_step_caps(&fence->seal);

	if (!r && prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
		r = -errno;
	return r;
}

static const struct fence_step outer_steps[] = {
	{ "a user who is not root", step_user, false },
	{ "a user namespace of its own", step_user_ns, false },
	{ "a mount namespace of its own", step_mount_ns, false },
	{ "pid, network, IPC and UTS namespaces of its own", step_other_ns, false },
};

static const struct fence_step inner_steps[] = {
	{ "a file system that can't be changed", step_read_only, false },
	{ "a /proc of its own", step_proc, false },
	{ "a /tmp of its own", step_tmp, false },
	{ "its loopback", step_loopback, true },
	{ "an end of user namespaces", step_no_user_ns, false },
	{ "a limit on processes", step_limits, false },
	{ "no capabilities", step_rights, false },
};

static void refuse(const struct fence *fence, const char *what, int error)
{
	struct selftest_note note = { .kind = SELFTEST_NOTE_REFUSED };

	(void)snprintf(note.result.why, sizeof note.result.why, "%s: %s", what, strerror(error));
	if (write(fence->out, &note, sizeof note) < 0)
		_exit(1);
	_exit(0);
}

static void take_steps(struct fence *fence, const struct fence_step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int r = steps[i].run(fence);

		if (r < 0 && !steps[i].may_fail)
			refuse(fence, steps[i].what, -r);
	}
}

/* Nothing of the terminal's or the caller's: an attempt that gets a hold of a process here has it.
 */
static void let_go(struct fence *fence)
{
#ifdef BRIG_SANITIZED
	const int first_kept = STDERR_FILENO; /* sanitizers report there */
#else
	const int first_kept = STDERR_FILENO + 1;
#endif
	brig_auto_fd int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd < first_kept; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			refuse(fence, "/dev/null", errno);
	(void)setsid();
}

static _Noreturn void inner(struct fence *fence)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	take_steps(fence, inner_steps, sizeof inner_steps / sizeof *inner_steps);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* credentials that change clear it */
	fence->inside(fence->selftest, fence->tier, fence->out);
	_exit(0);
}

static _Noreturn void outer(struct fence *fence)
{
	let_go(fence);
	take_steps(fence, outer_steps, sizeof outer_steps / sizeof *outer_steps);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	pid_t pid = fork();
	if (pid < 0)
		refuse(fence, "a process in the namespaces", errno);
	if (pid == 0)
		inner(fence);
	brig_close_fd(&fence->out);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	_exit(0);
}

int selftest_fence_start(const struct selftest *selftest, enum brig_level tier,
			 selftest_inside *inside, pid_t *ret_pid, int *ret_in)
{
	struct fence fence = { .selftest = selftest, .tier = tier, .inside = inside };
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -errno;
	brig_auto_fd int in = pipes[0];
	fence.out = pipes[1];
	(void)fflush(NULL); /* else both would write what waits */
	pid_t pid = fork();
	if (pid == 0) {
		brig_close_fd(&in);
		outer(&fence);
	}
	int r = pid < 0 ? -errno : 0;
	brig_close_fd(&fence.out);
	if (r)
		return r;
	*ret_pid = pid;
	*ret_in = brig_steal_fd(&in);
	return 0;
}
