/* tests/policy/random_model.h - models that nobody would write: every kind of condition, at random.
 */
#ifndef TESTS_POLICY_RANDOM_MODEL_H
#define TESTS_POLICY_RANDOM_MODEL_H

#include "sandbox/policy/program.h"

/* Calls that do no harm with any arguments, and numbers that no kernel has given away. */
#define HARMLESS_CALLS 16

struct random_model {
	struct brig_model model;
	struct brig_test tests[256];
	size_t n_tests;
	struct brig_rule rules[64];
	uint64_t constants[64]; /* that its conditions compare with */
	size_t n_constants;
};

/* @live: only harmless calls have rules, and all others are allowed. */
void random_model_make(struct random_model *ret, uint64_t *random, bool live);

/* Arguments near the constants of the model, where mistakes are. */
void random_arguments(const struct random_model *model, uint64_t *random,
		      uint64_t args[BRIG_CALL_ARGUMENTS]);

/* The numbers of the harmless calls. */
uint32_t harmless_call(uint64_t *random);

#endif
