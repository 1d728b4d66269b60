/* Sockets, queues and pipes: to others, or of kinds that the kernel is bad at. */
#include "sandbox/selftest/attempts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PROTOCOL_SMC   43
#define PROTOCOL_MPTCP 262
#define SMALL          64

/* A socket, and then the canary by it: what a process that may have sockets could reach. */
static int try_connect(struct brig_attempt_context *context, long family, long type,
		       const void *address, size_t n)
{
	long fd = TRY(context, SYS_socket, family, type, 0);

	if (fd < 0)
		return (int)-fd;
	long r = TRY(context, SYS_connect, fd, address, n);
	(void)close((int)fd);
	return brig_attempt_refusal(r);
}

static int try_connect_ip(struct brig_attempt_context *context, long type)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
					     .sin_port = htons(context->page->canary_port),
					     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return try_connect(context, AF_INET, type, &address, sizeof address);
}

static int run_tcp(struct brig_attempt_context *context)
{
	return try_connect_ip(context, SOCK_STREAM);
}

static int run_udp(struct brig_attempt_context *context)
{
	return try_connect_ip(context, SOCK_DGRAM);
}

static int run_tcp6(struct brig_attempt_context *context)
{
	const struct sockaddr_in6 address = { .sin6_family = AF_INET6,
					      .sin6_port = htons(context->page->canary_port),
					      .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int error = try_connect(context, AF_INET6, SOCK_STREAM, &address, sizeof address);

	return error == ECONNREFUSED ? 0 : error; /* the way there is open */
}

/* Abstract, unless it begins with a slash. */
static size_t unix_address(struct sockaddr_un *ret, const char *name, const char *tail)
{
	const size_t first = name[0] != '/';

	memset(ret, 0, sizeof *ret);
	ret->sun_family = AF_UNIX;
	int n = snprintf(ret->sun_path + first, sizeof ret->sun_path - first, "%s%s", name, tail);
	return offsetof(struct sockaddr_un, sun_path) + first + (size_t)n;
}

static int run_abstract(struct brig_attempt_context *context)
{
	struct sockaddr_un address;
	size_t n = unix_address(&address, context->page->canary_socket, "");

	return try_connect(context, AF_UNIX, SOCK_STREAM, &address, n);
}

/* ECONNREFUSED: it was found, and is no socket. */
static int run_pathname(struct brig_attempt_context *context)
{
	struct sockaddr_un address;
	size_t n = unix_address(&address, context->page->canary_file, "");
	int error = try_connect(context, AF_UNIX, SOCK_STREAM, &address, n);

	return error == ECONNREFUSED ? 0 : error;
}

static int run_sendto(struct brig_attempt_context *context)
{
	struct sockaddr_un address;
	size_t n = unix_address(&address, context->page->canary_socket, "d");
	int pair[2];
	long r = TRY(context, SYS_socketpair, AF_UNIX, SOCK_DGRAM, 0, pair);

	if (r < 0)
		return (int)-r;
	r = TRY(context, SYS_sendto, pair[0], "brig", 4, MSG_DONTWAIT, &address, n);
	(void)close(pair[0]);
	(void)close(pair[1]);
	return brig_attempt_refusal(r);
}

static int run_socketpair(struct brig_attempt_context *context)
{
	int pair[2];

	return brig_attempt_refusal(TRY(context, SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, pair));
}

static int run_bind(struct brig_attempt_context *context)
{
	struct sockaddr_un address;
	size_t n = unix_address(&address, context->page->canary_socket, "-bound");

	return brig_attempt_refusal(TRY(context, SYS_bind, context->channel, &address, n));
}

static int run_listen(struct brig_attempt_context *context)
{
	long r = TRY(context, SYS_listen, context->channel, 1);

	return r == -EINVAL ? 0 : brig_attempt_refusal(r); /* it is connected */
}

static int run_accept(struct brig_attempt_context *context)
{
	long r = TRY(context, SYS_accept4, context->channel, 0, 0, 0);

	return r == -EINVAL ? 0 : brig_attempt_refusal(r);
}

static int set_option(struct brig_attempt_context *context, long name, long value)
{
	const int word = (int)value;

	return brig_attempt_refusal(TRY(context, SYS_setsockopt, context->channel, SOL_SOCKET, name,
					&word, sizeof word));
}

static int run_passcred(struct brig_attempt_context *context)
{
	return set_option(context, SO_PASSCRED, 1);
}

static int run_peek_off(struct brig_attempt_context *context)
{
	return set_option(context, SO_PEEK_OFF, 0);
}

static int run_send_buffer(struct brig_attempt_context *context)
{
	return set_option(context, SO_SNDBUF, 1 << 30);
}

static int run_send_buffer_force(struct brig_attempt_context *context)
{
	return set_option(context, SO_SNDBUFFORCE, 1 << 20);
}

static int run_attach_filter(struct brig_attempt_context *context)
{
	static const struct sock_filter pass[] = { BPF_STMT(BPF_RET | BPF_K, 0xffffffff) };
	const struct sock_fprog program = { 1, (struct sock_filter *)(uintptr_t)pass };

	return brig_attempt_refusal(TRY(context, SYS_setsockopt, context->channel, SOL_SOCKET,
					SO_ATTACH_FILTER, &program, sizeof program));
}

static int run_attach_bpf(struct brig_attempt_context *context)
{
	int error = set_option(context, SO_ATTACH_BPF, -1);

	return error == EBADF ? 0 : error; /* it looked for the program */
}

static int run_getsockopt(struct brig_attempt_context *context)
{
	struct ucred peer;
	socklen_t n = sizeof peer;

	return brig_attempt_refusal(
		TRY(context, SYS_getsockopt, context->channel, SOL_SOCKET, SO_PEERCRED, &peer, &n));
}

static int run_shutdown(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(TRY(context, SYS_shutdown, context->channel, SHUT_RD));
}

static int run_oob(struct brig_attempt_context *context)
{
	struct iovec iov = { (void *)(uintptr_t) "x", 1 };
	const struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

	return brig_attempt_refusal(TRY(context, SYS_sendmsg, context->channel, &message, MSG_OOB));
}

static int on_each(struct brig_attempt_context *context, unsigned long request, const void *what)
{
	int error = EBADF;

	for (int fd = 0; fd < SMALL; fd++) {
		long r = TRY(context, SYS_ioctl, fd, request, what);

		if (r >= 0)
			return 0;
		if (r != -EBADF && (error == EBADF || error == ENOTTY))
			error = (int)-r; /* the one that says most */
	}
	return error;
}

#define ON_EACH(name, request, what)                                                               \
	static int name(struct brig_attempt_context *context)                                      \
	{                                                                                          \
		return on_each(context, request, what);                                            \
	}

static const char paste[2] = { 2, 0 }, typed[1] = { '\n' };
static const int discipline = 0;

ON_EACH(run_tiocsti, TIOCSTI, typed)
ON_EACH(run_tioclinux_copy, TIOCLINUX, paste)
ON_EACH(run_tiocsctty, TIOCSCTTY, NULL)
ON_EACH(run_tiocsetd, TIOCSETD, &discipline)
ON_EACH(run_kdskbent, 0x4b47ul, typed)
ON_EACH(run_vt_activate, 0x5606ul, NULL)

static int run_tcgets(struct brig_attempt_context *context)
{
	char space[256] = { 0 };

	return on_each(context, TCGETS, space);
}

static int run_fionbio(struct brig_attempt_context *context)
{
	const int off = 0;

	return brig_attempt_refusal(TRY(context, SYS_ioctl, context->channel, FIONBIO, &off));
}

static int run_fionread(struct brig_attempt_context *context)
{
	int n = 0;

	return brig_attempt_refusal(TRY(context, SYS_ioctl, context->channel, FIONREAD, &n));
}

/* The names of the machine's interfaces, by any socket. */
static int run_interfaces(struct brig_attempt_context *context)
{
	char space[64] = { 0 };

	return brig_attempt_refusal(TRY(context, SYS_ioctl, context->channel, 0x8933ul, space));
}

static int run_mq_open(struct brig_attempt_context *context)
{
	const int flags = O_CREAT | O_EXCL | O_RDWR;
	long fd = TRY(context, SYS_mq_open, "brig-attempt", flags, 0600, 0);

	if (fd == -EEXIST) { /* left by one that could make but not open it */
		(void)RAW(SYS_mq_unlink, "brig-attempt");
		fd = TRY(context, SYS_mq_open, "brig-attempt", flags, 0600, 0);
	}
	if (fd < 0)
		return (int)-fd;
	(void)close((int)fd);
	(void)RAW(SYS_mq_unlink, "brig-attempt");
	return 0;
}

static int run_shmget(struct brig_attempt_context *context)
{
	long id = TRY(context, SYS_shmget, IPC_PRIVATE, 4096, IPC_CREAT | 0600);

	if (id >= 0)
		(void)RAW(SYS_shmctl, id, IPC_RMID, 0);
	return brig_attempt_refusal(id);
}

static int run_semget(struct brig_attempt_context *context)
{
	long id = TRY(context, SYS_semget, IPC_PRIVATE, 1, IPC_CREAT | 0600);

	if (id >= 0)
		(void)RAW(SYS_semctl, id, 0, IPC_RMID, 0);
	return brig_attempt_refusal(id);
}

static int run_msgget(struct brig_attempt_context *context)
{
	long id = TRY(context, SYS_msgget, IPC_PRIVATE, IPC_CREAT | 0600);

	if (id >= 0)
		(void)RAW(SYS_msgctl, id, IPC_RMID, 0);
	return brig_attempt_refusal(id);
}

static int run_pipe(struct brig_attempt_context *context)
{
	int ends[2];

	return brig_attempt_refusal(TRY(context, SYS_pipe2, ends, 0));
}

static int run_signalfd(struct brig_attempt_context *context)
{
	const uint64_t none = 0;

	return brig_attempt_refusal(TRY(context, SYS_signalfd4, -1, &none, sizeof none, 0));
}

/* clang-format off */
#define KIND(id_, what_, unsealed_, ...) \
	{ .id = (id_), .what = (what_), .groups = "S", .expected = "KILL", .by_role = "network: EAFNOSUPPORT", .unsealed = (unsealed_), PLAIN(SYS_socket, __VA_ARGS__) }
#define NOT_BUILT "OK|EAFNOSUPPORT|EPROTONOSUPPORT|ESOCKTNOSUPPORT|EPERM"
#define OPTION(id_, what_, unsealed_, run_) \
	{ .id = (id_), .what = (what_), .groups = "S", .expected = "EPERM", .by_role = "network: ENOPROTOOPT", .unsealed = (unsealed_), .run = (run_) }
#define TERMINAL(id_, what_, unsealed_, run_) \
	{ .id = (id_), .what = (what_), .groups = "SF", .expected = "EPERM", .by_role = "plugin: ENOTTY", .behind = "ENOTTY|EBADF|EINVAL|EOPNOTSUPP", .unsealed = (unsealed_), .run = (run_) }
#define CONTROL(id_, what_, unsealed_, run_) \
	{ .id = (id_), .what = (what_), .groups = "S", .expected = "EPERM", .by_role = "plugin: ENOTTY", .unsealed = (unsealed_), .run = (run_) }
#define UNLISTED(id_, what_, ...) \
	{ .id = (id_), .what = (what_), .groups = "S", .expected = "EPERM", __VA_ARGS__ }

static const struct brig_attempt rows[] = {
	{ .id = "49.tcp", .what = "a server by TCP", .groups = "SNL", .expected = "KILL", .by_role = "network: OK|ENETUNREACH|EACCES", .behind = "ENETUNREACH|EACCES", .run = run_tcp },
	{ .id = "49.udp", .what = "a server by UDP", .groups = "SN", .expected = "KILL", .by_role = "network: OK|ENETUNREACH", .behind = "ENETUNREACH", .run = run_udp },
	{ .id = "49.tcp6", .what = "a server by IPv6", .groups = "SNL", .expected = "KILL", .by_role = "network: OK|ENETUNREACH|EACCES|EADDRNOTAVAIL|EAFNOSUPPORT",
	  .behind = "ENETUNREACH|EACCES|EADDRNOTAVAIL|EAFNOSUPPORT", .unsealed = "OK|ENETUNREACH|EADDRNOTAVAIL|EAFNOSUPPORT", .run = run_tcp6 },
	/* Who may have sockets is held by these alone. */
	{ .id = "49.reach-tcp", .what = "this machine's servers by TCP", .groups = "NL", .expected = "KILL", .by_role = "network: ENETUNREACH|EACCES", .behind = "ENETUNREACH|EACCES", .run = run_tcp },
	{ .id = "49.reach-udp", .what = "this machine's servers by UDP", .groups = "N", .expected = "KILL", .by_role = "network: ENETUNREACH", .behind = "ENETUNREACH", .run = run_udp },
	KIND("49.raw", "packets of its own making", "OK|EPERM", AF_INET, SOCK_RAW, IPPROTO_ICMP),
	KIND("49.ping", "is there such a host", "OK|EACCES", AF_INET, SOCK_DGRAM, IPPROTO_ICMP),
	KIND("49.netlink", "the kernel's tables", NULL, AF_NETLINK, SOCK_RAW, 0),
	KIND("49.packet", "what goes by on the wire", NOT_BUILT, AF_PACKET, SOCK_RAW, 0x300),
	KIND("49.vsock", "the machine's host", NOT_BUILT "|ENODEV", AF_VSOCK, SOCK_STREAM, 0),
	KIND("49.alg", "the kernel's ciphers", NOT_BUILT, AF_ALG, SOCK_SEQPACKET, 0),
	KIND("49.unix", "servers of this machine", NULL, AF_UNIX, SOCK_STREAM, 0),
	KIND("49.xdp", "packets past the kernel", NOT_BUILT, 44, SOCK_RAW, 0),
	KIND("49.bluetooth", "devices about", NOT_BUILT, AF_BLUETOOTH, SOCK_STREAM, 3),
	KIND("49.smc", "memory of another machine's", NOT_BUILT, PROTOCOL_SMC, SOCK_STREAM, 0),
	KIND("49.mptcp", "TCP by many ways", NOT_BUILT "|ENOPROTOOPT", AF_INET, SOCK_STREAM, PROTOCOL_MPTCP),
	KIND("49.can", "a car's wires", NOT_BUILT, AF_CAN, SOCK_RAW, 1),
	KIND("49.tipc", "a cluster's messages", NOT_BUILT, AF_TIPC, SOCK_STREAM, 0),
	KIND("49.sctp", "TCP's rarer sibling", NOT_BUILT, AF_INET, SOCK_STREAM, IPPROTO_SCTP),
	{ .id = "50.abstract", .what = "a server of this machine's by an abstract name", .groups = "SNL", .expected = "KILL", .by_role = "network: EAFNOSUPPORT",
	  .behind = "ECONNREFUSED|EPERM", .run = run_abstract },
	{ .id = "51.pathname", .what = "a server of this machine's by a path", .groups = "SN", .expected = "KILL", .by_role = "network: EAFNOSUPPORT", .behind = "ENOENT", .run = run_pathname },
	{ .id = "52.socketpair", .what = "sockets that nobody watches", .groups = "S", .expected = "EPERM", .run = run_socketpair },
	{ .id = "52.sendto", .what = "a datagram to a server from a pair's end", .groups = "SNL", .expected = "EPERM", .behind = "ECONNREFUSED|EPERM", .run = run_sendto },
	OPTION("58.passcred", "say who it is by every message", NULL, run_passcred),
	OPTION("58.peek-off", "look at messages again", NULL, run_peek_off),
	{ .id = "58.sndbuf", .what = "a queue of a gigabyte", .groups = "S", .expected = "EPERM", .by_role = "network: OK", .run = run_send_buffer },
	{ .id = "58.sndbufforce", .what = "a queue past the machine's limit", .groups = "SC", .expected = "EPERM", .by_role = "network: ENOPROTOOPT", .behind = "EPERM", .unsealed = "OK|EPERM", .run = run_send_buffer_force },
	OPTION("58.attach-filter", "a program that sees its packets", NULL, run_attach_filter),
	OPTION("58.attach-bpf", "a program that sees its packets", "OK|EPERM|EINVAL", run_attach_bpf),
	{ .id = "58.oob", .what = "a byte beside the stream", .groups = "K", .expected = "EOPNOTSUPP", .unsealed = "EOPNOTSUPP", .run = run_oob },
	{ .id = "58.peercred", .what = "who is its broker", .groups = "S", .expected = "EPERM", .by_role = "network: OK", .run = run_getsockopt },
	TERMINAL("63.tiocsti", "type into its user's terminal", "OK|EIO|EPERM", run_tiocsti),
	TERMINAL("63.tioclinux", "paste into its user's console", "ENOTTY|EINVAL|EPERM", run_tioclinux_copy),
	TERMINAL("63.tiocsctty", "take a terminal", NULL, run_tiocsctty),
	TERMINAL("63.tiocsetd", "another driver for a terminal", NULL, run_tiocsetd),
	TERMINAL("63.kdskbent", "another key on its user's console", "ENOTTY|EINVAL|EPERM", run_kdskbent),
	TERMINAL("63.vt-activate", "another console", "ENOTTY|EINVAL|EPERM", run_vt_activate),
	TERMINAL("63.tcgets", "is there a terminal", NULL, run_tcgets),
	CONTROL("63.fionread", "how much waits for it", NULL, run_fionread),
	CONTROL("107.fionbio", "what its broker's socket does when it must wait", NULL, run_fionbio),
	CONTROL("107.interfaces", "the machine's interfaces", "OK|ENODEV|ENOTTY", run_interfaces),
	UNLISTED("59.shmget", "memory of System V's", .unsealed = "OK|ENOSYS", .run = run_shmget),
	UNLISTED("59.semget", "semaphores of System V's", .unsealed = "OK|ENOSYS", .run = run_semget),
	UNLISTED("59.msgget", "messages of System V's", .unsealed = "OK|ENOSYS", .run = run_msgget),
	{ .id = "59.mq_open", .what = "a queue with a name", .groups = "SLR", .expected = "EPERM", .behind = "EMFILE|EACCES", .unsealed = "OK|ENOSYS", .run = run_mq_open },
	UNLISTED("107.bind", "be a server", .run = run_bind),
	UNLISTED("107.listen", "be a server", .run = run_listen),
	UNLISTED("107.accept4", "be a server", .run = run_accept),
	{ .id = "107.shutdown", .what = "end half of its channel", .groups = "S", .expected = "EPERM", .by_role = "network: OK; service: OK", .run = run_shutdown },
	UNLISTED("107.pipe2", "a pipe", .run = run_pipe),
	UNLISTED("107.eventfd2", "a counter to wait for", .by_role = "network: OK", PLAIN(SYS_eventfd2, 0, 0)),
	UNLISTED("107.epoll_create1", "wait for many", .by_role = "network: OK", PLAIN(SYS_epoll_create1, 0)),
	UNLISTED("107.timerfd_create", "a clock to wait for", .by_role = "network: OK", PLAIN(SYS_timerfd_create, 1, 0)),
	UNLISTED("107.signalfd4", "signals to wait for", .run = run_signalfd),
	UNLISTED("107.memfd_create", "a file without a name", PLAIN(SYS_memfd_create, AT("brig"), 0)),
};
/* clang-format on */

ATTEMPT_TABLE(brig_attempts_network);
