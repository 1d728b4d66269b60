/* Every variant of every format through real renderers and plugins, against what it must become. */
#include "tests/support/decode_once.h"
#include "tests/support/encode.h"
#include "tests/support/reference.h"

#include "gtest_c.h"

#include <fcntl.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define QOI_IMPLEMENTATION
#define QOI_NO_STDIO
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <qoi.h>
#pragma GCC diagnostic pop

#define VARIANTS_MAX 256

struct batch {
	struct brig_broker *broker;
	struct outcome outcomes[VARIANTS_MAX];
	char paths[VARIANTS_MAX][4200];
	char names[VARIANTS_MAX][64];
	size_t n;
};

static void batch_open(struct batch *batch)
{
	batch->n = 0;
	ASSERT_OK(honest_broker(&batch->broker));
}

/* The bytes are freed. */
static void batch_add(struct batch *batch, struct encoded *encoded)
{
	char file[32];
	size_t i = batch->n++;

	(void)snprintf(file, sizeof file, "%zu", i);
	(void)snprintf(batch->paths[i], sizeof batch->paths[i], "%s",
		       write_document(file, encoded->bytes, encoded->n));
	EXPECT_OK(outcome_start(batch->broker, batch->paths[i], 0, &batch->outcomes[i]));
	free(encoded->bytes);
}

static void batch_run(struct batch *batch)
{
	EXPECT_OK(run_until_done(batch->broker, batch->outcomes, batch->n));
	brig_broker_destroy(batch->broker);
}

static void batch_finish(struct batch *batch)
{
	for (size_t i = 0; i < batch->n; i++)
		outcome_finish(&batch->outcomes[i]);
}

/* ---- PNG ---- */

static const struct {
	uint32_t width, height;
} sizes[] = { { 1, 1 }, { 13, 7 }, { 40, 33 } };

static const struct {
	int color, depth;
} png_kinds[] = {
	{ PNG_COLOR_TYPE_GRAY, 1 },        { PNG_COLOR_TYPE_GRAY, 2 },
	{ PNG_COLOR_TYPE_GRAY, 4 },        { PNG_COLOR_TYPE_GRAY, 8 },
	{ PNG_COLOR_TYPE_GRAY, 16 },       { PNG_COLOR_TYPE_RGB, 8 },
	{ PNG_COLOR_TYPE_RGB, 16 },        { PNG_COLOR_TYPE_PALETTE, 1 },
	{ PNG_COLOR_TYPE_PALETTE, 2 },     { PNG_COLOR_TYPE_PALETTE, 4 },
	{ PNG_COLOR_TYPE_PALETTE, 8 },     { PNG_COLOR_TYPE_GRAY_ALPHA, 8 },
	{ PNG_COLOR_TYPE_GRAY_ALPHA, 16 }, { PNG_COLOR_TYPE_RGB_ALPHA, 8 },
	{ PNG_COLOR_TYPE_RGB_ALPHA, 16 },
};

/* Variant @i, or false: an alpha channel and tRNS exclude each other. */
static bool png_variant(size_t i, struct png_variant *ret)
{
	const size_t kinds = sizeof png_kinds / sizeof *png_kinds;

	*ret = (struct png_variant){ .color = png_kinds[i % kinds].color,
				     .depth = png_kinds[i % kinds].depth,
				     .interlaced = i / kinds % 2,
				     .transparent = i / kinds / 2 % 2,
				     .width = sizes[i / kinds / 4 % 3].width,
				     .height = sizes[i / kinds / 4 % 3].height };
	return !(ret->transparent && ret->color & PNG_COLOR_MASK_ALPHA);
}

#define PNG_VARIANTS (sizeof png_kinds / sizeof *png_kinds * 4 * 3)

static void expect_png(const struct batch *batch, size_t i, const struct png_variant *variant)
{
	struct reference reference = { 0 };
	char name[64];

	(void)snprintf(name, sizeof name, "colour %d, %d bits, %s%s, %u wide", variant->color,
		       variant->depth, variant->interlaced ? "interlaced" : "straight",
		       variant->transparent ? ", tRNS" : "", variant->width);
	ASSERT_INT_EQ(0, reference_png(batch->paths[i], &reference));
	expect_pixels(name, &batch->outcomes[i], &reference);
	free(reference.pixels);
}

/* What brig writes is read back, by the library alone, as the same picture. */
static void expect_round_trip(const struct batch *batch, size_t i)
{
	const struct outcome *outcome = &batch->outcomes[i];
	struct reference again = { 0 };
	char path[4200];

	if (!outcome->image)
		return;
	(void)snprintf(path, sizeof path, "%s/written", test_tmpdir());
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	EXPECT_OK(brig_image_write_png(outcome->image, fd));
	(void)close(fd);
	ASSERT_INT_EQ(0, reference_png(path, &again));
	expect_pixels("written and read again", outcome, &again);
	free(again.pixels);
}

