/* Every format there is, one row each. */
#include "renderer/image/decoder.h"

#include <stdio.h>

#include <jpeglib.h>
#include <png.h>
#include <string.h>

static bool match_png(const uint8_t *head, size_t n)
{
	return n >= 8 && !memcmp(head, "\x89PNG\r\n\x1a\n", 8);
}

static bool match_jpeg(const uint8_t *head, size_t n)
{
	return n >= 3 && !memcmp(head, "\xff\xd8\xff", 3);
}

static bool match_qoi(const uint8_t *head, size_t n)
{
	return n >= 4 && !memcmp(head, "qoif", 4);
}

static bool match_pnm(const uint8_t *head, size_t n)
{
	return n >= 3 && head[0] == 'P' && head[1] >= '1' && head[1] <= '7' &&
	       (head[2] == ' ' || (head[2] >= '\t' && head[2] <= '\r'));
}

static const struct brig_decoder decoders[] = {
	{ "png", match_png, brig_png_decode, NULL, "libpng, warm in the zygote" },
	{ "jpeg", match_jpeg, brig_jpeg_decode, NULL, "libjpeg-turbo, warm in the zygote" },
	{ "qoi", match_qoi, NULL, "qoi", "rare: kept out of the renderer's address space" },
	{ "pnm", match_pnm, NULL, "pnm", "rare: kept out of the renderer's address space" },
};

const struct brig_decoder *brig_decoder_find(const uint8_t *head, size_t n)
{
	for (size_t i = 0; i < sizeof decoders / sizeof *decoders; i++)
		if (decoders[i].match(head, n))
			return &decoders[i];
	return NULL;
}

void brig_decoders_warm_up(void)
{
	png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors;

	png_destroy_read_struct(&png, NULL, NULL);
	jpeg.err = jpeg_std_error(&errors);
	jpeg_create_decompress(&jpeg);
	jpeg_destroy_decompress(&jpeg);
}
