/* The helper of reader_test: asks for much at a time, and reads it as fast as it can, or never. */
#include "ipc/wire/channel.h"
#include "ipc/dispatch/peer.h"
#include "acts.brig.h"
#include "reader.brig.h"

#include <brig/child.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define LARGE 100000

/* One a process; it hangs on run()'s frame. */
struct self {
	struct brig_peer *broker;
	uint32_t asked, answered, calls, bytes;
	bool fds, over;
};

static void say(struct self *self, char *what)
{
	Acts__Word word = ACTS__WORD__INIT;

	word.word = what;
	(void)acts_actor_said(self->broker, &word);
}

static int64_t ask(struct self *self);

static void answered(void *user, struct brig_answer *answer, const Reader__Blob *blob)
{
	struct self *self = user;

	if (answer->error || blob->data.len != self->bytes)
		say(self, "another answer");
	if (++self->answered == self->calls)
		say(self, "all");
	else if (self->asked < self->calls && ask(self) < 0)
		say(self, "not asked");
}

static int64_t ask(struct self *self)
{
	Reader__Size size = READER__SIZE__INIT;

	size.bytes = self->bytes;
	self->asked++;
	return self->fds ? reader_reader_fetch_fd(self->broker, &size, answered, self)
			 : reader_reader_fetch(self->broker, &size, answered, self);
}

/* As long as there are others. */
static void answered_large(void *user, struct brig_answer *answer, const Reader__Large *large)
{
	const Reader__Size size = READER__SIZE__INIT;
	struct self *self = user;

	if (answer->error || large->data.len != LARGE)
		say(self, answer->error == EAGAIN ? "refused" : "another answer");
	else if (self->answered < self->calls &&
		 reader_reader_fetch_large(self->broker, &size, answered_large, self) < 0)
		say(self, "not asked");
}

/* By hand: the stubs ask no more than 64 at a time. */
static void ask_unread(struct self *self)
{
	Reader__Size size = READER__SIZE__INIT;
	struct brig_frame frame = { .version = BRIG_FRAME_VERSION,
				    .kind = BRIG_KIND_REQUEST,
				    .service = READER_READER_ID,
				    .method = self->fds ? READER_READER_FETCH_FD
							: READER_READER_FETCH };
	uint8_t packet[64];

	size.bytes = self->bytes;
	frame.length = (uint32_t)protobuf_c_message_pack(&size.base, packet + sizeof frame);
	for (uint32_t i = 0; i < self->calls; i++) {
		frame.id = self->broker->next_id++;
		memcpy(packet, &frame, sizeof frame);
		if (brig_packet_send(self->broker->channel.fd, packet, sizeof frame + frame.length,
				     NULL, 0, true) < 0)
			return;
	}
}

static int read_(void *user, struct brig_request *call, const Reader__Order *order)
{
	const Reader__Size size = READER__SIZE__INIT;
	struct self *self = user;
	(void)call;

	self->asked = self->answered = 0;
	self->calls = order->calls;
	self->bytes = order->bytes;
	self->fds = order->fds;
	if (order->large &&
	    reader_reader_fetch_large(self->broker, &size, answered_large, self) < 0)
		say(self, "not asked");
	if (order->unread)
		ask_unread(self);
	for (uint32_t i = 0; i < order->at_a_time; i++)
		if (ask(self) < 0)
			say(self, "not asked");
	return 0;
}

static int tick(void *user, struct brig_request *call, const Reader__Blob *blob)
{
	(void)user;
	(void)call;
	(void)blob;
	return 0;
}

static int act(void *user, struct brig_request *call, const Acts__Word *word)
{
	struct self *self = user;
	(void)call;
	(void)word;

	self->over = true;
	return 0;
}

static int run(struct brig_peer *broker, void *user)
{
	static const struct acts_actor_child_handlers actor = ACTS_ACTOR_CHILD_HANDLERS(act);
	static const struct reader_reader_child_handlers reader =
		READER_READER_CHILD_HANDLERS(read_, tick);
	struct self self = { .broker = broker };
	const struct brig_served rows[] = { { &acts_actor_service, &actor, &self },
					    { &reader_reader_service, &reader, &self } };
	int r = brig_serve(broker, rows, 2);
	(void)user;

	for (r = r ? r : 1; r > 0 && !self.over;)
		r = brig_peer_run(broker, -1);
	return r < 0 ? 9 : 0;
}

static const struct brig_child_program programs[] = { { .role = "service", .run = run } };

int main(int argc, char **argv)
{
	return brig_child_run(argc, argv, programs, 1) < 0 ? 2 : 0;
}
