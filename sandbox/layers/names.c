/* What people are told about layers and stages: one row each. */
#include <brig/exit.h>
#include <brig/layers.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>

struct layer_text {
	const char *name;
	const char *purpose;
	const char *remedy;
};

#define USERNS_REMEDY                                                                              \
	"allow unprivileged user namespaces: sysctl user.max_user_namespaces=15000; on Debian "    \
	"also "                                                                                    \
	"kernel.unprivileged_userns_clone=1; on Ubuntu 24.04 and later "                           \
	"kernel.apparmor_restrict_unprivileged_userns=0 or an AppArmor profile for brig-child; "   \
	"in a "                                                                                    \
	"container allow clone(CLONE_NEWUSER) and an unmasked /proc"
#define NS_REMEDY "needs the user namespace first; in a container, allow unshare(2)"

static const struct layer_text layers[BRIG_LAYER_COUNT] = {
	[BRIG_LAYER_UID] = { "uid", "it is not root, and not the user that started root's broker",
			     "start as an ordinary user, or with CAP_SETUID and CAP_SETGID" },
	[BRIG_LAYER_USER_NS] = { "user_ns", "rights that it might gain count inside only",
				 USERNS_REMEDY },
	[BRIG_LAYER_MOUNT_NS] = { "mount_ns", "no mounts of the system's", NS_REMEDY },
	[BRIG_LAYER_NET_NS] = { "net_ns", "no network interface, no abstract sockets", NS_REMEDY },
	[BRIG_LAYER_IPC_NS] = { "ipc_ns", "no System V or POSIX queues of others", NS_REMEDY },
	[BRIG_LAYER_UTS_NS] = { "uts_ns", "no host name to set", NS_REMEDY },
	[BRIG_LAYER_CGROUP_NS] = { "cgroup_ns", "no view of the cgroup hierarchy", NS_REMEDY },
	[BRIG_LAYER_ROOT] = { "root", "an empty, read-only root directory",
			      "needs mount namespaces; in a container allow mount(2) and "
			      "pivot_root(2)" },
	[BRIG_LAYER_PID_NS] = { "pid_ns", "it sees and signals no other process", NS_REMEDY },
	[BRIG_LAYER_FDS] = { "fds", "only the declared file descriptors are open",
			     "needs close_range(2): Linux 5.9" },
	[BRIG_LAYER_RLIMITS] = { "rlimits", "bounds on memory, files, processes and time",
				 "raise the hard limits of the shell that starts the program" },
	[BRIG_LAYER_CAPS] = { "caps", "no capability in any set, and none to regain", NS_REMEDY },
	[BRIG_LAYER_MDWE] = { "mdwe", "no memory that is both writable and executable",
			      "needs Linux 6.3" },
	[BRIG_LAYER_DUMPABLE] = { "dumpable",
				  "no core dump, no ptrace by other processes of its user",
				  "prctl(PR_SET_DUMPABLE) was refused: look for an outer filter" },
	[BRIG_LAYER_NO_NEW_PRIVS] = { "no_new_privs", "no set-uid program gives it rights",
				      "needs Linux 3.5" },
	[BRIG_LAYER_LANDLOCK] = { "landlock",
				  "no file, no TCP, no signal or abstract socket outward",
				  "needs Linux 5.13 built with CONFIG_SECURITY_LANDLOCK and "
				  "\"landlock\" in the lsm= boot parameter; in a container allow "
				  "the "
				  "landlock_* calls" },
	[BRIG_LAYER_SECCOMP] = { "seccomp", "only the system calls that its role lists",
				 "needs CONFIG_SECCOMP_FILTER; in a container allow seccomp(2)" },
	[BRIG_LAYER_TSC] = { "tsc", "no cycle counter to measure others by",
			     "needs an x86 processor; elsewhere there is nothing to take away" },
	[BRIG_LAYER_SPECULATION] = { "speculation",
				     "no speculation past stores and indirect branches",
				     "needs a processor and kernel that let a thread choose: see "
				     "/sys/devices/system/cpu/vulnerabilities" },
	[BRIG_LAYER_CORE_SCHED] = { "core_sched", "nobody else runs on the other half of its core",
				    "needs Linux 5.14 with CONFIG_SCHED_CORE, and a processor "
				    "whose cores have two halves (SMT)" },
	[BRIG_LAYER_MSEAL] = { "mseal", "its code and constants can't be unmapped or replaced",
			       "needs Linux 6.10 on a 64-bit processor" },
	[BRIG_LAYER_PRIORITY] = { "priority", "it runs after what is more urgent",
				  "a broker that was started as root needs CAP_SYS_NICE to set it "
				  "(docker --cap-add SYS_NICE); any needs a /proc of its own pid "
				  "namespace" },
	[BRIG_LAYER_CGROUP_LIMITS] = { "cgroup_limits",
				       "bounds on all that it has together, by a cgroup of its own",
				       "name a directory of cgroup v2 that is delegated to the "
				       "broker: brig_broker_options.cgroup, brig render --cgroup "
				       "DIR" },
};

