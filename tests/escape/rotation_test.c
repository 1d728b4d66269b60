/* Zygotes follow one another: no launch is lost, no child is harmed, and the old ones are gone. */
#include "broker/process/process.h"
#include "tests/escape/fleet.h"
#include "tests/escape/memory.h"
#include "tests/support/decode_once.h"
#include "tests/support/outside.h"

#include "gtest_c.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LAUNCHES    500
#define FORKS       5
#define ZYGOTES_MAX (LAUNCHES / FORKS + 2)

struct zygotes {
	pid_t pids[ZYGOTES_MAX];
	size_t n;
};

/* The zygotes that live now; returns how many. */
static size_t find_zygotes(struct zygotes *seen)
{
	/* All children may live at once, where they have to wait for a CPU. */
	static pid_t pids[LAUNCHES + ZYGOTES_MAX];
	const size_t n = outside_children(getpid(), pids, LAUNCHES + ZYGOTES_MAX);
	size_t live = 0;

	for (size_t i = 0; i < n; i++) {
		size_t at = 0;

		if (strcmp(outside_name(pids[i]), "brig-zygote") != 0)
			continue;
		live++;
		while (at < seen->n && seen->pids[at] != pids[i])
			at++;
		if (at == seen->n && seen->n < ZYGOTES_MAX)
			seen->pids[seen->n++] = pids[i];
	}
	return live;
}

static void look(void *user, const struct brig_process *process)
{
	(void)process;
	(void)find_zygotes(user);
}

static void expect_all_gone(struct brig_broker *broker)
{
	brig_broker_destroy(broker);
	EXPECT_INT_EQ(-1, waitpid(-1, NULL, WNOHANG | __WALL));
	EXPECT_INT_EQ(ECHILD, errno);
}

/* Until there is one, and no successor is on its way. */
static size_t settle(struct brig_broker *broker, struct zygotes *seen)
{
	size_t live;

	while ((live = find_zygotes(seen)) > 1 || broker->successor)
		if (brig_broker_run(broker, OUTSIDE_DEADLINE_MS) <= 0)
			break;
	return live;
}

static void rotate(size_t at_once)
{
	static struct zygotes seen;
	struct fleet fleet = { .at = look, .user = &seen };

	memset(&seen, 0, sizeof seen);
	ASSERT_OK(honest_broker(&fleet.broker));
	fleet.broker->zygote_forks = FORKS;
	EXPECT_OK(fleet_run(&fleet, LAUNCHES, at_once));
	EXPECT_UINT_EQ(LAUNCHES, fleet.ready);
	EXPECT_UINT_EQ(LAUNCHES, fleet.ended);
	EXPECT_UINT_EQ(0, fleet.odd);
	printf("%d launches by %zu zygotes\n", LAUNCHES, seen.n);
	/* The old one goes on until the next is ready, so there are fewer than could be. */
	EXPECT_INT_GE((long long)seen.n, 8);
	EXPECT_UINT_EQ(1, settle(fleet.broker, &seen));
	expect_all_gone(fleet.broker);
}

TEST_C(rotation, loses_no_launch)
{
	rotate(1);
}

TEST_C(rotation, loses_no_launch_of_many_at_once)
{
	rotate(24);
}

/* More are asked for than a zygote's socket holds: they wait in the broker, and move on. */
TEST_C(rotation, takes_along_what_was_not_sent)
{
	static struct zygotes seen;
	struct fleet fleet = { .at = look, .user = &seen };

	memset(&seen, 0, sizeof seen);
	ASSERT_OK(honest_broker(&fleet.broker));
	fleet.broker->zygote_forks = FORKS;
	EXPECT_OK(fleet_run(&fleet, LAUNCHES, LAUNCHES));
	EXPECT_UINT_EQ(LAUNCHES, fleet.ready);
	/* So many at once may not all have a CPU within the ten seconds that each has to end. */
	EXPECT_UINT_EQ(LAUNCHES, fleet.ended + fleet.late);
	EXPECT_UINT_EQ(0, fleet.odd);
	EXPECT_UINT_EQ(1, settle(fleet.broker, &seen));
	EXPECT_INT_GE((long long)seen.n, 2);
	expect_all_gone(fleet.broker);
}

