/*
 * Descriptors that lie unread in sockets count for all children of their user: while they are too
 * many a child waits with its own, and who leaves them there is ended.
 */
#include "broker/process/process.h"
#include "ipc/schema/services.brig.h"
#include "every.brig.h"
#include "sandbox/base/cleanup.h"
#include "tests/support/crowd.h"
#include "tests/support/flooder.h"
#include "tests/support/outside.h"

#include "gtest_c.h"

#include <brig/journal.h>
#include <brig/replay.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define LIMIT   64    /* of descriptors, of role service */
#define MORE    512   /* of a zygote, which can't do with less than it looks at */
#define TURNS   20    /* of a broker that a child asks again and again */
#define WAIT_MS 60000 /* for what takes a few seconds at the most */

struct side {
	struct brig_process *process;
	unsigned int events;
	bool ready, exited;
	struct brig_exit exit;
};

struct scene {
	struct brig_broker *broker;
	int pipe[2]; /* the writing end stays open: who reads from it waits */
};

static int count(void *user, struct brig_request *call, const Every__Empty *request)
{
	struct side *side = user;
	(void)call;
	(void)request;

	side->events++;
	return 0;
}

static int echo(void *user, struct brig_request *call, const Every__Every *request)
{
	(void)user;
	(void)call;
	(void)request;
	return -ENOSYS;
}

static int measure(void *user, struct brig_request *call, const Every__Area *request)
{
	(void)user;
	(void)call;
	(void)request;
	return -ENOSYS;
}

static int fill(void *user, struct brig_request *call, const Every__Large *request)
{
	(void)user;
	(void)call;
	(void)request;
	return -ENOSYS;
}

static void ready(void *user, struct brig_process *process)
{
	static const Brig__Ipc__Beginning beginning = BRIG__IPC__BEGINNING__INIT;
	struct side *side = user;

	brig_process_enter(process, BRIG_STATE_LOCKED);
	if (process->role->id == BRIG_ROLE_SERVICE) /* which waits for it */
		EXPECT_OK(brig_lifecycle_begin(&process->peer, &beginning));
	side->ready = true;
}

static void exited(void *user, struct brig_process *process, const struct brig_exit *exit)
{
	struct side *side = user;
	(void)process;

	side->exited = true;
	side->exit = *exit;
}

static void turn(const struct scene *scene)
{
	ASSERT_INT_EQ(1, brig_broker_run(scene->broker, WAIT_MS));
}

static void begin(struct scene *scene, const char *program)
{
	const struct brig_broker_options options = { .size = sizeof options,
						     .child_path = program };

	ASSERT_OK(brig_broker_create(&options, &scene->broker));
	ASSERT_OK(pipe2(scene->pipe, O_CLOEXEC));
}

static void end(struct scene *scene)
{
	brig_broker_destroy(scene->broker);
	(void)close(scene->pipe[0]);
	(void)close(scene->pipe[1]);
}

static void launch(struct scene *scene, struct side *side, enum brig_role_id role)
{
	static const struct every_asked_handlers handlers =
		EVERY_ASKED_HANDLERS(echo, measure, count, count, count, count, count, fill, count);
	static const struct brig_served rows[] = { { &every_asked_service, &handlers, NULL } };
	const struct brig_offer offer = { .rows = rows, .n = 1, .max_asked = 4 };
	static const struct brig_process_listener listener = { ready, exited };
	const struct brig_launch_request request = { .role = brig_role_get(role),
						     .plugin_fd = -1,
						     .offer = role == BRIG_ROLE_SERVICE ? &offer
											: NULL,
						     .timeout_ms = 30000 };

	*side = (struct side){ .process = NULL };
	ASSERT_OK(brig_process_launch(scene->broker, &request, &listener, side, &side->process));
}

static void start(struct scene *scene, struct side *side, enum brig_role_id role)
{
	launch(scene, side, role);
	while (!side->ready && !side->exited)
		turn(scene);
	ASSERT_TRUE(side->ready);
}

