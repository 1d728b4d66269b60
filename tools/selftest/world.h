/* tools/selftest/world.h - a broker in the fence, its honest child, and the canary outside both. */
#ifndef TOOLS_SELFTEST_WORLD_H
#define TOOLS_SELFTEST_WORLD_H

#include "broker/process/process.h"
#include "tools/selftest/canary.h"
#include "tools/selftest/selftest.h"

#define WORLD_DIR "/tmp"

struct world {
	const struct selftest *selftest;
	const struct selftest_column *column;
	struct brig_broker *broker;
	struct brig_process
		*bystander; /* sealed, waits for work that never comes; NULL: it ended */
	bool bystander_ready;
	struct canary canary;
	int granted;  /* a file of the broker's, read-only */
	int careless; /* on the canary's file, kept over exec: as embedders do by mistake */
	char why[160];
};

/* 0, or -errno with world->why; close it in any case. */
int world_open(struct world *world, const struct selftest *selftest,
	       const struct selftest_column *column);
/* Nothing of it is left, nor of what its attempts made. */
void world_close(struct world *world);
/* What an attempt did to anyone but itself; NULL: nothing. */
const char *world_harm(struct world *world);

#endif
