/*
 * A picture with as much detail as a photo: noise of several sizes, the large ones strongest, and
 * the grain of a sensor. 12 megapixels are 3 MB, as those of cameras are at this quality.
 */
#include "tests/bench/bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#define OCTAVES    7
#define QUALITY    90
#define GRAIN      12 /* of 255, one part */
#define GRAIN_SEED 7

static uint32_t hash(uint32_t x, uint32_t y, uint32_t seed)
{
	uint32_t h = x * 0x9e3779b1u ^ y * 0x85ebca77u ^ seed * 0xc2b2ae3du;

	h = (h ^ (h >> 15)) * 0x2c1b3c6du;
	return (h ^ (h >> 12)) & 255;
}

/* The lattice of one octave, interpolated: 0..255. */
static uint32_t noise(uint32_t x, uint32_t y, uint32_t shift, uint32_t seed)
{
	const uint32_t size = 1u << shift, fx = x & (size - 1), fy = y & (size - 1);
	const uint32_t cx = x >> shift, cy = y >> shift;
	uint32_t top = hash(cx, cy, seed) * (size - fx) + hash(cx + 1, cy, seed) * fx;
	uint32_t low = hash(cx, cy + 1, seed) * (size - fx) + hash(cx + 1, cy + 1, seed) * fx;

	return (top * (size - fy) + low * fy) >> (2 * shift);
}

static void fill_row(uint8_t *row, uint32_t width, uint32_t y)
{
	for (uint32_t x = 0; x < width; x++) {
		uint32_t light = 0;

		for (uint32_t octave = 0; octave < OCTAVES; octave++)
			light += noise(x, y, 9 - octave, octave) >> (octave + 1);
		light += hash(x, y, GRAIN_SEED) / GRAIN;
		uint32_t tint = noise(x, y, 8, 99) / 4;
		row[3 * x] = (uint8_t)(light * 3 / 4 + tint);
		row[3 * x + 1] = (uint8_t)(light * 7 / 8);
		row[3 * x + 2] = (uint8_t)(light * 3 / 4 + 63 - tint);
	}
}

int bench_write_photo(const char *path, uint32_t width, uint32_t height)
{
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr errors;
	uint8_t *row = malloc((size_t)width * 3);
	FILE *file = row ? fopen(path, "wbe") : NULL;

	if (!file) {
		free(row);
		return row ? -errno : -ENOMEM;
	}
	jpeg.err = jpeg_std_error(&errors);
	jpeg_create_compress(&jpeg);
	jpeg_stdio_dest(&jpeg, file);
	jpeg.image_width = width;
	jpeg.image_height = height;
	jpeg.input_components = 3;
	jpeg.in_color_space = JCS_RGB;
	jpeg_set_defaults(&jpeg); /* 4:2:0 */
	jpeg_set_quality(&jpeg, QUALITY, TRUE);
	jpeg_start_compress(&jpeg, TRUE);
	while (jpeg.next_scanline < height) {
		fill_row(row, width, jpeg.next_scanline);
		(void)jpeg_write_scanlines(&jpeg, &row, 1);
	}
	jpeg_finish_compress(&jpeg);
	jpeg_destroy_compress(&jpeg);
	free(row);
	return fclose(file) ? -errno : 0;
}
