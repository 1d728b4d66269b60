#include "ipc/shm/surface.h"

#include "sandbox/base/checked.h"
#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE_SEALS (F_SEAL_SHRINK | F_SEAL_GROW)

/* Linux 6.3: no execution, ever. Older kernels refuse the flag. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8u
#endif

bool brig_geometry_fill(struct brig_geometry *geometry, uint64_t max_pixels)
{
	const struct brig_geometry g = *geometry;
	size_t pixels, stride, size;

	if (!g.width || !g.height || g.width > BRIG_SIDE_MAX || g.height > BRIG_SIDE_MAX)
		return false;
	if (g.channels < 1 || g.channels > 4 || (g.depth != 8 && g.depth != 16))
		return false;
	if (!brig_mul_size(g.width, g.height, &pixels) || pixels > max_pixels)
		return false;
	if (!brig_mul_size(g.width, (size_t)g.channels * (g.depth / 8), &stride) ||
	    !brig_mul_size(stride, g.height, &size) || size > SIZE_MAX / 2)
		return false;
	geometry->stride = stride;
	geometry->size = size;
	return true;
}

int brig_shm_create(size_t size)
{
	brig_auto_fd int fd =
		memfd_create("brig-surface", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("brig-surface", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)size) < 0)
		return -errno;
	if (fcntl(fd, F_ADD_SEALS, SIZE_SEALS) < 0)
		return -errno;
	return brig_steal_fd(&fd);
}

int brig_surface_map(int fd, size_t size, unsigned int flags, uint8_t **ret)
{
	const int protection = PROT_READ | (flags & BRIG_MAP_WRITE ? PROT_WRITE : 0);
	const int how = (flags & BRIG_MAP_SEALED ? MAP_PRIVATE : MAP_SHARED) |
			(flags & BRIG_MAP_RESIDENT ? MAP_POPULATE : 0);
	void *memory = mmap(NULL, size, protection, how, fd, 0);

	if (memory == MAP_FAILED)
		return -errno;
	*ret = memory;
	return 0;
}