static void order(const struct scene *scene, const struct side *side, enum flood how,
		  unsigned int times)
{
	Every__Flood order = EVERY__FLOOD__INIT;

	order.how = how;
	order.times = times;
	EXPECT_OK(every_asked_order(&side->process->peer, &order, scene->pipe[0]));
}

/* As many orders more as lie there with a descriptor each, since it doesn't look. */
static void leave_unread(const struct scene *scene, const struct side *side, enum flood how,
			 unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		order(scene, side, how, 1);
}

static uid_t user_of(const struct side *side)
{
	return (uid_t)outside_status(side->process->pid, "Uid", 10);
}

/* It asked, and was told to try again, so often. */
static void wait_in_vain(const struct scene *scene, const struct side *side)
{
	uint64_t last_us = 0;

	for (int asked = 0; asked < TURNS && !side->exited;) {
		turn(scene);
		asked += side->process->peer.crowded_us != last_us;
		last_us = side->process->peer.crowded_us;
	}
	EXPECT_FALSE(side->exited);
	EXPECT_UINT_EQ(0, side->events);
}

static void run_to_its_end(const struct scene *scene, const struct side *side)
{
	while (!side->exited)
		turn(scene);
}

/* It lives, and nobody but us ends it. */
static void stop(const struct scene *scene, const struct side *side)
{
	EXPECT_FALSE(side->exited);
	if (!side->exited)
		brig_process_kill(side->process, BRIG_EXIT_POLICY_KILL, 0);
	run_to_its_end(scene, side);
	EXPECT_INT_EQ(BRIG_EXIT_POLICY_KILL, side->exit.class_);
}

static void ends_well(const struct side *side, unsigned int events)
{
	EXPECT_INT_EQ(BRIG_EXIT_CLEAN, side->exit.class_);
	EXPECT_INT_EQ(0, side->exit.code);
	EXPECT_UINT_EQ(events, side->events);
}

/* A child that can pass none until the socket is closed that this returns. */
static int start_refused(struct scene *scene, struct side *side)
{
	begin(scene, BRIG_FLOODER);
	start(scene, side, BRIG_ROLE_SERVICE);
	const int crowd = crowd_of(user_of(side), LIMIT + 1);
	EXPECT_INT_LE(0, crowd);
	return crowd;
}

TEST_C(crowd, child_waits_until_others_have_read)
{
	struct scene scene;
	struct side side;

	const int crowd = start_refused(&scene, &side);
	order(&scene, &side, FLOOD_FDS, 200);
	wait_in_vain(&scene, &side);
	(void)close(crowd);
	run_to_its_end(&scene, &side);
	ends_well(&side, 200);
	end(&scene);
}

static void tell_difference(void *user, const struct brig_replay_difference *difference)
{
	(void)user;
	FAIL_C("expected %s; came %s", difference->expected, difference->came);
}

/* What the child asked, and was answered, is on record, and comes the same again. */
static void replays(int journal)
{
	static const struct brig_service *const services[] = { &every_asked_service, NULL };
	const struct brig_replay_options options = { .size = sizeof options,
						     .services = services,
						     .difference = tell_difference };
	struct brig_replay_result result;

	ASSERT_OK(brig_replay(journal, &options, &result));
	EXPECT_UINT_EQ(0, result.differences);
	EXPECT_INT_LT(TURNS, (int)result.from_child);
	EXPECT_INT_LE(TURNS, (int)result.from_broker);
}

TEST_C(crowd, is_replayed)
{
	brig_auto_fd int journal = memfd_create("journal", MFD_CLOEXEC);
	struct scene scene;
	struct side side;

	begin(&scene, BRIG_FLOODER);
	ASSERT_OK(brig_broker_journal(scene.broker, journal, BRIG_JOURNAL_PAYLOADS));
	start(&scene, &side, BRIG_ROLE_SERVICE);
	const int crowd = crowd_of(user_of(&side), LIMIT + 1);
	ASSERT_INT_LE(0, crowd);
	order(&scene, &side, FLOOD_FDS, 1);
	wait_in_vain(&scene, &side);
	(void)close(crowd);
	run_to_its_end(&scene, &side);
	ends_well(&side, 1);
	ASSERT_OK(brig_broker_journal(scene.broker, -1, 0));
	replays(journal);
	end(&scene);
}

