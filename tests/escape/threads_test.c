/*
 * Threads and the seal. Landlock binds the thread that asks for it, so there must be one only till
 * then; a filter is put over all of them, whatever they are at, and the broker looks at each.
 */
#include "broker/process/process.h"
#include "renderer/runtime/runtime.h"
#include "sandbox/layers/seal.h"
#include "tests/escape/race.h"
#include "tests/escape/seam.h"
#include "tests/escape/shot.h"
#include "tests/support/decode_once.h"

#include "gtest_c.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static void *wait_forever(void *user)
{
	for (;;)
		(void)pause();
	return user;
}

static int start_thread(void *user)
{
	pthread_t thread;
	(void)user;

	return -pthread_create(&thread, NULL, wait_forever, NULL);
}

/* The rows of a table from the @nth of this stage on, @n of them. */
static struct brig_steps rows_from(const struct brig_steps *steps, enum brig_stage stage, int nth,
				   size_t n)
{
	for (size_t i = 0; i + n <= steps->n; i++)
		if (steps->rows[i].stage == stage && nth-- == 0)
			return (struct brig_steps){ &steps->rows[i], n };
	return (struct brig_steps){ NULL, 0 };
}

static const struct brig_tier full = { .least = BRIG_LEVEL_FULL };

static void expect_refused(const struct brig_steps *steps, struct brig_seal *seal)
{
	ASSERT_PTR_NOT_NULL(steps->rows);
	EXPECT_ERR(EINVAL, brig_seal_run(seal, steps));
	EXPECT_STR_EQ("threads", brig_stage_name(seal->failed_stage));
}

TEST_C_CHILD(threads, a_second_one_ends_a_childs_seal)
{
	const struct brig_steps steps = rows_from(&brig_steps_child, BRIG_STAGE_NO_NEW_PRIVS, 0, 3);
	struct brig_seal seal;

	brig_seal_init(&seal, &brig_role_renderer, &full);
	ASSERT_OK(start_thread(NULL));
	expect_refused(&steps, &seal);
}

TEST_C_CHILD(threads, a_second_one_ends_a_plugins_seal)
{
	const struct brig_steps steps =
		rows_from(&brig_steps_plugin, BRIG_STAGE_NO_NEW_PRIVS, 0, 3);
	struct brig_seal seal;

	brig_seal_init(&seal, &brig_role_plugin, &full);
	ASSERT_OK(start_thread(NULL));
	expect_refused(&steps, &seal);
}

/* The first filter forbids it already: so it isn't there. */
TEST_C_CHILD(threads, of_a_constructor_end_a_plugins_seal)
{
	const struct brig_steps steps = rows_from(&brig_steps_plugin, BRIG_STAGE_LOAD, 0, 3);
	struct brig_seal seal;

	brig_seal_init(&seal, &brig_role_plugin, &full);
	seal.load = start_thread;
	expect_refused(&steps, &seal);
}

/* A whole launch whose child starts a thread by its first call. */
static void launch_with_thread(const struct brig_role *role, int plugin_fd, struct shot *shot,
			       int *ret_thread)
{
	const struct brig_broker_options options = { .size = sizeof options,
						     .child_path = BRIG_SEAM_CHILD };
	struct brig_broker *broker = NULL;
	struct seam *seam = seam_share();

	ASSERT_PTR_NOT_NULL(seam);
	seam->role = role->launch == BRIG_LAUNCH_EXEC ? role->id : BRIG_ROLE_ZYGOTE;
	seam->phase = SEAM_CHILD;
	seam->error = SEAM_THREAD;
	EXPECT_OK(brig_broker_create(&options, &broker));
	if (broker)
		EXPECT_OK(shot_fire(broker, role, plugin_fd, shot));
	EXPECT_INT_EQ(1, atomic_load(&seam->failed));
	*ret_thread = seam->thread;
	brig_broker_destroy(broker);
	seam_unshare(seam);
}

TEST_C(threads, a_launch_that_has_two_stops_by_name)
{
	int plugin_fd = open(BRIG_PLUGIN_DIR "/pnm.so", O_RDONLY | O_CLOEXEC);
	struct shot shot = { 0 };
	int thread = -1;

	launch_with_thread(&brig_role_plugin, plugin_fd, &shot, &thread);
	EXPECT_INT_EQ(0, thread);
	EXPECT_FALSE(shot.ready);
	EXPECT_INT_EQ(BRIG_EXIT_LAUNCH_FAILED, shot.exit.class_);
	EXPECT_STR_EQ("threads", brig_stage_name(shot.exit.stage));
	EXPECT_INT_EQ(EINVAL, shot.exit.error);
	EXPECT_INT_EQ(BRIG_LEVEL_NONE, shot.exit.level);
	(void)close(plugin_fd);
}

