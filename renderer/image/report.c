/* What a job asks of the broker and tells it; the same for renderers and plugins. */
#include "renderer/image/job.h"

#include "ipc/schema/services.h"
#include "ipc/shm/surface.h"
#include "sandbox/base/cleanup.h"
#include "sandbox/layers/exit_status.h"

#include <errno.h>
#include <string.h>

int brig_surface_ask(struct brig_client *client, const struct brig_canvas *wanted,
		     struct brig_canvas *ret, uint32_t *ret_surface,
		     struct brig_decode_failure *failure)
{
	Brig__Ipc__SurfaceCreate create = BRIG__IPC__SURFACE_CREATE__INIT;
	const struct brig_request request = { BRIG_SERVICE_SURFACE, BRIG_SURFACE_CREATE,
					      &create.base, &brig__ipc__surface__descriptor };
	struct brig_answer answer;

	create.width = wanted->width;
	create.height = wanted->height;
	create.channels = wanted->channels;
	create.depth = wanted->depth;
	if (brig_client_call(client, &request, &answer) < 0)
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_CHANNEL, "no answer");
	brig_auto_fd int fd = answer.fd;
	if (answer.refused == EFBIG)
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_TOO_LARGE,
					"%u x %u pixels are over the limit", wanted->width,
					wanted->height);
	if (answer.refused)
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_NO_MEMORY,
					"no memory for pixels");
	const Brig__Ipc__Surface *surface = (const void *)answer.message;
	*ret = *wanted;
	ret->stride = (size_t)surface->stride;
	*ret_surface = surface->surface;
	const unsigned int flags = BRIG_MAP_WRITE | (surface->resident ? BRIG_MAP_RESIDENT : 0);
	if (brig_surface_map(fd, (size_t)surface->size, flags, &ret->pixels) < 0)
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_NO_MEMORY, "no room for pixels");
	return 0;
}

int brig_job_failed(struct brig_client *client, uint32_t format,
		    const struct brig_decode_failure *failure)
{
	Brig__Ipc__DecodeFailed failed = BRIG__IPC__DECODE_FAILED__INIT;

	failed.reason = (uint32_t)failure->error;
	failed.format = format;
	failed.text.data = (uint8_t *)(uintptr_t)failure->text;
	failed.text.len = strnlen(failure->text, BRIG_TEXT_MAX);
	return brig_client_event(client, BRIG_SERVICE_DECODE, BRIG_DECODE_FAILED, &failed.base);
}

int brig_job_finished(struct brig_client *client, uint32_t format, uint32_t surface,
		      uint32_t *broken, size_t n_broken)
{
	Brig__Ipc__DecodeFinished finished = BRIG__IPC__DECODE_FINISHED__INIT;

	finished.surface = surface;
	finished.format = format;
	finished.broken = broken;
	finished.n_broken = n_broken;
	return brig_client_event(client, BRIG_SERVICE_DECODE, BRIG_DECODE_FINISHED, &finished.base);
}

int brig_job_status(const struct brig_decode_failure *failure, int told)
{
	if (told < 0 || failure->error == BRIG_DECODE_ERROR_CHANNEL)
		return BRIG_STATUS_LOST_BROKER;
	return BRIG_STATUS_CLEAN;
}
