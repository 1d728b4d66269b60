/* Channels between two children: made, policed and ended here (include/brig/direct.h). */
#include "broker/process/direct.h"

#include "ipc/schema/services.brig.h"
#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83 /* Linux 6.16 */
#endif

#define MESSAGES_DROPPED 512 /* more than a socket can hold */

enum { CALLER, SERVER };

struct brig_direct {
	struct brig_direct *next;
	struct brig_broker *broker;
	uint64_t number;
	struct brig_child *children[2];
	struct brig_process *processes[2];
	int ends[2]; /* the sockets that the children have, held to shut them down */
	void (*on_end)(void *user, struct brig_direct *direct,
		       const struct brig_direct_ended *ended);
	void *user;
};

/*
 * Who may call whom. Both also have "interface join" in their role files. Not network: what others
 * say to servers, and what these answer, passes the broker. Not codec: it asks no questions. Not
 * plugin: what runs there is a shared object's, which was never asked to be a service.
 */
static const struct brig_direct_pair pairs[] = {
	{ BRIG_ROLE_RENDERER, BRIG_ROLE_SERVICE, "a document asks a parser or index of its own" },
	{ BRIG_ROLE_RENDERER, BRIG_ROLE_WORKERS, "a document has its work done by threads" },
	{ BRIG_ROLE_SERVICE, BRIG_ROLE_SERVICE, "one stage of parsing hands on to the next" },
	{ BRIG_ROLE_SERVICE, BRIG_ROLE_WORKERS, "a parser has what it found decoded" },
};

const struct brig_direct_pair *brig_direct_pair(const struct brig_role *caller,
						const struct brig_role *server)
{
	const uint32_t both = caller->interfaces & server->interfaces;

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (pairs[i].caller == caller->id && pairs[i].server == server->id)
			return both & BRIG_INTERFACE_JOIN ? &pairs[i] : NULL;
	return NULL;
}

/* Why the two may not have one; NULL: they may. */
static const char *refusal(const struct brig_process *caller, const struct brig_process *server)
{
	if (!caller->principal || !server->principal)
		return "a child without a principal is joined to nobody";
	if (caller->principal != server->principal)
		return "children of two principals are never joined";
	if (!brig_direct_pair(caller->role, server->role))
		return "no row says that the first one's role may call the second one's";
	return NULL;
}

static bool has_descriptors(const struct brig_service *service)
{
	for (size_t i = 0; i < service->n_methods; i++)
		if (service->methods[i].n_fds_in || service->methods[i].n_fds_out)
			return true;
	return false;
}

/* What is wrong with the options; NULL: nothing. */
static const char *fault(const struct brig_direct_options *o, struct brig_process *const ends[2])
{
	if (ends[CALLER] == ends[SERVER])
		return "a child isn't joined to itself";
	if (ends[CALLER]->broker != ends[SERVER]->broker)
		return "children of two brokers aren't joined";
	if (!o->service)
		return "no service";
	if (o->service->id < BRIG_EMBEDDERS_FIRST)
		return "a service of Brig's own";
	if (has_descriptors(o->service))
		return "a method of the service carries descriptors";
	if (!brig_service_names(o->service, ends[CALLER]->role->name))
		return "the service's schema doesn't name the caller's role";
	if (!brig_service_names(o->service, ends[SERVER]->role->name))
		return "the service's schema doesn't name the server's role";
	return NULL;
}

static bool has_end(const struct brig_direct *direct, const struct brig_process *process)
{
	return direct->processes[CALLER] == process || direct->processes[SERVER] == process;
}

static unsigned int count(const struct brig_process *process)
{
	unsigned int n = 0;

	for (const struct brig_direct *d = process->broker->directs; d; d = d->next)
		n += has_end(d, process);
	return n;
}

static int check(const struct brig_direct_options *o, struct brig_process *const ends[2],
		 const char **ret_why)
{
	const char *why = fault(o, ends);
	const bool invalid = why;

	if (!why)
		why = refusal(ends[CALLER], ends[SERVER]);
	if (why) {
		if (ret_why)
			*ret_why = why;
		return invalid ? -EINVAL : -EPERM;
	}
	for (int i = 0; i < 2; i++) {
		/* Who has closed its own channel is as good as gone. */
		if (ends[i]->state != BRIG_STATE_LOCKED || ends[i]->ending ||
		    !ends[i]->channel_watch)
			return -ENOTCONN;
		if (count(ends[i]) >= BRIG_DIRECT_MAX)
			return -EAGAIN;
	}
	return 0;
}

static struct timeval longest(const struct brig_service *service)
{
	uint32_t ms = 1;

	for (size_t i = 0; i < service->n_methods; i++)
		if (service->methods[i].deadline_ms > ms)
			ms = service->methods[i].deadline_ms;
	return (struct timeval){ .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
}

void brig_refuse_rights(int fd)
{
	const int off = 0;

	(void)setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, &off, sizeof off);
}

/*
 * Neither end can change any of this: setsockopt(2) is the network role's alone, and not for these.
 * A kernel before 6.16 has no SO_PASSRIGHTS; there the receiving ends look.
 */
static int make_ends(struct brig_direct *direct, const struct brig_service *service)
{
	const struct timeval time = longest(service);
	int r = brig_channel_pair(false, &direct->ends[CALLER], &direct->ends[SERVER]);

	for (int i = 0; i < 2 && !r; i++) {
		brig_refuse_rights(direct->ends[i]);
		if (setsockopt(direct->ends[i], SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time) < 0)
			r = -errno;
	}
	/* Who serves waits for the next request as long as it takes. */
	if (!r && setsockopt(direct->ends[CALLER], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) < 0)
		r = -errno;
	return r;
}

