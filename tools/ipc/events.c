/* A journal as trace events, for chrome://tracing, Perfetto and what else reads them. */
#include "tools/ipc/trace.h"

#include <inttypes.h>

/* The Trace Event Format's own words: "M" a name, "X" a bar, "i" an instant; microseconds. */
static json_t *add_event(struct trace *trace, const char *ph, const char *name, uint64_t instance,
			 unsigned int lane)
{
	json_t *event = json_pack("{s:s, s:s, s:I, s:i}", "name", name, "ph", ph, "pid",
				  (json_int_t)instance, "tid", (int)lane);

	(void)json_array_append_new(trace->records, event);
	return event;
}

static void add_name(struct trace *trace, const char *of, uint64_t instance, unsigned int lane,
		     const char *name)
{
	json_t *event = add_event(trace, "M", of, instance, lane);

	(void)json_object_set_new(event, "args", json_pack("{s:s}", "name", name));
}

/* Viewers would put names in order of the alphabet: codecs before who asked for them. */
static void add_place(struct trace *trace, const char *of, uint64_t instance, unsigned int lane,
		      uint64_t place)
{
	json_t *event = add_event(trace, "M", of, instance, lane);

	(void)json_object_set_new(event, "args",
				  json_pack("{s:I}", "sort_index", (json_int_t)place));
}

static void name_lanes(struct trace *trace, uint64_t instance, unsigned int lane)
{
	struct child *child = child_of(trace, instance);
	char name[32] = "calls";

	while (child && child->n_lanes < lane) {
		const unsigned int next = ++child->n_lanes;

		if (next > 1)
			(void)snprintf(name, sizeof name, "calls %u", next);
		add_name(trace, "thread_name", instance, next, name);
		add_place(trace, "thread_sort_index", instance, next, next);
	}
}

static json_t *add_bar(struct trace *trace, const char *name, uint64_t instance, unsigned int lane,
		       uint64_t from_us)
{
	name_lanes(trace, instance, lane);
	json_t *bar = add_event(trace, "X", name, instance, lane);

	(void)json_object_set_new(bar, "cat", json_string("ipc"));
	(void)json_object_set_new(bar, "ts", json_integer((json_int_t)from_us));
	return bar;
}

static json_t *message(const char *kind, bool by_broker, uint32_t bytes, unsigned int n_fds)
{
	return json_pack("{s:s, s:s, s:I, s:i}", "kind", kind, "from",
			 by_broker ? "broker" : "child", "bytes", (json_int_t)bytes, "descriptors",
			 (int)n_fds);
}

/* Bars of a length that isn't known until later are where they begin: who lies within comes behind.
 */
static void set_length(json_t *bar, uint64_t to_us)
{
	const json_int_t from_us = json_integer_value(json_object_get(bar, "ts"));
	const json_int_t length_us = (json_int_t)to_us - from_us;

	(void)json_object_set_new(bar, "dur", json_integer(length_us > 0 ? length_us : 0));
}

static void show_beginning(struct trace *trace, const struct line *line)
{
	const uint64_t instance = line->record->instance;
	struct child *child = child_of(trace, instance);
	char name[ROLE_MAX + 32];

	if (!child || child->life)
		return;
	(void)snprintf(name, sizeof name, "%s %" PRIu64, child->role, instance);
	add_name(trace, "process_name", instance, 1, name);
	add_place(trace, "process_sort_index", instance, 1, instance);
	child->life = add_bar(trace, name, instance, 1, line->record->time_us);
}

static void end_calls(struct trace *trace, uint64_t instance, uint64_t now_us)
{
	for (size_t i = 0; i < trace->n_asked;) {
		const struct asked *asked = &trace->asked[i];
		char name[METHOD_MAX + 16];

		if (asked->instance != instance) {
			i++;
			continue;
		}
		(void)snprintf(name, sizeof name, "%s: no answer", asked->method);
		json_t *bar = add_bar(trace, name, instance, asked->lane, asked->time_us);
		set_length(bar, now_us);
		(void)json_object_set_new(
			bar, "args",
			message("request", asked->by_broker, asked->bytes, asked->n_fds));
		trace->asked[i] = trace->asked[--trace->n_asked];
	}
}

static void end_child(struct trace *trace, struct child *child, uint64_t now_us, const char *how)
{
	char name[ROLE_MAX + 128];

	end_calls(trace, child->instance, now_us);
	(void)snprintf(name, sizeof name, "%s %" PRIu64 ": %s", child->role, child->instance, how);
	(void)json_object_set_new(child->life, "name", json_string(name));
	set_length(child->life, now_us);
	child->life = NULL;
}

static void show_answer(struct trace *trace, const struct line *line)
{
	const bool refused = line->frame.kind == BRIG_KIND_ERROR;
	char name[METHOD_MAX + 16];

	(void)snprintf(name, sizeof name, "%s%s", line->method, refused ? ": error" : "");
	json_t *bar = add_bar(trace, name, line->record->instance, line->lane,
			      line->record->time_us - line->took_us);
	set_length(bar, line->record->time_us);
	(void)json_object_set_new(bar, "args",
				  message(line->kind, !line->record->from_broker,
					  line->frame.length, line->record->n_fds));
}

static void show_instant(struct trace *trace, const struct line *line)
{
	char name[METHOD_MAX + 16];

	if (!line->frame.service)
		(void)snprintf(name, sizeof name, "%s", line->kind);
	else if (line->frame.kind == BRIG_KIND_EVENT)
		(void)snprintf(name, sizeof name, "%s", line->method);
	else
		(void)snprintf(name, sizeof name, "%s: %s", line->method, line->kind);
	json_t *instant = add_event(trace, "i", name, line->record->instance, 1);
	(void)json_object_set_new(instant, "cat", json_string("ipc"));
	(void)json_object_set_new(instant, "s", json_string("t"));
	(void)json_object_set_new(instant, "ts", json_integer((json_int_t)line->record->time_us));
	(void)json_object_set_new(instant, "args",
				  message(line->kind, line->record->from_broker, line->frame.length,
					  line->record->n_fds));
}

void show_events(struct trace *trace, const struct line *line)
{
	if (line->record->kind == BRIG_JOURNAL_CHILD) {
		show_beginning(trace, line);
	} else if (line->record->kind == BRIG_JOURNAL_END) {
		struct child *child = child_of(trace, line->record->instance);

		if (child)
			end_child(trace, child, line->record->time_us, line->ended);
	} else if (line->answers) {
		show_answer(trace, line);
	} else if (line->frame.kind != BRIG_KIND_REQUEST) {
		show_instant(trace, line);
	}
}

void finish_events(struct trace *trace)
{
	for (size_t i = 0; i < trace->n_children; i++)
		if (trace->children[i].life)
			end_child(trace, &trace->children[i], trace->last_us, "not ended");
	while (trace->n_asked)
		end_calls(trace, trace->asked[0].instance, trace->last_us);
}
