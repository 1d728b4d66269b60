#include "broker/service/image.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

struct brig_image {
	atomic_uint references;
	struct brig_geometry geometry;
	struct brig_buffer *buffer;
	const uint8_t *pixels; /* the buffer's mapping */
};

int brig_image_create(struct brig_buffer *buffer, const struct brig_geometry *geometry,
		      struct brig_image **ret)
{
	struct brig_image *image = malloc(sizeof *image);

	if (!image)
		return -ENOMEM;
	atomic_init(&image->references, 1);
	image->geometry = *geometry;
	int r = brig_buffer_map(buffer, geometry->size, &image->pixels);
	if (r) {
		free(image);
		return r;
	}
	image->buffer = buffer;
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
	brig_buffer_give(image->buffer);
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
