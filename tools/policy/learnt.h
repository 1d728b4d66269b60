/* tools/policy/learnt.h - from a record to a role file. */
#ifndef TOOLS_POLICY_LEARNT_H
#define TOOLS_POLICY_LEARNT_H

#include "tools/policy/record.h"

#include <stdio.h>

/*
 * Add what libc makes or leaves out by timing and address layout, so that the next run of the same
 * program lives.
 */
void learnt_complete(struct record *record);

/*
 * Write the role. @command is what was run; @base names the role to include, or is NULL. 0, or
 * -errno.
 */
int learnt_write(const struct record *record, char *const *command, const char *base, FILE *out);

/* "mmap: allow if …" up to its reason, which is the caller's. */
void learnt_rule(const struct record *record, const struct brig_call *call, FILE *out);

/* Is it among what learnt_complete() adds? */
bool learnt_is_timely(const struct brig_call *call);

/* Rows for calls that stand for others that were seen. 0 or -errno. */
int learnt_twins(const struct record *record, FILE *out);

/* Does that row look at arguments? */
bool learnt_has_condition(const struct record *record, const struct brig_call *call);

#endif
