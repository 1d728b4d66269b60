/* Steps that change who the process is: uid, user namespace, capabilities. */
#include "sandbox/layers/seal.h"

#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int write_file(const char *path, const char *text)
{
	brig_auto_fd int fd = open(path, O_WRONLY | O_CLOEXEC);
	size_t n = strlen(text);

	if (fd < 0)
		return -errno;
	ssize_t r = write(fd, text, n);
	if (r < 0)
		return -errno;
	return (size_t)r == n ? 0 : -EIO;
}

int brig_step_uid(struct brig_seal *seal)
{
	if (geteuid() != 0)
		return 0;
	if (seal->uid == 0)
		return -EPERM; /* root is never kept for a child */
	if (setgroups(0, NULL) < 0)
		return -errno;
	if (setresgid(seal->uid, seal->uid, seal->uid) < 0)
		return -errno;
	if (setresuid(seal->uid, seal->uid, seal->uid) < 0)
		return -errno;
	/* Else /proc/self/uid_map can't be written. */
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0 ? -errno : 0;
}

int brig_step_user_ns(struct brig_seal *seal)
{
	seal->uid = geteuid(); /* inside it is the overflow uid until the map is written */
	seal->gid = getegid();
	return unshare(CLONE_NEWUSER) < 0 ? -errno : 0;
}

int brig_step_id_map(struct brig_seal *seal)
{
	char uid_map[64], gid_map[64];

	/* Identity: unlike a map to 0 inside, it leaves no uid that looks like root to anyone. */
	(void)snprintf(uid_map, sizeof uid_map, "%u %u 1\n", seal->uid, seal->uid);
	(void)snprintf(gid_map, sizeof gid_map, "%u %u 1\n", seal->gid, seal->gid);
	int r = write_file("/proc/self/setgroups", "deny");
	if (!r)
		r = write_file("/proc/self/uid_map", uid_map);
	if (!r)
		r = write_file("/proc/self/gid_map", gid_map);
	return r;
}

/* Where /proc/sys can't be written, as in a container, it is left to the root: see the proof. */
int brig_step_no_nested(struct brig_seal *seal)
{
	int r = write_file("/proc/sys/user/max_user_namespaces", "0");
	(void)seal;

	return r == -EROFS || r == -EACCES || r == -EPERM || r == -ENOENT ? 0 : r;
}

/*
 * By the limit (ENOSPC), or since a process whose root is not its mount namespace's may make none
 * (EPERM, user_namespaces(7)). A success is kept: this process ends of it, or is weaker and says
 * so.
 */
int brig_step_no_nested_proof(struct brig_seal *seal)
{
	(void)seal;
	if (unshare(CLONE_NEWUSER) == 0)
		return -ENOTRECOVERABLE;
	return errno == ENOSPC || errno == EPERM ? 0 : -errno;
}

static int caps_set(uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	for (int i = 0; i < 2; i++) {
		data[i].effective = data[i].permitted = (uint32_t)(permitted >> (32 * i));
		data[i].inheritable = (uint32_t)(inheritable >> (32 * i));
	}
	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

#define CAP_BIT(cap) (1ull << (cap))

int brig_caps_keep_for_exec(void)
{
	static const unsigned long kept[] = { CAP_SYS_ADMIN, CAP_SETPCAP, CAP_SYS_CHROOT };
	uint64_t keep = 0;

	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		keep |= CAP_BIT(kept[i]);
	int r = caps_set(keep, keep);
	for (size_t i = 0; !r && i < sizeof kept / sizeof *kept; i++)
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, kept[i], 0, 0) < 0)
			r = -errno;
	return r;
}

static int drop_bounding(void)
{
	for (unsigned long cap = 0; cap < 64; cap++) {
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
			continue;
		return errno == EINVAL && cap > 0 ? 0 : -errno; /* EINVAL: past the kernel's last */
	}
	return 0;
}

int brig_step_bounding(struct brig_seal *seal)
{
	const unsigned long bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
				   SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
				   SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
	(void)seal;

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -errno;
	int r = drop_bounding();
	if (r < 0)
		return r;
	if (prctl(PR_SET_SECUREBITS, bits, 0, 0, 0) < 0)
		return -errno;
	return caps_set(CAP_BIT(CAP_SYS_ADMIN), 0);
}

int brig_step_caps(struct brig_seal *seal)
{
	(void)seal;
	return caps_set(0, 0);
}