static int give(const struct brig_direct *direct, int to, uint16_t service)
{
	const struct brig_process *other = direct->processes[!to];
	Brig__Ipc__JoinGiven given = BRIG__IPC__JOIN_GIVEN__INIT;

	given.channel = direct->number;
	given.number = service;
	given.caller = to == CALLER;
	given.other.data = (uint8_t *)(uintptr_t)other->role->name;
	given.other.len = strlen(other->role->name);
	given.instance = other->exit.instance;
	return brig_join_given(&direct->processes[to]->peer, &given, direct->ends[to]);
}

/*
 * shutdown(2) is the socket's, whoever has it; both directions of one end are those of the other.
 * What lies unread could still be read: it is taken out, descriptors too, which nobody receives.
 */
static void shut(struct brig_direct *direct)
{
	char byte;

	if (direct->ends[CALLER] >= 0)
		(void)shutdown(direct->ends[CALLER], SHUT_RDWR);
	for (int i = 0; i < 2; i++) {
		for (int n = 0; n < MESSAGES_DROPPED && direct->ends[i] >= 0; n++)
			if (recv(direct->ends[i], &byte, sizeof byte, MSG_DONTWAIT) < 0)
				break; /* an empty packet is none, either */
		brig_close_fd(&direct->ends[i]);
	}
}

static long unread(int end)
{
	brig_auto_fd int fdinfo = open("/proc/self/fdinfo", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char name[16];

	(void)snprintf(name, sizeof name, "%d", end);
	return brig_fds_unread(fdinfo, name);
}

long brig_direct_passed(const struct brig_process *process)
{
	long n = 0;

	for (const struct brig_direct *d = process->broker->directs; d; d = d->next)
		for (int i = 0; i < 2; i++)
			if (d->processes[i] == process)
				n += unread(d->ends[!i]) - unread(d->ends[i]);
	return n;
}

/* Out of the list: @direct, or, if that is NULL, one that @process has an end of. NULL: none is. */
static struct brig_direct *take_out(struct brig_broker *broker, const struct brig_direct *direct,
				    const struct brig_process *process)
{
	for (struct brig_direct **at = &broker->directs; *at; at = &(*at)->next) {
		struct brig_direct *found = *at;

		if (direct ? found != direct : !has_end(found, process))
			continue;
		*at = found->next;
		return found;
	}
	return NULL;
}

int brig_direct_connect(const struct brig_direct_options *o, struct brig_direct **ret,
			const char **ret_why)
{
	if (!o || o->size != sizeof *o || !o->caller || !o->server || !ret) {
		if (ret_why)
			*ret_why = "another size, or without caller or server";
		return -EINVAL;
	}
	struct brig_process *const ends[2] = { brig_child_process(o->caller),
					       brig_child_process(o->server) };
	int r = check(o, ends, ret_why);
	if (r)
		return r;
	struct brig_direct *direct = calloc(1, sizeof *direct);
	if (!direct)
		return -ENOMEM;
	*direct = (struct brig_direct){ .broker = ends[CALLER]->broker,
					.number = ++ends[CALLER]->broker->last_direct,
					.children = { o->caller, o->server },
					.processes = { ends[CALLER], ends[SERVER] },
					.ends = { -1, -1 },
					.on_end = o->on_end,
					.user = o->user };
	r = make_ends(direct, o->service);
	for (int i = SERVER; i >= CALLER && !r; i--)
		r = give(direct, i, o->service->id);
	if (r) {
		shut(direct);
		free(direct);
		return r;
	}
	direct->next = direct->broker->directs;
	direct->broker->directs = direct;
	*ret = direct;
	return 0;
}

void brig_direct_revoke(struct brig_direct *direct)
{
	if (!direct)
		return;
	(void)take_out(direct->broker, direct, NULL);
	shut(direct);
	free(direct);
}

/* One that is out of the list. */
static void end_direct(struct brig_direct *direct, const struct brig_process *by,
		       enum brig_direct_why why, int code)
{
	const struct brig_direct_ended ended = {
		.why = why, .by = direct->children[direct->processes[SERVER] == by], .code = code
	};

	shut(direct);
	if (direct->on_end)
		direct->on_end(direct->user, direct, &ended);
	free(direct);
}

/* An on_end may revoke any other. */
void brig_directs_end(struct brig_process *process)
{
	struct brig_direct *direct = take_out(process->broker, NULL, process);

	for (; direct; direct = take_out(process->broker, NULL, process))
		end_direct(direct, process, BRIG_DIRECT_CHILD_ENDED, 0);
}

/* One that was revoked, or ended by the other, meanwhile isn't there any more; numbers rise. */
static int parted(void *user, struct brig_request *call, const Brig__Ipc__JoinParted *parted)
{
	struct brig_process *process = user;
	struct brig_direct *direct = process->broker->directs;
	(void)call;

	if (parted->channel > process->broker->last_direct)
		return BRIG_BREACH_HANDLE;
	while (direct && !(direct->number == parted->channel && has_end(direct, process)))
		direct = direct->next;
	if (direct)
		end_direct(take_out(process->broker, direct, NULL), process,
			   parted->code ? BRIG_DIRECT_ACCUSED : BRIG_DIRECT_CLOSED,
			   (int)parted->code);
	return 0;
}

const struct brig_join_handlers brig_direct_handlers = BRIG_JOIN_HANDLERS(parted);
