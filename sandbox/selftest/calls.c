/*
 * Calls that no honest child makes, one attempt each. Their arguments fail harmlessly even for
 * somebody who had the right: what comes then is the row's "reached". The others ask for no right
 * at all; that the kernel ran them is what the attempt is for.
 */
#include "sandbox/selftest/attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>

#define NOWHERE AT("/brig-no-such-file")
#define PROCESS MINUS(2) /* KEY_SPEC_PROCESS_KEYRING */

/* Of the machine's root: in a user namespace of its own nobody has it. */
#define ROOTS(id_, what_, reached_, ...)                                                           \
	{                                                                                          \
		.id = (id_), .what = (what_), .groups = "SC", .expected = "KILL",                  \
		.behind = "EPERM", .unsealed = "EPERM|ENOSYS", .reached = (reached_),              \
		PLAIN(__VA_ARGS__)                                                                 \
	}
/* A right that a namespace gives. */
#define OWNERS(id_, what_, reached_, ...)                                                          \
	{                                                                                          \
		.id = (id_), .what = (what_), .groups = "SC", .expected = "KILL",                  \
		.behind = "EPERM", .reached = (reached_), PLAIN(__VA_ARGS__)                       \
	}
/* Anyone's: nothing but the filter stops it. @unsealed_: what else the kernel may say. */
#define ANYONES(id_, what_, unsealed_, reached_, ...)                                              \
	{                                                                                          \
		.id = (id_), .what = (what_), .groups = "S", .expected = "KILL",                   \
		.unsealed = (unsealed_), .reached = (reached_), PLAIN(__VA_ARGS__)                 \
	}
/* Not in this kernel, or in none any more. */
#define GONE(id_, what_, ...)                                                                      \
	{                                                                                          \
		.id = (id_), .what = (what_), .groups = "SK", .expected = "KILL",                  \
		.behind = "ENOSYS", .unsealed = "ENOSYS", PLAIN(__VA_ARGS__)                       \
	}

static const union bpf_attr map = {
	.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1
};
static const struct perf_event_attr software = {
	.type = PERF_TYPE_SOFTWARE,
	.size = sizeof software,
	.config = PERF_COUNT_SW_TASK_CLOCK,
	.exclude_kernel = 1,
	.exclude_hv = 1,
};

