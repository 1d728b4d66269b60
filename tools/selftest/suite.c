/* Inside the fence: every column of a tier, each attempt in a child of its own. */
#include "tools/selftest/trial.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A child that is late is tried once more, and then given longer. */
static const int patience_ms[] = { 5000, 15000 };

static void tell(int out, const struct selftest_note *note)
{
	if (write(out, note, sizeof *note) != sizeof *note)
		_exit(1); /* nobody is left to hear of it */
}

/* The world has to be made anew: something got out, or nothing more can be had of it. */
static bool spoilt(const struct selftest_result *result)
{
	return result->verdict == SELFTEST_ESCAPED || result->verdict == SELFTEST_UNTRIED;
}

static int try_one(struct world *world, size_t attempt, struct selftest_result *ret)
{
	const size_t last = sizeof patience_ms / sizeof *patience_ms - 1;
	struct trial trial;
	size_t tries = 0;
	int r = 0;

	do {
		r = trial_run(world, attempt, patience_ms[tries], &trial);
	} while (!r && trial_late(&trial) && !trial.harm && tries++ < last);
	if (!r) {
		trial_judge(&trial, world->column, ret);
		ret->again = tries > 0;
		return 0;
	}
	*ret = (struct selftest_result){ .verdict = SELFTEST_UNTRIED, .got = "no trial" };
	(void)snprintf(ret->why, sizeof ret->why, "%s", strerror(-r));
	return r;
}

/* -ETIMEDOUT: the broker is stuck, and nothing here can be trusted to go on. */
static int run_column(const struct selftest *selftest, size_t column, int out)
{
	struct world world;
	bool open = false;
	int r = 0;

	for (size_t i = 0; !r && i < selftest->n_attempts; i++) {
		struct selftest_note note = { .column = (uint32_t)column, .attempt = (uint32_t)i };

		if (!selftest_wanted(selftest, column, i))
			continue;
		if (!open)
			r = world_open(&world, selftest, &selftest->columns[column]);
		open = true;
		if (!r) {
			r = try_one(&world, i, &note.result);
		} else {
			note.kind = SELFTEST_NOTE_BROKEN;
			(void)snprintf(note.result.why, sizeof note.result.why, "%s (%s)",
				       world.why, strerror(-r));
		}
		tell(out, &note);
		if (!r && spoilt(&note.result)) {
			world_close(&world);
			open = false;
		}
	}
	if (open && r != -ETIMEDOUT)
		world_close(&world);
	return r == -ETIMEDOUT ? r : 0;
}

void selftest_suite_run(const struct selftest *selftest, enum brig_level tier, int out)
{
	const struct selftest_note done = { .kind = SELFTEST_NOTE_DONE };
	int r = 0;

	for (size_t i = 0; !r && i < selftest->n_columns; i++)
		if (selftest->columns[i].tier == tier)
			r = run_column(selftest, i, out);
	tell(out, &done);
}
