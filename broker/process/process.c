#include "broker/process/process.h"

#include "broker/monitor/journal.h"
#include "broker/monitor/violation.h"
#include "ipc/schema/services.brig.h"
#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define MESSAGES_AT_DEATH 512   /* more than a socket can hold */
#define DRAIN_MS          10000 /* from the end of its channel to its own end, on a busy machine */

static void unlink_process(struct brig_process *process)
{
	struct brig_process **at = &process->broker->processes;

	while (*at && *at != process)
		at = &(*at)->next;
	if (*at)
		*at = process->next;
}

static void process_free(struct brig_process *process)
{
	brig_wheel_stop(&process->pause);
	brig_watch_close(process->channel_watch);
	brig_watch_close(process->death_watch);
	brig_watch_close(process->forbidden_watch);
	brig_timer_close(process->timer);
	brig_peer_finish(&process->peer);
	brig_close_fd(&process->child_fd);
	brig_close_fd(&process->pidfd);
	brig_close_fd(&process->forbidden);
	free(process->violation);
	free(process);
}

static void tell_violation(const struct brig_process *process)
{
	struct brig_broker *broker = process->broker;

	if (!process->violation)
		return;
	if (!broker->tally)
		broker->tally = calloc(1, sizeof *broker->tally);
	/* Without memory to count, it is told. */
	if ((!broker->tally || brig_tally_add(broker->tally, process->violation)) &&
	    broker->on_violation)
		broker->on_violation(broker->user, process->violation);
}

/* The only way out. The listener may look at everything for the last time. */
static void process_end(struct brig_process *process)
{
	if (process->state == BRIG_STATE_DEAD)
		return;
	brig_process_enter(process, BRIG_STATE_DEAD);
	process->ending = true; /* whoever is told from here on changes nothing of how it ended */
	process->exit.lifetime_us = brig_now_us() - process->started_us;
	brig_process_drop_group(process);
	unlink_process(process);
	brig_journal_end(process);
	tell_violation(process);
	process->peer.over = true;
	brig_pending_end_all(&process->peer, -EPIPE);
	process->listener->exited(process->user, process, &process->exit);
	process_free(process);
}

static void signal_kill(const struct brig_process *process)
{
	if (process->pidfd >= 0)
		(void)syscall(SYS_pidfd_send_signal, process->pidfd, SIGKILL, NULL, 0);
}

void brig_process_kill(struct brig_process *process, enum brig_exit_class class_, int code)
{
	process->peer.ended = true;
	if (!process->ending) {
		process->ending = true;
		process->exit.class_ = class_;
		process->exit.code = code;
	}
	signal_kill(process);
	/* Not forked yet: it finds its channel closed, and is killed when the zygote tells of it.
	 */
	if (process->pidfd < 0 && process->peer.channel.fd >= 0)
		(void)shutdown(process->peer.channel.fd, SHUT_RDWR);
}

void brig_process_fail_launch(struct brig_process *process, enum brig_stage stage, int error)
{
	if (!process->ending) {
		process->exit.stage = stage;
		process->exit.error = error;
	}
	brig_process_kill(process, BRIG_EXIT_LAUNCH_FAILED, 0);
}

int brig_process_deadline(struct brig_process *process, int ms)
{
	return brig_timer_start(process->timer, ms);
}

static void deadline_over(void *user)
{
	struct brig_process *process = user;

	if (process->state == BRIG_STATE_LAUNCHING)
		brig_process_fail_launch(process, BRIG_STAGE_TIMEOUT, ETIMEDOUT);
	else
		brig_process_kill(process, BRIG_EXIT_HANG, 0);
	if (process->pidfd >= 0)
		return;
	if (process->zygote && brig_zygote_waits(process->zygote, process))
		process->zygote = NULL; /* which others may have asked */
	if (process->zygote)
		brig_zygote_kill(process->zygote); /* it is stuck, or its word was lost */
	else
		process_end(process); /* there is no process to wait for */
}

static void keep_record(struct brig_process *process)
{
	process->violation = brig_case_close(process->looked_into);
	process->looked_into = NULL;
}

static void looked_into(void *user)
{
	struct brig_process *process = user;

	keep_record(process);
	if (process->reaped)
		process_end(process);
}

static void look_into(void *user)
{
	const struct brig_process *process = user;

	brig_case_work(process->looked_into);
}

/* What takes time is a worker's; without one the record is as it is. */
static void begin_looking(struct brig_process *process, struct brig_case *case_)
{
	process->looked_into = case_;
	if (case_ &&
	    brig_workers_add(process->broker->workers, look_into, looked_into, process) < 0)
		keep_record(process);
}

