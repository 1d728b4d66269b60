/* What a job asks of the broker and tells it; the same for renderers and plugins. */
#include "renderer/image/job.h"

#include "ipc/schema/services.brig.h"
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
	const Brig__Ipc__SurfaceMade *surface;
	struct brig_answer answer;

	create.width = wanted->width;
	create.height = wanted->height;
	create.channels = wanted->channels;
	create.depth = (Brig__Ipc__Depth)wanted->depth;
	const int r = brig_surface_create_sync(&client->peer, &create, &answer, &surface);
	if (r == -EINVAL)
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_UNSUPPORTED,
					"%u x %u pixels of %u channels, %u bits each",
					wanted->width, wanted->height, wanted->channels,
					wanted->depth);
	if (r < 0)
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_CHANNEL, "no answer");
	brig_auto_fd int fd = answer.fds[0];
	if (answer.error == EFBIG)
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_TOO_LARGE,
					"%u x %u pixels are over the limit", wanted->width,
					wanted->height);
	if (answer.error)
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_NO_MEMORY,
					"no memory for pixels");
	*ret = *wanted;
	ret->stride = (size_t)surface->stride;
	*ret_surface = surface->surface;
	const unsigned int flags = BRIG_MAP_WRITE | (surface->resident ? BRIG_MAP_RESIDENT : 0);
	if (brig_surface_map(fd, (size_t)surface->size, flags, &ret->pixels) < 0)
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_NO_MEMORY, "no room for pixels");
	return 0;
}

/* What a library says may quote the file, which is any bytes; returns its length. */
static size_t plain_text(char ret[BRIG_TEXT_MAX], const char *text)
{
	const size_t n = strnlen(text, BRIG_TEXT_MAX);

	for (size_t i = 0; i < n; i++)
		ret[i] = (char)(text[i] >= 0x20 && text[i] < 0x7f ? text[i] : '?');
	return n;
}

int brig_tell_failed(struct brig_client *client, uint32_t format,
		     const struct brig_decode_failure *failure)
{
	Brig__Ipc__JobFailed failed = BRIG__IPC__JOB_FAILED__INIT;
	char text[BRIG_TEXT_MAX];

	failed.reason = (uint32_t)failure->error;
	failed.format = (Brig__Ipc__Format)format;
	failed.text.data = (uint8_t *)text;
	failed.text.len = plain_text(text, failure->text);
	return brig_job_failed(&client->peer, &failed);
}

int brig_tell_finished(struct brig_client *client, uint32_t format, uint32_t surface,
		       uint32_t *broken, size_t n_broken)
{
	Brig__Ipc__JobFinished finished = BRIG__IPC__JOB_FINISHED__INIT;

	finished.surface = surface;
	finished.format = (Brig__Ipc__Format)format;
	finished.broken = broken;
	finished.n_broken = n_broken;
	return brig_job_finished(&client->peer, &finished);
}

int brig_job_status(const struct brig_decode_failure *failure, int told)
{
	if (told < 0 || failure->error == BRIG_DECODE_ERROR_CHANNEL)
		return BRIG_STATUS_LOST_BROKER;
	return BRIG_STATUS_CLEAN;
}
