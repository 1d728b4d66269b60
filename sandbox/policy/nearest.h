/*
 * sandbox/policy/nearest.h - names in sorted tables: the one that was meant, and the one that may
 * have been.
 */
#ifndef SANDBOX_POLICY_NEAREST_H
#define SANDBOX_POLICY_NEAREST_H

#include <stddef.h>

/* Rows of any struct whose first member is its name, sorted by strcmp(). */
struct brig_names {
	const void *rows;
	size_t count;
	size_t size; /* of a row */
};

/* The row of this name (@n bytes); NULL if there is none. */
const void *brig_names_find(const struct brig_names *names, const char *name, size_t n);

/*
 * The first of the rows that are the fewest slips away: a letter wrong, missing, too many, or two
 * exchanged; case is none. NULL if that takes more than one slip in three letters, or three.
 */
const void *brig_names_nearest(const struct brig_names *names, const char *name, size_t n);

#endif
