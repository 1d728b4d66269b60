/* tests/escape/race.h - a process whose threads make threads while it locks itself down. */
#ifndef TESTS_ESCAPE_RACE_H
#define TESTS_ESCAPE_RACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct race_result {
	int loaded;        /* of the filter: 0, a listener, or -errno */
	size_t tasks;      /* that live behind it */
	size_t unfiltered; /* of these */
	size_t cut;        /* chains that were still making threads when it came */
};

/* @spin: how long threads are made before. 0 and *ret, or -errno: it could not be run. */
int race_run(bool listening, uint32_t spin, struct race_result *ret);

#endif
