/* brig_broker_run() and its kin: who may call what, from where, and what ends a wait. */
#include "tests/support/decode_once.h"

#include "gtest_c.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* What a signal handler needs. */
static struct brig_broker *volatile to_wake;
static volatile sig_atomic_t handled;

/* A broker that has nothing more to do: the next thing that happens is the test's. */
static void idle_broker(struct brig_broker **ret)
{
	struct outcome outcome;

	ASSERT_OK(honest_broker(ret));
	ASSERT_OK(outcome_start(*ret, write_document("text", "hello", 5), 0, &outcome));
	ASSERT_OK(run_until_done(*ret, &outcome, 1));
	while (brig_broker_run(*ret, 0) > 0)
		;
}

static void *wake(void *user)
{
	brig_broker_wake(user);
	return NULL;
}

TEST_C_CHILD(run, ends_by_a_wake_of_another_thread)
{
	struct brig_broker *broker = NULL;
	pthread_t thread;

	idle_broker(&broker);
	ASSERT_INT_EQ(0, brig_broker_run(broker, 1)); /* idle indeed */
	ASSERT_INT_EQ(0, pthread_create(&thread, NULL, wake, broker));
	EXPECT_INT_EQ(1, brig_broker_run(broker, -1));
	ASSERT_INT_EQ(0, pthread_join(thread, NULL));
	brig_broker_destroy(broker);
}

TEST_C_CHILD(run, ends_by_a_wake_that_came_before)
{
	struct brig_broker *broker = NULL;

	idle_broker(&broker);
	brig_broker_wake(broker);
	brig_broker_wake(broker);
	EXPECT_INT_EQ(1, brig_broker_run(broker, -1));
	EXPECT_INT_EQ(0, brig_broker_run(broker, 0)); /* two wakes are one */
	brig_broker_destroy(broker);
}

static void on_alarm(int signal_number)
{
	(void)signal_number;
	handled++;
	if (to_wake)
		brig_broker_wake(to_wake);
}

static void alarm_every_10_ms(void)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	const struct itimerval time = { { 0, 10000 }, { 0, 10000 } };

	ASSERT_INT_EQ(0, sigaction(SIGALRM, &action, NULL));
	ASSERT_INT_EQ(0, setitimer(ITIMER_REAL, &time, NULL));
}

TEST_C_CHILD(run, ends_by_a_wake_of_a_signal_handler)
{
	struct brig_broker *broker = NULL;

	idle_broker(&broker);
	to_wake = broker;
	alarm_every_10_ms();
	EXPECT_INT_EQ(1, brig_broker_run(broker, -1));
	EXPECT_INT_GT(handled, 0);
}

static long long now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

TEST_C_CHILD(run, goes_on_after_a_signal_handler)
{
	struct brig_broker *broker = NULL;

	idle_broker(&broker);
	alarm_every_10_ms();
	long long before = now_ms();
	EXPECT_INT_EQ(0, brig_broker_run(broker, 100));
	EXPECT_INT_GE(now_ms() - before, 100);
	EXPECT_INT_GT(handled, 0);
}

struct nested {
	struct brig_broker *broker;
	int calls, run, start;
};

static void run_within(struct nested *nested)
{
	nested->calls++;
	nested->run = brig_broker_run(nested->broker, 0);
}

static void run_within_done(void *user, const struct brig_decode_result *result)
{
	(void)result;
	run_within(user);
}

static void run_within_work_done(void *user)
{
	run_within(user);
}

static void nothing(void *user)
{
	(void)user;
}

static const char *hello(void)
{
	return write_document("text", "hello", 5);
}

TEST_C(run, is_refused_to_callbacks)
{
	struct nested nested = { 0 };
	struct brig_decode_request request = {
		.size = sizeof request, .path = hello(), .fd = -1, .grant_dir = -1
	};

	ASSERT_OK(honest_broker(&nested.broker));
	ASSERT_OK(brig_decode_start(nested.broker, &request, run_within_done, &nested, NULL));
	EXPECT_INT_EQ(0, nested.calls); /* never from within the call */
	while (nested.calls < 1)
		ASSERT_INT_EQ(1, brig_broker_run(nested.broker, 60000));
	EXPECT_ERR(EBUSY, nested.run);
	nested.run = 0;
	ASSERT_OK(brig_broker_work(nested.broker, nothing, run_within_work_done, &nested));
	while (nested.calls < 2)
		ASSERT_INT_EQ(1, brig_broker_run(nested.broker, 60000));
	EXPECT_ERR(EBUSY, nested.run);
	brig_broker_destroy(nested.broker);
}

struct work {
	atomic_int begun, done;
};

static void count_begun(void *user)
{
	struct work *work = user;

	atomic_fetch_add(&work->begun, 1);
}

