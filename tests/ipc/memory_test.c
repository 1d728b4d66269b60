/* Memory that is shared: of what kind, at rest or not, and never read where it may change. */
#include "ipc/dispatch/peer.h"
#include "sandbox/base/cleanup.h"

#include "gtest_c.h"

#include <brig/memory.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>

#define MOST ((size_t)64 << 20)

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
	const void *mapped = mmap(NULL, 5, PROT_READ | PROT_WRITE, MAP_SHARED, again, 0);
	EXPECT_INT_EQ(EPERM, errno);
	EXPECT_TRUE(mapped == MAP_FAILED);
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
	EXPECT_ERR(EINVAL, brig_handoff_rest(&handoff, &readonly)); /* it rests already */
	EXPECT_PTR_NULL(handoff);
	EXPECT_INT_EQ(-1, pwrite(fd, "J", 1, 0));
	EXPECT_INT_EQ(EPERM, errno);
	brig_readonly_destroy(readonly);
}

/* No sealed child can do this. The kernel waits for it, and gives up. */
TEST_C(handoff, of_which_a_pipe_holds_a_page_is_not_at_rest)
{
	brig_auto_fd int fd = sized();
	struct brig_handoff *handoff = NULL;
	struct brig_readonly *readonly = NULL;
	int pipes[2];

	ASSERT_OK(pipe2(pipes, O_CLOEXEC));
	ASSERT_OK(brig_handoff_take(fd, MOST, &handoff));
	uint8_t *theirs = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_TRUE(theirs != MAP_FAILED);
	theirs[0] = 7;
	const struct iovec page = { .iov_base = theirs, .iov_len = 4096 };
	ASSERT_INT_EQ(4096, vmsplice(pipes[1], &page, 1, 0));
	(void)munmap(theirs, 4096);
	EXPECT_ERR(EBUSY, brig_handoff_rest(&handoff, &readonly));
	(void)close(pipes[0]);
	(void)close(pipes[1]);
	EXPECT_OK(brig_handoff_rest(&handoff, &readonly));
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
	child.direct = 71;
	EXPECT_ERR(EPERM, brig_view_open(&child, fd, 4096, BRIG_VIEW_WRITE, &view));
	child.direct = 0;
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
