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

#define AGAIN_US   10000
#define LATELY_US  1000000
#define KEPT_FDS   32 /* a child may have 64 open in all */
#define TICK_TRIES (BRIG_TICK_MS * 1000 / AGAIN_US)

static const struct brig_frame crowded = { .version = BRIG_FRAME_VERSION,
					   .kind = BRIG_KIND_CROWDED };

/*
 * A child's. Who gave up waiting for the answer has it still to come, and asks no second time.
 * -ENOBUFS, before any of them is lost: what came meanwhile brought too many.
 */
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
		r = peer->n_kept_fds < KEPT_FDS ? brig_peer_receive(peer, true, &packet, &frame)
						: -ENOBUFS;
		if (!r && !brig_is_control(&frame))
			r = brig_put_by(peer, &frame, &packet);
	}
	return r;
}

static int send_copy(struct brig_peer *peer, const uint8_t *copy, size_t n, const int *fds,
		     size_t n_fds)
{
	int r = -ETOOMANYREFS;

	/* Its broker's answers come in time: of a call's own they are the clock. */
	for (unsigned int i = 1; r == -ETOOMANYREFS; i++) {
		if (i % TICK_TRIES == 0 && !brig_channel_waits_on(&peer->channel))
			return -ETIMEDOUT;
		r = wait_for_room(peer);
		if (!r)
			r = brig_channel_send_waiting(&peer->channel, copy, n, fds, n_fds);
	}
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
	const struct brig_peer_owner *owner = peer->owner; /* NULL: of a memory channel */
	const enum brig_bad_message bad =
		owner && owner->refused ? owner->refused(peer->owner_user) : BRIG_BAD_NONE;
	if (bad)
		return bad;
	peer->crowded_us = peer->wheel ? brig_peer_now(peer) + AGAIN_US : 0;
	if (peer->wheel)
		brig_deadline_note(peer, peer->crowded_us);
	else
		brig_crowd_answer(peer);
	return BRIG_BAD_NONE;
}

void brig_crowd_answer(struct brig_peer *peer)
{
	if (!peer->crowded)
		return;
	peer->crowded = false;
	(void)brig_peer_send(peer, &crowded, NULL, NULL, 0);
}

bool brig_crowd_excuses(const struct brig_peer *peer)
{
	return peer->crowded || peer->channel.crowded ||
	       (peer->crowded_us && brig_peer_now(peer) < peer->crowded_us + LATELY_US);
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
	if (peer->crowded_us > now_us)
		brig_deadline_note(peer, peer->crowded_us);
	else if (peer->channel.first) /* it reads, and there is room soon */
		brig_crowd_wait(peer);
	else
		brig_crowd_answer(peer);
}
