/* What we ask of the other end, and what comes of it. */
#include "ipc/dispatch/fd_kind.h"
#include "ipc/dispatch/peer.h"
#include "ipc/dispatch/spill.h"
#include "ipc/schema/services.brig.h"
#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct brig_frame brig_call_header(const struct brig_method *method, uint64_t id)
{
	return (struct brig_frame){ .kind = id ? BRIG_KIND_REQUEST : BRIG_KIND_EVENT,
				    .service = method->service,
				    .method = method->method,
				    .id = id,
				    .deadline_us = (uint64_t)method->deadline_ms * 1000 };
}

int brig_call_check(struct brig_peer *peer, const struct brig_method *method, const void *message,
		    const int *fds, size_t n_fds, bool oneway)
{
	if (method->caller != peer->self || n_fds != method->n_fds_in || !message ||
	    oneway != (bool)(method->flags & BRIG_METHOD_ONEWAY))
		return -EINVAL;
	return peer->over ? -EPIPE : brig_peer_check_fds(peer, method, fds, n_fds);
}

/* What may be dropped isn't queued where the queue is full: nothing else would come of it. */
static bool dropped(const struct brig_peer *peer, const struct brig_method *method)
{
	return (method->flags & BRIG_METHOD_DROP) && brig_channel_full(&peer->channel);
}

int brig_tell(struct brig_peer *peer, const struct brig_method *method, const void *message,
	      const int *fds, size_t n_fds)
{
	const struct brig_frame frame = brig_call_header(method, 0);
	int r = brig_call_check(peer, method, message, fds, n_fds, true);

	if (r)
		return r;
	if (dropped(peer, method)) {
		brig_stats_add(peer->stats, method, BRIG_STAT_COUNT, 1);
		brig_stats_add(peer->stats, method, BRIG_STAT_DROPPED, 1);
		return -ENOBUFS;
	}
	if (peer->self == BRIG_FROM_CHILD)
		r = brig_credit_take(peer);
	if (r)
		return r;
	r = brig_batch_fits(peer, message, n_fds)
		    ? brig_batch_add(peer, method, message)
		    : brig_peer_send_of(peer, method, &frame, message, fds, n_fds);
	if (!r)
		brig_stats_add(peer->stats, method, BRIG_STAT_COUNT, 1);
	else if (peer->self == BRIG_FROM_CHILD)
		peer->credit++; /* it went nowhere */
	return r;
}

static struct brig_pending *find_pending(struct brig_peer *peer, uint64_t id)
{
	for (size_t i = 0; id && peer->n_pending && i < BRIG_CALLS_MAX; i++)
		if (peer->pending[i].id == id)
			return &peer->pending[i];
	return NULL;
}

/* Those that were cancelled count until the other end has answered: it has them still. */
bool brig_call_fits(const struct brig_peer *peer, const struct brig_method *method)
{
	unsigned int n = 0;

	if (peer->n_pending == BRIG_CALLS_MAX)
		return false;
	for (size_t i = 0; peer->n_pending && i < BRIG_CALLS_MAX; i++)
		n += peer->pending[i].id && peer->pending[i].method == method;
	return n < method->max_inflight;
}

static struct brig_pending *room_for_one(struct brig_peer *peer)
{
	if (!peer->pending)
		peer->pending = calloc(BRIG_CALLS_MAX, sizeof *peer->pending);
	for (size_t i = 0; peer->pending && i < BRIG_CALLS_MAX; i++)
		if (!peer->pending[i].id)
			return &peer->pending[i];
	return NULL;
}

void brig_pending_late(struct brig_peer *peer, const struct brig_method *method, uint64_t id)
{
	const struct brig_frame frame = { .version = BRIG_FRAME_VERSION,
					  .kind = BRIG_KIND_CANCEL,
					  .service = method->service,
					  .method = method->method,
					  .id = id };
	struct brig_pending *pending = room_for_one(peer);

	if (pending) {
		*pending = (struct brig_pending){ .id = id, .method = method };
		peer->n_pending++;
	}
	if (peer->channel.plain)
		(void)brig_peer_send(peer, &frame, NULL, NULL, 0);
	else
		(void)brig_packet_send(peer->channel.fd, &frame, sizeof frame, NULL, 0, false);
}

