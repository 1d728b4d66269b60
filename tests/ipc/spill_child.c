/* The helper of spill_test: large messages by the stubs, and by hand against the rules. */
#include "ipc/dispatch/peer.h"
#include "ipc/schema/services.brig.h"
#include "spill.brig.h"

#include <brig/child.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LARGE 1000000u

static int say(struct brig_peer *peer, const char *what, int number)
{
	Spill__Word word = SPILL__WORD__INIT;
	char text[33];

	(void)snprintf(text, sizeof text, "%.20s %d", what, number);
	word.word = text;
	return spill_spiller_said(peer, &word);
}

/* Bytes that differ from page to page. */
static uint8_t byte_at(size_t i)
{
	return (uint8_t)(i * 31 + (i >> 12));
}

static void fill(Spill__Blob *blob, size_t n)
{
	*blob = (Spill__Blob)SPILL__BLOB__INIT;
	blob->data.data = malloc(n);
	blob->data.len = n;
	for (size_t i = 0; i < n; i++)
		blob->data.data[i] = byte_at(i);
}

/* The broker turns all bits. */
static int compare(const Spill__Blob *blob, size_t n)
{
	size_t wrong = blob->data.len != n;

	for (size_t i = 0; i < blob->data.len; i++)
		wrong += blob->data.data[i] + byte_at(i) != 0xff;
	return wrong != 0;
}

static int echo(struct brig_peer *peer, size_t n)
{
	const Spill__Blob *reply;
	struct brig_answer answer;
	Spill__Blob blob;

	fill(&blob, n);
	int r = spill_spiller_echo_sync(peer, &blob, &answer, &reply);
	free(blob.data.data);
	if (r || answer.error)
		return say(peer, "failed", r ? r : answer.error);
	return say(peer, compare(reply, n) ? "another" : "echoed", (int)reply->data.len);
}

static void echoed(void *user, struct brig_answer *answer, const Spill__Blob *reply)
{
	if (answer->error)
		(void)say(user, "refused", answer->error);
	else
		(void)say(user, "then", (int)reply->data.len);
}

/* The second may come when the first was answered, and not before. */
static int two(struct brig_peer *peer)
{
	Spill__Blob blob;

	fill(&blob, LARGE);
	int first = spill_spiller_echo(peer, &blob, echoed, peer) > 0;
	int64_t second = spill_spiller_echo(peer, &blob, echoed, peer);
	free(blob.data.data);
	return first ? say(peer, "second", (int)second) : say(peer, "first", 0);
}

static void hoard(struct brig_peer *peer)
{
	Spill__Blob blob;

	fill(&blob, 1);
	for (int i = 0; i < 32; i++)
		if (spill_spiller_echo(peer, &blob, echoed, peer) < 0)
			(void)say(peer, "not asked", i);
	free(blob.data.data);
	(void)say(peer, "asked", 32);
	(void)poll(NULL, 0, -1);
}

/* A frame by hand: of @n bytes in the room. */
static void note(struct brig_peer *peer, enum brig_frame_kind kind, uint16_t method, uint64_t id,
		 uint32_t n)
{
	Brig__Ipc__Spilled spilled = BRIG__IPC__SPILLED__INIT;
	struct brig_frame frame = { .version = BRIG_FRAME_VERSION,
				    .kind = (uint8_t)kind,
				    .flags = BRIG_FRAME_SPILLED,
				    .service = SPILL_SPILLER_ID,
				    .method = method,
				    .id = id };
	uint8_t packet[64];

	spilled.bytes = n;
	frame.length = (uint32_t)protobuf_c_message_pack(&spilled.base, packet + sizeof frame);
	memcpy(packet, &frame, sizeof frame);
	(void)brig_packet_send(peer->channel.fd, packet, sizeof frame + frame.length, NULL, 0,
			       true);
}

