/* Forbidden calls, for people and machines. Every string of a record is quoted by the library. */
#include "command.h"
#include "render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say(const struct task *task, const char *text, size_t n)
{
	char safe[512];

	(void)complain(0, "%s: %.*s", escape_text(task->input, safe, sizeof safe), (int)n, text);
}

static void report_all(const struct task *task)
{
	char text[4096];

	(void)brig_violation_describe(task->violation, text, sizeof text);
	for (const char *line = text; *line;) {
		const size_t n = strcspn(line, "\n");

		say(task, line, n);
		line += n + (line[n] == '\n');
	}
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* What was asked for and what refuses it; and where it came from. */
static void report_short(const struct task *task)
{
	const struct brig_violation *v = task->violation;
	char text[1024];
	int n;

	if (v->rule_line)
		n = snprintf(text, sizeof text, "%s is refused by %s:%u: %s", v->text, v->rule_file,
			     v->rule_line, v->reason);
	else if (*v->class_)
		n = snprintf(text, sizeof text, "%s is refused, as all of the class '%s': %s",
			     v->text, v->class_, v->reason);
	else
		n = snprintf(text, sizeof text, "not known is %s", v->unknown);
	say(task, text, (size_t)n);
	if (!*v->module)
		return;
	n = snprintf(text, sizeof text, "it was made at %s+0x%llx%s%s, in a thread \"%s\"",
		     last_part(v->module), (unsigned long long)v->module_offset,
		     *v->symbol ? ", in " : "", v->symbol, v->thread);
	say(task, text, (size_t)n);
}

void report_violation(const struct render *render, const struct task *task)
{
	if (!task->violation)
		return;
	if (render->options.verbose)
		report_all(task);
	else
		report_short(task);
}

static json_t *text_or_null(const char *text)
{
	return *text ? json_string(text) : json_null();
}

static json_t *rule_json(const struct brig_violation *v)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "file", text_or_null(v->rule_file), "line",
			 v->rule_line ? json_integer(v->rule_line) : json_null(), "class",
			 text_or_null(v->class_), "reason", text_or_null(v->reason));
}

static json_t *place_json(const struct brig_violation *v)
{
	return json_pack("{s:I, s:o, s:I, s:o, s:I}", "address", (json_int_t)v->address, "module",
			 text_or_null(v->module), "module_offset", (json_int_t)v->module_offset,
			 "symbol", text_or_null(v->symbol), "symbol_offset",
			 (json_int_t)v->symbol_offset);
}

json_t *violation_json(const struct brig_violation *v)
{
	json_t *args = json_array();

	if (!v) {
		json_decref(args);
		return json_null();
	}
	for (int i = 0; i < 6; i++)
		(void)json_array_append_new(args, json_integer((json_int_t)v->args[i]));
	return json_pack(
		"{s:s, s:o, s:I, s:b, s:o, s:I, s:I, s:o, s:I, s:I, s:o, s:o, s:o, s:o, "
		"s:o, s:o, s:I}",
		"role", v->role, "policy", text_or_null(v->policy), "instance",
		(json_int_t)v->instance, "trusted", v->trusted, "unknown", text_or_null(v->unknown),
		"time_ns", (json_int_t)v->time_ns, "count", (json_int_t)v->count, "thread",
		text_or_null(v->thread), "arch", (json_int_t)v->arch, "call", (json_int_t)v->call,
		"name", text_or_null(v->name), "args", args, "text", text_or_null(v->text), "rule",
		rule_json(v), "place", place_json(v), "suggestion", text_or_null(v->suggestion),
		"suggestion_line", (json_int_t)v->suggestion_line);
}

struct brig_violation *violation_copy(const struct brig_violation *violation)
{
	struct brig_violation *copy = violation ? malloc(sizeof *copy) : NULL;

	if (copy)
		*copy = *violation;
	return copy;
}