struct stage_text {
	const char *name;
	enum brig_layer layer;
	const char *remedy; /* NULL: the layer's */
};

#define NO_LAYER BRIG_LAYER_COUNT
#define OURS     "this should not happen: please report it with the stage and the errno"

static const struct stage_text stages[BRIG_STAGE_COUNT] = {
	[BRIG_STAGE_NONE] = { "none", NO_LAYER, OURS },
	[BRIG_STAGE_HELPER] = { "helper", NO_LAYER,
				"install brig-child, or name it by child_path; /proc must be "
				"there" },
	[BRIG_STAGE_SPAWN] = { "spawn", NO_LAYER,
			       "starting a process failed: look at limits on processes and "
			       "memory" },
	[BRIG_STAGE_FDS] = { "fds", BRIG_LAYER_FDS, NULL },
	[BRIG_STAGE_UID] = { "uid", BRIG_LAYER_UID, NULL },
	[BRIG_STAGE_USER_NS] = { "user_ns", BRIG_LAYER_USER_NS, NULL },
	[BRIG_STAGE_ID_MAP] = { "id_map", BRIG_LAYER_USER_NS, NULL },
	[BRIG_STAGE_NO_NESTED] = { "no_nested", BRIG_LAYER_USER_NS,
				   "/proc/sys must be writable from a user namespace: in a "
				   "container, "
				   "run without a read-only or masked /proc/sys" },
	[BRIG_STAGE_REEXEC] = { "reexec", NO_LAYER,
				"brig-child must be executable for other users, on a file system "
				"without noexec" },
	[BRIG_STAGE_HANDSHAKE] = { "handshake", NO_LAYER,
				   "brig-child is of another build than the library: install both "
				   "from one build; or, of services of your own, broker and child "
				   "were built from schemas that don't fit, or the helper has no "
				   "program for the role: build both from one tree" },
	[BRIG_STAGE_MOUNT_NS] = { "mount_ns", BRIG_LAYER_MOUNT_NS, NULL },
	[BRIG_STAGE_NET_NS] = { "net_ns", BRIG_LAYER_NET_NS, NULL },
	[BRIG_STAGE_IPC_NS] = { "ipc_ns", BRIG_LAYER_IPC_NS, NULL },
	[BRIG_STAGE_UTS_NS] = { "uts_ns", BRIG_LAYER_UTS_NS, NULL },
	[BRIG_STAGE_CGROUP_NS] = { "cgroup_ns", BRIG_LAYER_CGROUP_NS, NULL },
	[BRIG_STAGE_WARM_UP] = { "warm_up", NO_LAYER, OURS },
	[BRIG_STAGE_POLICY] = { "policy", BRIG_LAYER_SECCOMP, OURS },
	[BRIG_STAGE_ROOT] = { "root", BRIG_LAYER_ROOT, NULL },
	[BRIG_STAGE_BOUNDING] = { "bounding", BRIG_LAYER_CAPS, NULL },
	[BRIG_STAGE_CLASS_FILTER] = { "class_filter", BRIG_LAYER_SECCOMP, NULL },
	[BRIG_STAGE_FORK] = { "fork", BRIG_LAYER_PID_NS,
			      "making a process in a pid namespace failed: look at limits on "
			      "processes and at user.max_pid_namespaces" },
	[BRIG_STAGE_SIGNALS] = { "signals", NO_LAYER, OURS },
	[BRIG_STAGE_RLIMITS] = { "rlimits", BRIG_LAYER_RLIMITS, NULL },
	[BRIG_STAGE_SESSION] = { "session", NO_LAYER, OURS },
	[BRIG_STAGE_CAPS] = { "caps", BRIG_LAYER_CAPS, NULL },
	[BRIG_STAGE_PDEATHSIG] = { "pdeathsig", NO_LAYER, OURS },
	[BRIG_STAGE_MDWE] = { "mdwe", BRIG_LAYER_MDWE, NULL },
	[BRIG_STAGE_DUMPABLE] = { "dumpable", BRIG_LAYER_DUMPABLE, NULL },
	[BRIG_STAGE_NO_NEW_PRIVS] = { "no_new_privs", BRIG_LAYER_NO_NEW_PRIVS, NULL },
	[BRIG_STAGE_THREADS] = { "threads", BRIG_LAYER_LANDLOCK,
				 "a role's own code, or a plugin's constructor, started a thread "
				 "before the seal: it may start none" },
	[BRIG_STAGE_LANDLOCK] = { "landlock", BRIG_LAYER_LANDLOCK, NULL },
	[BRIG_STAGE_STAGE1] = { "stage1", BRIG_LAYER_SECCOMP, NULL },
	[BRIG_STAGE_LOAD] = { "load", NO_LAYER,
			      "the plugin can't be loaded: it must need system libraries only, and "
			      "export brig_plugin_entry of this ABI" },
	[BRIG_STAGE_SECCOMP] = { "seccomp", BRIG_LAYER_SECCOMP, NULL },
	[BRIG_STAGE_PROBE] = { "probe", BRIG_LAYER_SECCOMP, OURS },
	[BRIG_STAGE_ATTEST] = { "attest", NO_LAYER,
				"the broker must see the child in an unmasked /proc: mount /proc "
				"without hidepid; and take its filter's listener: allow "
				"pidfd_getfd(2), and have kernel.yama.ptrace_scope below 3" },
	[BRIG_STAGE_TIMEOUT] = { "timeout", NO_LAYER,
				 "the machine is too slow or too busy: raise launch_timeout_ms" },
	[BRIG_STAGE_ZYGOTE] = { "zygote", NO_LAYER,
				"the zygote was ended from outside: try again" },
	[BRIG_STAGE_MSEAL] = { "mseal", BRIG_LAYER_MSEAL, NULL },
	[BRIG_STAGE_SPECULATION] = { "speculation", BRIG_LAYER_SPECULATION, NULL },
	[BRIG_STAGE_CORE_SCHED] = { "core_sched", BRIG_LAYER_CORE_SCHED, NULL },
	[BRIG_STAGE_TSC] = { "tsc", BRIG_LAYER_TSC, NULL },
	[BRIG_STAGE_PRIORITY] = { "priority", BRIG_LAYER_PRIORITY, NULL },
	[BRIG_STAGE_CGROUP_LIMITS] = { "cgroup_limits", BRIG_LAYER_CGROUP_LIMITS, NULL },
	[BRIG_STAGE_START] = { "start", NO_LAYER,
			       "the role must start as many threads as its 'threads' says: look at "
			       "limits on processes and memory" },
};