TEST_C(crowd, what_comes_meanwhile_is_handled_afterwards)
{
	const Every__Empty wake = EVERY__EMPTY__INIT;
	struct scene scene;
	struct side side;

	const int crowd = start_refused(&scene, &side);
	order(&scene, &side, FLOOD_KEPT, 1);
	for (int i = 0; i < 2; i++)
		EXPECT_OK(every_asked_wake(&side.process->peer, &wake));
	leave_unread(&scene, &side, FLOOD_KEPT, 60); /* with its own more than it may have */
	wait_in_vain(&scene, &side);
	(void)close(crowd);
	run_to_its_end(&scene, &side);
	ends_well(&side, 1 + 2);
	end(&scene);
}

TEST_C(crowd, call_waits_no_longer_than_its_deadline)
{
	struct scene scene;
	struct side side;

	const int crowd = start_refused(&scene, &side);
	order(&scene, &side, FLOOD_HURRY, 1);
	run_to_its_end(&scene, &side);
	ends_well(&side, 1);
	(void)close(crowd);
	end(&scene);
}

/* The one there is; -1: there are others, or none. */
static pid_t find_zygote(void)
{
	pid_t pids[8], zygote = -1;
	const size_t n = outside_children(getpid(), pids, 8);
	int zygotes = 0;

	for (size_t i = 0; i < n; i++)
		if (!strcmp(outside_name(pids[i]), "brig-zygote")) {
			zygotes++;
			zygote = pids[i];
		}
	return zygotes == 1 ? zygote : -1;
}

/* How many descriptors we may have open; how many we might before. */
static rlim_t limit_to(rlim_t n)
{
	struct rlimit limit;

	EXPECT_OK(getrlimit(RLIMIT_NOFILE, &limit));
	const rlim_t had = limit.rlim_cur;
	limit.rlim_cur = n;
	EXPECT_OK(setrlimit(RLIMIT_NOFILE, &limit));
	return had;
}

static void pass_time(const struct scene *scene)
{
	for (int i = 0; i < TURNS; i++)
		EXPECT_INT_LE(0, brig_broker_run(scene->broker, 10));
}

static pid_t wait_for_zygote(const struct scene *scene, pid_t but)
{
	pid_t zygote = find_zygote();

	for (int i = 0; (zygote == -1 || zygote == but) && i < WAIT_MS / 10; i++) {
		EXPECT_INT_LE(0, brig_broker_run(scene->broker, 10));
		zygote = find_zygote();
	}
	return zygote;
}

/* Whose limit is what ours is now: the first of its children brings it. */
static pid_t next_zygote(struct scene *scene, struct side *first)
{
	const pid_t old = wait_for_zygote(scene, -1);

	scene->broker->zygote_forks = 1;
	start(scene, first, BRIG_ROLE_RENDERER);
	scene->broker->zygote_forks = BRIG_ZYGOTE_FORKS;
	return wait_for_zygote(scene, old);
}

/* With their own limits broker and zygote have room for far more than children leave unread. */
TEST_C(crowd, launch_waits_until_others_have_read)
{
	struct scene scene;
	struct side first, second, third;

	begin(&scene, BRIG_CHILD);
	const rlim_t own = limit_to(MORE);
	const pid_t zygote = next_zygote(&scene, &first);
	const int crowd = crowd_of((uid_t)outside_status(zygote, "Uid", 10), MORE + 1);
	ASSERT_INT_LE(0, crowd);
	launch(&scene, &second, BRIG_ROLE_RENDERER);
	launch(&scene, &third, BRIG_ROLE_RENDERER);
	pass_time(&scene); /* the broker waits, unless it is root */
	if (getuid()) {    /* else the zygote is asked, and stuck */
		EXPECT_OK(brig_process_deadline(third.process, 1));
		run_to_its_end(&scene, &third);
		EXPECT_INT_EQ(BRIG_STAGE_TIMEOUT, third.exit.stage);
	}
	(void)limit_to(own);
	pass_time(&scene); /* and the zygote */
	EXPECT_FALSE(second.ready || second.exited);
	(void)close(crowd);
	while (!second.ready && !second.exited)
		turn(&scene);
	EXPECT_TRUE(second.ready);
	/* One that it has just forked has its name for a moment. */
	EXPECT_STR_EQ("brig-zygote", outside_name(zygote));
	EXPECT_TRUE(scene.broker->zygote && !scene.broker->successor);
	stop(&scene, &first);
	stop(&scene, &second);
	if (!getuid())
		stop(&scene, &third);
	end(&scene);
}

