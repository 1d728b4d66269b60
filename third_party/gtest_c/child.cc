/* child.cc - a body in a forked child: started, waited for, judged. */
#include "internal.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gtest_c
{
namespace
{

enum class Wait { ended, timed_out, failed };

long long now_ms()
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* SIGSYS, not "Bad system call": the tests speak of the former. */
std::string signal_name(int signal)
{
	const char *name = sigabbrev_np(signal);

	return name ? std::string("SIG") + name : "signal " + std::to_string(signal);
}

std::string describe(const siginfo_t &end)
{
	if (end.si_code == CLD_EXITED)
		return "exited with status " + std::to_string(end.si_status);
	return "was killed by " + signal_name(end.si_status);
}

/* True if @pidfd became readable before the deadline. */
bool wait_until(int pidfd, long long deadline)
{
	struct pollfd p = { pidfd, POLLIN, 0 };

	for (;;) {
		long long left = deadline - now_ms();
		int r = poll(&p, 1, left > 0 ? (int)left : 0);

		if (r > 0)
			return true;
		if (r == 0 && left <= 0)
			return false;
	}
}

Wait wait_for(pid_t pid, siginfo_t *end)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	/* Without a pidfd there is no deadline: better to end the child than to hang. */
	bool in_time = pidfd >= 0 && wait_until(pidfd, now_ms() + settings().deadline_ms);
	if (pidfd >= 0)
		(void)close(pidfd);
	if (!in_time)
		(void)kill(pid, SIGKILL); /* not reaped yet: the pid is still its own */

	int r;
	do
		r = waitid(P_PID, (id_t)pid, end, WEXITED);
	while (r < 0 && errno == EINTR);
	if (r < 0 || pidfd < 0)
		return Wait::failed;
	return in_time ? Wait::ended : Wait::timed_out;
}

void judge_child(const gtest_c_test &test, const siginfo_t &end)
{
	bool clean = end.si_code == CLD_EXITED && end.si_status == 0;

	if (!child_ended_its_body())
		fail_at(test.file, test.line,
			"the child " + describe(end) + " before the end of its body");
	else if (!clean)
		fail_at(test.file, test.line,
			"the child " + describe(end) +
				" after its body (does its filter allow exit_group or exit?)");
}

void judge_death(const gtest_c_test &test, const siginfo_t &end, const Told &told)
{
	bool by_signal = end.si_code != CLD_EXITED;
	Mark mark = child_mark();
	std::string where = mark.call.empty() ? "no DIES_HERE was reached" : "last: " + mark.call;

	if (by_signal && end.si_status == test.signal && mark.set)
		return;
	if (by_signal && end.si_status == test.signal) {
		fail_at(test.file, test.line,
			"the child died by " + signal_name(test.signal) +
				" outside of DIES_HERE (" + where + ")");
		return;
	}
	if (by_signal || !child_ended_its_body()) {
		fail_at(test.file, test.line,
			"the child should have died by " + signal_name(test.signal) + ", but " +
				describe(end) + " (" + where + ")");
		return;
	}
	/* It came to its end: a failed ASSERT or a skip has said why. */
	if (told.failures == 0 && told.skips == 0)
		fail_at(test.file, test.line,
			"the child should have died by " + signal_name(test.signal) +
				", but did not die (" + where + ")");
}

/* The signal does what it does by default, whatever a sanitizer or the parent made of it. */
void expect_death(int signal)
{
	const struct rlimit no_core = { 0, 0 };
	struct sigaction by_default = {};
	sigset_t only;

	(void)setrlimit(RLIMIT_CORE, &no_core);
	by_default.sa_handler = SIG_DFL;
	(void)sigaction(signal, &by_default, nullptr);
	(void)sigemptyset(&only);
	(void)sigaddset(&only, signal);
	(void)sigprocmask(SIG_UNBLOCK, &only, nullptr);
}

} // namespace

void run_in_child(const gtest_c_test &test)
{
	siginfo_t end = {};

	(void)fflush(nullptr); /* or the child prints it once more */
	pid_t pid = fork();
	if (pid < 0) {
		fail_at(test.file, test.line, std::string("fork: ") + strerror(errno));
		return;
	}
	if (pid == 0) {
		if (test.kind == GTEST_C_DIES)
			expect_death(test.signal);
		test.body();
		child_end(true);
	}

	Wait how = wait_for(pid, &end);
	Told told = report_drain();
	if (how == Wait::failed)
		fail_at(test.file, test.line, "the child couldn't be waited for");
	else if (how == Wait::timed_out)
		fail_at(test.file, test.line,
			"the child did not end within " + std::to_string(settings().deadline_ms) +
				" ms and was killed");
	else if (test.kind == GTEST_C_DIES)
		judge_death(test, end, told);
	else
		judge_child(test, end);
}

} // namespace gtest_c
