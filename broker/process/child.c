/* Children for services of the embedder's: include/brig/process.h. */
#include <brig/process.h>

#include "broker/process/direct.h"
#include "broker/service/buffer.h"
#include "ipc/dispatch/spill.h"
#include "ipc/schema/services.brig.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define OPTIONS_OLDEST offsetof(struct brig_child_options, principal)
#define OPTIONS_OLDER  offsetof(struct brig_child_options, ret_why)

struct brig_child {
	struct brig_broker *broker;
	struct brig_child *next;
	struct brig_process *process;
	struct brig_child_listener listener;
	void *user;
};

static void unlink_child(struct brig_child *child)
{
	struct brig_child **at = &child->broker->children;

	while (*at != child)
		at = &(*at)->next;
	*at = child->next;
	child->broker->n_children--;
}

/* Nothing of it runs before it is told to begin: what it says first is already answered. */
static void ready(void *user, struct brig_process *process)
{
	static const Brig__Ipc__Beginning beginning = BRIG__IPC__BEGINNING__INIT;
	struct brig_child *child = user;

	brig_process_enter(process, BRIG_STATE_LOCKED);
	if (brig_spill_make_room(&process->peer, process->peer.served, process->peer.n_served) <
	    0) {
		brig_process_kill(process, BRIG_EXIT_QUOTA, ENOMEM);
		return;
	}
	(void)brig_lifecycle_begin(&process->peer, &beginning); /* what fails ends the process */
	if (child->listener.on_ready)
		child->listener.on_ready(child->user, child);
}

static void exited(void *user, struct brig_process *process, const struct brig_exit *exit)
{
	struct brig_child *child = user;
	struct brig_broker *broker = child->broker;

	/* What is asked from within an on_reply is refused at once, or its own would come too late.
	 */
	(void)shutdown(process->peer.channel.fd, SHUT_RDWR);
	brig_pending_end_all(&process->peer, -EPIPE);
	brig_directs_end(process);
	brig_streams_orphan(process);
	unlink_child(child);
	if (child->listener.on_exit)
		child->listener.on_exit(child->user, child, exit);
	free(child);
	brig_loop_wake(broker->loop); /* a job may wait for its place */
}

static const struct brig_process_listener process_listener = { ready, exited };

static const struct brig_role *find_role(const char *name)
{
	for (uint32_t id = 0; name && id < BRIG_ROLE_COUNT; id++) {
		const struct brig_role *role = brig_role_get(id);

		if (!strcmp(role->name, name))
			return role;
	}
	return NULL;
}

/* A plugin's code is a shared object's. */
static bool runs_programs(const struct brig_role *role)
{
	return role && (role->interfaces & BRIG_INTERFACE_LIFECYCLE) &&
	       role->id != BRIG_ROLE_PLUGIN;
}

bool brig_service_names(const struct brig_service *service, const char *wanted)
{
	for (const char *const *role = service->roles; *role; role++)
		if (!strcmp(*role, wanted))
			return true;
	return false;
}

/* What is wrong with them; NULL: nothing. */
static const char *options_fault(const struct brig_child_options *o, const struct brig_role *role)
{
	if (!role)
		return "role: there is none of that name";
	if (!runs_programs(role))
		return "role: it runs no program of an embedder's";
	if (o->max_asked > BRIG_CALLS_MAX)
		return "max_asked: more than 64";
	if (o->timeout_ms < 0 || o->timeout_ms > 60000)
		return "timeout_ms: none of 0 to 60000";
	if ((unsigned int)o->priority >= BRIG_PRIORITY_COUNT)
		return "priority: there is none of that number";
	if (o->reserved)
		return "reserved: it must be 0";
	const char *fault = brig_served_fault(o->served, o->n_served, BRIG_FROM_BROKER);
	if (fault)
		return fault;
	if (role->plain_channel && !brig_served_plain(o->served, o->n_served))
		return "served: a service passes descriptors, which the role's channel can't carry";
	for (size_t i = 0; i < o->n_served; i++)
		if (!brig_service_names(o->served[i].service, role->name))
			return "served: a service whose schema doesn't name the role";
	return NULL;
}

static int launch(struct brig_child *child, const struct brig_child_options *o,
		  const struct brig_role *role)
{
	const struct brig_offer offer = { .rows = o->served,
					  .n = o->n_served,
					  .own_users = true,
					  .max_asked =
						  o->max_asked ? o->max_asked : BRIG_CALLS_MAX };
	const struct brig_launch_request request = {
		.role = role,
		.plugin_fd = -1,
		.offer = &offer,
		.timeout_ms = o->timeout_ms ? o->timeout_ms : child->broker->launch_timeout_ms,
		.priority = o->priority,
		.principal = o->principal
	};

	return brig_process_launch(child->broker, &request, &process_listener, child,
				   &child->process);
}

/* Of a struct that ends before its last members these are 0. */
static bool options_read(const struct brig_child_options *options, struct brig_child_options *ret)
{
	*ret = (struct brig_child_options){ 0 };
	if (!options || (options->size != sizeof *ret && options->size != OPTIONS_OLDER &&
			 options->size != OPTIONS_OLDEST))
		return false;
	memcpy(ret, options, options->size);
	return true;
}

int brig_child_start(struct brig_broker *broker, const struct brig_child_options *options,
		     struct brig_child **ret)
{
	struct brig_child_options o;

	if (!options_read(options, &o) || !ret)
		return -EINVAL;
	const struct brig_role *role = find_role(o.role);
	const char *fault = options_fault(&o, role);
	if (fault && o.ret_why)
		*o.ret_why = fault;
	if (fault)
		return -EINVAL;
	if (broker->closing)
		return -ESHUTDOWN;
	if (broker->active_jobs + broker->n_children >= broker->max_children)
		return -EAGAIN;
	struct brig_child *child = calloc(1, sizeof *child);
	if (!child)
		return -ENOMEM;
	child->broker = broker;
	child->user = o.user;
	if (o.listener)
		child->listener = *o.listener;
	int r = launch(child, &o, role);
	if (r < 0) {
		free(child);
		return r;
	}
	child->next = broker->children;
	broker->children = child;
	broker->n_children++;
	*ret = child;
	return 0;
}

struct brig_process *brig_child_process(const struct brig_child *child)
{
	return child->process;
}

struct brig_peer *brig_child_peer(struct brig_child *child)
{
	return child->process->state == BRIG_STATE_LAUNCHING ? NULL : &child->process->peer;
}

struct brig_child *brig_peer_child(const struct brig_peer *peer)
{
	const struct brig_process *process = peer ? brig_peer_process(peer) : NULL;

	return process && process->listener == &process_listener ? process->user : NULL;
}

void *brig_child_user(const struct brig_child *child)
{
	return child->user;
}

uint64_t brig_child_instance(const struct brig_child *child)
{
	return child->process->exit.instance;
}

struct brig_broker *brig_child_broker(const struct brig_child *child)
{
	return child->broker;
}

struct brig_principal brig_child_principal(const struct brig_child *child)
{
	return (struct brig_principal){ child->process->role, child->process->principal };
}

void brig_child_end(struct brig_child *child)
{
	if (child)
		brig_process_kill(child->process, BRIG_EXIT_POLICY_KILL, 0);
}

void brig_children_end(struct brig_broker *broker)
{
	for (struct brig_child *child = broker->children; child; child = child->next)
		brig_child_end(child);
}
