/* tools/policy/record.h - what a watched program asked of the kernel, in bounded memory. */
#ifndef TOOLS_POLICY_RECORD_H
#define TOOLS_POLICY_RECORD_H

#include "sandbox/policy/policy.h"
#include "sandbox/policy/tracked.h"

#include <linux/seccomp.h>

#define RECORD_NUMBERS   1024 /* of this architecture, each with a record of its own */
#define RECORD_STRANGERS 64   /* all others: foreign architectures, numbers beyond */
#define RECORD_TUPLES    32   /* different arguments that are kept of a call */

struct record_call {
	unsigned long count;
	bool lacking; /* the base role would not have allowed it, once at least */
	bool any;     /* more different arguments than are kept */
	unsigned int n_tuples;
	uint64_t tuples[RECORD_TUPLES][BRIG_TRACKED_MAX]; /* sorted; none is covered by another */
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

#endif
