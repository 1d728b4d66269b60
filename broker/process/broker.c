/* The broker as embedders see it: include/brig/broker.h. */
#include "broker/broker.h"

#include "broker/monitor/journal.h"
#include "broker/process/direct.h"
#include "broker/service/buffer.h"
#include "broker/service/job.h"
#include "ipc/schema/launch.h"
#include "sandbox/base/cleanup.h"

#include <brig/version.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define CHILDREN_DEFAULT 64
#define CHILDREN_MAX     1000
#define WORKERS_MAX      64
#define WORKERS_DEFAULT  8
#define OPTIONS_OLDEST   offsetof(struct brig_broker_options, on_violation)
#define OPTIONS_OLDER    offsetof(struct brig_broker_options, cgroup)
#define LAUNCH_MS        10000

uint64_t brig_now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

const char *brig_version(void)
{
	return BRIG_VERSION_STRING;
}

static void woken(void *user)
{
	struct brig_broker *broker = user;

	brig_workers_run_done(broker->workers);
	brig_jobs_advance(broker);
}

static void raise_nofile(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static unsigned int default_workers(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	return cpus < 1 ? 1 : cpus > WORKERS_DEFAULT ? WORKERS_DEFAULT : (unsigned int)cpus;
}

static bool options_valid(const struct brig_broker_options *o)
{
	return o->max_children <= CHILDREN_MAX && o->workers <= WORKERS_MAX &&
	       o->launch_timeout_ms >= 0 && o->launch_timeout_ms <= 60000 &&
	       o->least <= BRIG_LEVEL_FULL && o->cgroup_optional <= 1 && !o->reserved;
}

static int broker_fill(struct brig_broker *broker, const struct brig_broker_options *o,
		       uint32_t off)
{
	size_t place = BRIG_NO_PLACE;

	broker->max_children = o->max_children ? o->max_children : CHILDREN_DEFAULT;
	broker->launch_timeout_ms = o->launch_timeout_ms ? o->launch_timeout_ms : LAUNCH_MS;
	broker->tier.least = o->least ? o->least : BRIG_LEVEL_FULL;
	broker->tier.off = off;
	broker->zygote_forks = BRIG_ZYGOTE_FORKS;
	broker->on_violation = o->on_violation;
	broker->user = o->user;
	raise_nofile();
	int r = brig_attest_own(broker);
	if (!r)
		r = brig_helper_open(o->child_path, &broker->helper_fd, &place);
	if (!r)
		brig_plugins_open(broker, o->plugin_dir, place);
	if (!r && o->cgroup)
		r = brig_cgroup_open(&broker->cgroup, o->cgroup, o->cgroup_optional);
	if (!r)
		r = brig_loop_create(&broker->loop);
	if (!r)
		r = brig_wheel_open(&broker->wheel, broker->loop);
	if (!r)
		r = brig_workers_create(o->workers ? o->workers : default_workers(), broker->loop,
					&broker->workers);
	if (!r)
		r = brig_pool_create(broker->workers, &broker->pool);
	if (!r)
		r = brig_zygote_prepare(broker);
	if (!r)
		brig_loop_on_wake(broker->loop, woken, broker);
	return r ? r : brig_journal_by_environment(broker);
}

int brig_broker_create_without(const struct brig_broker_options *options, uint32_t off,
			       struct brig_broker **ret)
{
	struct brig_broker_options o = { 0 };

	/* Each would start the next, without an end. */
	if (!strcmp(program_invocation_name, BRIG_HELPER_NAME))
		return -ELOOP;
	if (options && options->size != sizeof o && options->size != OPTIONS_OLDER &&
	    options->size != OPTIONS_OLDEST)
		return -EINVAL;
	if (options)
		memcpy(&o, options, options->size);
	/* The oldest knew one level, full, by the number that is the least one's now. */
	if (o.size == OPTIONS_OLDEST && o.least)
		o.least = BRIG_LEVEL_FULL;
	if (!ret || !options_valid(&o))
		return -EINVAL;
	struct brig_broker *broker = calloc(1, sizeof *broker);
	if (!broker)
		return -ENOMEM;
	broker->helper_fd = broker->cgroup.named = broker->cgroup.own = -1;
	int r = broker_fill(broker, &o, off);
	if (r) {
		brig_broker_destroy(broker);
		return r;
	}
	*ret = broker;
	return 0;
}

int brig_broker_create(const struct brig_broker_options *options, struct brig_broker **ret)
{
	return brig_broker_create_without(options, 0, ret);
}

int brig_broker_run(struct brig_broker *broker, int timeout_ms)
{
	if (broker->running)
		return -EBUSY;
	broker->running = true;
	int r = brig_loop_run(broker->loop, timeout_ms);
	broker->running = false;
	return r;
}

void brig_broker_wake(struct brig_broker *broker)
{
	brig_loop_wake(broker->loop);
}

int brig_broker_work(struct brig_broker *broker, void (*work)(void *user), void (*done)(void *user),
		     void *user)
{
	return work ? brig_workers_add(broker->workers, work, done, user) : -EINVAL;
}

int brig_broker_stats(struct brig_broker *broker,
		      void (*row)(void *user, const struct brig_stats *stats), void *user)
{
	if (!broker || !row)
		return -EINVAL;
	uint64_t *queued = &broker->stats.other[BRIG_STAT_QUEUED];
	*queued = 0;
	for (const struct brig_process *process = broker->processes; process;
	     process = process->next)
		*queued += process->peer.channel.queued;
	return brig_stats_read(&broker->stats, row, user);
}

/* Bounded: what was killed dies, and the zygotes with what they were asked for. */
static void end_children(struct brig_broker *broker)
{
	for (struct brig_decode *job = broker->jobs; job; job = job->next)
		brig_decode_cancel(job);
	brig_children_end(broker);
	while (broker->jobs || broker->children) {
		brig_loop_wake(broker->loop);
		if (brig_broker_run(broker, 1000) < 0)
			break;
	}
}

void brig_broker_destroy(struct brig_broker *broker)
{
	if (!broker)
		return;
	broker->closing = true;
	if (broker->loop && broker->workers)
		end_children(broker);
	brig_streams_end(broker);
	brig_zygotes_destroy(broker);
	(void)brig_journal_close(broker);
	brig_cgroup_close(&broker->cgroup);
	brig_pool_close(broker->pool);
	brig_workers_destroy(broker->workers);
	brig_stats_clear(&broker->stats);
	brig_wheel_close(&broker->wheel);
	brig_loop_destroy(broker->loop);
	for (size_t i = 0; i < broker->n_plugins; i++)
		(void)close(broker->plugins[i].fd);
	brig_close_fd(&broker->helper_fd);
	free(broker->tally);
	free(broker);
}
