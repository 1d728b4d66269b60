/*
 * The barest fork server: receives a socket, clones a child with the broker as its parent, tells of
 * it by a pidfd. The child says one word, waits for the end of its channel, and ends.
 */
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CHANNEL 3

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static int receive_fd(void)
{
	union control control;
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof control.bytes };
	int fd = -1;

	if (recvmsg(CHANNEL, &message, MSG_CMSG_CLOEXEC) <= 0 || !CMSG_FIRSTHDR(&message))
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
	return fd;
}

static int send_fd(int fd)
{
	union control control = { .bytes = { 0 } };
	char byte = 'f';
	struct iovec iov = { &byte, 1 };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof control.bytes };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&message);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(cmsg), &fd, sizeof fd);
	return sendmsg(CHANNEL, &message, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

static _Noreturn void child(int channel)
{
	char byte = 'r';

	if (send(channel, &byte, 1, MSG_NOSIGNAL) == 1)
		(void)recv(channel, &byte, 1, 0);
	_exit(0);
}

int main(void)
{
	for (;;) {
		int channel = receive_fd(), pidfd = -1;

		if (channel < 0)
			return 0;
		long pid = syscall(SYS_clone, CLONE_PARENT | CLONE_PIDFD, NULL, &pidfd, NULL, 0);
		if (pid == 0)
			child(channel);
		if (pid < 0 || send_fd(pidfd) < 0)
			return 1;
		(void)close(pidfd);
		(void)close(channel);
	}
}
