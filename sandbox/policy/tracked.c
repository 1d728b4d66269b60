/* Which arguments decide what a call is good for. The rest is pointers, lengths and descriptors. */
#include "sandbox/policy/tracked.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define WRITING (O_ACCMODE | O_CREAT | O_TRUNC)

static const struct brig_tracked_names protocols[] = {
	{ AF_INET, "IPPROTO_" },
	{ AF_INET6, "IPPROTO_" },
	{ 0, NULL },
};

static const struct brig_tracked_names socket_options[] = {
	{ SOL_SOCKET, "SO_" }, { IPPROTO_TCP, "TCP_" },
	{ IPPROTO_IP, "IP_" }, { IPPROTO_IPV6, "IPV6_" },
	{ 0, NULL },
};

/* clang-format off */
#define FAMILY   { .argument = "family", .prefixes = "AF_" }
#define TYPE     { .argument = "type", .prefixes = "SOCK_", .flags = "SOCK_", .number = 0xf }
#define PROTOCOL { .argument = "protocol", .depend = protocols }
#define LEVEL    { .argument = "level", .prefixes = "SOL_SOCKET IPPROTO_ SOL_" }
#define OPTION   { .argument = "optname", .depend = socket_options }
#define PROT     { .argument = "prot", .kind = BRIG_TRACKED_SUBSET, .prefixes = "PROT_", .flags = "PROT_" }
#define SIGNAL   { .argument = "sig", .prefixes = "SIG" }
#define OPEN     { .argument = "flags", .kind = BRIG_TRACKED_ZERO, .prefixes = "O_RDONLY", .looked_at = WRITING, \
	.looked_at_names = "O_ACCMODE|O_CREAT|O_TRUNC" }

static const struct brig_tracked_call calls[] = {
	{ "arch_prctl",  { { .argument = "option", .prefixes = "ARCH_" } } },
	{ "clone",       { { .argument = "clone_flags", .flags = "CLONE_", .prefixes = "SIG", .number = 0xff } } },
	{ "epoll_ctl",   { { .argument = "op", .prefixes = "EPOLL_CTL_" } } },
	{ "fcntl",       { { .argument = "cmd", .prefixes = "F_" } } },
	{ "futex",       { { .argument = "op", .prefixes = "FUTEX_",
			     .ignored = FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME,
			     .ignored_names = "FUTEX_PRIVATE_FLAG|FUTEX_CLOCK_REALTIME" } } },
	{ "getsockopt",  { LEVEL, OPTION } },
	{ "ioctl",       { { .argument = "cmd", .prefixes = "FIO TC TIO FS_IOC SIOC BLK FI" } } },
	{ "kill",        { SIGNAL } },
	{ "madvise",     { { .argument = "behavior", .prefixes = "MADV_" } } },
	{ "mmap",        { PROT } },
	{ "mprotect",    { PROT } },
	{ "open",        { OPEN } },
	{ "openat",      { OPEN } },
	{ "personality", { { .argument = "personality", .prefixes = "PER_" } } },
	{ "prctl",       { { .argument = "option", .prefixes = "PR_GET_ PR_SET_ PR_CAP PR_" } } },
	{ "prlimit64",   { { .argument = "resource", .prefixes = "RLIMIT_" },
			   { .argument = "new_rlim", .kind = BRIG_TRACKED_ZERO } } },
	{ "ptrace",      { { .argument = "request", .prefixes = "PTRACE_" } } },
	{ "seccomp",     { { .argument = "op", .prefixes = "SECCOMP_SET_MODE_ SECCOMP_GET_" } } },
	{ "setns",       { { .argument = "nstype", .flags = "CLONE_" } } },
	{ "setsockopt",  { LEVEL, OPTION } },
	{ "socket",      { FAMILY, TYPE, PROTOCOL } },
	{ "socketpair",  { FAMILY, TYPE, PROTOCOL } },
	{ "tgkill",      { SIGNAL } },
	{ "tkill",       { SIGNAL } },
	{ "unshare",     { { .argument = "unshare_flags", .flags = "CLONE_" } } },
};
/* clang-format on */

const struct brig_tracked_call *brig_tracked_find(const char *name)
{
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (!strcmp(calls[i].name, name))
			return &calls[i];
	return NULL;
}
