/*
 * brig/image.h - pixels that were checked and can't change any more.
 *
 * An image exists only after every process that could write to its memory is dead or has lost the
 * means to, and the kernel has confirmed it (F_SETLEASE, fcntl(2); F_SEAL_WRITE, memfd_create(2)).
 * Its size was checked with overflow checks before any pixel was touched. An image may outlive its
 * broker.
 * Threads: an image may be read from many threads; ref and unref are atomic.
 */
#ifndef BRIG_IMAGE_H
#define BRIG_IMAGE_H

#include <brig/export.h>

#include <stddef.h>
#include <stdint.h>

BRIG_BEGIN_DECLS

struct brig_image; /* counted; brig_image_unref() ends a reference */

struct brig_image_info {
	uint32_t width;        /* pixels, at least 1 */
	uint32_t height;       /* pixels, at least 1 */
	uint32_t channels;     /* 1 grey, 2 grey+alpha, 3 RGB, 4 RGBA; alpha is not premultiplied */
	uint32_t depth;        /* bits a channel: 8, or 16 in the machine's byte order */
	size_t stride;         /* bytes from one row to the next */
	const uint8_t *pixels; /* height × stride bytes, valid while a reference is held */
};

/**
 * Add a reference.
 *
 * Returns @image. Thread: any. Blocks: no.
 */
BRIG_API struct brig_image *brig_image_ref(struct brig_image *image);

/**
 * Drop a reference; the last one frees the image. NULL does nothing.
 *
 * Thread: any. Blocks: no (unmaps memory).
 */
BRIG_API void brig_image_unref(struct brig_image *image);

/**
 * What the image is.
 *
 * @image borrowed. @ret written always.
 *
 * Thread: any. Blocks: no.
 */
BRIG_API void brig_image_describe(const struct brig_image *image, struct brig_image_info *ret);

/**
 * Encode as PNG, by libpng in this process, from the checked pixels.
 *
 * @image borrowed. @fd borrowed, written from its current offset; a failed write leaves a part.
 *
 * Returns 0, or -ENOMEM, or the errno of write(2): -ENOSPC, -EIO, -EPIPE (blocking descriptors
 * only; SIGPIPE is the caller's affair), -EINVAL an image that PNG can't hold. Thread: any. Blocks:
 * on @fd, and for the time of the encoding.
 */
BRIG_API BRIG_MUST_USE int brig_image_write_png(const struct brig_image *image, int fd);

BRIG_END_DECLS

#endif
