/* The condition of a row, from the arguments that were seen. */
#include "tools/policy/learnt.h"

#include <stdlib.h>
#include <string.h>

#define LINE_MAX_COLUMN 88
#define REASON_COLUMN   40

/* A row that is written a word group at a time, and broken before it gets too wide. */
struct line {
	FILE *out;
	size_t column;
	bool may_break; /* a row goes on by itself behind ",", "and" and "or" */
};

static bool ends_with(const char *text, const char *end)
{
	const size_t n = strlen(text), n_end = strlen(end);

	return n >= n_end && !strcmp(text + n - n_end, end);
}

static void put(struct line *line, const char *text)
{
	const size_t n = strlen(text);

	if (line->may_break && line->column + n > LINE_MAX_COLUMN) {
		(void)fputs("\n\t", line->out);
		line->column = 8;
		text += *text == ' ';
	}
	(void)fputs(text, line->out);
	line->column += n;
	line->may_break = ends_with(text, ",") || ends_with(text, " or");
}

static const char *zero_text(const struct brig_tracked *tracked, char *ret, size_t size)
{
	char mask[64];

	if (tracked->looked_at)
		(void)snprintf(ret, size, "%s & %s == %s", tracked->argument,
			       brig_tracked_mask(tracked->looked_at_names, tracked->looked_at, mask,
						 sizeof mask),
			       brig_tracked_mask(tracked->prefixes, 0, (char[32]){ 0 }, 32));
	else
		(void)snprintf(ret, size, "%s == 0", tracked->argument);
	return ret;
}

static const char *left_side(const struct brig_tracked *tracked, char *ret, size_t size)
{
	char mask[64];

	if (!tracked->ignored)
		(void)snprintf(ret, size, "%s", tracked->argument);
	else
		(void)snprintf(ret, size, "%s & ~(%s)", tracked->argument,
			       brig_tracked_mask(tracked->ignored_names, tracked->ignored, mask,
						 sizeof mask));
	return ret;
}

/* "cmd in {A, B}" */
static void put_values(const struct record *record, const struct record_call *seen,
		       const struct brig_tracked *tracked, struct line *line)
{
	const bool one = seen->n_tuples == 1;
	char side[128], name[256], text[300];

	(void)snprintf(text, sizeof text, " %s %s", left_side(tracked, side, sizeof side),
		       one ? "== " : "in {");
	put(line, text);
	for (unsigned int i = 0; i < seen->n_tuples; i++) {
		(void)brig_tracked_name(record->arch, tracked, 0, seen->tuples[i][0], name,
					sizeof name);
		(void)snprintf(text, sizeof text, "%s%s%s", i ? " " : "", name,
			       i + 1 < seen->n_tuples ? ","
			       : one                  ? ""
						      : "}");
		put(line, text);
	}
}

/* "family == AF_UNIX and type == SOCK_STREAM", of one tuple; "" if it says nothing. */
static void tuple_text(const struct record *record, const struct brig_tracked_call *call,
		       const uint64_t *tuple, char *ret, size_t size)
{
	*ret = '\0';
	for (int i = 0; i < BRIG_TRACKED_MAX && call->arguments[i].argument; i++) {
		const struct brig_tracked *tracked = &call->arguments[i];
		char name[256], text[300];
		const size_t n = strlen(ret);

		if (tracked->kind == BRIG_TRACKED_ZERO && tuple[i])
			continue;
		if (tracked->kind == BRIG_TRACKED_ZERO)
			(void)zero_text(tracked, text, sizeof text);
		else
			(void)snprintf(text, sizeof text, "%s %s %s", tracked->argument,
				       tracked->kind == BRIG_TRACKED_SUBSET ? "subset" : "==",
				       brig_tracked_name(record->arch, tracked, tuple[0], tuple[i],
							 name, sizeof name));
		(void)snprintf(ret + n, size - n, "%s%s", n ? " and " : "", text);
	}
}

static bool tells_nothing(const struct record *record, const struct record_call *seen,
			  const struct brig_tracked_call *call)
{
	char text[1024];

	for (unsigned int i = 0; i < seen->n_tuples; i++) {
		tuple_text(record, call, seen->tuples[i], text, sizeof text);
		if (!*text)
			return true;
	}
	return !seen->n_tuples || seen->any;
}

bool learnt_has_condition(const struct record *record, const struct brig_call *call)
{
	const struct brig_tracked_call *tracked = brig_tracked_find(call->name);

	return tracked &&
	       !tells_nothing(record, &record->calls[call->number[record->arch]], tracked);
}

static void put_rule(const struct record *record, const struct brig_call *call, struct line *line)
{
	const struct brig_tracked_call *tracked = brig_tracked_find(call->name);
	const struct record_call *seen = &record->calls[call->number[record->arch]];
	char text[1100], tuple[1024];

	(void)snprintf(text, sizeof text, "%s: allow", call->name);
	put(line, text);
	if (!learnt_has_condition(record, call))
		return;
	put(line, " if");
	if (!tracked->arguments[1].argument && tracked->arguments[0].kind == BRIG_TRACKED_VALUE) {
		put_values(record, seen, &tracked->arguments[0], line);
		return;
	}
	for (unsigned int i = 0; i < seen->n_tuples; i++) {
		const bool last = i + 1 == seen->n_tuples;

		tuple_text(record, tracked, seen->tuples[i], tuple, sizeof tuple);
		(void)snprintf(text, sizeof text, " %s%s", tuple, last ? "" : " or");
		put(line, text);
	}
}

void learnt_rule(const struct record *record, const struct brig_call *call, FILE *out)
{
	struct line line = { out, 0, false };

	put_rule(record, call, &line);
	if (line.column < REASON_COLUMN)
		(void)fprintf(out, "%*s", (int)(REASON_COLUMN - line.column), "");
}
