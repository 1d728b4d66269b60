/* Enemies that lie about their pixels, want to change them when it is too late, or want others'. */
#include "ipc/schema/services.brig.h"
#include "ipc/schema/services.h"
#include "renderer/image/job.h"
#include "tests/support/hostile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SIDE 10u

/* A surface of 10 × 10 bytes, with its descriptor; 0 or -1. */
static int ask(struct brig_client *client, struct brig_answer *ret)
{
	Brig__Ipc__SurfaceCreate create = BRIG__IPC__SURFACE_CREATE__INIT;
	const Brig__Ipc__SurfaceMade *made;

	create.width = create.height = SIDE;
	create.channels = 1;
	create.depth = 8;
	return brig_surface_create_sync(&client->peer, &create, ret, &made) < 0 || ret->error ? -1
											      : 0;
}

static char *map(int fd, size_t size)
{
	char *pixels = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return pixels == MAP_FAILED ? NULL : pixels;
}

/* It asked for a hundred bytes and writes a mebibyte: there is no memory behind the first page. */
static int act_beyond(struct brig_client *client)
{
	const size_t size = 1u << 20;
	struct brig_answer answer;
	char *pixels = ask(client, &answer) == 0 ? map(answer.fds[0], size) : NULL;

	if (!pixels)
		return hostile_tell(client, "no surface");
	memset(pixels, 0xaa, size);
	return hostile_tell(client, "written");
}

static int act_resize(struct brig_client *client, long size)
{
	struct brig_answer answer;

	if (ask(client, &answer) < 0)
		return hostile_tell(client, "no surface");
	long r = syscall(SYS_ftruncate, answer.fds[0], size);
	return hostile_tell_error(client, r < 0 ? errno : 0, "resized");
}

static int act_shrink(struct brig_client *client)
{
	return act_resize(client, 1);
}

static int act_grow(struct brig_client *client)
{
	return act_resize(client, 1l << 40);
}

/* Says that it is done, and its own thread of writes goes on. */
static char *finish(struct brig_client *client)
{
	struct brig_answer answer;
	char *pixels = ask(client, &answer) == 0 ? map(answer.fds[0], SIDE * SIDE) : NULL;

	if (!pixels)
		return NULL;
	memset(pixels, 1, SIDE * SIDE);
	uint32_t surface = ((const Brig__Ipc__SurfaceMade *)answer.reply)->surface;
	return brig_tell_finished(client, 0, surface, NULL, 0) < 0 ? NULL : pixels;
}

static int act_write_on(struct brig_client *client)
{
	char *pixels = finish(client);

	if (!pixels)
		return hostile_tell(client, "not finished");
	for (char value = 0;; value++)
		memset(pixels, value, SIDE * SIDE);
}

static int act_write_last(struct brig_client *client)
{
	char *pixels = finish(client);

	if (!pixels)
		return hostile_tell(client, "not finished");
	memset(pixels, 2, SIDE * SIDE);
	return 0;
}

/* 3 MiB of pixels, enough to be recycled. */
static int ask_large(struct brig_client *client, struct brig_canvas *ret, uint32_t *ret_surface)
{
	const struct brig_canvas wanted = {
		.width = 1024, .height = 1024, .channels = 3, .depth = 8
	};
	struct brig_decode_failure failure = { 0 };

	return brig_surface_ask(client, &wanted, ret, ret_surface, &failure);
}

static int act_paint(struct brig_client *client)
{
	struct brig_canvas canvas;
	uint32_t surface;

	if (ask_large(client, &canvas, &surface) < 0)
		return hostile_tell(client, "no surface");
	memset(canvas.pixels, 0x5a, canvas.stride * canvas.height);
	return brig_tell_finished(client, 0, surface, NULL, 0) < 0 ? 64 : 0;
}

/* What did the one before leave there? Says so in the picture: 1 for anything but zero. */
static int act_peek(struct brig_client *client)
{
	struct brig_canvas canvas;
	uint32_t surface;
	uint8_t seen = 0;

	if (ask_large(client, &canvas, &surface) < 0)
		return hostile_tell(client, "no surface");
	for (size_t i = 0; i < canvas.stride * canvas.height; i++)
		seen |= canvas.pixels[i];
	canvas.pixels[0] = seen != 0;
	return brig_tell_finished(client, 0, surface, NULL, 0) < 0 ? 64 : 0;
}

