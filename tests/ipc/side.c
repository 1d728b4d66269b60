#include "tests/ipc/side.h"

#include "ipc/dispatch/peer.h"
#include "sandbox/base/cleanup.h"

#include <brig/journal.h>
#include <brig/replay.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

int side_echo(void *user, struct brig_request *call, const Every__Every *request)
{
	const Every__Empty nothing = EVERY__EMPTY__INIT;
	(void)user;

	/* More than a child grants, while it waits for this. */
	for (int i = 0; i < 100 && !strcmp(request->text, "windy"); i++)
		EXPECT_OK(every_asked_wake(call->peer, &nothing));
	if (!strcmp(request->text, "refuse"))
		return -EACCES;
	if (!strcmp(request->text, "breach"))
		return BRIG_BREACH_HANDLE;
	return every_asked_echo_reply(call, request);
}

int side_measure(void *user, struct brig_request *call, const Every__Area *area)
{
	const Every__Empty empty = EVERY__EMPTY__INIT;
	(void)user;
	(void)area;

	return every_asked_measure_reply(call, &empty);
}

int side_often(void *user, struct brig_request *call, const Every__Empty *empty)
{
	(void)user;
	return every_asked_often_reply(call, empty);
}

int side_fill(void *user, struct brig_request *call, const Every__Large *large)
{
	(void)user;
	(void)call;
	(void)large;
	return 0;
}

int side_note(void *user, struct brig_request *call, const Every__Empty *empty)
{
	struct side *side = user;
	(void)call;
	(void)empty;

	side->notes++;
	return 0;
}

/* Of the two that came it takes the first; the other is closed for it. */
int side_pass(void *user, struct brig_request *call, const Every__Empty *empty)
{
	struct side *side = user;
	brig_auto_fd int taken = call->fds[0];
	brig_auto_fd int event = eventfd(0, EFD_CLOEXEC);

	side->passes++;
	call->fds[0] = -1;
	return taken < 0 ? -EBADF : every_asked_pass_reply(call, empty, event);
}

static int said(void *user, struct brig_request *call, const Acts__Word *word)
{
	struct side *side = user;
	(void)call;

	side->wokens += !strcmp(word->word, "woken 0");
	side->echoes += !strcmp(word->word, "echoed 7");
	(void)snprintf(side->said, sizeof side->said, "%s", word->word);
	return 0;
}

static int fetch(void *user, struct brig_request *call, const Acts__None *none)
{
	const struct side *side = user;

	return acts_actor_fetch_reply(call, none, side->give[0], side->give[1]);
}

static const struct every_asked_handlers asked =
	EVERY_ASKED_HANDLERS(side_echo, side_measure, side_note, side_pass, side_note, side_often,
			     side_note, side_fill, side_note);
/* A broker that is stuck until its child speaks again, and answers then. */
static int hurry(void *user, struct brig_request *call, const Acts__None *none)
{
	struct pollfd gone = { .fd = call->peer->channel.fd, .events = POLLIN };
	(void)user;

	EXPECT_INT_EQ(1, poll(&gone, 1, TURN_MS));
	return acts_actor_hurry_reply(call, none);
}

static const struct acts_actor_handlers actor = ACTS_ACTOR_HANDLERS(said, fetch, hurry);

static void ready(void *user, struct brig_child *child)
{
	struct side *side = user;

	EXPECT_PTR_NOT_NULL(brig_child_peer(child));
	side->ready = true;
}

static void ended(void *user, struct brig_child *child, const struct brig_exit *exit)
{
	struct side *side = user;
	(void)child;

	side->exited = true;
	side->child = NULL;
	side->exit = *exit;
}

static const struct brig_child_listener listener = { ready, ended };

int side_broker(struct brig_broker **ret)
{
	const struct brig_broker_options options = { .size = sizeof options,
						     .child_path = SERVICES_CHILD };

	return brig_broker_create(&options, ret);
}

int side_broker_recorded(struct brig_broker **ret, int *ret_journal)
{
	int r = side_broker(ret);

	*ret_journal = memfd_create("journal", MFD_CLOEXEC);
	return r ? r : brig_broker_journal(*ret, *ret_journal, BRIG_JOURNAL_PAYLOADS);
}

static void differs(void *user, const struct brig_replay_difference *difference)
{
	(void)user;
	FAIL_C("expected %s; came %s", difference->expected, difference->came);
}

void side_replay(int journal)
{
	const struct brig_service *const services[] = { &acts_actor_service, &every_asked_service,
							NULL };
	const struct brig_replay_options options = { .size = sizeof options,
						     .services = services,
						     .difference = differs };
	struct brig_replay_result result;

	EXPECT_OK(brig_replay(journal, &options, &result));
	EXPECT_INT_GE(result.from_child, 2);
	EXPECT_UINT_EQ(0, result.unplayed[BRIG_UNPLAYED_CHILD]);
	EXPECT_UINT_EQ(0, result.unplayed[BRIG_UNPLAYED_SERVICE]);
	(void)close(journal);
}

struct brig_child_options side_options(struct side *side, const char *role, size_t n_served)
{
	side->served[0] = (struct brig_served){ &acts_actor_service, &actor, side };
	side->served[1] = (struct brig_served){ &every_asked_service, &asked, side };
	side->served[2] = (struct brig_served){ &acts_lender_service, NULL, side };
	return (struct brig_child_options){ .size = sizeof(struct brig_child_options),
					    .role = role,
					    .served = side->served,
					    .n_served = n_served,
					    .listener = &listener,
					    .user = side };
}

int side_start_role(struct side *side, struct brig_broker *broker_, const char *role,
		    size_t n_served)
{
	const struct brig_child_options options = side_options(side, role, n_served);

	side->broker = broker_;
	return brig_child_start(broker_, &options, &side->child);
}

void side_start(struct side *side, struct brig_broker *broker_)
{
	ASSERT_OK(side_start_role(side, broker_, "service", 2));
	EXPECT_PTR_NULL(brig_child_peer(side->child));
	RUN_UNTIL(side, side->ready);
	ASSERT_TRUE(side->ready);
}

void side_tell(struct side *side, const char *text)
{
	Acts__Word word = ACTS__WORD__INIT;
	char copy[33];

	(void)snprintf(copy, sizeof copy, "%s", text);
	word.word = copy;
	side->said[0] = '\0';
	ASSERT_PTR_NOT_NULL(side->child);
	EXPECT_OK(acts_actor_act(brig_child_peer(side->child), &word));
}

void side_says(struct side *side, const char *act, const char *wanted)
{
	side_tell(side, act);
	RUN_UNTIL(side, side->said[0]);
	EXPECT_STR_EQ(wanted, side->said);
}

void side_ends(struct side *side, enum brig_exit_class class_, int code)
{
	while (!side->exited)
		ASSERT_INT_EQ(1, brig_broker_run(side->broker, TURN_MS));
	EXPECT_INT_EQ(class_, side->exit.class_);
	EXPECT_INT_EQ(code, side->exit.code);
}
