/* Rights: capabilities, ids, namespaces, mounts, and what a process says of itself by prctl. */
#include "sandbox/selftest/attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/mount.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <sched.h>
#include <unistd.h>

#define NR_open_tree_attr 467 /* Linux 6.15 */
#define SCHED_CORE_CREATE 1

static const struct __user_cap_header_struct version3 = { .version = _LINUX_CAPABILITY_VERSION_3 };
static const struct __user_cap_data_struct admin[2] = { { .effective = 1u << CAP_SYS_ADMIN,
							  .permitted = 1u << CAP_SYS_ADMIN } };
static const struct sock_filter allow[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
static const struct sock_fprog allow_all = { 1, (struct sock_filter *)(uintptr_t)allow };
static const struct mount_attr no_change = { 0 };

/* setfsuid() never fails: the second call tells what the first has done. */
static int run_setfsuid(struct brig_attempt_context *context)
{
	(void)TRY(context, SYS_setfsuid, 0);
	return RAW(SYS_setfsuid, -1) == 0 ? 0 : EPERM;
}

static int run_setfsgid(struct brig_attempt_context *context)
{
	(void)TRY(context, SYS_setfsgid, 0);
	return RAW(SYS_setfsgid, -1) == 0 ? 0 : EPERM;
}

static int run_umount(struct brig_attempt_context *context)
{
	long r = TRY(context, SYS_umount2, context->page->canary_file, 0);

	return r == -EINVAL ? 0 : brig_attempt_refusal(r); /* that is no mount */
}

/* First with what is none, so that a filter has its say; then the canary's. */
static int enter(struct brig_attempt_context *context, const char *name)
{
	char path[64];
	long r = TRY(context, SYS_setns, context->channel, 0);

	if (r != -EINVAL)
		return r < 0 ? (int)-r : 0;
	long fd = TRY(context, SYS_openat, AT_FDCWD,
		      brig_attempt_proc(context, name, path, sizeof path), O_RDONLY);
	if (fd < 0)
		return (int)-fd;
	r = TRY(context, SYS_setns, fd, 0);
	(void)close((int)fd);
	return brig_attempt_refusal(r);
}

static int run_setns_net(struct brig_attempt_context *context)
{
	return enter(context, "ns/net");
}

static int run_setns_mount(struct brig_attempt_context *context)
{
	return enter(context, "ns/mnt");
}

/* A namespace of its own, and in it the mounts that it lacks. */
static int run_mount_proc(struct brig_attempt_context *context)
{
	long r = TRY(context, SYS_unshare, CLONE_NEWUSER | CLONE_NEWNS);

	if (r < 0)
		return (int)-r;
	r = TRY(context, SYS_mount, "proc", "/", "proc", 0, 0);
	if (r == -EPERM)
		r = TRY(context, SYS_mount, "tmpfs", "/", "tmpfs", 0, 0);
	return brig_attempt_refusal(r);
}

static int run_setgroups(struct brig_attempt_context *context)
{
	const gid_t root = 0;

	return brig_attempt_refusal(TRY(context, SYS_setgroups, 1, &root));
}

static int run_capget(struct brig_attempt_context *context)
{
	struct __user_cap_header_struct header = version3;
	struct __user_cap_data_struct data[2];

	return brig_attempt_refusal(TRY(context, SYS_capget, &header, data));
}

/* clang-format off */
/* Rights that a namespace gives; EINVAL: an id that is not in its map. */
#define BECOMES(id_, what_, ...) \
	{ .id = (id_), .what = (what_), .groups = "SCN", .expected = "KILL", .behind = "EPERM|EINVAL", PLAIN(__VA_ARGS__) }
#define OWNERS(id_, what_, reached_, ...) \
	{ .id = (id_), .what = (what_), .groups = "SC", .expected = "KILL", .behind = "EPERM", .reached = (reached_), PLAIN(__VA_ARGS__) }
#define MOUNTS(id_, what_, reached_, ...) \
	{ .id = (id_), .what = (what_), .groups = "SCL", .expected = "KILL", .behind = "EPERM", .reached = (reached_), PLAIN(__VA_ARGS__) }
#define PRCTL(id_, what_, unsealed_, ...) \
	{ .id = (id_), .what = (what_), .groups = "S", .expected = PRCTL_ENDS, .unsealed = (unsealed_), PLAIN(SYS_prctl, __VA_ARGS__) }

static const struct brig_attempt rows[] = {
	OWNERS("4.chroot", "change its root, to climb out", 0, SYS_chroot, AT("/")),
	MOUNTS("14.mount", "mount something", ENODEV, SYS_mount, AT("none"), AT("/"), AT("brig-no-such"), 0, 0),
	{ .id = "14.umount2", .what = "take a mount away", .groups = "SCNL", .expected = "KILL", .behind = "EPERM|ENOENT", .run = run_umount },
	OWNERS("14.pivot_root", "change everybody's root", ENOENT, SYS_pivot_root, AT("/brig-no-such"), AT("/brig-no-such")),
	OWNERS("14.move_mount", "move a mount", EINVAL, SYS_move_mount, MINUS(1), AT(""), MINUS(1), AT(""), MINUS(1)),
	{ .id = "14.open_tree", .what = "a copy of a mount", .groups = "SC", .expected = "KILL", .behind = "EPERM", .reached = EINVAL, PLAIN(SYS_open_tree, AT(AT_FDCWD), AT("/"), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE) },
	{ .id = "14.open_tree_attr", .what = "a copy of a mount, changed", .groups = "SC", .expected = "KILL", .behind = "EPERM|ENOSYS", .unsealed = "OK|ENOSYS", .reached = EINVAL,
	  PLAIN(NR_open_tree_attr, AT(AT_FDCWD), AT("/"), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE, AT(&no_change), sizeof no_change) },
	OWNERS("14.fsopen", "begin a file system", 0, SYS_fsopen, AT("tmpfs"), 0),
	OWNERS("14.fsmount", "mount what was begun", EBADF, SYS_fsmount, MINUS(1), 0, 0),
	{ .id = "14.fsconfig", .what = "configure what was begun", .groups = "S", .expected = "KILL", .reached = EINVAL, PLAIN(SYS_fsconfig, MINUS(1), 0, 0, 0, 0) },
	OWNERS("14.fspick", "reconfigure a file system", 0, SYS_fspick, AT(AT_FDCWD), AT("/"), 0),
	OWNERS("14.mount_setattr", "make a mount writable", 0, SYS_mount_setattr, AT(AT_FDCWD), AT("/"), 0, AT(&no_change), sizeof no_change),
	{ .id = "37.unshare-user", .what = "a user namespace", .groups = "SN", .expected = "KILL", .behind = "ENOSPC|EPERM", PLAIN(SYS_unshare, CLONE_NEWUSER) },
	OWNERS("37.unshare-mount", "a mount namespace", 0, SYS_unshare, CLONE_NEWNS),
	OWNERS("37.unshare-cgroup", "a cgroup namespace", 0, SYS_unshare, CLONE_NEWCGROUP),
	OWNERS("37.unshare-uts", "a host name of its own", 0, SYS_unshare, CLONE_NEWUTS),
	OWNERS("37.unshare-ipc", "an IPC namespace", 0, SYS_unshare, CLONE_NEWIPC),
	OWNERS("37.unshare-pid", "a pid namespace", 0, SYS_unshare, CLONE_NEWPID),
	OWNERS("37.unshare-net", "a network namespace", 0, SYS_unshare, CLONE_NEWNET),
	{ .id = "37.unshare-time", .what = "a time namespace", .groups = "SC", .expected = "KILL", .behind = "EPERM", .unsealed = "OK|EINVAL", PLAIN(SYS_unshare, 0x80) },
	{ .id = "37.unshare-files", .what = "a table of descriptors of its own", .groups = "S", .expected = "KILL", PLAIN(SYS_unshare, CLONE_FILES) },
	{ .id = "37.setns-net", .what = "another process's network", .groups = "SCNL", .expected = "KILL", .behind = "EPERM|ENOENT|EACCES", .run = run_setns_net },
	{ .id = "37.setns-mount", .what = "another process's mounts", .groups = "SCNL", .expected = "KILL", .behind = "EPERM|ENOENT|EACCES", .run = run_setns_mount },
	OWNERS("39.capset", "a capability", 0, SYS_capset, AT(&version3), AT(admin)),
	{ .id = "39.ambient", .what = "capabilities that last over exec", .groups = "SC", .expected = PRCTL_ENDS, .behind = "EPERM", .unsealed = "OK|EPERM",
	  PLAIN(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN, 0, 0) },
	{ .id = "39.securebits", .what = "let ids give capabilities again", .groups = "SC", .expected = PRCTL_ENDS, .behind = "EPERM", PLAIN(SYS_prctl, PR_SET_SECUREBITS, 0, 0, 0, 0) },
	{ .id = "39.keepcaps", .what = "keep capabilities over a change of ids", .groups = "S", .expected = PRCTL_ENDS, .behind = "EPERM", PLAIN(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0) },
	BECOMES("39.setuid", "become root", SYS_setuid, 0),
	BECOMES("39.setreuid", "become root", SYS_setreuid, 0, 0),
	BECOMES("39.setresuid", "become root", SYS_setresuid, 0, 0, 0),
	BECOMES("39.setgid", "become root's group", SYS_setgid, 0),
	BECOMES("39.setregid", "become root's group", SYS_setregid, 0, 0),
	BECOMES("39.setresgid", "become root's group", SYS_setresgid, 0, 0, 0),
	{ .id = "39.setfsuid", .what = "be root to files", .groups = "SCN", .expected = "KILL", .behind = "EPERM", .run = run_setfsuid },
	{ .id = "39.setfsgid", .what = "be root's group to files", .groups = "SCN", .expected = "KILL", .behind = "EPERM", .run = run_setfsgid },
	{ .id = "39.setgroups", .what = "join groups", .groups = "SCN", .expected = "KILL", .behind = "EPERM|EINVAL", .unsealed = "OK|EPERM", .run = run_setgroups },
	{ .id = "39.capget", .what = "look at its capabilities", .groups = "S", .expected = "EPERM", .run = run_capget },
	{ .id = "41.no-new-privs", .what = "allow rights by exec again", .groups = "SK", .expected = PRCTL_ENDS, .behind = "EINVAL", .unsealed = "EINVAL", PLAIN(SYS_prctl, PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0) },
	PRCTL("41.prctl-seccomp", "a filter that allows all", NULL, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, AT(&allow_all)),
	{ .id = "41.seccomp", .what = "a filter that allows all", .groups = "S", .expected = "KILL", PLAIN(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, AT(&allow_all)) },
	{ .id = "42.listener", .what = "answer its own calls", .groups = "S", .expected = "KILL", .unsealed = "OK|EBUSY", PLAIN(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, AT(&allow_all)) },
	{ .id = "42.sizes", .what = "how listeners are spoken to", .groups = "S", .expected = "KILL", .reached = EFAULT, PLAIN(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, 0) },
	PRCTL("43.dumpable", "let others of its user look in", NULL, PR_SET_DUMPABLE, 1, 0, 0, 0),
	PRCTL("43.ptracer", "let anyone trace it", "OK|EINVAL", PR_SET_PTRACER, MINUS(1), 0, 0, 0),
	PRCTL("43.mm", "say where its memory is", "EPERM|EINVAL", PR_SET_MM, PR_SET_MM_BRK, 0, 0, 0),
	PRCTL("43.tsc", "have the time stamp counter", "OK|EIO|EINVAL", 26, 1, 0, 0, 0),
	PRCTL("43.speculation", "speculate again", "OK|ENODEV|ENXIO|EPERM|ERANGE|EINVAL", PR_SET_SPECULATION_CTRL, 0, PR_SPEC_ENABLE, 0, 0),
	PRCTL("43.dispatch", "take its system calls itself", "OK|EINVAL", PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_OFF, 0, 0, 0),
	PRCTL("43.core", "share its core with whom it likes", "OK|EINVAL|ENODEV", PR_SCHED_CORE, SCHED_CORE_CREATE, 0, 0, 0),
	PRCTL("43.name", "another name", "OK|EFAULT", PR_SET_NAME, AT("brig-zygote"), 0, 0, 0),
	PRCTL("43.subreaper", "get others' orphans", NULL, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0),
	PRCTL("78.get-dumpable", "may it be dumped", NULL, PR_GET_DUMPABLE, 0, 0, 0, 0),
	PRCTL("87.get-speculation", "how it may speculate", "OK|ENODEV|EINVAL", PR_GET_SPECULATION_CTRL, 0, 0, 0, 0),
	PRCTL("104.pdeathsig", "outlive its broker", NULL, PR_SET_PDEATHSIG, 0, 0, 0, 0),
	{ .id = "104.mdwe", .what = "loosen what holds its memory", .groups = "SM", .expected = PRCTL_ENDS, .behind = "EPERM", .unsealed = "OK|EINVAL", PLAIN(SYS_prctl, 65, 0, 0, 0, 0) },
	PRCTL("104.timerslack", "coarse timers", NULL, PR_SET_TIMERSLACK, 1, 0, 0, 0),
	PRCTL("104.thp", "other pages", NULL, PR_SET_THP_DISABLE, 0, 0, 0, 0),
	PRCTL("104.upper", "an option with garbage above its 32 bits", NULL, (uintptr_t)(1ull << 40 | PR_SET_DUMPABLE), 1, 0, 0, 0),
	{ .id = "84.mount-proc", .what = "procfs in namespaces of its own", .groups = "SNL", .expected = "KILL", .behind = "ENOSPC|EPERM", .run = run_mount_proc },
};
/* clang-format on */

ATTEMPT_TABLE(brig_attempts_rights);
