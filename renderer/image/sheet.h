/*
 * renderer/image/sheet.h - contact sheets: a text file that names pictures, composed on one canvas.
 *
 *     BRIG-SHEET 1
 *     cell 160x120
 *     grid 4x3
 *     photo.jpg
 *     icon.png
 *
 * A magic first line, the cell's size in pixels (1..1024 a side), the grid (1..64 columns and
 * rows), then one picture's name a line (1..255 bytes, at most columns × rows of them), filled in
 * row by row. Lines end in \n or \r\n; empty lines and lines that start with '#' are skipped; other
 * control characters are an error; the file is at most 1 MiB. Every picture is scaled down to fit
 * its cell (box filter, never up), centred on transparent RGBA. A picture that was refused or can't
 * be decoded becomes a placeholder: a grey frame with a diagonal cross.
 */
#ifndef RENDERER_IMAGE_SHEET_H
#define RENDERER_IMAGE_SHEET_H

#include "ipc/schema/format.h"
#include "ipc/schema/services.h"
#include "renderer/image/decoder.h"
#include "renderer/image/scale.h"

#define BRIG_SHEET_CELL_MAX  BRIG_CELL_MAX
#define BRIG_SHEET_GRID_MAX  64
#define BRIG_SHEET_NAME_MAX  255
#define BRIG_SHEET_BYTES_MAX (1u << 20)

bool brig_sheet_match(const uint8_t *head, size_t n);

/* Where a sheet gets its pictures; the renderer's main asks the broker, a test reads files. */
struct brig_sheet_source {
	/*
	 * Get the picture called @name (not NUL-terminated), which goes into @cell: in full, or
	 * scaled down to it already. Returns 0 and *ret, valid until release(); or -1: a
	 * placeholder is drawn.
	 */
	int (*picture)(void *user, const char *name, size_t n, const struct brig_cell *cell,
		       struct brig_canvas *ret);
	void (*release)(void *user, struct brig_canvas *canvas);
	void *user;
};

int brig_sheet_compose(struct brig_input *input, const struct brig_sheet_source *source,
		       const struct brig_sink *sink, struct brig_canvas *ret,
		       struct brig_decode_failure *failure);

#endif
