#include "renderer/image/scale.h"

#define PLACEHOLDER_GREY 160

/* One pixel as RGBA, 8 bit. */
static void fetch(const struct brig_canvas *canvas, uint32_t x, uint32_t y, uint32_t ret[4])
{
	const uint8_t *row = canvas->pixels + (size_t)y * canvas->stride;
	uint32_t value[4] = { 0 };

	for (uint32_t i = 0; i < canvas->channels; i++) {
		size_t at = (size_t)x * canvas->channels + i;

		if (canvas->depth == 16)
			value[i] =
				(((const uint16_t *)(const void *)row)[at] * 255u + 32895u) >> 16;
		else
			value[i] = row[at];
	}
	bool grey = canvas->channels < 3;
	bool alpha = canvas->channels == 2 || canvas->channels == 4;
	ret[0] = value[0];
	ret[1] = grey ? value[0] : value[1];
	ret[2] = grey ? value[0] : value[2];
	ret[3] = alpha ? value[canvas->channels - 1] : 255;
}

/* The mean over a box, colours weighted by alpha: transparent pixels have no colour. */
static void average(const struct brig_canvas *from, const struct brig_cell *box, uint8_t ret[4])
{
	uint64_t sum[3] = { 0 }, alpha = 0;
	const uint64_t n = (uint64_t)box->width * box->height;

	for (uint32_t y = box->y; y < box->y + box->height; y++)
		for (uint32_t x = box->x; x < box->x + box->width; x++) {
			uint32_t pixel[4];

			fetch(from, x, y, pixel);
			for (int i = 0; i < 3; i++)
				sum[i] += (uint64_t)pixel[i] * pixel[3];
			alpha += pixel[3];
		}
	for (int i = 0; i < 3; i++)
		ret[i] = alpha ? (uint8_t)((sum[i] + alpha / 2) / alpha) : 0;
	ret[3] = (uint8_t)((alpha + n / 2) / n);
}

static uint32_t at_least_one(uint64_t n)
{
	return n ? (uint32_t)n : 1;
}

/* The largest size with the picture's proportions that fits, not above its own. */
static void fit(const struct brig_canvas *from, const struct brig_cell *cell, uint32_t *width,
		uint32_t *height)
{
	*width = from->width;
	*height = from->height;
	if (*width > cell->width) {
		*height = at_least_one((uint64_t)*height * cell->width / *width);
		*width = cell->width;
	}
	if (*height > cell->height) {
		*width = at_least_one((uint64_t)*width * cell->height / *height);
		*height = cell->height;
	}
}

/* Where source pixels begin for destination pixel @i of @n, out of @size. */
static uint32_t edge(uint32_t i, uint32_t n, uint32_t size)
{
	return (uint32_t)((uint64_t)i * size / n);
}

void brig_scale_into(const struct brig_canvas *from, const struct brig_canvas *to,
		     const struct brig_cell *cell)
{
	uint32_t width, height;

	fit(from, cell, &width, &height);
	uint32_t left = cell->x + (cell->width - width) / 2;
	uint32_t top = cell->y + (cell->height - height) / 2;
	for (uint32_t y = 0; y < height; y++)
		for (uint32_t x = 0; x < width; x++) {
			struct brig_cell box = { .x = edge(x, width, from->width),
						 .y = edge(y, height, from->height) };

			box.width = at_least_one(edge(x + 1, width, from->width) - box.x);
			box.height = at_least_one(edge(y + 1, height, from->height) - box.y);
			average(from, &box,
				to->pixels + (size_t)(top + y) * to->stride +
					(size_t)(left + x) * 4);
		}
}

static void grey_pixel(const struct brig_canvas *to, uint32_t x, uint32_t y)
{
	uint8_t *pixel = to->pixels + (size_t)y * to->stride + (size_t)x * 4;

	pixel[0] = pixel[1] = pixel[2] = PLACEHOLDER_GREY;
	pixel[3] = 255;
}

void brig_draw_placeholder(const struct brig_canvas *to, const struct brig_cell *cell)
{
	const uint32_t right = cell->x + cell->width - 1, bottom = cell->y + cell->height - 1;

	for (uint32_t y = cell->y; y <= bottom; y++) {
		uint32_t along = (uint32_t)((uint64_t)(y - cell->y) * cell->width / cell->height);

		grey_pixel(to, cell->x, y);
		grey_pixel(to, right, y);
		grey_pixel(to, cell->x + along, y);
		grey_pixel(to, right - along, y);
	}
	for (uint32_t x = cell->x; x <= right; x++) {
		grey_pixel(to, x, cell->y);
		grey_pixel(to, x, bottom);
	}
}
