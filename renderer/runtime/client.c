#include "renderer/runtime/client.h"

#include "ipc/schema/services.brig.h"
#include "sandbox/base/cleanup.h"

#include <errno.h>

void brig_client_init(struct brig_client *client, const char *role, int fd)
{
	struct brig_peer *peer = &client->peer;

	brig_peer_init(peer, BRIG_FROM_CHILD, fd);
	peer->role = role;
	peer->buffer = client->buffer;
	peer->arena = &client->arena;
	peer->answer_arena = &client->answer_arena;
	client->listener = -1;
	client->threads = NULL;
	client->program = NULL;
	client->on_joined = NULL;
}

struct wait {
	struct brig_client *client;
	struct brig_job *job;
	bool there;
};

static int started(void *user, struct brig_request *call, const Brig__Ipc__JobStart *start)
{
	struct wait *wait = user;

	brig_close_fd(&wait->client->listener); /* the broker has it, or would not have sent work */
	*wait->job = (struct brig_job){ .fd = call->fds[0],
					.max_pixels = start->max_pixels,
					.max_bytes = start->max_bytes,
					.fit_width = start->fit_width,
					.fit_height = start->fit_height };
	call->fds[0] = -1;
	wait->there = true;
	return 0;
}

int brig_client_wait_job(struct brig_client *client, struct brig_job *ret)
{
	static const struct brig_job_child_handlers handlers = BRIG_JOB_CHILD_HANDLERS(started);
	struct wait wait = { .client = client, .job = ret };
	const struct brig_served served = { &brig_job_service, &handlers, &wait };
	int r = 1;

	client->peer.served = &served;
	client->peer.n_served = 1;
	while (r > 0 && !wait.there)
		r = brig_peer_run(&client->peer, -1);
	client->peer.served = NULL;
	client->peer.n_served = 0;
	return r < 0 ? r : 0;
}

struct beginning {
	struct brig_client *client;
	bool begun;
};

static int begun(void *user, struct brig_request *call, const Brig__Ipc__Beginning *told)
{
	struct beginning *beginning = user;
	(void)call;
	(void)told;

	/* The broker has it, or would not have said so. */
	brig_close_fd(&beginning->client->listener);
	beginning->begun = true;
	return 0;
}

static int room(void *user, struct brig_request *call, const Brig__Ipc__RoomMade *made)
{
	(void)user;
	return brig_view_open(call->peer, call->fds[0], made->size, BRIG_VIEW_WRITE,
			      &call->peer->spill.view);
}

int brig_client_wait_begin(struct brig_client *client)
{
	static const struct brig_lifecycle_child_handlers handlers =
		BRIG_LIFECYCLE_CHILD_HANDLERS(begun, room);
	struct beginning beginning = { .client = client };
	const struct brig_served served = { &brig_lifecycle_service, &handlers, &beginning };
	int r = 1;

	client->peer.served = &served;
	client->peer.n_served = 1;
	while (r > 0 && !beginning.begun)
		r = brig_peer_run(&client->peer, -1);
	client->peer.n_served = 0;
	client->peer.served = NULL;
	return r;
}
