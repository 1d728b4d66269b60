/* What people and machines are told. */
#include "command.h"
#include "progress.h"
#include "render.h"

#include <brig/version.h>

#include <stdio.h>
#include <string.h>

static FILE *summary_stream(const struct render *render)
{
	return strcmp(render->options.output, "-") ? stdout : stderr;
}

static const char *shown_output(const struct task *task, char *safe, size_t size)
{
	return task->output ? escape_text(task->output, safe, size) : "(standard output)";
}

static void line_ok(const struct render *render, const struct task *task)
{
	static const char *const kinds[] = { "?", "grey", "grey+alpha", "RGB", "RGBA" };
	char in[512], out[512], ended[200];

	if (render->options.quiet || render->options.json)
		return;
	(void)brig_exit_describe(&task->exit, ended, sizeof ended);
	(void)fprintf(summary_stream(render),
		      "%s -> %s  %s %ux%u %s %u-bit  %.1f ms  renderer %s\n",
		      escape_text(task->input, in, sizeof in), shown_output(task, out, sizeof out),
		      task->format, task->info.width, task->info.height, kinds[task->info.channels],
		      task->info.depth, (double)task->elapsed_us / 1000.0, ended);
}

void report_task(struct render *render, const struct task *task)
{
	char safe[512];
	json_t *refusal;
	size_t i;

	if (render->bar)
		progress_clear();
	if (task->status != BRIG_DECODE_OK || task->write_error) {
		(void)complain(0, "%s: %s", escape_text(task->input, safe, sizeof safe),
			       task->message);
	} else {
		line_ok(render, task);
	}
	report_violation(render, task);
	json_array_foreach(task->refused, i, refusal)(void)
		complain(0, "%s: %s: %s", escape_text(task->input, safe, sizeof safe),
			 json_string_value(json_object_get(refusal, "name")),
			 json_string_value(json_object_get(refusal, "why")));
}

static json_t *text_or_null(const char *text)
{
	char safe[4096];

	return text ? json_string(escape_text(text, safe, sizeof safe)) : json_null();
}

/* The forbidden call that ended it, where the kernel told of one. */
static json_t *call_json(const struct brig_exit *exit)
{
	json_t *args = json_array();

	for (int i = 0; i < 6; i++)
		(void)json_array_append_new(args, json_integer((json_int_t)exit->args[i]));
	json_t *call = json_pack("{s:s?, s:I, s:o, s:I}", "name",
				 brig_call_name(exit->arch, exit->syscall), "number",
				 (json_int_t)exit->syscall, "args", args, "address",
				 (json_int_t)exit->address);
	if (exit->class_ == BRIG_EXIT_SECCOMP && exit->syscall >= 0)
		return call;
	json_decref(call);
	return json_null();
}

static json_t *exit_json(bool has_exit, const struct brig_exit *exit)
{
	static const char *const got[] = { "missing", "claimed", "attested" };

	if (!has_exit)
		return json_null();
	json_t *layers = json_object();
	for (int i = 0; i < BRIG_LAYER_COUNT; i++)
		(void)json_object_set_new(layers, brig_layer_name((enum brig_layer)i),
					  json_string(got[exit->layers[i].got]));
	return json_pack("{s:s, s:i, s:o, s:o, s:s, s:i, s:s, s:o}", "class",
			 brig_exit_class_name(exit->class_), "code", exit->code, "detail",
			 text_or_null(*exit->detail ? exit->detail : NULL), "call", call_json(exit),
			 "stage", brig_stage_name(exit->stage), "errno", exit->error, "level",
			 brig_level_name(exit->level), "layers", layers);
}

static json_t *task_json(const struct task *task)
{
	return json_pack(
		"{s:o, s:o, s:s, s:o, s:s, s:I, s:I, s:I, s:I, s:f, s:o, s:o, s:o, s:O}", "input",
		text_or_null(task->input), "output", text_or_null(task->output), "status",
		task->write_error ? "cannot_write" : brig_decode_status_name(task->status),
		"message", text_or_null(task->message), "format", task->format ? task->format : "",
		"width", (json_int_t)task->info.width, "height", (json_int_t)task->info.height,
		"channels", (json_int_t)task->info.channels, "depth", (json_int_t)task->info.depth,
		"elapsed_ms", (double)task->elapsed_us / 1000.0, "process",
		exit_json(task->has_exit, &task->exit), "plugin_process",
		exit_json(task->has_plugin_exit, &task->plugin_exit), "violation",
		violation_json(task->violation), "refused", task->refused);
}

static void end_json(const struct render *render, size_t ok)
{
	json_t *results = json_array();

	for (size_t i = 0; i < render->n_tasks; i++)
		(void)json_array_append_new(results, task_json(&render->tasks[i]));
	json_t *root = json_pack("{s:i, s:s, s:I, s:I, s:o}", "schema", 1, "version",
				 brig_version(), "ok", (json_int_t)ok, "failed",
				 (json_int_t)(render->n_tasks - ok), "results", results);
	(void)json_dumpf(root, summary_stream(render), JSON_INDENT(1));
	(void)fputc('\n', summary_stream(render));
	json_decref(root);
}

static void end_text(const struct render *render, size_t ok)
{
	const struct task *shown = NULL;
	size_t attested = 0, claimed = 0, refused = 0;

	for (size_t i = 0; i < render->n_tasks; i++) {
		refused += json_array_size(render->tasks[i].refused);
		if (ok && render->tasks[i].has_exit &&
		    render->tasks[i].exit.level != BRIG_LEVEL_NONE &&
		    (!shown || render->tasks[i].exit.level < shown->exit.level))
			shown = &render->tasks[i];
	}
	for (int i = 0; shown && i < BRIG_LAYER_COUNT; i++) {
		attested += shown->exit.layers[i].got == BRIG_ATTESTED;
		claimed += shown->exit.layers[i].got == BRIG_CLAIMED;
	}
	(void)fprintf(summary_stream(render), "%zu of %zu rendered", ok, render->n_tasks);
	if (shown)
		(void)fprintf(
			summary_stream(render),
			", each in a process of its own behind %zu layers (%zu seen from outside "
			"before any work, %zu claimed)",
			attested + claimed, attested, claimed);
	if (shown && shown->exit.level < BRIG_LEVEL_FULL)
		(void)fprintf(summary_stream(render), "; WEAKENED to %s, as --least allowed",
			      brig_level_name(shown->exit.level));
	if (refused)
		(void)fprintf(summary_stream(render), "; %zu name%s refused", refused,
			      refused == 1 ? "" : "s");
	(void)fputc('\n', summary_stream(render));
}

void report_end(struct render *render)
{
	size_t ok = 0;

	for (size_t i = 0; i < render->n_tasks; i++)
		ok += render->tasks[i].status == BRIG_DECODE_OK && !render->tasks[i].write_error &&
		      render->tasks[i].has_exit;
	if (render->bar)
		progress_clear();
	if (render->options.json)
		end_json(render, ok);
	else if (!render->options.quiet)
		end_text(render, ok);
}
