/* Two processes and what joins them; and the barest of all transports. */
#include "tests/bench/echo.h"

#include "sandbox/base/cleanup.h"
#include "tests/bench/bench.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int set_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	return sched_setaffinity(0, sizeof set, &set) < 0 ? -errno : 0;
}

int echo_pin(struct echo_cpus *cpus)
{
	if (sched_getaffinity(0, sizeof cpus->all, &cpus->all) < 0)
		return -errno;
	cpus->first = cpus->last = -1;
	for (int i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET((size_t)i, &cpus->all))
			continue;
		if (cpus->first < 0)
			cpus->first = i;
		cpus->last = i;
	}
	return set_cpu(cpus->first);
}

void echo_unpin(const struct echo_cpus *cpus)
{
	(void)sched_setaffinity(0, sizeof cpus->all, &cpus->all);
}

static _Noreturn void serve(const struct echo_transport *transport, int fd, int cpu,
			    unsigned int poll_us)
{
	/* Whatever else is open would keep other servers from seeing their end. */
	const int own = dup2(fd, STDERR_FILENO + 1);

	if (own < 0 || close_range(STDERR_FILENO + 2, ~0u, 0) < 0 || set_cpu(cpu))
		_exit(1);
	transport->serve(own, poll_us);
	_exit(0);
}

int echo_start(struct echo *echo, const struct echo_transport *transport, int cpu,
	       unsigned int poll_us)
{
	int sv[2];

	*echo = (struct echo){ .transport = transport };
	if (socketpair(AF_UNIX, transport->socket_type | SOCK_CLOEXEC, 0, sv) < 0)
		return -errno;
	brig_auto_fd int ours = sv[0];
	brig_auto_fd int theirs = sv[1];
	echo->pid = fork();
	if (echo->pid < 0) {
		echo->pid = 0;
		return -errno;
	}
	if (echo->pid == 0)
		serve(transport, theirs, cpu, poll_us);
	brig_close_fd(&theirs);
	const int r = transport->open(ours, poll_us, &echo->client);
	if (r) {
		brig_close_fd(&ours); /* which the other waits for */
		echo_stop(echo);
		return r;
	}
	(void)brig_steal_fd(&ours);
	return 0;
}

void echo_stop(struct echo *echo)
{
	if (echo->client)
		echo->transport->close(echo->client);
	echo->client = NULL;
	if (echo->pid > 0)
		(void)waitpid(echo->pid, NULL, 0);
	echo->pid = 0;
}

int echo_measure(const struct echo *echo, unsigned int n, uint64_t *ret_ns)
{
	const uint64_t start = bench_now_ns();
	const int r = echo->transport->call(echo->client, n);

	*ret_ns = (bench_now_ns() - start) / n;
	return r;
}

/* ---- the barest: whole packets, nothing looked at ---- */

static void raw_serve(int fd, unsigned int poll_us)
{
	char bytes[ECHO_BYTES];
	(void)poll_us;

	while (recv(fd, bytes, sizeof bytes, 0) == sizeof bytes)
		if (send(fd, bytes, sizeof bytes, MSG_NOSIGNAL) < 0)
			return;
}

struct raw {
	int fd;
};

static int raw_open(int fd, unsigned int poll_us, void **ret)
{
	struct raw *raw = calloc(1, sizeof *raw);
	(void)poll_us;

	if (!raw)
		return -ENOMEM;
	raw->fd = fd;
	*ret = raw;
	return 0;
}

static void raw_close(void *client)
{
	struct raw *raw = client;

	(void)close(raw->fd);
	free(raw);
}

static int raw_call(void *client, unsigned int n)
{
	const struct raw *raw = client;
	char bytes[ECHO_BYTES] = { 0 };

	while (n--)
		if (send(raw->fd, bytes, sizeof bytes, MSG_NOSIGNAL) != sizeof bytes ||
		    recv(raw->fd, bytes, sizeof bytes, 0) != sizeof bytes)
			return -EPIPE;
	return 0;
}

static void raw_serve_oneway(int fd, unsigned int poll_us)
{
	char bytes[ECHO_BYTES];
	(void)poll_us;

	while (recv(fd, bytes, sizeof bytes, 0) == sizeof bytes)
		if (*bytes && send(fd, bytes, sizeof bytes, MSG_NOSIGNAL) < 0)
			return;
}

static int raw_tell(void *client, unsigned int n)
{
	const struct raw *raw = client;
	char bytes[ECHO_BYTES] = { 0 };

	while (n--) {
		bytes[0] = n ? '\0' : '\1';
		if (send(raw->fd, bytes, sizeof bytes, MSG_NOSIGNAL) != sizeof bytes)
			return -EPIPE;
	}
	return recv(raw->fd, bytes, sizeof bytes, 0) == sizeof bytes ? 0 : -EPIPE;
}

const struct echo_transport echo_raw_oneway = { SOCK_SEQPACKET, raw_serve_oneway, raw_open,
						raw_close, raw_tell };
const struct echo_transport echo_raw = { SOCK_SEQPACKET, raw_serve, raw_open, raw_close, raw_call };
