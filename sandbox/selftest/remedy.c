/*
 * What to do about a thing that failed, on this machine: rules, the first that fits speaks. A rule
 * claims what was seen; where the cause can only be guessed, it says so.
 */
#include "sandbox/selftest/machine.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct answer {
	char *text;
	size_t size;
};

static bool say(const struct answer *answer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool say(const struct answer *answer, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	(void)vsnprintf(answer->text, answer->size, format, list);
	va_end(list);
	return true;
}

static bool refused(const struct brig_trouble *t)
{
	return t->error == EPERM || t->error == EACCES;
}

static bool makes_user_namespace(const struct brig_trouble *t)
{
	return t->stage == BRIG_STAGE_USER_NS;
}

/* What to allow, in the words of a filter. */
static const char *calls_of(const struct brig_trouble *t)
{
	switch (t->stage) {
	case BRIG_STAGE_MOUNT_NS:
		return "unshare(2) and mount(2)";
	case BRIG_STAGE_ROOT:
		return "mount(2), umount2(2), mount_setattr(2) and pivot_root(2)";
	case BRIG_STAGE_FORK:
		return "clone(2) with namespaces";
	case BRIG_STAGE_LANDLOCK:
		return "the landlock_* calls";
	case BRIG_STAGE_SECCOMP:
		return "seccomp(2)";
	case BRIG_STAGE_ATTEST:
		return "seccomp(2), pidfd_getfd(2) and ioctl(2) on its listener";
	case BRIG_STAGE_FDS:
		return "close_range(2)";
	case BRIG_STAGE_RLIMITS:
		return "setrlimit(2)";
	case BRIG_STAGE_UID:
		return "setresuid(2), setresgid(2) and setgroups(2)";
	case BRIG_STAGE_CAPS:
		return "capset(2)";
	case BRIG_STAGE_PRIORITY:
		return "setpriority(2), ioprio_set(2) and ioprio_get(2)";
	default:
		return t->layer == BRIG_LAYER_USER_NS || (t->stage >= BRIG_STAGE_MOUNT_NS &&
							  t->stage <= BRIG_STAGE_CGROUP_NS)
			       ? "unshare(2)"
			       : "prctl(2)";
	}
}

static bool hung(const struct brig_machine *m, const struct brig_trouble *t, const struct answer *a)
{
	if (t->error != ETIMEDOUT)
		return false;
	if (m->seccomp == 2)
		return say(
			a,
			"it hangs in a call that an outer seccomp filter may have to answer: the "
			"supervisor of this container must answer or allow %s",
			calls_of(t));
	return say(a, "it hangs: something stops or traces the process, or the machine is far too "
		      "busy. Try again outside of debuggers and supervisors");
}

static bool limit(const struct brig_machine *m, const struct brig_trouble *t,
		  const struct answer *a)
{
	const char *name = brig_machine_limit(t->layer);

	if (t->error != ENOSPC && t->error != EUSERS)
		return false;
	if (!name)
		return say(a,
			   "a limit on namespaces is used up, or is 0 in an outer user namespace, "
			   "where this one can't see it: raise user.max_user_namespaces there, or "
			   "that of the layer's own kind");
	return say(a, "user.%s is 0%s: raise user.%s, as by sysctl -w user.%s=15000", name,
		   m->part_of_ids ? " in this user namespace (whoever made it must raise it)" : "",
		   name, name);
}

static bool identity(const struct brig_machine *m, const struct brig_trouble *t,
		     const struct answer *a)
{
	if (t->layer != BRIG_LAYER_UID || (!refused(t) && t->error != EINVAL))
		return false;
	if (m->part_of_ids)
		return say(a, "this is root of a user namespace without ids to change to "
			      "(/proc/self/uid_map), so root can't be given up: start as another "
			      "user, as by 'bwrap --unshare-user --uid 1000' or 'unshare "
			      "--map-user=1000', or map a range of ids");
	return say(a, "root without CAP_SETUID or CAP_SETGID can't be given up: start as an "
		      "ordinary user, or add both (docker --cap-add SETUID --cap-add SETGID)");
}

/* Root's helpers have given root up before they make theirs. */
static bool debian(const struct brig_machine *m, const struct brig_trouble *t,
		   const struct answer *a)
{
	return m->userns_clone == 0 && makes_user_namespace(t) && refused(t) &&
	       say(a, "kernel.unprivileged_userns_clone is 0: sysctl -w "
		      "kernel.unprivileged_userns_clone=1, and the same in /etc/sysctl.d to keep "
		      "it");
}

static bool chrooted(const struct brig_machine *m, const struct brig_trouble *t,
		     const struct answer *a)
{
	return m->chrooted && makes_user_namespace(t) && t->error == EPERM &&
	       say(a, "this process is in a chroot, where the kernel makes no user namespaces: "
		      "start it outside, or enter the tree by pivot_root(2), as bwrap and "
		      "systemd-nspawn do");
}

/* A filter comes before the security module: EACCES is the module's. */
static bool outer_filter(const struct brig_machine *m, const struct brig_trouble *t,
			 const struct answer *a)
{
	if (m->seccomp != 2 || t->stage == BRIG_STAGE_ID_MAP || t->stage == BRIG_STAGE_NO_NESTED ||
	    t->stage == BRIG_STAGE_CGROUP_LIMITS)
		return false;
	if (t->error != EPERM && t->error != ENOSYS)
		return false;
	return say(a,
		   "an outer seccomp filter stands around this process, and most likely refuses "
		   "this: let it allow %s (docker, podman: --security-opt seccomp=PROFILE; "
		   "systemd: SystemCallFilter=, RestrictNamespaces=)",
		   calls_of(t));
}

/* Where the module lets the user namespace be, it denies what comes next in it. */
static bool apparmor(const struct brig_machine *m, const struct brig_trouble *t,
		     const struct answer *a)
{
	return m->apparmor_userns == 1 && refused(t) && t->stage >= BRIG_STAGE_USER_NS &&
	       t->stage <= BRIG_STAGE_BOUNDING &&
	       say(a, "AppArmor keeps user namespaces from programs without a profile "
		      "(kernel.apparmor_restrict_unprivileged_userns=1). As root: brig doctor "
		      "--apparmor >/etc/apparmor.d/brig-child && apparmor_parser -r "
		      "/etc/apparmor.d/brig-child");
}

static bool masked_proc(const struct brig_machine *m, const struct brig_trouble *t,
			const struct answer *a)
{
	if (t->stage != BRIG_STAGE_ID_MAP && t->stage != BRIG_STAGE_NO_NESTED)
		return false;
	if (m->no_proc)
		return say(a, "there is no /proc here: mount -t proc proc /proc");
	if (!m->sys_read_only && t->error != EROFS && t->error != ENOENT)
		return false;
	return say(a, "/proc/sys is masked or read-only here: the container must leave it as it is "
		      "(docker --security-opt systempaths=unconfined; podman --security-opt "
		      "unmask=ALL; Kubernetes procMount: Unmasked)");
}

static bool confined(const struct brig_machine *m, const struct brig_trouble *t,
		     const struct answer *a)
{
	return m->confined[0] && refused(t) && t->stage >= BRIG_STAGE_USER_NS &&
	       t->stage <= BRIG_STAGE_ROOT &&
	       say(a,
		   "this process is confined as '%s', which most likely refuses it: allow userns "
		   "and mount there, or start without it (docker: --security-opt "
		   "apparmor=unconfined)",
		   m->confined);
}

/* Nothing that can be seen refuses it. */
static bool no_user_namespace(const struct brig_machine *m, const struct brig_trouble *t,
			      const struct answer *a)
{
	if (!makes_user_namespace(t))
		return false;
	if (t->error == EINVAL || t->error == ENOSYS)
		return say(a,
			   "this kernel (%s) seems to be built without user namespaces: "
			   "CONFIG_USER_NS=y is needed",
			   m->kernel);
	return t->error == EPERM &&
	       say(a,
		   "nothing that can be seen from here refuses it (no filter, no setting): most "
		   "likely this is a chroot, where the kernel makes no user namespaces, or a "
		   "security module's rule%s%s",
		   m->lsm[0] ? ": " : "", m->lsm);
}

static bool older_than(const char *kernel, long major, long minor)
{
	char *end;
	const long its_major = strtol(kernel, &end, 10);

	if (its_major != major || *end != '.')
		return its_major > 0 && its_major < major;
	return strtol(end + 1, NULL, 10) < minor;
}

static bool landlock(const struct brig_machine *m, const struct brig_trouble *t,
		     const struct answer *a)
{
	if (t->layer != BRIG_LAYER_LANDLOCK)
		return false;
	if (t->error == EOPNOTSUPP)
		return say(a, "Landlock is built in but not switched on: boot with lsm=landlock,%s",
			   m->lsm[0] ? m->lsm
				     : "... (and what is there: cat "
				       "/sys/kernel/security/lsm)");
	if (t->error != ENOSYS)
		return false;
	if (older_than(m->kernel, 5, 13))
		return say(a, "Landlock needs Linux 5.13; this is %s", m->kernel);
	return say(a,
		   "this kernel (%s) is built without Landlock: CONFIG_SECURITY_LANDLOCK=y, and "
		   "\"landlock\" in CONFIG_LSM or lsm=",
		   m->kernel);
}

static bool old_kernel(const struct brig_machine *m, const struct brig_trouble *t,
		       const struct answer *a)
{
	return t->layer == BRIG_LAYER_MDWE && t->error == EINVAL &&
	       say(a, "needs Linux 6.3 (PR_SET_MDWE); this is %s", m->kernel);
}

static bool ability(const struct brig_machine *m, const struct brig_trouble *t,
		    const struct answer *a)
{
	if (t->stage != BRIG_STAGE_ATTEST)
		return false;
	if (t->error == EBUSY)
		return say(a, "somebody outside listens to this process' filter already, and the "
			      "kernel allows one listener: forbidden calls fail, and nobody is "
			      "told. Start outside of that supervisor to be told");
	if (m->no_proc)
		return say(a, "there is no /proc here: mount -t proc proc /proc");
	if (m->ptrace_scope == 3 && refused(t))
		return say(a, "kernel.yama.ptrace_scope is 3: nobody may look into a process until "
			      "the next boot with it below 3");
	if (m->uid == 0 && !m->may_ptrace && refused(t))
		return say(a, "root without CAP_SYS_PTRACE can't look at a process of another "
			      "uid: start as an ordinary user, or add it (docker --cap-add "
			      "SYS_PTRACE)");
	if (m->hidepid && (t->error == ENOENT || refused(t)))
		return say(a,
			   "/proc is mounted with hidepid=%d: mount it without, or with gid= of "
			   "a group of the broker's",
			   m->hidepid);
	return false;
}

void brig_remedy(const struct brig_machine *machine, const struct brig_trouble *trouble, char *ret,
		 size_t size)
{
	static bool (*const rules[])(const struct brig_machine *m, const struct brig_trouble *t,
				     const struct answer *a) = {
		hung,     limit,      identity,          debian,   chrooted,
		ability,  apparmor,   masked_proc,       confined, outer_filter,
		landlock, old_kernel, no_user_namespace,
	};
	const struct answer answer = { ret, size };

	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (rules[i](machine, trouble, &answer))
			return;
	const char *text = trouble->stage ? brig_stage_remedy(trouble->stage, trouble->error)
					  : brig_layer_remedy(trouble->layer, trouble->error);
	(void)snprintf(ret, size, "%s", text);
}
