/* The helper of direct_test: children that are joined, and do what they are told, lawful or not. */
#include "ipc/dispatch/peer.h"
#include "ipc/schema/services.brig.h"
#include "ipc/wire/channel.h"
#include "acts.brig.h"
#include "talk.brig.h"

#include <brig/child.h>
#include <brig/direct.h>

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTES 1000 /* far more than there is credit for */

/* One a process; it hangs on main's frame. */
struct self {
	struct brig_peer *peers[1 + BRIG_DIRECT_MAX]; /* the first is the broker */
	size_t n;
	bool over, deaf, serving;
	int notes, nudges;
};

static void say(struct brig_peer *broker, const char *what, int number)
{
	Acts__Word word = ACTS__WORD__INIT;
	char text[33];

	(void)snprintf(text, sizeof text, "%.20s %d", what, number);
	word.word = text;
	(void)acts_actor_said(broker, &word);
}

/* ---- what the other end asks ---- */

static int add(void *user, struct brig_request *call, const Talk__Number *number)
{
	Talk__Number sum = TALK__NUMBER__INIT;
	(void)user;

	sum.value = number->value + 1;
	return talk_talk_add_reply(call, &sum);
}

static int note(void *user, struct brig_request *call, const Talk__Nothing *nothing)
{
	struct self *self = user;
	(void)call;
	(void)nothing;

	if (++self->notes == NOTES)
		say(self->peers[0], "noted", NOTES);
	return 0;
}

static int stall(void *user, struct brig_request *call, const Talk__Nothing *nothing)
{
	(void)user;
	(void)call;
	(void)nothing;
	return 0;
}

static int fetch(void *user, struct brig_request *call, const Talk__Nothing *nothing)
{
	static uint8_t bytes[32768];
	Talk__Page page = TALK__PAGE__INIT;
	(void)user;
	(void)nothing;

	page.bytes.data = bytes;
	page.bytes.len = sizeof bytes;
	return talk_talk_fetch_reply(call, &page);
}

static int seldom(void *user, struct brig_request *call, const Talk__Nothing *nothing)
{
	(void)user;
	return talk_talk_seldom_reply(call, nothing);
}

static int nudge(void *user, struct brig_request *call, const Talk__Nothing *nothing)
{
	struct self *self = user;
	(void)call;
	(void)nothing;

	self->nudges++;
	return 0;
}

static const struct talk_talk_handlers server = TALK_TALK_HANDLERS(add, note, stall, fetch, seldom);
static const struct talk_talk_child_handlers caller = TALK_TALK_CHILD_HANDLERS(nudge);

static int act(void *user, struct brig_request *call, const Acts__Word *word);
static const struct acts_actor_child_handlers actor = ACTS_ACTOR_CHILD_HANDLERS(act);

static int joined(void *user, struct brig_peer *direct, const struct brig_joined *joined_)
{
	struct self *self = user;
	const struct brig_served row = { &talk_talk_service,
					 joined_->caller ? (const void *)&caller
							 : (const void *)&server,
					 self };
	const struct brig_served other = { &acts_actor_service, &actor, self };
	char text[33];

	/* No service but the channel's own. */
	if ((joined_->caller && !brig_serve(direct, &other, 1)) || brig_serve(direct, &row, 1))
		return 1;
	self->peers[self->n++] = direct;
	(void)snprintf(text, sizeof text, "%s %.10s", joined_->caller ? "calls" : "serves",
		       joined_->role);
	say(self->peers[0], text, (int)joined_->instance);
	return 0;
}

static void part(struct self *self, size_t i)
{
	brig_direct_close(self->peers[i]);
	self->peers[i] = self->peers[--self->n];
}

/* ---- what the broker tells it to do ---- */

static void say_add(struct self *self, uint32_t value)
{
	Talk__Number number = TALK__NUMBER__INIT;
	const Talk__Number *sum;
	struct brig_answer answer;

	number.value = value;
	int r = self->n < 2 ? -ENOTCONN
			    : talk_talk_add_sync(self->peers[self->n - 1], &number, &answer, &sum);
	if (r)
		say(self->peers[0], "failed", r);
	else
		say(self->peers[0], answer.error ? "refused" : "added",
		    answer.error ? answer.error : (int)sum->value);
}

static void say_stall(struct self *self)
{
	const Talk__Nothing nothing = TALK__NOTHING__INIT;
	const Talk__Nothing *reply;
	struct brig_answer answer;

	say(self->peers[0], "stalled",
	    talk_talk_stall_sync(self->peers[1], &nothing, &answer, &reply));
}

