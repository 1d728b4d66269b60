/* A child's priority: set and seen from outside, since a sealed child may not. */
#include "broker/process/process.h"

#include <errno.h>

static struct brig_layer_state *state_of(struct brig_process *process)
{
	return &process->exit.layers[BRIG_LAYER_PRIORITY];
}

void brig_process_want_priority(struct brig_process *process, enum brig_priority wanted)
{
	const enum brig_priority of_role = process->role->priority;

	process->priority = wanted ? wanted : of_role ? of_role : BRIG_PRIORITY_USER_BLOCKING;
	if (process->priority == BRIG_PRIORITY_USER_BLOCKING)
		state_of(process)->want = BRIG_OFF;
}

/* It is a child of ours, held by its pidfd, so that its number is no one else's. */
void brig_process_put_priority(struct brig_process *process)
{
	struct brig_layer_state *state = state_of(process);
	const struct brig_broker *broker = process->broker;

	if (state->want == BRIG_OFF)
		return;
	const struct brig_urgency urgency = brig_urgency_of(process->priority, &broker->urgency);
	state->error = broker->proc_is_ours ? -brig_urgency_set(process->pid, &urgency) : EXDEV;
	if (state->error == ESRCH) /* it is dead already, and the watch will say so */
		state->error = 0;
	if (state->error && state->want == BRIG_REQUIRED)
		brig_process_fail_launch(process, BRIG_STAGE_PRIORITY, state->error);
}

void brig_attest_priority(struct brig_process *process)
{
	struct brig_layer_state *state = state_of(process);
	const struct brig_urgency wanted =
		brig_urgency_of(process->priority, &process->broker->urgency);
	struct brig_urgency seen;

	if (state->want == BRIG_OFF || state->error)
		return;
	state->error = -brig_urgency_read(process->pid, &seen);
	if (!state->error && !brig_urgency_within(&seen, &wanted))
		state->error = EPERM;
	state->got = state->error ? BRIG_MISSING : BRIG_ATTESTED;
}
