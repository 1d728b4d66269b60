/* brig ipc: what the protocol between a broker and its children is made of. */
#include "tools/command.h"
#include "tools/ipc/services.h"

#include "ipc/dispatch/bad_message.h"
#include "ipc/dispatch/rules.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char ipc_help[] =
	"Usage: brig ipc codes [--json | --markdown] [CODE]\n"
	"       brig ipc methods [--json | --markdown]\n"
	"       brig ipc check METHOD <PAYLOAD\n"
	"\n"
	"  codes    every way to break the protocol: the number that an exit record has, its "
	"name,\n"
	"           the stage at which it is found, and what the peer sent. CODE: a number or a "
	"name.\n"
	"  methods  Brig's own methods: who may call each, when, with what, for how long\n"
	"  check    is what comes on standard input a lawful request of METHOD, such as\n"
	"           files.open? Says the breach and its field, and ends with status 1 if not.\n"
	"\n"
	"  --json      one JSON document: codes [{code, name, stage, text}]; methods [{name, "
	"service,\n"
	"              method, roles, caller, oneway, permission, max_bytes, deadline_ms,\n"
	"              max_inflight, fds_in, fds_out}]\n"
	"  --markdown  the page of docs/ that is made of it\n"
	"\n"
	"Status: 0; 1 not lawful; 2 usage.\n";

enum format { TEXT, JSON, MARKDOWN };

static int print_json(json_t *root)
{
	(void)json_dumpf(root, stdout, JSON_INDENT(1));
	(void)fputc('\n', stdout);
	json_decref(root);
	return EXIT_OK;
}

/* ---- codes ---- */

static const struct brig_bad_row *find_code(const char *word)
{
	char *end;
	const long number = strtol(word, &end, 10);

	if (!*end)
		return brig_bad_message_row(number > 0 && number < BRIG_BAD_COUNT ? (int)number
										  : 0);
	for (int code = 1; code < BRIG_BAD_COUNT; code++)
		if (!strcmp(brig_bad_message_row(code)->name, word))
			return brig_bad_message_row(code);
	return NULL;
}

static json_t *json_code(const struct brig_bad_row *row)
{
	return json_pack("{s:i, s:s, s:s, s:s}", "code", row->code, "name", row->name, "stage",
			 brig_bad_stage_name(row->stage), "text", row->text);
}

static const char codes_head[] = "# Bad messages\n"
				 "\n"
				 "Made by `scripts/renew-ipc-docs`, which runs `brig ipc codes "
				 "--markdown`; a test compares.\n"
				 "\n"
				 "A peer that breaks the protocol is ended with exit class "
				 "`bad_message` and one of these codes, which are\n"
				 "stable and never reused. A lawful request that is refused is "
				 "none: it gets an error as its answer. The stages\n"
				 "are those that each message goes through, in order; what is "
				 "wrong is found at the first that can see it.\n"
				 "\n"
				 "| code | name | stage | the peer sent, or did |\n"
				 "|---|---|---|---|\n";

static void print_code(const struct brig_bad_row *row, enum format format)
{
	const char *stage = brig_bad_stage_name(row->stage);

	if (format == MARKDOWN)
		(void)printf("| %d | `%s` | %s | %s |\n", row->code, row->name, stage, row->text);
	else
		(void)printf("%3d  %-14s %-11s %s\n", row->code, row->name, stage, row->text);
}

static int codes(enum format format, const char *word)
{
	const struct brig_bad_row *one = word ? find_code(word) : NULL;
	json_t *all = json_array();

	if (word && !one) {
		json_decref(all);
		return complain(EXIT_USAGE, "there is no bad-message code '%s': 1 to %d", word,
				BRIG_BAD_COUNT - 1);
	}
	if (format == MARKDOWN)
		(void)fputs(codes_head, stdout);
	for (int code = 1; code < BRIG_BAD_COUNT; code++) {
		const struct brig_bad_row *row = brig_bad_message_row(code);

		if (one && one != row)
			continue;
		(void)json_array_append_new(all, json_code(row));
		if (format != JSON)
			print_code(row, format);
	}
	if (format == JSON)
		return print_json(all);
	json_decref(all);
	return EXIT_OK;
}

/* ---- methods ---- */

static const char *const fd_names[BRIG_FD_KIND_COUNT] = {
	[BRIG_FD_NONE] = "none",
	[BRIG_FD_REGULAR_RO] = "regular_ro",
	[BRIG_FD_REGULAR_RW] = "regular_rw",
	[BRIG_FD_MEMFD_SEALED] = "memfd_sealed",
	[BRIG_FD_PIPE] = "pipe",
	[BRIG_FD_SOCKETPAIR] = "socketpair",
	[BRIG_FD_LISTENING_SOCKET] = "listening_socket",
	[BRIG_FD_EVENTFD] = "eventfd",
	[BRIG_FD_LISTENER] = "listener",
};

static json_t *json_fds(const uint8_t *kinds, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(array, json_string(fd_names[kinds[i]]));
	return array;
}

