#include "tests/ipc/two.h"

#include <stdio.h>
#include <string.h>

static void ended(void *user, struct brig_direct *direct, const struct brig_direct_ended *how)
{
	struct two *two = user;

	EXPECT_TRUE(direct == two->direct);
	two->by_caller = how->by == two->caller.child;
	two->direct = NULL;
	two->ended = *how;
	two->ends++;
	EXPECT_FALSE(two->caller.exited || two->server.exited);
}

int two_connect(struct two *two, const struct brig_service *service, const char **why)
{
	const struct brig_direct_options options = { .size = sizeof options,
						     .caller = two->caller.child,
						     .server = two->server.child,
						     .service = service,
						     .on_end = ended,
						     .user = two };

	return brig_direct_connect(&options, &two->direct, why);
}

void two_start(struct two *two, const char *caller, const char *server)
{
	const struct brig_broker_options options = { .size = sizeof options,
						     .child_path = DIRECT_CHILD };

	ASSERT_OK(brig_broker_create(&options, &two->broker));
	kid_start(&two->caller, two->broker, caller, TWO_PRINCIPAL);
	kid_start(&two->server, two->broker, server, TWO_PRINCIPAL);
}

void two_join(struct two *two, const char *caller, const char *server)
{
	char line[33];

	two_start(two, caller, server);
	ASSERT_OK(two_connect(two, &talk_talk_service, NULL));
	(void)snprintf(line, sizeof line, "serves %s", caller);
	while (!strstr(two->server.said, line) && !two->server.exited && kid_turn(&two->server))
		;
	(void)snprintf(line, sizeof line, "calls %s", server);
	while (!strstr(two->caller.said, line) && !two->caller.exited && kid_turn(&two->caller))
		;
	two->caller.said[0] = two->server.said[0] = '\0';
}
