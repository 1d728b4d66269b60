/* What a process may learn of others by the processor they share. */
#include "sandbox/layers/seal.h"

#include <errno.h>
#include <sys/prctl.h>

/* Linux 5.14; Debian 12's header has it, older ones stop before. */
#ifndef PR_SCHED_CORE
#define PR_SCHED_CORE        62
#define PR_SCHED_CORE_CREATE 1
#endif
#define CORE_SCHED_PROCESS 1 /* PIDTYPE_TGID: all its threads */

/* Documentation/userspace-api/spec_ctrl.rst of the kernel. */
static int stop_speculation(unsigned long kind)
{
	int state = prctl(PR_GET_SPECULATION_CTRL, kind, 0, 0, 0);

	if (state < 0)
		return -errno;
	if (state == PR_SPEC_NOT_AFFECTED)
		return 0;
	const unsigned int bits = (unsigned int)state;
	if (!(bits & PR_SPEC_PRCTL)) /* it is not the thread's to choose */
		return bits & (PR_SPEC_DISABLE | PR_SPEC_FORCE_DISABLE) ? 0 : -ENXIO;
	return prctl(PR_SET_SPECULATION_CTRL, kind, PR_SPEC_FORCE_DISABLE, 0, 0) < 0 ? -errno : 0;
}

int brig_step_speculation(struct brig_seal *seal)
{
	int stores = stop_speculation(PR_SPEC_STORE_BYPASS);
	int branches = stop_speculation(PR_SPEC_INDIRECT_BRANCH);
	(void)seal;

	return stores ? stores : branches;
}

int brig_step_core_sched(struct brig_seal *seal)
{
	(void)seal;
	return prctl(PR_SCHED_CORE, PR_SCHED_CORE_CREATE, 0, CORE_SCHED_PROCESS, 0) < 0 ? -errno
											: 0;
}

/* From here on the vdso's clocks fault as well: the call must be made. */
int brig_step_tsc(struct brig_seal *seal)
{
	(void)seal;
	return prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0) < 0 ? -errno : 0;
}
