/* A child's ends of direct channels: include/brig/direct.h. */
#include "ipc/schema/services.brig.h"
#include "renderer/runtime/client.h"
#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROLE_MAX 16
#define CODE_MAX 255 /* as the schema has it; a handler may have said more */

struct direct_end {
	struct brig_client client; /* its peer is the other child; first, so that it is found */
	struct brig_peer *broker;
	struct brig_stats_table stats; /* of this end alone: nobody else sees what passes */
	uint64_t channel;
	char role[ROLE_MAX];
};

static void want_write(void *user)
{
	(void)user; /* the next brig_peer_run() or brig_peers_wait() looks after it */
}

static void send_failed(void *user, int error)
{
	struct direct_end *end = user;

	end->client.peer.over = true;
	if (error == -ENOBUFS)
		end->client.peer.bad = BRIG_BAD_SLOW_READER;
}

static const struct brig_peer_owner owner = { .want_write = want_write,
					      .send_failed = send_failed };

static struct direct_end *end_create(struct brig_peer *broker, const Brig__Ipc__JoinGiven *given,
				     int fd)
{
	struct direct_end *end = calloc(1, sizeof *end);

	if (!end)
		return NULL;
	memcpy(end->role, given->other.data, given->other.len); /* the schema: 15 at the most */
	brig_client_init(&end->client, end->role, fd);
	struct brig_peer *peer = &end->client.peer;
	peer->self = given->caller ? BRIG_FROM_CHILD : BRIG_FROM_BROKER;
	peer->direct = (uint16_t)given->number;
	peer->channel.own_time = true;
	peer->state = BRIG_IN_LOCKED;
	peer->owner = &owner;
	peer->owner_user = end;
	peer->stats = &end->stats;
	end->broker = broker;
	end->channel = given->channel;
	return end;
}

static void say_parted(struct brig_peer *broker, uint64_t channel, enum brig_bad_message code)
{
	Brig__Ipc__JoinParted parted = BRIG__IPC__JOIN_PARTED__INIT;

	parted.channel = channel;
	parted.code = (uint32_t)code;
	(void)brig_join_parted(broker, &parted); /* a broker that is gone knows */
}

static int given(void *user, struct brig_request *call, const Brig__Ipc__JoinGiven *given)
{
	struct brig_client *client = user;
	struct direct_end *end =
		client->on_joined ? end_create(&client->peer, given, call->fds[0]) : NULL;

	if (!end) {
		say_parted(&client->peer, given->channel, BRIG_BAD_NONE);
		return 0;
	}
	call->fds[0] = -1;
	const struct brig_joined joined = { .channel = given->channel,
					    .service = (uint16_t)given->number,
					    .caller = given->caller,
					    .role = end->role,
					    .instance = given->instance };
	if (client->on_joined(client->joined_user, &end->client.peer, &joined))
		brig_direct_close(&end->client.peer);
	return 0;
}

void brig_client_join(struct brig_client *client)
{
	static const struct brig_join_child_handlers handlers = BRIG_JOIN_CHILD_HANDLERS(given);

	client->peer.always = (struct brig_served){ &brig_join_service, &handlers, client };
}

int brig_direct_listen(struct brig_peer *broker,
		       int (*on_joined)(void *user, struct brig_peer *direct,
					const struct brig_joined *joined),
		       void *user)
{
	if (!broker->always.service)
		return -EINVAL;
	struct brig_client *client = broker->always.user;
	client->on_joined = on_joined;
	client->joined_user = user;
	return 0;
}

void brig_direct_close(struct brig_peer *direct)
{
	if (!direct)
		return;
	struct direct_end *end = (struct direct_end *)direct;
	brig_peer_finish(direct);
	brig_stats_clear(&end->stats);
	say_parted(end->broker, end->channel, direct->bad < CODE_MAX ? direct->bad : CODE_MAX);
	free(end);
}

int brig_direct_stats(struct brig_peer *direct,
		      void (*row)(void *user, const struct brig_stats *stats), void *user)
{
	if (!direct || !direct->direct || !row)
		return -EINVAL;
	struct direct_end *end = (struct direct_end *)direct;
	end->stats.other[BRIG_STAT_QUEUED] = direct->channel.queued;
	return brig_stats_read(&end->stats, row, user);
}
