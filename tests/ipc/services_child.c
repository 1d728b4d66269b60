/* The helper of services_test: programs that do what they are told, lawful or not. */
#include "ipc/dispatch/peer.h"
#include "sandbox/base/cleanup.h"
#include "acts.brig.h"
#include "every.brig.h"

#include <brig/child.h>

#include <errno.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool over;

/* The word, and a number behind it. */
static void say(struct brig_peer *peer, const char *what, int number)
{
	Acts__Word word = ACTS__WORD__INIT;
	char text[33];

	(void)snprintf(text, sizeof text, "%.20s %d", what, number);
	word.word = text;
	(void)acts_actor_said(peer, &word);
}

static void echo(struct brig_peer *peer, const char *text)
{
	Every__Every every = EVERY__EVERY__INIT;
	const Every__Every *reply;
	struct brig_answer answer;
	char copy[17];

	(void)snprintf(copy, sizeof copy, "%s", text);
	every.text = copy;
	every.small = 7;
	int r = every_asked_echo_sync(peer, &every, &answer, &reply);
	if (r)
		say(peer, "failed", r);
	else if (answer.error)
		say(peer, "refused", answer.error);
	else
		say(peer, strcmp(reply->text, text) ? "another text" : "echoed", (int)reply->small);
}

static void measure(struct brig_peer *peer, uint32_t side)
{
	Every__Area area = EVERY__AREA__INIT;
	const Every__Empty *reply;
	struct brig_answer answer;

	area.width = area.height = side;
	area.bytes = 1;
	const int r = every_asked_measure_sync(peer, &area, &answer, &reply);
	say(peer, "measured", r ? r : answer.error);
}

/* What its stub doesn't send. */
static void breach(struct brig_peer *peer)
{
	const struct brig_frame frame = brig_call_header(&every_asked_service.methods[1], 1000);
	Every__Area area = EVERY__AREA__INIT;

	area.width = area.height = 25;
	area.bytes = 1;
	(void)brig_peer_send(peer, &frame, &area.base, NULL, 0);
}

static void hurry(struct brig_peer *peer)
{
	const Acts__None none = ACTS__NONE__INIT;
	const Acts__None *reply;
	struct brig_answer answer;

	const int r = acts_actor_hurry_sync(peer, &none, &answer, &reply);
	say(peer, "hurried", r ? r : answer.error);
}

static void passed(void *user, struct brig_answer *answer, const Every__Empty *reply)
{
	(void)reply;
	say(user, "passed", answer->error ? answer->error : (int)answer->n_fds);
}

static void pass(struct brig_peer *peer)
{
	const Acts__None none = ACTS__NONE__INIT;
	const Every__Empty empty = EVERY__EMPTY__INIT;
	const Acts__None *reply;
	struct brig_answer answer;

	if (acts_actor_fetch_sync(peer, &none, &answer, &reply) || answer.error)
		say(peer, "fetched nothing", answer.error);
	else if (every_asked_pass(peer, &empty, answer.fds[0], answer.fds[1], passed, peer) < 0)
		say(peer, "not passed", 0);
	brig_answer_close(&answer);
}

static int act(void *user, struct brig_request *call, const Acts__Word *word)
{
	const Every__Empty empty = EVERY__EMPTY__INIT;
	struct brig_peer *peer = call->peer;
	(void)user;

	if (!strcmp(word->word, "end"))
		over = true;
	else if (!strcmp(word->word, "here"))
		say(peer, "here", 0);
	else if (!strcmp(word->word, "note"))
		(void)every_asked_note(peer, &empty);
	else if (!strcmp(word->word, "early"))
		(void)every_asked_early(peer, &empty);
	else if (!strcmp(word->word, "tick"))
		for (int i = 0; i < 100; i++) /* twice five a second are lawful */
			(void)every_asked_tick(peer, &empty);
	else if (!strcmp(word->word, "measure"))
		measure(peer, 20);
	else if (!strcmp(word->word, "product"))
		breach(peer);
	else if (!strcmp(word->word, "slip"))
		measure(peer, 25);
	else if (!strcmp(word->word, "hurry"))
		hurry(peer);
	else if (!strcmp(word->word, "pass"))
		pass(peer);
	else
		echo(peer, word->word);
	return 0;
}

