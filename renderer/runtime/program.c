/* Programs of the embedder's, in the place of Brig's own mains: brig_child_run(). */
#include "ipc/schema/services.brig.h"
#include "renderer/runtime/runtime.h"
#include "sandbox/layers/exit_status.h"

#include <errno.h>
#include <string.h>

static int serve_to_the_end(struct brig_peer *broker)
{
	int r = 1;

	while (r > 0)
		r = brig_peer_run(broker, -1);
	return r == -EPIPE ? BRIG_STATUS_LOST_BROKER : 1;
}

static const struct brig_role *find_role(const char *name)
{
	for (uint32_t id = 0; name && id < BRIG_ROLE_COUNT; id++)
		if (!strcmp(brig_role_get(id)->name, name))
			return brig_role_get(id);
	return NULL;
}

static int run(struct brig_client *client)
{
	const struct brig_child_program *program = client->program;

	if (brig_client_wait_begin(client) < 0)
		return BRIG_STATUS_LOST_BROKER;
	if (find_role(program->role)->interfaces & BRIG_INTERFACE_JOIN)
		brig_client_join(client);
	if (brig_serve(&client->peer, program->served, program->n_served) < 0)
		return 1;
	return program->run ? program->run(&client->peer, program->user)
			    : serve_to_the_end(&client->peer);
}

static int start_threads(void *user)
{
	const struct brig_client *client = user;
	const struct brig_child_program *program = client->program;

	return brig_threads_start(find_role(program->role)->threads - 1, program->thread,
				  program->user, NULL);
}

static int add_program(struct brig_role_main *mains, const struct brig_child_program *program)
{
	const struct brig_role *role = find_role(program->role);

	if (!role || !(role->interfaces & BRIG_INTERFACE_LIFECYCLE) ||
	    role->id == BRIG_ROLE_PLUGIN || mains[role->id].program ||
	    (role->threads > 1) != (program->thread != NULL) ||
	    brig_served_fault(program->served, program->n_served, BRIG_FROM_CHILD) ||
	    (role->plain_channel && !brig_served_plain(program->served, program->n_served)))
		return EINVAL;
	mains[role->id] = (struct brig_role_main){ .warm_up = program->warm_up,
						   .start = program->thread ? start_threads : NULL,
						   .run = run,
						   .program = program };
	return 0;
}

size_t brig_program_claim(const struct brig_child_program *program, Brig__Ipc__ServiceClaim *ret)
{
	for (size_t i = 0; i < program->n_served; i++) {
		const struct brig_service *service = program->served[i].service;

		brig__ipc__service_claim__init(&ret[i]);
		ret[i].number = service->id;
		ret[i].version = service->version;
		ret[i].oldest = service->oldest;
		ret[i].hash = service->hash;
	}
	return program->n_served;
}

int brig_child_run(int argc, char **argv, const struct brig_child_program *programs, size_t n)
{
	struct brig_role_main mains[BRIG_ROLE_COUNT];
	struct brig_runtime_options options = { .mains = mains };

	memcpy(mains, brig_own_mains, sizeof mains);
	for (size_t i = 0; i < n && !options.error; i++)
		options.error = add_program(mains, &programs[i]);
	int r = brig_runtime_run(argc, argv, &options);
	return options.error ? -options.error : r;
}
