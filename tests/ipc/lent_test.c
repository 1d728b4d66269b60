/* Memory that a sealed child has: what it can do to its broker with it, which is nothing. */
#include "broker/broker.h"
#include "broker/service/buffer.h"
#include "sandbox/base/cleanup.h"
#include "memory.brig.h"

#include "gtest_c.h"

#include <brig/memory.h>
#include <brig/objects.h>

#include <errno.h>
#include <string.h>

#define TURN_MS 60000
#define SIZE    ((size_t)2 << 20)
#define MOST    ((size_t)64 << 20)

struct bench {
	struct brig_broker *broker;
	struct brig_child *child;
	struct brig_served served;
	bool ready, told, exited;
	int64_t number;
	int returned; /* what came back; -1: nothing */
	struct brig_exit exit;
};

static int told(void *user, struct brig_request *call, const Memory__Told *what)
{
	struct bench *bench = user;
	(void)call;

	bench->told = true;
	bench->number = what->number;
	return 0;
}

static int returned(void *user, struct brig_request *call, const Memory__Told *what)
{
	struct bench *bench = user;

	bench->returned = call->fds[0];
	call->fds[0] = -1;
	return told(user, call, what);
}

static const struct memory_store_handlers store = MEMORY_STORE_HANDLERS(told, returned);

static void ready(void *user, struct brig_child *child)
{
	struct bench *bench = user;
	(void)child;

	bench->ready = true;
}

static void ended(void *user, struct brig_child *child, const struct brig_exit *exit)
{
	struct bench *bench = user;
	(void)child;

	bench->exited = true;
	bench->exit = *exit;
}

static void turn_until(struct bench *bench, const bool *so)
{
	while (!*so && !(bench->exited && so != &bench->exited))
		ASSERT_INT_EQ(1, brig_broker_run(bench->broker, TURN_MS));
	EXPECT_TRUE(*so);
}

static void start_for(struct bench *bench, const char *role, uint64_t principal)
{
	static const struct brig_child_listener listener = { ready, ended };
	struct brig_child_options options = { .size = sizeof options, .role = role };

	bench->ready = bench->exited = false;
	bench->returned = -1;
	bench->served = (struct brig_served){ &memory_store_service, &store, bench };
	options.principal = principal;
	options.served = &bench->served;
	options.n_served = 1;
	options.listener = &listener;
	options.user = bench;
	ASSERT_OK(brig_child_start(bench->broker, &options, &bench->child));
	turn_until(bench, &bench->ready);
}

static void set_up(struct bench *bench, const char *role)
{
	const struct brig_broker_options options = { .size = sizeof options,
						     .child_path = MEMORY_CHILD,
						     .workers = 1 };

	ASSERT_OK(brig_broker_create(&options, &bench->broker));
	start_for(bench, role, 1);
}

static void end(struct bench *bench)
{
	brig_child_end(bench->child);
	turn_until(bench, &bench->exited);
}

/* @fd is what a _lend() returned. What the child says of it. */
static int64_t lend_place(struct bench *bench, Memory__Act act, int fd, size_t size,
			  const struct brig_object *place)
{
	brig_auto_fd int lent = fd;
	Memory__Lent message = MEMORY__LENT__INIT;

	EXPECT_INT_GE(lent, 0);
	message.act = act;
	message.size = size;
	message.offset = place->offset;
	message.length = place->length;
	bench->told = false;
	EXPECT_OK(memory_store_lend(brig_child_peer(bench->child), &message, lent));
	turn_until(bench, &bench->told);
	return bench->number;
}

static int64_t lend(struct bench *bench, Memory__Act act, int fd, size_t size)
{
	return lend_place(bench, act, fd, size, &(const struct brig_object){ .length = 0 });
}

static void nothing(void *user)
{
	(void)user;
}

static void set_true(void *flag)
{
	*(bool *)flag = true;
}

/* There is one worker: what was to be cleared is clear once this is done. */
static void wait_for_worker(struct bench *bench)
{
	bool done = false;

	ASSERT_OK(brig_broker_work(bench->broker, nothing, set_true, &done));
	turn_until(bench, &done);
}

static const char *const roles[] = { "service", "codec" };

static void look_at_readonly(const char *role)
{
	struct bench bench;
	struct brig_readonly *readonly = NULL;
	const uint8_t bytes[] = { 1, 2, 3, 4 };

	set_up(&bench, role);
	ASSERT_OK(brig_readonly_create(bytes, sizeof bytes, &readonly));
	EXPECT_INT_EQ(10, lend(&bench, MEMORY__ACT__LOOK, brig_readonly_lend(readonly), 4));
	EXPECT_INT_EQ(-EACCES, lend(&bench, MEMORY__ACT__SPOIL, brig_readonly_lend(readonly), 4));
	brig_readonly_destroy(readonly);
	brig_broker_destroy(bench.broker);
}

