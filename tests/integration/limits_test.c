/* What a small file could make large: scans, chunks, sheets. Each limit from both sides. */
#include "tests/support/decode_once.h"
#include "tests/support/encode.h"
#include "tests/support/reference.h"

#include "gtest_c.h"

#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static void decode(const void *bytes, size_t n, int timeout_ms, struct outcome *ret)
{
	struct brig_broker *broker = NULL;

	ASSERT_OK(honest_broker(&broker));
	EXPECT_OK(outcome_start(broker, write_document("document", bytes, n), timeout_ms, ret));
	EXPECT_OK(run_until_done(broker, ret, 1));
	brig_broker_destroy(broker);
}

/* ---- JPEG: scans ---- */

/* Where the next SOS marker is, from @at on; @n if there is none. No 0xff of entropy is one. */
static size_t next_scan(const struct encoded *jpeg, size_t at)
{
	while (at + 1 < jpeg->n && memcmp(jpeg->bytes + at, "\xff\xda", 2) != 0)
		at++;
	return at + 1 < jpeg->n ? at : jpeg->n;
}

/* A picture of three scans, the last of them again and again until there are @scans. */
static void with_scans(size_t scans, struct outcome *ret)
{
	const struct jpeg_variant variant = {
		.space = JPEG_YCC, .width = 64, .height = 64, .h = 1, .v = 1, .apart = true
	};
	struct encoded jpeg, many;
	size_t last = 0;

	ASSERT_INT_EQ(0, encode_jpeg(&variant, &jpeg));
	for (int i = 0; i < 3; i++)
		last = next_scan(&jpeg, last + 2);
	const size_t scan = jpeg.n - 2 - last;
	FILE *file = open_memstream(&many.bytes, &many.n);
	ASSERT_PTR_NOT_NULL(file);
	EXPECT_UINT_EQ(1, fwrite(jpeg.bytes, last, 1, file));
	for (size_t i = 2; i < scans; i++)
		EXPECT_UINT_EQ(1, fwrite(jpeg.bytes + last, scan, 1, file));
	EXPECT_UINT_EQ(1, fwrite("\xff\xd9", 2, 1, file));
	EXPECT_INT_EQ(0, fclose(file));
	decode(many.bytes, many.n, 0, ret);
	free(many.bytes);
	free(jpeg.bytes);
}

TEST_C(limits, jpeg_of_500_scans_is_decoded)
{
	struct outcome outcome;
	struct reference reference = { 0 };
	char path[4200];

	with_scans(500, &outcome);
	(void)snprintf(path, sizeof path, "%s/document", test_tmpdir());
	ASSERT_INT_EQ(0, reference_jpeg(path, &reference));
	expect_pixels("500 scans", &outcome, &reference);
	free(reference.pixels);
	outcome_finish(&outcome);
}

TEST_C(limits, jpeg_of_501_scans_is_refused)
{
	struct outcome outcome;

	with_scans(501, &outcome);
	EXPECT_INT_EQ(BRIG_DECODE_CORRUPT, outcome.status);
	EXPECT_STR_CONTAINS(outcome.message, "more scans than any picture needs");
	EXPECT_INT_EQ(BRIG_EXIT_CLEAN, outcome.exit.class_);
}

TEST_C(limits, jpeg_of_thousands_of_scans_is_refused)
{
	struct outcome outcome;

	with_scans(5000, &outcome);
	EXPECT_INT_EQ(BRIG_DECODE_CORRUPT, outcome.status);
	EXPECT_STR_CONTAINS(outcome.message, "more scans than any picture needs");
}

/* ---- PNG: chunks ---- */

#define BOMB_BYTES 15000000u /* what each chunk becomes, below libpng's own limit for one */
#define BOMBS      600

static void put_u32(FILE *file, uint32_t value)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		(void)fputc((int)(value >> shift & 255), file);
}

static void put_chunk(FILE *file, const char *type, const uint8_t *data, size_t n)
{
	uLong crc = crc32(crc32(0, (const Bytef *)type, 4), data, (uInt)n);

	put_u32(file, (uint32_t)n);
	(void)fwrite(type, 1, 4, file);
	(void)fwrite(data, 1, n, file);
	put_u32(file, (uint32_t)crc);
}

