/* tests/support/outside.h - other processes as anyone sees them: by /proc and by pidfd. */
#ifndef TESTS_SUPPORT_OUTSIDE_H
#define TESTS_SUPPORT_OUTSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define OUTSIDE_DEADLINE_MS 60000

/* The children that @parent has now, at most @max of them. Returns how many. */
size_t outside_children(pid_t parent, pid_t *ret, size_t max);
/* Its name (comm), or "" if there is no such process; valid until the next call. */
const char *outside_name(pid_t pid);
/* The number after "Name:" in /proc/<pid>/status; UINT64_MAX if there is none. */
uint64_t outside_status(pid_t pid, const char *name, int base);

/* True if @fd became readable (a pidfd: its process ended) within OUTSIDE_DEADLINE_MS. */
bool outside_readable(int fd);

/* Linux 6.15: a pidfd tells how its process ended, whoever reaped it. */
bool outside_pidfd_tells(void);

#endif
