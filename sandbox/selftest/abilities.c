/*
 * What a broker does with a child from outside, done to a subject: a throw-away child of a
 * throw-away child. It stands in a user namespace where one can be had, as a sealed child does,
 * since that is what gives the broker its rights over it.
 */
#include "sandbox/selftest/probe.h"

#include "sandbox/base/cleanup.h"
#include "sandbox/layers/priority.h"
#include "sandbox/layers/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The kernel writes its own size of the record, which may have grown: SECCOMP_GET_NOTIF_SIZES. */
#define RECORD_ROOM 512
#define STATUS_ROOM 8192

/* uname(2) is what is reported. */
static const struct sock_filter reporter[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_uname, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static bool enter_user_namespace(void)
{
	const struct brig_tier full = { .least = BRIG_LEVEL_FULL };
	static const enum brig_stage wanted[] = { BRIG_STAGE_UID, BRIG_STAGE_USER_NS,
						  BRIG_STAGE_ID_MAP };
	struct brig_seal seal;

	brig_seal_init(&seal, &brig_role_renderer, &full);
	seal.uid = BRIG_PROBE_UID;
	for (size_t i = 0; i < brig_steps_entry.n; i++) {
		const struct brig_step *step = &brig_steps_entry.rows[i];

		for (size_t j = 0; j < sizeof wanted / sizeof *wanted; j++)
			if (step->stage == wanted[j] && step->run(&seal) < 0)
				return false;
	}
	return true;
}

/* What travels between the two: a byte, and a descriptor with it or none. */
struct parcel {
	char byte;
	struct iovec bytes;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct msghdr message;
};

static struct msghdr *parcel_open(struct parcel *parcel, bool with_fd)
{
	memset(parcel, 0, sizeof *parcel);
	parcel->bytes = (struct iovec){ .iov_base = &parcel->byte, .iov_len = 1 };
	parcel->message.msg_iov = &parcel->bytes;
	parcel->message.msg_iovlen = 1;
	parcel->message.msg_control = with_fd ? parcel->control : NULL;
	parcel->message.msg_controllen = with_fd ? sizeof parcel->control : 0;
	return &parcel->message;
}

static bool parcel_send(int to, int fd)
{
	struct parcel parcel;
	struct msghdr *message = parcel_open(&parcel, fd >= 0);
	struct cmsghdr *header = CMSG_FIRSTHDR(message);

	if (header) {
		*header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof fd),
					    .cmsg_level = SOL_SOCKET,
					    .cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(header), &fd, sizeof fd);
	}
	return sendmsg(to, message, MSG_NOSIGNAL) == 1;
}

/* *ret_fd: what came with it, or -1. */
static bool parcel_receive(int from, int *ret_fd)
{
	struct parcel parcel;
	struct msghdr *message = parcel_open(&parcel, true);

	if (recvmsg(from, message, MSG_CMSG_CLOEXEC) != 1)
		return false;
	const struct cmsghdr *header = CMSG_FIRSTHDR(message);
	*ret_fd = -1;
	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(header), sizeof *ret_fd);
	return true;
}

static _Noreturn void be_subject(bool listened_to, struct brig_probe_report *report, int ready)
{
	const struct brig_program program = { .code = reporter,
					      .length = sizeof reporter / sizeof *reporter };
	struct utsname name;

	const bool inside = enter_user_namespace();
	/* After the changes of credentials, which clear it. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (listened_to)
		report->answer = brig_program_load_listening(&program);
	/* As a child does, at which its broker has no rights then: it sends what it has. */
	if (!parcel_send(ready, listened_to && !inside ? report->answer : -1))
		_exit(1);
	if (listened_to && report->answer >= 0)
		(void)uname(&name);
	for (;;)
		(void)pause();
}

struct subject {
	pid_t pid;
	int sent; /* the listener, if it sent that; or -1 */
};

/*
 * Its pidfd, or -errno with the step named, once it got as far as it can. Its end is its parent's:
 * nothing is closed or reaped here.
 */
static int make_subject(bool listened_to, struct brig_probe_report *report, struct subject *ret)
{
	int pair[2], pidfd = -1;

	report->step = "making a process";
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	long pid = syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, NULL, &pidfd, NULL, 0);
	if (pid < 0)
		return -errno;
	if (pid == 0)
		be_subject(listened_to, report, pair[1]);
	(void)close(pair[1]);
	ret->pid = (pid_t)pid;
	report->step = "waiting for it";
	return parcel_receive(pair[0], &ret->sent) ? pidfd : -ECHILD;
}