/* "a", the end of the name, the method, and zeros without end. */
static size_t make_bomb(uint8_t *ret, size_t room)
{
	uint8_t *zeros = calloc(1, BOMB_BYTES);
	uLongf n = room - 3;
	int r = zeros ? compress2(ret + 3, &n, zeros, BOMB_BYTES, 9) : Z_MEM_ERROR;

	free(zeros);
	memcpy(ret, "a\0", 3);
	return r == Z_OK ? n + 3 : 0;
}

/* A plain picture, with chunks between its header (33 bytes in) and its pixels. */
static void with_chunks(const char *type, const uint8_t *data, size_t n, size_t chunks,
			struct outcome *ret)
{
	const struct png_variant variant = {
		.color = PNG_COLOR_TYPE_RGB, .depth = 8, .width = 40, .height = 33
	};
	struct encoded png, large;
	struct reference reference = { 0 };
	char path[4200];

	ASSERT_INT_EQ(0, encode_png(&variant, &png));
	FILE *file = open_memstream(&large.bytes, &large.n);
	ASSERT_PTR_NOT_NULL(file);
	(void)fwrite(png.bytes, 1, 33, file);
	for (size_t i = 0; i < chunks; i++)
		put_chunk(file, type, data, n);
	(void)fwrite(png.bytes + 33, 1, png.n - 33, file);
	EXPECT_INT_EQ(0, fclose(file));
	(void)snprintf(path, sizeof path, "%s", write_document("plain", png.bytes, png.n));
	ASSERT_INT_EQ(0, reference_png(path, &reference));
	decode(large.bytes, large.n, 5000, ret);
	expect_pixels(type, ret, &reference);
	free(reference.pixels);
	free(large.bytes);
	free(png.bytes);
	outcome_finish(ret);
}

/* Nine gigabytes of text and profiles: they are not looked at, so they take no time. */
TEST_C(limits, compressed_chunks_of_a_png_are_ignored)
{
	static uint8_t bomb[65536];
	size_t n = make_bomb(bomb, sizeof bomb);
	struct outcome outcome;

	ASSERT_INT_GT((long long)n, 0);
	with_chunks("zTXt", bomb, n, BOMBS, &outcome);
	with_chunks("iCCP", bomb, n, BOMBS, &outcome);
}

TEST_C(limits, many_and_large_chunks_of_a_png_are_ignored)
{
	static uint8_t text[20u << 20] = "a";
	struct outcome outcome;

	with_chunks("tEXt", text, sizeof text, 1, &outcome);
	with_chunks("tEXt", text, 10, 20000, &outcome);
	with_chunks("abCd", text, sizeof text, 1, &outcome); /* nobody knows it */
}

/* ---- sheets ---- */

static void expect_sheet(const char *text, size_t n, enum brig_decode_status status,
			 const char *message)
{
	struct outcome outcome;

	decode(text, n, 0, &outcome);
	if (outcome.status != status || !strstr(outcome.message, message))
		gtest_c_fail(__FILE__, __LINE__, "'%.40s': %s", text, outcome.message);
	EXPECT_INT_EQ(BRIG_EXIT_CLEAN, outcome.exit.class_);
	outcome_finish(&outcome);
}

