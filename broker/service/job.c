/* A job's life: open → launch → decode → the child is dead → the pixels can't change → told. */
#include "broker/service/job.h"

#include "broker/capability/grant.h"
#include "ipc/schema/format.h"
#include "ipc/schema/services.h"
#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <string.h>

void brig_quote(char *ret, size_t size, const uint8_t *bytes, size_t n)
{
	size_t i = 0;

	for (; i < n && i + 1 < size; i++)
		ret[i] = (char)(bytes[i] >= 0x20 && bytes[i] < 0x7f ? bytes[i] : '?');
	ret[i] = '\0';
}

/* What a child may claim of its input; index: BRIG_DECODE_ERROR_…, checked before. */
static const enum brig_decode_status claims[] = {
	BRIG_DECODE_CORRUPT,         BRIG_DECODE_NOT_AN_IMAGE, BRIG_DECODE_TRUNCATED,
	BRIG_DECODE_CORRUPT,         BRIG_DECODE_UNSUPPORTED,  BRIG_DECODE_NO_MEMORY,
	BRIG_DECODE_TOO_MANY_PIXELS, BRIG_DECODE_CHILD_DIED,
};

int brig_job_failed_event(void *user, struct brig_request *call, const Brig__Ipc__JobFailed *failed)
{
	struct brig_job_side *side = user;
	(void)call;

	side->finished = true;
	side->status = claims[failed->reason];
	side->format = (uint32_t)failed->format;
	brig_quote(side->text, sizeof side->text, failed->text.data, failed->text.len);
	brig_process_enter(side->process, BRIG_STATE_DRAINING);
	return 0;
}

int brig_job_finished_event(void *user, struct brig_request *call,
			    const Brig__Ipc__JobFinished *finished)
{
	struct brig_job_side *side = user;
	struct brig_decode *job = side->job;
	bool own = side->surface.id && finished->surface == side->surface.id;
	bool lent = side == &job->renderer && job->lent.id && finished->surface == job->lent.id;
	(void)call;

	if (!own && !lent)
		return BRIG_BAD_HANDLE;
	for (size_t i = 0; i < finished->n_broken; i++) {
		uint32_t file = finished->broken[i];

		if (side != &job->renderer || file < 1 || file > job->n_files)
			return BRIG_BAD_HANDLE;
		if (!job->files[file - 1].why)
			job->files[file - 1].why = "could not be decoded";
	}
	if (lent) { /* what the plugin made is the document */
		brig_surface_drop(&side->surface);
		side->surface = job->lent;
		job->lent = (struct brig_job_surface){ .id = 0 };
	}
	side->finished = true;
	side->status = BRIG_DECODE_OK;
	side->format = (uint32_t)finished->format;
	brig_process_enter(side->process, BRIG_STATE_DRAINING);
	return 0;
}

/* The renderer's time is the document's; a plugin's is a part of it. */
static int time_ms(const struct brig_job_side *side)
{
	struct brig_decode *job = side->job;

	if (side == &job->plugin)
		return brig_plugin_time_ms(job);
	job->deadline_us = brig_now_us() + (uint64_t)job->timeout_ms * 1000;
	return job->timeout_ms;
}

void brig_job_begin(struct brig_job_side *side, int fd)
{
	Brig__Ipc__JobStart start = BRIG__IPC__JOB_START__INIT;

	start.max_pixels = side->job->max_pixels;
	start.max_bytes = side->job->max_bytes;
	if (side->process->role == &brig_role_codec) {
		start.fit_width = side->job->fit_width;
		start.fit_height = side->job->fit_height;
	}
	brig_process_enter(side->process, BRIG_STATE_LOCKED);
	if (brig_process_deadline(side->process, time_ms(side)) < 0)
		brig_process_kill(side->process, BRIG_EXIT_POLICY_KILL, 0);
	(void)brig_job_start(&side->process->peer, &start, fd); /* what fails ends the process */
}

