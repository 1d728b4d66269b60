/* tests/support/reference.h - the same libraries, in this process, by their simplest interfaces. */
#ifndef TESTS_SUPPORT_REFERENCE_H
#define TESTS_SUPPORT_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

struct reference {
	uint32_t width, height, channels, depth;
	uint8_t *pixels; /* owned, rows without gaps */
};

/* 0, or -1 if the library can't. */
int reference_png(const char *path, struct reference *ret);
int reference_jpeg(const char *path, struct reference *ret);

#endif
