/* broker/process/attest.h - what of the broker's look at a child stands in a file of its own. */
#ifndef BROKER_PROCESS_ATTEST_H
#define BROKER_PROCESS_ATTEST_H

#include "sandbox/roles/role.h"

#include <brig/exit.h>

#include <stdint.h>
#include <sys/types.h>

/* What procfs says of a task's rights and filters; of several, what holds of all. */
struct brig_task_seen {
	uid_t owner;  /* of the file: root's if the process isn't dumpable (proc(5)) */
	uint64_t uid; /* 0 if any is root */
	uint64_t threads, filters;
	bool filtered; /* by a filter, not in strict mode; and all by as many */
	bool no_caps, no_bounding, no_new_privs, no_speculation;
};

/* @path: a status file below @directory. 0 and *ret, or -errno. */
int brig_task_see(int directory, const char *path, struct brig_task_seen *ret);

/*
 * All tasks of the process whose /proc/<pid> is @proc: by its status alone where @role has one
 * thread. 0 and *ret; or -errno, with *ret_stage where there are more (EINVAL) or fewer (ESRCH)
 * than the role has.
 */
int brig_tasks_see(int proc, const struct brig_role *role, struct brig_task_seen *ret,
		   enum brig_stage *ret_stage);

/* Are all limits of the role in force? @proc: its /proc/<pid>. 0 and *ret_within, or -errno. */
int brig_attest_limits(int proc, const struct brig_role *role, bool *ret_within);

#endif
