/* tests/support/encode.h - pictures of every variant, made in this process by the libraries. */
#ifndef TESTS_SUPPORT_ENCODE_H
#define TESTS_SUPPORT_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct encoded {
	char *bytes; /* owned: free() */
	size_t n;
};

enum jpeg_space { JPEG_GREY, JPEG_RGB, JPEG_YCC, JPEG_CMYK, JPEG_YCCK };

struct jpeg_variant {
	enum jpeg_space space;
	uint32_t width, height;
	int h, v; /* sampling of the first component against the others */
	bool progressive, arithmetic, apart; /* apart: a scan for each component */
	bool no_adobe;                       /* four colours without the marker: not inverted */
	unsigned int restart_rows;
	const uint8_t *flat; /* every pixel is this one; NULL: a pattern */
};

/* 0, or -1 if the library can't. */
int encode_jpeg(const struct jpeg_variant *variant, struct encoded *ret);

struct png_variant {
	int color, depth; /* of libpng */
	bool interlaced, transparent;
	uint32_t width, height;
};

/* The byte at @i of row @y, as PNG stores it. */
uint8_t png_pattern(uint32_t y, size_t i);
int encode_png(const struct png_variant *variant, struct encoded *ret);

#endif