bool brig_answer_is_late(struct brig_peer *peer, const struct brig_frame *frame)
{
	const struct brig_pending *pending = find_pending(peer, frame->id);

	return pending && !pending->on_reply &&
	       (frame->kind == BRIG_KIND_REPLY || frame->kind == BRIG_KIND_ERROR);
}

bool brig_pending_has_late(const struct brig_peer *peer, const struct brig_method *method)
{
	for (size_t i = 0; peer->n_pending && i < BRIG_CALLS_MAX; i++)
		if (peer->pending[i].id && peer->pending[i].method == method &&
		    !peer->pending[i].on_reply)
			return true;
	return false;
}

static int64_t start(struct brig_peer *peer, const struct brig_pending *wanted,
		     const ProtobufCMessage *message, const int *fds, size_t n_fds)
{
	const struct brig_frame frame = brig_call_header(wanted->method, wanted->id);
	struct brig_pending *pending = room_for_one(peer);

	if (!pending)
		return -ENOMEM;
	int r = brig_peer_send_of(peer, wanted->method, &frame, message, fds, n_fds);
	if (r < 0)
		return r;
	*pending = *wanted;
	if (peer->wheel || peer->stats)
		pending->started_us = brig_peer_now(peer);
	if (peer->wheel) {
		pending->deadline_us = pending->started_us + frame.deadline_us;
		brig_deadline_note(peer, pending->deadline_us);
	}
	brig_stats_add(peer->stats, wanted->method, BRIG_STAT_COUNT, 1);
	brig_stats_add(peer->stats, wanted->method, BRIG_STAT_IN_FLIGHT, 1);
	peer->next_id++;
	peer->n_pending++;
	return (int64_t)pending->id;
}

int64_t brig_call_start(struct brig_peer *peer, const struct brig_method *method,
			const void *message, const int *fds, size_t n_fds, brig_any_fn *on_reply,
			void *user)
{
	const struct brig_pending pending = { .id = peer->next_id,
					      .method = method,
					      .on_reply = on_reply,
					      .user = user,
					      .scope = peer->scope };
	int r = brig_call_check(peer, method, message, fds, n_fds, false);

	if (r || !on_reply)
		return r ? r : -EINVAL;
	if (!brig_call_fits(peer, method))
		return -EAGAIN;
	return start(peer, &pending, message, fds, n_fds);
}

void brig_answer_close(struct brig_answer *answer)
{
	for (size_t i = 0; i < answer->n_fds; i++)
		if (answer->fds[i] >= 0)
			brig_close_fd(&answer->fds[i]);
	answer->n_fds = 0;
}

void brig_answer_init(struct brig_answer *answer, int error)
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

	brig_answer_init(&answer, error);
	tell(pending, &answer);
}

/* What a child answers with is as hostile as what it asks with. */
static bool fds_are_of_kind(const struct brig_peer *peer, const struct brig_method *method,
			    const struct brig_packet *packet, size_t n)
{
	for (size_t i = 0; peer->self == BRIG_FROM_BROKER && i < n; i++)
		if (!brig_fd_is(packet->fds[i], (enum brig_fd_kind)method->fds_out[i]))
			return false;
	return true;
}

enum brig_bad_message brig_answer_read(struct brig_peer *peer, const struct brig_method *method,
				       const struct brig_frame *frame, const uint8_t *payload,
				       struct brig_packet *packet, struct brig_answer *ret)
{
	const bool refused = frame->kind == BRIG_KIND_ERROR;
	const size_t n_fds = refused ? 0 : method->n_fds_out;
	const bool spilled = frame->flags & BRIG_FRAME_SPILLED;
	enum brig_bad_message bad;

