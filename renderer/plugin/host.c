#include "renderer/plugin/host.h"

#include "ipc/schema/format.h"
#include "renderer/image/job.h"
#include "sandbox/base/cleanup.h"
#include "sandbox/layers/exit_status.h"

#include <brig/plugin.h>

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>

/*
 * Where no root could be had, as its descriptor (renderer/runtime/main.c), and never by a name that
 * the system has; else in its root, which has no /proc.
 */
static const char *const paths[] = { "/proc/self/fd/4", "/plugin.so" };

struct session {
	struct brig_client *client;
	struct brig_job job;
	struct brig_input input;
	struct brig_canvas canvas;
	uint32_t surface;
	bool failed;
	struct brig_decode_failure failure;
};

/* The object stays loaded for the process's life, so its handle is looked up again, not kept. */
static const struct brig_plugin *loaded_plugin(int flags)
{
	const struct brig_plugin *(*entry)(void);
	void *object = NULL;

	for (size_t i = 0; !object && i < sizeof paths / sizeof *paths; i++)
		object = dlopen(paths[i], RTLD_NOW | RTLD_LOCAL | flags);
	if (!object)
		return NULL;
	*(void **)&entry = dlsym(object, "brig_plugin_entry");
	return entry ? entry() : NULL;
}

int brig_plugin_load(void *user)
{
	const struct brig_plugin *plugin = loaded_plugin(RTLD_NODELETE);
	(void)user;

	if (!plugin)
		return -ELIBBAD;
	return plugin->abi == BRIG_PLUGIN_ABI && plugin->size >= sizeof *plugin && plugin->decode
		       ? 0
		       : -ENOSYS;
}

static ssize_t host_read(void *user, void *buffer, size_t n)
{
	struct session *session = user;
	size_t got = brig_input_read(&session->input, buffer, n);

	return got == 0 && session->input.error ? -session->input.error : (ssize_t)got;
}

static void *host_surface(void *user, uint32_t width, uint32_t height, uint32_t channels,
			  uint32_t depth, size_t *ret_stride)
{
	struct session *session = user;
	const struct brig_canvas wanted = {
		.width = width, .height = height, .channels = channels, .depth = depth
	};

	if (session->canvas.pixels)
		return NULL; /* once */
	if (brig_surface_ask(session->client, &wanted, &session->canvas, &session->surface,
			     &session->failure) < 0) {
		session->failed = true;
		return NULL;
	}
	*ret_stride = session->canvas.stride;
	return session->canvas.pixels;
}

static void host_fail(void *user, enum brig_plugin_error why, const char *text)
{
	static const enum brig_decode_error errors[] = {
		[BRIG_PLUGIN_TRUNCATED] = BRIG_DECODE_ERROR_TRUNCATED,
		[BRIG_PLUGIN_CORRUPT] = BRIG_DECODE_ERROR_CORRUPT,
		[BRIG_PLUGIN_UNSUPPORTED] = BRIG_DECODE_ERROR_UNSUPPORTED,
		[BRIG_PLUGIN_NO_MEMORY] = BRIG_DECODE_ERROR_NO_MEMORY,
		[BRIG_PLUGIN_TOO_LARGE] = BRIG_DECODE_ERROR_TOO_LARGE,
	};
	struct session *session = user;
	bool known = why >= BRIG_PLUGIN_TRUNCATED && why <= BRIG_PLUGIN_TOO_LARGE;

	if (session->failed)
		return; /* the first reason is the cause */
	session->failed = true;
	(void)brig_decode_fail(&session->failure, known ? errors[why] : BRIG_DECODE_ERROR_CORRUPT,
			       "%s", text ? text : "");
}

static void decode(struct session *session, const struct brig_plugin *plugin)
{
	const struct brig_plugin_host host = { .abi = BRIG_PLUGIN_ABI,
					       .size = sizeof host,
					       .user = session,
					       .read = host_read,
					       .surface = host_surface,
					       .fail = host_fail };

	if (plugin->decode(&host) == 0 && session->canvas.pixels && !session->failed)
		return;
	host_fail(session, BRIG_PLUGIN_CORRUPT, "the plugin gave up without a reason");
}

int brig_plugin_run(struct brig_client *client)
{
	const struct brig_plugin *plugin = loaded_plugin(RTLD_NOLOAD);
	brig_auto_free struct session *session = plugin ? calloc(1, sizeof *session) : NULL;
	int told;

	if (!session)
		return BRIG_STATUS_OOM;
	session->client = client;
	if (brig_client_wait_job(client, &session->job) < 0)
		return BRIG_STATUS_LOST_BROKER;
	if (brig_input_init(&session->input, session->job.fd) < 0)
		return BRIG_STATUS_OOM;
	decode(session, plugin);
	if (session->failed)
		told = brig_tell_failed(client, BRIG_FORMAT_UNKNOWN, &session->failure);
	else
		told = brig_tell_finished(client, BRIG_FORMAT_UNKNOWN, session->surface, NULL, 0);
	return brig_job_status(&session->failure, told);
}
