/* brig render: decode in sealed processes, encode here, put the file in place. */
#include "command.h"
#include "interrupt.h"
#include "progress.h"
#include "render.h"

#include <brig/journal.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHUNK 65536

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

/* Standard input, bounded, in memory that nobody can change any more; or -errno. */
static int spool_stdin(uint64_t max_bytes)
{
	char buffer[CHUNK];
	uint64_t total = 0;
	ssize_t n;
	int fd = memfd_create("brig-stdin", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	while (fd >= 0 && total <= max_bytes &&
	       (n = read(STDIN_FILENO, buffer, sizeof buffer)) != 0) {
		if (n < 0 && errno == EINTR && !interrupted())
			continue;
		if (n < 0 || write(fd, buffer, (size_t)n) != n) {
			int error = errno;

			(void)close(fd);
			return -error;
		}
		total += (uint64_t)n;
	}
	if (fd >= 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0) {
		(void)close(fd);
		return -EIO;
	}
	return fd < 0 ? -errno : fd;
}

static void start_task(struct task *task)
{
	const struct options *o = &task->render->options;
	struct brig_decode_request request = { .size = sizeof request,
					       .path = task->input,
					       .fd = -1,
					       .grant_dir = -1,
					       .max_pixels = o->max_pixels,
					       .max_bytes = o->max_bytes,
					       .timeout_ms = o->timeout_ms,
					       .priority = o->priority };
	int fd = -1, r = 0;

	if (!strcmp(task->input, "-")) {
		request.path = NULL;
		fd = request.fd = spool_stdin(o->max_bytes ? o->max_bytes : BRIG_DECODE_MAX_BYTES);
		r = fd < 0 ? fd : 0;
	}
	task->render->running++;
	if (!r)
		r = brig_decode_start(task->render->broker, &request, decoded, task, NULL);
	if (fd >= 0)
		(void)close(fd);
	if (r < 0) {
		task->status = BRIG_DECODE_CANNOT_OPEN;
		fail_task(task, strerror(-r));
		finish_task(task);
	}
}

static void skip_rest(struct render *render, const char *why)
{
	for (; render->next < render->n_tasks; render->next++) {
		render->tasks[render->next].status = BRIG_DECODE_CANCELLED;
		fail_task(&render->tasks[render->next], why);
	}
}

static void run(struct render *render)
{
	while (render->next < render->n_tasks || render->running) {
		if (interrupted())
			return;
		if (render->no_sandbox)
			skip_rest(render, "not tried: no sandbox could be had");
		while (render->next < render->n_tasks && render->running < render->options.jobs)
			start_task(&render->tasks[render->next++]);
		if (render->running && brig_broker_run(render->broker, -1) < 0 && !interrupted())
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
