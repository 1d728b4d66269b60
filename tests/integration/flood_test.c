/*
 * One child sends as fast as it can. What that costs the broker is bounded, and the child beside it
 * gets every answer.
 */
#include "broker/process/process.h"
#include "ipc/schema/services.brig.h"
#include "every.brig.h"
#include "tests/support/flooder.h"
#include "tests/support/outside.h"

#include "gtest_c.h"

#include <brig/stats.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define HONEST_CALLS 500
#define FEW          50 /* messages a second: far less than even a busy machine can send */
/* More than before; a flood is up to 130 MB. A sanitizer keeps 256 MiB of what was freed. */
#ifdef BRIG_SANITIZED
#define RSS_KIB (8192 + 262144)
#else
#define RSS_KIB 8192
#endif
#define FDS     24    /* more than before: two children, and a message's */
#define WAIT_MS 60000 /* for what takes no time */

struct side {
	struct brig_process *process;
	enum flood how;
	unsigned int times;
	unsigned int calls, events;
	bool ready, exited;
	struct brig_exit exit;
	struct scene *scene;
};

struct scene {
	struct brig_broker *broker;
	struct side flooder, honest;
	int pipe[2];
	uint32_t messages_per_s; /* of the flood; 0: as many as if nobody says */
	bool abreast;            /* each turn finds messages of both */
	uint64_t pauses, refusals;
	size_t fds_before, most_fds;
	uint64_t rss_before, most_rss;
	unsigned int most_queued, most_asked;
};

static size_t count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	while (dir && readdir(dir)) /* NOLINT(concurrency-mt-unsafe) */
		n++;
	if (dir)
		(void)closedir(dir);
	return n;
}

/* The worst there was, as it is when a message is handled. */
static void look(struct scene *scene)
{
	const size_t fds = count_fds();
	const uint64_t rss = outside_status(getpid(), "VmRSS", 10);

	scene->most_fds = fds > scene->most_fds ? fds : scene->most_fds;
	scene->most_rss = rss > scene->most_rss ? rss : scene->most_rss;
	for (const struct brig_process *process = scene->broker->processes; process;
	     process = process->next) {
		const struct brig_peer *peer = &process->peer;

		if (peer->channel.queued > scene->most_queued)
			scene->most_queued = peer->channel.queued;
		if (peer->n_asked > scene->most_asked)
			scene->most_asked = peer->n_asked;
	}
}

static int handled(struct side *side, const struct brig_request *call)
{
	const unsigned int n = call->id ? ++side->calls : ++side->events;

	if (n % 64 == 0)
		look(side->scene);
	return 0;
}

static int echo(void *user, struct brig_request *call, const Every__Every *request)
{
	Every__Every reply = EVERY__EVERY__INIT;

	(void)handled(user, call);
	reply.small = request->small;
	return every_asked_echo_reply(call, &reply);
}

static int often(void *user, struct brig_request *call, const Every__Empty *request)
{
	const Every__Empty reply = EVERY__EMPTY__INIT;
	(void)request;

	(void)handled(user, call);
	return every_asked_often_reply(call, &reply);
}

static int note(void *user, struct brig_request *call, const Every__Empty *request)
{
	(void)request;
	return handled(user, call);
}

static int fill(void *user, struct brig_request *call, const Every__Large *request)
{
	EXPECT_UINT_EQ(65000, request->data.len);
	return handled(user, call);
}

static int measure(void *user, struct brig_request *call, const Every__Area *request)
{
	(void)user;
	(void)call;
	(void)request;
	return -ENOSYS;
}

static int refuse(void *user, struct brig_request *call, const Every__Empty *request)
{
	(void)user;
	(void)call;
	(void)request;
	return -ENOSYS;
}

static void order(struct side *side)
{
	Every__Flood order = EVERY__FLOOD__INIT;

	order.how = side->how;
	order.times = side->times;
	EXPECT_OK(every_asked_order(&side->process->peer, &order, side->scene->pipe[0]));
}