/* It says so for five seconds, when its broker judges; @on_turn meanwhile. */
static void lie(const struct scene *scene, const struct side *liar, const struct side *deaf,
		void (*on_turn)(const struct scene *scene, const struct side *deaf, int turns))
{
	uint64_t since_us = 0;

	order(scene, liar, FLOOD_LIAR, 100000);
	for (int turns = 0; !since_us || liar->process->refused_since_us == since_us; turns++) {
		turn(scene);
		on_turn(scene, deaf, turns);
		since_us = since_us ? since_us : liar->process->refused_since_us;
	}
}

static void nothing_more(const struct scene *scene, const struct side *deaf, int turns)
{
	(void)scene;
	(void)deaf;
	(void)turns;
}

/* As a child that was just sent much. */
static void more_in_the_end(const struct scene *scene, const struct side *deaf, int turns)
{
	if (turns == 100) /* it is asked again every ten milliseconds */
		leave_unread(scene, deaf, FLOOD_DEAF, 40);
}

static void expect_harmless(void (*on_turn)(const struct scene *scene, const struct side *deaf,
					    int turns))
{
	struct scene scene;
	struct side deaf, liar;

	begin(&scene, BRIG_FLOODER);
	start(&scene, &deaf, BRIG_ROLE_SERVICE);
	start(&scene, &liar, BRIG_ROLE_SERVICE);
	order(&scene, &deaf, FLOOD_DEAF, 1);
	leave_unread(&scene, &deaf, FLOOD_DEAF, 20);
	lie(&scene, &liar, &deaf, on_turn);
	stop(&scene, &deaf);
	stop(&scene, &liar);
	end(&scene);
}

/* For less than there must lie unread: what a child says is no reason to end another. */
TEST_C(crowd, liar_ends_nobody)
{
	expect_harmless(nothing_more);
}

TEST_C(crowd, liar_ends_nobody_who_was_sent_much_lately)
{
	expect_harmless(more_in_the_end);
}

/* What a broker sends counts for its own user, which as root isn't its children's. */
TEST_C(crowd, who_leaves_the_most_is_ended)
{
	struct scene scene;
	struct side most, less, honest;

	begin(&scene, BRIG_FLOODER);
	start(&scene, &most, BRIG_ROLE_SERVICE);
	start(&scene, &less, BRIG_ROLE_SERVICE);
	start(&scene, &honest, BRIG_ROLE_SERVICE);
	const int crowd = getuid() ? -1 : crowd_of(user_of(&honest), LIMIT + 1);
	order(&scene, &most, FLOOD_DEAF, 1);
	order(&scene, &less, FLOOD_DEAF, 1);
	leave_unread(&scene, &most, FLOOD_DEAF, 40);
	leave_unread(&scene, &less, FLOOD_DEAF, 30);
	order(&scene, &honest, FLOOD_FDS, 10);
	if (getuid()) {
		run_to_its_end(&scene, &most);
		EXPECT_INT_EQ(BRIG_EXIT_BAD_MESSAGE, most.exit.class_);
		EXPECT_INT_EQ(BRIG_BAD_SLOW_READER, most.exit.code);
		EXPECT_STR_CONTAINS(most.exit.detail, "40 descriptors lie unread");
	} else {
		for (int i = 0; i < 40; i++)
			wait_in_vain(&scene, &honest);
		stop(&scene, &most);
		(void)close(crowd);
	}
	run_to_its_end(&scene, &honest);
	ends_well(&honest, 10);
	stop(&scene, &less);
	end(&scene);
}
