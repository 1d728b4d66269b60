/*
 * Descriptors that lie in sockets count for all processes of a user. While those are more than a
 * process may itself have open (RLIMIT_NOFILE), the kernel refuses to pass any of its own (unix(7),
 * ETOOMANYREFS), whoever let them lie there; and it tells nobody when that is over.
 *
 * So a broker's message waits in its queue, and a child, whose filter may have no call to sleep
 * with, asks its broker when to try again. It reads meanwhile: what lies there may be its own.
 */
#include "ipc/dispatch/peer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define AGAIN_US 10000

static const struct brig_frame crowded = { .version = BRIG_FRAME_VERSION,
					   .kind = BRIG_KIND_CROWDED };

/* A child's. Who gave up waiting for the answer has it still to come, and asks no second time. */
static int wait_for_room(struct brig_peer *peer)
{
	struct brig_packet packet;
	struct brig_frame frame;
	int r = 0;

	if (!peer->crowded)
		r = brig_channel_send_waiting(&peer->channel, (const uint8_t *)&crowded,
					      sizeof crowded, NULL, 0);
	peer->crowded |= !r;
	while (!r && peer->crowded) {
		r = brig_peer_receive(peer, true, &packet, &frame);
		if (!r && !brig_is_control(&frame))
			r = brig_kept_add(peer, &packet);
	}
	return r;
}

static int send_copy(struct brig_peer *peer, const uint8_t *copy, size_t n, const int *fds,
		     size_t n_fds)
{
	int r;

	do {
		r = wait_for_room(peer);
		if (!r)
			r = brig_channel_send_waiting(&peer->channel, copy, n, fds, n_fds);
	} while (r == -ETOOMANYREFS);
	return r;
}

/* What comes meanwhile takes the buffer that it is in. */
int brig_crowd_send(struct brig_peer *peer, const uint8_t *bytes, size_t n, const int *fds,
		    size_t n_fds)
{
	uint8_t *copy = malloc(n);
	const int r = copy ? send_copy(peer, memcpy(copy, bytes, n), n, fds, n_fds) : -ENOMEM;

	free(copy);
	return r;
}

enum brig_bad_message brig_crowded(struct brig_peer *peer, const struct brig_frame *frame)
{
	if (peer->direct) /* no method of one passes descriptors */
		return BRIG_BAD_KIND;
	if (frame->length || frame->n_fds)
		return BRIG_BAD_SIZE;
	if (peer->crowded == (peer->self == BRIG_FROM_BROKER))
		return BRIG_BAD_IN_FLIGHT;
	peer->crowded = peer->self == BRIG_FROM_BROKER;
	if (!peer->crowded)
		return BRIG_BAD_NONE;
	peer->crowded_us = peer->wheel ? brig_peer_now(peer) + AGAIN_US : 0;
	if (peer->wheel)
		brig_deadline_note(peer, peer->crowded_us);
	else
		brig_crowd_answer(peer);
	if (peer->owner->crowded)
		peer->owner->crowded(peer->owner_user);
	return BRIG_BAD_NONE;
}

void brig_crowd_answer(struct brig_peer *peer)
{
	if (!peer->crowded)
		return;
	peer->crowded = false;
	(void)brig_peer_send(peer, &crowded, NULL, NULL, 0);
}

void brig_crowd_wait(struct brig_peer *peer)
{
	brig_deadline_note(peer, brig_peer_now(peer) + AGAIN_US);
}

void brig_crowd_turn(struct brig_peer *peer, uint64_t now_us)
{
	if (peer->channel.crowded)
		(void)brig_peer_sent(peer, brig_channel_flush(&peer->channel));
	if (!peer->crowded)
		return;
	if (peer->crowded_us <= now_us)
		brig_crowd_answer(peer);
	else
		brig_deadline_note(peer, peer->crowded_us);
}
