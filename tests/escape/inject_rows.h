/* tests/escape/inject_rows.h - what has to come of each call that fails. */
#ifndef TESTS_ESCAPE_INJECT_ROWS_H
#define TESTS_ESCAPE_INJECT_ROWS_H

#include "tests/escape/seam.h"

#include <brig/exit.h>

#include <stddef.h>

enum inject_want {
	INJECT_STOPS,   /* launch_failed at the stage, with the errno */
	INJECT_AGAIN,   /* the same; but after EINTR it is tried again, and is sealed as before */
	INJECT_NOTHING, /* sealed as before, whatever the errno: the row says why */
	INJECT_LOSES,   /* nobody can be told: stage zygote and EPIPE, or the next zygote does it */
	INJECT_SEES,   /* a probe that wants EPERM, and has it; else ENOTRECOVERABLE at the stage */
	INJECT_LEAVES, /* sealed as before after EPERM, which the row explains; else it stops */
	INJECT_EMPTY,  /* sealed as before where the root is to be empty; else it stops */
	INJECT_LACKS,  /* the stage's layer alone is missing, with the errno */
};

struct inject_row {
	enum seam_phase phase;
	const char *call; /* how its label begins */
	enum brig_stage stage;
	enum inject_want want;
	const char *why; /* where it is no plain stop */
};

/* The row of a call, or NULL: then nobody has thought about it. */
const struct inject_row *inject_row_of(const struct seam_call *call);

#endif
