/*
 * brig/stats.h - what a broker's children asked, what it asked them, and how long that took. What
 * children say to each other only they can count: brig_direct_stats() in brig/direct.h.
 *
 * Threads: the broker's; brig_stats_latency_us() and brig_stat_name(): any.
 * Signal handlers: no. Blocking: never. Minimum kernel: that of brig/broker.h.
 */
#ifndef BRIG_STATS_H
#define BRIG_STATS_H

#include <brig/export.h>

#include <stdint.h>

BRIG_BEGIN_DECLS

struct brig_broker;

/* Since the broker was made, but for those that say "now". */
enum brig_stat {
	BRIG_STAT_COUNT,     /* messages: calls and events, from a child or to one */
	BRIG_STAT_BYTES_IN,  /* received, headers too */
	BRIG_STAT_BYTES_OUT, /* sent, or waiting for a child that doesn't read */
	BRIG_STAT_REFUSALS,  /* calls that were answered with an error, for their rate too */
	BRIG_STAT_BREACHES,  /* messages that ended their child */
	BRIG_STAT_CANCELS,   /* calls that their caller gave up */
	BRIG_STAT_MISSES,    /* calls that weren't answered by their deadline */
	BRIG_STAT_DROPPED,   /* events that were dropped: their child didn't read */
	BRIG_STAT_IN_FLIGHT, /* now: calls that wait for their answer */
	BRIG_STAT_PAUSES,    /* of a broker: how often a child was over its quota, and not read */
	BRIG_STAT_QUEUED,    /* of a broker, now: messages that wait for children that don't read */
	BRIG_STATS_N         /* grows with the library */
};

#define BRIG_LATENCY_BUCKETS 116 /* four to each power of two, from 1 µs to 1073 s */

struct brig_stats {
	/* "files.open": a method; "files": the sum of a service's; "": of all, and of what belongs
	 * to no method. */
	const char *name;
	uint16_t service, method; /* 0: of none */
	uint64_t n[BRIG_STATS_N];
	/* Calls by the time to their answer, refusals too; not those that were given up. */
	uint64_t latency[BRIG_LATENCY_BUCKETS];
};

/**
 * Read all statistics.
 *
 * @broker borrowed.
 * @row    called before this returns, for each method that was ever used, in the order of service
 *         and method; after those of a service for their sum; at last, once, for all. @stats and
 *         its name are borrowed until it returns. It may not call into the broker.
 * @user   handed to it.
 *
 * Returns 0, or -EINVAL, -ENOMEM (then it wasn't called).
 */
BRIG_API int brig_broker_stats(struct brig_broker *broker,
			       void (*row)(void *user, const struct brig_stats *stats), void *user);

/**
 * The time within which so many of a thousand calls were answered: @permille 500 is the median,
 * 990 the 99th percentile.
 *
 * Returns microseconds, at most a quarter too many; 0: there was no call.
 */
BRIG_API uint64_t brig_stats_latency_us(const struct brig_stats *stats, unsigned int permille);

/**
 * Returns a constant such as "bytes-in"; NULL: there is no such number.
 */
BRIG_API const char *brig_stat_name(enum brig_stat stat);

BRIG_END_DECLS

#endif
