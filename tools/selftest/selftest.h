/*
 * tools/selftest/selftest.h - the escape suite: every attempt of sandbox/selftest, made in sealed
 * children of each role, inside a fence that keeps what gets out from the machine.
 */
#ifndef TOOLS_SELFTEST_SELFTEST_H
#define TOOLS_SELFTEST_SELFTEST_H

#include "sandbox/roles/role.h"
#include "sandbox/selftest/attempt.h"

#include <stdbool.h>
#include <sys/types.h>

enum selftest_verdict {
	SELFTEST_UNTRIED,   /* nothing came of it: the suite's own failure */
	SELFTEST_LEFT_OUT,  /* this build, tier or role has nothing that it could show */
	SELFTEST_HELD,      /* stopped, and for the reason that its row states */
	SELFTEST_OTHERWISE, /* stopped, but for another reason */
	SELFTEST_ESCAPED
};

struct selftest_result {
	enum selftest_verdict verdict;
	bool again;    /* it was tried twice: the first child was late */
	char got[48];  /* "KILL", "EPERM", "not refused" */
	char why[256]; /* what else is known of it; may be empty */
};

/* Where the attempts are made: the children of one broker. */
struct selftest_column {
	enum brig_level tier;
	const struct brig_role *role;
	uint32_t off;  /* bits 1u << enum brig_layer that are not put on */
	bool ablation; /* then whatever tier the rest comes to will do */
};

#define SELFTEST_COLUMNS_MAX 32
#define SELFTEST_TIERS       3

struct selftest {
	size_t n_attempts;
	bool *impossible; /* of attempt a: this machine has no such door */
	const char *only; /* an attempt's id; NULL: all of them */
	struct selftest_column columns[SELFTEST_COLUMNS_MAX];
	size_t n_columns;
	struct selftest_result *results; /* of attempt a in column c: [c * n_attempts + a] */
	const char *child_path;          /* of brig-selftest-child */
	bool json;
};

/* What the process inside the fence tells the one outside, over a pipe. */
enum selftest_note_kind {
	SELFTEST_NOTE_RESULT,
	SELFTEST_NOTE_REFUSED, /* there is no fence: result.why says what failed */
	SELFTEST_NOTE_BROKEN,  /* nor could anything be tried in it: likewise */
	SELFTEST_NOTE_DONE
};

struct selftest_note {
	enum selftest_note_kind kind;
	uint32_t column, attempt;
	struct selftest_result result;
};

/* Was it asked for? Is it to be made in this column, too? */
bool selftest_shown(const struct selftest *selftest, size_t attempt);
bool selftest_wanted(const struct selftest *selftest, size_t column, size_t attempt);

/* For the columns that are there: untried, but for those that are left out. 0 or -ENOMEM. */
int selftest_results_create(struct selftest *selftest);

/*
 * fence.c: run @inside as pid 1 of a fence made for @tier, which writes notes to @out; its return
 * ends the fence and all that is in it. 0 and *ret_pid, *ret_in (the caller's), or -errno.
 */
typedef void selftest_inside(const struct selftest *selftest, enum brig_level tier, int out);
int selftest_fence_start(const struct selftest *selftest, enum brig_level tier,
			 selftest_inside *inside, pid_t *ret_pid, int *ret_in);

/* suite.c: a selftest_inside: every column of the tier, one after the other. */
void selftest_suite_run(const struct selftest *selftest, enum brig_level tier, int out);

/* run.c: fill in the results. EXIT_OK, or the status to end with: what failed has been said. */
int selftest_run(struct selftest *selftest);

/* report.c: the status that the command ends with. */
int selftest_report(const struct selftest *selftest);
int selftest_report_json(const struct selftest *selftest);

/* ablation.c: one column for each choice of groups; the table of what stops what. */
void selftest_ablation_columns(struct selftest *selftest, const struct brig_role *role);
/* Bits 1u << enum brig_layer of a group's letter; 0: it is none. */
uint32_t selftest_group_layers(char group);
int selftest_ablation_report(const struct selftest *selftest, bool markdown);

#endif
