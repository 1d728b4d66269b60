/*
 * Thousands of renderers that come and go leave nothing: no descriptor, process, mount or memory.
 *
 * BRIG_TEST_FULL: 100,000; else 2,000.
 */
#include "broker/process/process.h"
#include "tests/escape/fleet.h"
#include "tests/escape/shot.h"
#include "tests/support/decode_once.h"
#include "tests/support/outside.h"

#include "gtest_c.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define WARM_UP 500
#define AT_ONCE 4

#ifdef BRIG_SANITIZED
#define GROWTH_MAX_KB (300u << 10) /* freed memory is kept for a while */
#else
#define GROWTH_MAX_KB 512u
#endif

struct left {
	size_t fds, mounts, children;
	uint64_t kb;
};

static size_t count_lines(const char *path)
{
	FILE *file = fopen(path, "re");
	size_t n = 0;

	for (int c = file ? fgetc(file) : EOF; c != EOF; c = fgetc(file))
		n += c == '\n';
	if (file)
		(void)fclose(file);
	return n;
}

/* Until a zygote that was succeeded has ended. */
static void settle(struct brig_broker *broker)
{
	pid_t pids[64];

	while (outside_children(getpid(), pids, 64) > 1)
		if (brig_broker_run(broker, OUTSIDE_DEADLINE_MS) <= 0)
			return;
}

static struct left look(struct brig_broker *broker)
{
	struct left left;
	pid_t pids[64];

	settle(broker);
	(void)malloc_trim(0);
	left.fds = shot_fds();
	left.mounts = count_lines("/proc/self/mountinfo");
	left.children = outside_children(getpid(), pids, 64);
	left.kb = outside_status(getpid(), "VmRSS", 10);
	return left;
}

TEST_C(storm, leaves_nothing)
{
	const size_t n = test_is_long() ? 100000 : 2000;
	struct fleet fleet = { .broker = NULL };

	ASSERT_OK(honest_broker(&fleet.broker));
	ASSERT_OK(fleet_run(&fleet, WARM_UP, AT_ONCE));
	const struct left before = look(fleet.broker);
	EXPECT_OK(fleet_run(&fleet, n, AT_ONCE));
	const struct left after = look(fleet.broker);
	EXPECT_UINT_EQ(WARM_UP + n, fleet.ended);
	EXPECT_UINT_EQ(0, fleet.odd);
	EXPECT_UINT_EQ(before.fds, after.fds);
	EXPECT_UINT_EQ(before.mounts, after.mounts);
	EXPECT_UINT_EQ(1, before.children); /* a zygote */
	EXPECT_UINT_EQ(1, after.children);
	EXPECT_UINT_EQ(0, shot_zombies());
	EXPECT_INT_LE((long long)after.kb, (long long)before.kb + GROWTH_MAX_KB);
	printf("%zu came and went: %zu descriptors, %zu mounts, %llu kB, %llu before\n", n,
	       after.fds, after.mounts, (unsigned long long)after.kb,
	       (unsigned long long)before.kb);
	brig_broker_destroy(fleet.broker);
	EXPECT_INT_EQ(-1, waitpid(-1, NULL, WNOHANG | __WALL));
	EXPECT_INT_EQ(ECHILD, errno);
}
