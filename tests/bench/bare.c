/* The broker's side of the barest fork server: the same hop as to a zygote. */
#include "tests/bench/bench.h"

#include "ipc/wire/channel.h"
#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>

struct bench_bare {
	struct brig_channel server; /* fd -1: none */
	pid_t pid;
	uint8_t buffer[BRIG_PACKET_MAX];
};

static int spawn_server(const char *program, int channel, pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	char name[] = "fork-server";
	char *const argv[] = { name, NULL }, *const environment[] = { NULL };

	if (posix_spawn_file_actions_init(&actions))
		return -ENOMEM;
	int r = posix_spawn_file_actions_adddup2(&actions, channel, 3);
	if (!r)
		r = posix_spawn(ret, program, &actions, NULL, argv, environment);
	(void)posix_spawn_file_actions_destroy(&actions);
	return -r;
}

int bench_bare_create(const char *program, struct bench_bare **ret)
{
	struct bench_bare *bare = calloc(1, sizeof *bare);
	brig_auto_fd int theirs = -1;
	int ours = -1;

	if (!bare)
		return -ENOMEM;
	int r = brig_channel_pair(false, &ours, &theirs);
	brig_channel_init(&bare->server, ours);
	/* Out of the way of the number that it gets. */
	brig_auto_fd int high = r ? -1 : fcntl(theirs, F_DUPFD_CLOEXEC, 16);
	if (!r)
		r = high < 0 ? -errno : spawn_server(program, high, &bare->pid);
	if (r) {
		bench_bare_destroy(bare);
		return r;
	}
	*ret = bare;
	return 0;
}

void bench_bare_destroy(struct bench_bare *bare)
{
	if (!bare)
		return;
	brig_channel_finish(&bare->server);
	if (bare->pid > 0)
		(void)waitpid(bare->pid, NULL, 0);
	free(bare);
}

/* Both answers, in whichever order they come: the child's word, and the pidfd. */
static int collect(struct bench_bare *bare, struct brig_channel *child, int *ret_pidfd)
{
	struct pollfd fds[2] = { { .fd = bare->server.fd, .events = POLLIN },
				 { .fd = child->fd, .events = POLLIN } };
	struct brig_packet packet;

	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		if (poll(fds, 2, 10000) <= 0)
			return -ETIMEDOUT;
		for (int i = 0; i < 2; i++) {
			if (!fds[i].revents)
				continue;
			if (brig_channel_receive(i ? child : &bare->server, bare->buffer, false,
						 &packet) != 1)
				return -EPIPE;
			if (!i)
				*ret_pidfd = packet.n_fds == 1 ? packet.fds[0] : -1;
			fds[i].fd = -1;
		}
	}
	return *ret_pidfd < 0 ? -EPROTO : 0;
}

static int reap(struct brig_channel *child, int pidfd)
{
	struct pollfd died = { .fd = pidfd, .events = POLLIN };
	siginfo_t info;

	(void)shutdown(child->fd, SHUT_RDWR);
	if (poll(&died, 1, 10000) != 1)
		return -ETIMEDOUT;
	return waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0 ? -errno : 0;
}

int bench_bare_fork(struct bench_bare *bare, uint64_t *ret_first_ns, uint64_t *ret_reaped_ns)
{
	const uint64_t start = bench_now_ns();
	brig_auto_fd int theirs = -1;
	brig_auto_fd int pidfd = -1;
	struct brig_channel child;
	int ours = -1;

	int r = brig_channel_pair(false, &ours, &theirs);
	brig_channel_init(&child, ours);
	if (!r)
		r = brig_packet_send(bare->server.fd, "f", 1, &theirs, 1, true);
	brig_close_fd(&theirs);
	if (!r)
		r = collect(bare, &child, &pidfd);
	if (ret_first_ns)
		*ret_first_ns = bench_now_ns() - start;
	if (!r)
		r = reap(&child, pidfd);
	brig_channel_finish(&child);
	brig_close_fd(&pidfd);
	if (ret_reaped_ns)
		*ret_reaped_ns = bench_now_ns() - start;
	return r;
}
