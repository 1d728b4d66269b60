/* Deadlines on a clock that the test turns. */
#include "ipc/loop/wheel.h"

#include "gtest_c.h"

#include <string.h>
#include <time.h>

#define NODES 500

static struct {
	uint64_t now_us, armed_us;
	unsigned int armed;
} fake;

static uint64_t now(void *user)
{
	(void)user;
	return fake.now_us;
}

static void arm(void *user, uint64_t at_us)
{
	(void)user;
	fake.armed_us = at_us;
	fake.armed++;
}

static const struct brig_wheel_clock clock_ = { now, arm };
static struct brig_wheel wheel;

struct one {
	struct brig_wheel_node node;
	unsigned int times;
	uint64_t at_us;
	struct brig_wheel_node *also; /* stopped, when this is due */
	uint64_t again_us;            /* started again for then */
};

static void due(struct brig_wheel_node *node)
{
	struct one *one = (struct one *)node; /* its first member */

	EXPECT_FALSE(brig_wheel_runs(node));
	one->times++;
	one->at_us = fake.now_us;
	if (one->also)
		brig_wheel_stop(one->also);
	if (one->again_us)
		brig_wheel_start(&wheel, node, one->again_us);
	one->again_us = 0;
}

static void begin(void)
{
	memset(&fake, 0, sizeof fake);
	fake.now_us = 1000000;
	brig_wheel_init(&wheel, &clock_, NULL);
}

static struct one one_of(void)
{
	return (struct one){ .node = { .due = due } };
}

static void turn_at(uint64_t now_us)
{
	fake.now_us = now_us;
	brig_wheel_turn(&wheel);
}

TEST_C(wheel, runs_what_is_due_and_nothing_before)
{
	struct one one = one_of();

	begin();
	brig_wheel_start(&wheel, &one.node, 1500000);
	EXPECT_UINT_EQ(1500000, fake.armed_us);
	turn_at(1499999);
	EXPECT_UINT_EQ(0, one.times);
	turn_at(1500000);
	EXPECT_UINT_EQ(1, one.times);
	turn_at(9000000);
	EXPECT_UINT_EQ(1, one.times);
}

TEST_C(wheel, arms_only_for_what_is_earlier)
{
	struct one ones[3] = { one_of(), one_of(), one_of() };

	begin();
	brig_wheel_start(&wheel, &ones[0].node, 3000000);
	brig_wheel_start(&wheel, &ones[1].node, 4000000);
	EXPECT_UINT_EQ(1, fake.armed);
	brig_wheel_start(&wheel, &ones[2].node, 2000000);
	EXPECT_UINT_EQ(2, fake.armed);
	brig_wheel_stop(&ones[2].node);
	EXPECT_UINT_EQ(2, fake.armed);
	turn_at(2000000);
	EXPECT_UINT_EQ(0, ones[2].times);
	EXPECT_UINT_EQ(3000000, fake.armed_us);
	turn_at(3000000);
	EXPECT_UINT_EQ(4000000, fake.armed_us);
	turn_at(4000000);
	EXPECT_UINT_EQ(4, fake.armed); /* nothing is left to wake for */
}

TEST_C(wheel, keeps_what_has_rounds_to_go)
{
	const uint64_t round = (uint64_t)BRIG_WHEEL_SLOTS * BRIG_WHEEL_TICK_US;
	struct one soon = one_of(), late = one_of();

	begin();
	brig_wheel_start(&wheel, &soon.node, 1100000);
	brig_wheel_start(&wheel, &late.node, 1100000 + 5 * round);
	turn_at(1100000);
	EXPECT_UINT_EQ(1, soon.times);
	for (unsigned int i = 1; i < 5; i++)
		turn_at(1100000 + i * round);
	EXPECT_UINT_EQ(0, late.times);
	turn_at(1100000 + 5 * round);
	EXPECT_UINT_EQ(1, late.times);
}

TEST_C(wheel, runs_what_was_due_already)
{
	struct one one = one_of();

	begin();
	turn_at(5000000);
	brig_wheel_start(&wheel, &one.node, 1);
	EXPECT_UINT_EQ(1, fake.armed_us);
	turn_at(5000000);
	EXPECT_UINT_EQ(1, one.times);
}

TEST_C(wheel, lets_callbacks_stop_and_start)
{
	struct one ones[3] = { one_of(), one_of(), one_of() };

	begin();
	ones[0].also = &ones[1].node;
	ones[1].also = &ones[0].node;
	ones[2].again_us = 2000001;
	for (size_t i = 0; i < 3; i++)
		brig_wheel_start(&wheel, &ones[i].node, 2000000);
	turn_at(2000000);
	EXPECT_UINT_EQ(1, ones[0].times + ones[1].times);
	EXPECT_UINT_EQ(1, ones[2].times);
	EXPECT_UINT_EQ(2000001, fake.armed_us);
	turn_at(2000001);
	EXPECT_UINT_EQ(2, ones[2].times);
}

/* Each is due at a turn that the wheel asked for, and never before its time. */
TEST_C(wheel, wakes_for_each_of_many)
{
	static struct one ones[NODES];
	uint64_t random = test_seed();
	unsigned int turns = 0, done = 0;

	begin();
	for (size_t i = 0; i < NODES; i++) {
		ones[i] = one_of();
		brig_wheel_start(&wheel, &ones[i].node,
				 fake.now_us + test_random(&random) % 60000000);
	}
	for (size_t i = 0; i < NODES; i += 10)
		brig_wheel_stop(&ones[i].node);
	while (fake.armed_us && turns++ < 2 * NODES) {
		const uint64_t at_us = fake.armed_us;

		fake.armed_us = 0;
		turn_at(at_us);
	}
	for (size_t i = 0; i < NODES; i++) {
		EXPECT_UINT_EQ(i % 10 != 0, ones[i].times);
		if (ones[i].times && ones[i].at_us == ones[i].node.due_us)
			done++;
	}
	EXPECT_UINT_EQ(NODES - NODES / 10, done);
}

TEST_C(wheel, is_driven_by_a_loops_timer)
{
	struct brig_loop *loop = NULL;
	struct one ones[2] = { one_of(), one_of() };

	ASSERT_OK(brig_loop_create(&loop));
	ASSERT_OK(brig_wheel_open(&wheel, loop));
	brig_wheel_start(&wheel, &ones[0].node, brig_wheel_now(&wheel) + 20000);
	brig_wheel_start(&wheel, &ones[1].node, brig_wheel_now(&wheel) + 2000);
	while (!ones[0].times || !ones[1].times)
		ASSERT_INT_EQ(1, brig_loop_run(loop, 60000));
	EXPECT_INT_LE((long long)ones[0].node.due_us, (long long)brig_wheel_now(&wheel));
	EXPECT_UINT_EQ(1, ones[0].times);
	EXPECT_UINT_EQ(1, ones[1].times);
	brig_wheel_close(&wheel);
	brig_loop_destroy(loop);
}