/* It would be the second that the role declares, but not bound by Landlock. */
TEST_C(threads, of_a_role_do_not_start_before_landlock)
{
	struct shot shot = { 0 };
	int thread = -1;

	launch_with_thread(&brig_role_workers, -1, &shot, &thread);
	EXPECT_INT_EQ(0, thread);
	EXPECT_FALSE(shot.ready);
	EXPECT_INT_EQ(BRIG_EXIT_LAUNCH_FAILED, shot.exit.class_);
	EXPECT_STR_EQ("threads", brig_stage_name(shot.exit.stage));
	EXPECT_INT_EQ(EINVAL, shot.exit.error);
}

/* @more threads than "workers" declares. */
static void launch_workers(int more, bool unsynced, struct shot *shot)
{
	const struct brig_broker_options options = { .size = sizeof options,
						     .child_path = BRIG_SEAM_CHILD };
	struct brig_broker *broker = NULL;
	struct seam *seam = seam_share();

	ASSERT_PTR_NOT_NULL(seam);
	seam->role = BRIG_ROLE_WORKERS;
	seam->more = (uint32_t)more;
	seam->unsynced = unsynced;
	EXPECT_OK(brig_broker_create(&options, &broker));
	if (broker)
		EXPECT_OK(shot_fire(broker, &brig_role_workers, -1, shot));
	brig_broker_destroy(broker);
	seam_unshare(seam);
}

static size_t count(const char *text, const char *word)
{
	size_t n = 0;

	for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
		n++;
	return n;
}

/* They end by themselves, under the filter, and are joined there. */
TEST_C(threads, of_a_role_are_all_sealed)
{
	struct shot shot = { 0 };

	launch_workers(0, false, &shot);
	EXPECT_TRUE(shot.ready);
	EXPECT_INT_EQ(BRIG_LEVEL_FULL, shot.exit.level);
	EXPECT_INT_EQ(BRIG_EXIT_LOST_BROKER, shot.exit.class_);
	EXPECT_INT_EQ(BRIG_ATTESTED, shot.exit.layers[BRIG_LAYER_SECCOMP].got);
	EXPECT_UINT_EQ(2, count(shot.seen, "Threads:\t2\n"));
	EXPECT_UINT_EQ(2, count(shot.seen, "Seccomp:\t2\n"));
	EXPECT_UINT_EQ(2, count(shot.seen, "Seccomp_filters:\t2\n"));
	EXPECT_UINT_EQ(2, count(shot.seen, "NoNewPrivs:\t1\n"));
	EXPECT_UINT_EQ(2, count(shot.seen, "CapEff:\t0000000000000000\n"));
	EXPECT_UINT_EQ(2, count(shot.seen, "CapBnd:\t0000000000000000\n"));
	EXPECT_UINT_EQ(1, count(shot.seen, "Max processes             0 "));
}

static void expect_miscounted(const struct shot *shot, int error)
{
	EXPECT_FALSE(shot->ready);
	EXPECT_INT_EQ(BRIG_EXIT_LAUNCH_FAILED, shot->exit.class_);
	EXPECT_STR_EQ("start", brig_stage_name(shot->exit.stage));
	EXPECT_INT_EQ(error, shot->exit.error);
	EXPECT_INT_EQ(BRIG_LEVEL_NONE, shot->exit.level);
}

TEST_C(threads, of_a_role_are_as_many_as_it_declares)
{
	struct shot shot = { 0 };

	launch_workers(1, false, &shot);
	expect_miscounted(&shot, EINVAL);
	launch_workers(-1, false, &shot);
	expect_miscounted(&shot, ESRCH);
}

/* The first is filtered, as it says, and so it looks from its status. */
TEST_C(threads, that_the_filter_missed_are_seen)
{
	struct shot shot = { 0 };

	launch_workers(0, true, &shot);
	EXPECT_FALSE(shot.ready);
	EXPECT_INT_EQ(BRIG_EXIT_LAUNCH_FAILED, shot.exit.class_);
	EXPECT_STR_EQ("attest", brig_stage_name(shot.exit.stage));
	EXPECT_INT_EQ(EPERM, shot.exit.error);
	for (int i = 0; i < BRIG_LAYER_COUNT; i++)
		if (shot.exit.layers[i].want == BRIG_REQUIRED)
			EXPECT_INT_EQ(i == BRIG_LAYER_SECCOMP,
				      shot.exit.layers[i].got == BRIG_MISSING);
}