#define SHEET(name, text, status, message)                                                         \
	TEST_C(limits, sheet_##name)                                                               \
	{                                                                                          \
		static const char bytes[] = text;                                                  \
                                                                                                   \
		expect_sheet(bytes, sizeof bytes - 1, status, message);                            \
	}
#define GOOD(name, text)         SHEET(name, "BRIG-SHEET 1\n" text, BRIG_DECODE_OK, "")
#define BAD(name, text, message) SHEET(name, "BRIG-SHEET 1\n" text, BRIG_DECODE_CORRUPT, message)

GOOD(without_names_is_empty, "cell 1x1\ngrid 1x1\n")
GOOD(with_other_line_ends, "cell 1x1\r\ngrid 1x1\r\n")
GOOD(with_comments, "# words\n\ncell 1x1\n#\ngrid 1x1")
GOOD(with_the_largest_cell, "cell 1024x1024\ngrid 1x1\n")
GOOD(with_the_largest_grid, "cell 1x1\ngrid 64x64\n")
BAD(with_a_cell_too_wide, "cell 1025x1\ngrid 1x1\n", "1..1024 a side")
BAD(with_a_cell_too_high, "cell 1x1025\ngrid 1x1\n", "1..1024 a side")
BAD(with_a_cell_of_nothing, "cell 0x1\ngrid 1x1\n", "1..1024 a side")
BAD(with_a_number_that_overflows, "cell 4294967297x1\ngrid 1x1\n", "1..1024 a side")
BAD(with_a_negative_number, "cell -1x1\ngrid 1x1\n", "1..1024 a side")
BAD(with_a_third_side, "cell 1x1x1\ngrid 1x1\n", "1..1024 a side")
BAD(with_half_a_cell, "cell 1x\ngrid 1x1\n", "1..1024 a side")
BAD(without_a_cell, "grid 1x1\n", "the second line")
BAD(with_a_grid_too_wide, "cell 1x1\ngrid 65x1\n", "1..64 a side")
BAD(with_a_grid_too_high, "cell 1x1\ngrid 1x65\n", "1..64 a side")
BAD(with_a_grid_of_nothing, "cell 1x1\ngrid 1x0\n", "1..64 a side")
BAD(without_a_grid, "cell 1x1\n", "the third line")
BAD(with_more_names_than_cells, "cell 1x1\ngrid 1x1\na\nb\n", "more names than the grid has")
BAD(with_a_control_character, "cell 1x1\ngrid 1x1\na\tb\n", "without control characters")
BAD(with_a_nul, "cell 1x1\ngrid 1x1\na\0b\n", "without control characters")
BAD(with_a_lone_return, "cell 1x1\ngrid 1x1\na\rb\n", "without control characters")
BAD(with_a_control_character_in_a_comment, "cell 1x1\ngrid 1x1\n#\33\n", "without control")
SHEET(of_another_version, "BRIG-SHEET 2\ncell 1x1\ngrid 1x1\n", BRIG_DECODE_NOT_AN_IMAGE, "")
SHEET(over_the_limit_on_pixels, "BRIG-SHEET 1\ncell 1024x1024\ngrid 64x64\n",
      BRIG_DECODE_TOO_MANY_PIXELS, "65536 x 65536 pixels are over the limit")

/* The head of a sheet, and then @n times @text. */
static char *repeat(const char *head, const char *text, size_t n)
{
	size_t at = strlen(head), step = strlen(text);
	char *sheet = calloc(1, at + n * step + 1);

	if (!sheet)
		return NULL;
	memcpy(sheet, head, at);
	for (size_t i = 0; i < n; i++, at += step)
		memcpy(sheet + at, text, step);
	return sheet;
}

static void expect_repeated(const char *head, const char *text, size_t n,
			    enum brig_decode_status status, const char *message)
{
	char *sheet = repeat(head, text, n);

	ASSERT_PTR_NOT_NULL(sheet);
	expect_sheet(sheet, strlen(sheet), status, message);
	free(sheet);
}

#define ONE_CELL "BRIG-SHEET 1\ncell 1x1\ngrid 1x1\n"

TEST_C(limits, name_of_255_bytes_is_asked_for)
{
	expect_repeated(ONE_CELL, "n", 255, BRIG_DECODE_OK, "");
}

TEST_C(limits, name_of_256_bytes_is_refused)
{
	expect_repeated(ONE_CELL, "n", 256, BRIG_DECODE_CORRUPT, "name 1 is over 255 bytes");
}

TEST_C(limits, as_many_names_as_cells_are_asked_for)
{
	expect_repeated("BRIG-SHEET 1\ncell 1x1\ngrid 64x64\n", "n\n", 4096, BRIG_DECODE_OK, "");
}

TEST_C(limits, one_name_more_is_refused)
{
	expect_repeated("BRIG-SHEET 1\ncell 1x1\ngrid 64x64\n", "n\n", 4097, BRIG_DECODE_CORRUPT,
			"more names than the grid has cells");
}

TEST_C(limits, sheet_of_a_mebibyte_is_read)
{
	expect_repeated(ONE_CELL, "\n", (1 << 20) - strlen(ONE_CELL), BRIG_DECODE_OK, "");
}

TEST_C(limits, sheet_of_more_is_refused)
{
	expect_repeated(ONE_CELL, "\n", (1 << 20) - strlen(ONE_CELL) + 1, BRIG_DECODE_CORRUPT,
			"a sheet is at most 1 MiB of text");
}
