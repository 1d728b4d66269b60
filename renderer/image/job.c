#include "renderer/image/job.h"

#include "ipc/schema/format.h"
#include "ipc/schema/services.brig.h"
#include "ipc/schema/services.h"
#include "ipc/shm/surface.h"
#include "renderer/image/sheet.h"
#include "sandbox/base/cleanup.h"
#include "sandbox/layers/exit_status.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

/* Has a plugin decode a file that the broker holds; the pixels come back on a sealed surface. */
static int ask_plugin(struct session *session, const char *plugin, uint32_t file,
		      struct brig_answer *ret, const Brig__Ipc__SurfaceMade **ret_surface,
		      struct brig_decode_failure *failure)
{
	Brig__Ipc__PluginDecode decode = BRIG__IPC__PLUGIN_DECODE__INIT;

	decode.file = file;
	decode.plugin.data = (uint8_t *)(uintptr_t)plugin;
	decode.plugin.len = strlen(plugin);
	if (brig_plugin_decode_sync(&session->client->peer, &decode, ret, ret_surface) < 0)
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_CHANNEL, "no answer");
	if (!ret->error)
		return 0;
	if (ret->reason > BRIG_DECODE_ERROR_NONE && ret->reason < BRIG_DECODE_ERROR_CHANNEL)
		return brig_decode_fail(failure, (enum brig_decode_error)ret->reason,
					"the plugin %s says so", plugin);
	return brig_decode_fail(failure, BRIG_DECODE_ERROR_UNSUPPORTED, "plugin %s: %s", plugin,
				ret->error == ENOENT ? "not installed" : "it died or was refused");
}

/* What another process made of a file: a surface that nobody can write to any more. */
static int map_lent(const struct brig_answer *answer, const Brig__Ipc__SurfaceMade *surface,
		    struct brig_canvas *ret)
{
	brig_auto_fd int fd = answer->fds[0];

	*ret = (struct brig_canvas){ NULL,
				     (size_t)surface->stride,
				     surface->width,
				     surface->height,
				     surface->channels,
				     (uint32_t)surface->depth };
	return brig_surface_map(fd, (size_t)surface->size, 0, &ret->pixels) < 0 ? -1 : 0;
}

static int plugin_picture(struct session *session, const char *plugin, uint32_t file,
			  struct brig_canvas *ret)
{
	const Brig__Ipc__SurfaceMade *surface;
	struct brig_decode_failure failure;
	struct brig_answer answer;

	if (ask_plugin(session, plugin, file, &answer, &surface, &failure) < 0)
		return -1;
	return map_lent(&answer, surface, ret);
}

static int codec_picture(struct session *session, uint32_t file, const struct brig_cell *cell,
			 struct brig_canvas *ret)
{
	Brig__Ipc__CodecDecode decode = BRIG__IPC__CODEC_DECODE__INIT;
	const Brig__Ipc__SurfaceMade *surface;
	struct brig_answer answer;

	decode.file = file;
	decode.width = cell->width;
	decode.height = cell->height;
	if (brig_codec_decode_sync(&session->client->peer, &decode, &answer, &surface) < 0 ||
	    answer.error)
		return -1;
	return map_lent(&answer, surface, ret);
}

/* Each picture of a sheet is decoded in a process of its own: one bad one doesn't see the others.
 */
static int opened_picture(struct session *session, uint32_t file, int fd,
			  const struct brig_cell *cell, struct brig_canvas *ret)
{
	uint8_t head[BRIG_SNIFF_BYTES];
	ssize_t n = pread(fd, head, sizeof head, 0);
	const struct brig_decoder *decoder = n > 0 ? brig_decoder_find(head, (size_t)n) : NULL;

	if (!decoder)
		return -1;
	return decoder->decode ? codec_picture(session, file, cell, ret)
			       : plugin_picture(session, decoder->plugin, file, ret);
}

static int sheet_picture(void *user, const char *name, size_t n, const struct brig_cell *cell,
			 struct brig_canvas *ret)
{
	struct session *session = user;
	Brig__Ipc__FileOpen open = BRIG__IPC__FILE_OPEN__INIT;
	const Brig__Ipc__FileOpened *opened;
	struct brig_answer answer;

	open.name.data = (uint8_t *)(uintptr_t)name;
	open.name.len = n;
	if (brig_files_open_sync(&session->client->peer, &open, &answer, &opened) < 0 ||
	    answer.error)
		return -1; /* the broker lists what it refused */
	brig_auto_fd int fd = answer.fds[0];
	const uint32_t file = opened->file;
	if (opened_picture(session, file, fd, cell, ret) == 0)
		return 0;
	if (!session->broken)
		session->broken = calloc(BRIG_BROKEN_MAX, sizeof *session->broken);
	if (session->broken && session->n_broken < BRIG_BROKEN_MAX)
		session->broken[session->n_broken++] = file;
	return -1;
}

static void sheet_release(void *user, struct brig_canvas *canvas)
{
	(void)user;
	(void)munmap(canvas->pixels, canvas->stride * canvas->height);
	canvas->pixels = NULL;
}

static int decode_document(struct session *session, struct brig_input *input, uint32_t *ret_format,
			   struct brig_decode_failure *failure)
{
	const struct brig_sink sink = { document_surface, session };
	const struct brig_sheet_source source = { sheet_picture, sheet_release, session };
	const Brig__Ipc__SurfaceMade *surface;
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
	if (ask_plugin(session, decoder->plugin, BRIG_FILE_DOCUMENT, &answer, &surface, failure) <
	    0)
		return -1;
	session->surface = surface->surface;
	brig_answer_close(&answer);
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
		told = brig_tell_failed(client, format, &failure);
	else
		told = brig_tell_finished(client, format, session.surface, session.broken,
					  session.n_broken);
	free(session.broken);
	brig_input_finish(&input);
	return brig_job_status(&failure, told);
}
