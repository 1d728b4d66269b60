#include "renderer/image/sheet.h"

#include "renderer/image/scale.h"

#include <stdlib.h>
#include <string.h>

struct line {
	const char *text;
	size_t n;
};

struct sheet {
	char *text; /* owned */
	size_t n, at;
	struct brig_cell cell; /* its size */
	uint32_t columns, rows;
};

bool brig_sheet_match(const uint8_t *head, size_t n)
{
	const size_t magic = sizeof BRIG_SHEET_MAGIC - 1;

	if (n <= magic || memcmp(head, BRIG_SHEET_MAGIC, magic) != 0)
		return false;
	return head[magic] == '\n' ||
	       (n > magic + 1 && head[magic] == '\r' && head[magic + 1] == '\n');
}

/* The next line that says something; false at the end. */
static bool next_line(struct sheet *sheet, struct line *ret)
{
	while (sheet->at < sheet->n) {
		const char *start = sheet->text + sheet->at;
		const char *end = memchr(start, '\n', sheet->n - sheet->at);
		size_t n = end ? (size_t)(end - start) : sheet->n - sheet->at;

		sheet->at += n + (end != NULL);
		if (n && start[n - 1] == '\r')
			n--;
		if (!n || start[0] == '#')
			continue;
		*ret = (struct line){ start, n };
		return true;
	}
	return false;
}

/* Cuts a number off the line's start: digits alone, 1..@max. */
static bool cut_number(struct line *line, uint32_t max, uint32_t *ret)
{
	uint32_t value = 0;

	while (line->n && *line->text >= '0' && *line->text <= '9' && value <= max) {
		value = value * 10 + (uint32_t)(*line->text - '0');
		line->text++;
		line->n--;
	}
	*ret = value;
	return value && value <= max;
}

static bool cut_word(struct line *line, const char *word)
{
	size_t n = strlen(word);

	if (line->n < n || memcmp(line->text, word, n) != 0)
		return false;
	line->text += n;
	line->n -= n;
	return true;
}

/* "<word><a>x<b>", both 1..@max. */
static bool parse_pair(struct line line, const char *word, uint32_t max, uint32_t *a, uint32_t *b)
{
	return cut_word(&line, word) && cut_number(&line, max, a) && cut_word(&line, "x") &&
	       cut_number(&line, max, b) && !line.n;
}

/* No control characters but the ends of lines, comments included. */
static bool is_plain_text(const struct sheet *sheet)
{
	for (size_t i = 0; i < sheet->n; i++) {
		unsigned char c = (unsigned char)sheet->text[i];
		bool ends_line =
			c == '\n' || (c == '\r' && i + 1 < sheet->n && sheet->text[i + 1] == '\n');

		if ((c < 0x20 && !ends_line) || c == 0x7f)
			return false;
	}
	return true;
}

static int read_text(struct brig_input *input, struct sheet *sheet,
		     struct brig_decode_failure *failure)
{
	sheet->text = malloc(BRIG_SHEET_BYTES_MAX + 1);
	if (!sheet->text)
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_NO_MEMORY, "no memory");
	sheet->n = brig_input_read(input, sheet->text, BRIG_SHEET_BYTES_MAX + 1);
	if (sheet->n > BRIG_SHEET_BYTES_MAX)
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_CORRUPT,
					"a sheet is at most 1 MiB of text");
	if (input->error)
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_TRUNCATED,
					"the sheet can't be read to its end");
	if (!is_plain_text(sheet))
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_CORRUPT,
					"a sheet is plain text, without control characters");
	return 0;
}

static int parse_head(struct sheet *sheet, struct brig_decode_failure *failure)
{
	struct line line;

	if (!brig_sheet_match((const uint8_t *)sheet->text, sheet->n))
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_CORRUPT,
					"the first line must be '" BRIG_SHEET_MAGIC "'");
	(void)next_line(sheet, &line); /* that one */
	if (!next_line(sheet, &line) || !parse_pair(line, "cell ", BRIG_SHEET_CELL_MAX,
						    &sheet->cell.width, &sheet->cell.height))
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_CORRUPT,
					"the second line must be 'cell WxH', 1..1024 a side");
	if (!next_line(sheet, &line) ||
	    !parse_pair(line, "grid ", BRIG_SHEET_GRID_MAX, &sheet->columns, &sheet->rows))
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_CORRUPT,
					"the third line must be 'grid CxR', 1..64 a side");
	return 0;
}

/* All names are looked at before the first is asked for. */
static int check_names(struct sheet *sheet, struct brig_decode_failure *failure)
{
	size_t start = sheet->at, n = 0;
	struct line line;

	while (next_line(sheet, &line)) {
		if (++n > (size_t)sheet->columns * sheet->rows)
			return brig_decode_fail(failure, BRIG_DECODE_ERROR_CORRUPT,
						"more names than the grid has cells");
		if (line.n > BRIG_SHEET_NAME_MAX)
			return brig_decode_fail(failure, BRIG_DECODE_ERROR_CORRUPT,
						"name %zu is over 255 bytes", n);
	}
	sheet->at = start;
	return 0;
}

static void draw_all(struct sheet *sheet, const struct brig_sheet_source *source,
		     const struct brig_canvas *to)
{
	struct brig_cell cell = sheet->cell;
	struct line line;
	uint32_t i = 0;

	for (; next_line(sheet, &line); i++) {
		struct brig_canvas picture;

		cell.x = i % sheet->columns * cell.width;
		cell.y = i / sheet->columns * cell.height;
		if (source->picture(source->user, line.text, line.n, &cell, &picture) < 0) {
			brig_draw_placeholder(to, &cell);
			continue;
		}
		brig_scale_into(&picture, to, &cell);
		source->release(source->user, &picture);
	}
}

int brig_sheet_compose(struct brig_input *input, const struct brig_sheet_source *source,
		       const struct brig_sink *sink, struct brig_canvas *ret,
		       struct brig_decode_failure *failure)
{
	struct sheet sheet = { 0 };
	int r = read_text(input, &sheet, failure);

	if (!r)
		r = parse_head(&sheet, failure);
	if (!r)
		r = check_names(&sheet, failure);
	if (!r) /* at most 64 × 1024 a side */
		r = sink->surface(sink->user, sheet.columns * sheet.cell.width,
				  sheet.rows * sheet.cell.height, 4, 8, ret, failure);
	if (!r) {
		for (uint32_t y = 0; y < ret->height; y++)
			memset(ret->pixels + (size_t)y * ret->stride, 0, (size_t)ret->width * 4);
		draw_all(&sheet, source, ret);
	}
	free(sheet.text);
	return r;
}
