/* A child's first and only steps before it sees anything of the document. */
#include "renderer/runtime/runtime.h"

#include "ipc/schema/services.brig.h"
#include "sandbox/layers/exit_status.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static _Noreturn void give_up(struct brig_client *client, const struct brig_seal *seal, int error)
{
	Brig__Ipc__SealFailure failed = BRIG__IPC__SEAL_FAILURE__INIT;

	failed.stage = (uint32_t)seal->failed_stage;
	failed.error = (uint32_t)error;
	(void)brig_lifecycle_failed(&client->peer, &failed);
	_exit(BRIG_STATUS_SEAL);
}

/*
 * Without a user namespace of its own the broker may have no right to take it from a process that
 * isn't dumpable: it is sent.
 */
static int say_listener(struct brig_client *client, const struct brig_seal *seal)
{
	const Brig__Ipc__ListenerPassed passed = BRIG__IPC__LISTENER_PASSED__INIT;

	if (seal->listener < 0 || brig_seal_has(seal, BRIG_LAYER_USER_NS))
		return 0;
	return brig_lifecycle_listener(&client->peer, &passed, seal->listener);
}

static int say_sealed(struct brig_client *client, const struct brig_seal *seal)
{
	Brig__Ipc__SealClaim sealed = BRIG__IPC__SEAL_CLAIM__INIT;
	Brig__Ipc__ServiceClaim claims[BRIG_SERVED_MAX], *pointers[BRIG_SERVED_MAX];
	uint32_t errors[BRIG_LAYER_COUNT];

	for (int i = 0; i < BRIG_LAYER_COUNT; i++)
		errors[i] = (uint32_t)seal->layers[i].error;
	sealed.n_layer_error = BRIG_LAYER_COUNT;
	sealed.layer_error = errors;
	sealed.fds_open = seal->fds_open;
	/* Closed before work is looked at: whoever held it could answer in the broker's stead. */
	client->listener = seal->listener;
	if (seal->listener > 0)
		sealed.listener = (uint32_t)seal->listener;
	if (client->program) {
		sealed.n_services = brig_program_claim(client->program, claims);
		sealed.services = pointers;
	}
	for (size_t i = 0; i < sealed.n_services; i++)
		pointers[i] = &claims[i];
	return brig_lifecycle_sealed(&client->peer, &sealed);
}

/* It lies behind the declared ones until it is loaded; /proc is there, since the root is the
 * system's. */
static void keep_plugin(struct brig_seal *seal, const struct brig_helper *helper)
{
	if (helper->plugin_fd < 0)
		return;
	seal->plugin_fd = helper->plugin_fd;
	seal->keep_fds = helper->plugin_fd + 1;
}

/* Nobody put it on, and nobody says why: a role that asks for more than its zygote's. */
static void find_forgotten(struct brig_seal *seal)
{
	for (int i = 0; i < BRIG_LAYER_COUNT; i++)
		if (seal->layers[i].want != BRIG_OFF && seal->layers[i].got == BRIG_MISSING &&
		    !seal->layers[i].error)
			seal->layers[i].error = ENODATA;
}

_Noreturn void brig_bootstrap_run(const struct brig_helper *helper, const struct brig_role *role,
				  int channel_fd)
{
	const struct brig_role_main *main = &helper->mains[role->id];
	const bool staged = role->filters[BRIG_BEFORE_READY].length > 0;
	struct brig_client *client = helper->client;
	struct brig_seal seal;

	(void)prctl(PR_SET_NAME, role->process_name, 0, 0, 0);
	brig_client_init(client, role->name, channel_fd);
	client->peer.cpus = helper->cpus;
	client->peer.channel.plain = role->plain_channel;
	client->program = main->program;
	brig_seal_init(&seal, role, &helper->tier);
	brig_seal_inherit(&seal, helper->layers);
	seal.channel_fd = channel_fd;
	seal.filter = &role->filters[BRIG_AFTER_READY];
	seal.stage1 = staged ? &role->filters[BRIG_BEFORE_READY] : NULL;
	seal.landlock_abi = helper->landlock_abi;
	seal.load = main->load;
	seal.start = main->start;
	seal.start_user = client;
	keep_plugin(&seal, helper);
	if (!main->run) {
		seal.failed_stage = BRIG_STAGE_HANDSHAKE;
		give_up(client, &seal, ENOSYS);
	}
	int r = brig_seal_run(&seal, staged ? &brig_steps_plugin : &brig_steps_child);
	if (seal.channel_fd == BRIG_CHANNEL_FD)
		client->peer.channel.fd = BRIG_CHANNEL_FD;
	if (r < 0)
		give_up(client, &seal, -r);
	find_forgotten(&seal);
	r = say_listener(client, &seal);
	if (!r)
		r = say_sealed(client, &seal);
	if (r < 0) {
		seal.failed_stage = BRIG_STAGE_ATTEST; /* it never hears what it should look at */
		give_up(client, &seal, -r);
	}
	_exit(main->run(client));
}