/* The flood doesn't begin, and end, while the other is being launched. */
static void ready(void *user, struct brig_process *process)
{
	static const Brig__Ipc__Beginning beginning = BRIG__IPC__BEGINNING__INIT;
	struct side *side = user;
	struct scene *scene = side->scene;

	brig_process_enter(process, BRIG_STATE_LOCKED);
	EXPECT_OK(brig_lifecycle_begin(&process->peer, &beginning));
	side->ready = true;
	if (!scene->flooder.ready || !scene->honest.ready)
		return;
	order(&scene->flooder);
	order(&scene->honest);
}

static void exited(void *user, struct brig_process *process, const struct brig_exit *exit)
{
	struct side *side = user;
	(void)process;

	side->exited = true;
	side->exit = *exit;
}

static int launch(struct scene *scene, struct side *side, enum flood how, unsigned int times)
{
	static const struct every_asked_handlers handlers =
		EVERY_ASKED_HANDLERS(echo, measure, note, refuse, note, often, note, fill, note);
	static const struct brig_served rows[] = { { &every_asked_service, &handlers, NULL } };
	const struct brig_offer offer = { .rows = rows,
					  .n = 1,
					  .max_asked = 4,
					  .messages_per_s =
						  how == FLOOD_HONEST ? 0 : scene->messages_per_s };
	static const struct brig_process_listener listener = { ready, exited };
	const struct brig_launch_request request = { .role = brig_role_get(BRIG_ROLE_SERVICE),
						     .plugin_fd = -1,
						     .offer = &offer,
						     .timeout_ms = 30000 };

	*side = (struct side){ .how = how, .times = times, .scene = scene };
	return brig_process_launch(scene->broker, &request, &listener, side, &side->process);
}

static void count_row(void *user, const struct brig_stats *stats)
{
	struct scene *scene = user;

	if (*stats->name)
		return;
	scene->pauses = stats->n[BRIG_STAT_PAUSES];
	scene->refusals = stats->n[BRIG_STAT_REFUSALS];
	EXPECT_UINT_EQ(0, stats->n[BRIG_STAT_IN_FLIGHT]);
	EXPECT_UINT_EQ(0, stats->n[BRIG_STAT_QUEUED]);
}

static bool sent_twice(const struct side *side)
{
	int n = 0;

	EXPECT_OK(ioctl(side->process->peer.channel.fd, FIONREAD, &n));
	return n >= 2 * (int)sizeof(struct brig_frame);
}

/* Who is heard when must not depend on which of them the machine lets run. */
static void wait_for_both(const struct scene *scene)
{
	const struct side *flooder = &scene->flooder, *honest = &scene->honest;

	if (!flooder->ready || !honest->ready || flooder->exited || honest->exited ||
	    honest->calls == HONEST_CALLS)
		return;
	struct pollfd call = { .fd = honest->process->peer.channel.fd, .events = POLLIN };
	ASSERT_INT_EQ(1, poll(&call, 1, WAIT_MS));
	for (int ms = 0; !sent_twice(flooder); ms++) {
		ASSERT_INT_LT(ms, WAIT_MS);
		(void)poll(NULL, 0, 1);
	}
}

/* Both to their ends; what holds of every flood. */
static void run_flood(struct scene *scene, enum flood how, unsigned int times)
{
	const struct brig_broker_options options = { .size = sizeof options,
						     .child_path = BRIG_FLOODER };

	ASSERT_OK(brig_broker_create(&options, &scene->broker));
	ASSERT_OK(pipe2(scene->pipe, O_CLOEXEC));
	scene->fds_before = count_fds();
	scene->rss_before = outside_status(getpid(), "VmRSS", 10);
	EXPECT_OK(launch(scene, &scene->flooder, how, times));
	EXPECT_OK(launch(scene, &scene->honest, FLOOD_HONEST, HONEST_CALLS));
	/* To look takes longer than a turn does. */
	for (unsigned int turn = 0; !scene->flooder.exited || !scene->honest.exited; turn++) {
		if (scene->abreast)
			wait_for_both(scene);
		ASSERT_INT_EQ(1, brig_broker_run(scene->broker, WAIT_MS));
		if (turn % 16 == 0)
			look(scene);
	}
	EXPECT_INT_EQ(BRIG_EXIT_CLEAN, scene->honest.exit.class_);
	EXPECT_UINT_EQ(HONEST_CALLS, scene->honest.calls);
	EXPECT_OK(brig_broker_stats(scene->broker, count_row, scene));
	EXPECT_INT_LE((long long)scene->most_rss - (long long)scene->rss_before, RSS_KIB);
	EXPECT_INT_LE((long long)scene->most_fds - (long long)scene->fds_before, FDS);
	EXPECT_INT_LE(scene->most_queued, BRIG_CHANNEL_QUEUE);
	EXPECT_INT_LE(scene->most_asked, 4);
	brig_broker_destroy(scene->broker);
	(void)close(scene->pipe[0]);
	(void)close(scene->pipe[1]);
}

