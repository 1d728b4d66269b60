/* Broker and child may be of two builds of the embedder's, and their schemas of two versions. */
#include "broker/process/process.h"

#include <stdio.h>

/* One of two versions is the newer: that one must understand the other. */
static bool fits(const struct brig_service *ours, const Brig__Ipc__ServiceClaim *theirs)
{
	if (ours->version == theirs->version)
		return ours->hash == theirs->hash;
	return theirs->version >= ours->oldest && ours->version >= theirs->oldest;
}

static void explain(struct brig_exit *exit, const struct brig_service *ours,
		    const Brig__Ipc__ServiceClaim *theirs)
{
	if (ours->version == theirs->version)
		(void)snprintf(exit->detail, sizeof exit->detail,
			       "service %.32s: two schemas of version %u", ours->name,
			       ours->version);
	else
		(void)snprintf(exit->detail, sizeof exit->detail,
			       "service %.32s: broker's version %u (from %u), child's %u (from %u)",
			       ours->name, ours->version, ours->oldest, theirs->version,
			       theirs->oldest);
}

bool brig_process_agree(struct brig_process *process, const Brig__Ipc__SealClaim *sealed)
{
	for (size_t i = 0; i < sealed->n_services; i++)
		for (size_t j = 0; j < process->peer.n_served; j++) {
			const struct brig_service *ours = process->served[j].service;

			if (ours->id != sealed->services[i]->number ||
			    fits(ours, sealed->services[i]))
				continue;
			explain(&process->exit, ours, sealed->services[i]);
			return false;
		}
	return true;
}
