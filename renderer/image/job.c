#include "renderer/image/job.h"

#include "ipc/schema/format.h"
#include "ipc/schema/services.h"
#include "ipc/shm/surface.h"
#include "renderer/image/sheet.h"
#include "sandbox/base/cleanup.h"
#include "sandbox/layers/exit_status.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

struct session {
	struct brig_client *client;
	struct brig_job job;
	uint32_t surface; /* the one that the document ends up on */
	size_t n_broken;
	uint32_t *broken; /* owned; made when the first is broken */
};

static int document_surface(void *user, uint32_t width, uint32_t height, uint32_t channels,
			    uint32_t depth, struct brig_canvas *ret,
			    struct brig_decode_failure *failure)
{
	struct session *session = user;
	const struct brig_canvas wanted = {
		.width = width, .height = height, .channels = channels, .depth = depth
	};

	return brig_surface_ask(session->client, &wanted, ret, &session->surface, failure);
}

/* A picture within a sheet: its pixels are the renderer's own affair, so they lie on its heap. */
static int heap_surface(void *user, uint32_t width, uint32_t height, uint32_t channels,
			uint32_t depth, struct brig_canvas *ret,
			struct brig_decode_failure *failure)
{
	const struct session *session = user;
	struct brig_geometry geometry = {
		.width = width, .height = height, .channels = channels, .depth = depth
	};

	if (!brig_geometry_fill(&geometry, session->job.max_pixels))
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_TOO_LARGE, "over the limit");
	uint8_t *pixels = calloc(1, geometry.size);
	if (!pixels)
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_NO_MEMORY, "no memory");
	*ret = (struct brig_canvas){ pixels, geometry.stride, width, height, channels, depth };
	return 0;
}

/* Has a plugin decode a file that the broker holds; the pixels come back on a sealed surface. */
static int ask_plugin(struct session *session, const char *plugin, uint32_t file,
		      struct brig_answer *ret, struct brig_decode_failure *failure)
{
	Brig__Ipc__PluginDecode decode = BRIG__IPC__PLUGIN_DECODE__INIT;
	const struct brig_request request = { BRIG_SERVICE_PLUGIN, BRIG_PLUGIN_DECODE, &decode.base,
					      &brig__ipc__surface__descriptor };

	decode.file = file;
	decode.plugin.data = (uint8_t *)(uintptr_t)plugin;
	decode.plugin.len = strlen(plugin);
	if (brig_client_call(session->client, &request, ret) < 0)
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_CHANNEL, "no answer");
	if (!ret->refused)
		return 0;
	if (ret->reason > BRIG_DECODE_ERROR_NONE && ret->reason < BRIG_DECODE_ERROR_CHANNEL)
		return brig_decode_fail(failure, (enum brig_decode_error)ret->reason,
					"the plugin %s says so", plugin);
	return brig_decode_fail(failure, BRIG_DECODE_ERROR_UNSUPPORTED, "plugin %s: %s", plugin,
				ret->refused == ENOENT ? "not installed"
						       : "it died or was refused");
}

static int plugin_picture(struct session *session, const char *plugin, uint32_t file,
			  struct brig_canvas *ret)
{
	struct brig_decode_failure failure;
	struct brig_answer answer;

	if (ask_plugin(session, plugin, file, &answer, &failure) < 0)
		return -1;
	brig_auto_fd int fd = answer.fd;
	const Brig__Ipc__Surface *surface = (const void *)answer.message;
	*ret = (struct brig_canvas){ NULL,
				     (size_t)surface->stride,
				     surface->width,
				     surface->height,
				     surface->channels,
				     surface->depth };
	return brig_surface_map(fd, (size_t)surface->size, 0, &ret->pixels) < 0 ? -1 : 0;
}

