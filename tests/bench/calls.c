/* What a role's filters cost a system call: the same loop in a process that has none. */
#include "sandbox/base/cleanup.h"
#include "sandbox/roles/role.h"
#include "tests/bench/bench.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALLS 100000

enum kind { ALLOWED, CHECKED };

/* Cheap in the kernel, so that what is measured is the way there: no file; nobody to wake. */
static void call(enum kind kind)
{
	static uint32_t word;

	if (kind == ALLOWED)
		(void)syscall(SYS_close, -1);
	else
		(void)syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* By messages, since that is what the role allows. */
static int exchange(int fd, void *bytes, size_t n, bool send)
{
	struct iovec iov = { .iov_base = bytes, .iov_len = n };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t r = send ? sendmsg(fd, &message, 0) : recvmsg(fd, &message, 0);

	return r == (ssize_t)n ? 0 : -EPIPE;
}

static _Noreturn void work(int fd, bool filtered)
{
	uint32_t kind;

	if (filtered && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
			 brig_program_load(&brig_role_zygote.filters[BRIG_AFTER_READY]) < 0 ||
			 brig_program_load(&brig_role_renderer.filters[BRIG_AFTER_READY]) < 0))
		_exit(1);
	while (exchange(fd, &kind, sizeof kind, false) == 0) {
		uint64_t start = bench_now_ns();

		for (int i = 0; i < CALLS; i++)
			call((enum kind)kind);
		uint64_t took = bench_now_ns() - start;
		if (exchange(fd, &took, sizeof took, true) < 0)
			break;
	}
	_exit(0);
}

struct calls {
	int fds[2]; /* ours of the filtered process, and of the other */
	pid_t pids[2];
};

static void tear_down(void *state)
{
	struct calls *calls = state;

	for (int i = 0; i < 2; i++) {
		brig_close_fd(&calls->fds[i]);
		if (calls->pids[i] > 0)
			(void)waitpid(calls->pids[i], NULL, 0);
	}
	free(calls);
}

static int start(struct calls *calls, int i)
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		return -errno;
	calls->fds[i] = sv[0];
	calls->pids[i] = fork();
	if (calls->pids[i] == 0) {
		/* Else one would keep the other's channel open, and each wait for its end. */
		for (int j = 0; j <= i; j++)
			(void)close(calls->fds[j]);
		work(sv[1], i == 0);
	}
	(void)close(sv[1]);
	return calls->pids[i] < 0 ? -errno : 0;
}

static int set_up(void **ret)
{
	struct calls *calls = calloc(1, sizeof *calls);
	int r = calls ? 0 : -ENOMEM;

	if (r)
		return r;
	calls->fds[0] = calls->fds[1] = -1;
	for (int i = 0; !r && i < 2; i++)
		r = start(calls, i);
	if (r)
		tear_down(calls);
	else
		*ret = calls;
	return r;
}

static int measure(const struct calls *calls, int i, enum kind kind, uint64_t *ret_ns)
{
	uint32_t wanted = kind;
	int r = exchange(calls->fds[i], &wanted, sizeof wanted, true);

	return r ? r : exchange(calls->fds[i], ret_ns, sizeof *ret_ns, false);
}

static int filtered_allowed(void *state, uint64_t *ret_ns)
{
	return measure(state, 0, ALLOWED, ret_ns);
}

static int bare_allowed(void *state, uint64_t *ret_ns)
{
	return measure(state, 1, ALLOWED, ret_ns);
}

static int filtered_checked(void *state, uint64_t *ret_ns)
{
	return measure(state, 0, CHECKED, ret_ns);
}

static int bare_checked(void *state, uint64_t *ret_ns)
{
	return measure(state, 1, CHECKED, ret_ns);
}

static const struct bench_row rows[] = {
	{ "call-allowed", "100,000 calls that a renderer may make with any arguments",
	  "the same without a filter", filtered_allowed, bare_allowed, 1.10, 40, 0, NULL },
	{ "call-checked", "100,000 calls whose arguments its filter looks at",
	  "the same without a filter", filtered_checked, bare_checked, 1.40, 40, 0, NULL },
};

const struct bench_group bench_calls = { set_up, tear_down, rows, sizeof rows / sizeof *rows };
