/* brig trace: a journal, as a list, as JSON, or as pictures in chrome://tracing and Perfetto. */
#include "tools/command.h"
#include "tools/ipc/names.h"
#include "tools/ipc/record.h"
#include "tools/ipc/services.h"
#include "tools/ipc/trace.h"

#include <brig/exit.h>

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char trace_help[] =
	"Usage: brig trace [--json | --chrome] [--names JSON]... FILE\n"
	"       brig trace [-o FILE] [--payloads] -- COMMAND [ARGUMENT...]\n"
	"\n"
	"Shows a journal of what a broker and its children said to each other, as 'brig render\n"
	"--trace FILE' or an embedder's brig_broker_journal() wrote it: a line a message.\n"
	"\n"
	"With a COMMAND, runs it so that its brokers are recorded: brig itself, or any program\n"
	"that uses libbrig, unchanged, what it runs included. Its exit status is the command's;\n"
	"signals reach it, and who it dies of is who this dies of. A second broker's journal is\n"
	"FILE.2, and so on.\n"
	"\n"
	"  --json    one JSON document: {started_us, payloads, records: [{time_us, child, role, "
	"kind:\n"
	"            \"begins\" | \"request\" | \"reply\" | \"error\" | \"event\" | \"cancel\" | "
	"\"credit\" |\n"
	"            \"batch\" | \"bad\" | \"ends\", from: \"child\" | \"broker\", method, id, "
	"bytes, descriptors, "
	"payload: hex if\n"
	"            recorded, took_us: of replies, ended: of ends}]}\n"
	"  -o FILE   where the journal goes, which is replaced; trace.journal without it\n"
	"  --payloads  what messages carry, too, but for what a schema calls secret\n"
	"  --names JSON  what services of an embedder's are called, and not 70.2: by a\n"
	"            NAME.permissions.json that was made with their code\n"
	"  --chrome  trace events for chrome://tracing, Chromium's Performance panel, speedscope "
	"and\n"
	"            ui.perfetto.dev: a process a child, a bar a call\n"
	"\n"
	"Status: 0; 1 the file is no journal, or ends within a record (what is whole is shown); 2 "
	"usage.\n"
	"Of a COMMAND: its own; 1 where that is 0 and nothing was recorded; 126 it can't be run, "
	"127 "
	"there\n"
	"is none of that name.\n"
	"\n"
	"Examples:\n"
	"  brig trace -o a.journal -- brig render a.png -o b.png\n"
	"  brig trace --chrome a.journal >a.json\n";

struct child *child_of(const struct trace *trace, uint64_t instance)
{
	for (size_t i = 0; i < trace->n_children; i++)
		if (trace->children[i].instance == instance)
			return &trace->children[i];
	return NULL;
}

static const char *role_of(const struct trace *trace, uint64_t instance)
{
	const struct child *child = child_of(trace, instance);

	return child ? child->role : "?";
}

/* Room for one more behind @n of @size bytes each, which is zeroed; NULL: there is no memory. */
static void *grow(void **array, size_t n, size_t size)
{
	char *more = realloc(*array, (n + 1) * size);

	if (!more)
		return NULL;
	*array = more;
	return memset(more + n * size, 0, size);
}

static void note_child(struct trace *trace, const struct brig_journal_record *record,
		       const uint8_t *name, size_t n)
{
	void *children = trace->children;
	struct child *child = grow(&children, trace->n_children, sizeof *child);

	trace->children = children;
	if (!child)
		return;
	child->instance = record->instance;
	(void)snprintf(child->role, sizeof child->role, "%.*s",
		       (int)(n < ROLE_MAX ? n : ROLE_MAX - 1), (const char *)name);
	for (char *c = child->role; *c; c++)
		*c = (char)(*c >= 'a' && *c <= 'z' ? *c : '?'); /* a file is anybody's */
	trace->n_children++;
}

/*
 * The lowest that no other call of the child is in, or was until this very microsecond: bars of one
 * track must lie within each other, and viewers make one of two that touch.
 */
static unsigned int free_lane(const struct trace *trace, uint64_t instance, uint64_t now_us)
{
	const struct child *child = child_of(trace, instance);
	bool used[LANES + 1] = { true };
	unsigned int lane = 1;

	for (size_t i = 0; i < trace->n_asked; i++)
		if (trace->asked[i].instance == instance)
			used[trace->asked[i].lane] = true;
	while (lane < LANES && (used[lane] || (child && child->lane_free_us[lane] > now_us)))
		lane++;
	return lane;
}

static void note_asked(struct trace *trace, const struct line *line)
{
	void *all = trace->asked;
	struct asked *asked = grow(&all, trace->n_asked, sizeof *asked);

	trace->asked = all;
	if (!asked)
		return;
	*asked = (struct asked){ .instance = line->record->instance,
				 .id = line->frame.id,
				 .time_us = line->record->time_us,
				 .by_broker = line->record->from_broker,
				 .lane = free_lane(trace, line->record->instance,
						   line->record->time_us),
				 .bytes = line->frame.length,
				 .n_fds = line->record->n_fds };
	memcpy(asked->method, line->method, sizeof asked->method);
	trace->n_asked++;
}

