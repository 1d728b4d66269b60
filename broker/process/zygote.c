/* The helpers: one shared zygote for fork launches, one of its own for each exec launch. */
#include "broker/process/process.h"

#include "sandbox/base/cleanup.h"

#include <brig/version.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* A range that distributions leave alone: neither users, services nor sub-uids of containers. */
#define UID_BASE  0x70000000u
#define UID_RANGE 0x00ffffffu

/* In a row, before they were ready: then it is no accident. */
#define EARLY_DEATHS_MAX 20
#define LAST_WORDS       64
#define AGAIN_US         10000

struct brig_zygote {
	struct brig_broker *broker;
	struct brig_zygote *next;
	const struct brig_role *role;
	int channel;
	int pidfd;
	struct brig_watch *channel_watch, *death_watch;
	struct brig_wheel_node again; /* what waits is asked then */
	/* Else the kernel would make an inode of each anew whenever a child is attested. */
	int namespaces[BRIG_NAMESPACES];
	struct brig_launch_message ready; /* kind 0 until it says so */
	enum brig_stage stopped_stage;
	int stopped_error;
	unsigned int asked; /* for a child: how often */
	bool gone;          /* its channel ended: what it was asked is lost */
};

/* Nothing more is asked of it. */
static void forget(const struct brig_zygote *zygote)
{
	struct brig_broker *broker = zygote->broker;

	if (broker->zygote == zygote) {
		broker->zygote = broker->successor;
		broker->successor = NULL;
	} else if (broker->successor == zygote) {
		broker->successor = NULL;
		if (broker->zygote) /* serves as long again, before another is tried */
			broker->zygote->asked = 0;
	}
}

static void zygote_free(struct brig_zygote *zygote)
{
	struct brig_zygote **at = &zygote->broker->zygotes;

	while (*at && *at != zygote)
		at = &(*at)->next;
	if (*at)
		*at = zygote->next;
	forget(zygote);
	brig_wheel_stop(&zygote->again);
	brig_watch_close(zygote->channel_watch);
	brig_watch_close(zygote->death_watch);
	brig_close_fd(&zygote->channel);
	brig_close_fd(&zygote->pidfd);
	for (size_t i = 0; i < BRIG_NAMESPACES; i++)
		brig_close_fd(&zygote->namespaces[i]);
	free(zygote);
}

/* A uid of its own for each helper: quotas per user are then quotas per helper. */
static unsigned int choose_uid(void)
{
	uint32_t random = 0;

	if (geteuid() != 0)
		return (unsigned int)geteuid();
	if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
		random = (uint32_t)getpid();
	return UID_BASE + (random & UID_RANGE);
}

static int file_actions(posix_spawn_file_actions_t *actions, int channel, int helper, int plugin)
{
	int r = 0;

#ifdef BRIG_SANITIZED
	const int first_null = 2; /* sanitizers report on stderr */
#else
	const int first_null = 3;
#endif
	for (int fd = 0; !r && fd < first_null; fd++)
		r = posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_RDWR, 0);
	if (!r)
		r = posix_spawn_file_actions_adddup2(actions, channel, BRIG_CHANNEL_FD);
	if (!r)
		r = posix_spawn_file_actions_adddup2(actions, helper, BRIG_HELPER_FD);
	if (!r)
		r = plugin < 0 ? posix_spawn_file_actions_addclose(actions, BRIG_PLUGIN_FD)
			       : posix_spawn_file_actions_adddup2(actions, plugin, BRIG_PLUGIN_FD);
	return -r;
}

/* dup2 onto a number that is itself a source would lose it: keep the sources out of the way. */
static int high_copy(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 16);

	return copy < 0 ? -errno : copy;
}