/* The first call that it reports must be the one it made. */
static int hear(int listener)
{
	union {
		struct seccomp_notif call;
		char room[RECORD_ROOM];
	} record;
	struct pollfd wait = { .fd = listener, .events = POLLIN };

	memset(&record, 0, sizeof record);
	if (poll(&wait, 1, -1) < 0 || ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &record) < 0)
		return -errno;
	return record.call.data.nr == SYS_uname ? 0 : -EPROTO;
}

/* Ended before its parent is: it may hold what the prober waits for. */
static int conclude(int subject, int r)
{
	(void)syscall(SYS_pidfd_send_signal, subject, SIGKILL, NULL, 0);
	return r;
}

int brig_probe_listener(struct brig_probe_report *report, const void *data)
{
	struct subject made = { .sent = -1 };
	const int subject = make_subject(true, report, &made);
	(void)data;

	if (subject < 0)
		return subject;
	report->step = "seccomp(2) with a listener";
	if (report->answer < 0)
		return conclude(subject, report->answer);
	report->step = "pidfd_getfd(2)";
	long listener =
		made.sent >= 0 ? made.sent : syscall(SYS_pidfd_getfd, subject, report->answer, 0);
	if (listener < 0)
		return conclude(subject, -errno);
	report->step = "SECCOMP_IOCTL_NOTIF_RECV";
	return conclude(subject, hear((int)listener));
}

static int read_all(int directory, const char *path, char *ret, size_t size)
{
	brig_auto_fd int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, ret, size - 1);
	if (n < 0)
		return -errno;
	ret[n] = '\0';
	return 0;
}

static int open_proc_of(int pidfd)
{
	char path[64], text[1024];

	(void)snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
	int r = read_all(AT_FDCWD, path, text, sizeof text);
	if (r < 0)
		return r;
	const char *line = strstr(text, "\nPid:");
	const long pid = line ? strtol(line + 5, NULL, 10) : 0;
	if (pid <= 0)
		return -ESRCH;
	(void)snprintf(path, sizeof path, "/proc/%ld", pid);
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int read_status(int proc)
{
	static const char *const lines[] = { "Uid",    "NoNewPrivs",      "Seccomp", "Threads",
					     "CapEff", "Seccomp_filters", "CapBnd" };
	char status[STATUS_ROOM], key[32];
	int r = read_all(proc, "status", status, sizeof status);

	for (size_t i = 0; !r && i < sizeof lines / sizeof *lines; i++) {
		(void)snprintf(key, sizeof key, "\n%s:", lines[i]);
		if (!strstr(status, key))
			r = -ENODATA;
	}
	return r;
}

static int read_namespaces(int proc)
{
	static const char *const links[] = { "ns/user", "ns/mnt",    "ns/net", "ns/ipc",
					     "ns/uts",  "ns/cgroup", "ns/pid" };
	char text[64];

	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		if (readlinkat(proc, links[i], text, sizeof text) < 0)
			return -errno;
	return 0;
}

static int look_at(int subject, struct brig_probe_report *report)
{
	report->step = "finding it in /proc";
	brig_auto_fd int proc = open_proc_of(subject);
	if (proc < 0)
		return proc;
	report->step = "reading /proc/PID/status";
	int r = read_status(proc);
	if (r < 0)
		return r;
	report->step = "reading /proc/PID/ns";
	r = read_namespaces(proc);
	if (r < 0)
		return r;
	report->step = "opening /proc/PID/root";
	brig_auto_fd int root = openat(proc, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return root < 0 ? -errno : 0;
}

int brig_probe_attestation(struct brig_probe_report *report, const void *data)
{
	struct subject made = { .sent = -1 };
	const int subject = make_subject(false, report, &made);
	(void)data;

	return subject < 0 ? subject : conclude(subject, look_at(subject, report));
}

/* The least urgent: who may do that may do what is less. */
int brig_probe_priority(struct brig_probe_report *report)
{
	const struct brig_urgency none = { 0 };
	const struct brig_urgency urgency = brig_urgency_of(BRIG_PRIORITY_BEST_EFFORT, &none);
	struct brig_urgency seen;
	struct subject made = { .sent = -1 };
	const int subject = make_subject(false, report, &made);

	if (subject < 0)
		return subject;
	report->stage = BRIG_STAGE_PRIORITY;
	int r = brig_urgency_set(made.pid, &urgency);
	if (!r)
		r = brig_urgency_read(made.pid, &seen);
	if (!r && !brig_urgency_within(&seen, &urgency))
		r = -EPERM;
	return conclude(subject, r);
}
