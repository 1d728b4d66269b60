/* Memory that is shared: of what kind, at rest or not, and never read where it may change. */
#include "broker/broker.h"
#include "broker/service/buffer.h"
#include "ipc/dispatch/bad_message.h"
#include "ipc/dispatch/peer.h"
#include "sandbox/base/cleanup.h"
#include "memory.brig.h"

#include "gtest_c.h"

#include <brig/memory.h>
#include <brig/objects.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define TURN_MS 20000
#define SIZE    ((size_t)2 << 20)
#define MOST    ((size_t)64 << 20)

/* ---- what was sent, and is it what it should be ---- */

static int reopen(int fd, int access)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return open(path, access | O_CLOEXEC);
}

static int sealed(off_t size, int seals)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	EXPECT_INT_EQ(0, ftruncate(fd, size));
	EXPECT_INT_EQ(0, fcntl(fd, F_ADD_SEALS, seals));
	return fd;
}

#define SIZED (F_SEAL_SHRINK | F_SEAL_GROW)

static int sized(void)
{
	return sealed(4096, SIZED);
}

static int written_once(void)
{
	return sealed(4096, SIZED | F_SEAL_WRITE);
}

/* Whoever has it mapped already writes on. */
static int future_write(void)
{
	return sealed(4096, SIZED | F_SEAL_FUTURE_WRITE);
}

static int never_sealable(void)
{
	return sealed(4096, SIZED | F_SEAL_SEAL);
}

static int may_grow(void)
{
	return sealed(4096, F_SEAL_SHRINK | F_SEAL_WRITE);
}

static int may_shrink(void)
{
	return sealed(4096, F_SEAL_GROW | F_SEAL_WRITE);
}

static int empty(void)
{
	return sealed(0, SIZED | F_SEAL_WRITE);
}

static int empty_and_writable(void)
{
	return sealed(0, SIZED);
}

static int huge_pages(void)
{
	int fd = memfd_create("huge", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB);

	EXPECT_INT_EQ(0, ftruncate(fd, 2 << 20));
	EXPECT_INT_EQ(0, fcntl(fd, F_ADD_SEALS, SIZED));
	return fd;
}

static int only_to_read(void)
{
	brig_auto_fd int fd = sized();

	return reopen(fd, O_RDONLY);
}

static int regular_file(void)
{
	return open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
}

static int pipe_end(void)
{
	int ends[2] = { -1, -1 };

	EXPECT_INT_EQ(0, pipe2(ends, O_CLOEXEC));
	(void)close(ends[1]);
	return ends[0];
}