static void find_asked(struct trace *trace, struct line *line)
{
	struct child *child = child_of(trace, line->record->instance);

	for (size_t i = trace->n_asked; i-- > 0;) {
		struct asked *asked = &trace->asked[i];

		if (asked->instance != line->record->instance || asked->id != line->frame.id ||
		    asked->by_broker == (bool)line->record->from_broker)
			continue;
		line->answers = true;
		line->lane = asked->lane;
		line->took_us = line->record->time_us - asked->time_us;
		if (child)
			child->lane_free_us[asked->lane] = line->record->time_us + 1;
		*asked = trace->asked[--trace->n_asked];
		return;
	}
}

static const char *kind_name(uint8_t kind)
{
	static const char *const names[] = {
		[BRIG_KIND_REQUEST] = "request", [BRIG_KIND_REPLY] = "reply",
		[BRIG_KIND_ERROR] = "error",     [BRIG_KIND_EVENT] = "event",
		[BRIG_KIND_CANCEL] = "cancel",   [BRIG_KIND_CREDIT] = "credit",
		[BRIG_KIND_BATCH] = "batch",     [BRIG_KIND_CROWDED] = "crowded"
	};

	return kind >= BRIG_KIND_REQUEST && kind <= BRIG_KIND_LAST ? names[kind] : "bad";
}

static void tell_message(struct trace *trace, struct line *line, const uint8_t *bytes, size_t n)
{
	if (n < sizeof line->frame) {
		line->kind = "bad";
		line->frame.length = (uint32_t)n;
		(void)snprintf(line->method, sizeof line->method, "no-header");
		return;
	}
	memcpy(&line->frame, bytes, sizeof line->frame);
	const struct brig_method *method = own_method(line->frame.service, line->frame.method);

	line->kind = kind_name(line->frame.kind);
	if (method)
		(void)snprintf(line->method, sizeof line->method, "%s", method->name);
	else if (names_find(trace->names, line->frame.service, line->frame.method, line->method,
			    sizeof line->method))
		(void)snprintf(line->method, sizeof line->method, "%u.%u", line->frame.service,
			       line->frame.method);
	line->payload = bytes + sizeof line->frame;
	line->n_payload = n - sizeof line->frame;
	if (line->frame.kind == BRIG_KIND_REQUEST)
		note_asked(trace, line);
	else if (line->frame.kind == BRIG_KIND_REPLY || line->frame.kind == BRIG_KIND_ERROR)
		find_asked(trace, line);
}

static void tell_end(struct line *line)
{
	const enum brig_exit_class class_ = (enum brig_exit_class)(line->record->code >> 32);
	const uint32_t code = (uint32_t)line->record->code;

	line->kind = "ends";
	if (code)
		(void)snprintf(line->ended, sizeof line->ended, "%s %u",
			       brig_exit_class_name(class_), code);
	else
		(void)snprintf(line->ended, sizeof line->ended, "%s", brig_exit_class_name(class_));
}

static void tell(struct trace *trace, const struct brig_journal_record *record,
		 const uint8_t *bytes, size_t n)
{
	struct line line = { .record = record, .kind = "begins" };

	if (record->kind == BRIG_JOURNAL_CHILD)
		note_child(trace, record, bytes, n);
	else if (record->kind == BRIG_JOURNAL_MESSAGE)
		tell_message(trace, &line, bytes, n);
	else if (record->kind == BRIG_JOURNAL_END)
		tell_end(&line);
	else
		return; /* of a later version */
	trace->last_us = record->time_us;
	line.role = role_of(trace, record->instance);
	trace->show(trace, &line);
}

/* ---- forms ---- */

static void show_text(struct trace *trace, const struct line *line)
{
	(void)trace;
	(void)printf("%12.3f ms  %s %" PRIu64 " ", (double)line->record->time_us / 1000, line->role,
		     line->record->instance);
	if (line->record->kind != BRIG_JOURNAL_MESSAGE) {
		(void)printf("%s%s%s\n", line->kind, line->ended[0] ? ": " : "", line->ended);
		return;
	}
	(void)printf("%s %s %s", line->record->from_broker ? "<" : ">", line->method, line->kind);
	if (line->frame.id)
		(void)printf(" #%" PRIu64, line->frame.id);
	(void)printf(", %u bytes", line->frame.length);
	if (line->record->n_fds)
		(void)printf(", %u descriptor%s", line->record->n_fds,
			     line->record->n_fds == 1 ? "" : "s");
	if (line->answers)
		(void)printf(", after %.3f ms", (double)line->took_us / 1000);
	(void)putchar('\n');
}

