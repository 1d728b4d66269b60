/*
 * ipc/loop/wheel.h - many deadlines on one timer: a hashed wheel. To start or stop one costs a few
 * stores, and the timer is armed anew only when the earliest gets earlier.
 */
#ifndef IPC_LOOP_WHEEL_H
#define IPC_LOOP_WHEEL_H

#include "ipc/loop/loop.h"

#include <stddef.h>
#include <stdint.h>

#define BRIG_WHEEL_SLOTS   256
#define BRIG_WHEEL_TICK_US 4096 /* of one slot: a turn is about a second */

/* One deadline, embedded in what it is of; all zero: it isn't started. */
struct brig_wheel_node {
	struct brig_wheel_node *next, **at;
	uint64_t due_us;
	void (*due)(struct brig_wheel_node *node); /* it is stopped by then, and may be started */
};

/* Where a wheel has its time from: a loop's timer, or a test. */
struct brig_wheel_clock {
	uint64_t (*now_us)(void *user);
	/* brig_wheel_turn() is to be called then, once. */
	void (*arm)(void *user, uint64_t at_us);
};

struct brig_wheel_slot {
	struct brig_wheel_node *first;
	uint64_t earliest_us; /* none of it is due before */
};

struct brig_wheel {
	const struct brig_wheel_clock *clock;
	void *user;
	struct brig_timer *timer; /* owned; NULL: a test's clock */
	uint64_t armed_us;        /* UINT64_MAX: it isn't */
	uint64_t tick;            /* what is before was looked at */
	struct brig_wheel_slot slots[BRIG_WHEEL_SLOTS];
};

/* On the loop's own thread, driven by one timer of it. 0 or -ENOMEM. */
int brig_wheel_open(struct brig_wheel *wheel, struct brig_loop *loop);
void brig_wheel_close(struct brig_wheel *wheel);
/* On another clock. */
void brig_wheel_init(struct brig_wheel *wheel, const struct brig_wheel_clock *clock, void *user);

/* CLOCK_MONOTONIC in microseconds, or the test's. */
uint64_t brig_wheel_now(const struct brig_wheel *wheel);

/* Start it, or move it; its due() comes at @due_us, or later by what the loop is busy. */
void brig_wheel_start(struct brig_wheel *wheel, struct brig_wheel_node *node, uint64_t due_us);
void brig_wheel_stop(struct brig_wheel_node *node);

static inline bool brig_wheel_runs(const struct brig_wheel_node *node)
{
	return node->at;
}

/* Run what is due, and arm for what is next. */
void brig_wheel_turn(struct brig_wheel *wheel);

#endif