static void *look_at_counter(void *user)
{
	int *mode = user;

	(void)prctl(PR_GET_TSC, mode, 0, 0, 0);
	return NULL;
}

/* It is the thread's own, so it must be taken away before there are others. */
TEST_C_CHILD(threads, inherit_that_there_is_no_cycle_counter)
{
	const struct brig_steps steps = rows_from(&brig_steps_child, BRIG_STAGE_TSC, 0, 2);
	struct brig_seal seal;
	pthread_t thread;
	int mode = 0;

	ASSERT_PTR_NOT_NULL(steps.rows);
	ASSERT_INT_EQ(BRIG_STAGE_START, steps.rows[1].stage);
	brig_seal_init(&seal, &brig_role_codec, &full);
	ASSERT_OK(steps.rows[0].run(&seal));
	ASSERT_INT_EQ(0, pthread_create(&thread, NULL, look_at_counter, &mode));
	ASSERT_INT_EQ(0, pthread_join(thread, NULL));
	EXPECT_INT_EQ(PR_TSC_SIGSEGV, mode);
	ASSERT_INT_EQ(0, prctl(PR_SET_TSC, PR_TSC_ENABLE, 0, 0, 0));
}

static void *signal_first(void *user)
{
	int *error = user;

	*error = kill(getpid(), 0) < 0 ? errno : 0;
	return NULL;
}

/* One domain for all of them: signals within it pass, whether or not erratum 2 is corrected. */
TEST_C_CHILD(threads, signal_each_other_and_nobody_else)
{
	const struct brig_steps steps = rows_from(&brig_steps_child, BRIG_STAGE_NO_NEW_PRIVS, 0, 3);
	struct brig_seal seal;
	pthread_t thread;
	int error = -1;

	if (brig_landlock_abi() < 6)
		SKIP_C("landlock-6", "no scope for signals before ABI 6");
	brig_seal_init(&seal, &brig_role_workers, &full);
	ASSERT_OK(brig_seal_run(&seal, &steps));
	ASSERT_OK(brig_threads_start(1, wait_forever, NULL, &thread));
	EXPECT_INT_EQ(0, pthread_kill(thread, SIGCONT));
	pthread_t signaller;
	ASSERT_INT_EQ(0, pthread_create(&signaller, NULL, signal_first, &error));
	ASSERT_INT_EQ(0, pthread_join(signaller, NULL));
	EXPECT_INT_EQ(0, error);
	EXPECT_INT_EQ(-1, kill(getppid(), 0));
	EXPECT_INT_EQ(EPERM, errno);
}

/* Under the zygote's filter there is no second one. */
TEST_C(threads, are_refused_to_what_the_zygote_forks)
{
	struct shot shot = { 0 };
	int thread = -1;

	launch_with_thread(&brig_role_renderer, -1, &shot, &thread);
	EXPECT_INT_EQ(EPERM, thread);
	EXPECT_TRUE(shot.ready);
	EXPECT_INT_EQ(BRIG_LEVEL_FULL, shot.exit.level);
}

/* BRIG_TEST_FULL: 1,000 times. */
static void run_races(bool listening)
{
	const int races = test_is_long() ? 500 : 100;
	size_t tasks = 0, cut = 0;
	uint64_t random = test_seed();

	for (int i = 0; i < races; i++) {
		struct race_result result;

		ASSERT_OK(race_run(listening, (uint32_t)(test_random(&random) % 300000), &result));
		ASSERT_OK(result.loaded);
		ASSERT_UINT_EQ(0, result.unfiltered);
		tasks += result.tasks;
		cut += result.cut;
	}
	printf("%d races, %zu threads filtered, %zu chains cut off\n", races, tasks, cut);
	/* Else nobody was at it when the filter came. */
	EXPECT_INT_GT((long long)cut, races / 10);
	EXPECT_INT_GT((long long)tasks, 5 * races);
}

TEST_C(lock_down, leaves_no_thread_out)
{
	run_races(false);
}

TEST_C(lock_down, with_a_listener_leaves_no_thread_out)
{
	run_races(true);
}