static int spawn_with(const struct brig_zygote *zygote, posix_spawn_file_actions_t *actions,
		      posix_spawnattr_t *attributes, int helper, pid_t *ret)
{
	const struct brig_tier *tier = &zygote->broker->tier;
	char path[32], role[16], uid[16], least[16], off[16];
	char name[] = BRIG_HELPER_NAME, mode[] = BRIG_HELPER_ENTER;
	char sanitizer[] = "ASAN_OPTIONS=detect_leaks=0:abort_on_error=0";
	/* Nobody asks for its CPU, and the kernel would write it into each child's memory. */
	char tunables[] = "GLIBC_TUNABLES=glibc.pthread.rseq=0";
	char *const argv[] = { name, mode, role, uid, least, off, NULL };
	/* Nothing of the embedder's environment: it may hold secrets. */
	char *const environment[] = { sanitizer, tunables, NULL };
	sigset_t none, all;

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", helper);
	(void)snprintf(role, sizeof role, "%d", (int)zygote->role->id);
	(void)snprintf(uid, sizeof uid, "%u", choose_uid());
	(void)snprintf(least, sizeof least, "%d", (int)tier->least);
	(void)snprintf(off, sizeof off, "%u", tier->off);
	sigemptyset(&none);
	sigfillset(&all);
	int r = posix_spawnattr_setsigmask(attributes, &none);
	if (!r)
		r = posix_spawnattr_setsigdefault(attributes, &all);
	if (!r)
		r = posix_spawnattr_setflags(attributes,
					     POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (!r)
		r = posix_spawn(ret, path, actions, attributes, argv, environment);
	return -r;
}

static int spawn_helper(struct brig_zygote *zygote, int channel, int plugin_fd)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	brig_auto_fd int high_channel = high_copy(channel);
	brig_auto_fd int high_helper = high_copy(zygote->broker->helper_fd);
	brig_auto_fd int high_plugin = plugin_fd < 0 ? -1 : high_copy(plugin_fd);
	pid_t pid = -1;

	if (high_channel < 0 || high_helper < 0 || (plugin_fd >= 0 && high_plugin < 0))
		return -EMFILE;
	if (posix_spawn_file_actions_init(&actions))
		return -ENOMEM;
	if (posix_spawnattr_init(&attributes)) {
		(void)posix_spawn_file_actions_destroy(&actions);
		return -ENOMEM;
	}
	int r = file_actions(&actions, high_channel, high_helper, high_plugin);
	if (!r)
		r = spawn_with(zygote, &actions, &attributes, high_helper, &pid);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attributes);
	if (r)
		return r;
	zygote->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	return zygote->pidfd < 0 ? -errno : 0;
}

static void ask_again(struct brig_wheel_node *node);

/* False: no more can be asked of it now. */
static bool send_request(struct brig_zygote *zygote, struct brig_process *process)
{
	struct brig_wheel *wheel = &zygote->broker->wheel;
	const struct brig_launch_message request = { .kind = BRIG_LAUNCH_REQUEST,
						     .role = (uint32_t)process->role->id,
						     .instance = process->exit.instance };
	int r = brig_packet_send(zygote->channel, &request, sizeof request, &process->child_fd, 1,
				 false);

	if (r == -EAGAIN) /* so many are asked for that its socket is full: after its next answer */
		return false;
	/* Too many descriptors of our user lie in sockets: nobody tells when they are read. */
	if (r == -ETOOMANYREFS) {
		zygote->again.due = ask_again;
		brig_wheel_start(wheel, &zygote->again, brig_wheel_now(wheel) + AGAIN_US);
		return false;
	}
	brig_close_fd(&process->child_fd);
	/* Any other error is the zygote's death, which is seen by its channel. */
	return true;
}

static void send_waiting(struct brig_zygote *zygote)
{
	for (struct brig_process *p = zygote->broker->processes; p; p = p->next)
		if (p->zygote == zygote && p->child_fd >= 0 && !send_request(zygote, p))
			return;
}

static void ask_again(struct brig_wheel_node *node)
{
	send_waiting((struct brig_zygote *)((char *)node - offsetof(struct brig_zygote, again)));
}

/*
 * From the successor's first word on it is asked. The old one still hears what it was sent, then
 * that no more comes, and ends; what was not sent goes to the successor.
 */
static void succeed(struct brig_broker *broker)
{
	struct brig_zygote *old = broker->zygote;

	broker->zygote = broker->successor;
	broker->successor = NULL;
	for (struct brig_process *p = broker->processes; p; p = p->next)
		if (p->zygote == old && p->child_fd >= 0)
			p->zygote = broker->zygote;
	send_waiting(broker->zygote);
	(void)shutdown(old->channel, SHUT_WR);
}

static struct brig_process *find_process(const struct brig_zygote *zygote, uint64_t instance)
{
	struct brig_process *process = zygote->broker->processes;

