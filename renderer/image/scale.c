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

struct sums {
	uint64_t color[3]; /* weighted by alpha: transparent pixels have no colour */
	uint64_t alpha;
};

/* @n pixels of a row of a picture with 8 bits and no alpha: what photos are, so it must be fast. */
static void add_opaque(const struct brig_canvas *from, uint32_t x, uint32_t y, uint32_t n,
		       struct sums *sums)
{
	const uint32_t channels = from->channels;
	const uint32_t green = channels == 3 ? 1 : 0, blue = channels == 3 ? 2 : 0;
	const uint8_t *at = from->pixels + (size_t)y * from->stride + (size_t)x * channels;
	uint64_t sum[3] = { 0 };

	for (uint32_t i = 0; i < n; i++, at += channels) {
		sum[0] += at[0];
		sum[1] += at[green];
		sum[2] += at[blue];
	}
	for (int i = 0; i < 3; i++)
		sums->color[i] += sum[i] * 255;
	sums->alpha += (uint64_t)n * 255;
}

static void add_any(const struct brig_canvas *from, uint32_t x, uint32_t y, uint32_t n,
		    struct sums *sums)
{
	for (uint32_t end = x + n; x < end; x++) {
		uint32_t pixel[4];

		fetch(from, x, y, pixel);
		for (int i = 0; i < 3; i++)
			sums->color[i] += (uint64_t)pixel[i] * pixel[3];
		sums->alpha += pixel[3];
	}
}

/* The mean over a box. */
static void average(const struct brig_canvas *from, const struct brig_cell *box, uint8_t ret[4])
{
	const bool opaque = from->depth == 8 && (from->channels == 1 || from->channels == 3);
	const uint64_t n = (uint64_t)box->width * box->height;
	struct sums sums = { 0 };

	for (uint32_t y = box->y; y < box->y + box->height; y++)
		if (opaque)
			add_opaque(from, box->x, y, box->width, &sums);
		else
			add_any(from, box->x, y, box->width, &sums);
	for (int i = 0; i < 3; i++)
		ret[i] = sums.alpha ? (uint8_t)((sums.color[i] + sums.alpha / 2) / sums.alpha) : 0;
	ret[3] = (uint8_t)((sums.alpha + n / 2) / n);
}

static uint32_t at_least_one(uint64_t n)
{
	return n ? (uint32_t)n : 1;
}

void brig_scale_fit(const struct brig_canvas *from, const struct brig_cell *cell, uint32_t *width,
		    uint32_t *height)
{
	*width = from->width;
	*height = from->height;
	if (!from->width || !from->height)
		return; /* nothing to scale */
	if (from->width <= cell->width && from->height <= cell->height)
		return;
	if ((uint64_t)from->width * cell->height >= (uint64_t)from->height * cell->width) {
		*width = cell->width;
		*height = at_least_one((uint64_t)from->height * cell->width / from->width);
	} else {
		*width = at_least_one((uint64_t)from->width * cell->height / from->height);
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

	brig_scale_fit(from, cell, &width, &height);
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
