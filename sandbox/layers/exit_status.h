/* sandbox/layers/exit_status.h - what a child's exit status claims. The broker marks it as claimed.
 */
#ifndef SANDBOX_LAYERS_EXIT_STATUS_H
#define SANDBOX_LAYERS_EXIT_STATUS_H

enum brig_exit_status {
	BRIG_STATUS_CLEAN = 0,
	BRIG_STATUS_LOST_BROKER = 64, /* the channel closed before the work was done */
	BRIG_STATUS_OOM = 65,         /* memory could not be had */
	BRIG_STATUS_SEAL = 66,        /* the set-up failed; a message before says where */
	BRIG_STATUS_SIGNAL = 128,     /* + signal: a handler that pid 1 needs ended it */
};

#endif
