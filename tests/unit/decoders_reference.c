#include "tests/unit/decoders_reference.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>

static void no_warning(png_structp png, png_const_charp text)
{
	(void)png;
	(void)text;
}

static _Noreturn void png_refused(png_structp png, png_const_charp text)
{
	(void)text;
	png_longjmp(png, 1);
}

static int copy_rows(png_structp png, png_infop info, struct ref_image *ret)
{
	const size_t row = png_get_rowbytes(png, info);
	png_bytepp rows = png_get_rows(png, info);

	ret->width = png_get_image_width(png, info);
	ret->height = png_get_image_height(png, info);
	ret->channels = png_get_channels(png, info);
	ret->depth = png_get_bit_depth(png, info);
	ret->pixels = malloc(row * ret->height);
	if (!ret->pixels)
		return -ENOMEM;
	for (uint32_t y = 0; y < ret->height; y++)
		memcpy(ret->pixels + y * row, rows[y], row);
	return 0;
}

static int read_png(png_structp png, png_infop info, FILE *file, struct ref_image *ret)
{
	int transforms = PNG_TRANSFORM_EXPAND;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	transforms |= PNG_TRANSFORM_SWAP_ENDIAN;
#endif
	if (setjmp(png_jmpbuf(png)))
		return -EBADMSG;
	png_init_io(png, file);
	png_read_png(png, info, transforms, NULL);
	return copy_rows(png, info, ret);
}

int ref_png(const char *path, struct ref_image *ret)
{
	FILE *file = fopen(path, "rbe");
	int r = -ENOMEM;

	if (!file)
		return -errno;
	png_structp png =
		png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, png_refused, no_warning);
	png_infop info = png ? png_create_info_struct(png) : NULL;
	if (info)
		r = read_png(png, info, file, ret);
	png_destroy_read_struct(&png, &info, NULL);
	(void)fclose(file);
	return r;
}

struct jpeg_reader {
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors;
	jmp_buf escape;
	unsigned char *file, *row, *pixels; /* owned */
	unsigned long n;
};

static _Noreturn void jpeg_refused(j_common_ptr common)
{
	struct jpeg_reader *reader = common->client_data;

	longjmp(reader->escape, 1);
}

static void no_message(j_common_ptr common, int level)
{
	(void)common;
	(void)level;
}

static int read_file(const char *path, struct jpeg_reader *reader)
{
	FILE *file = fopen(path, "rbe");

	if (!file)
		return -errno;
	(void)fseek(file, 0, SEEK_END);
	long n = ftell(file);
	(void)fseek(file, 0, SEEK_SET);
	reader->file = n > 0 ? malloc((size_t)n) : NULL;
	reader->n = reader->file ? fread(reader->file, 1, (size_t)n, file) : 0;
	(void)fclose(file);
	return reader->n ? 0 : -EBADMSG;
}

/* One row of the library's output to one of ours. */
static void keep_row(const struct jpeg_reader *reader, unsigned char *to)
{
	const struct jpeg_decompress_struct *jpeg = &reader->jpeg;

	if (jpeg->output_components != 4) {
		memcpy(to, reader->row,
		       (size_t)jpeg->output_width * (unsigned int)jpeg->output_components);
		return;
	}
	for (size_t i = 0; i < (size_t)jpeg->output_width * 3; i++) {
		unsigned int ink = reader->row[i / 3 * 4 + i % 3];
		unsigned int black = reader->row[i / 3 * 4 + 3];

		if (!jpeg->saw_Adobe_marker) {
			ink = 255 - ink;
			black = 255 - black;
		}
		to[i] = (unsigned char)((ink * black + 127) / 255);
	}
}

static int read_jpeg(struct jpeg_reader *reader)
{
	struct jpeg_decompress_struct *jpeg = &reader->jpeg;

	if (setjmp(reader->escape))
		return -EBADMSG;
	jpeg_create_decompress(jpeg);
	jpeg_mem_src(jpeg, reader->file, reader->n);
	(void)jpeg_read_header(jpeg, TRUE);
	(void)jpeg_start_decompress(jpeg);
	size_t kept = (size_t)jpeg->output_width * (jpeg->output_components == 1 ? 1 : 3);
	reader->row = malloc((size_t)jpeg->output_width * (unsigned int)jpeg->output_components);
	reader->pixels = malloc(kept * jpeg->output_height);
	if (!reader->row || !reader->pixels)
		return -ENOMEM;
	while (jpeg->output_scanline < jpeg->output_height) {
		unsigned char *to = reader->pixels + kept * jpeg->output_scanline;

		(void)jpeg_read_scanlines(jpeg, &reader->row, 1);
		keep_row(reader, to);
	}
	(void)jpeg_finish_decompress(jpeg);
	return 0;
}

int ref_jpeg(const char *path, struct ref_image *ret)
{
	struct jpeg_reader *reader = calloc(1, sizeof *reader);

	if (!reader)
		return -ENOMEM;
	reader->jpeg.err = jpeg_std_error(&reader->errors);
	reader->jpeg.client_data = reader;
	reader->errors.error_exit = jpeg_refused;
	reader->errors.emit_message = no_message;
	int r = read_file(path, reader);
	if (r == 0)
		r = read_jpeg(reader);
	if (r == 0) {
		*ret = (struct ref_image){ .width = reader->jpeg.output_width,
					   .height = reader->jpeg.output_height,
					   .channels = reader->jpeg.output_components == 1 ? 1 : 3,
					   .depth = 8,
					   .pixels = reader->pixels };
		reader->pixels = NULL;
	}
	jpeg_destroy_decompress(&reader->jpeg);
	free(reader->pixels);
	free(reader->row);
	free(reader->file);
	free(reader);
	return r;
}