static json_t *hex(const uint8_t *bytes, size_t n)
{
	char *text = malloc(2 * n + 1);
	json_t *string;

	if (!text)
		return json_null();
	for (size_t i = 0; i < n; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	text[2 * n] = '\0';
	string = json_string(text);
	free(text);
	return string;
}

static void show_json(struct trace *trace, const struct line *line)
{
	json_t *record = json_pack(
		"{s:I, s:I, s:s, s:s}", "time_us", (json_int_t)line->record->time_us, "child",
		(json_int_t)line->record->instance, "role", line->role, "kind", line->kind);

	if (line->ended[0])
		(void)json_object_set_new(record, "ended", json_string(line->ended));
	if (line->record->kind == BRIG_JOURNAL_MESSAGE) {
		json_t *message =
			json_pack("{s:s, s:s, s:I, s:i, s:i}", "from",
				  line->record->from_broker ? "broker" : "child", "method",
				  line->method, "id", (json_int_t)line->frame.id, "bytes",
				  (int)line->frame.length, "descriptors", (int)line->record->n_fds);

		(void)json_object_update_new(record, message);
		if (line->n_payload)
			(void)json_object_set_new(record, "payload",
						  hex(line->payload, line->n_payload));
	}
	if (line->answers)
		(void)json_object_set_new(record, "took_us",
					  json_integer((json_int_t)line->took_us));
	(void)json_array_append_new(trace->records, record);
}

/* ---- reading ---- */

static int show_all(struct trace *trace, const char *path)
{
	static uint8_t bytes[BRIG_JOURNAL_MOST];
	struct brig_journal_record record;
	char safe[1024];
	size_t n;
	int r = brig_journal_read_head(trace->in, &trace->head);

	if (r)
		return complain(EXIT_SOME_FAILED, "%s is no journal: it doesn't begin with %s",
				escape_text(path, safe, sizeof safe), BRIG_JOURNAL_MAGIC);
	while ((r = brig_journal_read(trace->in, &record, bytes, &n)) > 0)
		tell(trace, &record, bytes, n);
	if (r < 0)
		return complain(EXIT_SOME_FAILED, "%s ends within a record",
				escape_text(path, safe, sizeof safe));
	return EXIT_OK;
}

static void print_document(struct trace *trace)
{
	json_t *root;

	if (!trace->records)
		return;
	if (trace->show == show_events)
		root = json_pack("{s:s, s:o}", "displayTimeUnit", "ms", "traceEvents",
				 trace->records);
	else
		root = json_pack("{s:I, s:b, s:o}", "started_us",
				 (json_int_t)trace->head.started_us, "payloads",
				 (int)(trace->head.flags & 1), "records", trace->records);
	(void)json_dumpf(root, stdout, JSON_INDENT(1));
	(void)fputc('\n', stdout);
	json_decref(root);
}

static int show_file(struct trace *trace, const char *path)
{
	char safe[1024];

	trace->in = fopen(path, "re");
	if (!trace->in)
		return complain(EXIT_USAGE, "%s: %s", escape_text(path, safe, sizeof safe),
				strerror(errno));
	if (trace->show != show_text)
		trace->records = json_array();
	const int status = show_all(trace, path);
	if (trace->show == show_events)
		finish_events(trace);
	print_document(trace);
	(void)fclose(trace->in);
	free(trace->children);
	free(trace->asked);
	return status;
}

static const struct option options[] = { { "json", no_argument, NULL, 'j' },
					 { "chrome", no_argument, NULL, 'c' },
					 { "output", required_argument, NULL, 'o' },
					 { "payloads", no_argument, NULL, 'p' },
					 { "names", required_argument, NULL, 'n' },
					 { "help", no_argument, NULL, 'h' },
					 { NULL, 0, NULL, 0 } };

static int run(struct trace *trace, int argc, char **argv)
{
	const char *output = NULL;
	bool payloads = false;
	int letter;

	optind = 1;
	while ((letter = getopt_long(argc, argv, "jho:", options, NULL)) != -1) {
		if (letter == 'h') {
			(void)fputs(trace_help, stdout);
			return EXIT_OK;
		}
		if (letter == '?')
			return EXIT_USAGE;
		if (letter == 'o')
			output = optarg;
		else if (letter == 'p')
			payloads = true;
		else if (letter == 'n' && names_add(&trace->names, optarg))
			return EXIT_USAGE;
		else if (letter != 'n')
			trace->show = letter == 'j' ? show_json : show_events;
	}
	const bool command = optind > 1 && !strcmp(argv[optind - 1], "--");
	if (command && optind < argc && (trace->show != show_text || trace->names))
		return complain(EXIT_USAGE, "--json, --chrome and --names are for a FILE: record "
					    "first, then show what was recorded");
	if (command && optind < argc)
		return record_command(output ? output : "trace.journal", payloads, argv + optind);
	if (argc - optind == 1 && !output && !payloads)
		return show_file(trace, argv[optind]);
	(void)fputs(trace_help, stderr);
	return EXIT_USAGE;
}

int trace_main(int argc, char **argv)
{
	struct trace trace = { .show = show_text };
	const int status = run(&trace, argc, argv);

	json_decref(trace.names);
	return status;
}
