/*
 * tests/ipc/kid.h - a child that does what it is told by the words of acts.proto, and says what
 * came of it, each time with a line of its own.
 */
#ifndef TESTS_IPC_KID_H
#define TESTS_IPC_KID_H

#include "acts.brig.h"

#include "gtest_c.h"

#include <brig/process.h>

#include <stdbool.h>

/* One child as its broker sees it. */
struct kid {
	struct brig_broker *broker;
	struct brig_child *child;
	struct brig_served served[2]; /* the second a test's own, or none */
	bool ready, exited;
	char said[512]; /* each with a newline behind it, until it was asked for */
	struct brig_exit exit;
};

/* One turn of its broker; false, and the test fails: nothing happens any more. */
bool kid_turn(struct kid *kid);
/* As brig_child_start(); and until it is ready. */
int kid_begin(struct kid *kid, struct brig_broker *b, const char *role, uint64_t principal);
void kid_start(struct kid *kid, struct brig_broker *b, const char *role, uint64_t principal);
void kid_tell(struct kid *kid, const char *text);
/* Turns until it said this line; what it said is forgotten then. */
void kid_says(struct kid *kid, const char *line);
void kid_answers(struct kid *kid, const char *act, const char *line);

#endif
