#include "ipc/loop/wheel.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <time.h>

#define NEVER UINT64_MAX

static uint64_t monotonic_us(void *user)
{
	struct timespec now;
	(void)user;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static void arm_timer(void *user, uint64_t at_us)
{
	struct brig_wheel *wheel = user;
	const uint64_t now_us = brig_wheel_now(wheel);
	const uint64_t ms = at_us > now_us ? (at_us - now_us + 999) / 1000 : 0;

	/* Without memory for it, the next start tries again. */
	if (brig_timer_start(wheel->timer, ms > INT_MAX ? INT_MAX : (int)ms) < 0)
		wheel->armed_us = NEVER;
}

static const struct brig_wheel_clock loop_clock = { monotonic_us, arm_timer };

static void expired(void *user)
{
	brig_wheel_turn(user);
}

void brig_wheel_init(struct brig_wheel *wheel, const struct brig_wheel_clock *clock, void *user)
{
	memset(wheel, 0, sizeof *wheel);
	wheel->clock = clock;
	wheel->user = user;
	wheel->armed_us = NEVER;
	wheel->tick = brig_wheel_now(wheel) / BRIG_WHEEL_TICK_US;
}

int brig_wheel_open(struct brig_wheel *wheel, struct brig_loop *loop)
{
	brig_wheel_init(wheel, &loop_clock, wheel);
	return brig_timer_open(loop, expired, wheel, &wheel->timer);
}

void brig_wheel_close(struct brig_wheel *wheel)
{
	brig_timer_close(wheel->timer);
	wheel->timer = NULL;
}

uint64_t brig_wheel_now(const struct brig_wheel *wheel)
{
	return wheel->clock->now_us(wheel->user);
}

static void put(struct brig_wheel_node **head, struct brig_wheel_node *node)
{
	node->next = *head;
	if (node->next)
		node->next->at = &node->next;
	node->at = head;
	*head = node;
}

void brig_wheel_stop(struct brig_wheel_node *node)
{
	if (!node->at)
		return;
	*node->at = node->next;
	if (node->next)
		node->next->at = node->at;
	node->at = NULL;
	node->next = NULL;
}

static void arm(struct brig_wheel *wheel, uint64_t at_us)
{
	if (at_us >= wheel->armed_us)
		return;
	wheel->armed_us = at_us;
	wheel->clock->arm(wheel->user, at_us);
}

void brig_wheel_start(struct brig_wheel *wheel, struct brig_wheel_node *node, uint64_t due_us)
{
	uint64_t tick = due_us / BRIG_WHEEL_TICK_US;

	brig_wheel_stop(node);
	if (tick < wheel->tick)
		tick = wheel->tick;
	struct brig_wheel_slot *slot = &wheel->slots[tick % BRIG_WHEEL_SLOTS];
	if (!slot->first || due_us < slot->earliest_us)
		slot->earliest_us = due_us;
	node->due_us = due_us;
	put(&slot->first, node);
	arm(wheel, due_us);
}

/* What is due of a slot goes to @due; what has rounds to go stays. */
static void sort_slot(struct brig_wheel_slot *slot, uint64_t now_us, struct brig_wheel_node **due)
{
	struct brig_wheel_node *next = NULL;

	if (!slot->first || slot->earliest_us > now_us)
		return;
	slot->earliest_us = NEVER;
	for (struct brig_wheel_node *node = slot->first; node; node = next) {
		next = node->next;
		if (node->due_us <= now_us) {
			brig_wheel_stop(node);
			put(due, node);
		} else if (node->due_us < slot->earliest_us) {
			slot->earliest_us = node->due_us;
		}
	}
}

void brig_wheel_turn(struct brig_wheel *wheel)
{
	const uint64_t now_us = brig_wheel_now(wheel);
	const uint64_t tick = now_us / BRIG_WHEEL_TICK_US;
	uint64_t n = tick - wheel->tick + 1, earliest_us = NEVER;
	struct brig_wheel_node *due = NULL;

	if (n > BRIG_WHEEL_SLOTS)
		n = BRIG_WHEEL_SLOTS;
	for (uint64_t i = 0; i < n; i++)
		sort_slot(&wheel->slots[(wheel->tick + i) % BRIG_WHEEL_SLOTS], now_us, &due);
	wheel->tick = tick;
	wheel->armed_us = 0; /* what is started meanwhile is looked at below */
	while (due) {
		struct brig_wheel_node *node = due;

		brig_wheel_stop(node);
		node->due(node);
	}
	for (size_t i = 0; i < BRIG_WHEEL_SLOTS; i++)
		if (wheel->slots[i].first && wheel->slots[i].earliest_us < earliest_us)
			earliest_us = wheel->slots[i].earliest_us;
	wheel->armed_us = NEVER;
	if (earliest_us != NEVER)
		arm(wheel, earliest_us);
}
