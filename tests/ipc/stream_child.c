/* The helper of stream_test: reads and writes streams as it is told, lawfully or not. */
#include "ipc/wire/chunk.h"
#include "ipc/wire/channel.h"
#include "sandbox/base/cleanup.h"
#include "acts.brig.h"
#include "pour.brig.h"

#include <brig/child.h>
#include <brig/stream.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* One a process; it hangs on main's frame. */
struct self {
	struct brig_peer *broker;
	int fd;
	uint64_t place; /* where the next byte that it reads is */
	bool over;
	uint8_t bytes[BRIG_STREAM_CHUNK];
};

static void say(struct self *self, const char *what, long long number)
{
	Acts__Word word = ACTS__WORD__INIT;
	char text[33];

	(void)snprintf(text, sizeof text, "%.12s %lld", what, number);
	word.word = text;
	(void)acts_actor_said(self->broker, &word);
}

/* A byte of the stream, by its place. */
static uint8_t at(uint64_t place)
{
	return (uint8_t)(place % 251);
}

static int write_some(struct self *self, uint64_t bytes)
{
	int r = 0;

	for (uint64_t done = 0; done < bytes && !r;) {
		const size_t n = bytes - done < sizeof self->bytes ? (size_t)(bytes - done)
								   : sizeof self->bytes;

		for (size_t i = 0; i < n; i++)
			self->bytes[i] = at(done + i);
		r = brig_stream_write(self->fd, self->bytes, n);
		done += n;
	}
	return r;
}

/* How many there were, or the error; -1000: a byte isn't what was written. */
static int64_t read_one(struct self *self)
{
	const int64_t n = brig_stream_read(self->fd, self->bytes, sizeof self->bytes);

	for (int64_t i = 0; i < n; i++)
		if (self->bytes[i] != at(self->place++))
			return -1000;
	return n;
}

static int64_t read_all(struct self *self)
{
	int64_t n, all = 0;

	for (n = read_one(self); n > 0; n = read_one(self))
		all += n;
	return n ? n : all;
}

static int pass_descriptor(const struct self *self)
{
	const int fd = 0;

	return brig_packet_send(self->fd, "\1x", 2, &fd, 1, true);
}

static void follow(struct self *self, const char *word, uint64_t bytes)
{
	if (!strcmp(word, "write")) {
		int r = write_some(self, bytes);
		say(self, "wrote", r ? r : brig_stream_write_end(self->fd));
		brig_close_fd(&self->fd);
	} else if (!strcmp(word, "break off")) {
		say(self, "wrote", write_some(self, bytes));
		brig_close_fd(&self->fd);
	} else if (!strcmp(word, "leave open")) {
		say(self, "wrote", write_some(self, bytes));
	} else if (!strcmp(word, "read")) {
		say(self, "read", read_all(self));
		brig_close_fd(&self->fd);
	} else if (!strcmp(word, "read one")) {
		say(self, "read", read_one(self));
	} else if (!strcmp(word, "nonsense")) {
		say(self, "sent", brig_packet_send(self->fd, "\7x", 2, NULL, 0, true));
	} else if (!strcmp(word, "empty")) {
		say(self, "sent", brig_packet_send(self->fd, "\1", 1, NULL, 0, true));
	} else if (!strcmp(word, "pass")) {
		say(self, "sent", pass_descriptor(self));
	} else if (!strcmp(word, "close")) {
		brig_close_fd(&self->fd);
	}
}

static int take(void *user, struct brig_request *call, const Pour__Order *order)
{
	struct self *self = user;

	self->fd = call->fds[0];
	self->place = 0;
	call->fds[0] = -1;
	follow(self, order->word, order->bytes);
	return 0;
}

static int act(void *user, struct brig_request *call, const Acts__Word *word)
{
	struct self *self = user;
	(void)call;

	if (!strcmp(word->word, "end"))
		self->over = true;
	else if (!strcmp(word->word, "here"))
		say(self, "here", 0);
	else
		follow(self, word->word, 0);
	return 0;
}

static int run(struct brig_peer *broker, void *user)
{
	static const struct acts_actor_child_handlers actor = ACTS_ACTOR_CHILD_HANDLERS(act);
	static const struct pour_pour_child_handlers pour = POUR_POUR_CHILD_HANDLERS(take);
	static struct self self;
	const struct brig_served rows[] = { { &acts_actor_service, &actor, &self },
					    { &pour_pour_service, &pour, &self } };
	int r = brig_serve(broker, rows, 2);
	(void)user;

	self = (struct self){ .broker = broker, .fd = -1 };
	for (r = r ? r : 1; r > 0 && !self.over;)
		r = brig_peer_run(broker, -1);
	return r < 0 ? 9 : 0;
}

static const struct brig_child_program programs[] = {
	{ .role = "service", .run = run },
	{ .role = "renderer", .run = run },
	{ .role = "codec", .run = run },
	{ .role = "network", .run = run },
};

int main(int argc, char **argv)
{
	return brig_child_run(argc, argv, programs, sizeof programs / sizeof *programs) < 0 ? 2 : 0;
}
