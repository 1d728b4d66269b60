/* Calls that wait, without an event loop: a child's. */
#include "ipc/dispatch/peer.h"

#include <errno.h>

/* Of a broker's channel none waits by the clock; of a direct one the kernel does. */
static int failure(struct brig_peer *peer, int r)
{
	if (r == -EBADMSG)
		peer->bad = BRIG_BAD_TRUNCATED;
	return r == 0 ? -EPIPE : r == -EBADMSG ? -EPROTO : r == -EAGAIN ? -ETIMEDOUT : r;
}

int brig_peer_receive(struct brig_peer *peer, bool credit, struct brig_packet *packet,
		      struct brig_frame *frame)
{
	do {
		int r = brig_channel_receive(&peer->channel, peer->buffer, true, packet);

		if (r <= 0)
			return failure(peer, r);
		peer->bad = brig_frame_parse(packet->bytes, packet->n, packet->n_fds, frame);
		if (!peer->bad && frame->kind == BRIG_KIND_CREDIT)
			peer->bad = brig_credited(peer, frame);
		if (peer->bad) {
			peer->over |= peer->direct;
			brig_packet_close(packet);
			return -EPROTO;
		}
	} while (frame->kind == BRIG_KIND_CREDIT && !credit);
	return 0;
}

static bool is_answer_to(const struct brig_frame *frame, uint64_t id)
{
	return frame->id == id &&
	       (frame->kind == BRIG_KIND_REPLY || frame->kind == BRIG_KIND_ERROR);
}

static uint64_t ends_us(const struct brig_peer *peer, const struct brig_method *method)
{
	return brig_peer_now(peer) + (uint64_t)method->deadline_ms * 1000;
}

/* What else comes is put by: a handler must not run within another's call. */
static int wait_for(struct brig_peer *peer, const struct brig_method *method, uint64_t id,
		    struct brig_answer *ret)
{
	const uint64_t end_us = peer->direct ? ends_us(peer, method) : UINT64_MAX;
	struct brig_packet packet;
	struct brig_frame frame;
	int r = brig_peer_receive(peer, false, &packet, &frame);

	while (!r && !is_answer_to(&frame, id)) {
		r = brig_kept_add(peer, &packet);
		if (!r && end_us != UINT64_MAX && brig_peer_now(peer) > end_us)
			r = -ETIMEDOUT;
		if (!r)
			r = brig_peer_receive(peer, false, &packet, &frame);
	}
	if (r < 0)
		return r;
	peer->bad =
		brig_answer_read(peer, method, &frame, packet.bytes + sizeof frame, &packet, ret);
	if (peer->bad) {
		peer->over |= peer->direct;
		r = -EPROTO;
	}
	brig_packet_close(&packet);
	return r;
}

int brig_call_sync(struct brig_peer *peer, const struct brig_method *method, const void *message,
		   const int *fds, size_t n_fds, struct brig_answer *ret)
{
	const struct brig_frame frame = brig_call_header(method, peer->next_id);
	int r = brig_call_check(peer, method, message, n_fds, false);

	brig_answer_init(ret, 0);
	if (!r && peer->self == BRIG_FROM_BROKER)
		r = -EINVAL;
	if (!r && peer->waiting)
		r = -EBUSY;
	if (!r && !brig_call_fits(peer, method))
		r = -EAGAIN;
	if (!r)
		r = brig_peer_send_of(peer, method, &frame, message, fds, n_fds);
	if (!r) {
		peer->next_id++;
		peer->waiting = true;
		r = wait_for(peer, method, frame.id, ret);
		peer->waiting = false;
	}
	/* A late answer would be taken for the next one's. */
	if (r == -ETIMEDOUT && peer->direct)
		peer->over = true;
	if (r < 0)
		ret->error = r;
	return r;
}