static struct brig_case *open_case(const struct brig_process *process, const char *unknown)
{
	return brig_case_open(process->role, process->exit.instance, process->broker->helper_fd,
			      unknown);
}

/* It waits in the call: what the kernel says of it is written down, then it dies of it. */
static void forbidden_called(void *user)
{
	struct brig_process *process = user;
	struct brig_forbidden forbidden;
	struct brig_case *case_ = NULL;
	int r = brig_forbidden_read(process->forbidden, &forbidden);

	if (r == -EAGAIN)
		return;
	if (r < 0) { /* nobody is left to make a call; or it can't be read, and nobody would */
		brig_watch_close(process->forbidden_watch);
		process->forbidden_watch = NULL;
	}
	if (r == -EPIPE)
		return;
	if (!process->ending) {
		case_ = open_case(process, r < 0 ? "which call: the kernel's word of it could not "
						   "be read from the filter's listener"
						 : "");
		if (!r)
			brig_forbidden_tell(&forbidden, &process->exit);
		if (!r && case_)
			brig_case_see(case_, process->forbidden, &forbidden, process->pid);
	}
	brig_process_kill(process, BRIG_EXIT_SECCOMP, SIGSYS);
	if (case_)
		begin_looking(process, case_);
}

/* Killed by its filter at once: the kernel tells the signal, and no more. */
static const char *why_unheard(const struct brig_process *process)
{
	if (!process->role->listens)
		return "which call: the role kills at once ('report kill'), so that nobody is told";
	if (process->forbidden < 0)
		return "which call: somebody outside listens to filters already, so the broker "
		       "can't";
	return "which call: it was of a foreign architecture, or its row kills at once, so that "
	       "nobody is told";
}

/*
 * Take its filter's listener, by pidfd_getfd(2): passed over a socket it would count as in flight
 * against all children of its user. It waits, and has no other code than its bootstrap's yet: what
 * a role's foreign code could keep is never taken.
 */
static int take_listener(struct brig_process *process)
{
	if (!process->role->listens || !process->forbidden_there)
		return 0;
	if (process->forbidden < 0)
		process->forbidden = (int)syscall(SYS_pidfd_getfd, process->pidfd,
						  (int)process->forbidden_there, 0);
	if (process->forbidden < 0)
		return -errno;
	if (!brig_forbidden_check(process->forbidden))
		return -EPROTO;
	return brig_watch_open(process->broker->loop, process->forbidden, forbidden_called, process,
			       &process->forbidden_watch);
}

/* Both halves are there: it says that it is sealed, and we hold it. */
static void maybe_ready(struct brig_process *process)
{
	const int off = 0;
	enum brig_stage stage;

	if (!process->sealed || process->pidfd < 0 || process->ending ||
	    process->state != BRIG_STATE_LAUNCHING)
		return;
	int r = brig_attest(process, &stage);
	if (!r)
		r = take_listener(process);
	if (r < 0) {
		process->exit.level = BRIG_LEVEL_NONE; /* whatever was attested: it never ran */
		brig_process_fail_launch(process, stage, -r);
		return;
	}
	(void)setsockopt(process->peer.channel.fd, SOL_SOCKET, SO_PASSCRED, &off, sizeof off);
	brig_timer_stop(process->timer);
	brig_process_enter(process, BRIG_STATE_READY);
	process->listener->ready(process->user, process);
}

static int said_sealed(void *user, struct brig_request *call, const Brig__Ipc__SealClaim *sealed)
{
	struct brig_process *process = user;
	(void)call;

	if (process->sealed)
		return BRIG_BAD_STATE;
	/* Else a plugin's constructor could have one descriptor more than is counted. */
	if (sealed->n_layer_error != BRIG_LAYER_COUNT ||
	    (sealed->listener && !process->role->listens) ||
	    (sealed->fds_open != process->role->fds &&
	     process->exit.layers[BRIG_LAYER_FDS].want != BRIG_OFF))
		return BRIG_BAD_FIELD;
	for (int i = 0; i < BRIG_LAYER_COUNT; i++) {
		struct brig_layer_state *state = &process->exit.layers[i];

		if (brig_layer_is_brokers((enum brig_layer)i))
			continue;
		state->error = (int)sealed->layer_error[i];
		state->got = state->want == BRIG_OFF || state->error ? BRIG_MISSING : BRIG_CLAIMED;
	}
	process->forbidden_there = sealed->listener & 0xff;
	process->sealed = true;
	if (!brig_process_agree(process, sealed))
		brig_process_fail_launch(process, BRIG_STAGE_HANDSHAKE, EPROTONOSUPPORT);
	maybe_ready(process);
	return 0;
}

