/* What goes over the channel: messages that are none, and descriptors that nobody asked for. */
#include "sandbox/selftest/attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define FDS_ATMOST  253 /* SCM_MAX_FD of the kernel */
#define MANY        64
#define LONGEST     (65536 + 32)
#define CREDENTIALS 2 /* SCM_CREDENTIALS */

/* The header of ipc/wire/frame.h, in this machine's own order, as an enemy fills it in. */
struct header {
	uint8_t version, kind;
	uint16_t flags, service, method;
	uint64_t id;
	uint32_t length;
	uint16_t n_fds, reserved;
	uint64_t deadline;
};

enum { REQUEST = 1, REPLY = 2, EVENT = 4, CANCEL = 5, CREDIT = 6 };
enum { LIFECYCLE = 1, SURFACE = 3, NO_SERVICE = 31 };

static struct header request(uint16_t service)
{
	return (struct header){
		.version = 1, .kind = REQUEST, .service = service, .method = 1, .id = 1
	};
}

/* Until its end comes; what the broker says meanwhile is of no interest. */
static int await_end(struct brig_attempt_context *context)
{
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

	long r;

	do {
		r = RAW(SYS_recvmsg, context->channel, &message, 0);
	} while (r > 0 || r == -EAGAIN); /* a channel's own time is two seconds */
	return ECONNRESET;
}

static long send_once(struct brig_attempt_context *context, const void *bytes, size_t n,
		      const int *fds, size_t n_fds)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(FDS_ATMOST * sizeof(int))];
	} control;
	struct iovec iov = { (void *)(uintptr_t)bytes, n };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (n_fds) {
		memset(&control, 0, sizeof control);
		message.msg_control = control.space;
		message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		struct cmsghdr *cmsg = CMSG_FIRSTHDR(&message);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, n_fds * sizeof(int));
	}
	return TRY(context, SYS_sendmsg, context->channel, &message, MSG_NOSIGNAL);
}

/* While descriptors of others of its user lie unread, which is no refusal of anybody's. */
static long send_when_room(struct brig_attempt_context *context, const void *bytes, size_t n,
			   const int *fds, size_t n_fds)
{
	long r;

	do {
		r = send_once(context, bytes, n, fds, n_fds);
	} while (r == -ETOOMANYREFS);
	return r;
}

static int send_and_wait(struct brig_attempt_context *context, const void *bytes, size_t n,
			 const int *fds, size_t n_fds)
{
	const long r = send_when_room(context, bytes, n, fds, n_fds);

	return r < 0 ? (int)-r : await_end(context);
}

static int send_header(struct brig_attempt_context *context, struct header header)
{
	return send_and_wait(context, &header, sizeof header, NULL, 0);
}

static int send_payload(struct brig_attempt_context *context, struct header header,
			const void *payload, size_t n)
{
	uint8_t bytes[256];

	header.length = (uint32_t)n;
	memcpy(bytes, &header, sizeof header);
	memcpy(bytes + sizeof header, payload, n);
	return send_and_wait(context, bytes, sizeof header + n, NULL, 0);
}

static int send_fd(struct brig_attempt_context *context, int fd)
{
	struct header header = request(SURFACE);

	header.n_fds = 1;
	return send_and_wait(context, &header, sizeof header, &fd, 1);
}

static int run_own_channel(struct brig_attempt_context *context)
{
	return send_fd(context, context->channel);
}

static int run_granted_back(struct brig_attempt_context *context)
{
	return send_fd(context, context->granted);
}

static int run_flood(struct brig_attempt_context *context)
{
	const struct header header = request(SURFACE);
	int fds[FDS_ATMOST];

	for (size_t i = 0; i < FDS_ATMOST; i++)
		fds[i] = context->channel;
	return send_and_wait(context, &header, sizeof header, fds, FDS_ATMOST);
}

/* Not one message but many, before the broker has read the first. */
static int run_floods(struct brig_attempt_context *context)
{
	const struct header header = request(SURFACE);
	int fds[FDS_ATMOST];

	for (size_t i = 0; i < FDS_ATMOST; i++)
		fds[i] = context->channel;
	long r = send_when_room(context, &header, sizeof header, fds, FDS_ATMOST);
	for (int i = 1; i < MANY && r >= 0; i++)
		r = send_once(context, &header, sizeof header, fds, FDS_ATMOST);
	return await_end(context);
}

/* A descriptor without a byte of a message. */
static int run_bare_fd(struct brig_attempt_context *context)
{
	return send_and_wait(context, "", 0, &context->channel, 1);
}

static int send_made(struct brig_attempt_context *context, long fd)
{
	return fd < 0 ? (int)-fd : send_fd(context, (int)fd);
}

static int run_fifo_fd(struct brig_attempt_context *context)
{
	int ends[2] = { -1, -1 };
	long r = TRY(context, SYS_pipe2, ends, 0);

	return send_made(context, r < 0 ? r : ends[0]);
}

static int run_eventfd(struct brig_attempt_context *context)
{
	return send_made(context, TRY(context, SYS_eventfd2, 0, 0));
}