static int open_file(struct brig_client *client, const char *name, struct brig_answer *ret)
{
	Brig__Ipc__FileOpen open = BRIG__IPC__FILE_OPEN__INIT;
	const Brig__Ipc__FileOpened *opened;

	open.name.data = (uint8_t *)(uintptr_t)name;
	open.name.len = strlen(name);
	return brig_files_open_sync(&client->peer, &open, ret, &opened);
}

/* A file beside the document, told in the one text that people see. */
static int act_steal(struct brig_client *client)
{
	struct brig_answer answer;
	char text[64] = { 0 };

	if (open_file(client, "secret", &answer) < 0)
		return 64;
	if (answer.error)
		return hostile_tell_error(client, answer.error, NULL);
	return pread(answer.fds[0], text, sizeof text - 1, 0) < 0 ? 64 : hostile_tell(client, text);
}

struct plugin_job {
	const char *file, *plugin;
	unsigned int times;
};

/* Opens the file and has the plugin decode it. 0, or -1 the broker has nothing to say any more. */
static int ask_plugin(struct brig_client *client, const struct plugin_job *job,
		      struct brig_answer *ret)
{
	Brig__Ipc__PluginDecode decode = BRIG__IPC__PLUGIN_DECODE__INIT;
	const Brig__Ipc__SurfaceMade *made;

	decode.plugin.data = (uint8_t *)(uintptr_t)job->plugin;
	decode.plugin.len = strlen(job->plugin);
	if (open_file(client, job->file, ret) < 0)
		return -1;
	if (ret->error)
		return 0;
	decode.file = ((const Brig__Ipc__FileOpened *)ret->reply)->file;
	brig_answer_close(ret);
	for (unsigned int i = 0; i < job->times; i++)
		if (brig_plugin_decode_sync(&client->peer, &decode, ret, &made) < 0)
			return -1;
	return 0;
}

/* A plugin's pixels are lent to be read: they were sealed before. */
static int act_lent(struct brig_client *client)
{
	const struct plugin_job job = { "a.ppm", "pnm", 1 };
	struct brig_answer answer;

	if (ask_plugin(client, &job, &answer) < 0 || answer.error)
		return hostile_tell(client, "not lent");
	errno = 0;
	return hostile_tell_error(client, map(answer.fds[0], 6) ? 0 : errno, "writable");
}

/* A process for each request, for as long as its time lasts. */
static int act_plugins(struct brig_client *client)
{
	const struct plugin_job job = { "a.ppm", "pnm", 2 };
	struct brig_answer answer;

	(void)ask_plugin(client, &job, &answer);
	return hostile_tell(client, "twice");
}

/* Keeps every surface that plugins make for it: memory that is in no process's account. */
static int act_keep(struct brig_client *client)
{
	const struct plugin_job job = { "largest.pgm", "hostile", 1 };
	struct brig_answer answer;
	char text[64];
	int kept = 0;

	for (int i = 0; i < 20; i++) { /* a file of its own each time: it is opened anew */
		if (ask_plugin(client, &job, &answer) < 0)
			return 64;
		kept += !answer.error;
	}
	(void)snprintf(text, sizeof text, "kept %d, then %s for %u", kept,
		       answer.error ? strerrorname_np(answer.error) : "none", answer.reason);
	return hostile_tell(client, text);
}

/* A column more than the cell of codecs_test has. */
static int act_wider(struct brig_client *client)
{
	const struct brig_canvas wanted = { .width = 5, .height = 1, .channels = 4, .depth = 8 };
	struct brig_decode_failure failure = { 0 };
	struct brig_canvas canvas;
	uint32_t surface;

	if (brig_surface_ask(client, &wanted, &canvas, &surface, &failure) < 0)
		return brig_job_status(&failure, brig_tell_failed(client, 0, &failure));
	return brig_tell_finished(client, 0, surface, NULL, 0);
}

static const struct hostile_act acts[] = {
	{ "paint", act_paint },       { "peek", act_peek },
	{ "steal", act_steal },       { "beyond", act_beyond },
	{ "shrink", act_shrink },     { "grow", act_grow },
	{ "write-on", act_write_on }, { "write-last", act_write_last },
	{ "lent", act_lent },         { "plugins", act_plugins },
	{ "keep", act_keep },         { "wider", act_wider },
};

const struct hostile_acts hostile_surface_acts = { acts, sizeof acts / sizeof *acts };