TEST_C(sealed, child_reads_and_cant_write_what_is_read_only)
{
	look_at_readonly(roles[0]);
}

TEST_C(sealed, child_that_was_forked_does_as_well)
{
	look_at_readonly(roles[1]);
}

/* What its broker did wrong ends no child. */
TEST_C(sealed, child_is_lent_no_descriptor_that_is_closed)
{
	const Memory__Lent lent = MEMORY__LENT__INIT;
	struct bench bench;
	struct brig_readonly *readonly = NULL;

	set_up(&bench, roles[0]);
	ASSERT_OK(brig_readonly_create("\1", 1, &readonly));
	const int fd = brig_readonly_lend(readonly);
	(void)close(fd);
	EXPECT_ERR(EBADF, memory_store_lend(brig_child_peer(bench.child), &lent, fd));
	EXPECT_INT_EQ(1, lend(&bench, MEMORY__ACT__LOOK, brig_readonly_lend(readonly), 1));
	EXPECT_FALSE(bench.exited);
	brig_readonly_destroy(readonly);
	brig_broker_destroy(bench.broker);
}

TEST_C(sealed, child_fills_what_its_broker_reads)
{
	struct bench bench;
	struct brig_handoff *handoff = NULL;
	struct brig_readonly *readonly = NULL;
	const uint8_t *bytes = NULL;
	size_t n = 0;

	set_up(&bench, "service");
	ASSERT_OK(brig_handoff_create(bench.child, SIZE, &handoff));
	EXPECT_INT_EQ((int64_t)SIZE * 0x5a,
		      lend(&bench, MEMORY__ACT__FILL, brig_handoff_lend(handoff), SIZE));
	ASSERT_OK(brig_handoff_rest(&handoff, &readonly));
	ASSERT_OK(brig_readonly_bytes(readonly, &bytes, &n));
	EXPECT_UINT_EQ(SIZE, n);
	EXPECT_INT_EQ(0x5a, bytes[SIZE - 1]);
	EXPECT_ERR(EBUSY, brig_readonly_lend(readonly));
	brig_readonly_destroy(readonly);
	EXPECT_UINT_EQ(SIZE, brig_pool_idle(bench.broker->pool));
	brig_broker_destroy(bench.broker);
}

/* Lent on, it is sealed for good, and for nobody after. */
TEST_C(sealed, child_reads_what_another_filled)
{
	struct bench bench;
	struct brig_handoff *handoff = NULL;
	struct brig_readonly *readonly = NULL;
	const uint8_t *bytes = NULL;

	set_up(&bench, "service");
	ASSERT_OK(brig_handoff_create(bench.child, SIZE, &handoff));
	(void)lend(&bench, MEMORY__ACT__FILL, brig_handoff_lend(handoff), SIZE);
	ASSERT_OK(brig_handoff_rest(&handoff, &readonly));
	EXPECT_INT_EQ((int64_t)SIZE * 0x5a,
		      lend(&bench, MEMORY__ACT__LOOK, brig_readonly_lend(readonly), SIZE));
	EXPECT_INT_EQ(-EACCES,
		      lend(&bench, MEMORY__ACT__SPOIL, brig_readonly_lend(readonly), SIZE));
	ASSERT_OK(brig_readonly_bytes(readonly, &bytes, NULL));
	EXPECT_INT_EQ(0x5a, bytes[0]);
	brig_readonly_destroy(readonly);
	EXPECT_UINT_EQ(0, brig_pool_idle(bench.broker->pool));
	brig_broker_destroy(bench.broker);
}

TEST_C(sealed, child_that_keeps_it_mapped_keeps_it_from_rest_until_it_is_dead)
{
	struct bench bench;
	struct brig_handoff *handoff = NULL;
	struct brig_readonly *readonly = NULL;

	set_up(&bench, "service");
	ASSERT_OK(brig_handoff_create(bench.child, SIZE, &handoff));
	(void)lend(&bench, MEMORY__ACT__KEEP, brig_handoff_lend(handoff), SIZE);
	EXPECT_ERR(EBUSY, brig_handoff_rest(&handoff, &readonly));
	EXPECT_PTR_NULL(readonly);
	end(&bench);
	EXPECT_OK(brig_handoff_rest(&handoff, &readonly));
	brig_readonly_destroy(readonly);
	EXPECT_UINT_EQ(SIZE, brig_pool_idle(bench.broker->pool));
	brig_broker_destroy(bench.broker);
}

/*
 * It changes all the time: copies of it differ, and of none does a byte change once it was made.
 */
