/* tests/ipc/side.h - a broker's side of one child that does what it is told (services_child.c). */
#ifndef TESTS_IPC_SIDE_H
#define TESTS_IPC_SIDE_H

#include "acts.brig.h"
#include "every.brig.h"

#include "gtest_c.h"

#include <brig/process.h>

#include <stdbool.h>

#define TURN_MS 60000

/* One child as its broker sees it. */
struct side {
	struct brig_broker *broker;
	struct brig_child *child;
	struct brig_served served[3];
	bool ready, exited, replied;
	int notes, wokens, echoes, passes, replies_after_exit, answer;
	char said[33];
	int give[2];
	struct brig_exit exit;
};

/* Turns until it is so, or the child's end, or nothing happens any more. */
#define RUN_UNTIL(side, condition)                                                                 \
	do {                                                                                       \
		while (!(condition) && !(side)->exited)                                            \
			ASSERT_INT_EQ(1, brig_broker_run((side)->broker, TURN_MS));                \
	} while (0)

/* A broker of services_child. */
int side_broker(struct brig_broker **ret);
/* One that is recorded; what its children said is replayed when it is gone, and ends the same. */
int side_broker_recorded(struct brig_broker **ret, int *ret_journal);
void side_replay(int journal);
/* Both services served by lawful handlers; @n_served: how many of them. */
struct brig_child_options side_options(struct side *side, const char *role, size_t n_served);
int side_start_role(struct side *side, struct brig_broker *broker, const char *role,
		    size_t n_served);
/* Of role service, until it is ready. */
void side_start(struct side *side, struct brig_broker *broker);
void side_tell(struct side *side, const char *act);
/* What it says when it was told to. */
void side_says(struct side *side, const char *act, const char *wanted);
void side_ends(struct side *side, enum brig_exit_class class_, int code);

/* The handlers, for rows that lack one. */
int side_echo(void *user, struct brig_request *call, const Every__Every *request);
int side_measure(void *user, struct brig_request *call, const Every__Area *area);
int side_note(void *user, struct brig_request *call, const Every__Empty *empty);
int side_pass(void *user, struct brig_request *call, const Every__Empty *empty);
/* Other tests' own. */
int side_often(void *user, struct brig_request *call, const Every__Empty *empty);
int side_fill(void *user, struct brig_request *call, const Every__Large *large);

#endif