/*
 * The one descriptor that Brig itself takes from a child: before it is ready, of a role whose code
 * until then is its bootstrap's alone, once. What it listens to is looked at before it is used.
 */
static int said_listener(void *user, struct brig_request *call,
			 const Brig__Ipc__ListenerPassed *passed)
{
	struct brig_process *process = user;
	(void)passed;

	if (process->forbidden >= 0 || !process->role->listens)
		return BRIG_BAD_STATE;
	process->forbidden = call->fds[0];
	call->fds[0] = -1;
	return 0;
}

static int said_failed(void *user, struct brig_request *call, const Brig__Ipc__SealFailure *failed)
{
	struct brig_process *process = user;
	(void)call;

	if (failed->stage >= BRIG_STAGE_COUNT)
		return BRIG_BAD_FIELD;
	brig_process_fail_launch(process, (enum brig_stage)failed->stage, (int)failed->error);
	if (failed->stage == BRIG_STAGE_LANDLOCK && failed->error == EPROTONOSUPPORT)
		(void)snprintf(process->exit.detail, sizeof process->exit.detail,
			       "Landlock knows TCP from Linux 6.7 on, and this role may connect");
	return 0;
}

/* What a child may say before it is ready. */
static const struct brig_lifecycle_handlers lifecycle =
	BRIG_LIFECYCLE_HANDLERS(said_sealed, said_failed, said_listener);

