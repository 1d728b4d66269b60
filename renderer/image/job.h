/* renderer/image/job.h - what renderers and codecs do: one document, onto one surface. */
#ifndef RENDERER_IMAGE_JOB_H
#define RENDERER_IMAGE_JOB_H

#include "renderer/image/decoder.h"
#include "renderer/runtime/client.h"

/* Returns the exit status. */
int brig_renderer_run(struct brig_client *client);
int brig_codec_run(struct brig_client *client);

/* A surface from the broker, mapped for writing; *ret_surface is the broker's number for it. */
int brig_surface_ask(struct brig_client *client, const struct brig_canvas *wanted,
		     struct brig_canvas *ret, uint32_t *ret_surface,
		     struct brig_decode_failure *failure);

/* Tell the broker how the job ended. 0 or -EPIPE. */
int brig_tell_failed(struct brig_client *client, uint32_t format,
		     const struct brig_decode_failure *failure);
int brig_tell_finished(struct brig_client *client, uint32_t format, uint32_t surface,
		       uint32_t *broken, size_t n_broken);

/* The exit status that fits a failure. */
int brig_job_status(const struct brig_decode_failure *failure, int told);

#endif
