/*
 * sandbox/policy/space.h - the arguments of one call, split into the classes that programs and
 * models can tell apart.
 */
#ifndef SANDBOX_POLICY_SPACE_H
#define SANDBOX_POLICY_SPACE_H

#include "sandbox/policy/classes.h"
#include "sandbox/policy/program.h"

#define BRIG_HALVES           (2 * BRIG_CALL_ARGUMENTS)
#define BRIG_COMBINATIONS_MAX 4000000ul

/* What the accumulator holds on a way through a program. */
struct brig_held {
	int half;       /* of the arguments; -1: a number that is known */
	bool fixed;     /* it is the architecture or the number as it was loaded */
	bool arch;      /* it is the architecture */
	uint32_t value; /* the number, or the mask over the half */
};

struct brig_space {
	struct brig_atoms atoms[BRIG_HALVES]; /* lower half of argument 0, upper half, … */
	struct brig_classes classes[BRIG_HALVES];
	/* With what an instruction was come by last, and in which walk. */
	struct brig_held seen[BPF_MAXINSNS];
	unsigned int seen_in[BPF_MAXINSNS], walks;
};

void brig_space_clear(struct brig_space *space);

/* What a model's rules for @number compare; a test alone. 0 or -E2BIG. */
int brig_space_add_rules(struct brig_space *space, const struct brig_model *model, uint32_t number);
int brig_space_add_test(struct brig_space *space, const struct brig_test *tests, int test);

/*
 * What a program compares on its ways for @audit_arch and @number. -EINVAL: not ours, or it
 * compares the architecture with another than @own: then those that nobody asks about may go their
 * own way.
 */
int brig_space_add_program(struct brig_space *space, const struct brig_program *program,
			   uint32_t own, uint32_t audit_arch, uint32_t number);

/* Call @each with one witness of every combination. Its return, or -E2BIG, -ENOMEM. */
int brig_space_each(struct brig_space *space,
		    int (*each)(void *user, const uint64_t args[BRIG_CALL_ARGUMENTS]), void *user);

#endif