/* What a lawful one is, packed: @n percents of 1. Where the first of them lies. */
static uint8_t *pack_percents(struct brig_peer *peer, size_t n, uint32_t *ret_n)
{
	Spill__Blob blob = SPILL__BLOB__INIT;

	blob.percents = malloc(n * sizeof *blob.percents);
	blob.n_percents = n;
	for (size_t i = 0; i < n; i++)
		blob.percents[i] = 1;
	*ret_n = (uint32_t)protobuf_c_message_pack(&blob.base, peer->spill.view.writable);
	free(blob.percents);
	return peer->spill.view.writable + (*ret_n - n);
}

/* The last of them, now and then: what checks and what reads it may come to either. */
static void change(struct brig_peer *peer)
{
	const size_t n = 500000, turns = 100000;
	struct brig_packet answer;
	uint32_t bytes;
	volatile uint8_t *percents = pack_percents(peer, n, &bytes);

	note(peer, BRIG_KIND_REQUEST, SPILL_SPILLER_ECHO, peer->next_id++, bytes);
	do {
		for (size_t i = 0; i < turns; i++)
			percents[n - 1] = 101;
		for (size_t i = 0; i < turns; i++)
			percents[n - 1] = 1;
	} while (brig_channel_receive(&peer->channel, peer->buffer, false, &answer) != 1);
	brig_packet_close(&answer); /* it was handled */
	(void)say(peer, "handled", 0);
}

/* A lawful one, and again while that isn't answered. */
static void ask_twice(struct brig_peer *peer)
{
	uint32_t bytes;

	(void)pack_percents(peer, 100000, &bytes);
	note(peer, BRIG_KIND_REQUEST, SPILL_SPILLER_ECHO, peer->next_id++, bytes);
	note(peer, BRIG_KIND_REQUEST, SPILL_SPILLER_ECHO, peer->next_id++, bytes);
}

static int by_hand(struct brig_peer *peer, Spill__Act act)
{
	const uint64_t id = peer->next_id++;

	if (act == SPILL__ACT__PLAIN)
		note(peer, BRIG_KIND_REQUEST, SPILL_SPILLER_PLAIN, id, 70000);
	else if (act == SPILL__ACT__LARGER)
		note(peer, BRIG_KIND_REQUEST, SPILL_SPILLER_KEEP, id, 1000000);
	else if (act == SPILL__ACT__LESS)
		note(peer, BRIG_KIND_REQUEST, SPILL_SPILLER_ECHO, id, 65536);
	else if (act == SPILL__ACT__GARBAGE) {
		memset(peer->spill.view.writable, 0xff, 70000);
		note(peer, BRIG_KIND_REQUEST, SPILL_SPILLER_ECHO, id, 70000);
	} else if (act == SPILL__ACT__EVENT)
		note(peer, BRIG_KIND_EVENT, SPILL_SPILLER_SAID, 0, 70000);
	return 0;
}

static int act(void *user, struct brig_request *call, const Spill__Order *order)
{
	struct brig_peer *peer = call->peer;
	(void)user;

	switch (order->act) {
	case SPILL__ACT__ECHO:
		return echo(peer, LARGE);
	case SPILL__ACT__SMALL:
		return echo(peer, 1000);
	case SPILL__ACT__TWO:
		return two(peer);
	case SPILL__ACT__CHANGE:
		change(peer);
		return 0;
	case SPILL__ACT__TWICE:
		ask_twice(peer);
		return 0;
	case SPILL__ACT__HOARD:
		hoard(peer);
		return 0;
	default:
		return by_hand(peer, order->act);
	}
}

static int ask(void *user, struct brig_request *call, const Spill__Empty *empty)
{
	(void)user;
	(void)empty;
	note(call->peer, BRIG_KIND_REPLY, SPILL_SPILLER_ASK, call->id, 70000);
	return 0;
}

static const struct spill_spiller_child_handlers handlers = SPILL_SPILLER_CHILD_HANDLERS(act, ask);
static const struct brig_served served = { &spill_spiller_service, &handlers, NULL };
static const struct brig_child_program program = { .role = "service",
						   .served = &served,
						   .n_served = 1 };

int main(int argc, char **argv)
{
	return brig_child_run(argc, argv, &program, 1) < 0 ? 2 : 0;
}
