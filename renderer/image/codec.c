/* A codec: one picture of a sheet, decoded and scaled down to its cell. It asks no questions. */
#include "renderer/image/job.h"

#include "ipc/schema/format.h"
#include "ipc/shm/surface.h"
#include "renderer/image/scale.h"
#include "sandbox/layers/exit_status.h"

#include <stdlib.h>

/* In full it is nobody's but this process's. */
static int heap_surface(void *user, uint32_t width, uint32_t height, uint32_t channels,
			uint32_t depth, struct brig_canvas *ret,
			struct brig_decode_failure *failure)
{
	const struct brig_job *job = user;
	struct brig_geometry geometry = {
		.width = width, .height = height, .channels = channels, .depth = depth
	};

	if (!brig_geometry_fill(&geometry, job->max_pixels))
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_TOO_LARGE, "over the limit");
	uint8_t *pixels = calloc(1, geometry.size);
	if (!pixels)
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_NO_MEMORY, "no memory");
	*ret = (struct brig_canvas){ pixels, geometry.stride, width, height, channels, depth };
	return 0;
}

static int scale(struct brig_client *client, const struct brig_job *job,
		 const struct brig_canvas *picture, uint32_t *ret_surface,
		 struct brig_decode_failure *failure)
{
	struct brig_cell cell = { .width = job->fit_width, .height = job->fit_height };
	struct brig_canvas small, wanted = { .channels = 4, .depth = 8 };

	brig_scale_fit(picture, &cell, &wanted.width, &wanted.height);
	if (brig_surface_ask(client, &wanted, &small, ret_surface, failure) < 0)
		return -1;
	cell.width = wanted.width;
	cell.height = wanted.height;
	brig_scale_into(picture, &small, &cell);
	return 0;
}

static int decode(struct brig_client *client, struct brig_job *job, uint32_t *ret_format,
		  uint32_t *ret_surface, struct brig_decode_failure *failure)
{
	const struct brig_sink sink = { heap_surface, job };
	struct brig_canvas picture;
	struct brig_input input;
	const uint8_t *head;

	if (brig_input_init(&input, job->fd) < 0)
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_NO_MEMORY, "no memory");
	size_t n = brig_input_fill(&input, BRIG_SNIFF_BYTES, &head);
	const struct brig_decoder *decoder = brig_decoder_find(head, n);
	if (!decoder || !decoder->decode)
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_NOT_AN_IMAGE,
					"no image format that a codec knows");
	*ret_format = brig_format_find(decoder->name);
	int r = decoder->decode(&input, &sink, &picture, failure);
	return r ? r : scale(client, job, &picture, ret_surface, failure);
}

/* It ends when this returns, and its memory with it. */
int brig_codec_run(struct brig_client *client)
{
	struct brig_decode_failure failure = { 0 };
	uint32_t format = BRIG_FORMAT_UNKNOWN, surface = 0;
	struct brig_job job;
	int told;

	if (brig_client_wait_job(client, &job) < 0)
		return BRIG_STATUS_LOST_BROKER;
	if (decode(client, &job, &format, &surface, &failure) < 0)
		told = brig_tell_failed(client, format, &failure);
	else
		told = brig_tell_finished(client, format, surface, NULL, 0);
	return brig_job_status(&failure, told);
}
