/*
 * tests/escape/shot.h - one launch of a role by a broker, and what it looked like from outside
 * while it was ready.
 */
#ifndef TESTS_ESCAPE_SHOT_H
#define TESTS_ESCAPE_SHOT_H

#include <brig/broker.h>
#include <brig/exit.h>

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct brig_role;

struct shot {
	bool ready, exited;
	struct brig_exit exit;
	char seen[8192]; /* limits, session, and what status says of its rights and filters */
};

/* 0 once exited is set; or what brig_process_launch() says; -ETIMEDOUT after a minute. */
int shot_fire(struct brig_broker *broker, const struct brig_role *role, int plugin_fd,
	      struct shot *shot);

/* How many descriptors this process has. */
size_t shot_fds(void);
/* How many children this process has that nobody has reaped. */
size_t shot_zombies(void);

/* Is BRIG_TEST_FULL set, and not 0? */
bool test_is_long(void);

#endif
