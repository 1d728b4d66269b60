/*
 * tests/unit/decoders_reference.h - what libpng and libjpeg say, by their simplest interfaces.
 *
 * Written apart from renderer/image, so that one slip can't be in both.
 */
#ifndef TESTS_UNIT_DECODERS_REFERENCE_H
#define TESTS_UNIT_DECODERS_REFERENCE_H

#include <stdint.h>

struct ref_image {
	uint32_t width, height;
	uint32_t channels; /* 1..4 */
	uint32_t depth;    /* 8, or 16 in host byte order */
	uint8_t *pixels;   /* owned: free(); rows without gaps */
};

/* 0, -errno if the file can't be read, -ENOMEM, or -EBADMSG if the library refuses it. */
int ref_png(const char *path, struct ref_image *ret);
/* The same. CMYK becomes RGB by the rule that renderer/image follows; a warning is no refusal. */
int ref_jpeg(const char *path, struct ref_image *ret);

#endif
