/*
 * sandbox/policy/tracked.h - which arguments decide what a call is good for, and the names that
 * people know their values by.
 */
#ifndef SANDBOX_POLICY_TRACKED_H
#define SANDBOX_POLICY_TRACKED_H

#include "sandbox/policy/calls.h"

#define BRIG_TRACKED_MAX 3

enum brig_tracked_kind {
	BRIG_TRACKED_VALUE,  /* which values it had */
	BRIG_TRACKED_SUBSET, /* which bits it had */
	BRIG_TRACKED_ZERO,   /* whether it ever was anything but 0 */
};

/* Names by what another argument of the same call was. */
struct brig_tracked_names {
	uint64_t value; /* of the call's first tracked argument */
	const char *prefixes;
};

/* An argument that a policy should look at. */
struct brig_tracked {
	const char *argument; /* NULL: no more */
	enum brig_tracked_kind kind;
	const char *prefixes; /* of constants that name it, the likeliest first */
	const struct brig_tracked_names *depend; /* instead, up to a row without prefixes */
	const char *flags;                       /* prefix of the names of single bits */
	uint64_t number;  /* bits that are a number, where others are flags */
	uint64_t ignored; /* bits that never matter */
	const char *ignored_names;
	uint64_t looked_at; /* ZERO: the bits that count; 0: all */
	const char *looked_at_names;
};

struct brig_tracked_call {
	const char *name;
	struct brig_tracked arguments[BRIG_TRACKED_MAX];
};

/* NULL: none of its arguments matters. */
const struct brig_tracked_call *brig_tracked_find(const char *name);

/*
 * "PROT_READ|PROT_WRITE" of a tracked argument's value, or a number. @first: the value of the
 * call's first tracked argument.
 */
const char *brig_tracked_name(enum brig_arch arch, const struct brig_tracked *tracked,
			      uint64_t first, uint64_t value, char *ret, size_t size);

/* @names, if this build's table has all of them; else the number. */
const char *brig_tracked_mask(const char *names, uint64_t mask, char *ret, size_t size);

#endif
