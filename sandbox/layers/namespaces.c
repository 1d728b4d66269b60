/* Steps that enter namespaces, one each so that a refusal names itself. */
#include "sandbox/layers/seal.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>

static int enter(int flag)
{
	return unshare(flag) < 0 ? -errno : 0;
}

int brig_step_mount_ns(struct brig_seal *seal)
{
	int r = enter(CLONE_NEWNS);

	/* Nothing that is mounted here may show outside; where nothing may be mounted, nothing is.
	 */
	if (!r && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		seal->mount_error = -errno;
	return r;
}

int brig_step_net_ns(struct brig_seal *seal)
{
	(void)seal;
	return enter(CLONE_NEWNET);
}

int brig_step_ipc_ns(struct brig_seal *seal)
{
	(void)seal;
	return enter(CLONE_NEWIPC);
}

int brig_step_uts_ns(struct brig_seal *seal)
{
	(void)seal;
	return enter(CLONE_NEWUTS);
}

int brig_step_cgroup_ns(struct brig_seal *seal)
{
	(void)seal;
	return enter(CLONE_NEWCGROUP);
}
