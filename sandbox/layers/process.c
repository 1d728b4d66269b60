/*
 * Steps that change the process itself: descriptors, signals, limits, session, memory, filter.
 * Those of a child call the kernel by syscall(2), since libc's wrappers lie far apart, and each
 * stretch of code that a fork is the first to touch is a page fault. (prctl lies next to sendmsg,
 * which a child needs anyway.)
 */
#include "sandbox/layers/seal.h"

#include "sandbox/base/cleanup.h"
#include "sandbox/layers/exit_status.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Linux 6.3; Debian 12's header stops before it. */
#ifndef PR_SET_MDWE
#define PR_SET_MDWE              65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

#define FDS_LOOKED_AT 256

int brig_step_fds(struct brig_seal *seal)
{
	if (seal->channel_fd != BRIG_CHANNEL_FD &&
	    syscall(SYS_dup3, seal->channel_fd, BRIG_CHANNEL_FD, 0) < 0)
		return -errno;
	seal->channel_fd = BRIG_CHANNEL_FD;
	if (syscall(SYS_close_range, seal->keep_fds, ~0u, 0) < 0)
		return -errno;
	return 0;
}

/* One poll(2) tells of every descriptor whether it is open: POLLNVAL means it isn't. */
int brig_step_fds_count(struct brig_seal *seal)
{
	struct pollfd fds[FDS_LOOKED_AT];
	struct timespec now = { 0, 0 };

	for (int i = 0; i < FDS_LOOKED_AT; i++)
		fds[i] = (struct pollfd){ .fd = i };
	if (syscall(SYS_ppoll, fds, FDS_LOOKED_AT, &now, NULL, 0) < 0)
		return -errno;
	seal->fds_open = 0;
	for (int i = 0; i < FDS_LOOKED_AT; i++)
		seal->fds_open += !(fds[i].revents & POLLNVAL);
	if (seal->keep_fds > BRIG_CHILD_FDS) /* a plugin's object, closed once it is loaded */
		seal->fds_open--;
	return seal->fds_open == seal->role->fds ? 0 : -EBADF;
}

/* Async-signal-safe: pid 1 of a namespace would ignore these, or end as another signal. */
static void end_by_signal(int signal_number)
{
	_exit(BRIG_STATUS_SIGNAL + signal_number);
}

int brig_step_signals(struct brig_seal *seal)
{
	static const int signals[] = { SIGABRT, SIGTERM, SIGXCPU, SIGXFSZ };
	struct sigaction action = { .sa_handler = end_by_signal };
	sigset_t none;
	(void)seal;

	sigemptyset(&none);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		if (sigaction(signals[i], &action, NULL) < 0)
			return -errno;
	return sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? -errno : 0;
}

/* One call where the hard limit allows it, and the lower of the two stays in any case. */
static int limit_to(__rlimit_resource_t resource, rlim_t value)
{
	const struct rlimit wanted = { .rlim_cur = value, .rlim_max = value };
	struct rlimit had;
	const bool set = syscall(SYS_prlimit64, 0, resource, &wanted, &had) == 0;

	if (!set && (errno != EPERM || getrlimit(resource, &had) < 0))
		return -errno;
	if (had.rlim_max >= value) /* to lower it needs no right: a filter refused */
		return set ? 0 : -EPERM;
	had.rlim_cur = had.rlim_max;
	return setrlimit(resource, &had) < 0 ? -errno : 0;
}

/* RLIMIT_NPROC counts threads (setrlimit(2)): a role's own must be there before. */
static int limits_to(const struct brig_seal *seal, bool started)
{
	const struct brig_role *role = seal->role;
	int r = 0;

	for (size_t i = 0; !r && i < role->n_limits; i++) {
		const struct brig_limit_row *limit = &role->limits[i];
		const bool later = role->threads > 1 && limit->resource == RLIMIT_NPROC;

		if (later == started)
			r = limit_to((__rlimit_resource_t)limit->resource, limit->value);
	}
	return r;
}

int brig_step_rlimits(struct brig_seal *seal)
{
	return limits_to(seal, false);
}

int brig_step_session(struct brig_seal *seal)
{
	(void)seal;
	(void)syscall(SYS_umask, 077);
	/* EPERM is of who leads a group: no process does that was just made. */
	if (syscall(SYS_setsid) < 0)
		return -errno;
	/* The zygote has done it for its children: to write the same again would copy pages. */
	return environ && clearenv() ? -ENOMEM : 0;
}

int brig_step_pdeathsig(struct brig_seal *seal)
{
	(void)seal;
	/* That the parent is alive still shows on the channel: getppid() is 0 in a pid namespace.
	 */
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ? -errno : 0;
}

int brig_step_mdwe(struct brig_seal *seal)
{
	(void)seal;
	return prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) < 0 ? -errno : 0;
}

int brig_step_dumpable(struct brig_seal *seal)
{
	(void)seal;
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? -errno : 0;
}

int brig_step_no_new_privs(struct brig_seal *seal)
{
	(void)seal;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

/* Without /proc it is the kernel that must say so: unshare(2) refuses this to any other process. */
int brig_step_threads(struct brig_seal *seal)
{
	if (unshare(CLONE_THREAD) == 0)
		return 0;
	/* Where every unshare is refused, as in containers, the broker counts alone: attest.c. */
	return errno == EINVAL || brig_seal_has(seal, BRIG_LAYER_USER_NS) ? -errno : 0;
}

void brig_oom_score_raise(int score)
{
	char text[16] = "";
	brig_auto_fd int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof text - 1) <= 0 || strtol(text, NULL, 10) >= score)
		return;
	(void)dprintf(fd, "%d", score);
}

int brig_step_stage1(struct brig_seal *seal)
{
	return seal->stage1 ? brig_program_load(seal->stage1) : -ENOENT;
}

int brig_step_load(struct brig_seal *seal)
{
	int r = seal->load ? seal->load(seal->load_user) : -ENOENT;

	brig_close_fd(&seal->plugin_fd);
	return r;
}

/* How many it came to is counted from outside: attest_tasks.c. */
int brig_step_start(struct brig_seal *seal)
{
	if (seal->role->threads == 1)
		return 0;
	int r = seal->start ? seal->start(seal->start_user) : -ENOENT;

	if (!r && brig_seal_has(seal, BRIG_LAYER_RLIMITS))
		r = limits_to(seal, true);
	return r;
}

int brig_step_seccomp(struct brig_seal *seal)
{
	if (!seal->filter)
		return -ENOENT;
	/* The zygote's filter is the class filter, whatever it is the zygote of. */
	if (!seal->role->listens || seal->filter != &seal->role->filters[BRIG_AFTER_READY])
		return brig_program_load(seal->filter);
	int fd = brig_program_load_listening(seal->filter);
	/* Somebody outside listens to all of us: what would be reported just doesn't exist. */
	if (fd == -EBUSY)
		return brig_program_load(seal->filter);
	if (fd < 0)
		return fd;
	seal->listener = fd;
	return 0;
}

/* Only a call whose verdict is an errno: it must come from the filter, not from the kernel. */
int brig_step_probe(struct brig_seal *seal)
{
	if (!brig_seal_has(seal, BRIG_LAYER_SECCOMP)) /* left out: a test's wish */
		return 0;
	/* uname is unlisted in every role: without a filter a null pointer is EFAULT. */
	if (syscall(SYS_uname, NULL) != -1 || errno != EPERM)
		return -ENOTRECOVERABLE;
	return 0;
}
