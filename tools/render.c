/* brig render: decode in sealed processes, encode here, put the file in place. */
#include "command.h"
#include "interrupt.h"
#include "progress.h"
#include "render.h"
#include "spool.h"

#include <brig/journal.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void fail_task(struct task *task, const char *message)
{
	task->failed = true;
	free(task->message);
	task->message = strdup(message);
}

static void finish_task(struct task *task)
{
	struct render *render = task->render;

	render->running--;
	render->done++;
	brig_image_unref(task->image);
	task->image = NULL;
	task->failed = task->failed || task->status != BRIG_DECODE_OK || task->write_error ||
		       json_array_size(task->refused);
	report_task(render, task);
	if (render->bar)
		progress_show(render->done, render->n_tasks, task->input);
}

/* On a worker: encoding takes as long as decoding. */
static void write_work(void *user)
{
	struct task *task = user;

	if (!task->output) {
		task->write_error = brig_image_write_png(task->image, STDOUT_FILENO);
		return;
	}
	task->write_error = output_open(&task->file, task->output);
	if (!task->write_error)
		task->write_error = brig_image_write_png(task->image, task->file.fd);
	if (!task->write_error && !interrupted())
		task->write_error = output_commit(&task->file);
	output_close(&task->file);
}

static void write_done(void *user)
{
	struct task *task = user;
	char text[1024], safe[600];

	if (task->write_error) {
		(void)snprintf(text, sizeof text, "%s can't be written: %s",
			       task->output ? escape_text(task->output, safe, sizeof safe)
					    : "standard output",
			       strerror(-task->write_error));
		fail_task(task, text);
	}
	finish_task(task);
}

static void keep_refusals(struct task *task, const struct brig_decode_result *result)
{
	char safe[1100];

	for (size_t i = 0; i < result->n_refusals; i++)
		(void)json_array_append_new(
			task->refused,
			json_pack("{s:s, s:s}", "name",
				  escape_text(result->refusals[i].name, safe, sizeof safe), "why",
				  result->refusals[i].why));
}

static void decoded(void *user, const struct brig_decode_result *result)
{
	struct task *task = user;

	task->status = result->status;
	task->message = strdup(result->message);
	task->format = strdup(result->format);
	task->elapsed_us = result->elapsed_us;
	if (result->exit) {
		task->has_exit = true;
		task->exit = *result->exit;
	}
	if (result->plugin_exit) {
		task->has_plugin_exit = true;
		task->plugin_exit = *result->plugin_exit;
	}
	task->violation = violation_copy(result->violation);
	keep_refusals(task, result);
	if (result->status == BRIG_DECODE_LAUNCH_FAILED)
		task->render->no_sandbox = true;
	if (result->status == BRIG_DECODE_OK && !interrupted()) {
		task->image = brig_image_ref(result->image);
		brig_image_describe(task->image, &task->info);
		int r = brig_broker_work(task->render->broker, write_work, write_done, task);
		if (!r)
			return; /* the task is the worker's now */
		task->write_error = r;
		fail_task(task, "no worker could be had to encode it");
	}
	finish_task(task);
}

static void task_failed(struct task *task, int error)
{
	task->status = BRIG_DECODE_CANNOT_OPEN;
	fail_task(task, strerror(error));
	finish_task(task);
}

/* @fd is closed; -1: by its path. */
static void decode_task(struct task *task, int fd)
{
	const struct options *o = &task->render->options;
	const struct brig_decode_request request = { .size = sizeof request,
						     .path = fd < 0 ? task->input : NULL,
						     .fd = fd,
						     .grant_dir = -1,
						     .max_pixels = o->max_pixels,
						     .max_bytes = o->max_bytes,
						     .timeout_ms = o->timeout_ms,
						     .priority = o->priority };

	task->render->running++;
	int r = brig_decode_start(task->render->broker, &request, decoded, task, NULL);
	if (fd >= 0)
		(void)close(fd);
	if (r < 0)
		task_failed(task, -r);
}

static void start_task(struct task *task)
{
	const struct options *o = &task->render->options;

	if (strcmp(task->input, "-") != 0) {
		decode_task(task, -1);
		return;
	}
	task->render->piped = task;
	int r = spool_start(task->render->broker,
			    o->max_bytes ? o->max_bytes : BRIG_DECODE_MAX_BYTES,
			    &task->render->spool);
	if (!r)
		return;
	task->render->piped = NULL;
	task->render->running++;
	task_failed(task, -r);
}

/* If it is at its end. Until then it takes nobody's place. */
static void take_piped(struct render *render)
{
	struct task *task = render->piped;
	const int fd = spool_take(render->spool);

	if (fd == -EAGAIN)
		return;
	render->piped = NULL;
	if (fd >= 0) {
		decode_task(task, fd);
		return;
	}
	render->running++;
	task_failed(task, -fd);
}

static void skip_task(struct task *task, const char *why)
{
	task->status = BRIG_DECODE_CANCELLED;
	fail_task(task, why);
}

static void skip_rest(struct render *render, const char *why)
{
	if (render->piped)
		skip_task(render->piped, why);
	render->piped = NULL;
	for (; render->next < render->n_tasks; render->next++)
		skip_task(&render->tasks[render->next], why);
}

