/* The public face of jobs: include/brig/decode.h. */
#include "broker/service/job.h"

#include "broker/capability/grant.h"
#include "ipc/schema/format.h"
#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define REQUEST_OLDEST offsetof(struct brig_decode_request, priority)

static const char *const status_names[BRIG_DECODE_STATUS_COUNT] = {
	[BRIG_DECODE_OK] = "ok",
	[BRIG_DECODE_CANNOT_OPEN] = "cannot_open",
	[BRIG_DECODE_NOT_REGULAR] = "not_regular",
	[BRIG_DECODE_EMPTY] = "empty",
	[BRIG_DECODE_TOO_MANY_BYTES] = "too_many_bytes",
	[BRIG_DECODE_TOO_MANY_PIXELS] = "too_many_pixels",
	[BRIG_DECODE_NOT_AN_IMAGE] = "not_an_image",
	[BRIG_DECODE_TRUNCATED] = "truncated",
	[BRIG_DECODE_CORRUPT] = "corrupt",
	[BRIG_DECODE_UNSUPPORTED] = "unsupported",
	[BRIG_DECODE_NO_MEMORY] = "no_memory",
	[BRIG_DECODE_CHILD_DIED] = "child_died",
	[BRIG_DECODE_LAUNCH_FAILED] = "launch_failed",
	[BRIG_DECODE_CANCELLED] = "cancelled",
};

static const char *const status_texts[BRIG_DECODE_STATUS_COUNT] = {
	[BRIG_DECODE_OK] = "decoded",
	[BRIG_DECODE_CANNOT_OPEN] = "can't be opened",
	[BRIG_DECODE_NOT_REGULAR] = "not a regular file",
	[BRIG_DECODE_EMPTY] = "the file is empty",
	[BRIG_DECODE_TOO_MANY_BYTES] = "the file is larger than the limit on bytes",
	[BRIG_DECODE_TOO_MANY_PIXELS] = "the image is larger than the limit on pixels",
	[BRIG_DECODE_NOT_AN_IMAGE] = "not an image of a known format",
	[BRIG_DECODE_TRUNCATED] = "the file ends too early",
	[BRIG_DECODE_CORRUPT] = "the file is corrupt",
	[BRIG_DECODE_UNSUPPORTED] = "the format's variant is not supported",
	[BRIG_DECODE_NO_MEMORY] = "decoding needs more memory than is allowed",
	[BRIG_DECODE_CHILD_DIED] = "the renderer ended before it was done",
	[BRIG_DECODE_LAUNCH_FAILED] = "no sandbox could be had",
	[BRIG_DECODE_CANCELLED] = "cancelled",
};

const char *brig_decode_status_name(enum brig_decode_status status)
{
	return (unsigned int)status < BRIG_DECODE_STATUS_COUNT ? status_names[status] : "?";
}

static void job_free(struct brig_decode *job)
{
	for (size_t i = 0; i < job->n_files; i++)
		free(job->files[i].name);
	free(job->files);
	brig_surface_drop(&job->renderer.surface);
	brig_surface_drop(&job->plugin.surface);
	brig_surface_drop(&job->lent);
	brig_close_fd(&job->fd);
	brig_close_fd(&job->grant_dir);
	brig_close_fd(&job->last_file);
	free(job->path);
	free(job->violation);
	free(job);
}

/* The renderer can only say that it got nothing; why, the broker has seen. */
static bool plugin_died(const struct brig_decode *job)
{
	return job->document_given && job->plugin.over && job->renderer.finished &&
	       (job->plugin.status == BRIG_DECODE_CHILD_DIED ||
		job->plugin.status == BRIG_DECODE_LAUNCH_FAILED);
}

static enum brig_decode_status final_status(const struct brig_decode *job)
{
	if (job->cancelled)
		return BRIG_DECODE_CANCELLED;
	if (job->status != BRIG_DECODE_OK)
		return job->status;
	if (job->renderer.status == BRIG_DECODE_UNSUPPORTED && plugin_died(job))
		return BRIG_DECODE_CHILD_DIED;
	return job->renderer.status;
}

