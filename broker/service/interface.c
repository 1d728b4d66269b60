/* Everything that a sealed child can call: the attack surface, on one screen. */
#include "broker/service/job.h"

#include "ipc/gen/brig.pb-c.h"
#include "ipc/schema/format.h"
#include "ipc/schema/services.h"

#include <string.h>

static bool surface_create_valid(const ProtobufCMessage *message)
{
	const Brig__Ipc__SurfaceCreate *m = (const void *)message;

	return m->channels >= 1 && m->channels <= 4 && (m->depth == 8 || m->depth == 16);
}

static bool file_open_valid(const ProtobufCMessage *message)
{
	const Brig__Ipc__FileOpen *m = (const void *)message;

	return m->name.len >= 1 && m->name.len <= BRIG_FILE_NAME_MAX &&
	       !memchr(m->name.data, 0, m->name.len);
}

static bool plugin_decode_valid(const ProtobufCMessage *message)
{
	const Brig__Ipc__PluginDecode *m = (const void *)message;

	return m->plugin.len >= 1 && m->plugin.len <= BRIG_PLUGIN_NAME_MAX;
}

static bool codec_decode_valid(const ProtobufCMessage *message)
{
	const Brig__Ipc__CodecDecode *m = (const void *)message;

	return m->file != BRIG_FILE_DOCUMENT && m->width >= 1 && m->width <= BRIG_CELL_MAX &&
	       m->height >= 1 && m->height <= BRIG_CELL_MAX;
}

static bool decode_finished_valid(const ProtobufCMessage *message)
{
	const Brig__Ipc__DecodeFinished *m = (const void *)message;

	return m->format < BRIG_FORMAT_COUNT && m->n_broken <= BRIG_BROKEN_MAX;
}

static bool decode_failed_valid(const ProtobufCMessage *message)
{
	const Brig__Ipc__DecodeFailed *m = (const void *)message;

	return m->format < BRIG_FORMAT_COUNT && m->reason >= 1 && m->reason <= 7 &&
	       m->text.len <= BRIG_TEXT_MAX;
}

#define LOCKED BRIG_BIT(BRIG_STATE_LOCKED)

static const struct brig_method methods[] = {
	{ .name = "surface.create",
	  .service = BRIG_SERVICE_SURFACE,
	  .method = BRIG_SURFACE_CREATE,
	  .kind = BRIG_KIND_REQUEST,
	  .states = LOCKED,
	  .max_bytes = 32,
	  .max_elements = 4,
	  .message = &brig__ipc__surface_create__descriptor,
	  .valid = surface_create_valid,
	  .handle = brig_surface_create_request },
	{ .name = "files.open",
	  .service = BRIG_SERVICE_FILES,
	  .method = BRIG_FILES_OPEN,
	  .kind = BRIG_KIND_REQUEST,
	  .states = LOCKED,
	  .max_bytes = 264,
	  .max_elements = 1,
	  .message = &brig__ipc__file_open__descriptor,
	  .valid = file_open_valid,
	  .handle = brig_files_open_request },
	{ .name = "plugin.decode",
	  .service = BRIG_SERVICE_PLUGIN,
	  .method = BRIG_PLUGIN_DECODE,
	  .kind = BRIG_KIND_REQUEST,
	  .states = LOCKED,
	  .max_bytes = 48,
	  .max_elements = 2,
	  .message = &brig__ipc__plugin_decode__descriptor,
	  .valid = plugin_decode_valid,
	  .handle = brig_plugin_decode_request },
	{ .name = "codec.decode",
	  .service = BRIG_SERVICE_CODEC,
	  .method = BRIG_CODEC_DECODE,
	  .kind = BRIG_KIND_REQUEST,
	  .states = LOCKED,
	  .max_bytes = 24,
	  .max_elements = 3,
	  .message = &brig__ipc__codec_decode__descriptor,
	  .valid = codec_decode_valid,
	  .handle = brig_codec_decode_request },
	{ .name = "decode.finished",
	  .service = BRIG_SERVICE_DECODE,
	  .method = BRIG_DECODE_FINISHED,
	  .kind = BRIG_KIND_EVENT,
	  .states = LOCKED,
	  .max_bytes = 24576,
	  .max_elements = 4100,
	  .message = &brig__ipc__decode_finished__descriptor,
	  .valid = decode_finished_valid,
	  .handle = brig_decode_finished_event },
	{ .name = "decode.failed",
	  .service = BRIG_SERVICE_DECODE,
	  .method = BRIG_DECODE_FAILED,
	  .kind = BRIG_KIND_EVENT,
	  .states = LOCKED,
	  .max_bytes = 256,
	  .max_elements = 3,
	  .message = &brig__ipc__decode_failed__descriptor,
	  .valid = decode_failed_valid,
	  .handle = brig_decode_failed_event },
};

/* Ids only rise, so that none is used twice; an event has none. */
static enum brig_bad_message check_id(struct brig_process *process, const struct brig_frame *frame)
{
	if (frame->kind == BRIG_KIND_EVENT)
		return frame->id ? BRIG_BAD_ID : BRIG_BAD_NONE;
	if (frame->kind != BRIG_KIND_REQUEST)
		return BRIG_BAD_KIND;
	if (frame->id <= process->last_id)
		return BRIG_BAD_ID;
	/* A child is synchronous: it has one request in flight. */
	if (process->in_flight)
		return BRIG_BAD_IN_FLIGHT;
	/* What lies unread holds memory, and descriptors that count for the whole user. */
	if (brig_channel_unread(&process->channel))
		return BRIG_BAD_SLOW_READER;
	process->last_id = frame->id;
	process->in_flight++;
	return BRIG_BAD_NONE;
}

enum brig_bad_message brig_job_message(void *user, struct brig_process *process,
				       const struct brig_frame *frame, const uint8_t *payload)
{
	static const struct brig_interface interface = { methods,
							 sizeof methods / sizeof *methods };
	const struct brig_dispatch dispatch = { user, process->role->interfaces,
						(uint32_t)process->state, &process->broker->arena };
	enum brig_bad_message bad = check_id(process, frame);

	return bad ? bad : brig_dispatch_run(&interface, &dispatch, frame, payload);
}

void brig_reply(struct brig_job_side *side, const struct brig_frame *request,
		const ProtobufCMessage *message, const int *fds, size_t n_fds)
{
	const struct brig_frame frame = { .kind = BRIG_KIND_REPLY,
					  .service = request->service,
					  .method = request->method,
					  .id = request->id };

	side->process->in_flight = 0;
	brig_process_send(side->process, &frame, message, fds, n_fds);
}

void brig_refuse(struct brig_job_side *side, const struct brig_frame *request, int error,
		 uint32_t reason)
{
	const struct brig_frame frame = { .kind = BRIG_KIND_ERROR,
					  .service = request->service,
					  .method = request->method,
					  .id = request->id };
	Brig__Ipc__Refusal refusal = BRIG__IPC__REFUSAL__INIT;

	refusal.error = (uint32_t)error;
	refusal.reason = reason;
	side->process->in_flight = 0;
	brig_process_send(side->process, &frame, &refusal.base, NULL, 0);
}
