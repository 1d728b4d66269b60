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

	return n > magic && !memcmp(head, BRIG_SHEET_MAGIC, magic) &&
	       (head[magic] == '\n' || head[magic] == '\r');
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

/* "<word> <a>x<b>", both 1..@max. */
static bool parse_pair(const struct line *line, const char *word, uint32_t max, uint32_t *a,
		       uint32_t *b)
{
	char text[64];
	char *end;

	if (line->n >= sizeof text || line->n <= strlen(word) ||
	    memcmp(line->text, word, strlen(word)) != 0 || line->text[strlen(word)] != ' ')
		return false;
	memcpy(text, line->text, line->n);
	text[line->n] = '\0';
	unsigned long first = strtoul(text + strlen(word) + 1, &end, 10);
	if (*end != 'x')
		return false;
	unsigned long second = strtoul(end + 1, &end, 10);
	if (*end || !first || !second || first > max || second > max)
		return false;
	*a = (uint32_t)first;
	*b = (uint32_t)second;
	return true;
}

static bool has_controls(const struct line *line)
{
	for (size_t i = 0; i < line->n; i++)
		if ((unsigned char)line->text[i] < 0x20 || line->text[i] == 0x7f)
			return true;
	return false;
}

static int read_text(struct brig_input *input, struct sheet *sheet,
		     struct brig_decode_failure *failure)
{
	sheet->text = malloc(BRIG_SHEET_BYTES_MAX + 1);
	if (!sheet->text)
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_NO_MEMORY, "no memory");
	sheet->n = brig_input_read(input, sheet->text, BRIG_SHEET_BYTES_MAX + 1);
	if (sheet->n > BRIG_SHEET_BYTES_MAX)
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_TOO_LARGE,
					"a sheet is at most 1 MiB of text");
	return 0;
}

static int parse_head(struct sheet *sheet, struct brig_decode_failure *failure)
{
	struct line line;

	(void)next_line(sheet, &line); /* the magic line */
	if (!next_line(sheet, &line) || !parse_pair(&line, "cell", BRIG_SHEET_CELL_MAX,
						    &sheet->cell.width, &sheet->cell.height))
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_CORRUPT,
					"the second line must be 'cell WxH', 1..1024 a side");
	if (!next_line(sheet, &line) ||
	    !parse_pair(&line, "grid", BRIG_SHEET_GRID_MAX, &sheet->columns, &sheet->rows))
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
		if (line.n > BRIG_SHEET_NAME_MAX || has_controls(&line))
			return brig_decode_fail(failure, BRIG_DECODE_ERROR_CORRUPT,
						"name %zu is over 255 bytes or not plain text", n);
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
		if (source->picture(source->user, line.text, line.n, &picture) < 0) {
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
