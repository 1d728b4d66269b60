/*
 * broker/monitor/violation.h - from a forbidden call to its record, in steps: what can be seen
 * while the child waits, on the loop's thread; what it means, on a worker's; and how often it is
 * told.
 */
#ifndef BROKER_MONITOR_VIOLATION_H
#define BROKER_MONITOR_VIOLATION_H

#include "broker/monitor/forbidden.h"
#include "broker/monitor/witness.h"
#include "sandbox/policy/text.h"
#include "sandbox/roles/role.h"

#include <brig/violation.h>

struct brig_case {
	struct brig_violation record;
	struct brig_witness witness;
	const struct brig_role *role;
	int helper_fd; /* borrowed: whatever became of its name */
};

/* A record of a call that isn't known; @unknown says why. NULL: no memory. */
struct brig_case *brig_case_open(const struct brig_role *role, uint64_t instance, int helper_fd,
				 const char *unknown);
/* The call was read from @listener: look at who waits in it. */
void brig_case_see(struct brig_case *case_, int listener, const struct brig_forbidden *forbidden,
		   pid_t process);
/* All that takes time. A worker's; @user is the case. */
void brig_case_work(void *user);

/* What came of it, owned by the caller; the case is freed. */
struct brig_violation *brig_case_close(struct brig_case *case_);

/* The rule, its words, and a row that would allow it. */
void brig_violation_explain(struct brig_violation *violation, const struct brig_text *text);

/* @n bytes as printable ASCII, "\x1b" for what is none, in at most @size bytes with its NUL. */
void brig_violation_quote(char *ret, size_t size, const char *bytes, size_t n);

/* ---- how often it is told ---- */

struct brig_tally {
	struct brig_tally_kind {
		char role[32], rule_file[64];
		uint32_t arch;
		int64_t call;
		unsigned int rule_line;
		uint64_t count;
	} kinds[BRIG_VIOLATION_KINDS + 1]; /* the last: all others together */
	size_t n;
};

/*
 * Count it: count is filled in. True if it is to be told: the first of its kind, the second, the
 * fourth, and so on by powers of two.
 */
bool brig_tally_add(struct brig_tally *tally, struct brig_violation *violation);

#endif
