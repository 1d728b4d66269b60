/* Calls as people write them, and what can come of them. */
#include "tools/policy/tool.h"

#include "sandbox/policy/constants.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	const char *at;
	enum brig_arch arch;
	char *error;
	size_t size;
};

static int fail(struct reader *reader, const char *what, const char *word, size_t n)
{
	(void)snprintf(reader->error, reader->size, "%s: '%.*s'", what, (int)n, word);
	return -1;
}

static void skip_blanks(struct reader *reader)
{
	while (isspace((unsigned char)*reader->at))
		reader->at++;
}

static size_t word_length(const char *text)
{
	size_t n = 0;

	while (isalnum((unsigned char)text[n]) || text[n] == '_' || (!n && text[n] == '-'))
		n++;
	return n;
}

static int read_word(struct reader *reader, uint64_t *ret)
{
	const char *word = reader->at;
	const size_t n = word_length(word);
	char *end;

	reader->at += n;
	if (!n)
		return fail(reader, "a number or a constant was expected", word, strlen(word));
	if (isdigit((unsigned char)*word) || *word == '-') {
		errno = 0;
		*ret = *word == '-' ? 0 - strtoull(word + 1, &end, 0) : strtoull(word, &end, 0);
		return end == word + n && !errno ? 0 : fail(reader, "no number", word, n);
	}
	const struct brig_constant *constant = brig_constant_find(word, n);
	if (!constant || !constant->known[reader->arch])
		return fail(reader, "there is no such constant", word, n);
	*ret = constant->value[reader->arch];
	return 0;
}

/* A string is a pointer to who knows where; "_" is anything. */
static int read_argument(struct reader *reader, uint64_t *ret, bool *ret_known)
{
	uint64_t word = 0;
	int r = 0;

	skip_blanks(reader);
	*ret = 0;
	*ret_known = false;
	if (*reader->at == '"') {
		const char *end = strchr(reader->at + 1, '"');

		if (!end)
			return fail(reader, "a string that doesn't end", reader->at,
				    strlen(reader->at));
		reader->at = end + 1;
	} else if (*reader->at == '_' && word_length(reader->at) == 1) {
		reader->at++;
	} else if (!strncmp(reader->at, "...", 3)) {
		reader->at += 3;
	} else {
		*ret_known = true;
		do {
			r = read_word(reader, &word);
			*ret |= word;
			skip_blanks(reader);
		} while (!r && *reader->at == '|' && reader->at++);
	}
	skip_blanks(reader);
	return r;
}

static int read_name(struct reader *reader, struct tool_call *ret)
{
	const char *word = reader->at;
	const size_t n = word_length(word);
	char *end;

	if (isdigit((unsigned char)*word)) {
		ret->number = (uint32_t)strtoul(word, &end, 0);
		if (end != word + n)
			return fail(reader, "no number of a system call", word, n);
		ret->call = brig_call_by_number(reader->arch, ret->number);
	} else {
		ret->call = brig_call_find(word, n);
		if (!ret->call) {
			const struct brig_call *near = brig_call_nearest(word, n);

			(void)snprintf(reader->error, reader->size,
				       "there is no system call '%.*s'%s%s%s", (int)n, word,
				       near ? "; is it " : "", near ? near->name : "",
				       near ? "?" : "");
			return -1;
		}
		if (ret->call->number[reader->arch] == BRIG_CALL_NONE)
			return fail(reader, "this architecture has no such call", word, n);
		ret->number = (uint32_t)ret->call->number[reader->arch];
	}
	reader->at += n;
	skip_blanks(reader);
	return 0;
}

int tool_call_parse(const char *text, enum brig_arch arch, struct tool_call *ret, char *error,
		    size_t size)
{
	struct reader reader = { text, arch, error, size };
	int r;

	memset(ret, 0, sizeof *ret);
	skip_blanks(&reader);
	r = read_name(&reader, ret);
	const bool brackets = !r && *reader.at == '(';
	reader.at += brackets;
	skip_blanks(&reader);
	for (int i = 0; !r && *reader.at && *reader.at != ')'; i++) {
		if (i == BRIG_CALL_ARGUMENTS)
			return fail(&reader, "more than six arguments", reader.at,
				    strlen(reader.at));
		r = read_argument(&reader, &ret->args[i], &ret->known[i]);
		reader.at += !r && *reader.at == ',';
	}
	if (!r && brackets && *reader.at++ != ')')
		return fail(&reader, "')' was expected", reader.at - 1, 0);
	skip_blanks(&reader);
	return r || !*reader.at
		       ? r
		       : fail(&reader, "nothing was expected there", reader.at, strlen(reader.at));
}

struct collector {
	const struct brig_model *model;
	const struct tool_call *call;
	struct tool_outcome *outcomes;
	int n;
};

static int collect(void *user, const uint64_t witness[BRIG_CALL_ARGUMENTS])
{
	struct collector *collector = user;
	struct tool_outcome outcome;

	for (int i = 0; i < BRIG_CALL_ARGUMENTS; i++)
		outcome.args[i] = collector->call->known[i] ? collector->call->args[i] : witness[i];
	outcome.verdict =
		brig_model_verdict(collector->model, brig_arch_audit(collector->model->arch),
				   collector->call->number, outcome.args, &outcome.rule);
	for (int i = 0; i < collector->n; i++)
		if (collector->outcomes[i].rule == outcome.rule &&
		    collector->outcomes[i].verdict.action == outcome.verdict.action &&
		    collector->outcomes[i].verdict.error == outcome.verdict.error)
			return 0;
	if (collector->n < TOOL_OUTCOMES_MAX)
		collector->outcomes[collector->n++] = outcome;
	return 0;
}

int tool_outcomes(const struct brig_model *model, const struct tool_call *call,
		  struct tool_outcome ret[TOOL_OUTCOMES_MAX])
{
	const struct brig_stack stack = { .models = { model }, .n = 1 };
	struct collector collector = { model, call, ret, 0 };
	int r = brig_each_witness(&stack, call->number, collect, &collector);

	return r < 0 ? r : collector.n;
}
