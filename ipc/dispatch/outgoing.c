/* What we ask of the other end, and what comes of it. */
#include "ipc/dispatch/peer.h"
#include "ipc/schema/services.brig.h"
#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <string.h>

static struct brig_frame header(const struct brig_method *method, uint64_t id)
{
	return (struct brig_frame){ .kind = id ? BRIG_KIND_REQUEST : BRIG_KIND_EVENT,
				    .service = method->service,
				    .method = method->method,
				    .id = id,
				    .deadline_us = (uint64_t)method->deadline_ms * 1000 };
}

static int check_ours(const struct brig_peer *peer, const struct brig_method *method,
		      const void *message, size_t n_fds, bool oneway)
{
	if (method->caller != peer->self || n_fds != method->n_fds_in || !message ||
	    oneway != (bool)(method->flags & BRIG_METHOD_ONEWAY))
		return -EINVAL;
	return peer->over ? -EPIPE : 0;
}

int brig_tell(struct brig_peer *peer, const struct brig_method *method, const void *message,
	      const int *fds, size_t n_fds)
{
	const struct brig_frame frame = header(method, 0);
	int r = check_ours(peer, method, message, n_fds, true);

	return r ? r : brig_peer_send(peer, &frame, message, fds, n_fds);
}

static struct brig_pending *find_pending(struct brig_peer *peer, uint64_t id)
{
	for (size_t i = 0; id && i < BRIG_CALLS_MAX; i++)
		if (peer->pending[i].id == id)
			return &peer->pending[i];
	return NULL;
}

/* Those that were cancelled count until the other end has answered: it has them still. */
static struct brig_pending *room_for(struct brig_peer *peer, const struct brig_method *method)
{
	struct brig_pending *room = NULL;
	unsigned int n = 0;

	for (size_t i = 0; i < BRIG_CALLS_MAX; i++) {
		if (!peer->pending[i].id)
			room = &peer->pending[i];
		else if (peer->pending[i].method == method)
			n++;
	}
	return n < method->max_inflight ? room : NULL;
}

int64_t brig_call_start(struct brig_peer *peer, const struct brig_method *method,
			const void *message, const int *fds, size_t n_fds, brig_any_fn *on_reply,
			void *user)
{
	struct brig_pending *pending = room_for(peer, method);
	int r = check_ours(peer, method, message, n_fds, false);

	if (r || !on_reply)
		return r ? r : -EINVAL;
	if (!pending)
		return -EAGAIN;
	const struct brig_frame frame = header(method, peer->next_id);
	r = brig_peer_send(peer, &frame, message, fds, n_fds);
	if (r < 0)
		return r;
	*pending = (struct brig_pending){ .id = peer->next_id++,
					  .method = method,
					  .on_reply = on_reply,
					  .user = user,
					  .scope = peer->scope };
	peer->n_pending++;
	return (int64_t)pending->id;
}

void brig_answer_close(struct brig_answer *answer)
{
	for (size_t i = 0; i < answer->n_fds; i++)
		if (answer->fds[i] >= 0)
			brig_close_fd(&answer->fds[i]);
	answer->n_fds = 0;
}

static void answer_init(struct brig_answer *answer, int error)
{
	*answer = (struct brig_answer){ .error = error };
	for (size_t i = 0; i < BRIG_FDS_MAX; i++)
		answer->fds[i] = -1;
}

/* The callback, once. The slot is kept while the other end may still answer. */
static void tell(struct brig_pending *pending, struct brig_answer *answer)
{
	brig_any_fn *on_reply = pending->on_reply;

	pending->on_reply = NULL;
	if (on_reply)
		pending->method->done(on_reply, pending->user, answer);
	brig_answer_close(answer);
}

static void tell_error(struct brig_pending *pending, int error)
{
	struct brig_answer answer;

	answer_init(&answer, error);
	tell(pending, &answer);
}

/* *ret, which has the packet's descriptors then; or the breach. */
static enum brig_bad_message read_answer(struct brig_peer *peer, const struct brig_method *method,
					 const struct brig_frame *frame, const uint8_t *payload,
					 struct brig_packet *packet, struct brig_answer *ret)
{
	const bool refused = frame->kind == BRIG_KIND_ERROR;
	const size_t n_fds = refused ? 0 : method->n_fds_out;
	enum brig_bad_message bad;