	while (process && (process->zygote != zygote || process->exit.instance != instance))
		process = process->next;
	return process;
}

static void took_ready(struct brig_zygote *zygote, const struct brig_launch_message *message)
{
	if (strncmp(message->build_id, brig_build_id(), sizeof message->build_id)) {
		zygote->stopped_stage = BRIG_STAGE_HANDSHAKE;
		zygote->stopped_error = EPROTONOSUPPORT;
		(void)shutdown(zygote->channel, SHUT_RDWR);
		return;
	}
	zygote->ready = *message;
	zygote->broker->early_deaths = 0;
	if (zygote->role->id == BRIG_ROLE_ZYGOTE) /* others have one child */
		brig_namespaces_hold(zygote->pidfd, zygote->namespaces);
	if (zygote == zygote->broker->successor)
		succeed(zygote->broker);
	else
		send_waiting(zygote);
}

static void took_forked(struct brig_zygote *zygote, const struct brig_launch_message *message,
			struct brig_packet *packet)
{
	struct brig_process *process = find_process(zygote, message->instance);

	if (!process) {
		brig_packet_close(packet);
		return;
	}
	if (message->error || packet->n_fds != 1) {
		brig_process_fail_launch(process, BRIG_STAGE_FORK,
					 message->error ? message->error : EPROTO);
		brig_process_orphaned(process);
		return;
	}
	packet->n_fds = 0;
	brig_process_forked(process, packet->fds[0]);
	send_waiting(zygote);
}

static void take_message(struct brig_zygote *zygote, struct brig_packet *packet)
{
	struct brig_launch_message message;

	if (packet->n != sizeof message) {
		brig_packet_close(packet);
		(void)shutdown(zygote->channel, SHUT_RDWR);
		return;
	}
	memcpy(&message, packet->bytes, sizeof message);
	message.build_id[sizeof message.build_id - 1] = '\0';
	if (message.kind == BRIG_LAUNCH_FORKED) {
		took_forked(zygote, &message, packet);
		return;
	}
	brig_packet_close(packet);
	if (message.kind == BRIG_LAUNCH_READY) {
		took_ready(zygote, &message);
	} else if (message.kind == BRIG_LAUNCH_STOPPED) {
		zygote->stopped_stage = message.stage < BRIG_STAGE_COUNT
						? (enum brig_stage)message.stage
						: BRIG_STAGE_SPAWN;
		zygote->stopped_error = message.error > 0 ? message.error : EPROTO;
	}
}

/* One that was asked may have been forked all the same; one that waits goes to the next zygote. */
static void lose_process(struct brig_zygote *zygote, struct brig_process *process)
{
	bool asked = process->child_fd < 0;

	if (zygote->stopped_error)
		brig_process_fail_launch(process, zygote->stopped_stage, zygote->stopped_error);
	else if (!asked && zygote->broker->early_deaths > EARLY_DEATHS_MAX)
		brig_process_fail_launch(process, BRIG_STAGE_SPAWN, ECHILD);
	else if (!asked && !process->ending && process->role->launch == BRIG_LAUNCH_FORK &&
		 brig_zygote_request(zygote->broker, process, -1) == 0)
		return;
	if (!zygote->ready.kind && !zygote->stopped_error)
		(void)snprintf(process->exit.detail, sizeof process->exit.detail,
			       "its helper ended early: main() calls no brig_child_run() first, or "
			       "a library is found by LD_LIBRARY_PATH alone");
	brig_close_fd(&process->child_fd); /* nobody gets it any more: its channel ends */
	brig_process_orphaned(process);
}

static void zygote_gone(struct brig_zygote *zygote)
{
	struct brig_process *process;

	if (zygote->gone)
		return;
	zygote->gone = true;
	zygote->broker->early_deaths += !zygote->ready.kind;
	forget(zygote);
	/* Each call takes one off the list of those that wait for this zygote. */
	do {
		process = zygote->broker->processes;
		while (process && process->zygote != zygote)
			process = process->next;
		if (process)
			lose_process(zygote, process);
	} while (process);
}

/* Its death is seen as any other: those that wait go to the next one, this process ends. */
void brig_zygote_kill(const struct brig_zygote *zygote)
{
	(void)syscall(SYS_pidfd_send_signal, zygote->pidfd, SIGKILL, NULL, 0);
}