TEST_C(rotation, harms_no_child_and_changes_the_layout)
{
	static struct zygotes seen;
	struct fleet fleet = { .broker = NULL };
	struct brig_process *first = NULL, *last = NULL;
	struct layout before, after;

	memset(&seen, 0, sizeof seen);
	ASSERT_OK(honest_broker(&fleet.broker));
	fleet.broker->zygote_forks = FORKS;
	ASSERT_OK(fleet_keep(&fleet, &first));
	(void)find_zygotes(&seen);
	EXPECT_OK(fleet_run(&fleet, 10 * FORKS, 2));
	EXPECT_UINT_EQ(1, settle(fleet.broker, &seen));
	EXPECT_INT_EQ(-1, kill(seen.pids[0], 0)); /* its zygote */
	EXPECT_INT_EQ(ESRCH, errno);
	EXPECT_INT_EQ(BRIG_STATE_READY, first->state);
	EXPECT_UINT_EQ((unsigned long long)getpid(), outside_status(first->pid, "PPid", 10));
	ASSERT_OK(fleet_keep(&fleet, &last));
	ASSERT_OK(layout_read(first->pid, &before));
	ASSERT_OK(layout_read(last->pid, &after));
	EXPECT_FALSE(layout_shares(&before, &after));
	/* It hears its channel's end, and says so: it ran all the time. */
	EXPECT_OK(fleet_end(&fleet, first));
	EXPECT_OK(fleet_end(&fleet, last));
	EXPECT_UINT_EQ(0, fleet.odd);
	expect_all_gone(fleet.broker);
}

static void kill_zygotes(void)
{
	struct zygotes now = { .n = 0 };

	(void)find_zygotes(&now);
	for (size_t i = 0; i < now.n; i++)
		(void)kill(now.pids[i], SIGKILL);
}

/* Old and new die at once, at any moment: the launches that were not sent go to a third. */
TEST_C(rotation, outlives_the_death_of_both)
{
	struct fleet fleet = { .broker = NULL };

	ASSERT_OK(honest_broker(&fleet.broker));
	fleet.broker->zygote_forks = FORKS;
	for (int i = 0; i < 20; i++) {
		EXPECT_OK(fleet_run(&fleet, FORKS + 1, FORKS));
		kill_zygotes();
	}
	EXPECT_OK(fleet_run(&fleet, FORKS, 1));
	/* What was with a zygote that died is lost by name, and nothing else is. */
	EXPECT_UINT_EQ(20 * (FORKS + 1) + FORKS, fleet.ended + fleet.odd);
	if (fleet.odd)
		EXPECT_STR_EQ("zygote", brig_stage_name(fleet.odd_exit.stage));
	expect_all_gone(fleet.broker);
}

/* The old one dies while the next is not ready yet: that one has nobody to succeed. */
TEST_C(rotation, goes_on_without_the_old_one)
{
	struct fleet fleet = { .broker = NULL };
	struct brig_process *kept = NULL;

	ASSERT_OK(honest_broker(&fleet.broker));
	ASSERT_OK(fleet_keep(&fleet, &kept));
	fleet.broker->zygote_forks = 1;
	kill_zygotes();
	EXPECT_OK(fleet_run(&fleet, 1, 1));
	while (fleet.broker->successor)
		ASSERT_INT_GT(brig_broker_run(fleet.broker, OUTSIDE_DEADLINE_MS), 0);
	EXPECT_OK(fleet_run(&fleet, 2, 1));
	EXPECT_UINT_EQ(3, fleet.ended + fleet.odd);
	EXPECT_INT_LE((long long)fleet.odd, 1);
	EXPECT_OK(fleet_end(&fleet, kept));
	expect_all_gone(fleet.broker);
}