static int decode_opened(struct session *session, uint32_t file, int fd, struct brig_canvas *ret)
{
	const struct brig_sink sink = { heap_surface, session };
	struct brig_decode_failure failure = { 0 };
	struct brig_input input;
	const uint8_t *head;
	int r = -1;

	if (brig_input_init(&input, fd) == 0) {
		size_t n = brig_input_fill(&input, BRIG_SNIFF_BYTES, &head);
		const struct brig_decoder *decoder = brig_decoder_find(head, n);

		if (decoder && decoder->decode)
			r = decoder->decode(&input, &sink, ret, &failure);
		else if (decoder)
			r = plugin_picture(session, decoder->plugin, file, ret);
	}
	brig_input_finish(&input);
	return r;
}

static int sheet_picture(void *user, const char *name, size_t n, struct brig_canvas *ret)
{
	struct session *session = user;
	Brig__Ipc__FileOpen open = BRIG__IPC__FILE_OPEN__INIT;
	const struct brig_request request = { BRIG_SERVICE_FILES, BRIG_FILES_OPEN, &open.base,
					      &brig__ipc__file__descriptor };
	struct brig_answer answer;

	open.name.data = (uint8_t *)(uintptr_t)name;
	open.name.len = n;
	if (brig_client_call(session->client, &request, &answer) < 0 || answer.refused)
		return -1; /* the broker lists what it refused */
	brig_auto_fd int fd = answer.fd;
	uint32_t file = ((const Brig__Ipc__File *)answer.message)->file;
	*ret = (struct brig_canvas){ 0 };
	if (decode_opened(session, file, fd, ret) == 0)
		return 0;
	free(ret->pixels);
	if (!session->broken)
		session->broken = calloc(BRIG_BROKEN_MAX, sizeof *session->broken);
	if (session->broken && session->n_broken < BRIG_BROKEN_MAX)
		session->broken[session->n_broken++] = file;
	return -1;
}

/* Heap and mapping look alike from here; the process ends soon, and its memory with it. */
static void sheet_release(void *user, struct brig_canvas *canvas)
{
	(void)user;
	canvas->pixels = NULL;
}

static int decode_document(struct session *session, struct brig_input *input, uint32_t *ret_format,
			   struct brig_decode_failure *failure)
{
	const struct brig_sink sink = { document_surface, session };
	const struct brig_sheet_source source = { sheet_picture, sheet_release, session };
	struct brig_canvas canvas;
	struct brig_answer answer;
	const uint8_t *head;
	size_t n = brig_input_fill(input, BRIG_SNIFF_BYTES, &head);

	if (brig_sheet_match(head, n)) {
		*ret_format = BRIG_FORMAT_SHEET;
		return brig_sheet_compose(input, &source, &sink, &canvas, failure);
	}
	const struct brig_decoder *decoder = brig_decoder_find(head, n);
	if (!decoder)
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_NOT_AN_IMAGE,
					"its first bytes match none");
	*ret_format = brig_format_find(decoder->name);
	if (decoder->decode)
		return decoder->decode(input, &sink, &canvas, failure);
	if (ask_plugin(session, decoder->plugin, BRIG_FILE_DOCUMENT, &answer, failure) < 0)
		return -1;
	brig_close_fd(&answer.fd);
	session->surface = ((const Brig__Ipc__Surface *)answer.message)->surface;
	return 0;
}

int brig_renderer_run(struct brig_client *client)
{
	struct session session = { .client = client };
	struct brig_decode_failure failure = { 0 };
	struct brig_input input;
	uint32_t format = BRIG_FORMAT_UNKNOWN;
	int told;

	/* First of all: until it waits, it keeps the broker that attests it from the CPU. */
	if (brig_client_wait_job(client, &session.job) < 0)
		return BRIG_STATUS_LOST_BROKER;
	if (brig_input_init(&input, session.job.fd) < 0)
		return BRIG_STATUS_OOM;
	if (decode_document(&session, &input, &format, &failure) < 0)
		told = brig_job_failed(client, format, &failure);
	else
		told = brig_job_finished(client, format, session.surface, session.broken,
					 session.n_broken);
	free(session.broken);
	brig_input_finish(&input);
	return brig_job_status(&failure, told);
}
