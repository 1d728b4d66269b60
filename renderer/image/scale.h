/* renderer/image/scale.h - pictures onto a sheet. */
#ifndef RENDERER_IMAGE_SCALE_H
#define RENDERER_IMAGE_SCALE_H

#include "renderer/image/decoder.h"

struct brig_cell {
	uint32_t x, y, width, height;
};

/* The largest size with the picture's proportions that fits @cell, not above its own. */
void brig_scale_fit(const struct brig_canvas *from, const struct brig_cell *cell, uint32_t *width,
		    uint32_t *height);

/* Scale @from down to fit @cell of @to (RGBA, 8 bit), centred; never up. Box filter. */
void brig_scale_into(const struct brig_canvas *from, const struct brig_canvas *to,
		     const struct brig_cell *cell);

/* A grey frame with a diagonal cross: a picture that isn't there. */
void brig_draw_placeholder(const struct brig_canvas *to, const struct brig_cell *cell);

#endif
