/*
 * sandbox/policy/constants.h - the names that policies may use for numbers, from the kernel's UAPI
 * headers. Their rows are made by scripts/make-constants: values differ between architectures.
 */
#ifndef SANDBOX_POLICY_CONSTANTS_H
#define SANDBOX_POLICY_CONSTANTS_H

#include "sandbox/policy/calls.h"

struct brig_constant {
	const char *name;
	uint64_t value[BRIG_ARCH_COUNT]; /* sign-extended: -100 is 0xffffffffffffff9c */
	bool known[BRIG_ARCH_COUNT];
};

const struct brig_constant *brig_constants(size_t *ret_n); /* sorted by name */
const struct brig_constant *brig_constant_find(const char *name, size_t n);
const struct brig_constant *brig_constant_nearest(const char *name, size_t n);

/* "EACCES" ↔ 13: the errno constants alone. 0 and NULL if there is none. */
int brig_errno_number(const char *name, size_t n);
const char *brig_errno_name(int number);

#endif
