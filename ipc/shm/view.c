/* A child's side of memory that its broker lent. */
#include "ipc/dispatch/peer.h"
#include "ipc/shm/surface.h"
#include "sandbox/base/checked.h"

#include <brig/memory.h>

#include <errno.h>
#include <sys/mman.h>

int brig_view_open(const struct brig_peer *broker, int fd, size_t size, unsigned int flags,
		   struct brig_view *ret)
{
	const bool write = flags & BRIG_VIEW_WRITE;
	uint8_t *bytes;

	if (!broker || !ret || !size || (flags & ~BRIG_VIEW_WRITE))
		return -EINVAL;
	if (broker->self != BRIG_FROM_CHILD || broker->direct)
		return -EPERM;
	int r = brig_surface_map(fd, size, write ? BRIG_MAP_WRITE : 0, &bytes);
	if (!r)
		*ret = (struct brig_view){ bytes, write ? bytes : NULL, size };
	return r;
}

uint8_t *brig_view_at(const struct brig_view *view, size_t offset, size_t n)
{
	size_t end;

	if (!view->writable || !brig_add_size(offset, n, &end) || end > view->size)
		return NULL;
	return view->writable + offset;
}

void brig_view_close(struct brig_view *view)
{
	if (view->bytes)
		(void)munmap((void *)(uintptr_t)view->bytes, view->size);
	*view = (struct brig_view){ .size = 0 };
}
