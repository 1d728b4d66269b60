#include "tests/support/crowd.h"

#include "ipc/wire/channel.h"
#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Who may have as many open isn't refused. */
static int send_all(uid_t user, unsigned int n, int to)
{
	struct rlimit limit;
	const int fds[BRIG_FDS_MAX] = { STDIN_FILENO, STDIN_FILENO, STDIN_FILENO, STDIN_FILENO };
	int r = 0;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return errno;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	    (user != getuid() && setresuid(user, user, user) < 0))
		return errno;
	while (n && !r) {
		const unsigned int some = n < BRIG_FDS_MAX ? n : BRIG_FDS_MAX;

		r = brig_packet_send(to, "", 1, fds, some, false);
		n -= some;
	}
	return -r;
}

int crowd_of(uid_t user, unsigned int n)
{
	int sv[2], status = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		return -errno;
	brig_auto_fd int from = sv[0];
	brig_auto_fd int to = sv[1];
	const pid_t pid = fork();
	if (pid == 0)
		_exit(send_all(user, n, to));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -errno;
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
	return brig_steal_fd(&from);
}