TEST_C(sealed, child_that_changes_it_meanwhile_changes_no_copy)
{
	static uint8_t first[1 << 16], second[1 << 16], again[1 << 16];
	struct bench bench;
	struct brig_unsafe *unsafe = NULL;
	bool differed = false;

	set_up(&bench, "service");
	ASSERT_OK(brig_unsafe_create(sizeof first, &unsafe));
	(void)lend(&bench, MEMORY__ACT__FLICKER, brig_unsafe_lend(unsafe), sizeof first);
	ASSERT_OK(brig_unsafe_copy(unsafe, 0, sizeof first, first));
	memcpy(again, first, sizeof first);
	for (uint64_t until = brig_now_us() + TURN_MS * 1000; !differed && brig_now_us() < until;) {
		ASSERT_OK(brig_unsafe_copy(unsafe, 0, sizeof second, second));
		differed = memcmp(first, second, sizeof first) != 0;
	}
	EXPECT_TRUE(differed);
	EXPECT_MEM_EQ(again, first, sizeof first);
	end(&bench);
	brig_unsafe_destroy(unsafe);
	brig_broker_destroy(bench.broker);
}

/* It hands back, as one kind, what it was lent as another. */
TEST_C(sealed, child_that_passes_one_kind_off_as_another_is_found_out)
{
	struct bench bench;
	struct brig_unsafe *unsafe = NULL;
	struct brig_readonly *readonly = NULL;
	struct brig_handoff *handoff = NULL;

	set_up(&bench, "service");
	ASSERT_OK(brig_unsafe_create(SIZE, &unsafe));
	(void)lend(&bench, MEMORY__ACT__PASS, brig_unsafe_lend(unsafe), SIZE);
	brig_auto_fd int back = bench.returned;
	ASSERT_INT_GE(back, 0);
	EXPECT_ERR(EPERM, brig_readonly_take(back, MOST, &readonly));
	EXPECT_ERR(EPERM, brig_handoff_take(back, MOST, &handoff));
	brig_unsafe_destroy(unsafe);
	brig_broker_destroy(bench.broker);
}

TEST_C(sealed, child_writes_to_its_place_of_an_arena)
{
	static const uint8_t zeros[100];
	uint8_t first[100], second[100], wanted[100];
	struct bench bench;
	struct brig_objects *objects = NULL;
	struct brig_object mine, theirs;

	set_up(&bench, "service");
	memset(wanted, 0x77, sizeof wanted);
	ASSERT_OK(brig_objects_create(1 << 20, &objects));
	ASSERT_OK(brig_objects_put(objects, zeros, sizeof zeros, &mine));
	ASSERT_OK(brig_objects_add(objects, sizeof second, &theirs));
	EXPECT_INT_EQ(100, lend_place(&bench, MEMORY__ACT__PLACE, brig_objects_lend(objects),
				      brig_objects_size(objects), &theirs));
	EXPECT_OK(brig_objects_take(objects, &mine, first, sizeof first, NULL));
	EXPECT_OK(brig_objects_take(objects, &theirs, second, sizeof second, NULL));
	EXPECT_MEM_EQ(zeros, first, sizeof first);
	EXPECT_MEM_EQ(wanted, second, sizeof second);
	brig_objects_destroy(objects);
	brig_broker_destroy(bench.broker);
}

/* Filled by a child of principal 1; then memory for one of @principal. How much lies unused. */
static size_t idle_after(const char *role, uint64_t principal)
{
	struct bench bench;
	struct brig_handoff *handoff = NULL;
	struct brig_readonly *readonly = NULL;

	set_up(&bench, "service");
	EXPECT_OK(brig_handoff_create(bench.child, SIZE, &handoff));
	(void)lend(&bench, MEMORY__ACT__FILL, brig_handoff_lend(handoff), SIZE);
	EXPECT_OK(brig_handoff_rest(&handoff, &readonly));
	brig_readonly_destroy(readonly);
	wait_for_worker(&bench);
	end(&bench);
	start_for(&bench, role, principal);
	EXPECT_OK(brig_handoff_create(bench.child, SIZE, &handoff));
	const size_t idle = brig_pool_idle(bench.broker->pool);
	/* Whosever it was, it is clear. */
	EXPECT_INT_EQ(0, lend(&bench, MEMORY__ACT__LOOK, brig_handoff_lend(handoff), SIZE));
	brig_handoff_destroy(handoff);
	brig_broker_destroy(bench.broker);
	return idle;
}

TEST_C(principal, has_its_own_memory_again)
{
	EXPECT_UINT_EQ(0, idle_after("service", 1));
}

TEST_C(principal, has_no_others_memory)
{
	EXPECT_UINT_EQ(SIZE, idle_after("service", 2));
}

TEST_C(principal, of_another_role_is_another)
{
	EXPECT_UINT_EQ(SIZE, idle_after("codec", 1));
}