static json_t *json_method(const struct brig_service *service, const struct brig_method *method)
{
	json_t *roles = json_array();

	for (const char *const *role = service->roles; *role; role++)
		(void)json_array_append_new(roles, json_string(*role));
	return json_pack(
		"{s:s, s:i, s:i, s:o, s:s, s:b, s:s?, s:i, s:i, s:i, s:o, s:o}", "name",
		method->name, "service", method->service, "method", method->method, "roles", roles,
		"caller", method->caller == BRIG_FROM_CHILD ? "child" : "broker", "oneway",
		method->flags & BRIG_METHOD_ONEWAY, "permission", method->permission, "max_bytes",
		(int)method->max_bytes, "deadline_ms", (int)method->deadline_ms, "max_inflight",
		(int)method->max_inflight, "fds_in", json_fds(method->fds_in, method->n_fds_in),
		"fds_out", json_fds(method->fds_out, method->n_fds_out));
}

static const char methods_head[] =
	"# Methods\n"
	"\n"
	"Made by `scripts/renew-ipc-docs`, which runs `brig ipc methods --markdown`, of "
	"ipc/schema/services.proto; a\n"
	"test compares. It is all that a sealed child can ask of its broker, and the other way "
	"round. A role may call a\n"
	"service that names it here and that its role file names as an interface.\n"
	"\n"
	"| method | roles | caller | needs | bytes | time | in flight | descriptors in | out |\n"
	"|---|---|---|---|---|---|---|---|---|\n";

static void print_fds(const uint8_t *kinds, size_t n, const char *none)
{
	(void)fputs(n ? "" : none, stdout);
	for (size_t i = 0; i < n; i++)
		(void)printf("%s%s", i ? ", " : "", fd_names[kinds[i]]);
}

static void print_method(const struct brig_service *service, const struct brig_method *method,
			 enum format format)
{
	const char *between = format == MARKDOWN ? " | " : "  ";

	(void)printf(format == MARKDOWN ? "| `%s` | " : "%-19s ", method->name);
	for (const char *const *role = service->roles; *role; role++)
		(void)printf("%s%s", role == service->roles ? "" : ", ", *role);
	(void)printf("%s%s%s%s%s%u bytes%s", between,
		     method->caller == BRIG_FROM_CHILD ? "child" : "broker", between,
		     method->permission ? method->permission : "its role", between,
		     method->max_bytes, between);
	if (method->flags & BRIG_METHOD_ONEWAY)
		(void)printf("oneway%s-", between);
	else
		(void)printf("%u ms%s%u", method->deadline_ms, between, method->max_inflight);
	(void)fputs(between, stdout);
	print_fds(method->fds_in, method->n_fds_in, "-");
	(void)fputs(between, stdout);
	print_fds(method->fds_out, method->n_fds_out, "-");
	(void)puts(format == MARKDOWN ? " |" : "");
}

static int methods(enum format format)
{
	json_t *all = json_array();

	if (format == MARKDOWN)
		(void)fputs(methods_head, stdout);
	for (const struct brig_service *const *at = own_services; *at; at++)
		for (size_t m = 0; m < (*at)->n_methods; m++) {
			const struct brig_method *method = &(*at)->methods[m];

			(void)json_array_append_new(all, json_method(*at, method));
			if (format != JSON)
				print_method(*at, method, format);
		}
	if (format == JSON)
		return print_json(all);
	json_decref(all);
	return EXIT_OK;
}

/* ---- check ---- */

static int check(const char *name)
{
	static uint8_t payload[65537];
	const struct brig_method *method = own_method_named(name);
	const size_t n = method ? fread(payload, 1, sizeof payload, stdin) : 0;
	struct brig_breach breach = { NULL, NULL };

	if (!method)
		return complain(EXIT_USAGE, "there is no method '%s': see 'brig ipc methods'",
				name);
	const enum brig_bad_message bad =
		n > method->max_bytes ? BRIG_BAD_SIZE
				      : brig_rules_check(method->request, payload, n, &breach);
	if (!bad) {
		(void)printf("%s: %zu bytes, a lawful request\n", name, n);
		return EXIT_OK;
	}
	(void)printf("%s: %zu bytes: code %d (%s): %s%s%s\n", name, n, (int)bad,
		     brig_bad_message_row((int)bad)->name, brig_bad_message_text((int)bad),
		     breach.field ? ": field " : "", breach.field ? breach.field->name : "");
	return EXIT_SOME_FAILED;
}

int ipc_main(int argc, char **argv)
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' },
						 { "markdown", no_argument, NULL, 'm' },
						 { "help", no_argument, NULL, 'h' },
						 { NULL, 0, NULL, 0 } };
	enum format format = TEXT;
	int letter;

	optind = 1;
	while ((letter = getopt_long(argc, argv, "jh", options, NULL)) != -1) {
		if (letter == 'h') {
			(void)fputs(ipc_help, stdout);
			return EXIT_OK;
		}
		if (letter == '?')
			return EXIT_USAGE;
		format = letter == 'j' ? JSON : MARKDOWN;
	}
	const int n = argc - optind;
	char **words = argv + optind;
	if (n >= 1 && n <= 2 && !strcmp(words[0], "codes"))
		return codes(format, n == 2 ? words[1] : NULL);
	if (n == 1 && !strcmp(words[0], "methods"))
		return methods(format);
	if (n == 2 && !strcmp(words[0], "check"))
		return check(words[1]);
	(void)fputs(ipc_help, n ? stderr : stdout);
	return n ? EXIT_USAGE : EXIT_OK;
}