static void flood(struct scene *scene, enum flood how, unsigned int times)
{
	*scene = (struct scene){ 0 };
	run_flood(scene, how, times);
}

static void flood_metered(struct scene *scene, enum flood how, unsigned int times)
{
	*scene = (struct scene){ .messages_per_s = FEW };
	run_flood(scene, how, times);
}

static void flood_abreast(struct scene *scene, enum flood how, unsigned int times)
{
	*scene = (struct scene){ .abreast = true };
	run_flood(scene, how, times);
}

static void ends_well(const struct scene *scene)
{
	EXPECT_INT_EQ(BRIG_EXIT_CLEAN, scene->flooder.exit.class_);
	EXPECT_INT_EQ(0, scene->flooder.exit.code);
}

static void ends_for(const struct scene *scene, enum brig_bad_message code)
{
	EXPECT_INT_EQ(BRIG_EXIT_BAD_MESSAGE, scene->flooder.exit.class_);
	EXPECT_INT_EQ((int)code, scene->flooder.exit.code);
}

TEST_C(flood, of_small_messages_waits_for_its_quota)
{
	static struct scene scene;

	flood_metered(&scene, FLOOD_SMALL, 200);
	ends_well(&scene);
	EXPECT_UINT_EQ(200, scene.flooder.events);
	EXPECT_INT_LT(0, (long long)scene.pauses);
}

TEST_C(flood, of_batches_waits_for_the_quota_of_their_messages)
{
	static struct scene scene;

	flood_metered(&scene, FLOOD_BATCHED, 200);
	ends_well(&scene);
	EXPECT_UINT_EQ(200, scene.flooder.events);
	EXPECT_INT_LT(0, (long long)scene.pauses);
}

/* They are within the quota: less than it lets pass at once, and in the time that they take. */
TEST_C(flood, of_lawful_messages_waits_while_others_talk)
{
	static struct scene scene;

	flood_abreast(&scene, FLOOD_SMALL, 100000);
	ends_well(&scene);
	EXPECT_UINT_EQ(100000, scene.flooder.events);
	EXPECT_INT_LT(0, (long long)scene.pauses);
}

TEST_C(flood, of_large_messages_takes_no_memory)
{
	static struct scene scene;

	flood(&scene, FLOOD_LARGE, 2000);
	ends_well(&scene);
	EXPECT_UINT_EQ(2000, scene.flooder.events);
}

TEST_C(flood, of_descriptors_leaves_none_open)
{
	static struct scene scene;

	flood(&scene, FLOOD_FDS, 5000);
	ends_well(&scene);
	EXPECT_UINT_EQ(5000, scene.flooder.events);
}

TEST_C(flood, without_credit_ends)
{
	static struct scene scene;

	flood(&scene, FLOOD_RUDE, 100000);
	ends_for(&scene, BRIG_BAD_CREDIT);
	/* That it is sealed was the first. */
	EXPECT_UINT_EQ(BRIG_WINDOW + BRIG_WINDOW / 2 - 1, scene.flooder.events);
}

TEST_C(flood, without_a_look_at_the_answers_ends)
{
	static struct scene scene;

	flood(&scene, FLOOD_UNREAD, 100000);
	ends_for(&scene, BRIG_BAD_SLOW_READER);
	EXPECT_INT_LE(scene.flooder.calls, 4 * 4 + 4);
}

TEST_C(flood, over_a_methods_rate_is_refused)
{
	static struct scene scene;

	flood(&scene, FLOOD_OFTEN, 3000);
	ends_well(&scene);
	EXPECT_INT_LE(3000 - 100, (long long)scene.refusals);
	EXPECT_UINT_EQ(3000, scene.flooder.calls + scene.refusals);
}
