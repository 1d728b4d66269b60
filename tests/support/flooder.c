/* A sealed child that sends as fast as it can what its broker orders. */
#include "tests/support/flooder.h"

#include "every.brig.h"
#include "renderer/runtime/runtime.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct order {
	uint64_t how, times;
	int fd;
	bool there;
	unsigned int wakes;
};

static int ordered(void *user, struct brig_request *call, const Every__Flood *request)
{
	struct order *order = user;

	if (order->there)
		(void)close(order->fd);
	*order = (struct order){ .how = request->how,
				 .times = request->times,
				 .fd = call->fds[0],
				 .there = true,
				 .wakes = order->wakes };
	call->fds[0] = -1;
	return 0;
}

static int nothing(void *user, struct brig_request *call, const Every__Empty *request)
{
	(void)user;
	(void)call;
	(void)request;
	return 0;
}

static int woken(void *user, struct brig_request *call, const Every__Empty *request)
{
	struct order *order = user;
	(void)call;
	(void)request;

	order->wakes++;
	return 0;
}

static int ask(struct brig_client *client, const struct order *order)
{
	Every__Every request = EVERY__EVERY__INIT;
	const Every__Every *reply = NULL;
	struct brig_answer answer;
	(void)order;

	request.small = 7;
	int r = every_asked_echo_sync(&client->peer, &request, &answer, &reply);
	return r || answer.error || reply->small != 7 ? -EPROTO : 0;
}

static int tell(struct brig_client *client, const struct order *order)
{
	const Every__Empty empty = EVERY__EMPTY__INIT;
	(void)order;

	return every_asked_note(&client->peer, &empty);
}

static int tell_batched(struct brig_client *client, const struct order *order)
{
	const int r = brig_batch_begin(&client->peer);

	return r && r != -EALREADY ? r : tell(client, order);
}

static int tell_large(struct brig_client *client, const struct order *order)
{
	static uint8_t bytes[65000];
	Every__Large large = EVERY__LARGE__INIT;
	(void)order;

	large.data.data = bytes;
	large.data.len = sizeof bytes;
	return every_asked_fill(&client->peer, &large);
}

static int give(struct brig_client *client, const struct order *order)
{
	const Every__Empty empty = EVERY__EMPTY__INIT;

	return every_asked_give(&client->peer, &empty, order->fd);
}

static int send_raw(struct brig_client *client, uint16_t method, uint64_t id)
{
	const struct brig_frame frame = { .version = BRIG_FRAME_VERSION,
					  .kind = id ? BRIG_KIND_REQUEST : BRIG_KIND_EVENT,
					  .service = EVERY_ASKED_ID,
					  .method = method,
					  .id = id };

	return brig_packet_send(client->peer.channel.fd, &frame, sizeof frame, NULL, 0, true);
}

static int tell_rudely(struct brig_client *client, const struct order *order)
{
	(void)order;
	return send_raw(client, EVERY_ASKED_NOTE, 0);
}

static int ask_and_leave(struct brig_client *client, const struct order *order)
{
	(void)order;
	return send_raw(client, EVERY_ASKED_ECHO, client->peer.next_id++);
}

static int ask_often(struct brig_client *client, const struct order *order)
{
	int r = send_raw(client, EVERY_ASKED_OFTEN, client->peer.next_id++);
	struct brig_packet packet;
	(void)order;

	if (!r && brig_channel_receive(&client->peer.channel, client->buffer, true, &packet) != 1)
		r = -EPIPE;
	return r;
}

static int give_and_tell(struct brig_client *client, const struct order *order)
{
	const unsigned int credit = client->peer.credit;
	int r = give(client, order);

	if (order->wakes)
		return -EPROTO; /* a handler ran while another's message was being sent */
	/* More came meanwhile than it can have open: nothing is lost. */
	for (; r == -ENOBUFS; r = give(client, order))
		if (client->peer.credit != credit || brig_peer_run(&client->peer, 0) < 0)
			return -EPROTO;
	if (!r)
		r = brig_peer_run(&client->peer, 0);
	for (unsigned int i = 0; r >= 0 && i < order->wakes; i++)
		r = tell(client, order);
	return r < 0 ? r : 0;
}

static int call_in_a_hurry(struct brig_client *client, const struct order *order)
{
	struct brig_method method = every_asked_service.methods[0];
	const Every__Empty request = EVERY__EMPTY__INIT;
	const int fds[2] = { order->fd, order->fd };
	struct brig_answer answer;

	for (size_t i = 0; method.method != EVERY_ASKED_PASS; i++)
		method = every_asked_service.methods[i];
	method.deadline_ms = BRIG_TICK_MS - 1;
	const int r = brig_call_sync(&client->peer, &method, &request, fds, 2, &answer);
	return r == -ETIMEDOUT ? tell(client, order) : -EPROTO;
}

static int hear_nothing(struct brig_client *client, const struct order *order)
{
	char byte;
	(void)client;

	return read(order->fd, &byte, sizeof byte) == 0 ? 0 : -EIO;
}

static int say_crowded(struct brig_client *client, const struct order *order)
{
	const struct brig_frame frame = { .version = BRIG_FRAME_VERSION,
					  .kind = BRIG_KIND_CROWDED };
	struct brig_packet packet;
	int r = brig_packet_send(client->peer.channel.fd, &frame, sizeof frame, NULL, 0, true);
	(void)order;

	if (!r && brig_channel_receive(&client->peer.channel, client->buffer, true, &packet) != 1)
		r = -EPIPE;
	return r;
}

static int (*const floods[FLOOD_COUNT])(struct brig_client *client, const struct order *order) = {
	[FLOOD_HONEST] = ask,         [FLOOD_SMALL] = tell,
	[FLOOD_LARGE] = tell_large,   [FLOOD_FDS] = give,
	[FLOOD_RUDE] = tell_rudely,   [FLOOD_UNREAD] = ask_and_leave,
	[FLOOD_OFTEN] = ask_often,    [FLOOD_BATCHED] = tell_batched,
	[FLOOD_KEPT] = give_and_tell, [FLOOD_HURRY] = call_in_a_hurry,
	[FLOOD_DEAF] = hear_nothing,  [FLOOD_LIAR] = say_crowded,
};

static int run(struct brig_client *client)
{
	static const struct every_asked_child_handlers handlers =
		EVERY_ASKED_CHILD_HANDLERS(woken, nothing, ordered);
	struct order order = { .fd = -1 };
	const struct brig_served served = { &every_asked_service, &handlers, &order };
	int r = brig_client_wait_begin(client);

	client->peer.served = &served;
	client->peer.n_served = 1;
	while (r > 0 && !order.there)
		r = brig_peer_run(&client->peer, -1);
	if (r < 0 || order.how >= FLOOD_COUNT)
		return 64;
	for (uint64_t i = 0; i < order.times; i++)
		if (floods[order.how](client, &order) < 0)
			return 65;
	const int ended = brig_batch_end(&client->peer);
	return ended < 0 && ended != -ENOENT ? 66 : 0;
}

static const struct brig_role_main mains[BRIG_ROLE_COUNT] = {
	[BRIG_ROLE_SERVICE] = { .run = run },
};

int main(int argc, char **argv)
{
	return brig_runtime_main(argc, argv, mains) < 0 ? 2 : 0;
}
