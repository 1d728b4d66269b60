/* The fork server. Nothing here reads what a child can write. */
#include "renderer/runtime/runtime.h"

#include "ipc/schema/launch.h"
#include "sandbox/base/cleanup.h"

#include <brig/version.h>

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define AGAIN_MS 10

static void say_ready(const struct brig_helper *helper)
{
	struct brig_launch_message ready = { .kind = BRIG_LAUNCH_READY };

	(void)snprintf(ready.build_id, sizeof ready.build_id, "%s", brig_build_id());
	for (int i = 0; i < BRIG_LAYER_COUNT; i++)
		ready.layer_error[i] = (uint8_t)helper->layers[i].error;
	if (brig_packet_send(BRIG_CHANNEL_FD, &ready, sizeof ready, NULL, 0, true) < 0)
		_exit(0);
}

/* While too many descriptors of its user lie in sockets it waits: nobody tells when they are read.
 */
static void say_forked(const struct brig_launch_message *answer, int pidfd)
{
	int r;

	do {
		r = brig_packet_send(BRIG_CHANNEL_FD, answer, sizeof *answer, &pidfd, pidfd >= 0,
				     true);
	} while (r == -ETOOMANYREFS && poll(NULL, 0, AGAIN_MS) == 0);
	if (r < 0)
		_exit(0);
}

/* 0 and *ret_fd, or -errno; the broker's end is trusted, its death is not an error. */
static int receive_request(struct brig_launch_message *ret, int *ret_fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = ret, .iov_len = sizeof *ret };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof control.bytes };
	ssize_t n;

	do {
		n = recvmsg(BRIG_CHANNEL_FD, &message, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		_exit(0);
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&message);
	if (n != sizeof *ret || !cmsg || cmsg->cmsg_type != SCM_RIGHTS)
		return -EPROTO;
	memcpy(ret_fd, CMSG_DATA(cmsg), sizeof *ret_fd);
	return 0;
}

static bool may_launch(const struct brig_helper *helper, const struct brig_role *role)
{
	if (!role || role->id == BRIG_ROLE_ZYGOTE)
		return false;
	return role == helper->role ||
	       (helper->role->id == BRIG_ROLE_ZYGOTE && role->launch == BRIG_LAUNCH_FORK);
}

/*
 * CLONE_PARENT: the broker is the parent, so it reaps, and the zygote's death costs no child.
 * Legacy clone: its flags are in a register, where a filter can see them. Returns the pid, 0 in the
 * child.
 */
static long make_child(struct brig_layer_state *pid_ns, bool may_have_one, int *ret_pidfd)
{
	const unsigned long flags = CLONE_PARENT | CLONE_PIDFD;
	long pid = -1;

	if (pid_ns->want != BRIG_OFF && may_have_one) {
		pid_ns->got = BRIG_CLAIMED;
		pid_ns->error = 0; /* of a child before, that had none */
		pid = syscall(SYS_clone, flags | CLONE_NEWPID, NULL, ret_pidfd, NULL, 0);
		if (pid >= 0)
			return pid;
	} else {
		errno = EPERM;
	}
	pid_ns->got = BRIG_MISSING;
	if (pid_ns->want == BRIG_REQUIRED)
		return -1;
	pid_ns->error = pid_ns->want == BRIG_OFF ? 0 : errno;
	return syscall(SYS_clone, flags, NULL, ret_pidfd, NULL, 0);
}

static void launch(struct brig_helper *helper, const struct brig_launch_message *request,
		   int channel_fd)
{
	const struct brig_role *role = brig_role_get(request->role);
	struct brig_launch_message answer = { .kind = BRIG_LAUNCH_FORKED,
					      .role = request->role,
					      .instance = request->instance };
	brig_auto_fd int pidfd = -1;
	long pid = -1;

	errno = EPERM;
	if (may_launch(helper, role))
		pid = make_child(&helper->layers[BRIG_LAYER_PID_NS],
				 helper->layers[BRIG_LAYER_USER_NS].got != BRIG_MISSING, &pidfd);
	if (pid == 0)
		brig_bootstrap_run(helper, role, channel_fd);
	if (pid < 0) {
		answer.stage = BRIG_STAGE_FORK;
		answer.error = errno;
	}
	say_forked(&answer, pid > 0 ? pidfd : -1);
}

_Noreturn void brig_helper_serve(struct brig_helper *helper)
{
	say_ready(helper);
	for (;;) {
		struct brig_launch_message request;
		brig_auto_fd int channel_fd = -1;

		if (receive_request(&request, &channel_fd) < 0)
			_exit(1);
		launch(helper, &request, channel_fd);
		if (helper->role->id != BRIG_ROLE_ZYGOTE)
			_exit(0); /* a helper of its own launches one child */
	}
}