static int run_epoll_fd(struct brig_attempt_context *context)
{
	return send_made(context, TRY(context, SYS_epoll_create1, 0));
}

static int run_userfault_fd(struct brig_attempt_context *context)
{
	return send_made(context, TRY(context, SYS_userfaultfd, 1));
}

static int run_path_fd(struct brig_attempt_context *context)
{
	return send_made(context, TRY(context, SYS_openat, AT_FDCWD, "/", O_PATH, 0));
}

static int run_dirfd(struct brig_attempt_context *context)
{
	return send_made(context,
			 TRY(context, SYS_openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY, 0));
}

static int run_terminal_fd(struct brig_attempt_context *context)
{
	return send_made(context,
			 TRY(context, SYS_openat, AT_FDCWD, "/dev/ptmx", O_RDWR | O_NOCTTY, 0));
}

static int run_memfd(struct brig_attempt_context *context)
{
	return send_made(context, TRY(context, SYS_memfd_create, "brig", 0));
}

static int run_name(struct brig_attempt_context *context)
{
	/* struct sockaddr_un, abstract; a connected socket has no use for it */
	char address[128] = { 1, 0 };
	struct iovec iov = { (void *)(uintptr_t) "brig", 4 };
	const size_t n = strlen(context->page->canary_socket);
	const struct msghdr message = { .msg_name = address,
					.msg_namelen = (socklen_t)(3 + n),
					.msg_iov = &iov,
					.msg_iovlen = 1 };

	memcpy(address + 3, context->page->canary_socket, n);
	long r = TRY(context, SYS_sendmsg, context->channel, &message, MSG_NOSIGNAL);
	return r < 0 ? (int)-r : await_end(context);
}

/* As if another had sent it. */
static int forge(struct brig_attempt_context *context, int32_t pid, uint32_t uid, uint32_t gid)
{
	const struct {
		int32_t pid;
		uint32_t uid, gid;
	} forged = { pid, uid, gid };
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof forged)];
	} control = { .space = { 0 } };
	struct header header = request(SURFACE);
	struct iovec iov = { &header, sizeof header };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = control.space,
				  .msg_controllen = sizeof control.space };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&message);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = CREDENTIALS;
	cmsg->cmsg_len = CMSG_LEN(sizeof forged);
	memcpy(CMSG_DATA(cmsg), &forged, sizeof forged);
	return brig_attempt_refusal(
		TRY(context, SYS_sendmsg, context->channel, &message, MSG_NOSIGNAL));
}

static int run_other_pid(struct brig_attempt_context *context)
{
	return forge(context, context->page->canary_pid, (uint32_t)getauxval(AT_UID),
		     (uint32_t)getauxval(AT_GID));
}

static int run_other_user(struct brig_attempt_context *context)
{
	return forge(context, 1, 0, 0);
}

static int run_empty(struct brig_attempt_context *context)
{
	return send_and_wait(context, "", 0, NULL, 0);
}

static int run_short(struct brig_attempt_context *context)
{
	return send_and_wait(context, "abc", 3, NULL, 0);
}

static int run_garbage(struct brig_attempt_context *context)
{
	uint8_t bytes[512];

	memset(bytes, 0xa5, sizeof bytes);
	return send_and_wait(context, bytes, sizeof bytes, NULL, 0);
}

/* Longer than any message may be. */
static int run_long(struct brig_attempt_context *context)
{
	static const uint8_t zeros[LONGEST + 1];

	return send_and_wait(context, zeros, sizeof zeros, NULL, 0);
}

static int run_length(struct brig_attempt_context *context)
{
	struct header header = request(SURFACE);

	header.length = 0xffffffff;
	return send_header(context, header);
}

static int run_missing_fd(struct brig_attempt_context *context)
{
	struct header header = request(SURFACE);

	header.n_fds = 1;
	return send_header(context, header);
}

static int run_flags(struct brig_attempt_context *context)
{
	struct header header = request(SURFACE);

	header.flags = 0x8000;
	return send_header(context, header);
}

static int run_reserved(struct brig_attempt_context *context)
{
	struct header header = request(SURFACE);

	header.reserved = 1;
	return send_header(context, header);
}

static int send_kind(struct brig_attempt_context *context, uint8_t kind)
{
	struct header header = request(SURFACE);

	header.kind = kind;
	return send_header(context, header);
}

static int run_reply(struct brig_attempt_context *context)
{
	return send_kind(context, REPLY);
}

static int run_cancel(struct brig_attempt_context *context)
{
	return send_kind(context, CANCEL);
}

static int run_credit(struct brig_attempt_context *context)
{
	struct header header = request(SURFACE);

	/* What it was told it may give back; the number stands where others have their id. */
	header.kind = CREDIT;
	header.id = 1000;
	return send_header(context, header);
}

static int run_kind(struct brig_attempt_context *context)
{
	return send_kind(context, 0xff);
}

static int run_method(struct brig_attempt_context *context)
{
	return send_header(context, request(NO_SERVICE));
}