/* No library in between: what was put into the file, in this machine's byte order. */
static void expect_exact(const struct outcome *outcome, const struct png_variant *variant)
{
	struct brig_image_info info;

	if (!outcome->image || variant->transparent || variant->depth < 8 ||
	    variant->color == PNG_COLOR_TYPE_PALETTE)
		return;
	brig_image_describe(outcome->image, &info);
	for (uint32_t y = 0; y < info.height; y++)
		for (size_t i = 0; i < (size_t)info.width * info.channels; i++) {
			const uint8_t *row = info.pixels + y * info.stride;
			unsigned int wanted = png_pattern(y, i), got = row[i];

			if (variant->depth == 16) {
				wanted = (unsigned int)png_pattern(y, 2 * i) << 8 |
					 png_pattern(y, 2 * i + 1);
				got = ((const uint16_t *)(const void *)row)[i];
			}
			if (got != wanted)
				FAIL_C("row %u, value %zu: %u, not %u", y, i, got, wanted);
		}
}

TEST_C(variants, every_png_is_exact)
{
	static struct batch batch;
	static struct png_variant variants[VARIANTS_MAX];
	struct encoded encoded;

	batch_open(&batch);
	for (size_t i = 0; i < PNG_VARIANTS; i++) {
		if (!png_variant(i, &variants[batch.n]))
			continue;
		ASSERT_INT_EQ(0, encode_png(&variants[batch.n], &encoded));
		batch_add(&batch, &encoded);
	}
	batch_run(&batch);
	for (size_t i = 0; i < batch.n; i++) {
		expect_png(&batch, i, &variants[i]);
		expect_exact(&batch.outcomes[i], &variants[i]);
		expect_round_trip(&batch, i);
	}
	printf("compared: %zu PNG variants\n", batch.n);
	EXPECT_UINT_EQ(156, batch.n);
	batch_finish(&batch);
}

/* ---- JPEG ---- */

#define JPEG_VARIANTS 240

static void jpeg_variant(size_t i, struct jpeg_variant *ret)
{
	static const int samplings[][2] = { { 1, 1 }, { 2, 1 }, { 2, 2 }, { 1, 2 }, { 4, 1 } };
	bool grey = i % 5 == JPEG_GREY;

	*ret = (struct jpeg_variant){ .space = (enum jpeg_space)(i % 5),
				      .width = i / 40 % 3 == 0   ? 64
					       : i / 40 % 3 == 1 ? 37
								 : 1,
				      .height = i / 40 % 3 == 0   ? 48
						: i / 40 % 3 == 1 ? 29
								  : 1,
				      .h = grey ? 1 : samplings[i / 7 % 5][0],
				      .v = grey ? 1 : samplings[i / 7 % 5][1],
				      .progressive = i / 5 % 2,
				      .restart_rows = i / 10 % 2,
				      .arithmetic = i / 20 % 2,
				      .no_adobe = i / 120 % 2 && i % 5 == JPEG_CMYK,
				      .apart = i / 120 % 2 && !(i / 5 % 2) };
}

TEST_C(variants, every_jpeg_is_identical)
{
	static struct batch batch;
	struct jpeg_variant variant;
	struct encoded encoded;

	batch_open(&batch);
	for (size_t i = 0; i < JPEG_VARIANTS; i++) {
		jpeg_variant(i, &variant);
		ASSERT_INT_EQ(0, encode_jpeg(&variant, &encoded));
		batch_add(&batch, &encoded);
	}
	batch_run(&batch);
	for (size_t i = 0; i < batch.n; i++) {
		struct reference reference = { 0 };

		jpeg_variant(i, &variant);
		(void)snprintf(batch.names[i], sizeof batch.names[i],
			       "variant %zu: space %d, %dx%d%s%s", i, (int)variant.space, variant.h,
			       variant.v, variant.progressive ? ", progressive" : "",
			       variant.arithmetic ? ", arithmetic" : "");
		ASSERT_INT_EQ(0, reference_jpeg(batch.paths[i], &reference));
		expect_pixels(batch.names[i], &batch.outcomes[i], &reference);
		free(reference.pixels);
	}
	printf("compared: %zu JPEG variants\n", batch.n);
	batch_finish(&batch);
}

