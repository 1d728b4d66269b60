/* tools/selftest/trial.h - one attempt in one child, and what is to be thought of it. */
#ifndef TOOLS_SELFTEST_TRIAL_H
#define TOOLS_SELFTEST_TRIAL_H

#include "tools/selftest/world.h"

/* How a child ended that made an attempt. */
struct trial {
	const struct brig_attempt *attempt;
	uint32_t state; /* as the page says; enum brig_attempt_state */
	int64_t call;
	int32_t error;
	char text[256];
	struct brig_exit exit;
	const char *harm; /* to others; NULL: none */
};

/* 0 and *ret, or -errno: it could not be made. Its child may wait for itself for so long. */
int trial_run(struct world *world, size_t attempt, int attempt_ms, struct trial *ret);

/* judge.c: did it take too long? The first time that may be the machine's doing. */
bool trial_late(const struct trial *trial);

/* judge.c: by the row, for a child of @column. */
void trial_judge(const struct trial *trial, const struct selftest_column *column,
		 struct selftest_result *ret);
#define TRIAL_EXPECTED_SIZE 192

/* What its row expects in @column: "KILL"; @ret has @size bytes. Returns @ret. */
char *trial_expected(const struct brig_attempt *attempt, const struct selftest_column *column,
		     char *ret, size_t size);

#endif
