/* tools/spool.h - standard input, read beside the loop: who writes it may take its time. */
#ifndef TOOLS_SPOOL_H
#define TOOLS_SPOOL_H

#include <stdint.h>

struct brig_broker;
struct spool; /* from spool_start() to spool_end() */

/*
 * Reads standard input to its end, or a little more than @max_bytes, and wakes @broker (borrowed).
 * 0, and *ret, or -errno.
 */
int spool_start(struct brig_broker *broker, uint64_t max_bytes, struct spool **ret);

/* -EAGAIN it isn't at its end; what was read, in memory that nobody can change any more, the
 * caller's; or the -errno of reading. Once. */
int spool_take(struct spool *spool);

/* Stops it, wherever it is. NULL does nothing. */
void spool_end(struct spool *spool);

#endif