/* Known inks, not the library's word for them. JPEG is not exact, but never so far off. */
static void expect_ink(enum jpeg_space space, bool no_adobe, const uint8_t inks[4],
		       const uint8_t rgb[3])
{
	const struct jpeg_variant variant = { .space = space,
					      .width = 16,
					      .height = 16,
					      .h = 1,
					      .v = 1,
					      .no_adobe = no_adobe,
					      .flat = inks };
	static struct batch batch;
	struct encoded encoded;
	struct brig_image_info info;

	batch_open(&batch);
	ASSERT_INT_EQ(0, encode_jpeg(&variant, &encoded));
	batch_add(&batch, &encoded);
	batch_run(&batch);
	ASSERT_INT_EQ(BRIG_DECODE_OK, batch.outcomes[0].status);
	brig_image_describe(batch.outcomes[0].image, &info);
	EXPECT_UINT_EQ(3, info.channels);
	for (size_t i = 0; i < 3; i++)
		EXPECT_INT_LE(abs(info.pixels[i] - rgb[i]), 4);
	batch_finish(&batch);
}

static const uint8_t cyan[] = { 0, 255, 255 }, dark_red[] = { 128, 0, 0 };

TEST_C(variants, cyan_ink_is_cyan)
{
	expect_ink(JPEG_CMYK, true, (const uint8_t[]){ 255, 0, 0, 0 }, cyan);
}

TEST_C(variants, cyan_ink_is_cyan_when_adobe_inverts_it)
{
	expect_ink(JPEG_CMYK, false, (const uint8_t[]){ 0, 255, 255, 255 }, cyan);
	expect_ink(JPEG_YCCK, false, (const uint8_t[]){ 0, 255, 255, 255 }, cyan);
}

TEST_C(variants, black_darkens_the_inks)
{
	expect_ink(JPEG_CMYK, true, (const uint8_t[]){ 0, 255, 255, 127 }, dark_red);
	expect_ink(JPEG_CMYK, false, (const uint8_t[]){ 255, 0, 0, 128 }, dark_red);
	expect_ink(JPEG_YCCK, false, (const uint8_t[]){ 255, 0, 0, 128 }, dark_red);
}

/* ---- QOI: what was encoded is the truth ---- */

/* Runs, small steps, larger ones, seen colours, jumps, and alpha. */
static uint8_t qoi_pattern(size_t pixel, unsigned int channel)
{
	static const unsigned int steps[] = { 0, 1, 9, 90 };
	size_t kind = pixel / 70 % 5;

	if (channel == 3)
		return (uint8_t)(pixel % 400 < 300 ? 255 : pixel);
	if (kind == 4)
		return (uint8_t)(pixel % 3 * 77 + channel);
	return (uint8_t)(pixel * steps[kind] + channel * 20);
}

static void expect_qoi(uint32_t width, uint32_t height, unsigned int channels)
{
	static struct batch batch;
	struct reference wanted = {
		.width = width, .height = height, .channels = channels, .depth = 8
	};
	qoi_desc description = { .width = width,
				 .height = height,
				 .channels = (unsigned char)channels };
	struct encoded encoded;
	int n = 0;

	wanted.pixels = calloc((size_t)width * height, channels);
	ASSERT_PTR_NOT_NULL(wanted.pixels);
	for (size_t i = 0; i < (size_t)width * height * channels; i++)
		wanted.pixels[i] = qoi_pattern(i / channels, (unsigned int)(i % channels));
	encoded.bytes = qoi_encode(wanted.pixels, &description, &n);
	encoded.n = (size_t)n;
	batch_open(&batch);
	batch_add(&batch, &encoded);
	batch_run(&batch);
	expect_pixels("qoi", &batch.outcomes[0], &wanted);
	batch_finish(&batch);
	free(wanted.pixels);
}

TEST_C(variants, qoi_is_exact)
{
	expect_qoi(1, 1, 3);
	expect_qoi(1, 1, 4);
	expect_qoi(61, 47, 3);
	expect_qoi(61, 47, 4);
	expect_qoi(500, 1, 4);
}

/* ---- PNM: written by hand, so the values are known ---- */

struct pnm_variant {
	int magic; /* P1..P7 */
	unsigned int maxval, channels;
	const char *type; /* P7's */
};

static const struct pnm_variant pnm_variants[] = {
	{ 1, 1, 1, NULL },
	{ 2, 1, 1, NULL },
	{ 2, 100, 1, NULL },
	{ 2, 255, 1, NULL },
	{ 2, 65535, 1, NULL },
	{ 3, 255, 3, NULL },
	{ 3, 1000, 3, NULL },
	{ 4, 1, 1, NULL },
	{ 5, 1, 1, NULL },
	{ 5, 15, 1, NULL },
	{ 5, 255, 1, NULL },
	{ 5, 256, 1, NULL },
	{ 5, 65535, 1, NULL },
	{ 6, 31, 3, NULL },
	{ 6, 255, 3, NULL },
	{ 6, 4095, 3, NULL },
	{ 6, 65535, 3, NULL },
	{ 7, 1, 1, "BLACKANDWHITE" },
	{ 7, 1, 2, "BLACKANDWHITE_ALPHA" },
	{ 7, 255, 1, "GRAYSCALE" },
	{ 7, 65535, 2, "GRAYSCALE_ALPHA" },
	{ 7, 255, 3, "RGB" },
	{ 7, 255, 4, "RGB_ALPHA" },
	{ 7, 65535, 4, "RGB_ALPHA" },
};

