/* Surfaces: a child says how large, the broker says whether, makes it, and knows its size. */
#include "broker/service/job.h"

#include "ipc/gen/brig.pb-c.h"
#include "sandbox/base/cleanup.h"

#include <errno.h>

/* A codec is one picture's: it gets no more than the cell that the picture is for. */
static bool fits_cell(const struct brig_job_side *side, const struct brig_geometry *geometry)
{
	return side->process->role != &brig_role_codec ||
	       (geometry->width <= side->job->fit_width &&
		geometry->height <= side->job->fit_height);
}

enum brig_bad_message brig_surface_create_request(void *user, const struct brig_frame *frame,
						  const ProtobufCMessage *message)
{
	const Brig__Ipc__SurfaceCreate *wanted = (const void *)message;
	struct brig_job_side *side = user;
	struct brig_geometry geometry = { .width = wanted->width,
					  .height = wanted->height,
					  .channels = wanted->channels,
					  .depth = wanted->depth };
	struct brig_buffer *buffer;

	if (side->surface.id)
		return BRIG_BAD_REQUESTS; /* one a process */
	if (!brig_geometry_fill(&geometry, side->job->max_pixels) || !fits_cell(side, &geometry)) {
		brig_refuse(side, frame, EFBIG, 0);
		return BRIG_BAD_NONE;
	}
	int r = brig_buffer_take(side->job->broker->pool, geometry.size, &buffer);
	if (r < 0) {
		brig_refuse(side, frame, -r, 0);
		return BRIG_BAD_NONE;
	}
	side->surface = (struct brig_job_surface){ .id = ++side->job->next_surface,
						   .buffer = buffer,
						   .geometry = geometry };
	brig_surface_reply(side, frame, &side->surface);
	return BRIG_BAD_NONE;
}

void brig_surface_reply(struct brig_job_side *side, const struct brig_frame *request,
			const struct brig_job_surface *surface)
{
	Brig__Ipc__Surface reply = BRIG__IPC__SURFACE__INIT;
	const struct brig_geometry *g = &surface->geometry;
	brig_auto_fd int fd = brig_buffer_lend(surface->buffer);

	if (fd < 0) {
		brig_refuse(side, request, -fd, 0);
		return;
	}
	reply.surface = surface->id;
	reply.width = g->width;
	reply.height = g->height;
	reply.channels = g->channels;
	reply.depth = g->depth;
	reply.stride = g->stride;
	reply.size = g->size;
	reply.resident = brig_buffer_resident(surface->buffer);
	brig_reply(side, request, &reply.base, &fd, 1);
}

void brig_surface_drop(struct brig_job_surface *surface)
{
	brig_buffer_give(surface->buffer);
	*surface = (struct brig_job_surface){ .id = 0 };
}