static void write_message(const struct brig_decode *job, enum brig_decode_status status, char *ret,
			  size_t size)
{
	char ended[200];

	if (status == BRIG_DECODE_CANNOT_OPEN) {
		(void)snprintf(ret, size, "%s: %s", status_texts[status], strerror(job->error));
	} else if (status == BRIG_DECODE_CHILD_DIED && status != job->renderer.status) {
		(void)brig_exit_describe(&job->plugin.exit, ended, sizeof ended);
		(void)snprintf(ret, size, "the plugin ended before it was done: it %s", ended);
	} else if (status == BRIG_DECODE_CHILD_DIED || status == BRIG_DECODE_LAUNCH_FAILED) {
		(void)brig_exit_describe(&job->renderer.exit, ended, sizeof ended);
		(void)snprintf(ret, size, "%s: it %s", status_texts[status], ended);
	} else if (job->renderer.text[0] && status != BRIG_DECODE_OK) {
		(void)snprintf(ret, size, "%s (%s)", status_texts[status], job->renderer.text);
	} else {
		(void)snprintf(ret, size, "%s", status_texts[status]);
	}
}

static size_t list_refusals(const struct brig_decode *job, struct brig_decode_refusal *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < job->n_files; i++)
		if (job->files[i].why)
			ret[n++] =
				(struct brig_decode_refusal){ job->files[i].name, job->files[i].why,
							      job->files[i].error };
	return n;
}

/* Every process that could write to the surface is dead; the kernel confirms it. */
static enum brig_decode_status make_image(struct brig_decode *job, struct brig_image **ret)
{
	struct brig_job_surface *surface = &job->renderer.surface;
	int r = brig_buffer_rest(surface->buffer);

	if (!r)
		r = brig_image_create(surface->buffer, &surface->geometry, ret);
	if (!r)
		surface->buffer = NULL; /* it is the image's */
	return r ? BRIG_DECODE_NO_MEMORY : BRIG_DECODE_OK;
}

static void tell(struct brig_decode *job)
{
	brig_auto_free struct brig_decode_refusal *refusals =
		calloc(job->n_files + 1, sizeof *refusals);
	struct brig_image *image = NULL;
	enum brig_decode_status status = final_status(job);
	char message[512];

	if (status == BRIG_DECODE_OK)
		status = make_image(job, &image);
	write_message(job, status, message, sizeof message);
	const struct brig_decode_result result = {
		.status = status,
		.error = job->error,
		.message = message,
		.format = brig_format_name(job->renderer.format),
		.image = image,
		.refusals = refusals,
		.n_refusals = refusals ? list_refusals(job, refusals) : 0,
		.exit = job->renderer.started ? &job->renderer.exit : NULL,
		.plugin_exit = job->plugin.started ? &job->plugin.exit : NULL,
		.elapsed_us = brig_now_us() - job->started_us,
		.violation = job->violation,
	};
	job->on_done(job->user, &result);
	brig_image_unref(image);
}

/* What is no sheet needs no other file: a picture beside private files may not ask for them. */
static bool is_sheet(int fd)
{
	char head[sizeof BRIG_SHEET_MAGIC - 1];

	return pread(fd, head, sizeof head, 0) == (ssize_t)sizeof head &&
	       !memcmp(head, BRIG_SHEET_MAGIC, sizeof head);
}