/* clang-format off */
static const struct brig_attempt rows[] = {
	ANYONES("60.keyctl", "join the keyring of its session", "OK|ENOKEY|ENOSYS|EDQUOT", 0, SYS_keyctl, 0, MINUS(3), 1),
	ANYONES("60.add_key", "leave a key to others of its user", "OK|ENOSYS|EDQUOT", 0, SYS_add_key, AT("user"), AT("brig"), AT("key"), 3, PROCESS),
	ANYONES("60.request_key", "ask for a key of its user's", "OK|ENOSYS", ENOKEY, SYS_request_key, AT("user"), AT("brig-no-such"), 0, 0),

	ANYONES("61.bpf", "make a map for programs in the kernel", "OK|EPERM|ENOSYS", 0, SYS_bpf, BPF_MAP_CREATE, AT(&map), sizeof map),
	ANYONES("61.perf_event_open", "count what its processor does", "OK|EACCES|EPERM|ENOENT|ENOSYS", 0, SYS_perf_event_open, AT(&software), 0, MINUS(1), MINUS(1), 0),
	ANYONES("61.userfaultfd", "stop the kernel in the middle of a copy", "OK|EPERM|ENOSYS", 0, SYS_userfaultfd, 1),
	ANYONES("61.io_uring_setup", "a ring that makes calls which no filter sees", "OK|EPERM|ENOSYS", EFAULT, SYS_io_uring_setup, 1, 0),
	ANYONES("61.io_uring_enter", "submit to a ring", "OK|EPERM|ENOSYS", EBADF, SYS_io_uring_enter, MINUS(1), 1, 0, 0, 0, 0),
	ANYONES("61.io_uring_register", "register with a ring", "OK|EPERM|ENOSYS|EINVAL", EBADF, SYS_io_uring_register, MINUS(1), 0, 0, 0),
	ANYONES("61.io_setup", "a queue of asynchronous reads", "OK|ENOSYS", EFAULT, SYS_io_setup, 1, 0),
	ANYONES("61.io_submit", "submit to a queue", "OK|ENOSYS", EINVAL, SYS_io_submit, 0, 1, 0),
	ANYONES("61.io_getevents", "wait for a queue", "OK|ENOSYS", EINVAL, SYS_io_getevents, 0, 0, 0, 0, 0),
	ANYONES("61.io_destroy", "destroy a queue", "OK|ENOSYS", EINVAL, SYS_io_destroy, 0),
	ANYONES("61.vmsplice", "share pages behind a copy", NULL, EBADF, SYS_vmsplice, MINUS(1), 0, 0, 0),
	ANYONES("61.memfd_secret", "memory that the kernel itself can't see", "OK|ENOSYS|EAGAIN", 0, SYS_memfd_secret, 0),

	ROOTS("62.init_module", "load a module", ENOEXEC, SYS_init_module, 0, 0, AT("")),
	ROOTS("62.finit_module", "load a module from a file", EBADF, SYS_finit_module, MINUS(1), AT(""), 0),
	ROOTS("62.delete_module", "unload a module", ENOENT, SYS_delete_module, AT("brig_no_such"), O_NONBLOCK),
	ROOTS("62.kexec_load", "load another kernel", EINVAL, SYS_kexec_load, 0, 0, 0, 0xff00),
#ifdef SYS_kexec_file_load
	ROOTS("62.kexec_file_load", "load another kernel from a file", EINVAL, SYS_kexec_file_load, MINUS(1), MINUS(1), 0, AT(""), 0xff00),
#endif
	OWNERS("62.reboot", "restart the machine", EINVAL, SYS_reboot, 0, 0, 0, 0),
	ROOTS("62.swapon", "swap to a file", ENOENT, SYS_swapon, NOWHERE, 0),
	ROOTS("62.swapoff", "no longer swap to a file", ENOENT, SYS_swapoff, NOWHERE),
	ROOTS("62.acct", "account to a file", ENOENT, SYS_acct, NOWHERE),
	ANYONES("62.syslog", "how large the kernel's log is", "OK|EPERM", 0, SYS_syslog, 10, 0, 0),
	ROOTS("62.settimeofday", "set the clock", 0, SYS_settimeofday, 0, 0),
	ANYONES("62.clock_settime", "set a clock", NULL, EINVAL, SYS_clock_settime, 1, 0),
	ANYONES("62.adjtimex", "steer the clock", NULL, EFAULT, SYS_adjtimex, 0),
	ANYONES("62.clock_adjtime", "steer a clock", NULL, EFAULT, SYS_clock_adjtime, 0, 0),
	OWNERS("62.sethostname", "name the machine", EINVAL, SYS_sethostname, 0, MINUS(1)),
	OWNERS("62.setdomainname", "name the machine's domain", EINVAL, SYS_setdomainname, 0, MINUS(1)),
	ANYONES("62.quotactl", "write quotas down", "OK|ENOSYS", 0, SYS_quotactl, 0x80000100, 0, 0, 0),
	ANYONES("62.quotactl_fd", "quotas by descriptor", "OK|ENOSYS", EBADF, SYS_quotactl_fd, MINUS(1), 0, 0, 0),
	ROOTS("62.vhangup", "take its terminal from others", 0, SYS_vhangup, 0),
	GONE("62.nfsservctl", "serve files", SYS_nfsservctl, 0, 0, 0),
	ANYONES("62.lookup_dcookie", "names of files by number", "EPERM|ENOSYS", EFAULT, SYS_lookup_dcookie, 0, 0, 0),
	ANYONES("62.move_pages", "move its pages between nodes", "OK|ENOSYS", 0, SYS_move_pages, 0, 0, 0, 0, 0, 0),
	ANYONES("62.mbind", "steer where memory comes from", "OK|ENOSYS", 0, SYS_mbind, 0, 0, 0, 0, 0, 0),
	ANYONES("62.set_mempolicy", "steer where its memory comes from", "OK|ENOSYS", 0, SYS_set_mempolicy, 0, 0, 0),
	ANYONES("62.set_mempolicy_home_node", "steer where a range comes from", "OK|ENOSYS", 0, SYS_set_mempolicy_home_node, 0, 0, 0, 0),
	ANYONES("62.migrate_pages", "move all its pages", "OK|ENOSYS", EINVAL, SYS_migrate_pages, 0, 0, 0, 0),
#if defined(__x86_64__)
	ROOTS("62.iopl", "all the machine's ports", 0, SYS_iopl, 3),
	ROOTS("62.ioperm", "one of the machine's ports", 0, SYS_ioperm, 0x80, 1, 1),
	ANYONES("62.modify_ldt", "look at its table of segments", "OK|ENOSYS", 0, SYS_modify_ldt, 0, 0, 0),
	ANYONES("62.uselib", "map a library by name", "ENOSYS|EACCES|ENOEXEC", ENOENT, SYS_uselib, NOWHERE),
#endif

	ANYONES("101.remap_file_pages", "shuffle pages of a mapping", NULL, EINVAL, SYS_remap_file_pages, 0, 0, 0, 0, 0),
	ANYONES("101.lsm_set_self_attr", "its label", "OK|ENOSYS|EOPNOTSUPP", EINVAL, 460, 0, 0, 0, 0),
	ANYONES("101.io_cancel", "cancel in a queue", "OK|ENOSYS", EFAULT, SYS_io_cancel, 0, 0, 0),
	ANYONES("101.io_pgetevents", "wait for a queue, masked", "OK|ENOSYS|EINVAL", EINVAL, SYS_io_pgetevents, 0, 0, 0, 0, 0, 0),
};
/* clang-format on */

ATTEMPT_TABLE(brig_attempts_calls);
