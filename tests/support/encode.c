#include "tests/support/encode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>

static const struct {
	J_COLOR_SPACE in, stored;
	int components;
} spaces[] = {
	[JPEG_GREY] = { JCS_GRAYSCALE, JCS_GRAYSCALE, 1 },
	[JPEG_RGB] = { JCS_RGB, JCS_RGB, 3 },
	[JPEG_YCC] = { JCS_RGB, JCS_YCbCr, 3 },
	[JPEG_CMYK] = { JCS_CMYK, JCS_CMYK, 4 },
	[JPEG_YCCK] = { JCS_CMYK, JCS_YCCK, 4 },
};

static void choose(struct jpeg_compress_struct *jpeg, const struct jpeg_variant *variant,
		   jpeg_scan_info *scans)
{
	jpeg_set_colorspace(jpeg, spaces[variant->space].stored);
	jpeg_set_quality(jpeg, 90, TRUE);
	jpeg->comp_info[0].h_samp_factor = variant->h;
	jpeg->comp_info[0].v_samp_factor = variant->v;
	jpeg->restart_in_rows = (int)variant->restart_rows;
	jpeg->arith_code = variant->arithmetic;
	if (variant->no_adobe)
		jpeg->write_Adobe_marker = FALSE;
	if (variant->progressive)
		jpeg_simple_progression(jpeg);
	if (variant->apart) {
		for (int i = 0; i < jpeg->num_components; i++)
			scans[i] = (jpeg_scan_info){ .comps_in_scan = 1,
						     .component_index = { i },
						     .Se = 63 };
		jpeg->scan_info = scans;
		jpeg->num_scans = jpeg->num_components;
	}
}

static void fill_row(const struct jpeg_variant *variant, uint32_t y, uint8_t *row)
{
	const unsigned int n = (unsigned int)spaces[variant->space].components;

	for (uint32_t x = 0; x < variant->width; x++)
		for (unsigned int i = 0; i < n; i++)
			row[x * n + i] =
				variant->flat
					? variant->flat[i]
					: (uint8_t)(x * (3 + i) + y * (7 - i) + (x ^ y) / (i + 1));
}

int encode_jpeg(const struct jpeg_variant *variant, struct encoded *ret)
{
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr errors;
	jpeg_scan_info scans[4];
	FILE *file = open_memstream(&ret->bytes, &ret->n);
	uint8_t *row = calloc(variant->width, 4);

	if (!file || !row)
		return -1;
	jpeg.err = jpeg_std_error(&errors);
	jpeg_create_compress(&jpeg);
	jpeg_stdio_dest(&jpeg, file);
	jpeg.image_width = variant->width;
	jpeg.image_height = variant->height;
	jpeg.input_components = spaces[variant->space].components;
	jpeg.in_color_space = spaces[variant->space].in;
	jpeg_set_defaults(&jpeg);
	choose(&jpeg, variant, scans);
	jpeg_start_compress(&jpeg, TRUE);
	for (uint32_t y = 0; y < variant->height; y++) {
		fill_row(variant, y, row);
		(void)jpeg_write_scanlines(&jpeg, &row, 1);
	}
	jpeg_finish_compress(&jpeg);
	jpeg_destroy_compress(&jpeg);
	free(row);
	return fclose(file) ? -1 : 0;
}

uint8_t png_pattern(uint32_t y, size_t i)
{
	return (uint8_t)(y * 37 + i * 11 + (y ^ i) * 3);
}

static void describe(png_structp png, png_infop info, const struct png_variant *variant)
{
	static const png_byte alphas[] = { 0, 90, 180, 255 };
	const png_color_16 absent = { .gray = 1, .red = 37, .green = 48, .blue = 59 };
	png_color palette[256];

	png_set_IHDR(png, info, variant->width, variant->height, variant->depth, variant->color,
		     variant->interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
		     PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	for (int i = 0; i < 256; i++)
		palette[i] =
			(png_color){ (png_byte)(i * 5), (png_byte)(255 - i), (png_byte)(i * i) };
	if (variant->color == PNG_COLOR_TYPE_PALETTE)
		png_set_PLTE(png, info, palette, 1 << variant->depth);
	if (variant->transparent)
		png_set_tRNS(png, info, alphas, variant->depth == 1 ? 2 : 4, &absent);
}

int encode_png(const struct png_variant *variant, struct encoded *ret)
{
	FILE *file = open_memstream(&ret->bytes, &ret->n);
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png_create_info_struct(png);
	png_byte row[4096];

	if (!file)
		return -1;
	png_init_io(png, file);
	describe(png, info, variant);
	png_write_info(png, info);
	int passes = png_set_interlace_handling(png);
	while (passes--)
		for (uint32_t y = 0; y < variant->height; y++) {
			for (size_t i = 0; i < sizeof row; i++)
				row[i] = png_pattern(y, i);
			png_write_row(png, row);
		}
	png_write_end(png, NULL);
	png_destroy_write_struct(&png, &info);
	return fclose(file) ? -1 : 0;
}
