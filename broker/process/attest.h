/* broker/process/attest.h - what of the broker's look at a child stands in a file of its own. */
#ifndef BROKER_PROCESS_ATTEST_H
#define BROKER_PROCESS_ATTEST_H

#include "sandbox/roles/role.h"

/* Are all limits of the role in force? @proc: its /proc/<pid>. 0 and *ret_within, or -errno. */
int brig_attest_limits(int proc, const struct brig_role *role, bool *ret_within);

#endif