static void run(struct render *render)
{
	const unsigned int jobs = render->options.jobs;

	while (render->next < render->n_tasks || render->running || render->piped) {
		if (interrupted())
			return;
		if (render->no_sandbox)
			skip_rest(render, "not tried: no sandbox could be had");
		while (render->next < render->n_tasks && render->running < jobs)
			start_task(&render->tasks[render->next++]);
		if (render->piped && render->running < jobs)
			take_piped(render);
		if ((render->running || render->piped) && brig_broker_run(render->broker, -1) < 0 &&
		    !interrupted())
			return;
	}
}

static int explain_no_sandbox(const struct render *render)
{
	for (size_t i = 0; i < render->n_tasks; i++) {
		const struct brig_exit *exit = &render->tasks[i].exit;

		if (render->tasks[i].status == BRIG_DECODE_LAUNCH_FAILED && exit->stage)
			return complain(EXIT_NO_SANDBOX,
					"nothing was run: the sandbox stopped at '%s' (%s). "
					"What to do: %s. 'brig doctor' tells more.",
					brig_stage_name(exit->stage), strerror(exit->error),
					brig_stage_remedy(exit->stage, exit->error));
	}
	return complain(EXIT_NO_SANDBOX, "nothing was run: no sandbox; 'brig doctor' tells more");
}

static int status_of(const struct render *render)
{
	if (interrupted())
		return 128 + interrupted();
	if (render->no_sandbox)
		return explain_no_sandbox(render);
	for (size_t i = 0; i < render->n_tasks; i++)
		if (render->tasks[i].failed)
			return EXIT_SOME_FAILED;
	return EXIT_OK;
}

/* Without the cgroup there would be a broker. */
static bool no_fault_but_its(const struct brig_broker_options *options)
{
	struct brig_broker_options without = *options;
	struct brig_broker *broker = NULL;

	without.cgroup = NULL;
	int r = brig_broker_create(&without, &broker);
	brig_broker_destroy(broker);
	return r == 0;
}

static int create_broker(struct render *render)
{
	const struct brig_broker_options options = { .size = sizeof options,
						     .max_children = render->options.jobs,
						     .least = render->options.least,
						     .cgroup = render->options.cgroup,
						     .cgroup_optional =
							     render->options.cgroup_optional };
	int r = brig_broker_create(&options, &render->broker);
	char safe[1024];

	if (r < 0 && options.cgroup && no_fault_but_its(&options))
		return complain(EXIT_NO_SANDBOX,
				"nothing was run: the cgroup %s can't be used: %s. What to do: %s.",
				escape_text(options.cgroup, safe, sizeof safe), strerror(-r),
				brig_layer_remedy(BRIG_LAYER_CGROUP_LIMITS, -r));
	if (r < 0)
		return complain(EXIT_NO_SANDBOX,
				"the sandbox's helper brig-child can't be used: %s. %s",
				strerror(-r), brig_stage_remedy(BRIG_STAGE_HELPER, -r));
	return EXIT_OK;
}

static int trace_failed(const struct render *render, int error)
{
	char safe[1024];

	return complain(EXIT_USAGE, "the trace %s can't be written: %s",
			escape_text(render->options.trace, safe, sizeof safe), strerror(error));
}

/* What it tells of is the images' owner's. */
static int start_trace(struct render *render)
{
	const unsigned int flags = render->options.trace_payloads ? BRIG_JOURNAL_PAYLOADS : 0;
	int r;

	if (!render->options.trace)
		return EXIT_OK;
	const int fd = open(render->options.trace, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return trace_failed(render, errno);
	r = brig_broker_journal(render->broker, fd, flags);
	(void)close(fd);
	return r < 0 ? trace_failed(render, -r) : EXIT_OK;
}

static int render_all(struct render *render)
{
	int status = plan_make(render);

	if (!status)
		status = create_broker(render);
	if (!status)
		status = start_trace(render);
	if (status) {
		brig_broker_destroy(render->broker);
		return status;
	}
	interrupt_watch(render->broker);
	render->bar = progress_wanted() && !render->options.quiet && !render->options.json;
	if (render->bar)
		progress_show(0, render->n_tasks, render->tasks[0].input);
	run(render);
	spool_end(render->spool);
	interrupt_forget();
	const int traced = brig_broker_journal(render->broker, -1, 0);
	if (traced < 0)
		(void)trace_failed(render, -traced);
	brig_broker_destroy(
		render->broker); /* what runs is killed, and its files never get names */
	report_end(render);
	return status_of(render);
}

static void free_tasks(struct render *render)
{
	for (size_t i = 0; i < render->n_tasks; i++) {
		free(render->tasks[i].output);
		free(render->tasks[i].message);
		free(render->tasks[i].format);
		free(render->tasks[i].violation);
		json_decref(render->tasks[i].refused);
	}
	free(render->tasks);
}

int render_main(int argc, char **argv)
{
	struct render render = { 0 };
	int status = options_parse(&render.options, argc, argv);

	if (status || render.options.help) {
		if (!status)
			(void)fputs(render_help, stdout);
		return status;
	}
	render.n_tasks = render.options.n_inputs;
	render.tasks = calloc(render.n_tasks, sizeof *render.tasks);
	if (!render.tasks)
		return complain(EXIT_SOME_FAILED, "out of memory");
	for (size_t i = 0; i < render.n_tasks; i++)
		render.tasks[i] = (struct task){ .render = &render,
						 .refused = json_array(),
						 .input = render.options.inputs[i],
						 .file = { .fd = -1 } };
	status = render_all(&render);
	free_tasks(&render);
	return status;
}
