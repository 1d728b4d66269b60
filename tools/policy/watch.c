/*
 * The program is observed, not held: every notification is answered with CONTINUE, which
 * seccomp_unotify(2) warns must never enforce a policy, since memory behind pointers may change
 * between our look and the kernel's. Here nothing is decided by what is seen, and only registers
 * are looked at.
 */
#include "tools/policy/watch.h"

#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct watcher {
	watch_fn see;
	void *user;
	int listener, signals;
	pid_t program;
	bool reaped;
	bool stop;
	struct seccomp_notif_sizes sizes;
	struct seccomp_notif *request;
	struct seccomp_notif_resp *response;
	struct watch_result *result;
};

/* -ECHILD: the child ended before it had one. */
static int receive_listener(int from)
{
	char byte;
	struct iovec vector = { .iov_base = &byte, .iov_len = 1 };
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr message = { .msg_iov = &vector,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof control.bytes };
	ssize_t n;
	int fd;

	do {
		n = recvmsg(from, &message, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	const struct cmsghdr *header = n ? CMSG_FIRSTHDR(&message) : NULL;
	if (!header || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(sizeof fd))
		return n ? -EMFILE : -ECHILD;
	memcpy(&fd, CMSG_DATA(header), sizeof fd);
	return fd;
}

static int answer_one(struct watcher *w)
{
	memset(w->request, 0, w->sizes.seccomp_notif);
	if (ioctl(w->listener, SECCOMP_IOCTL_NOTIF_RECV, w->request) < 0)
		/* ENOENT: the task died, or a signal took it out of its call. */
		return errno == ENOENT || errno == EINTR ? 0 : -errno;
	const int error = w->see(w->user, &w->request->data);
	memset(w->response, 0, w->sizes.seccomp_notif_resp);
	w->response->id = w->request->id;
	w->response->error = -error;
	w->response->flags = error ? 0 : (uint32_t)SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	while (ioctl(w->listener, SECCOMP_IOCTL_NOTIF_SEND, w->response) < 0)
		if (errno != EINTR)
			return errno == ENOENT ? 0 : -errno;
	return 0;
}

/* Orphans too: a zombie that nobody reaps would keep the listener open before Linux 6.11. */
static void reap(struct watcher *w)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == w->program) {
			w->reaped = true;
			w->result->status = status;
		}
}

static void take_signals(struct watcher *w)
{
	struct signalfd_siginfo info;

	while (read(w->signals, &info, sizeof info) == sizeof info) {
		if (info.ssi_signo == SIGCHLD)
			reap(w);
		else if (w->reaped)
			w->stop = true;
		/* One from the terminal the program has got already. */
		else if (info.ssi_code != SI_KERNEL)
			(void)kill(w->program, (int)info.ssi_signo);
	}
}

static int watch(struct watcher *w)
{
	struct pollfd fds[] = { { .fd = w->listener, .events = POLLIN },
				{ .fd = w->signals, .events = POLLIN } };
	int r = 0;

	while (!r && !w->stop && (fds[0].fd >= 0 || !w->reaped)) {
		if (poll(fds, 2, -1) < 0) {
			r = errno == EINTR ? 0 : -errno;
			continue;
		}
		if (fds[1].revents)
			take_signals(w);
		if (fds[0].revents & POLLIN)
			r = answer_one(w);
		else if (fds[0].revents)
			fds[0].fd = -1; /* nobody lives under the filter any more */
	}
	w->result->left_running = w->stop;
	w->result->missing = "notifications of system calls";
	return r;
}

static int prepare(struct watcher *w, sigset_t *ret_old)
{
	sigset_t set;

	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &w->sizes) < 0)
		return -errno;
	/* Ours or the kernel's, whichever is larger. */
	if (w->sizes.seccomp_notif < sizeof *w->request)
		w->sizes.seccomp_notif = sizeof *w->request;
	if (w->sizes.seccomp_notif_resp < sizeof *w->response)
		w->sizes.seccomp_notif_resp = sizeof *w->response;
	w->request = malloc(w->sizes.seccomp_notif);
	w->response = malloc(w->sizes.seccomp_notif_resp);
	if (!w->request || !w->response)
		return -ENOMEM;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGQUIT);
	if (sigprocmask(SIG_BLOCK, &set, ret_old) < 0)
		return -errno;
	w->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (w->signals < 0)
		return -errno;
	return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 ? -errno : 0;
}

static int start(struct watcher *w, char *const *command, const sigset_t *mask,
		 volatile struct watched_note *note)
{
	int sv[2];

	w->result->missing = "a process";
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		return -errno;
	brig_auto_fd int parent = sv[0];
	w->program = fork();
	if (w->program == 0)
		watched_run(command, sv[1], mask, note);
	int error = w->program < 0 ? errno : 0;
	(void)close(sv[1]);
	if (error)
		return -error;
	w->result->missing = "the listener";
	w->listener = receive_listener(parent);
	if (w->listener >= 0)
		return 0;
	const int status_of = w->listener;
	if (status_of != -ECHILD)
		(void)kill(w->program, SIGKILL); /* it waits for a listener that nobody has */
	(void)waitpid(w->program, NULL, 0);
	w->result->missing = note->missing ? note->missing : w->result->missing;
	return note->error ? -note->error : status_of;
}

int watch_run(char *const *command, watch_fn see, void *user, struct watch_result *ret)
{
	struct watcher w = {
		.see = see, .user = user, .listener = -1, .signals = -1, .result = ret
	};
	sigset_t old;
	struct watched_note *note =
		mmap(NULL, sizeof *note, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	*ret = (struct watch_result){ .missing = "user notifications of seccomp's" };
	if (note == MAP_FAILED)
		return -errno;
	int r = prepare(&w, &old);
	if (!r)
		r = start(&w, command, &old, note);
	if (!r)
		r = watch(&w);
	if (!r && note->error)
		ret->start_error = note->error;
	if (w.listener >= 0)
		(void)close(w.listener);
	if (w.signals >= 0)
		(void)close(w.signals);
	free(w.request);
	free(w.response);
	(void)munmap(note, sizeof *note);
	return r;
}