static int do_plainly(void *user, struct brig_request *call, const Acts__Word *word)
{
	static const struct brig_frame crowded = { .version = BRIG_FRAME_VERSION,
						   .kind = BRIG_KIND_CROWDED };
	struct brig_answer answer;
	const Acts__Word *reply;
	brig_auto_fd int made = -1;
	(void)user;

	if (!strcmp(word->word, "end"))
		over = true;
	else if (!strcmp(word->word, "socket"))
		made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	else if (!strcmp(word->word, "crowded"))
		(void)!write(3, &crowded, sizeof crowded);
	else if (!strcmp(word->word, "read 4"))
		(void)!read(4, &answer, 1);
	else if (!strcmp(word->word, "sendmsg"))
		(void)sendmsg(3, &(struct msghdr){ .msg_iovlen = 0 }, 0);
	else if (acts_plain_turn_sync(call->peer, word, &answer, &reply) || answer.error)
		return -EPROTO;
	else
		(void)acts_plain_did(call->peer, reply);
	return 0;
}

static int back(void *user, struct brig_request *call, const Acts__Word *word)
{
	char text[] = "longer than the schema lets a word of its be";
	Acts__Word longer = ACTS__WORD__INIT;
	(void)user;

	longer.word = text;
	return acts_plain_back_reply(call, strcmp(word->word, "longer") ? word : &longer);
}

/* A pipe, as the schema says; or what it has at hand. */
static int lend(void *user, struct brig_request *call, const Acts__Word *word)
{
	const Acts__None none = ACTS__NONE__INIT;
	const Acts__None *reply;
	struct brig_answer answer;
	(void)user;

	if (strcmp(word->word, "pipe") != 0)
		return acts_lender_lend_reply(call, &none, STDIN_FILENO);
	int r = acts_actor_fetch_sync(call->peer, &none, &answer, &reply);
	if (!r && !answer.error)
		r = acts_lender_lend_reply(call, &none, answer.fds[1]);
	brig_answer_close(&answer);
	return r;
}

static int wake(void *user, struct brig_request *call, const Every__Empty *empty)
{
	(void)user;
	(void)empty;
	say(call->peer, "woken", 0);
	return 0;
}

static int poke(void *user, struct brig_request *call, const Every__Empty *empty)
{
	(void)user;
	return every_asked_poke_reply(call, empty);
}

/* Floods are another test's. */
static int order(void *user, struct brig_request *call, const Every__Flood *flood)
{
	(void)user;
	(void)call;
	(void)flood;
	return 0;
}

static int run(struct brig_peer *broker, void *user)
{
	int r = 1;
	(void)user;

	while (r > 0 && !over)
		r = brig_peer_run(broker, -1);
	return r < 0 ? 9 : 0;
}

/* It lives as long as its process, or the broker would count one too few. */
static void *idle(void *user)
{
	sem_t never;

	(void)sem_init(&never, 0, 0);
	while (sem_wait(&never) < 0)
		;
	return user;
}

static const struct acts_plain_child_handlers plain = ACTS_PLAIN_CHILD_HANDLERS(do_plainly, back);
static const struct brig_served served_plainly = { &acts_plain_service, &plain, NULL };
static const struct acts_actor_child_handlers actor = ACTS_ACTOR_CHILD_HANDLERS(act);
static const struct every_asked_child_handlers asked =
	EVERY_ASKED_CHILD_HANDLERS(wake, poke, order);
static const struct acts_lender_child_handlers lender = ACTS_LENDER_CHILD_HANDLERS(lend);
static const struct brig_served served[] = {
	{ &acts_actor_service, &actor, NULL },
	{ &every_asked_service, &asked, NULL },
	{ &acts_lender_service, &lender, NULL },
};

/* There is none for network. */
static const struct brig_child_program programs[] = {
	{ .role = "service", .served = served, .n_served = 3, .run = run },
	{ .role = "workers", .served = served, .n_served = 1, .thread = idle, .run = run },
	{ .role = "codec", .served = served, .n_served = 1, .run = run },
	{ .role = "renderer", .served = served, .n_served = 1 },
	{ .role = "compute", .served = &served_plainly, .n_served = 1, .run = run },
};

int main(int argc, char **argv)
{
	return brig_child_run(argc, argv, programs, sizeof programs / sizeof *programs) < 0 ? 2 : 0;
}
