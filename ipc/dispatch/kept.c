/* What comes while a call waits is kept for the next brig_peer_run(). */
#include "ipc/dispatch/peer.h"
#include "ipc/wire/batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct brig_kept {
	struct brig_kept *next;
	struct brig_packet packet;
	uint8_t bytes[];
};

int brig_kept_add(struct brig_peer *peer, struct brig_packet *packet)
{
	struct brig_kept *kept = NULL;

	if (peer->n_kept < BRIG_KEPT_MAX)
		kept = malloc(sizeof *kept + packet->n);
	if (!kept) {
		brig_packet_close(packet);
		return peer->n_kept < BRIG_KEPT_MAX ? -ENOMEM : -ENOBUFS;
	}
	kept->next = NULL;
	kept->packet = *packet;
	kept->packet.bytes = kept->bytes;
	memcpy(kept->bytes, packet->bytes, packet->n);
	*peer->last_kept = kept;
	peer->last_kept = &kept->next;
	peer->n_kept++;
	peer->n_kept_fds += (unsigned int)packet->n_fds;
	return 0;
}

/* The oldest, out of the list; NULL: there is none. */
static struct brig_kept *take_first(struct brig_peer *peer)
{
	struct brig_kept *kept = peer->kept;

	if (!kept)
		return NULL;
	peer->kept = kept->next;
	if (!peer->kept)
		peer->last_kept = &peer->kept;
	peer->n_kept--;
	peer->n_kept_fds -= (unsigned int)kept->packet.n_fds;
	return kept;
}

void brig_kept_clear(struct brig_peer *peer)
{
	for (struct brig_kept *kept = take_first(peer); kept; kept = take_first(peer)) {
		brig_packet_close(&kept->packet);
		free(kept);
	}
}

static int run_kept(struct brig_peer *peer)
{
	int handled = 0;

	for (struct brig_kept *kept = take_first(peer); kept; kept = take_first(peer)) {
		const enum brig_bad_message bad = brig_peer_take(peer, &kept->packet);

		free(kept);
		if (bad)
			return -EPROTO;
		handled = 1;
	}
	return handled;
}

int brig_peer_poll_first(struct brig_peer *peer, unsigned int max_us)
{
	if (peer->self != BRIG_FROM_CHILD || max_us > BRIG_POLL_FIRST_MAX_US)
		return -EINVAL;
	brig_channel_poll_first(&peer->channel, max_us, peer->cpus);
	return peer->channel.poll_us > 0;
}

/*
 * What is there comes first: who was told that it is doesn't wait. Then what the other end didn't
 * read is pressed on, as long as the socket's own time allows.
 */
static int receive_direct(struct brig_peer *peer, struct brig_packet *packet)
{
	int r = brig_channel_receive(&peer->channel, peer->buffer, false, packet);

	if (r != -EAGAIN)
		return r;
	if (brig_channel_flush_waiting(&peer->channel)) {
		peer->bad = BRIG_BAD_SLOW_READER;
		return -EBADMSG;
	}
	return brig_channel_receive(&peer->channel, peer->buffer, true, packet);
}

int brig_peer_run(struct brig_peer *peer, int timeout_ms)
{
	struct brig_packet packet;
	int r;

	if ((peer->self != BRIG_FROM_CHILD && !peer->direct) ||
	    (timeout_ms != 0 && timeout_ms != -1))
		return -EINVAL;
	r = run_kept(peer);
	if (r || !timeout_ms)
		return r;
	if (peer->over)
		return peer->bad ? -EPROTO : -EPIPE;
	r = brig_batch_flush(peer);
	if (r < 0)
		return r;
	if (peer->direct)
		r = receive_direct(peer, &packet);
	else
		r = brig_channel_receive(&peer->channel, peer->buffer, true, &packet);
	/* A handler may wait for an answer, which comes where the rest of the batch lies. */
	if (r == 1 && brig_packet_is_batch(packet.bytes, packet.n)) {
		r = brig_kept_add(peer, &packet);
		return r ? r : run_kept(peer);
	}
	if (r == 1)
		return brig_peer_take(peer, &packet) ? -EPROTO : 1;
	if (peer->direct && r == -EAGAIN)
		return 0; /* the socket's own time */
	if (r == -EBADMSG && !peer->bad)
		peer->bad = BRIG_BAD_TRUNCATED;
	return r == 0 ? -EPIPE : r == -EBADMSG ? -EPROTO : r;
}