	brig_answer_init(ret, 0);
	peer->method = method;
	if (frame->service != method->service || frame->method != method->method)
		return BRIG_BAD_ID;
	if (spilled &&
	    (peer->direct || peer->self != BRIG_FROM_CHILD || !(method->flags & BRIG_METHOD_SPILL)))
		return BRIG_BAD_SPILL;
	if (packet->n_fds != n_fds + spilled || !fds_are_of_kind(peer, method, packet, n_fds))
		return BRIG_BAD_FD_KIND;
	brig_spill_answered(peer, frame->id);
	const ProtobufCMessage *message =
		spilled ? brig_spill_reply(peer, method, payload, frame->length, packet->fds[n_fds],
					   &bad)
			: brig_unpack_any(peer, true,
					  refused ? &brig__ipc__refusal__rules : method->reply,
					  payload, frame->length, &bad);
	if (!message)
		return bad ? bad : BRIG_BAD_ENCODING;
	if (refused) {
		const Brig__Ipc__Refusal *refusal = (const void *)message;

		ret->error = (int)refusal->error;
		ret->reason = refusal->reason;
		return BRIG_BAD_NONE;
	}
	ret->reply = message;
	memcpy(ret->fds, packet->fds, n_fds * sizeof *ret->fds);
	ret->n_fds = n_fds;
	if (spilled)
		brig_close_fd(&packet->fds[n_fds]);
	packet->n_fds = 0;
	return BRIG_BAD_NONE;
}

/* One that nobody waits for any more was counted when it was given up. */
static void count_answer(struct brig_peer *peer, const struct brig_pending *done,
			 const struct brig_frame *frame)
{
	struct brig_stats_table *stats = peer->stats;

	brig_stats_add(stats, done->method, BRIG_STAT_IN_FLIGHT, BRIG_STATS_ONE_LESS);
	brig_stats_add(stats, done->method, BRIG_STAT_BYTES_IN, sizeof *frame + frame->length);
	if (!done->on_reply || !stats)
		return;
	brig_stats_took(stats, done->method, brig_peer_now(peer) - done->started_us);
	if (frame->kind == BRIG_KIND_ERROR)
		brig_stats_add(stats, done->method, BRIG_STAT_REFUSALS, 1);
}

enum brig_bad_message brig_answered(struct brig_peer *peer, const struct brig_frame *frame,
				    const uint8_t *payload, struct brig_packet *packet)
{
	struct brig_pending *pending = find_pending(peer, frame->id);
	struct brig_answer answer;

	if (!pending)
		return BRIG_BAD_ID;
	enum brig_bad_message bad =
		brig_answer_read(peer, pending->method, frame, payload, packet, &answer);
	if (bad)
		return bad;
	struct brig_pending done = *pending;
	pending->id = 0;
	peer->n_pending--;
	count_answer(peer, &done, frame);
	tell(&done, &answer);
	return BRIG_BAD_NONE;
}

void brig_pending_give_up(struct brig_peer *peer, struct brig_pending *pending, int error)
{
	const struct brig_frame frame = { .kind = BRIG_KIND_CANCEL,
					  .service = pending->method->service,
					  .method = pending->method->method,
					  .id = pending->id };

	(void)brig_peer_send_of(peer, pending->method, &frame, NULL, NULL, 0);
	brig_stats_add(peer->stats, pending->method,
		       error == -ETIMEDOUT ? BRIG_STAT_MISSES : BRIG_STAT_CANCELS, 1);
	tell_error(pending, error);
}

int brig_call_cancel(struct brig_peer *peer, int64_t id)
{
	struct brig_pending *pending = id > 0 ? find_pending(peer, (uint64_t)id) : NULL;

	if (!pending || !pending->on_reply)
		return -ENOENT;
	brig_pending_give_up(peer, pending, -ECANCELED);
	return 0;
}

void brig_scope_enter(struct brig_peer *peer, uint64_t scope)
{
	peer->scope = scope;
}

size_t brig_scope_cancel(struct brig_peer *peer, uint64_t scope)
{
	size_t n = 0;

	for (size_t i = 0; scope && peer->pending && i < BRIG_CALLS_MAX; i++) {
		struct brig_pending *pending = &peer->pending[i];

		if (!pending->id || !pending->on_reply || pending->scope != scope)
			continue;
		brig_pending_give_up(peer, pending, -ECANCELED);
		n++;
	}
	return n;
}

void brig_pending_end_all(struct brig_peer *peer, int error)
{
	for (size_t i = 0; peer->pending && i < BRIG_CALLS_MAX; i++) {
		if (!peer->pending[i].id)
			continue;
		brig_stats_add(peer->stats, peer->pending[i].method, BRIG_STAT_IN_FLIGHT,
			       BRIG_STATS_ONE_LESS);
		tell_error(&peer->pending[i], error);
	}
	free(peer->pending);
	peer->pending = NULL;
	peer->n_pending = 0;
}
