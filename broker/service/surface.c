/* Surfaces: a child says how large, the broker says whether, makes it, and knows its size. */
#include "broker/service/job.h"

#include "sandbox/base/cleanup.h"

#include <errno.h>

/* A codec is one picture's: it gets no more than the cell that the picture is for. */
static bool fits_cell(const struct brig_job_side *side, const struct brig_geometry *geometry)
{
	return side->process->role != &brig_role_codec ||
	       (geometry->width <= side->job->fit_width &&
		geometry->height <= side->job->fit_height);
}

int brig_surface_create_request(void *user, struct brig_request *call,
				const Brig__Ipc__SurfaceCreate *wanted)
{
	struct brig_job_side *side = user;
	Brig__Ipc__SurfaceMade made = BRIG__IPC__SURFACE_MADE__INIT;
	struct brig_geometry geometry = { .width = wanted->width,
					  .height = wanted->height,
					  .channels = wanted->channels,
					  .depth = (uint32_t)wanted->depth };
	struct brig_buffer *buffer;

	if (side->surface.id)
		return BRIG_BAD_REQUESTS; /* one a process */
	if (!brig_geometry_fill(&geometry, side->job->max_pixels) || !fits_cell(side, &geometry))
		return -EFBIG;
	int r = brig_buffer_take(side->job->broker->pool, NULL, geometry.size, &buffer);
	if (r < 0)
		return r;
	side->surface = (struct brig_job_surface){ .id = ++side->job->next_surface,
						   .buffer = buffer,
						   .geometry = geometry };
	brig_auto_fd int fd = -1;
	r = brig_surface_lend(&side->surface, &made, &fd);
	if (!r)
		(void)brig_surface_create_reply(call, &made, fd);
	return r;
}

int brig_surface_lend(const struct brig_job_surface *surface, Brig__Ipc__SurfaceMade *ret,
		      int *ret_fd)
{
	const struct brig_geometry *g = &surface->geometry;
	int fd = brig_buffer_lend(surface->buffer);

	if (fd < 0)
		return fd;
	ret->surface = surface->id;
	ret->width = g->width;
	ret->height = g->height;
	ret->channels = g->channels;
	ret->depth = (Brig__Ipc__Depth)g->depth;
	ret->stride = g->stride;
	ret->size = g->size;
	ret->resident = brig_buffer_resident(surface->buffer);
	*ret_fd = fd;
	return 0;
}

void brig_surface_drop(struct brig_job_surface *surface)
{
	brig_buffer_give(surface->buffer);
	*surface = (struct brig_job_surface){ .id = 0 };
}
