/* The process that is to be watched, up to its exec. */
#include "tools/policy/watch.h"

#include <errno.h>
#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Linux 5.19; Debian 12's header stops before it. */
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1ul << 5)
#endif

#define COOKIE_ARGUMENT 3 /* past those of sendmsg and exit_group */

/*
 * Everything waits for the listener, but for the two calls that hand it over, or say why not: they
 * carry a number that the program can't know, in a register that they don't use. The call's number
 * is looked at too, since the register keeps it until exec.
 */
static int load_filter(uint64_t cookie)
{
	const unsigned int at = offsetof(struct seccomp_data, args) + 8 * COOKIE_ARGUMENT;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)cookie, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(cookie >> 32), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	};
	const struct sock_fprog filter = { .len = sizeof code / sizeof *code, .filter = code };
	unsigned long flags =
		SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);

	if (fd < 0 && errno == EINVAL) { /* before Linux 5.19 a signal may interrupt any call */
		flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
		fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
	}
	return (int)fd;
}

static long send_listener(int to, int listener, uint64_t cookie)
{
	char byte = 0;
	struct iovec vector = { .iov_base = &byte, .iov_len = 1 };
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr message = { .msg_iov = &vector,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof control.bytes };

	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(&control.header), &listener, sizeof listener);
	return syscall(SYS_sendmsg, to, &message, MSG_NOSIGNAL, cookie);
}

static _Noreturn void child_fail(volatile struct watched_note *note, const char *missing,
				 uint64_t cookie)
{
	note->error = errno;
	note->missing = missing;
	(void)syscall(SYS_exit_group, 127, 0, 0, cookie);
	__builtin_unreachable();
}

void watched_run(char *const *command, int to, const sigset_t *mask,
		 volatile struct watched_note *note)
{
	uint64_t cookie;
	int listener;

	if (getrandom(&cookie, sizeof cookie, 0) != sizeof cookie)
		child_fail(note, "a random number", 0);
	(void)signal(SIGPIPE, SIG_DFL); /* which this command ignores, and exec would keep */
	(void)sigprocmask(SIG_SETMASK, mask, NULL);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		child_fail(note, "no_new_privs", 0);
	listener = load_filter(cookie);
	if (listener < 0)
		child_fail(note, "a listener of seccomp's", 0);
	if (send_listener(to, listener, cookie) < 0)
		child_fail(note, "a way to hand the listener over", cookie);
	/* From here on the parent sees everything. */
	(void)execvp(command[0], command);
	child_fail(note, NULL, cookie);
}
