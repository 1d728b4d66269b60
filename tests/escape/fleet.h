/* tests/escape/fleet.h - many renderers that are launched, get ready, and end. */
#ifndef TESTS_ESCAPE_FLEET_H
#define TESTS_ESCAPE_FLEET_H

#include <brig/broker.h>
#include <brig/exit.h>

#include <stddef.h>

struct brig_process;
struct brig_role;

struct fleet {
	struct brig_broker *broker;
	const struct brig_role *role; /* NULL: renderer */
	int plugin_fd;                /* of role plugin */
	/* Each that is ready, before its channel is closed; may be NULL. */
	void (*at)(void *user, const struct brig_process *process);
	void *user;
	size_t in_flight, ready, ended; /* ended: as one does whose channel was closed */
	size_t late;                    /* was ended, for it took longer than a child has */
	size_t odd;                     /* ended otherwise */
	struct brig_exit odd_exit;      /* the last of these */
};

/* @n launches, at most @at_once at a time. 0 once all have exited, or -errno. */
int fleet_run(struct fleet *fleet, size_t n, size_t at_once);

/* One that stays, ready, until fleet_end(). */
int fleet_keep(struct fleet *fleet, struct brig_process **ret);
int fleet_end(struct fleet *fleet, struct brig_process *process);

#endif
