/* What the other end asks: hostile bytes on a broker's side, until they are a checked message. */
#include "ipc/dispatch/fd_kind.h"
#include "ipc/dispatch/peer.h"
#include "ipc/dispatch/spill.h"
#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#define OWN_SERVICES  32 /* ids below are Brig's, and bits of a role */
#define UNREAD_UNSEEN 4

/* A child is asked by its broker alone. */
static bool may_call(const struct brig_peer *peer, const struct brig_service *service)
{
	if (peer->self == BRIG_FROM_CHILD)
		return true;
	if (service->id < OWN_SERVICES && !(peer->interfaces >> service->id & 1))
		return false;
	for (const char *const *role = service->roles; *role; role++)
		if (!strcmp(*role, peer->role))
			return true;
	return false;
}

/* Not exposed to this role: the same as not existing. */
static const struct brig_method *find(const struct brig_peer *peer, const struct brig_frame *frame,
				      const struct brig_served **ret)
{
	for (size_t i = 0; i < peer->n_served; i++) {
		const struct brig_service *service = peer->served[i].service;

		if (service->id != frame->service)
			continue;
		if (!may_call(peer, service))
			return NULL;
		*ret = &peer->served[i];
		for (size_t m = 0; m < service->n_methods; m++)
			if (service->methods[m].method == frame->method &&
			    service->methods[m].caller != peer->self)
				return &service->methods[m];
	}
	return NULL;
}

/*
 * What lies unread holds memory, and descriptors that count for the whole user. Of the calls that
 * it may have in flight this one is on its way: who keeps to that has left fewer answers than
 * those, whatever else lies between them, and however large they are. So it is ended when as many
 * must lie there, by all that may be said for it. Looking takes a system call, a tenth of a small
 * call: so a few replies without descriptors may lie unseen.
 */
static bool reads_slowly(struct brig_peer *peer, const struct brig_method *method)
{
	const unsigned int most = peer->max_asked, unseen = method->n_fds_out ? 0 : UNREAD_UNSEEN;

	/* A child may not look. Its broker is no enemy; on a direct channel what the other end
	 * leaves unread fills the socket, then the queue. */
	if (peer->self == BRIG_FROM_CHILD || peer->direct || peer->unread_most < most + unseen)
		return false;
	const uint64_t cost = peer->answer_costs[(peer->n_answers - most) % BRIG_CALLS_MAX];
	const enum brig_unread unread = brig_channel_has_unread(&peer->channel, cost);
	if (unread == BRIG_ALL_IS_READ)
		peer->unread_most = 0;
	return unread == BRIG_IT_IS_UNREAD;
}

/* Ids only rise, so that none is used twice; what is oneway has none, and costs credit. */
static enum brig_bad_message check_id(struct brig_peer *peer, const struct brig_frame *frame)
{
	if (frame->kind == BRIG_KIND_EVENT)
		return frame->id ? BRIG_BAD_ID : brig_credit_check(peer);
	if (frame->id <= peer->last_id || frame->id > INT64_MAX)
		return BRIG_BAD_ID;
	if (peer->n_asked >= peer->max_asked)
		return BRIG_BAD_IN_FLIGHT;
	return BRIG_BAD_NONE;
}

static enum brig_bad_message check_method(struct brig_peer *peer, const struct brig_frame *frame,
					  const struct brig_method *method)
{
	const bool oneway = method->flags & BRIG_METHOD_ONEWAY;

	if (oneway != (frame->kind == BRIG_KIND_EVENT))
		return BRIG_BAD_KIND;
	if (peer->self == BRIG_FROM_BROKER && !(method->states & peer->state))
		return BRIG_BAD_STATE;
	if ((frame->flags & BRIG_FRAME_SPILLED) &&
	    (!(method->flags & BRIG_METHOD_SPILL) || brig_spill_room_taken(peer)))
		return BRIG_BAD_SPILL;
	if (frame->length > method->max_bytes)
		return BRIG_BAD_SIZE;
	if (oneway)
		return BRIG_BAD_NONE;
	if (peer->n_asked && brig_asked_count(peer, method) >= method->max_inflight)
		return BRIG_BAD_IN_FLIGHT;
	return reads_slowly(peer, method) ? BRIG_BAD_SLOW_READER : BRIG_BAD_NONE;
}

/* A broker looks at each; a child's own broker can have no reason to cheat. */
static enum brig_bad_message check_fds(const struct brig_peer *peer,
				       const struct brig_method *method,
				       const struct brig_packet *packet)
{
	if (packet->n_fds != method->n_fds_in)
		return BRIG_BAD_FD_KIND;
	for (size_t i = 0; peer->self == BRIG_FROM_BROKER && i < packet->n_fds; i++)
		if (!brig_fd_is(packet->fds[i], (enum brig_fd_kind)method->fds_in[i]))
			return BRIG_BAD_FD_KIND;
	return BRIG_BAD_NONE;
}

