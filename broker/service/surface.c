/* Surfaces: a child says how large, the broker says whether, makes it, and knows its size. */
#include "broker/service/job.h"

#include "ipc/gen/brig.pb-c.h"
#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>

enum brig_bad_message brig_surface_create_request(void *user, const struct brig_frame *frame,
						  const ProtobufCMessage *message)
{
	const Brig__Ipc__SurfaceCreate *wanted = (const void *)message;
	struct brig_job_side *side = user;
	struct brig_geometry geometry = { .width = wanted->width,
					  .height = wanted->height,
					  .channels = wanted->channels,
					  .depth = wanted->depth };
	Brig__Ipc__Surface reply = BRIG__IPC__SURFACE__INIT;

	if (side->surface.id)
		return BRIG_BAD_REQUESTS; /* one a process */
	if (!brig_geometry_fill(&geometry, side->job->max_pixels)) {
		brig_refuse(side, frame, EFBIG, 0);
		return BRIG_BAD_NONE;
	}
	int fd = brig_surface_create(geometry.size);
	if (fd < 0) {
		brig_refuse(side, frame, -fd, 0);
		return BRIG_BAD_NONE;
	}
	side->surface = (struct brig_job_surface){ .id = ++side->job->next_surface,
						   .fd = fd,
						   .geometry = geometry };
	reply.surface = side->surface.id;
	reply.width = geometry.width;
	reply.height = geometry.height;
	reply.channels = geometry.channels;
	reply.depth = geometry.depth;
	reply.stride = geometry.stride;
	reply.size = geometry.size;
	brig_reply(side, frame, &reply.base, &fd, 1);
	return BRIG_BAD_NONE;
}

int brig_surface_rest(struct brig_job_surface *surface)
{
	if (fcntl(surface->fd, F_ADD_SEALS, F_SEAL_WRITE) < 0)
		return -errno;
	surface->at_rest = true;
	return 0;
}

void brig_surface_drop(struct brig_job_surface *surface)
{
	if (surface->id)
		brig_close_fd(&surface->fd);
	*surface = (struct brig_job_surface){ .fd = -1 };
}
