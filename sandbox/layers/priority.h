/* sandbox/layers/priority.h - priorities as the kernel counts them, of one process by its pid. */
#ifndef SANDBOX_LAYERS_PRIORITY_H
#define SANDBOX_LAYERS_PRIORITY_H

#include <brig/priority.h>

#include <stdbool.h>
#include <sys/types.h>

/* Both grow as a process becomes less urgent. */
struct brig_urgency {
	int nice;
	int ioprio; /* class << 13 | level; 0: none was chosen */
};

/* Of the process @pid (0: the calling thread), as our own pid namespace counts. 0, or -errno. */
int brig_urgency_read(pid_t pid, struct brig_urgency *ret);

/* What @priority adds to @own; the same for what adds nothing. */
struct brig_urgency brig_urgency_of(enum brig_priority priority, const struct brig_urgency *own);

/* Make @pid that much less urgent: two system calls. 0, or -errno. */
int brig_urgency_set(pid_t pid, const struct brig_urgency *urgency);

/* Is it no more urgent than that? */
bool brig_urgency_within(const struct brig_urgency *seen, const struct brig_urgency *most);

/* cpu.weight of a cgroup v2 (1..10000); the kernel's own default is 100. */
unsigned int brig_priority_weight(enum brig_priority priority);

#endif
