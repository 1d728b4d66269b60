/* JPEG by libjpeg-turbo: grey stays grey, YCbCr becomes RGB, CMYK and YCCK are brought to RGB. */
#include "renderer/image/decoder.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jerror.h>
#include <jpeglib.h>

#define SCANS_MAX    500
#define ROWS_AT_ONCE 8

struct reader {
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors;
	struct jpeg_source_mgr source;
	struct jpeg_progress_mgr progress;
	jmp_buf escape;
	struct brig_input *input;
	struct brig_decode_failure *failure;
	size_t lent; /* bytes of the input's buffer that libjpeg has */
	bool cut, refused;
	uint8_t *cmyk; /* one row, where it must be converted */
};

static _Noreturn void escape(struct reader *reader, enum brig_decode_error error, const char *text)
{
	if (!reader->refused)
		(void)brig_decode_fail(reader->failure, error, "libjpeg: %s", text);
	longjmp(reader->escape, 1);
}

static enum brig_decode_error classify(const struct reader *reader, int code)
{
	switch (code) {
	case JERR_OUT_OF_MEMORY:
		return BRIG_DECODE_ERROR_NO_MEMORY;
	case JERR_ARITH_NOTIMPL:
	case JERR_BAD_PRECISION:
	case JERR_SOF_UNSUPPORTED:
	case JERR_CONVERSION_NOTIMPL:
	case JERR_CCIR601_NOTIMPL:
	case JERR_FRACT_SAMPLE_NOTIMPL:
	case JERR_NOTIMPL:
		return BRIG_DECODE_ERROR_UNSUPPORTED;
	case JERR_IMAGE_TOO_BIG:
	case JERR_WIDTH_OVERFLOW:
		return BRIG_DECODE_ERROR_TOO_LARGE;
	case JERR_INPUT_EMPTY:
	case JERR_INPUT_EOF:
		return BRIG_DECODE_ERROR_TRUNCATED;
	default:
		return reader->cut ? BRIG_DECODE_ERROR_TRUNCATED : BRIG_DECODE_ERROR_CORRUPT;
	}
}

static _Noreturn void failed(j_common_ptr common)
{
	struct reader *reader = common->client_data;
	char text[JMSG_LENGTH_MAX];

	common->err->format_message(common, text);
	escape(reader, classify(reader, common->err->msg_code), text);
}

/* A warning means that pixels were made up: the picture is not what the file was meant to hold. */
static void warned(j_common_ptr common, int level)
{
	struct reader *reader = common->client_data;
	char text[JMSG_LENGTH_MAX];

	if (level >= 0)
		return;
	switch (common->err->msg_code) {
	case JWRN_EXTRANEOUS_DATA:
	case JWRN_ADOBE_XFORM:
	case JWRN_JFIF_MAJOR:
	case JWRN_BOGUS_ICC:
		return;
	default:
		common->err->format_message(common, text);
		escape(reader,
		       reader->cut ? BRIG_DECODE_ERROR_TRUNCATED : BRIG_DECODE_ERROR_CORRUPT, text);
	}
}

static void start_source(j_decompress_ptr jpeg)
{
	(void)jpeg;
}

static boolean fill_source(j_decompress_ptr jpeg)
{
	struct reader *reader = jpeg->client_data;

	brig_input_consume(reader->input, reader->lent);
	reader->lent = brig_input_peek(reader->input, &reader->source.next_input_byte);
	reader->source.bytes_in_buffer = reader->lent;
	if (!reader->lent) {
		reader->cut = true;
		escape(reader, BRIG_DECODE_ERROR_TRUNCATED, "more bytes were to come");
	}
	return TRUE;
}

static void skip_source(j_decompress_ptr jpeg, long n)
{
	struct reader *reader = jpeg->client_data;

	while (n > 0 && (size_t)n > reader->source.bytes_in_buffer) {
		n -= (long)reader->source.bytes_in_buffer;
		(void)fill_source(jpeg);
	}
	if (n > 0) {
		reader->source.next_input_byte += n;
		reader->source.bytes_in_buffer -= (size_t)n;
	}
}

/* A small file can hold thousands of scans over a large picture. */
static void check_scans(j_common_ptr common)
{
	struct reader *reader = common->client_data;

	if (reader->jpeg.input_scan_number > SCANS_MAX)
		escape(reader, BRIG_DECODE_ERROR_CORRUPT, "more scans than any picture needs");
}