/* Ours to remember until it is answered; without memory for that it is refused. */
static bool note(struct brig_request *call, const struct brig_frame *frame)
{
	const struct brig_peer *peer = call->peer;
	/* Only a broker and a direct channel's ends keep time; others may not even ask for it. */
	const uint64_t now_us = peer->wheel || peer->direct ? brig_peer_now(peer) : 0;

	call->deadline_us = brig_deadline_of(call->method, frame, now_us);
	const struct brig_asked asked = { .id = call->id,
					  .method = call->method,
					  .deadline_us = call->deadline_us,
					  .started_us = now_us,
					  .spilled = frame->flags & BRIG_FRAME_SPILLED };
	call->peer->last_id = call->id;
	if (brig_asked_add(call->peer, &asked))
		return true;
	brig_refuse_unasked(call, ENOMEM);
	return false;
}

/* Another number of an embedder's handler, such as an errno without its minus, is its own mistake:
 * its caller is not to blame. */
static int verdict(const struct brig_method *method, int r)
{
	if (r <= 0 || method->service < BRIG_EMBEDDERS_FIRST || r == BRIG_BREACH_HANDLE ||
	    r == BRIG_BREACH_REQUESTS)
		return r;
	return -EIO;
}

/* Whatever the handler doesn't take of the descriptors is closed. */
static enum brig_bad_message run(struct brig_peer *peer, const struct brig_served *served,
				 const struct brig_method *method, const struct brig_frame *frame,
				 const ProtobufCMessage *message, struct brig_packet *packet)
{
	struct brig_request call = {
		.peer = peer, .method = method, .id = frame->id, .n_fds = packet->n_fds
	};
	int r;

	for (size_t i = 0; i < BRIG_FDS_MAX; i++)
		call.fds[i] = i < packet->n_fds ? packet->fds[i] : -1;
	if (frame->kind == BRIG_KIND_REQUEST && !note(&call, frame))
		return BRIG_BAD_NONE;
	r = verdict(method, method->run(served->handlers, served->user, &call, message));
	for (size_t i = 0; i < packet->n_fds; i++)
		packet->fds[i] = call.fds[i];
	if (r < 0 && call.id)
		(void)brig_refuse(&call, -r, 0);
	if (!call.id && peer->self == BRIG_FROM_BROKER)
		brig_credit_owe(peer);
	if (r <= 0)
		return BRIG_BAD_NONE;
	/* Not the last slip of the handler's own, if it made one. */
	peer->method = method;
	peer->breach = (struct brig_breach){ NULL, NULL };
	return (enum brig_bad_message)r;
}

/* Who asks too often hears of it; who tells may be twice as fast as it should, and no more. */
static enum brig_bad_message over_rate(struct brig_peer *peer, const struct brig_method *method,
				       const struct brig_frame *frame)
{
	const struct brig_request call = { .peer = peer, .method = method, .id = frame->id };

	if (!call.id)
		return BRIG_BAD_RATE;
	peer->last_id = call.id;
	brig_stats_add(peer->stats, method, BRIG_STAT_REFUSALS, 1);
	brig_refuse_unasked(&call, EAGAIN);
	return BRIG_BAD_NONE;
}

/* We have no memory for it: its sender isn't to blame. */
static enum brig_bad_message no_memory(struct brig_peer *peer, const struct brig_method *method,
				       const struct brig_frame *frame)
{
	const struct brig_request call = { .peer = peer, .method = method, .id = frame->id };

	peer->last_id = call.id;
	brig_refuse_unasked(&call, ENOMEM);
	return BRIG_BAD_NONE;
}

static enum brig_bad_message take(struct brig_peer *peer, const struct brig_served *served,
				  const struct brig_method *method, const struct brig_frame *frame,
				  const uint8_t *payload, struct brig_packet *packet)
{
	enum brig_bad_message bad = check_method(peer, frame, method);

	if (!bad)
		bad = check_fds(peer, method, packet);
	if (bad)
		return bad;
	if (!brig_rate_allows(peer, method) || brig_spill_crowded(peer, method))
		return over_rate(peer, method, frame);
	brig_auto_free uint8_t *fetched = NULL;
	size_t n = frame->length;
	if (frame->flags & BRIG_FRAME_SPILLED)
		bad = brig_spill_fetch(peer, method, payload, frame->length, &fetched, &n);
	if (bad)
		return bad;
	if ((frame->flags & BRIG_FRAME_SPILLED) && !fetched)
		return no_memory(peer, method, frame);
	const ProtobufCMessage *message =
		brig_unpack_any(peer, false, method->request, fetched ? fetched : payload, n, &bad);
	if (!message)
		return bad || !frame->id ? bad : no_memory(peer, method, frame);
	bad = run(peer, served, method, frame, message, packet);
	brig_unpack_over(peer);
	return bad;
}

enum brig_bad_message brig_incoming(struct brig_peer *peer, const struct brig_frame *frame,
				    const uint8_t *payload, struct brig_packet *packet)
{
	const struct brig_served *served = NULL;
	const struct brig_method *method = find(peer, frame, &served);
	enum brig_bad_message bad = check_id(peer, frame);

	peer->method = method;
	brig_stats_add(peer->stats, method, BRIG_STAT_COUNT, 1);
	brig_stats_add(peer->stats, method, BRIG_STAT_BYTES_IN, sizeof *frame + frame->length);
	if (!bad && !method)
		bad = BRIG_BAD_UNKNOWN_METHOD;
	if (!bad)
		bad = take(peer, served, method, frame, payload, packet);
	if (bad)
		brig_stats_add(peer->stats, method, BRIG_STAT_BREACHES, 1);
	return bad;
}
