/* What the other end asked and isn't answered yet, and the answers. */
#include "ipc/dispatch/peer.h"
#include "ipc/schema/services.pb-c.h"

#include <errno.h>
#include <stdlib.h>

static struct brig_asked *find_asked(struct brig_peer *peer, uint64_t id)
{
	for (unsigned int i = 0; id && i < peer->room_asked; i++)
		if (peer->asked[i].id == id)
			return &peer->asked[i];
	return NULL;
}

unsigned int brig_asked_count(const struct brig_peer *peer, const struct brig_method *method)
{
	unsigned int n = 0;

	for (unsigned int i = 0; peer->n_asked && i < peer->room_asked; i++)
		n += peer->asked[i].id && peer->asked[i].method == method;
	return n;
}

/* Most peers ask one thing at a time; room for more is made once, when a second one comes. */
static struct brig_asked *room_for_one(struct brig_peer *peer)
{
	if (peer->n_asked == peer->room_asked) {
		struct brig_asked *more = calloc(peer->max_asked, sizeof *more);

		if (!more)
			return NULL;
		more[0] = peer->one_asked;
		peer->asked = more;
		peer->room_asked = peer->max_asked;
	}
	for (unsigned int i = 0; i < peer->room_asked; i++)
		if (!peer->asked[i].id)
			return &peer->asked[i];
	return NULL;
}

bool brig_asked_add(struct brig_peer *peer, const struct brig_asked *asked)
{
	struct brig_asked *room = room_for_one(peer);

	if (!room)
		return false;
	*room = *asked;
	peer->n_asked++;
	brig_stats_add(peer->stats, asked->method, BRIG_STAT_IN_FLIGHT, 1);
	brig_deadline_note(peer, asked->deadline_us);
	return true;
}

void brig_asked_clear(struct brig_peer *peer)
{
	for (unsigned int i = 0; i < peer->room_asked; i++)
		if (peer->asked[i].id)
			brig_stats_add(peer->stats, peer->asked[i].method, BRIG_STAT_IN_FLIGHT,
				       BRIG_STATS_ONE_LESS);
	if (peer->asked != &peer->one_asked)
		free(peer->asked);
	peer->asked = &peer->one_asked;
	peer->one_asked.id = 0;
	peer->room_asked = 1;
	peer->n_asked = 0;
}

static int send_answer(const struct brig_request *call, enum brig_frame_kind kind,
		       const ProtobufCMessage *message, const int *fds, size_t n_fds)
{
	const struct brig_frame frame = { .kind = (uint8_t)kind,
					  .service = call->method->service,
					  .method = call->method->method,
					  .id = call->id };
	struct brig_peer *peer = call->peer;

	const int r = brig_peer_send_of(peer, call->method, &frame, message, fds, n_fds);
	if (brig_went_nowhere(r))
		return r;
	peer->unread_most++;
	peer->answer_costs[peer->n_answers++ % BRIG_CALLS_MAX] = peer->channel.cost;
	return r;
}

/* Takes the call off the list, so that it is answered once. @ended: what that counts as. */
static int answer(const struct brig_request *call, enum brig_stat ended,
		  const ProtobufCMessage *message, const int *fds, size_t n_fds)
{
	struct brig_peer *peer = call->peer;
	struct brig_asked *asked = find_asked(peer, call->id);

	if (!asked)
		return -ENOENT;
	const struct brig_asked open = *asked;
	asked->id = 0;
	peer->n_asked--;
	const int r =
		send_answer(call, ended == BRIG_STAT_COUNT ? BRIG_KIND_REPLY : BRIG_KIND_ERROR,
			    message, fds, n_fds);
	if (brig_went_nowhere(r)) { /* it can be refused still, or answered otherwise */
		*asked = open;
		peer->n_asked++;
		return r;
	}
	brig_stats_add(peer->stats, open.method, BRIG_STAT_IN_FLIGHT, BRIG_STATS_ONE_LESS);
	if (peer->stats && (ended == BRIG_STAT_REFUSALS || ended == BRIG_STAT_COUNT))
		brig_stats_took(peer->stats, open.method, brig_peer_now(peer) - open.started_us);
	if (ended != BRIG_STAT_COUNT)
		brig_stats_add(peer->stats, open.method, ended, 1);
	return r;
}

int brig_reply(const struct brig_request *call, const struct brig_method *method, const void *reply,
	       const int *fds, size_t n_fds)
{
	if (method != call->method || n_fds != method->n_fds_out || !reply)
		return -EINVAL;
	const int r = brig_peer_check_fds(call->peer, method, fds, n_fds);
	if (r)
		return r;
	return answer(call, BRIG_STAT_COUNT, reply, fds, n_fds);
}

static int refuse(const struct brig_request *call, enum brig_stat ended, int error, uint32_t reason)
{
	Brig__Ipc__Refusal refusal = BRIG__IPC__REFUSAL__INIT;

	refusal.error = (uint32_t)error;
	refusal.reason = reason;
	return answer(call, ended, &refusal.base, NULL, 0);
}

int brig_refuse(const struct brig_request *call, int error, uint32_t reason)
{
	if (error < 1 || error > 4095)
		return -EINVAL;
	return refuse(call, BRIG_STAT_REFUSALS, error, reason);
}

void brig_asked_give_up(struct brig_peer *peer, const struct brig_asked *asked, int error)
{
	const struct brig_request call = { .peer = peer, .method = asked->method, .id = asked->id };

	(void)refuse(&call, error == ETIMEDOUT ? BRIG_STAT_MISSES : BRIG_STAT_CANCELS, error, 0);
}

void brig_refuse_unasked(const struct brig_request *call, int error)
{
	Brig__Ipc__Refusal refusal = BRIG__IPC__REFUSAL__INIT;

	refusal.error = (uint32_t)error;
	(void)send_answer(call, BRIG_KIND_ERROR, &refusal.base, NULL, 0);
}

/* It may have been answered while this was on its way; what was never asked can't be cancelled. */
enum brig_bad_message brig_cancelled(struct brig_peer *peer, const struct brig_frame *frame)
{
	const struct brig_asked *asked = find_asked(peer, frame->id);

	if (frame->length || frame->n_fds)
		return BRIG_BAD_SIZE;
	if (!frame->id || frame->id > peer->last_id)
		return BRIG_BAD_ID;
	if (asked)
		brig_asked_give_up(peer, asked, ECANCELED);
	return BRIG_BAD_NONE;
}
