/* tests/ipc/two.h - two children of one broker, and a direct channel of talk.proto between them. */
#ifndef TESTS_IPC_TWO_H
#define TESTS_IPC_TWO_H

#include "talk.brig.h"
#include "tests/ipc/kid.h"

#include <brig/direct.h>

#define TWO_PRINCIPAL 7 /* whom both work for */

struct two {
	struct brig_broker *broker;
	struct kid caller, server;
	struct brig_direct *direct;
	struct brig_direct_ended ended;
	bool by_caller;
	int ends;
};

/* Both are ready; they are joined, and told how it ends; or all of that, and both know it. */
void two_start(struct two *two, const char *caller, const char *server);
int two_connect(struct two *two, const struct brig_service *service, const char **why);
void two_join(struct two *two, const char *caller, const char *server);

#endif