	answer_init(ret, 0);
	if (frame->service != method->service || frame->method != method->method)
		return BRIG_BAD_ID;
	if (packet->n_fds != n_fds)
		return BRIG_BAD_FD_KIND;
	const ProtobufCMessage *message = brig_unpack(
		peer->answer_arena, refused ? &brig__ipc__refusal__rules : method->reply, payload,
		frame->length, &peer->breach, &bad);
	if (!message)
		return bad;
	if (refused) {
		const Brig__Ipc__Refusal *refusal = (const void *)message;

		ret->error = (int)refusal->error;
		ret->reason = refusal->reason;
		return BRIG_BAD_NONE;
	}
	ret->reply = message;
	memcpy(ret->fds, packet->fds, n_fds * sizeof *ret->fds);
	ret->n_fds = n_fds;
	packet->n_fds = 0;
	return BRIG_BAD_NONE;
}

enum brig_bad_message brig_answered(struct brig_peer *peer, const struct brig_frame *frame,
				    const uint8_t *payload, struct brig_packet *packet)
{
	struct brig_pending *pending = find_pending(peer, frame->id);
	struct brig_answer answer;

	if (!pending)
		return BRIG_BAD_ID;
	enum brig_bad_message bad =
		read_answer(peer, pending->method, frame, payload, packet, &answer);
	if (bad)
		return bad;
	struct brig_pending done = *pending;
	pending->id = 0;
	peer->n_pending--;
	tell(&done, &answer);
	return BRIG_BAD_NONE;
}

/* One packet, unless the peer is gone or the time is up. */
static int receive(struct brig_peer *peer, struct brig_packet *packet, struct brig_frame *frame)
{
	int r = brig_channel_receive(&peer->channel, peer->buffer, true, packet);

	if (r == 0)
		return -EPIPE;
	if (r < 0)
		return r == -EAGAIN ? -ETIMEDOUT : r;
	if (brig_frame_parse(packet->bytes, packet->n, packet->n_fds, frame)) {
		brig_packet_close(packet);
		return -EPROTO;
	}
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
	int r = receive(peer, &packet, &frame);

	while (!r && !is_answer_to(&frame, id)) {
		r = brig_kept_add(peer, &packet);
		if (!r)
			r = receive(peer, &packet, &frame);
	}
	if (r < 0)
		return r;
	if (read_answer(peer, method, &frame, packet.bytes + sizeof frame, &packet, ret))
		r = -EPROTO;
	brig_packet_close(&packet);
	return r;
}

int brig_call_sync(struct brig_peer *peer, const struct brig_method *method, const void *message,
		   const int *fds, size_t n_fds, struct brig_answer *ret)
{
	const struct brig_frame frame = header(method, peer->next_id);
	int r = check_ours(peer, method, message, n_fds, false);

	answer_init(ret, 0);
	if (!r && peer->self == BRIG_FROM_BROKER)
		r = -EINVAL;
	if (!r && peer->waiting)
		r = -EBUSY;
	if (!r && !room_for(peer, method))
		r = -EAGAIN;
	if (!r)
		r = brig_peer_send(peer, &frame, message, fds, n_fds);
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

static void cancel(struct brig_peer *peer, struct brig_pending *pending)
{
	const struct brig_frame frame = { .kind = BRIG_KIND_CANCEL,
					  .service = pending->method->service,
					  .method = pending->method->method,
					  .id = pending->id };

	(void)brig_peer_send(peer, &frame, NULL, NULL, 0);
	tell_error(pending, -ECANCELED);
}

int brig_call_cancel(struct brig_peer *peer, int64_t id)
{
	struct brig_pending *pending = id > 0 ? find_pending(peer, (uint64_t)id) : NULL;

	if (!pending || !pending->on_reply)
		return -ENOENT;
	cancel(peer, pending);
	return 0;
}

void brig_scope_enter(struct brig_peer *peer, uint64_t scope)
{
	peer->scope = scope;
}

size_t brig_scope_cancel(struct brig_peer *peer, uint64_t scope)
{
	size_t n = 0;

	for (size_t i = 0; scope && i < BRIG_CALLS_MAX; i++) {
		struct brig_pending *pending = &peer->pending[i];

		if (!pending->id || !pending->on_reply || pending->scope != scope)
			continue;
		cancel(peer, pending);
		n++;
	}
	return n;
}

void brig_pending_end_all(struct brig_peer *peer, int error)
{
	for (size_t i = 0; i < BRIG_CALLS_MAX; i++)
		if (peer->pending[i].id)
			tell_error(&peer->pending[i], error);
}
