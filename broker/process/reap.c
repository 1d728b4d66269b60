/* How a child ended: from the kernel where it tells, from the child's own word where it must. */
#include "broker/process/process.h"

#include "broker/process/pidfd.h"
#include "sandbox/layers/exit_status.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#define TOLD_US 10000000

static void classify_status(struct brig_exit *exit, int status)
{
	exit->code = status;
	if (status == BRIG_STATUS_CLEAN) {
		exit->class_ = BRIG_EXIT_CLEAN;
		return;
	}
	exit->class_ = BRIG_EXIT_CODE;
	if (status > BRIG_STATUS_SIGNAL) {
		exit->class_ = BRIG_EXIT_CRASH;
		exit->code = status - BRIG_STATUS_SIGNAL;
		exit->claimed = 1;
	} else if (status == BRIG_STATUS_OOM || status == BRIG_STATUS_LOST_BROKER) {
		exit->class_ = status == BRIG_STATUS_OOM ? BRIG_EXIT_OOM : BRIG_EXIT_LOST_BROKER;
		exit->claimed = 1;
	}
}

static void classify_signal(struct brig_exit *exit, int signal_number)
{
	exit->class_ = signal_number == SIGSYS ? BRIG_EXIT_SECCOMP : BRIG_EXIT_CRASH;
	exit->code = signal_number;
}

/* The status is there before the process is gone: who misses both finds it the second time. */
static bool ask_pidfd(int pidfd, struct brig_pidfd_info *ret)
{
	for (int i = 0; i < 2; i++) {
		*ret = (struct brig_pidfd_info){ .mask = BRIG_PIDFD_INFO_EXIT };
		if (ioctl(pidfd, BRIG_PIDFD_GET_INFO, ret) == 0)
			return true;
	}
	return false;
}

/* For ever, if its parent is another process than ours: then nobody knows. */
static bool about_to_be_told(struct brig_process *process)
{
	const uint64_t now_us = brig_now_us();

	if (!process->ended_us)
		process->ended_us = now_us;
	if (now_us - process->ended_us < TOLD_US)
		return true;
	process->exit.class_ = BRIG_EXIT_UNKNOWN;
	return false;
}

/*
 * The embedder ignores SIGCHLD or reaps it: the pidfd may still know. False: whoever reaps it is
 * about to, and it knows then.
 */
static bool classify_by_pidfd(struct brig_process *process)
{
	struct brig_pidfd_info info;

	if (!ask_pidfd(process->pidfd, &info)) {
		process->exit.class_ = BRIG_EXIT_UNKNOWN;
		return true;
	}
	if (!(info.mask & BRIG_PIDFD_INFO_EXIT))
		return !about_to_be_told(process);
	if (WIFEXITED(info.exit_code))
		classify_status(&process->exit, WEXITSTATUS(info.exit_code));
	else
		classify_signal(&process->exit, WTERMSIG(info.exit_code));
	return true;
}

static bool classify(struct brig_process *process)
{
	siginfo_t info = { .si_pid = 0 };
	int r;

	do {
		r = waitid(P_PIDFD, (id_t)process->pidfd, &info, WEXITED | WNOHANG);
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return classify_by_pidfd(process);
	if (info.si_pid && info.si_code == CLD_EXITED)
		classify_status(&process->exit, info.si_status);
	else if (info.si_pid)
		classify_signal(&process->exit, info.si_status);
	return info.si_pid;
}

static bool by_sigkill(const struct brig_exit *exit)
{
	return exit->class_ == BRIG_EXIT_UNKNOWN ||
	       (exit->class_ == BRIG_EXIT_CRASH && exit->code == SIGKILL && !exit->claimed);
}

bool brig_process_reap(struct brig_process *process)
{
	const struct brig_exit before = process->exit;

	if (!classify(process))
		return false;
	/* What we did to it is the cause, its status only the effect; but whose time was up while
	 * it was ending by itself, on a busy machine, has ended by itself. */
	const bool killed = by_sigkill(&process->exit);
	if (process->ending && (killed || before.class_ != BRIG_EXIT_HANG))
		process->exit = before;
	/* Before its group goes, and with it the count. */
	else if (killed && process->exit.class_ == BRIG_EXIT_CRASH &&
		 brig_process_group_oom(process))
		process->exit.class_ = BRIG_EXIT_OOM;
	return true;
}