#define REFUSED(kind, what, error)                                                                 \
	TEST_C(memory, what##_is_no_##kind)                                                        \
	{                                                                                          \
		brig_auto_fd int fd = what();                                                      \
		struct brig_##kind *memory = NULL;                                                 \
                                                                                                   \
		ASSERT_INT_GE(fd, 0);                                                              \
		EXPECT_ERR(error, brig_##kind##_take(fd, MOST, &memory));                          \
		EXPECT_PTR_NULL(memory);                                                           \
	}

REFUSED(readonly, sized, EPERM)
REFUSED(readonly, future_write, EPERM)
REFUSED(readonly, never_sealable, EPERM)
REFUSED(readonly, only_to_read, EPERM)
REFUSED(readonly, may_grow, EBADMSG)
REFUSED(readonly, may_shrink, EBADMSG)
REFUSED(readonly, regular_file, EBADMSG)
REFUSED(readonly, pipe_end, EBADMSG)
REFUSED(readonly, empty, EINVAL)
REFUSED(handoff, never_sealable, EPERM)
REFUSED(handoff, only_to_read, EPERM)
REFUSED(handoff, may_grow, EBADMSG)
REFUSED(handoff, huge_pages, EBADMSG)
REFUSED(handoff, regular_file, EBADMSG)
REFUSED(handoff, pipe_end, EBADMSG)
REFUSED(handoff, empty_and_writable, EINVAL)
REFUSED(unsafe, written_once, EPERM)
REFUSED(unsafe, future_write, EPERM)
REFUSED(unsafe, only_to_read, EPERM)
REFUSED(unsafe, may_shrink, EBADMSG)
REFUSED(unsafe, huge_pages, EBADMSG)
REFUSED(unsafe, regular_file, EBADMSG)
REFUSED(unsafe, pipe_end, EBADMSG)
REFUSED(unsafe, empty_and_writable, EINVAL)

TEST_C(memory, larger_than_is_taken_is_refused)
{
	brig_auto_fd int fixed = written_once();
	brig_auto_fd int open_ = sized();
	struct brig_readonly *readonly = NULL;
	struct brig_handoff *handoff = NULL;
	struct brig_unsafe *unsafe = NULL;

	EXPECT_ERR(EFBIG, brig_readonly_take(fixed, 4095, &readonly));
	EXPECT_ERR(EFBIG, brig_handoff_take(open_, 4095, &handoff));
	EXPECT_ERR(EFBIG, brig_unsafe_take(open_, 4095, &unsafe));
	EXPECT_OK(brig_readonly_take(fixed, 4096, &readonly));
	brig_readonly_destroy(readonly);
}

/* ---- READ_ONLY ---- */

/* A reopened descriptor could be written through, were it not for the seal (O_RDONLY is none). */
TEST_C(readonly, cant_be_written_however_it_is_opened)
{
	struct brig_readonly *readonly = NULL;
	const uint8_t *bytes;
	size_t n;

	ASSERT_OK(brig_readonly_create("hello", 5, &readonly));
	EXPECT_OK(brig_readonly_bytes(readonly, &bytes, &n));
	EXPECT_UINT_EQ(5, n);
	brig_auto_fd int lent = brig_readonly_lend(readonly);
	ASSERT_INT_GE(lent, 0);
	EXPECT_INT_EQ(O_RDONLY, fcntl(lent, F_GETFL) & O_ACCMODE);
	brig_auto_fd int again = reopen(lent, O_RDWR);
	ASSERT_INT_GE(again, 0);
	EXPECT_INT_EQ(-1, pwrite(again, "J", 1, 0));
	EXPECT_INT_EQ(EPERM, errno);
	EXPECT_TRUE(mmap(NULL, 5, PROT_READ | PROT_WRITE, MAP_SHARED, again, 0) == MAP_FAILED);
	EXPECT_INT_EQ(EPERM, errno);
	EXPECT_MEM_EQ("hello", bytes, 5);
	brig_readonly_destroy(readonly);
}

TEST_C(readonly, taken_is_what_was_lent)
{
	struct brig_readonly *made = NULL, *taken = NULL;
	const uint8_t *bytes;
	size_t n;

	ASSERT_OK(brig_readonly_create("hello", 5, &made));
	brig_auto_fd int lent = brig_readonly_lend(made);
	ASSERT_OK(brig_readonly_take(lent, 5, &taken));
	brig_readonly_destroy(made);
	EXPECT_OK(brig_readonly_bytes(taken, &bytes, &n));
	EXPECT_UINT_EQ(5, n);
	EXPECT_MEM_EQ("hello", bytes, 5);
	brig_readonly_destroy(taken);
}

static int fail_to_fill(void *user, uint8_t *bytes, size_t n)
{
	(void)bytes;
	*(size_t *)user = n;
	return -EIO;
}

TEST_C(readonly, is_not_made_of_what_failed)
{
	struct brig_readonly *readonly = NULL;
	size_t n = 0;

	EXPECT_ERR(EIO, brig_readonly_fill(4096, fail_to_fill, &n, &readonly));
	EXPECT_UINT_EQ(4096, n);
	EXPECT_PTR_NULL(readonly);
	EXPECT_ERR(EINVAL, brig_readonly_create("", 0, &readonly));
}

/* ---- HANDOFF ---- */

/* Somebody's descriptor is one that he has, too: only the seal counts. */
TEST_C(handoff, taken_comes_to_rest_by_the_seal_alone)
{
	brig_auto_fd int made = sized();
	brig_auto_fd int fd = reopen(made, O_RDWR); /* that could hold a lease */
	struct brig_handoff *handoff = NULL;
	struct brig_readonly *readonly = NULL;

	brig_close_fd(&made);
	ASSERT_OK(brig_handoff_take(fd, MOST, &handoff));
	uint8_t *theirs = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_TRUE(theirs != MAP_FAILED);
	EXPECT_ERR(EBUSY, brig_handoff_rest(&handoff, &readonly));
	EXPECT_PTR_NULL(readonly);
	ASSERT_PTR_NOT_NULL(handoff);
	theirs[0] = 7;
	(void)munmap(theirs, 4096);
	ASSERT_OK(brig_handoff_rest(&handoff, &readonly));
	EXPECT_PTR_NULL(handoff);
	EXPECT_INT_EQ(-1, pwrite(fd, "J", 1, 0));
	EXPECT_INT_EQ(EPERM, errno);
	brig_readonly_destroy(readonly);
}

TEST_C(handoff, that_was_sealed_meanwhile_against_the_seal_stays_closed)
{
	brig_auto_fd int fd = sized();
	struct brig_handoff *handoff = NULL;
	struct brig_readonly *readonly = NULL;

	ASSERT_OK(brig_handoff_take(fd, MOST, &handoff));
	ASSERT_INT_EQ(0, fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
	EXPECT_ERR(EPERM, brig_handoff_rest(&handoff, &readonly));
	EXPECT_PTR_NULL(readonly);
	brig_handoff_destroy(handoff);
}

/* ---- UNSAFE ---- */

static void expect_out_of_range(struct brig_unsafe *unsafe, size_t offset, size_t n)
{
	uint8_t bytes[8] = "before";

	EXPECT_ERR(ERANGE, brig_unsafe_copy(unsafe, offset, n, bytes));
	EXPECT_STR_EQ("before", (const char *)bytes);
	EXPECT_ERR(ERANGE, brig_unsafe_write(unsafe, offset, bytes, n));
}

TEST_C(unsafe, gives_nothing_beyond_its_end)
{
	struct brig_unsafe *unsafe = NULL;
	uint8_t bytes[8];

	ASSERT_OK(brig_unsafe_create(100, &unsafe));
	EXPECT_UINT_EQ(100, brig_unsafe_size(unsafe));
	expect_out_of_range(unsafe, 93, 8);
	expect_out_of_range(unsafe, 101, 0);
	expect_out_of_range(unsafe, SIZE_MAX, 1);
	expect_out_of_range(unsafe, 8, SIZE_MAX - 4);
	EXPECT_OK(brig_unsafe_write(unsafe, 92, "the end", 8));
	EXPECT_OK(brig_unsafe_copy(unsafe, 92, 8, bytes));
	EXPECT_STR_EQ("the end", (const char *)bytes);
	EXPECT_OK(brig_unsafe_copy(unsafe, 100, 0, bytes));
	brig_unsafe_destroy(unsafe);
}

/* The child has it: none of what seals can do is left to it. */
TEST_C(unsafe, cant_be_made_another_kind)
{
	struct brig_unsafe *unsafe = NULL;
	struct brig_handoff *handoff = NULL;

	ASSERT_OK(brig_unsafe_create(4096, &unsafe));
	brig_auto_fd int lent = brig_unsafe_lend(unsafe);
	EXPECT_INT_EQ(-1, fcntl(lent, F_ADD_SEALS, F_SEAL_FUTURE_WRITE));
	EXPECT_INT_EQ(EPERM, errno);
	EXPECT_ERR(EPERM, brig_handoff_take(lent, MOST, &handoff));
	EXPECT_INT_EQ(-1, ftruncate(lent, 0));
	EXPECT_INT_EQ(EPERM, errno);
	brig_unsafe_destroy(unsafe);
}

/* ---- views ---- */

TEST_C(view, is_a_childs_alone)
{
	struct brig_peer child, broker;
	struct brig_view view = { .size = 0 };
	brig_auto_fd int fd = sized();

	brig_peer_init(&child, BRIG_FROM_CHILD, -1);
	brig_peer_init(&broker, BRIG_FROM_BROKER, -1);
	EXPECT_ERR(EPERM, brig_view_open(&broker, fd, 4096, BRIG_VIEW_WRITE, &view));
	EXPECT_PTR_NULL(view.bytes);
	ASSERT_OK(brig_view_open(&child, fd, 4096, BRIG_VIEW_WRITE, &view));
	EXPECT_TRUE(brig_view_at(&view, 4000, 96) == view.writable + 4000);
	EXPECT_PTR_NULL(brig_view_at(&view, 4000, 97));
	EXPECT_PTR_NULL(brig_view_at(&view, SIZE_MAX, 2));
	brig_view_close(&view);
	EXPECT_PTR_NULL(view.bytes);
	brig_view_close(&view);
}

TEST_C(view, to_read_is_not_written)
{
	struct brig_peer child;
	struct brig_view view = { .size = 0 };
	brig_auto_fd int fd = written_once();

	brig_peer_init(&child, BRIG_FROM_CHILD, -1);
	EXPECT_ERR(EPERM, brig_view_open(&child, fd, 4096, BRIG_VIEW_WRITE, &view));
	ASSERT_OK(brig_view_open(&child, fd, 4096, 0, &view));
	EXPECT_PTR_NULL(view.writable);
	EXPECT_PTR_NULL(brig_view_at(&view, 0, 1));
	brig_view_close(&view);
}

/* ---- a sealed child ---- */

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

static void start(struct bench *bench, const char *role)
{
	static const struct brig_child_listener listener = { ready, ended };
	struct brig_child_options options = { .size = sizeof options, .role = role };

	bench->ready = bench->exited = false;
	bench->returned = -1;
	bench->served = (struct brig_served){ &memory_store_service, &store, bench };
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
						     .child_path = MEMORY_CHILD };

	ASSERT_OK(brig_broker_create(&options, &bench->broker));
	start(bench, role);
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
