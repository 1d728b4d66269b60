/*
 * ipc/shm/surface.h - shared memory for pixels: made by the broker, sized once, never by a child.
 */
#ifndef IPC_SHM_SURFACE_H
#define IPC_SHM_SURFACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BRIG_SIDE_MAX (1u << 30)

struct brig_geometry {
	uint32_t width;
	uint32_t height;
	uint32_t channels;
	uint32_t depth;
	size_t stride; /* bytes */
	size_t size;   /* bytes: height × stride */
};

/*
 * Work out stride and size from the four numbers, which a child may have chosen. False if a side is
 * 0 or over BRIG_SIDE_MAX, there are more than @max_pixels, channels or depth are none that exist,
 * or anything overflows.
 */
bool brig_geometry_fill(struct brig_geometry *geometry, uint64_t max_pixels);

/*
 * A memfd of exactly @size bytes with F_SEAL_SHRINK | F_SEAL_GROW, so that no holder's mapping can
 * ever fault (memfd_create(2)). Returns the descriptor or -errno.
 */
int brig_shm_create(size_t size);

#define BRIG_MAP_WRITE    1u
#define BRIG_MAP_RESIDENT 2u /* the pages are there: one call instead of a fault each */
/* Sealed against writing: before Linux 6.7 no shared mapping of that is granted, which could be
 * made writable. A private one shows the same. */
#define BRIG_MAP_SEALED 4u

/*
 * Map @size bytes of a surface that the broker made, so its size and seals are known. Returns 0 and
 * *ret, to be unmapped by munmap(2), or -errno of mmap(2).
 */
int brig_surface_map(int fd, size_t size, unsigned int flags, uint8_t **ret);

#endif
