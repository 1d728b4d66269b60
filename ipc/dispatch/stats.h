/*
 * ipc/dispatch/stats.h - counters of each method, shared by all peers of a broker. A method is
 * found by its address; memory is taken when it is first used, never for a message.
 */
#ifndef IPC_DISPATCH_STATS_H
#define IPC_DISPATCH_STATS_H

#include <brig/schema.h>
#include <brig/stats.h>

#include <stdbool.h>
#include <stddef.h>

#define BRIG_STATS_ONE_LESS UINT64_MAX /* to add */

struct brig_method_stats {
	const struct brig_method *method;
	uint64_t n[BRIG_STATS_N];
	uint64_t latency[BRIG_LATENCY_BUCKETS];
};

struct brig_stats_table {
	struct brig_method_stats **slots; /* by a hash of the method's address; NULL: free */
	size_t n_slots, used;             /* the first is a power of two, or 0 */
	uint64_t other[BRIG_STATS_N];     /* what belongs to no method */
};

/* @method NULL: of none. @table NULL, or no memory: nothing is counted. */
void brig_stats_add(struct brig_stats_table *table, const struct brig_method *method,
		    enum brig_stat stat, uint64_t n);
void brig_stats_took(struct brig_stats_table *table, const struct brig_method *method, uint64_t us);

/* As brig_broker_stats(). */
int brig_stats_read(const struct brig_stats_table *table,
		    void (*row)(void *user, const struct brig_stats *stats), void *user);
void brig_stats_clear(struct brig_stats_table *table);

#endif