static void count_done(void *user)
{
	struct work *work = user;

	atomic_fetch_add(&work->done, 1);
}

TEST_C(run, destroy_still_tells_of_jobs_and_work)
{
	struct brig_broker *broker = NULL;
	struct outcome outcomes[3];
	struct work work = { 0 };

	ASSERT_OK(honest_broker(&broker));
	for (size_t i = 0; i < 3; i++)
		ASSERT_OK(outcome_start(broker, hello(), 0, &outcomes[i]));
	for (int i = 0; i < 20; i++)
		ASSERT_OK(brig_broker_work(broker, count_begun, count_done, &work));
	brig_broker_destroy(broker);
	for (size_t i = 0; i < 3; i++) {
		EXPECT_TRUE(outcomes[i].done);
		EXPECT_INT_EQ(BRIG_DECODE_CANCELLED, outcomes[i].status);
	}
	EXPECT_INT_EQ(20, atomic_load(&work.begun));
	EXPECT_INT_EQ(20, atomic_load(&work.done));
}

TEST_C(run, too_much_work_is_refused)
{
	struct brig_broker *broker = NULL;
	struct work work = { 0 };
	int r = 0, n = 0;

	/* What is done counts until its callback ran, and nothing runs it here. */
	ASSERT_OK(honest_broker(&broker));
	while (n < 2000 && (r = brig_broker_work(broker, count_begun, count_done, &work)) == 0)
		n++;
	EXPECT_ERR(EAGAIN, r);
	EXPECT_INT_EQ(1024, n);
	brig_broker_destroy(broker);
	EXPECT_INT_EQ(1024, atomic_load(&work.done));
}

static int create(struct brig_broker_options options)
{
	struct brig_broker *broker = NULL;
	int r = brig_broker_create(&options, &broker);

	EXPECT_PTR_NULL(broker);
	brig_broker_destroy(broker);
	return r;
}

TEST_C(run, bad_options_are_refused)
{
	const size_t size = sizeof(struct brig_broker_options);

	EXPECT_ERR(EINVAL, create((struct brig_broker_options){ .size = 0 }));
	EXPECT_ERR(EINVAL, create((struct brig_broker_options){ .size = size - 1 }));
	EXPECT_ERR(EINVAL, create((struct brig_broker_options){ .size = size + 1 }));
	EXPECT_ERR(EINVAL, create((struct brig_broker_options){ size, .max_children = 1001 }));
	EXPECT_ERR(EINVAL, create((struct brig_broker_options){ size, .workers = 65 }));
	EXPECT_ERR(EINVAL, create((struct brig_broker_options){ size, .launch_timeout_ms = -1 }));
	EXPECT_ERR(EINVAL,
		   create((struct brig_broker_options){ size, .launch_timeout_ms = 60001 }));
	EXPECT_ERR(EINVAL,
		   create((struct brig_broker_options){ size, .least = BRIG_LEVEL_FULL + 1 }));
	EXPECT_ERR(EINVAL, brig_broker_create(NULL, NULL));
}

static void never(void *user, const struct brig_decode_result *result)
{
	(void)user;
	FAIL_C("called though refused: %s", result->message);
}

static int start(struct brig_broker *broker, struct brig_decode_request request)
{
	return brig_decode_start(broker, &request, never, NULL, NULL);
}

TEST_C(run, bad_requests_are_refused)
{
	const size_t size = sizeof(struct brig_decode_request);
	struct brig_decode_request good = { size, .path = "x", .fd = -1, .grant_dir = -1 };
	struct brig_broker *broker = NULL;

	ASSERT_OK(honest_broker(&broker));
	EXPECT_ERR(EINVAL, start(NULL, good));
	EXPECT_ERR(EINVAL, brig_decode_start(broker, &good, NULL, NULL, NULL));
	EXPECT_ERR(EINVAL, brig_decode_start(broker, NULL, never, NULL, NULL));
	EXPECT_ERR(EINVAL, start(broker, (struct brig_decode_request){ size - 1, .path = "x" }));
	EXPECT_ERR(EINVAL, start(broker, (struct brig_decode_request){ size, .fd = -1 }));
	EXPECT_ERR(EINVAL, start(broker, (struct brig_decode_request){ size, .path = "x",
								       .timeout_ms = -1 }));
	EXPECT_ERR(EBADF, start(broker, (struct brig_decode_request){ size, .fd = 99999,
								      .grant_dir = -1 }));
	EXPECT_ERR(EBADF, start(broker, (struct brig_decode_request){ size, .path = "x", .fd = -1,
								      .grant_dir = 99999 }));
	EXPECT_ERR(EINVAL, brig_broker_work(broker, NULL, nothing, NULL));
	brig_broker_destroy(broker);
	brig_broker_destroy(NULL);
}
