/* sandbox/policy/policy.h - from a role's rows to a program in the kernel. */
#ifndef SANDBOX_POLICY_POLICY_H
#define SANDBOX_POLICY_POLICY_H

#include "sandbox/roles/role.h"

#include <linux/filter.h>

struct brig_policy {
	struct sock_filter *program; /* owned */
	unsigned short length;       /* instructions */
};

/*
 * Compile a model for this machine's architecture. Foreign architectures, and x32 on x86-64, kill
 * the process. Returns 0 and *ret (brig_policy_finish() frees), -EINVAL rows that contradict each
 * other, -ENOMEM, or an errno of memfd_create(2) and read(2).
 */
int brig_policy_compile(const struct brig_policy_model *model, struct brig_policy *ret);
/*
 * The same for a filter that only ever stands above @below's: what @below kills isn't said twice.
 * The kernel heeds the strictest of all filters (seccomp(2)), so that no verdict changes, and every
 * child compiles a shorter program.
 */
int brig_policy_compile_above(const struct brig_policy_model *model,
			      const struct brig_policy_model *below, struct brig_policy *ret);
void brig_policy_finish(struct brig_policy *policy);

/*
 * Load into the calling process, for good; all its threads (SECCOMP_FILTER_FLAG_TSYNC). Needs
 * no_new_privs. Returns 0 or the errno of seccomp(2); -EBUSY if a thread could not follow.
 */
int brig_policy_load(const struct brig_policy *policy);

#endif
