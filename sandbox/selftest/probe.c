/* A throw-away child, and an end to it whatever it does. */
#include "sandbox/selftest/probe.h"

#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KILLED_MS 1000

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The child holds the other end until it ends, even where no pidfd can be had. */
static bool ends_within(int in, int ms)
{
	const int64_t end = now_ms() + ms;
	struct pollfd wait = { .fd = in };

	for (int64_t left = ms; left >= 0; left = end - now_ms()) {
		int r = poll(&wait, 1, (int)left);

		if (r > 0)
			return true;
		if (r < 0 && errno != EINTR)
			return false;
	}
	return false;
}

static void tell_how_it_died(struct brig_probe_report *report, int status)
{
	const int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	report->error = number == SIGSYS ? EPERM : EPROTO;
	(void)snprintf(report->detail, sizeof report->detail,
		       number == SIGSYS ? "the call was answered by SIGSYS"
					: "the child that tried it was ended by signal %d",
		       number);
}

/* One that can't be killed, in a call that never returns, is left: nobody waits for it. */
static void end(pid_t pid, int in, struct brig_probe_patience *patience,
		struct brig_probe_report *report)
{
	const int ms = patience->lost ? patience->later_ms : patience->first_ms;
	const bool ended = ends_within(in, ms);
	int status = 0, options = 0;

	(void)kill(pid, SIGKILL);
	if (!ended && !ends_within(in, KILLED_MS))
		options = WNOHANG;
	while (waitpid(pid, &status, options) < 0 && errno == EINTR)
		;
	if (!ended) {
		patience->lost = true;
		report->error = ETIMEDOUT;
		(void)snprintf(report->detail, sizeof report->detail, "no answer within %d ms", ms);
	} else if (!report->done) {
		tell_how_it_died(report, status);
	}
}

static _Noreturn void child(int (*body)(struct brig_probe_report *report, const void *data),
			    const void *data, struct brig_probe_report *report)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	report->error = -body(report, data);
	report->done = true;
	_exit(0);
}

int brig_probe(int (*body)(struct brig_probe_report *report, const void *data), const void *data,
	       struct brig_probe_patience *patience, struct brig_probe_report *ret)
{
	struct brig_probe_report *report;
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -errno;
	brig_auto_fd int in = pipes[0];
	brig_auto_fd int out = pipes[1];
	report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (report == MAP_FAILED)
		return -errno;
	*report = *ret;
	pid_t pid = fork();
	if (pid == 0)
		child(body, data, report);
	int r = pid < 0 ? -errno : 0;
	brig_close_fd(&out);
	if (!r) {
		end(pid, in, patience, report);
		*ret = *report;
	}
	(void)munmap(report, sizeof *report);
	return r;
}
