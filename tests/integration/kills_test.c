/* kill -9 at random moments: what it costs, and that nothing is left. */
#include "broker/process/process.h"
#include "tests/support/decode_once.h"

#include "gtest_c.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define RENDERS 500
#define KILLS   25

struct storm {
	struct brig_broker *broker;
	struct outcome outcomes[RENDERS];
	size_t done, ok, kills;
};

static void start_all(struct storm *storm)
{
	for (size_t i = 0; i < RENDERS; i++)
		EXPECT_OK(outcome_start(storm->broker, BRIG_PICTURE, 0, &storm->outcomes[i]));
}

static void count(struct storm *storm)
{
	storm->done = storm->ok = 0;
	for (size_t i = 0; i < RENDERS; i++) {
		storm->done += storm->outcomes[i].done;
		storm->ok +=
			storm->outcomes[i].status == BRIG_DECODE_OK && storm->outcomes[i].image;
	}
}

/* Every turn of the loop may be the moment. */
static void run_storm(struct storm *storm, bool (*kill_one)(struct storm *storm))
{
	uint64_t random = test_seed();

	ASSERT_OK(honest_broker(&storm->broker));
	start_all(storm);
	for (count(storm); storm->done < RENDERS; count(storm)) {
		if (storm->kills < KILLS && test_random(&random) % 10 == 0)
			storm->kills += kill_one(storm);
		ASSERT_INT_GT(brig_broker_run(storm->broker, 60000), 0);
	}
	for (size_t i = 0; i < RENDERS; i++)
		outcome_finish(&storm->outcomes[i]);
	brig_broker_destroy(storm->broker);
	EXPECT_INT_EQ(-1, waitpid(-1, NULL, WNOHANG | __WALL));
	EXPECT_INT_EQ(ECHILD, errno);
	printf("%zu killed, %zu of %d rendered\n", storm->kills, storm->ok, RENDERS);
	EXPECT_INT_GT((long long)storm->kills, 0);
}

static bool kill_renderer(struct storm *storm)
{
	struct brig_process *process = storm->broker->processes;

	while (process && process->pid <= 0)
		process = process->next;
	return process && kill(process->pid, SIGKILL) == 0;
}

static bool signal_zygote(int signal_number)
{
	char path[64], name[32] = { 0 };
	int r = -1;

	/* The zygote is the helper process that is no renderer: found as an outsider would. */
	(void)snprintf(path, sizeof path, "pgrep -P %d -x brig-zygote", (int)getpid());
	FILE *list = popen(path, "r"); /* NOLINT(cert-env33-c): fixed words */
	if (list && fgets(name, sizeof name, list))
		r = kill((pid_t)strtol(name, NULL, 10), signal_number);
	if (list)
		(void)pclose(list);
	return r == 0;
}

static bool kill_zygote(struct storm *storm)
{
	(void)storm;
	return signal_zygote(SIGKILL);
}

TEST_C(kills, a_renderer_costs_its_own_file)
{
	static struct storm storm;

	run_storm(&storm, kill_renderer);
	EXPECT_INT_GE((long long)(storm.ok + storm.kills), RENDERS);
}

/* Requests that were with the zygote are asked again of the next one. */
TEST_C(kills, a_zygote_costs_at_most_what_was_asked_of_it)
{
	static struct storm storm;

	run_storm(&storm, kill_zygote);
	EXPECT_INT_GE((long long)(storm.ok + storm.kills), RENDERS);
}

static void render(struct brig_broker *broker, struct outcome *outcome)
{
	EXPECT_OK(outcome_start(broker, BRIG_PICTURE, 0, outcome));
	EXPECT_OK(run_until_done(broker, outcome, 1));
	outcome_finish(outcome);
}

TEST_C(kills, a_zygote_that_is_stuck_costs_what_was_asked_of_it)
{
	const struct brig_broker_options options = { .size = sizeof options,
						     .child_path = BRIG_CHILD,
						     .launch_timeout_ms = 5000 };
	struct brig_broker *broker = NULL;
	struct outcome outcome;

	ASSERT_OK(brig_broker_create(&options, &broker));
	render(broker, &outcome);
	ASSERT_INT_EQ(BRIG_DECODE_OK, outcome.status);
	ASSERT_INT_EQ(true, signal_zygote(SIGSTOP));
	render(broker, &outcome);
	EXPECT_INT_EQ(BRIG_DECODE_LAUNCH_FAILED, outcome.status);
	EXPECT_INT_EQ(BRIG_STAGE_TIMEOUT, outcome.exit.stage);
	render(broker, &outcome);
	EXPECT_INT_EQ(BRIG_DECODE_OK, outcome.status);
	brig_broker_destroy(broker);
}

/* The zygote, which tells of no child any more, once a child is at its document. */
static void stop_zygote_under(struct brig_broker *broker)
{
	while (!broker->processes || broker->processes->state != BRIG_STATE_LOCKED)
		ASSERT_INT_GT(brig_broker_run(broker, 60000), 0);
	ASSERT_INT_EQ(true, signal_zygote(SIGSTOP));
}

static bool has_role(const struct brig_broker *broker, const struct brig_role *role)
{
	const struct brig_process *process = broker->processes;

	while (process && process->role != role)
		process = process->next;
	return process;
}

/* Whose time is nearly over, and who then asks for a codec, would else end everybody's zygote. */
TEST_C(kills, a_document_without_time_costs_no_zygote)
{
	static const char sheet[] = "BRIG-SHEET 1\ncell 4x4\ngrid 1x1\na.png\n";
	struct brig_broker *broker = NULL;
	struct outcome outcome;

	ASSERT_OK(honest_broker(&broker));
	/* A codec is asked for by the first bytes. */
	ASSERT_PTR_NOT_NULL(write_document("a.png", "\x89PNG\r\n\x1a\n", 8));
	EXPECT_OK(outcome_start(broker, write_document("s.sheet", sheet, sizeof sheet - 1), 5000,
				&outcome));
	stop_zygote_under(broker);
	const struct brig_zygote *zygote = broker->zygote;
	while (has_role(broker, &brig_role_renderer))
		ASSERT_INT_GT(brig_broker_run(broker, 60000), 0);
	EXPECT_TRUE(has_role(broker, &brig_role_codec));
	EXPECT_TRUE(zygote == broker->zygote);
	EXPECT_TRUE(signal_zygote(SIGCONT));
	EXPECT_OK(run_until_done(broker, &outcome, 1));
	EXPECT_INT_EQ(BRIG_DECODE_CHILD_DIED, outcome.status);
	EXPECT_INT_EQ(BRIG_EXIT_HANG, outcome.exit.class_);
	EXPECT_TRUE(zygote == broker->zygote);
	render(broker, &outcome);
	EXPECT_INT_EQ(BRIG_DECODE_OK, outcome.status);
	brig_broker_destroy(broker);
}