/* The sender is the kernel's word: it is how a child is held whose zygote died too early. */
static void adopt(struct brig_process *process)
{
	siginfo_t info;

	if (process->pidfd >= 0 || !process->alone || process->sender <= 0)
		return;
	brig_auto_fd int pidfd = (int)syscall(SYS_pidfd_open, process->sender, 0);
	/* Only a child of ours, so that the number can't be anyone else's by now. */
	if (pidfd >= 0 && waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
		brig_process_forked(process, brig_steal_fd(&pidfd));
}

static void take_packet(struct brig_process *process, struct brig_packet *packet)
{
	if (process->state == BRIG_STATE_LAUNCHING)
		process->sender = packet->sender;
	adopt(process);
	const enum brig_bad_message bad = brig_peer_take(&process->peer, packet);
	if (bad && !process->ending)
		brig_peer_describe_breach(&process->peer, process->exit.detail,
					  sizeof process->exit.detail);
	if (bad)
		brig_process_kill(process, BRIG_EXIT_BAD_MESSAGE, (int)bad);
}

static void sent_too_much(struct brig_process *process)
{
	brig_stats_add(&process->broker->stats, NULL, BRIG_STAT_BREACHES, 1);
	brig_process_kill(process, BRIG_EXIT_BAD_MESSAGE, BRIG_BAD_TRUNCATED);
}

/* 0 more may come; -EPIPE it ended. Bounded: one chatty child must not starve the others. */
static int drain(struct brig_process *process, int max, bool metered)
{
	struct brig_packet packet;
	bool passed = false;
	int i;

	for (i = 0; i < max && !process->ending; i++) {
		int r = brig_channel_receive(&process->peer.channel, process->broker->buffer, false,
					     &packet);

		if (r == 1) {
			const uint64_t before = process->peer.spill.fetched;

			passed |= packet.n_fds > 0;
			if (packet.n_fds)
				process->refused_us = 0;
			take_packet(process, &packet);
			const uint64_t fetched = process->peer.spill.fetched - before;
			/* A batch is several, and so is what lay in memory. */
			i += process->peer.taken > 1 ? (int)process->peer.taken - 1 : 0;
			i += (int)(fetched / BRIG_PAYLOAD_MAX);
			if (metered && brig_process_over_quota(process, packet.n + fetched))
				return process->ending ? -EPIPE : 0;
			continue;
		}
		if (r == -EAGAIN || r == -EMFILE)
			break;
		if (r == -EBADMSG)
			sent_too_much(process);
		return -EPIPE;
	}
	brig_process_count_read(process, i, passed);
	return process->ending ? -EPIPE : 0;
}

static void channel_ended(struct brig_process *process)
{
	brig_wheel_stop(&process->pause);
	brig_watch_close(process->channel_watch);
	process->channel_watch = NULL;
	if (process->pidfd >= 0) {
		(void)brig_process_deadline(process, DRAIN_MS);
		return;
	}
	if (process->zygote)
		return; /* it will tell, or die */
	if (!process->ending)
		brig_process_fail_launch(process, BRIG_STAGE_ZYGOTE, EPIPE);
	process_end(process);
}

static void channel_ready(void *user)
{
	struct brig_process *process = user;
	struct brig_channel *channel = &process->peer.channel;
	const int r = brig_channel_flush(channel);

	if (r != 1 || channel->crowded)
		(void)brig_watch_want_write(process->channel_watch, false);
	(void)brig_peer_sent(&process->peer, r);
	if (!brig_wheel_runs(&process->pause) &&
	    drain(process, brig_process_share(process), true) < 0)
		channel_ended(process);
}

static void died(void *user)
{
	struct brig_process *process = user;

	/* What it sent before it died counts. Before it is reaped: until then its pid is its own.
	 */
	if (!process->ending && process->channel_watch)
		(void)drain(process, MESSAGES_AT_DEATH, false);
	if (!brig_process_reap(process))
		return;
	if (process->exit.class_ == BRIG_EXIT_SECCOMP && !process->looked_into &&
	    !process->violation)
		begin_looking(process, open_case(process, why_unheard(process)));
	if (!process->looked_into) {
		process_end(process);
		return;
	}
	/* Nothing that happens from here on changes what it died of. */
	process->reaped = process->ending = true;
	brig_timer_stop(process->timer);
	brig_watch_close(process->channel_watch);
	brig_watch_close(process->death_watch);
	brig_watch_close(process->forbidden_watch);
	process->channel_watch = process->death_watch = process->forbidden_watch = NULL;
}

void brig_process_forked(struct brig_process *process, int pidfd)
{
	process->pidfd = pidfd;
	process->zygote = NULL;
	process->alone = false;
	pid_t pid = brig_pidfd_pid(pidfd);
	process->pid = pid > 0 ? pid : 0;
	if (brig_watch_open(process->broker->loop, pidfd, died, process, &process->death_watch) <
	    0) {
		brig_process_fail_launch(process, BRIG_STAGE_FORK, ENOMEM);
		return;
	}
	if (process->ending) {
		signal_kill(process);
		return;
	}
	/* ESRCH: it is dead already, and the watch will say so. */
	if (pid < 0 && pid != -ESRCH) {
		brig_process_fail_launch(process, BRIG_STAGE_ATTEST, -(int)pid);
		return;
	}
	brig_process_put_priority(process);
	brig_process_put_group(process);
	maybe_ready(process);
}

void brig_process_orphaned(struct brig_process *process)
{
	process->zygote = NULL;
	process->alone = true;
	if (!process->channel_watch || process->ending) {
		if (!process->ending)
			brig_process_fail_launch(process, BRIG_STAGE_ZYGOTE, EPIPE);
		process_end(process);
		return;
	}
	adopt(process); /* it may have spoken already */
}

static struct brig_process *process_create(struct brig_broker *broker,
					   const struct brig_launch_request *request)
{
	struct brig_process *process = calloc(1, sizeof *process);

	if (!process)
		return NULL;
	process->broker = broker;
	process->role = request->role;
	process->child_fd = process->pidfd = process->forbidden = -1;
	process->principal = request->principal;
	process->started_us = brig_now_us();
	process->exit.instance = ++broker->next_instance;
	process->exit.syscall = -1;
	(void)snprintf(process->exit.role, sizeof process->exit.role, "%s", request->role->name);
	for (int i = 0; i < BRIG_LAYER_COUNT; i++)
		process->exit.layers[i].want =
			brig_tier_want(&broker->tier, request->role, (enum brig_layer)i);
	brig_process_want_priority(process, request->priority);
	brig_process_want_group(process);
	brig_process_open_peer(process);
	return process;
}

int brig_process_launch(struct brig_broker *broker, const struct brig_launch_request *request,
			const struct brig_process_listener *listener, void *user,
			struct brig_process **ret)
{
	struct brig_process *process = process_create(broker, request);

	if (!process)
		return -ENOMEM;
	process->listener = listener;
	process->user = user;
	int r = brig_process_serve(process, &lifecycle, request->offer,
				   request->offer_user ? request->offer_user : user);
	if (!r)
		r = brig_channel_pair(true, &process->peer.channel.fd, &process->child_fd);
	if (!r)
		r = brig_watch_open(broker->loop, process->peer.channel.fd, channel_ready, process,
				    &process->channel_watch);
	if (!r)
		r = brig_timer_open(broker->loop, deadline_over, process, &process->timer);
	if (!r)
		r = brig_process_deadline(process, request->timeout_ms);
	if (!r)
		r = brig_zygote_request(broker, process, request->plugin_fd);
	if (r) {
		process_free(process);
		return r;
	}
	process->next = broker->processes;
	broker->processes = process;
	brig_journal_child(process, false);
	*ret = process;
	return 0;
}