#define PNM_WIDTH  11u
#define PNM_HEIGHT 5u

static unsigned int pnm_value(const struct pnm_variant *variant, size_t i)
{
	return (unsigned int)(i * 7919 % (variant->maxval + 1));
}

static void write_pnm_head(FILE *file, const struct pnm_variant *variant)
{
	if (variant->magic == 7)
		(void)fprintf(
			file, "P7\nWIDTH %u\nHEIGHT %u\nDEPTH %u\nMAXVAL %u\nTUPLTYPE %s\nENDHDR\n",
			PNM_WIDTH, PNM_HEIGHT, variant->channels, variant->maxval, variant->type);
	else if (variant->magic == 1 || variant->magic == 4)
		(void)fprintf(file, "P%d\n# a comment\n%u %u\n", variant->magic, PNM_WIDTH,
			      PNM_HEIGHT);
	else
		(void)fprintf(file, "P%d\n# a comment\n%u %u\n%u\n", variant->magic, PNM_WIDTH,
			      PNM_HEIGHT, variant->maxval);
}

/* Bits, eight a byte, each row begun anew; a 1 is black. */
static void write_bits(FILE *file, const struct pnm_variant *variant)
{
	for (size_t y = 0; y < PNM_HEIGHT; y++)
		for (size_t x = 0; x < PNM_WIDTH; x += 8) {
			int byte = 0;

			for (size_t bit = 0; bit < 8 && x + bit < PNM_WIDTH; bit++)
				if (!pnm_value(variant, y * PNM_WIDTH + x + bit))
					byte |= 0x80 >> bit;
			(void)fputc(byte, file);
		}
}

static void write_pnm(const struct pnm_variant *variant, struct encoded *ret)
{
	FILE *file = open_memstream(&ret->bytes, &ret->n);
	const size_t n = (size_t)PNM_WIDTH * PNM_HEIGHT * variant->channels;

	write_pnm_head(file, variant);
	if (variant->magic == 4)
		write_bits(file, variant);
	for (size_t i = 0; i < n && variant->magic != 4; i++) {
		unsigned int value = pnm_value(variant, i);

		if (variant->magic == 1)
			(void)fprintf(file, "%u ", !value);
		else if (variant->magic < 4)
			(void)fprintf(file, "%u\n", value);
		else if (variant->maxval > 255)
			(void)fprintf(file, "%c%c", (int)(value >> 8), (int)(value & 255));
		else
			(void)fputc((int)value, file);
	}
	(void)fclose(file);
}

/* The nearest of 256 or 65536 steps. */
static void expect_pnm(const struct pnm_variant *variant, const struct outcome *outcome)
{
	static uint16_t wide[PNM_WIDTH * PNM_HEIGHT * 4];
	static uint8_t narrow[PNM_WIDTH * PNM_HEIGHT * 4];
	const bool is_wide = variant->maxval > 255;
	const double top = is_wide ? 65535 : 255;
	struct reference wanted = { .width = PNM_WIDTH,
				    .height = PNM_HEIGHT,
				    .channels = variant->channels,
				    .depth = is_wide ? 16 : 8,
				    .pixels = is_wide ? (uint8_t *)wide : narrow };
	char name[64];

	for (size_t i = 0; i < (size_t)PNM_WIDTH * PNM_HEIGHT * variant->channels; i++) {
		double value = pnm_value(variant, i) * top / variant->maxval + 0.5;

		if (is_wide)
			wide[i] = (uint16_t)value;
		else
			narrow[i] = (uint8_t)value;
	}
	(void)snprintf(name, sizeof name, "P%d, up to %u, %s", variant->magic, variant->maxval,
		       variant->type ? variant->type : "");
	expect_pixels(name, outcome, &wanted);
}

TEST_C(variants, every_pnm_is_exact)
{
	static struct batch batch;
	struct encoded encoded;
	const size_t n = sizeof pnm_variants / sizeof *pnm_variants;

	batch_open(&batch);
	for (size_t i = 0; i < n; i++) {
		write_pnm(&pnm_variants[i], &encoded);
		batch_add(&batch, &encoded);
	}
	batch_run(&batch);
	for (size_t i = 0; i < n; i++)
		expect_pnm(&pnm_variants[i], &batch.outcomes[i]);
	batch_finish(&batch);
}
