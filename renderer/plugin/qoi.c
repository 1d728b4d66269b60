/* The QOI plugin: the format's reference decoder (libqoi-dev, header only). */
#include <brig/plugin.h>

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

static uint64_t big_endian(const unsigned char *bytes)
{
	uint64_t value = 0;

	for (int i = 0; i < 4; i++)
		value = value << 8 | bytes[i];
	return value;
}

/* A picture that the file's bytes can't fill: at most 62 pixels come of one byte. */
static int too_short(const unsigned char *bytes, size_t n)
{
	return big_endian(bytes + 4) * big_endian(bytes + 8) > (uint64_t)n * 62;
}

static int give(const struct brig_plugin_host *host, const unsigned char *pixels,
		const qoi_desc *description)
{
	size_t row = (size_t)description->width * description->channels, stride;
	unsigned char *to = host->surface(host->user, description->width, description->height,
					  description->channels, 8, &stride);

	if (!to)
		return -1;
	for (uint32_t y = 0; y < description->height; y++)
		memcpy(to + y * stride, pixels + y * row, row);
	return 0;
}

static int decode(const struct brig_plugin_host *host)
{
	qoi_desc description;
	size_t n = 0;
	unsigned char *bytes = read_all(host, &n);
	unsigned char *pixels = NULL;
	int r = -1;

	if (!bytes)
		host->fail(host->user, BRIG_PLUGIN_NO_MEMORY, "the input doesn't fit into memory");
	else if (n < QOI_HEADER_SIZE + 8 || too_short(bytes, n))
		host->fail(host->user, BRIG_PLUGIN_TRUNCATED, "the file ends too early");
	else if (memcmp(bytes + n - 8, "\0\0\0\0\0\0\0\1", 8) != 0)
		host->fail(host->user, BRIG_PLUGIN_TRUNCATED, "the end marker is missing");
	else if (!(pixels = qoi_decode(bytes, (int)n, &description, 0)))
		host->fail(host->user, BRIG_PLUGIN_CORRUPT, "qoi refuses the header");
	else
		r = give(host, pixels, &description);
	free(pixels);
	free(bytes);
	return r;
}

const struct brig_plugin *brig_plugin_entry(void)
{
	static const struct brig_plugin plugin = { BRIG_PLUGIN_ABI, sizeof plugin, "qoi", decode };

	return &plugin;
}