static void set_up(struct reader *reader)
{
	struct jpeg_decompress_struct *jpeg = &reader->jpeg;

	jpeg->err = jpeg_std_error(&reader->errors);
	reader->errors.error_exit = failed;
	reader->errors.emit_message = warned;
	jpeg->client_data = reader;
	jpeg_create_decompress(jpeg);
	reader->source = (struct jpeg_source_mgr){ .init_source = start_source,
						   .fill_input_buffer = fill_source,
						   .skip_input_data = skip_source,
						   .resync_to_restart = jpeg_resync_to_restart,
						   .term_source = start_source };
	jpeg->src = &reader->source;
	reader->progress.progress_monitor = check_scans;
	jpeg->progress = &reader->progress;
}

static uint8_t mix(unsigned int ink, unsigned int black)
{
	return (uint8_t)((ink * black + 127) / 255);
}

/* Adobe's CMYK is stored inverted: 255 is no ink. */
static void cmyk_to_rgb(const uint8_t *from, uint8_t *to, uint32_t width, bool inverted)
{
	const unsigned int flip = inverted ? 0 : 255;

	for (uint32_t x = 0; x < width; x++, from += 4, to += 3) {
		unsigned int black = from[3] ^ flip;

		for (int i = 0; i < 3; i++)
			to[i] = mix(from[i] ^ flip, black);
	}
}

static void read_cmyk_rows(struct reader *reader, const struct brig_canvas *canvas)
{
	struct jpeg_decompress_struct *jpeg = &reader->jpeg;

	reader->cmyk = malloc((size_t)canvas->width * 4);
	if (!reader->cmyk)
		escape(reader, BRIG_DECODE_ERROR_NO_MEMORY, "no memory for a row");
	while (jpeg->output_scanline < canvas->height) {
		uint8_t *to = canvas->pixels + (size_t)jpeg->output_scanline * canvas->stride;

		(void)jpeg_read_scanlines(jpeg, &reader->cmyk, 1);
		cmyk_to_rgb(reader->cmyk, to, canvas->width, jpeg->saw_Adobe_marker);
	}
}

static void read_rows(struct reader *reader, const struct brig_canvas *canvas)
{
	struct jpeg_decompress_struct *jpeg = &reader->jpeg;

	while (jpeg->output_scanline < canvas->height) {
		JSAMPROW rows[ROWS_AT_ONCE];
		uint32_t left = canvas->height - jpeg->output_scanline;
		uint32_t n = left < ROWS_AT_ONCE ? left : ROWS_AT_ONCE;

		for (uint32_t i = 0; i < n; i++)
			rows[i] = canvas->pixels +
				  (size_t)(jpeg->output_scanline + i) * canvas->stride;
		(void)jpeg_read_scanlines(jpeg, rows, n);
	}
}

static void choose_output(struct reader *reader)
{
	struct jpeg_decompress_struct *jpeg = &reader->jpeg;

	switch (jpeg->jpeg_color_space) {
	case JCS_GRAYSCALE:
		jpeg->out_color_space = JCS_GRAYSCALE;
		break;
	case JCS_RGB:
	case JCS_YCbCr:
		jpeg->out_color_space = JCS_RGB;
		break;
	case JCS_CMYK:
	case JCS_YCCK:
		jpeg->out_color_space = JCS_CMYK;
		break;
	default:
		escape(reader, BRIG_DECODE_ERROR_UNSUPPORTED, "colours that have no name");
	}
}

static int decode(struct reader *reader, const struct brig_sink *sink, struct brig_canvas *ret)
{
	struct jpeg_decompress_struct *jpeg = &reader->jpeg;

	if (setjmp(reader->escape))
		return -1;
	set_up(reader);
	(void)jpeg_read_header(jpeg, TRUE);
	choose_output(reader);
	if (sink->surface(sink->user, jpeg->image_width, jpeg->image_height,
			  jpeg->out_color_space == JCS_GRAYSCALE ? 1 : 3, 8, ret,
			  reader->failure) < 0) {
		reader->refused = true;
		escape(reader, reader->failure->error, "refused");
	}
	(void)jpeg_start_decompress(jpeg);
	if (jpeg->out_color_space == JCS_CMYK)
		read_cmyk_rows(reader, ret);
	else
		read_rows(reader, ret);
	(void)jpeg_finish_decompress(jpeg);
	return 0;
}

int brig_jpeg_decode(struct brig_input *input, const struct brig_sink *sink,
		     struct brig_canvas *ret, struct brig_decode_failure *failure)
{
	struct reader *reader = calloc(1, sizeof *reader);

	if (!reader)
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_NO_MEMORY, "no memory");
	reader->input = input;
	reader->failure = failure;
	int r = decode(reader, sink, ret);
	jpeg_destroy_decompress(&reader->jpeg);
	free(reader->cmyk);
	free(reader);
	return r;
}
