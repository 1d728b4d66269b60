/* greeter.c - a service of one's own; the broker and its sealed child are this one program. */
#include "greeter.brig.h"

#include <brig/child.h>
#include <brig/process.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- the child: it has a socket, and these stubs ---- */

static int leave(void *user, struct brig_request *call, const Demo__Words *farewell)
{
	(void)call;
	*(int *)user = !strcmp(farewell->text, "Goodbye");
	return 0;
}

static const struct demo_greeter_child_handlers in_child = DEMO_GREETER_CHILD_HANDLERS(leave);

/* 0, the errno that the broker refused with, or -errno. */
static int greet(struct brig_peer *broker, char *name)
{
	Demo__Words whom = DEMO__WORDS__INIT;
	const Demo__Words *greeting;
	struct brig_answer answer;
	whom.text = name;
	int r = demo_greeter_greet_sync(broker, &whom, &answer, &greeting);
	return r ? r : answer.error;
}

static int child(struct brig_peer *broker, void *user)
{
	char world[] = "world", root[] = "root";
	int r = greet(broker, world) == 0 && greet(broker, root) == EPERM;

	while (r > 0 && !*(int *)user)
		r = brig_peer_run(broker, -1);
	return r > 0 ? 0 : 1;
}

/* ---- the broker: what comes here keeps the schema's rules, or its sender is dead ---- */

static int greeted(void *user, struct brig_request *call, const Demo__Words *whom)
{
	char text[64] = "Goodbye";
	Demo__Words reply = DEMO__WORDS__INIT;
	(void)user;
	reply.text = text;
	printf("it wants to greet %s\n", whom->text);
	if (!strcmp(whom->text, "root")) /* a refusal: it isn't to blame, and goes on */
		return demo_greeter_leave(call->peer, &reply) < 0 ? -EIO : -EPERM;
	(void)snprintf(text, sizeof text, "Hello, %.32s!", whom->text);
	return demo_greeter_greet_reply(call, &reply);
}

static const struct demo_greeter_handlers in_broker = DEMO_GREETER_HANDLERS(greeted);

static void ended(void *user, struct brig_child *it, const struct brig_exit *exit)
{
	char how[256];
	(void)it;

	(void)brig_exit_describe(exit, how, sizeof how);
	printf("it %s\n", how);
	*(int *)user = exit->class_ == BRIG_EXIT_CLEAN ? 0 : 1;
}

static int serve(struct brig_broker *broker)
{
	const struct brig_served served = { &demo_greeter_service, &in_broker, NULL };
	const struct brig_child_listener listener = { .on_exit = ended };
	struct brig_child_options options = { sizeof options, "service", &served, .n_served = 1 };
	struct brig_child *it;
	int status = -1;

	options.listener = &listener;
	options.user = &status;
	int r = brig_child_start(broker, &options, &it);
	while (r >= 0 && status < 0)
		r = brig_broker_run(broker, -1);
	brig_broker_destroy(broker);
	return status;
}

int main(int argc, char **argv)
{
	int left = 0;
	const struct brig_served served = { &demo_greeter_service, &in_child, &left };
	const struct brig_child_program it = { "service", &served, 1, .run = child, .user = &left };
	struct brig_broker_options options = { sizeof options, .child_path = "/proc/self/exe" };
	struct brig_broker *broker = NULL;
	int r = brig_child_run(argc, argv, &it, 1); /* a child doesn't come back from here */

	if (r == -ENOENT)
		r = brig_broker_create(&options, &broker);
	if (!r)
		return serve(broker);
	fprintf(stderr, "greeter: %s\n", strerror(-r));
	return 3;
}