static void open_work(void *user)
{
	struct brig_decode *job = user;

	if (job->path) {
		int fd = brig_document_open(job->path);

		if (fd < 0) {
			job->error = -fd;
			job->status = fd == -EISDIR || fd == -EINVAL ? BRIG_DECODE_NOT_REGULAR
								     : BRIG_DECODE_CANNOT_OPEN;
			return;
		}
		job->fd = fd;
	}
	if (job->path && job->grant_dir < 0 && is_sheet(job->fd)) {
		char *slash = strrchr(job->path, '/');

		if (slash)
			slash[slash == job->path] = '\0';
		job->grant_dir = open(slash ? job->path : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	struct stat st;
	if (fstat(job->fd, &st) < 0)
		job->status = BRIG_DECODE_CANNOT_OPEN, job->error = errno;
	else if (!S_ISREG(st.st_mode))
		job->status = BRIG_DECODE_NOT_REGULAR;
	else if (st.st_size == 0)
		job->status = BRIG_DECODE_EMPTY;
	else if ((uint64_t)st.st_size > job->max_bytes)
		job->status = BRIG_DECODE_TOO_MANY_BYTES;
}

static void open_done(void *user)
{
	struct brig_decode *job = user;

	job->working--;
	brig_job_opened(job);
}

static void activate(struct brig_decode *job)
{
	job->active = true;
	job->broker->active_jobs++;
	int r = job->cancelled ? -ECANCELED
			       : brig_workers_add(job->broker->workers, open_work, open_done, job);
	if (!r) {
		job->working++;
		return;
	}
	job->status = r == -ECANCELED ? BRIG_DECODE_CANCELLED : BRIG_DECODE_NO_MEMORY;
}

static struct brig_decode *next_waiting(struct brig_broker *broker)
{
	for (struct brig_decode *job = broker->jobs; job; job = job->next)
		if (!job->active)
			return job;
	return NULL;
}

static bool still_runs(const struct brig_decode *job)
{
	bool unopened = job->status == BRIG_DECODE_OK && !job->cancelled && !job->renderer.over;

	return job->working || job->renderer.process || job->plugin.process || unopened;
}

void brig_job_step(struct brig_decode *job)
{
	struct brig_broker *broker = job->broker;
	struct brig_decode **at = &broker->jobs;

	if (!job->active || still_runs(job) || job->told)
		return;
	job->told = true;
	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	broker->active_jobs--;
	tell(job);
	job_free(job);
	brig_loop_wake(broker->loop); /* the next one may begin */
}

/* After every wake: what waits may begin; what was over before it began, or was cancelled, is told.
 */
void brig_jobs_advance(struct brig_broker *broker)
{
	struct brig_decode *job;

	while (broker->active_jobs + broker->n_children < broker->max_children &&
	       (job = next_waiting(broker)))
		activate(job);
	for (job = broker->jobs; job; job = job->next)
		if (job->active && !job->told && !still_runs(job)) {
			brig_job_step(job);
			brig_loop_wake(broker->loop); /* the list has changed: look again */
			return;
		}
}

/* A description of its own, with its own offset, that can only be read, whatever the embedder's
 * can.
 */
static int read_only_copy(int fd)
{
	char path[64];
	struct stat st;
	int flags = fcntl(fd, F_GETFL), copy = -1;

	if (flags < 0 || fstat(fd, &st) < 0)
		return -EBADF;
	bool read_only = (flags & O_ACCMODE) == O_RDONLY && !(flags & O_PATH);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (!read_only || S_ISREG(st.st_mode))
		copy = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (copy < 0 && read_only) /* the right to open it is gone, or it will be refused */
		copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return copy < 0 ? -errno : copy;
}

static int copy_request(struct brig_decode *job, const struct brig_decode_request *request)
{
	job->max_pixels = request->max_pixels ? request->max_pixels : BRIG_DECODE_MAX_PIXELS;
	job->max_bytes = request->max_bytes ? request->max_bytes : BRIG_DECODE_MAX_BYTES;
	job->timeout_ms = request->timeout_ms ? request->timeout_ms : BRIG_DECODE_TIMEOUT_MS;
	job->priority = request->priority;
	if (request->path) {
		job->path = strdup(request->path);
		if (!job->path)
			return -ENOMEM;
	} else {
		job->fd = read_only_copy(request->fd);
		if (job->fd < 0)
			return job->fd;
	}
	if (request->grant_dir >= 0) {
		job->grant_dir = fcntl(request->grant_dir, F_DUPFD_CLOEXEC, 3);
		if (job->grant_dir < 0)
			return -errno;
	}
	return 0;
}

/* Of a struct that ends earlier, what it hasn't got is 0. */
static bool read_request(const struct brig_decode_request *given, struct brig_decode_request *ret)
{
	*ret = (struct brig_decode_request){ 0 };
	if (!given || (given->size != sizeof *ret && given->size != REQUEST_OLDEST))
		return false;
	memcpy(ret, given, given->size);
	return (ret->path || ret->fd >= 0) && ret->timeout_ms >= 0 && ret->timeout_ms <= 3600000 &&
	       (unsigned int)ret->priority < BRIG_PRIORITY_COUNT && !ret->reserved;
}

int brig_decode_start(struct brig_broker *broker, const struct brig_decode_request *request,
		      brig_decode_done *on_done, void *user, struct brig_decode **ret)
{
	struct brig_decode_request wanted;

	if (!broker || !on_done || broker->closing || !read_request(request, &wanted))
		return -EINVAL;
	struct brig_decode *job = calloc(1, sizeof *job);
	if (!job)
		return -ENOMEM;
	job->broker = broker;
	job->fd = job->grant_dir = job->last_file = -1;
	job->renderer.job = job->plugin.job = job;
	job->on_done = on_done;
	job->user = user;
	job->started_us = brig_now_us();
	int r = copy_request(job, &wanted);
	if (r) {
		job_free(job);
		return r;
	}
	struct brig_decode **at = &broker->jobs;
	while (*at)
		at = &(*at)->next;
	*at = job;
	if (ret)
		*ret = job;
	brig_loop_wake(broker->loop);
	return 0;
}