/* The third within a moment. */
static void say_seldom(struct self *self)
{
	const Talk__Nothing nothing = TALK__NOTHING__INIT;
	const Talk__Nothing *reply;
	struct brig_answer answer = { .error = 0 };
	int r = 0;

	for (int i = 0; i < 3 && !r && !answer.error; i++)
		r = talk_talk_seldom_sync(self->peers[1], &nothing, &answer, &reply);
	say(self->peers[0], "seldom", r ? r : answer.error);
}

static void say_notes(struct self *self, int n)
{
	const Talk__Nothing nothing = TALK__NOTHING__INIT;
	int r = 0;

	for (int i = 0; i < n && !r; i++)
		r = talk_talk_note(self->peers[1], &nothing);
	say(self->peers[0], "told", r);
}

/* Whatever it is. */
static int send_raw(struct brig_peer *to, const struct brig_frame *frame, const int *fds,
		    size_t n_fds)
{
	const Talk__Nothing nothing = TALK__NOTHING__INIT;
	const size_t n = brig_packet_write(to->buffer, frame, &nothing.base, n_fds);

	return brig_channel_send_waiting(&to->channel, to->buffer, n, fds, n_fds);
}

/* Asks as fast as it may, and never reads. */
static void hoard(struct self *self)
{
	struct brig_peer *direct = self->peers[1];
	int64_t r = 1;

	for (int i = 0; i < 200 && r > 0; i++) {
		struct brig_frame frame =
			brig_call_header(&talk_talk_service.methods[3], direct->next_id++);

		r = send_raw(direct, &frame, NULL, 0) ? 0 : 1;
	}
	say(self->peers[0], "hoarded", (int)r);
}

/* What its stub doesn't send. */
static void add_wrongly(struct self *self)
{
	struct brig_peer *direct = self->peers[1];
	const struct brig_frame frame =
		brig_call_header(&talk_talk_service.methods[0], direct->next_id++);
	Talk__Number number = TALK__NUMBER__INIT;

	number.value = 1001;
	if (brig_peer_send(direct, &frame, &number.base, NULL, 0) == 0)
		say(self->peers[0], "failed", brig_peer_run(direct, -1));
}

/* A descriptor that no method takes. */
static void pass_one(struct self *self)
{
	const struct brig_frame frame = brig_call_header(&talk_talk_service.methods[1], 0);
	const int fd = 0;

	say(self->peers[0], "passed", send_raw(self->peers[1], &frame, &fd, 1));
}

/* Far more than its broker needs to look for who is to blame; the broker ends it, or nobody. */
static void complain(struct brig_peer *broker)
{
	const struct brig_frame frame = { .version = BRIG_FRAME_VERSION,
					  .kind = BRIG_KIND_CROWDED };
	struct brig_packet packet;

	for (int i = 0; i < 700; i++) {
		(void)brig_packet_send(broker->channel.fd, &frame, sizeof frame, NULL, 0, true);
		if (brig_channel_receive(&broker->channel, broker->buffer, true, &packet) == 1)
			brig_packet_close(&packet);
	}
	say(broker, "complained", 0);
}

static void part_with(struct self *self, uint64_t channel)
{
	Brig__Ipc__JoinParted parted = BRIG__IPC__JOIN_PARTED__INIT;

	parted.channel = channel;
	(void)brig_join_parted(self->peers[0], &parted);
}

struct wanted {
	struct self *self;
	const char *name; /* of a method; "": of all, their bytes */
};

static void say_row(void *user, const struct brig_stats *stats)
{
	const struct wanted *wanted = user;
	int answered = 0;
	char text[33];

	if (strcmp(stats->name, wanted->name) != 0)
		return;
	for (size_t i = 0; i < BRIG_LATENCY_BUCKETS; i++)
		answered += (int)stats->latency[i];
	if (*wanted->name) {
		(void)snprintf(text, sizeof text, "%.8s %d %d", strchr(stats->name, '.') + 1,
			       (int)stats->n[BRIG_STAT_COUNT], (int)stats->n[BRIG_STAT_REFUSALS]);
		say(wanted->self->peers[0], text, answered);
	} else {
		(void)snprintf(text, sizeof text, "bytes %d", (int)stats->n[BRIG_STAT_BYTES_IN]);
		say(wanted->self->peers[0], text, (int)stats->n[BRIG_STAT_BYTES_OUT]);
	}
}

static void count(struct self *self, const char *name)
{
	struct wanted wanted = { self, name };
	const int r = brig_direct_stats(self->peers[1], say_row, &wanted);

	if (r)
		say(self->peers[0], "stats", r);
	else if (brig_direct_stats(self->peers[0], say_row, &wanted) != -EINVAL)
		say(self->peers[0], "the broker's", 0);
}

