/* A journal as trace events, for chrome://tracing, Perfetto and what else reads them. */
#include "tools/ipc/trace.h"

#include <inttypes.h>

/* The Trace Event Format's own words: "M" a name, "X" a bar, "i" an instant; microseconds. */
static void add_event(struct trace *trace, const struct line *line, const char *ph,
		      const char *name, uint64_t from_us)
{
	json_t *event = json_pack("{s:s, s:s, s:s, s:I, s:i, s:I}", "name", name, "ph", ph, "cat",
				  "ipc", "pid", (json_int_t)line->record->instance, "tid",
				  *ph == 'X' ? (int)line->lane : 1, "ts", (json_int_t)from_us);

	if (*ph == 'X')
		(void)json_object_set_new(event, "dur", json_integer((json_int_t)line->took_us));
	if (*ph == 'i')
		(void)json_object_set_new(event, "s", json_string("t"));
	if (line->record->kind == BRIG_JOURNAL_MESSAGE)
		(void)json_object_set_new(event, "args",
					  json_pack("{s:s, s:i, s:i}", "kind", line->kind, "bytes",
						    (int)line->frame.length, "descriptors",
						    (int)line->record->n_fds));
	(void)json_array_append_new(trace->records, event);
}

void show_events(struct trace *trace, const struct line *line)
{
	const uint64_t now_us = line->record->time_us;
	char name[128];

	if (line->record->kind == BRIG_JOURNAL_CHILD) {
		(void)snprintf(name, sizeof name, "%s %" PRIu64, line->role,
			       line->record->instance);
		(void)json_array_append_new(
			trace->records,
			json_pack("{s:s, s:s, s:I, s:{s:s}}", "name", "process_name", "ph", "M",
				  "pid", (json_int_t)line->record->instance, "args", "name", name));
		add_event(trace, line, "i", "begins", now_us);
	} else if (line->record->kind == BRIG_JOURNAL_END) {
		(void)snprintf(name, sizeof name, "ends: %s", line->ended);
		add_event(trace, line, "i", name, now_us);
	} else if (line->answers) {
		add_event(trace, line, "X", line->method, now_us - line->took_us);
	} else if (line->frame.kind != BRIG_KIND_REQUEST) {
		add_event(trace, line, "i", line->method, now_us);
	}
}
