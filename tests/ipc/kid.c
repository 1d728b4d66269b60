#include "tests/ipc/kid.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TURN_MS 60000

static int said(void *user, struct brig_request *call, const Acts__Word *word)
{
	struct kid *kid = user;
	const size_t n = strlen(kid->said);
	(void)call;

	(void)snprintf(kid->said + n, sizeof kid->said - n, "%s\n", word->word);
	return 0;
}

static int refuse(void *user, struct brig_request *call, const Acts__None *none)
{
	(void)user;
	(void)call;
	(void)none;
	return -EPERM;
}

static const struct acts_actor_handlers actor = ACTS_ACTOR_HANDLERS(said, refuse, refuse);

static void ready(void *user, struct brig_child *child)
{
	struct kid *kid = user;
	(void)child;

	kid->ready = true;
}

static void exited(void *user, struct brig_child *child, const struct brig_exit *exit)
{
	struct kid *kid = user;
	(void)child;

	kid->exited = true;
	kid->exit = *exit;
	kid->child = NULL;
}

static const struct brig_child_listener listener = { ready, exited };

bool kid_turn(struct kid *kid)
{
	const bool happened = brig_broker_run(kid->broker, TURN_MS) == 1;

	if (!happened)
		gtest_c_fail(__FILE__, __LINE__, "nothing happens; it said: %s", kid->said);
	return happened;
}

int kid_begin(struct kid *kid, struct brig_broker *b, const char *role, uint64_t principal)
{
	const struct brig_child_options options = { .size = sizeof options,
						    .role = role,
						    .served = kid->served,
						    .n_served = kid->served[1].service ? 2 : 1,
						    .listener = &listener,
						    .user = kid,
						    .principal = principal };

	kid->broker = b;
	kid->served[0] = (struct brig_served){ &acts_actor_service, &actor, kid };
	return brig_child_start(b, &options, &kid->child);
}

void kid_says(struct kid *kid, const char *line)
{
	char wanted[40];

	(void)snprintf(wanted, sizeof wanted, "%s\n", line);
	while (!strstr(kid->said, wanted) && !kid->exited && kid_turn(kid))
		;
	EXPECT_STR_CONTAINS(kid->said, wanted);
	kid->said[0] = '\0';
}

void kid_start(struct kid *kid, struct brig_broker *b, const char *role, uint64_t principal)
{
	ASSERT_OK(kid_begin(kid, b, role, principal));
	while (!kid->ready && !kid->exited && kid_turn(kid))
		;
	ASSERT_TRUE(kid->ready);
}

void kid_tell(struct kid *kid, const char *text)
{
	Acts__Word word = ACTS__WORD__INIT;
	char copy[33];

	(void)snprintf(copy, sizeof copy, "%s", text);
	word.word = copy;
	ASSERT_PTR_NOT_NULL(kid->child);
	EXPECT_OK(acts_actor_act(brig_child_peer(kid->child), &word));
}

void kid_answers(struct kid *kid, const char *act, const char *line)
{
	kid_tell(kid, act);
	kid_says(kid, line);
}
