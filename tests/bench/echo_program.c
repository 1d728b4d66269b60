/* Transports in C++ are programs of their own: their threads are nobody else's business. */
#include "sandbox/base/cleanup.h"
#include "tests/bench/echo.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONTROL 3 /* a number of calls comes in, the nanoseconds that they took go out */

static int spawn(const char *path, int control, pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	char name[] = "echo-program";
	char *const argv[] = { name, NULL };

	if (posix_spawn_file_actions_init(&actions))
		return -ENOMEM;
	int r = posix_spawn_file_actions_adddup2(&actions, control, CONTROL);
	if (!r)
		r = posix_spawn(ret, path, &actions, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	return -r;
}

int echo_program_start(struct echo_program *program, const char *path)
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		return -errno;
	brig_auto_fd int ours = sv[0];
	brig_auto_fd int theirs = sv[1];
	/* Out of the way of the number that it gets. */
	brig_auto_fd int high = fcntl(theirs, F_DUPFD_CLOEXEC, 16);
	const int r = high < 0 ? -errno : spawn(path, high, &program->pid);
	if (!r)
		program->fd = brig_steal_fd(&ours);
	return r;
}

void echo_program_stop(struct echo_program *program)
{
	if (program->pid <= 0)
		return;
	brig_close_fd(&program->fd);
	(void)waitpid(program->pid, NULL, 0);
	program->pid = 0;
}

int echo_program_measure(const struct echo_program *program, uint32_t n, uint64_t *ret_ns)
{
	uint64_t took;

	if (send(program->fd, &n, sizeof n, MSG_NOSIGNAL) != sizeof n ||
	    recv(program->fd, &took, sizeof took, 0) != sizeof took)
		return -EPIPE;
	*ret_ns = took / n;
	return 0;
}