static const char *const levels[] = {
	[BRIG_LEVEL_NONE] = "none",
	[BRIG_LEVEL_SECCOMP_ONLY] = "seccomp_only",
	[BRIG_LEVEL_NO_USERNS] = "no_userns",
	[BRIG_LEVEL_FULL] = "full",
};

const char *brig_level_name(enum brig_level level)
{
	return (unsigned int)level <= BRIG_LEVEL_FULL ? levels[level] : "?";
}

enum brig_level brig_level_find(const char *name)
{
	for (int level = BRIG_LEVEL_FULL; level > BRIG_LEVEL_NONE; level--)
		if (!strcmp(name, levels[level]))
			return (enum brig_level)level;
	return BRIG_LEVEL_NONE;
}

const char *brig_layer_name(enum brig_layer layer)
{
	return (unsigned int)layer < BRIG_LAYER_COUNT ? layers[layer].name : "?";
}

const char *brig_layer_purpose(enum brig_layer layer)
{
	return (unsigned int)layer < BRIG_LAYER_COUNT ? layers[layer].purpose : "";
}

static const struct {
	int error;
	const char *remedy;
} cgroup_remedies[] = {
	{ EMEDIUMTYPE, "that is no directory of cgroup v2: 'mount -t cgroup2' tells where one is, "
		       "/sys/fs/cgroup or /sys/fs/cgroup/unified" },
	{ EOPNOTSUPP, "it has no memory or no pids controller (its cgroup.controllers): echo "
		      "'+memory +pids +cpu' >cgroup.subtree_control of the group above it; where "
		      "cgroup v1 has them (/proc/self/cgroup), boot with "
		      "systemd.unified_cgroup_hierarchy=1" },
	{ EBUSY, "processes are in it, so the kernel lends its controllers to no group below it: "
		 "move them to one (mkdir DIR/main && echo PID >DIR/main/cgroup.procs), the broker "
		 "among them" },
	{ EACCES, "it is not delegated: start as systemd-run --user --scope -p Delegate=yes "
		  "PROGRAM; or let root make DIR and DIR/main, chown both and the cgroup.procs, "
		  "cgroup.subtree_control in them, and put the broker into DIR/main: a process can "
		  "only be moved below a group whose cgroup.procs its mover may write" },
	{ EROFS, "it is mounted read-only, as in a container: give it its own writable cgroup "
		 "(docker --cgroupns=private with a writable /sys/fs/cgroup)" },
};

