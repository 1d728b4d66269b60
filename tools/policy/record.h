/* tools/policy/record.h - what a watched program asked of the kernel, in bounded memory. */
#ifndef TOOLS_POLICY_RECORD_H
#define TOOLS_POLICY_RECORD_H

#include "sandbox/policy/policy.h"

#include <linux/seccomp.h>

#define RECORD_NUMBERS   1024 /* of this architecture, each with a record of its own */
#define RECORD_STRANGERS 64   /* all others: foreign architectures, numbers beyond */
#define RECORD_TUPLES    32   /* different arguments that are kept of a call */
#define TRACKED_MAX      3

enum tracked_kind {
	TRACKED_VALUE,  /* which values it had */
	TRACKED_SUBSET, /* which bits it had */
	TRACKED_ZERO,   /* whether it ever was anything but 0 */
};

/* Names by what another argument of the same call was. */
struct tracked_names {
	uint64_t value; /* of the call's first tracked argument */
	const char *prefixes;
};

/* An argument that a policy should look at. */
struct tracked {
	const char *argument; /* NULL: no more */
	enum tracked_kind kind;
	const char *prefixes;               /* of constants that name it, the likeliest first */
	const struct tracked_names *depend; /* instead, up to a row without prefixes */
	const char *flags;                  /* prefix of the names of single bits */
	uint64_t number;                    /* bits that are a number, where others are flags */
	uint64_t ignored;                   /* bits that never matter */
	const char *ignored_names;
	uint64_t looked_at; /* TRACKED_ZERO: the bits that count; 0: all */
	const char *looked_at_names;
};

struct tracked_call {
	const char *name;
	struct tracked arguments[TRACKED_MAX];
};

/* NULL: none of its arguments matters. */
const struct tracked_call *tracked_find(const char *name);

struct record_call {
	unsigned long count;
	bool lacking; /* the base role would not have allowed it, once at least */
	bool any;     /* more different arguments than are kept */
	unsigned int n_tuples;
	uint64_t tuples[RECORD_TUPLES][TRACKED_MAX]; /* sorted; none is covered by another */
};

struct record_stranger {
	uint32_t arch;
	int number;
	unsigned long count;
};

struct record {
	enum brig_arch arch;
	const struct brig_policy *base; /* NULL: none; borrowed */
	struct record_call calls[RECORD_NUMBERS];
	struct record_stranger strangers[RECORD_STRANGERS];
	unsigned int n_strangers;
	unsigned long more_strangers;
};

/* A watch_fn; @user is the record. */
int record_see(void *user, const struct seccomp_data *call);

/* Keep these arguments too, as if the call had been made so. */
void record_add(struct record *record, const struct brig_call *call,
		const uint64_t args[BRIG_CALL_ARGUMENTS]);

/* Does the base role allow it, in all its stages? False without a base. */
bool record_base_allows(const struct record *record, uint32_t number,
			const uint64_t args[BRIG_CALL_ARGUMENTS]);

/* The index of an argument by its name. */
unsigned int record_argument(const struct brig_call *call, const char *name,
			     struct brig_call_argument *ret);

/* "PROT_READ|PROT_WRITE" of a tracked argument's value in a tuple, or a number. */
const char *record_name(enum brig_arch arch, const struct tracked *tracked, uint64_t first,
			uint64_t value, char *ret, size_t size);

/* @names, if this build's table has all of them; else the number. */
const char *record_mask_name(const char *names, uint64_t mask, char *ret, size_t size);

#endif