static void channel_ready(void *user)
{
	struct brig_zygote *zygote = user;
	struct brig_channel channel = { .fd = zygote->channel };
	struct brig_packet packet;
	int r;

	for (int i = 0; i < 32; i++) {
		r = brig_channel_receive(&channel, zygote->broker->buffer, false, &packet);
		if (r != 1)
			break;
		take_message(zygote, &packet);
	}
	if (r == 1 || r == -EAGAIN || r == -EMFILE)
		return;
	brig_watch_close(zygote->channel_watch);
	zygote->channel_watch = NULL;
	zygote_gone(zygote);
}

static void died(void *user)
{
	struct brig_zygote *zygote = user;
	siginfo_t info = { .si_pid = 0 };

	if (waitid(P_PIDFD, (id_t)zygote->pidfd, &info, WEXITED | WNOHANG) == 0 && !info.si_pid)
		return;
	/* Its last words: as many as its socket can hold, or children would be lost. */
	for (int i = 0; zygote->channel_watch && i < LAST_WORDS; i++)
		channel_ready(zygote);
	zygote_gone(zygote);
	zygote_free(zygote);
}

bool brig_zygote_waits(const struct brig_zygote *zygote, const struct brig_process *process)
{
	return zygote->role->id == BRIG_ROLE_ZYGOTE && process->child_fd >= 0 &&
	       brig_wheel_runs(&zygote->again);
}

static int zygote_create(struct brig_broker *broker, const struct brig_role *role, int plugin_fd,
			 struct brig_zygote **ret)
{
	struct brig_zygote *zygote = calloc(1, sizeof *zygote);
	brig_auto_fd int theirs = -1;

	if (!zygote)
		return -ENOMEM;
	zygote->broker = broker;
	zygote->role = role;
	zygote->channel = zygote->pidfd = -1;
	memset(zygote->namespaces, 0xff, sizeof zygote->namespaces); /* -1 */
	zygote->next = broker->zygotes;
	broker->zygotes = zygote;
	int r = brig_channel_pair(false, &zygote->channel, &theirs);
	if (!r)
		r = spawn_helper(zygote, theirs, plugin_fd);
	if (!r)
		r = brig_watch_open(broker->loop, zygote->channel, channel_ready, zygote,
				    &zygote->channel_watch);
	if (!r)
		r = brig_watch_open(broker->loop, zygote->pidfd, died, zygote,
				    &zygote->death_watch);
	if (r) {
		zygote_free(zygote);
		return r;
	}
	*ret = zygote;
	return 0;
}

int brig_zygote_prepare(struct brig_broker *broker)
{
	return broker->zygote ? 0 : zygote_create(broker, &brig_role_zygote, -1, &broker->zygote);
}

/* The old one serves until the next one can; and on, if none can be had. */
static void count_fork(struct brig_broker *broker)
{
	struct brig_zygote *zygote = broker->zygote;

	if (++zygote->asked < broker->zygote_forks || broker->successor || broker->closing)
		return;
	if (zygote_create(broker, &brig_role_zygote, -1, &broker->successor) < 0)
		zygote->asked = 0;
}

int brig_zygote_request(struct brig_broker *broker, struct brig_process *process, int plugin_fd)
{
	struct brig_zygote *zygote;
	int r;

	if (process->role->launch == BRIG_LAUNCH_FORK) {
		r = brig_zygote_prepare(broker);
		zygote = broker->zygote;
	} else {
		r = zygote_create(broker, process->role, plugin_fd, &zygote);
	}
	if (r)
		return r;
	process->zygote = zygote;
	if (zygote->ready.kind)
		(void)send_request(zygote, process);
	if (zygote == broker->zygote)
		count_fork(broker);
	return 0;
}

void brig_zygotes_destroy(struct brig_broker *broker)
{
	while (broker->zygotes) {
		struct brig_zygote *zygote = broker->zygotes;
		siginfo_t info;

		broker->zygotes = zygote->next;
		if (zygote->pidfd >= 0) {
			brig_zygote_kill(zygote);
			while (waitid(P_PIDFD, (id_t)zygote->pidfd, &info, WEXITED) < 0 &&
			       errno == EINTR)
				;
		}
		zygote_free(zygote);
	}
}
