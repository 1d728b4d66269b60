/*
 * brig/priority.h - how urgent a child's work is, to those who wait for it.
 *
 * Threads: every function here is pure and may be called from any thread and signal handler.
 * Blocking: never.
 */
#ifndef BRIG_PRIORITY_H
#define BRIG_PRIORITY_H

#include <brig/export.h>

BRIG_BEGIN_DECLS

/*
 * The broker sets it from outside before a child has any work, never above its own: its nice value
 * (nice(2)) and I/O priority (ioprio_set(2)) at its creation are what is added to. A child can't
 * change it, and nobody can make it more urgent later without CAP_SYS_NICE, or RLIMIT_NICE for the
 * nice value: what was begun as best effort ends so. Its memory and its limits are the same.
 * The numbers are stable.
 */
enum brig_priority {
	BRIG_PRIORITY_ROLE,          /* as its role says; user blocking if that says nothing */
	BRIG_PRIORITY_USER_BLOCKING, /* somebody can't go on without it: as the broker itself */
	BRIG_PRIORITY_USER_VISIBLE,  /* its result will be seen: nice +5, best-effort I/O level 5 */
	BRIG_PRIORITY_BEST_EFFORT,   /* whenever: nice +15, I/O when nobody else wants the disk */
	BRIG_PRIORITY_COUNT
};

/**
 * Short stable name, such as "best-effort".
 *
 * Returns a constant string; "?" for a number that is no priority.
 */
BRIG_API const char *brig_priority_name(enum brig_priority priority);

/**
 * The priority with this name; BRIG_PRIORITY_COUNT if there is none. @name is borrowed.
 */
BRIG_API enum brig_priority brig_priority_find(const char *name);

BRIG_END_DECLS

#endif
