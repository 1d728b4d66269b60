/* The QOI plugin: the format's reference decoder (libqoi-dev, header only). */
#include <brig/plugin.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define QOI_IMPLEMENTATION
#define QOI_NO_STDIO
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <qoi.h>
#pragma GCC diagnostic pop

#define INPUT_MAX (256u << 20)
#define END_BYTES sizeof(qoi_padding)

/* The whole input; the host bounds it, and INPUT_MAX what qoi's int lengths can hold. */
static unsigned char *read_all(const struct brig_plugin_host *host, size_t *ret_n)
{
	size_t room = 1u << 16, n = 0;
	unsigned char *bytes = malloc(room);

	while (bytes) {
		if (n == room) {
			unsigned char *more = room < INPUT_MAX ? realloc(bytes, room * 2) : NULL;

			if (!more)
				break;
			bytes = more;
			room *= 2;
		}
		ssize_t r = host->read(host->user, bytes + n, room - n);
		if (r <= 0) {
			*ret_n = n;
			return bytes;
		}
		n += (size_t)r;
	}
	free(bytes);
	return NULL;
}

static uint32_t big_endian(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static bool read_header(const unsigned char *bytes, size_t n, qoi_desc *ret)
{
	if (n < QOI_HEADER_SIZE || memcmp(bytes, "qoif", 4) != 0)
		return false;
	*ret = (qoi_desc){ .width = big_endian(bytes + 4),
			   .height = big_endian(bytes + 8),
			   .channels = bytes[12],
			   .colorspace = bytes[13] };
	return ret->width && ret->height && (ret->channels == 3 || ret->channels == 4) &&
	       ret->colorspace <= 1;
}

static size_t op_bytes(unsigned char op)
{
	if (op == QOI_OP_RGB)
		return 4;
	if (op == QOI_OP_RGBA)
		return 5;
	return (op & QOI_MASK_2) == QOI_OP_LUMA ? 2 : 1;
}

/*
 * Do the codes before the end marker fill the picture? qoi_decode() would repeat the last colour
 * where they end too early, and has memory made for as many pixels as the header claims.
 */
static bool is_filled(const unsigned char *bytes, size_t n, const qoi_desc *description)
{
	const uint64_t wanted = (uint64_t)description->width * description->height;
	uint64_t pixels = 0;

	for (size_t at = QOI_HEADER_SIZE; pixels < wanted; at += op_bytes(bytes[at])) {
		if (at >= n || op_bytes(bytes[at]) > n - at)
			return false;
		if (bytes[at] < QOI_OP_RGB && (bytes[at] & QOI_MASK_2) == QOI_OP_RUN)
			pixels += bytes[at] & 0x3f;
		pixels++;
	}
	return true;
}

static int give(const struct brig_plugin_host *host, const unsigned char *bytes, size_t n,
		qoi_desc *description)
{
	const size_t row = (size_t)description->width * description->channels;
	size_t stride;
	unsigned char *to = host->surface(host->user, description->width, description->height,
					  description->channels, 8, &stride);

	if (!to)
		return -1;
	if (description->height >= QOI_PIXELS_MAX / description->width) {
		host->fail(host->user, BRIG_PLUGIN_TOO_LARGE, "over 400 million pixels");
		return -1;
	}
	unsigned char *pixels = qoi_decode(bytes, (int)n, description, 0);
	if (!pixels) {
		host->fail(host->user, BRIG_PLUGIN_NO_MEMORY, "no memory for the pixels");
		return -1;
	}
	for (uint32_t y = 0; y < description->height; y++)
		memcpy(to + y * stride, pixels + y * row, row);
	free(pixels);
	return 0;
}

static int decode(const struct brig_plugin_host *host)
{
	qoi_desc description;
	size_t n = 0;
	unsigned char *bytes = read_all(host, &n);
	int r = -1;

	if (!bytes)
		host->fail(host->user, BRIG_PLUGIN_NO_MEMORY, "the input doesn't fit into memory");
	else if (n < QOI_HEADER_SIZE + END_BYTES)
		host->fail(host->user, BRIG_PLUGIN_TRUNCATED, "the file ends too early");
	else if (!read_header(bytes, n, &description))
		host->fail(host->user, BRIG_PLUGIN_CORRUPT, "the header makes no sense");
	else if (!is_filled(bytes, n - END_BYTES, &description))
		host->fail(host->user, BRIG_PLUGIN_TRUNCATED, "fewer pixels than the header says");
	else if (memcmp(bytes + n - END_BYTES, qoi_padding, END_BYTES) != 0)
		host->fail(host->user, BRIG_PLUGIN_TRUNCATED, "the end marker is missing");
	else
		r = give(host, bytes, n, &description);
	free(bytes);
	return r;
}

const struct brig_plugin *brig_plugin_entry(void)
{
	static const struct brig_plugin plugin = { BRIG_PLUGIN_ABI, sizeof plugin, "qoi", decode };

	return &plugin;
}
