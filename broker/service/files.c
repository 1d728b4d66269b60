/* files.open: a renderer asks for a file by name; it gets a descriptor or a refusal, never a path.
 */
#include "broker/service/job.h"

#include "broker/capability/grant.h"
#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct open_task {
	struct brig_decode *job;
	char *name;
	struct brig_request call;
	int fd; /* or -errno */
	const char *why;
};

static void open_work(void *user)
{
	struct open_task *task = user;

	task->fd =
		brig_grant_open(task->job->grant_dir, task->name, task->job->max_bytes, &task->why);
}

static int remember(struct brig_decode *job, struct open_task *task)
{
	struct brig_job_file *files = realloc(job->files, (job->n_files + 1) * sizeof *job->files);

	if (!files)
		return -ENOMEM;
	job->files = files;
	files[job->n_files++] = (struct brig_job_file){ .name = task->name,
							.why = task->fd < 0 ? task->why : NULL,
							.error = task->fd < 0 ? -task->fd : 0 };
	task->name = NULL;
	return 0;
}

/* Only while it waits: of a call that was cancelled there is nothing to remember. */
static void answer(struct open_task *task)
{
	struct brig_decode *job = task->job;
	Brig__Ipc__FileOpened opened = BRIG__IPC__FILE_OPENED__INIT;

	if (remember(job, task) < 0) {
		(void)brig_refuse(&task->call, ENOMEM, 0);
		return;
	}
	if (task->fd < 0) {
		(void)brig_refuse(&task->call, -task->fd, 0);
		return;
	}
	brig_close_fd(&job->last_file);
	job->last_file = brig_steal_fd(&task->fd);
	opened.file = (uint32_t)job->n_files;
	(void)brig_files_open_reply(&task->call, &opened, job->last_file);
}

static void open_done(void *user)
{
	struct open_task *task = user;
	struct brig_decode *job = task->job;
	const struct brig_job_side *side = &job->renderer;

	/* It may have died, or been killed, meanwhile. */
	if (side->process && side->process->state == BRIG_STATE_LOCKED && !side->process->ending)
		answer(task);
	if (task->fd >= 0)
		brig_close_fd(&task->fd);
	free(task->name);
	free(task);
	job->working--;
	brig_job_step(job);
}

int brig_files_open_request(void *user, struct brig_request *call, const Brig__Ipc__FileOpen *open)
{
	struct brig_job_side *side = user;
	struct brig_decode *job = side->job;

	if (++job->file_requests > BRIG_JOB_FILES_MAX)
		return BRIG_BAD_REQUESTS;
	struct open_task *task = calloc(1, sizeof *task);
	if (task)
		task->name = strndup((const char *)open->name.data, open->name.len);
	if (!task || !task->name) {
		free(task);
		return -ENOMEM;
	}
	task->job = job;
	task->call = *call;
	task->fd = -EACCES;
	task->why = "no directory was granted";
	int r = brig_workers_add(job->broker->workers, job->grant_dir < 0 ? NULL : open_work,
				 open_done, task);
	if (r < 0) {
		free(task->name);
		free(task);
		return r;
	}
	job->working++;
	return 0;
}
