/* tests/bench/count.h - how many allocations a piece of work makes, in whatever library. */
#ifndef TESTS_BENCH_COUNT_H
#define TESTS_BENCH_COUNT_H

#include <stdint.h>

/* Between the two, of this thread's process; UINT64_MAX: can't be counted in this build. */
void count_start(void);
uint64_t count_stop(void);

#endif
