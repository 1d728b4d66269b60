#include "tests/support/reference.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>
#include <png.h>

static int png_pixels(png_structp png, png_infop info, struct reference *ret)
{
	if (setjmp(png_jmpbuf(png)))
		return -1;
	png_read_png(
		png, info,
		PNG_TRANSFORM_EXPAND |
			(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? PNG_TRANSFORM_SWAP_ENDIAN : 0),
		NULL);
	ret->width = png_get_image_width(png, info);
	ret->height = png_get_image_height(png, info);
	ret->channels = png_get_channels(png, info);
	ret->depth = png_get_bit_depth(png, info);
	size_t row = png_get_rowbytes(png, info);
	png_bytepp rows = png_get_rows(png, info);
	ret->pixels = malloc(row * ret->height);
	for (uint32_t y = 0; ret->pixels && y < ret->height; y++)
		for (size_t i = 0; i < row; i++)
			ret->pixels[y * row + i] = rows[y][i];
	return ret->pixels ? 0 : -1;
}

static void ignore(png_structp png, png_const_charp text)
{
	(void)png;
	(void)text;
}

int reference_png(const char *path, struct reference *ret)
{
	FILE *file = fopen(path, "rbe");
	png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, ignore);
	png_infop info = png_create_info_struct(png);
	int r = -1;

	if (file) {
		png_init_io(png, file);
		r = png_pixels(png, info, ret);
		(void)fclose(file);
	}
	png_destroy_read_struct(&png, &info, NULL);
	return r;
}

/* Ink takes light away, black from all. Adobe's files hold 255 for no ink, others 0. */
static void print_row(const uint8_t *inks, uint32_t width, bool adobe, uint8_t *rgb)
{
	for (uint32_t x = 0; x < width; x++, inks += 4, rgb += 3)
		for (int i = 0; i < 3; i++) {
			double ink = adobe ? 1 - inks[i] / 255.0 : inks[i] / 255.0;
			double black = adobe ? 1 - inks[3] / 255.0 : inks[3] / 255.0;

			rgb[i] = (uint8_t)((1 - ink) * (1 - black) * 255 + 0.5);
		}
}

static void read_row(struct jpeg_decompress_struct *jpeg, uint8_t *inks, uint8_t *to)
{
	JSAMPROW row = jpeg->output_components == 4 ? inks : to;

	(void)jpeg_read_scanlines(jpeg, &row, 1);
	if (jpeg->output_components == 4)
		print_row(inks, jpeg->output_width, jpeg->saw_Adobe_marker, to);
}

int reference_jpeg(const char *path, struct reference *ret)
{
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors;
	FILE *file = fopen(path, "rbe");

	if (!file)
		return -1;
	jpeg.err = jpeg_std_error(&errors);
	jpeg_create_decompress(&jpeg);
	jpeg_stdio_src(&jpeg, file);
	(void)jpeg_read_header(&jpeg, TRUE);
	(void)jpeg_start_decompress(&jpeg);
	ret->width = jpeg.output_width;
	ret->height = jpeg.output_height;
	ret->channels = jpeg.output_components == 1 ? 1 : 3;
	ret->depth = 8;
	size_t row = (size_t)ret->width * ret->channels;
	ret->pixels = malloc(row * ret->height);
	uint8_t *inks = malloc((size_t)ret->width * 4);
	while (ret->pixels && inks && jpeg.output_scanline < ret->height)
		read_row(&jpeg, inks, ret->pixels + row * jpeg.output_scanline);
	free(inks);
	(void)jpeg_finish_decompress(&jpeg);
	jpeg_destroy_decompress(&jpeg);
	(void)fclose(file);
	return ret->pixels ? 0 : -1;
}
