/* What a child is to its channel: who it is, what it may call, and what comes of a full one. */
#include "broker/monitor/journal.h"
#include "broker/process/direct.h"
#include "ipc/schema/services.brig.h"

#include <errno.h>

void brig_process_enter(struct brig_process *process, enum brig_process_state state)
{
	static const uint32_t bits[] = { [BRIG_STATE_LAUNCHING] = BRIG_IN_LAUNCHING,
					 [BRIG_STATE_READY] = BRIG_IN_READY,
					 [BRIG_STATE_LOCKED] = BRIG_IN_LOCKED,
					 [BRIG_STATE_DRAINING] = 0,
					 [BRIG_STATE_DEAD] = 0 };

	process->state = state;
	process->peer.state = bits[state];
}

static void want_write(void *user)
{
	struct brig_process *process = user;

	if (process->channel_watch && brig_watch_want_write(process->channel_watch, true) < 0)
		brig_process_kill(process, BRIG_EXIT_QUOTA, ENOMEM);
}

static void send_failed(void *user, int error)
{
	struct brig_process *process = user;

	if (!process->channel_watch && process->peer.channel.fd >= 0)
		return; /* its channel ended, and so will it */
	if (error == -ENOBUFS)
		brig_process_kill(process, BRIG_EXIT_BAD_MESSAGE, BRIG_BAD_SLOW_READER);
	else
		brig_process_kill(process, BRIG_EXIT_QUOTA, -error);
}

static enum brig_bad_message refused(void *user)
{
	return brig_process_refused(user);
}

static const struct brig_peer_owner peer_owner = { want_write, send_failed, refused };

struct brig_process *brig_peer_process(const struct brig_peer *peer)
{
	return peer->owner == &peer_owner ? peer->owner_user : NULL;
}

void brig_process_open_peer(struct brig_process *process)
{
	struct brig_broker *broker = process->broker;
	struct brig_peer *peer = &process->peer;

	brig_peer_init(peer, BRIG_FROM_BROKER, -1);
	peer->buffer = broker->buffer;
	peer->arena = peer->answer_arena = &broker->arena;
	peer->role = process->role->name;
	peer->interfaces = process->role->interfaces;
	peer->owner = &peer_owner;
	peer->owner_user = process;
	peer->wheel = &broker->wheel;
	peer->stats = &broker->stats;
	peer->channel.tap = broker->tap;
	peer->channel.tap_user = broker->tap_user;
	peer->channel.record = brig_journal_message;
	peer->channel.record_user = process;
	brig_process_enter(process, BRIG_STATE_LAUNCHING);
}

int brig_process_serve(struct brig_process *process,
		       const struct brig_lifecycle_handlers *lifecycle,
		       const struct brig_offer *offer, void *user)
{
	struct brig_served *served = process->served;
	size_t n = 0;

	served[n++] = (struct brig_served){ &brig_lifecycle_service, lifecycle, process };
	if (process->role->interfaces & BRIG_INTERFACE_JOIN)
		served[n++] =
			(struct brig_served){ &brig_join_service, &brig_direct_handlers, process };
	if (offer && offer->n > BRIG_SERVED_MAX)
		return -EINVAL;
	for (size_t i = 0; offer && i < offer->n; i++, n++) {
		served[n] = offer->rows[i];
		if (!offer->own_users)
			served[n].user = user;
	}
	process->peer.served = served;
	process->peer.n_served = n;
	brig_quota_init(&process->quota, offer ? offer->messages_per_s : 0,
			offer ? offer->bytes_per_s : 0);
	if (offer)
		process->peer.max_asked = offer->max_asked;
	return 0;
}
