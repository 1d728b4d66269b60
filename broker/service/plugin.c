/*
 * plugin.decode and codec.decode: the broker starts the plugin or codec, hands it a file that the
 * broker holds and a surface of its own, and lends the surface to the renderer when nobody can
 * write to it any more. It parses nothing of either.
 */
#include "broker/service/job.h"

#include "ipc/schema/services.h"
#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <string.h>

/* The same numbers on both sides: BRIG_DECODE_ERROR_… of the renderer. */
static uint32_t reason_for(enum brig_decode_status status)
{
	switch (status) {
	case BRIG_DECODE_TRUNCATED:
		return 2;
	case BRIG_DECODE_CORRUPT:
		return 3;
	case BRIG_DECODE_UNSUPPORTED:
		return 4;
	case BRIG_DECODE_NO_MEMORY:
		return 5;
	case BRIG_DECODE_TOO_MANY_PIXELS:
		return 6;
	default:
		return 0;
	}
}

/* To whichever of the two methods asked: they reply with the same. */
static void lend(struct brig_decode *job, const struct brig_request *call)
{
	Brig__Ipc__SurfaceMade made = BRIG__IPC__SURFACE_MADE__INIT;
	brig_auto_fd int fd = -1;

	brig_surface_drop(&job->lent);
	job->lent = job->plugin.surface;
	job->lent_bytes += job->lent.geometry.size;
	job->plugin.surface = (struct brig_job_surface){ .id = 0 };
	int r = brig_surface_lend(&job->lent, &made, &fd);
	if (r < 0)
		(void)brig_refuse(call, -r, 0);
	else
		r = brig_reply(call, call->method, &made, &fd, 1);
}

/* Its maker may be gone, but the memory of each stays as long as the renderer wants. */
static bool may_lend(struct brig_decode *job)
{
	const struct brig_job_side *plugin = &job->plugin;

	if (!plugin->finished || plugin->status != BRIG_DECODE_OK || !plugin->surface.id)
		return false;
	if (plugin->surface.geometry.size <= BRIG_JOB_LENT_MAX - job->lent_bytes)
		return true;
	job->plugin.status = BRIG_DECODE_NO_MEMORY;
	return false;
}

void brig_plugin_over(struct brig_decode *job)
{
	const struct brig_job_side *renderer = &job->renderer;
	const struct brig_request asked = job->asked;

	if (!asked.id)
		return;
	job->asked.id = 0;
	if (renderer->process && renderer->process->state == BRIG_STATE_LOCKED &&
	    !renderer->process->ending) {
		if (may_lend(job) && brig_buffer_seal(job->plugin.surface.buffer) == 0)
			lend(job, &asked);
		else
			(void)brig_refuse(&asked, EIO, reason_for(job->plugin.status));
	}
	brig_surface_drop(&job->plugin.surface);
}

int brig_plugin_time_ms(const struct brig_decode *job)
{
	uint64_t now_us = brig_now_us();
	uint64_t left_us = job->deadline_us > now_us ? job->deadline_us - now_us : 0;

	return (int)(left_us / 4 * 3 / 1000) + 1;
}

/*
 * A zygote that doesn't fork within it is ended. A plugin's is its own; a codec's is everybody's,
 * so a renderer must have no say in how long: its own end takes the codec along.
 */
static int launch_time_ms(const struct brig_decode *job, const struct brig_role *role)
{
	const int most = job->broker->launch_timeout_ms, ms = brig_plugin_time_ms(job);

	return role->launch == BRIG_LAUNCH_FORK || ms > most ? most : ms;
}

/* Once for each file: a process is too dear to be started for as long as a renderer asks. */
static bool first_time(struct brig_decode *job, uint32_t file)
{
	bool document = file == BRIG_FILE_DOCUMENT;
	bool again = document ? job->document_given : job->last_given == file;

	if (document)
		job->document_given = true;
	else
		job->last_given = file;
	return !again;
}

/* The document, or the file that was opened last: earlier ones are closed. */
static enum brig_bad_message check_file(struct brig_decode *job, uint32_t file)
{
	if (file != BRIG_FILE_DOCUMENT && (file != job->n_files || job->last_file < 0))
		return BRIG_BAD_HANDLE;
	return first_time(job, file) ? BRIG_BAD_NONE : BRIG_BAD_REQUESTS;
}

static int start(struct brig_job_side *side, const struct brig_request *call,
		 const struct brig_role *role, int plugin_fd, uint32_t file)
{
	struct brig_decode *job = side->job;
	const struct brig_launch_request request = { .role = role,
						     .plugin_fd = plugin_fd,
						     .offer = &brig_job_offer,
						     .timeout_ms = launch_time_ms(job, role),
						     .priority = job->priority };
	struct brig_decode *owner = job->plugin.job;

	job->plugin = (struct brig_job_side){ .job = owner, .started = true };
	int r = brig_process_launch(job->broker, &request, &brig_plugin_listener, &job->plugin,
				    &job->plugin.process);
	if (r < 0) {
		job->plugin.over = true;
		return r;
	}
	job->asked = *call;
	job->plugin_file = file;
	return 0;
}

int brig_plugin_decode_request(void *user, struct brig_request *call,
			       const Brig__Ipc__PluginDecode *decode)
{
	struct brig_job_side *side = user;
	const struct brig_plugin_file *plugin = brig_broker_plugin(
		side->job->broker, (const char *)decode->plugin.data, decode->plugin.len);
	const enum brig_bad_message bad = check_file(side->job, decode->file);

	if (bad)
		return (int)bad;
	if (!plugin)
		return -ENOENT;
	return start(side, call, &brig_role_plugin, plugin->fd, decode->file);
}

int brig_codec_decode_request(void *user, struct brig_request *call,
			      const Brig__Ipc__CodecDecode *decode)
{
	struct brig_job_side *side = user;
	const enum brig_bad_message bad = check_file(side->job, decode->file);

	if (bad)
		return (int)bad;
	side->job->fit_width = decode->width;
	side->job->fit_height = decode->height;
	return start(side, call, &brig_role_codec, -1, decode->file);
}
