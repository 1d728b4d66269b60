/* PNG by libpng: every channel and bit kept, palettes and small greys made whole bytes. */
#include "renderer/image/decoder.h"

#include <png.h>
#include <string.h>

#define CHUNK_BYTES_MAX (16u << 20)
#define CHUNKS_KEPT_MAX 64
#define SIDE_MAX        0x3fffffffu

struct reader {
	struct brig_input *input;
	struct brig_decode_failure *failure;
	bool cut;     /* it wanted bytes past the end */
	bool refused; /* the sink said no, and why */
};

static void read_bytes(png_structp png, png_bytep to, size_t n)
{
	struct reader *reader = png_get_io_ptr(png);

	if (brig_input_read(reader->input, to, n) == n)
		return;
	reader->cut = true;
	png_error(png, "the file ends within a chunk");
}

static void warned(png_structp png, png_const_charp text)
{
	(void)png;
	(void)text;
}

static _Noreturn void failed(png_structp png, png_const_charp text)
{
	struct reader *reader = png_get_error_ptr(png);
	enum brig_decode_error error = BRIG_DECODE_ERROR_CORRUPT;

	if (reader->cut)
		error = BRIG_DECODE_ERROR_TRUNCATED;
	else if (strstr(text, "memory"))
		error = BRIG_DECODE_ERROR_NO_MEMORY;
	if (!reader->refused)
		(void)brig_decode_fail(reader->failure, error, "libpng: %s", text);
	png_longjmp(png, 1);
}

static void set_limits(png_structp png)
{
	png_set_user_limits(png, SIDE_MAX, SIDE_MAX);
	png_set_chunk_malloc_max(png, CHUNK_BYTES_MAX);
	png_set_chunk_cache_max(png, CHUNKS_KEPT_MAX);
#ifdef PNG_HANDLE_AS_UNKNOWN_SUPPORTED
	/* Profiles, texts and gammas change no pixel here: their parsers needn't see hostile bytes.
	 */
	png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
#endif
}

/* Before png_read_update_info(), which touches memory for two rows: up to 8 GiB each. */
static void ask_surface(png_structp png, png_infop info, struct reader *reader,
			const struct brig_sink *sink, struct brig_canvas *ret)
{
	int color = png_get_color_type(png, info);
	uint32_t channels = (color & PNG_COLOR_MASK_COLOR) ? 3 : 1;
	uint32_t depth = png_get_bit_depth(png, info) == 16 ? 16 : 8;

	if ((color & PNG_COLOR_MASK_ALPHA) || png_get_valid(png, info, PNG_INFO_tRNS))
		channels++;
	if (sink->surface(sink->user, png_get_image_width(png, info),
			  png_get_image_height(png, info), channels, depth, ret,
			  reader->failure) == 0)
		return;
	reader->refused = true;
	png_error(png, "refused");
}

/* Returns how many passes there are. */
static int set_transforms(png_structp png, png_infop info, const struct brig_canvas *canvas)
{
	int color = png_get_color_type(png, info);
	int depth = png_get_bit_depth(png, info);

	if (color == PNG_COLOR_TYPE_PALETTE)
		png_set_palette_to_rgb(png);
	if (color == PNG_COLOR_TYPE_GRAY && depth < 8)
		png_set_expand_gray_1_2_4_to_8(png);
	if (png_get_valid(png, info, PNG_INFO_tRNS))
		png_set_tRNS_to_alpha(png);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	if (depth == 16)
		png_set_swap(png);
#endif
	int passes = png_set_interlace_handling(png);
	png_read_update_info(png, info);
	if (png_get_rowbytes(png, info) !=
	    (size_t)canvas->width * canvas->channels * (canvas->depth / 8))
		png_error(png, "a row has an unexpected size");
	return passes;
}

static void read_rows(png_structp png, const struct brig_canvas *canvas, int passes)
{
	while (passes--)
		for (uint32_t y = 0; y < canvas->height; y++)
			png_read_row(png, canvas->pixels + (size_t)y * canvas->stride, NULL);
}

static int decode(png_structp png, png_infop info, struct reader *reader,
		  const struct brig_sink *sink, struct brig_canvas *ret)
{
	if (setjmp(png_jmpbuf(png)))
		return -1;
	png_set_read_fn(png, reader, read_bytes);
	set_limits(png);
	png_read_info(png, info);
	ask_surface(png, info, reader, sink, ret);
	read_rows(png, ret, set_transforms(png, info, ret));
	png_read_end(png, NULL);
	return 0;
}

int brig_png_decode(struct brig_input *input, const struct brig_sink *sink, struct brig_canvas *ret,
		    struct brig_decode_failure *failure)
{
	struct reader reader = { .input = input, .failure = failure };
	png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, failed, warned);
	png_infop info = png ? png_create_info_struct(png) : NULL;
	int r;

	if (info)
		r = decode(png, info, &reader, sink, ret);
	else
		r = brig_decode_fail(failure, BRIG_DECODE_ERROR_NO_MEMORY, "no memory for libpng");
	png_destroy_read_struct(&png, &info, NULL);
	return r;
}
