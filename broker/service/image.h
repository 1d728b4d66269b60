/* broker/service/image.h - how the broker makes what include/brig/image.h promises. */
#ifndef BROKER_SERVICE_IMAGE_H
#define BROKER_SERVICE_IMAGE_H

#include "broker/service/buffer.h"
#include "ipc/shm/surface.h"

#include <brig/image.h>

/*
 * Of a buffer that is at rest, with a geometry that is the broker's own. The buffer becomes the
 * image's. 0 and *ret, or -EPERM it is not at rest, -ENOMEM.
 */
int brig_image_create(struct brig_buffer *buffer, const struct brig_geometry *geometry,
		      struct brig_image **ret);

#endif
