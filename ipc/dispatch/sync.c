/* Calls that wait, without an event loop: a child's. */
#include "ipc/dispatch/peer.h"

#include <errno.h>

int brig_peer_receive(struct brig_peer *peer, bool credit, struct brig_packet *packet,
		      struct brig_frame *frame)
{
	do {
		int r = brig_channel_receive(&peer->channel, peer->buffer, true, packet);

		if (r <= 0)
			return r ? r : -EPIPE;
		if (brig_frame_parse(packet->bytes, packet->n, packet->n_fds, frame) ||
		    (frame->kind == BRIG_KIND_CREDIT && brig_credited(peer, frame))) {
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

/* What else comes is put by: a handler must not run within another's call. */
static int wait_for(struct brig_peer *peer, const struct brig_method *method, uint64_t id,
		    struct brig_answer *ret)
{
	struct brig_packet packet;
	struct brig_frame frame;
	int r = brig_peer_receive(peer, false, &packet, &frame);

	while (!r && !is_answer_to(&frame, id)) {
		r = brig_kept_add(peer, &packet);
		if (!r)
			r = brig_peer_receive(peer, false, &packet, &frame);
	}
	if (r < 0)
		return r;
	if (brig_answer_read(peer, method, &frame, packet.bytes + sizeof frame, &packet, ret))
		r = -EPROTO;
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
	if (r < 0)
		ret->error = r;
	return r;
}
