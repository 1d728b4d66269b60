/* sandbox/policy/policy.h - a compiled policy, for our own folders; others see brig/policy.h. */
#ifndef SANDBOX_POLICY_POLICY_H
#define SANDBOX_POLICY_POLICY_H

#include "sandbox/policy/program.h"
#include "sandbox/policy/text.h"

#include <stdatomic.h>

struct brig_policy {
	atomic_uint references;
	struct brig_text text;
	struct brig_program programs[BRIG_POLICY_STAGES]; /* length 0: no such stage */
	bool proven;
	unsigned long evaluations; /* that the proof took */
};

/* brig_policy_open() of a text that was found already; @overlay may be NULL. Both are taken. */
int brig_policy_make(struct brig_text_file *file, struct brig_text_file *overlay,
		     const struct brig_policy_options *options, struct brig_policy **ret,
		     struct brig_policy_error *error);

/* The innermost stage that the role has: what a sealed child lives under, with those before it. */
static inline const struct brig_model *brig_policy_model(const struct brig_policy *policy)
{
	return &policy->text.models[BRIG_AFTER_READY];
}

/*
 * Make a policy's programs again, to stand above the filter of the process that its children are
 * forked from, and prove that the two together say exactly what the policy alone says. 0, or -errno
 * with *error; -EPERM where @home refuses what the policy allows.
 */
int brig_policy_make_above(struct brig_policy *policy, const struct brig_policy *home,
			   struct brig_policy_error *error);

#endif