/* A service's number, and a method that no role has. */
static int run_wrong_method(struct brig_attempt_context *context)
{
	struct header header = request(SURFACE);

	header.method = 0xffff;
	return send_header(context, header);
}

/* 0x12: the third wire type's first byte, and a length of which nothing follows. */
static int run_truncated(struct brig_attempt_context *context)
{
	static const uint8_t bytes[] = { 0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f };

	return send_payload(context, request(SURFACE), bytes, sizeof bytes);
}

/* A message in a message in a message, and so on. */
static int run_nested(struct brig_attempt_context *context)
{
	uint8_t bytes[200];

	for (size_t i = 0; i < sizeof bytes; i += 2) {
		bytes[i] = 0x0a;
		bytes[i + 1] = (uint8_t)(sizeof bytes - i - 2);
		if (bytes[i + 1] > 127)
			bytes[i + 1] = 127;
	}
	return send_payload(context, request(SURFACE), bytes, sizeof bytes);
}

/* Event of the bootstrap: it said so already, and the broker has looked. */
static int run_sealed_again(struct brig_attempt_context *context)
{
	struct header header = request(LIFECYCLE);

	header.kind = EVENT;
	header.id = 0;
	return send_header(context, header);
}

static int run_event_id(struct brig_attempt_context *context)
{
	return send_kind(context, EVENT);
}

/* clang-format off */
#define BROKERS(id_, what_, run_) \
	{ .id = (id_), .what = (what_), .groups = "B", .expected = "BAD", .unsealed = "BAD", .run = (run_) }
/* Of a kind that it can't have: what makes it is refused. */
#define ODD(id_, what_, expected_, by_role_, run_) \
	{ .id = (id_), .what = (what_), .groups = "SB", .expected = (expected_), .by_role = (by_role_), .behind = "BAD|ENOENT|EACCES", .unsealed = "BAD|ENOSYS|EPERM", .run = (run_) }

static const struct brig_attempt rows[] = {
	BROKERS("52.sendmsg-name", "a message that is addressed to somebody else", run_name),
	BROKERS("54.own-channel", "its channel over itself, a cycle", run_own_channel),
	BROKERS("54.flood", "as many descriptors as a message holds", run_flood),
	BROKERS("54.floods", "that many times over", run_floods),
	BROKERS("54.bare", "a descriptor without a message", run_bare_fd),
	BROKERS("55.granted", "what it was granted", run_granted_back),
	ODD("55.fifo", "a pipe", "EPERM", NULL, run_fifo_fd),
	ODD("55.eventfd", "a counter", "EPERM", "network: BAD", run_eventfd),
	ODD("55.epoll", "what waits for many", "EPERM", "network: BAD", run_epoll_fd),
	ODD("55.userfaultfd", "what stops the kernel in a copy", "KILL", NULL, run_userfault_fd),
	ODD("55.o-path", "a place without what is there", OPENAT_IS, OPENAT_BY_ROLE, run_path_fd),
	ODD("55.dirfd", "a directory", OPENAT_IS, OPENAT_BY_ROLE, run_dirfd),
	ODD("55.terminal", "a terminal", OPENAT_IS, OPENAT_BY_ROLE, run_terminal_fd),
	ODD("56.memfd", "memory that it can still change", "EPERM", NULL, run_memfd),
	/* The ids are those of the start: behind another map they are nobody's. */
	{ .id = "57.other-pid", .what = "a message as of another process", .groups = "CNB", .expected = "EPERM", .behind = "BAD|EPERM|ESRCH", .unsealed = "OK|EINVAL", .run = run_other_pid },
	{ .id = "57.other-user", .what = "a message as of root", .groups = "CNB", .expected = "EPERM|EINVAL", .behind = "BAD|EPERM|EINVAL|ESRCH", .run = run_other_user },
	BROKERS("81.empty", "no byte", run_empty),
	BROKERS("81.short", "less than a header", run_short),
	BROKERS("81.garbage", "bytes", run_garbage),
	BROKERS("81.long", "more than a message may be", run_long),
	BROKERS("81.length", "a length of 4 GiB", run_length),
	BROKERS("81.missing-fd", "a descriptor that isn't there", run_missing_fd),
	BROKERS("81.flags", "a flag that is none", run_flags),
	BROKERS("81.reserved", "what must be zero", run_reserved),
	BROKERS("81.reply", "an answer to nothing", run_reply),
	BROKERS("81.cancel", "an end of nothing", run_cancel),
	BROKERS("81.credit", "room for nothing", run_credit),
	BROKERS("81.kind", "a kind that is none", run_kind),
	BROKERS("81.service", "a service that is none", run_method),
	BROKERS("81.method", "a method that is none", run_wrong_method),
	BROKERS("81.truncated", "a field longer than the message", run_truncated),
	BROKERS("81.nested", "messages in messages", run_nested),
	BROKERS("81.event-id", "an event that wants an answer", run_event_id),
	BROKERS("85.sealed-again", "that it is sealed, again", run_sealed_again),
};
/* clang-format on */

ATTEMPT_TABLE(brig_attempts_broker);
