/* Memory that a child may change while we read it: copied, never shown. */
#include "ipc/shm/rest.h"
#include "ipc/shm/surface.h"
#include "ipc/shm/taken.h"
#include "sandbox/base/checked.h"
#include "sandbox/base/cleanup.h"

#include <brig/memory.h>

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

struct brig_unsafe {
	int fd;
	size_t size;
	uint8_t *shared; /* never handed out */
};

/* @fd becomes its own, on success. */
static int unsafe_open(int fd, size_t size, struct brig_unsafe **ret)
{
	brig_auto_free struct brig_unsafe *unsafe = calloc(1, sizeof *unsafe);

	if (!unsafe)
		return -ENOMEM;
	int r = brig_surface_map(fd, size, BRIG_MAP_WRITE, &unsafe->shared);
	if (r)
		return r == -EACCES ? -EPERM : r;
	unsafe->fd = fd;
	unsafe->size = size;
	*ret = unsafe;
	unsafe = NULL;
	return 0;
}

int brig_unsafe_create(size_t n, struct brig_unsafe **ret)
{
	if (!n || !ret)
		return -EINVAL;
	brig_auto_fd int fd = brig_shm_create(n);
	if (fd < 0)
		return fd;
	/* A child with it can't take our right to write away, nor pass it off as another kind. */
	int r = brig_shm_seal(fd, F_SEAL_SEAL);
	if (!r)
		r = unsafe_open(fd, n, ret);
	if (!r)
		(void)brig_steal_fd(&fd);
	return r;
}

int brig_unsafe_take(int fd, size_t max_bytes, struct brig_unsafe **ret)
{
	size_t size;

	if (!ret)
		return -EINVAL;
	int r = brig_shm_check(fd, max_bytes, 0, F_SEAL_WRITE, &size);
	if (r)
		return r;
	brig_auto_fd int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (own < 0)
		return -errno;
	r = unsafe_open(own, size, ret);
	if (!r)
		(void)brig_steal_fd(&own);
	return r;
}

int brig_unsafe_lend(const struct brig_unsafe *unsafe)
{
	return brig_shm_reopen(unsafe->fd, O_RDWR);
}

size_t brig_unsafe_size(const struct brig_unsafe *unsafe)
{
	return unsafe->size;
}

static bool within(const struct brig_unsafe *unsafe, size_t offset, size_t n)
{
	size_t end;

	return brig_add_size(offset, n, &end) && end <= unsafe->size;
}

int brig_unsafe_copy(const struct brig_unsafe *unsafe, size_t offset, size_t n, void *into)
{
	if (!within(unsafe, offset, n))
		return -ERANGE;
	if (n)
		memcpy(into, unsafe->shared + offset, n);
	/* Or a compiler that sees both ends may read the shared bytes again instead of the copy. */
	atomic_signal_fence(memory_order_seq_cst);
	return 0;
}

int brig_unsafe_write(struct brig_unsafe *unsafe, size_t offset, const void *bytes, size_t n)
{
	if (!within(unsafe, offset, n))
		return -ERANGE;
	if (n)
		memcpy(unsafe->shared + offset, bytes, n);
	return 0;
}

void brig_unsafe_destroy(struct brig_unsafe *unsafe)
{
	if (!unsafe)
		return;
	(void)munmap(unsafe->shared, unsafe->size);
	brig_close_fd(&unsafe->fd);
	free(unsafe);
}
