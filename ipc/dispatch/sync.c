/* Calls that wait, without an event loop: a child's. */
#include "ipc/dispatch/peer.h"

#include <errno.h>

/* Waiting ends by the socket's own time: a direct channel's at once, else after so many ticks. */
static int failure(struct brig_peer *peer, int r)
{
	if (r == -EBADMSG)
		peer->bad = BRIG_BAD_TRUNCATED;
	return r == 0 ? -EPIPE : r == -EBADMSG ? -EPROTO : r == -EAGAIN ? -ETIMEDOUT : r;
}

int brig_peer_receive(struct brig_peer *peer, bool control, struct brig_packet *packet,
		      struct brig_frame *frame)
{
	do {
		if (peer->until_us && brig_peer_now(peer) > peer->until_us)
			return -ETIMEDOUT;
		int r = brig_channel_receive(&peer->channel, peer->buffer, true, packet);

		if (r <= 0)
			return failure(peer, r);
		peer->bad = brig_frame_parse(packet->bytes, packet->n, packet->n_fds, frame);
		if (!peer->bad && brig_is_control(frame))
			peer->bad = brig_controlled(peer, frame);
		if (peer->bad) {
			peer->over |= peer->direct;
			brig_packet_close(packet);
			return -EPROTO;
		}
	} while (brig_is_control(frame) && !control);
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

/* A handler must not run within another's call. Nobody waits for what is late. */
int brig_put_by(struct brig_peer *peer, const struct brig_frame *frame, struct brig_packet *packet)
{
	if (!brig_answer_is_late(peer, frame))
		return brig_kept_add(peer, packet);
	const enum brig_bad_message bad =
		brig_answered(peer, frame, packet->bytes + sizeof *frame, packet);
	brig_packet_close(packet);
	return bad ? -EPROTO : 0;
}

/* A call that was given up holds its place until its answer comes; this one waits for that. */
static int wait_for_place(struct brig_peer *peer, const struct brig_method *method)
{
	struct brig_packet packet;
	struct brig_frame frame;
	int r = 0;

	while (!r && !brig_call_fits(peer, method)) {
		r = brig_peer_receive(peer, false, &packet, &frame);
		if (!r)
			r = brig_put_by(peer, &frame, &packet);
	}
	return r;
}

/* What else comes is put by. */
static int wait_for(struct brig_peer *peer, const struct brig_method *method, uint64_t id,
		    struct brig_answer *ret)
{
	struct brig_packet packet;
	struct brig_frame frame;
	int r = brig_peer_receive(peer, false, &packet, &frame);

	while (!r && !is_answer_to(&frame, id)) {
		r = brig_put_by(peer, &frame, &packet);
		if (!r)
			r = brig_peer_receive(peer, false, &packet, &frame);
	}
	if (r < 0)
		return r;
	brig_stats_add(peer->stats, method, BRIG_STAT_BYTES_IN, sizeof frame + frame.length);
	peer->bad =
		brig_answer_read(peer, method, &frame, packet.bytes + sizeof frame, &packet, ret);
	if (peer->bad) {
		peer->over |= peer->direct;
		r = -EPROTO;
	}
	brig_packet_close(&packet);
	return r;
}

/* As long as its broker has for the answer, and a tick for that to come: it is the one to say. */
static unsigned int ticks_of(const struct brig_method *method)
{
	return method->deadline_ms / BRIG_TICK_MS + 1;
}

/* On a direct channel, which has until_us. */
static void count(struct brig_peer *peer, const struct brig_method *method, int r, int error)
{
	if (!peer->stats)
		return;
	brig_stats_add(peer->stats, method, BRIG_STAT_COUNT, 1);
	brig_stats_add(peer->stats, method, BRIG_STAT_MISSES, r == -ETIMEDOUT);
	brig_stats_add(peer->stats, method, BRIG_STAT_BREACHES, r == -EPROTO);
	if (r)
		return;
	const uint64_t left_us = peer->until_us - brig_peer_now(peer);
	brig_stats_add(peer->stats, method, BRIG_STAT_REFUSALS, error != 0);
	brig_stats_took(peer->stats, method, (uint64_t)method->deadline_ms * 1000 - left_us);
}

static int ask(struct brig_peer *peer, const struct brig_method *method, const void *message,
	       const int *fds, size_t n_fds, struct brig_answer *ret)
{
	const struct brig_frame frame = brig_call_header(method, peer->next_id);
	int r;

	if (!brig_call_fits(peer, method) && !brig_pending_has_late(peer, method))
		return -EAGAIN;
	r = wait_for_place(peer, method);
	if (!r)
		r = brig_peer_send_of(peer, method, &frame, message, fds, n_fds);
	if (r)
		return r;
	peer->next_id++;
	r = wait_for(peer, method, frame.id, ret);
	count(peer, method, r, ret->error);
	if (r == -ETIMEDOUT && !peer->direct)
		brig_pending_late(peer, method, frame.id);
	return r;
}

int brig_call_sync(struct brig_peer *peer, const struct brig_method *method, const void *message,
		   const int *fds, size_t n_fds, struct brig_answer *ret)
{
	int r = brig_call_check(peer, method, message, fds, n_fds, false);

	brig_answer_init(ret, 0);
	if (!r && peer->self == BRIG_FROM_BROKER)
		r = -EINVAL;
	if (!r && peer->waiting)
		r = -EBUSY;
	if (!r) {
		peer->waiting = true;
		peer->channel.ticks = ticks_of(method);
		peer->until_us = peer->direct ? ends_us(peer, method) : 0;
		r = ask(peer, method, message, fds, n_fds, ret);
		peer->channel.ticks = 0;
		peer->until_us = 0;
		peer->waiting = false;
	}
	/* A late answer would be taken for the next one's. */
	if (r == -ETIMEDOUT && peer->direct)
		peer->over = true;
	if (r < 0)
		ret->error = r;
	return r;
}
