/* broker/service/image.h - how the broker makes what include/brig/image.h promises. */
#ifndef BROKER_SERVICE_IMAGE_H
#define BROKER_SERVICE_IMAGE_H

#include "ipc/shm/surface.h"

#include <brig/image.h>

/*
 * Map a surface that is write-sealed and whose geometry is the broker's own. @fd is borrowed.
 * 0 and *ret, -EPERM it is not sealed, -ENOMEM.
 */
int brig_image_create(int fd, const struct brig_geometry *geometry, struct brig_image **ret);

#endif
