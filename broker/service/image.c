#include "broker/service/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define REST_SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

struct brig_image {
	atomic_uint references;
	struct brig_geometry geometry;
	uint8_t *pixels;
};

int brig_image_create(int fd, const struct brig_geometry *geometry, struct brig_image **ret)
{
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || (seals & REST_SEALS) != REST_SEALS)
		return -EPERM;
	if (fstat(fd, &st) < 0 || st.st_size < 0 || (size_t)st.st_size != geometry->size)
		return -EPERM;
	struct brig_image *image = malloc(sizeof *image);
	if (!image)
		return -ENOMEM;
	atomic_init(&image->references, 1);
	image->geometry = *geometry;
	int r = brig_surface_map(fd, geometry->size, false, &image->pixels);
	if (r) {
		free(image);
		return r;
	}
	*ret = image;
	return 0;
}

struct brig_image *brig_image_ref(struct brig_image *image)
{
	atomic_fetch_add_explicit(&image->references, 1, memory_order_relaxed);
	return image;
}

void brig_image_unref(struct brig_image *image)
{
	if (!image || atomic_fetch_sub_explicit(&image->references, 1, memory_order_acq_rel) > 1)
		return;
	(void)munmap(image->pixels, image->geometry.size);
	free(image);
}

void brig_image_describe(const struct brig_image *image, struct brig_image_info *ret)
{
	const struct brig_geometry *g = &image->geometry;

	*ret = (struct brig_image_info){ .width = g->width,
					 .height = g->height,
					 .channels = g->channels,
					 .depth = g->depth,
					 .stride = g->stride,
					 .pixels = image->pixels };
}