static void do_to_direct(struct self *self, const char *word)
{
	const Talk__Nothing nothing = TALK__NOTHING__INIT;

	if (!strcmp(word, "wait")) {
		say(self->peers[0], "waiting", 0);
		say_stall(self);
	} else if (!strcmp(word, "add"))
		say_add(self, 6);
	else if (!strcmp(word, "wrong"))
		add_wrongly(self);
	else if (!strcmp(word, "slip"))
		say_add(self, 1001);
	else if (!strcmp(word, "stall"))
		say_stall(self);
	else if (!strcmp(word, "seldom"))
		say_seldom(self);
	else if (!strcmp(word, "note"))
		say_notes(self, 1);
	else if (!strcmp(word, "notes"))
		say_notes(self, NOTES);
	else if (!strcmp(word, "hoard"))
		hoard(self);
	else if (!strcmp(word, "pass"))
		pass_one(self);
	else if (!strcmp(word, "nudge"))
		say(self->peers[0], "nudged", talk_talk_nudge(self->peers[1], &nothing));
	else if (!strncmp(word, "count ", 6))
		count(self, word + 6);
	else if (!strcmp(word, "close"))
		part(self, 1);
}

static int act(void *user, struct brig_request *call, const Acts__Word *word)
{
	struct self *self = user;

	if (!strcmp(word->word, "end"))
		self->over = true;
	else if (!strcmp(word->word, "here"))
		say(call->peer, "here", (int)self->n - 1);
	else if (!strcmp(word->word, "batch"))
		say(call->peer, "batches", brig_batch_begin(call->peer));
	else if (!strcmp(word->word, "noted"))
		say(call->peer, "noted", self->notes);
	else if (!strcmp(word->word, "was nudged"))
		say(call->peer, "was nudged", self->nudges);
	else if (!strcmp(word->word, "part with another's"))
		part_with(self, 1);
	else if (!strcmp(word->word, "part with none"))
		part_with(self, 1000);
	else if (!strcmp(word->word, "deaf") || !strcmp(word->word, "hear"))
		self->deaf = word->word[0] == 'd';
	else if (!strcmp(word->word, "complain"))
		complain(call->peer);
	else if (!strcmp(word->word, "serve"))
		self->serving = true;
	else if (!strcmp(word->word, "spin"))
		for (say(call->peer, "spinning", 0);;)
			;
	else
		do_to_direct(self, word->word);
	return 0;
}

static void run_direct(struct self *self, size_t i)
{
	const int r = brig_peer_run(self->peers[i], -1);

	if (r >= 0)
		return;
	say(self->peers[0], "lost", r);
	part(self, i);
}

/* Only role service has poll(2). */
static int turn_of_service(struct self *self)
{
	bool ready[1 + BRIG_DIRECT_MAX];
	const int r = brig_peers_wait(self->peers, self->deaf ? 1 : self->n, ready, -1);

	if (r < 0)
		return r;
	for (size_t i = self->deaf ? 0 : self->n - 1; i > 0; i--)
		if (ready[i])
			run_direct(self, i);
	return ready[0] ? brig_peer_run(self->peers[0], -1) : 1;
}

static int turn(struct self *self)
{
	while (self->serving && self->n > 1)
		run_direct(self, 1);
	return brig_peer_run(self->peers[0], -1);
}

static int run(struct brig_peer *broker, void *user)
{
	struct self self = { .peers = { broker }, .n = 1 };
	const struct brig_served row = { &acts_actor_service, &actor, &self };
	int r = brig_serve(broker, &row, 1);
	const int heard = brig_direct_listen(broker, joined, &self);
	(void)user;

	if (!r)
		say(broker, "listens", heard);
	for (r = 1; r >= 0 && !self.over;)
		r = !strcmp(broker->role, "service") ? turn_of_service(&self) : turn(&self);
	return r < 0 ? 9 : 0;
}

static void *idle(void *user)
{
	sem_t never;

	(void)sem_init(&never, 0, 0);
	while (sem_wait(&never) < 0)
		;
	return user;
}

static const struct brig_child_program programs[] = {
	{ .role = "service", .run = run }, { .role = "workers", .thread = idle, .run = run },
	{ .role = "codec", .run = run },   { .role = "renderer", .run = run },
	{ .role = "network", .run = run },
};

int main(int argc, char **argv)
{
	return brig_child_run(argc, argv, programs, sizeof programs / sizeof *programs) < 0 ? 2 : 0;
}