static void renderer_ready(void *user, struct brig_process *process)
{
	struct brig_job_side *side = user;

	side->process = process;
	brig_job_begin(side, side->job->fd);
}

static void take_violation(struct brig_decode *job, struct brig_process *process)
{
	if (job->violation)
		return;
	job->violation = process->violation;
	process->violation = NULL;
}

static void side_over(struct brig_job_side *side, const struct brig_exit *exit)
{
	side->process = NULL;
	side->over = true;
	side->exit = *exit;
	/* Unknown is no accusation: its pixels are checked and sealed as those of a clean end. */
	if (side->finished &&
	    (exit->class_ == BRIG_EXIT_CLEAN || exit->class_ == BRIG_EXIT_UNKNOWN))
		return;
	if (side->status != BRIG_DECODE_CANCELLED)
		side->status = exit->level == BRIG_LEVEL_NONE ? BRIG_DECODE_LAUNCH_FAILED
							      : BRIG_DECODE_CHILD_DIED;
}

static int launch_renderer(struct brig_decode *job)
{
	const struct brig_launch_request request = { .role = &brig_role_renderer,
						     .plugin_fd = -1,
						     .offer = &brig_job_offer,
						     .timeout_ms = job->broker->launch_timeout_ms,
						     .priority = job->priority };

	job->renderer.started = true;
	job->renderer.over = false;
	return brig_process_launch(job->broker, &request, &brig_renderer_listener, &job->renderer,
				   &job->renderer.process);
}

static void renderer_exited(void *user, struct brig_process *process, const struct brig_exit *exit)
{
	struct brig_job_side *side = user;
	struct brig_decode *job = side->job;
	bool lost = exit->class_ == BRIG_EXIT_LAUNCH_FAILED && exit->stage == BRIG_STAGE_ZYGOTE;

	take_violation(job, process);
	side->process = NULL;
	/* Nothing was sent to it, so asking the next zygote loses and repeats nothing. */
	if (lost && job->retries < BRIG_JOB_RETRIES_MAX && !job->cancelled &&
	    !job->broker->closing) {
		job->retries++;
		if (launch_renderer(job) == 0)
			return;
	}
	side_over(side, exit);
	if (job->plugin.process)
		brig_process_kill(job->plugin.process, BRIG_EXIT_POLICY_KILL, 0);
	brig_job_step(job);
}

const struct brig_process_listener brig_renderer_listener = { renderer_ready, renderer_exited };

static void plugin_ready(void *user, struct brig_process *process)
{
	struct brig_job_side *side = user;
	struct brig_decode *job = side->job;

	side->process = process;
	brig_job_begin(side, job->plugin_file == BRIG_FILE_DOCUMENT ? job->fd : job->last_file);
}

static void plugin_exited(void *user, struct brig_process *process, const struct brig_exit *exit)
{
	struct brig_job_side *side = user;

	take_violation(side->job, process);
	side_over(side, exit);
	brig_plugin_over(side->job);
	brig_job_step(side->job);
}

const struct brig_process_listener brig_plugin_listener = { plugin_ready, plugin_exited };

void brig_decode_cancel(struct brig_decode *job)
{
	job->cancelled = true;
	if (job->renderer.process)
		brig_process_kill(job->renderer.process, BRIG_EXIT_POLICY_KILL, 0);
	if (job->plugin.process)
		brig_process_kill(job->plugin.process, BRIG_EXIT_POLICY_KILL, 0);
	brig_loop_wake(job->broker->loop);
}

void brig_job_opened(struct brig_decode *job)
{
	if (job->status == BRIG_DECODE_OK && !job->cancelled) {
		int r = launch_renderer(job);

		if (r < 0) {
			job->renderer.over = true;
			job->renderer.status = BRIG_DECODE_LAUNCH_FAILED;
			job->renderer.exit = (struct brig_exit){ .class_ = BRIG_EXIT_LAUNCH_FAILED,
								 .stage = BRIG_STAGE_SPAWN,
								 .error = -r,
								 .syscall = -1 };
		}
	}
	brig_job_step(job);
}
