#include "sandbox/policy/policy.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

int brig_policy_load(const struct brig_policy *policy)
{
	const struct sock_fprog program = { .len = policy->length, .filter = policy->program };
	long r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);

	if (r < 0)
		return -errno;
	return r > 0 ? -EBUSY : 0; /* > 0: the id of a thread that could not be synchronised */
}