static const char *cgroup_remedy(int error)
{
	const int as = error == EPERM ? EACCES : error;

	for (size_t i = 0; i < sizeof cgroup_remedies / sizeof *cgroup_remedies; i++)
		if (cgroup_remedies[i].error == as)
			return cgroup_remedies[i].remedy;
	return layers[BRIG_LAYER_CGROUP_LIMITS].remedy;
}

const char *brig_layer_remedy(enum brig_layer layer, int error)
{
	if (error == ENOMEM || error == EMFILE || error == ENFILE || error == EAGAIN)
		return "the machine is short of memory, files or processes: free some, or raise "
		       "limits";
	if (error == ENOSPC && layer <= BRIG_LAYER_PID_NS)
		return "that is a limit on namespaces, which may be 0 ('sysctl user' shows it): "
		       "raise user.max_user_namespaces, or that of the layer's own kind";
	if (layer == BRIG_LAYER_CGROUP_LIMITS)
		return cgroup_remedy(error);
	return (unsigned int)layer < BRIG_LAYER_COUNT ? layers[layer].remedy : "";
}

const char *brig_stage_name(enum brig_stage stage)
{
	return (unsigned int)stage < BRIG_STAGE_COUNT ? stages[stage].name : "?";
}

enum brig_layer brig_stage_layer(enum brig_stage stage)
{
	return (unsigned int)stage < BRIG_STAGE_COUNT ? stages[stage].layer : NO_LAYER;
}

const char *brig_stage_remedy(enum brig_stage stage, int error)
{
	if ((unsigned int)stage >= BRIG_STAGE_COUNT)
		return "";
	if (stages[stage].remedy)
		return stages[stage].remedy;
	return brig_layer_remedy(stages[stage].layer, error);
}
