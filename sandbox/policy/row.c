/* Rows: system calls, a verdict, a condition, a reason. */
#include "sandbox/policy/constants.h"
#include "sandbox/policy/nearest.h"
#include "sandbox/policy/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int parse_errno(struct brig_parser *parser, int *ret)
{
	const struct brig_token *token = brig_peek(parser);
	int number = brig_errno_number(token->text, token->n);

	if (!number) {
		const struct brig_constant *near = brig_constant_nearest(token->text, token->n);

		if (near && brig_errno_number(near->name, strlen(near->name)))
			return brig_text_fail(parser, token, "there is no errno '%.*s'; is it %s?",
					      (int)token->n, token->text, near->name);
		return brig_text_fail(parser, token,
				      "the name of an errno was expected, such as EACCES");
	}
	parser->at++;
	*ret = number;
	return 0;
}

int brig_parse_verdict(struct brig_parser *parser, struct brig_verdict *ret)
{
	*ret = (struct brig_verdict){ 0 };
	for (int i = 0; i < BRIG_ACTION_COUNT; i++)
		if (brig_accept(parser, brig_action_name((enum brig_action)i))) {
			ret->action = (enum brig_action)i;
			return i == BRIG_ACTION_ERRNO ? parse_errno(parser, &ret->error) : 0;
		}
	return brig_text_fail(parser, NULL,
			      "a verdict was expected: allow, log, notify, errno NAME, trap, "
			      "report or kill");
}

static int fail_set(struct brig_parser *parser, const struct brig_token *token)
{
	const struct brig_call_set *sets = parser->text->sets;
	const struct brig_names names = { sets, parser->text->n_sets, sizeof *sets };
	const struct brig_call_set *near = brig_names_nearest(&names, token->text, token->n);

	return brig_text_fail(parser, token, "there is no set '%.*s'%s%s%s", (int)token->n,
			      token->text, near ? "; is it " : "", near ? near->name : "",
			      near ? "?" : "");
}

static const struct brig_call_set *find_set(const struct brig_text *text,
					    const struct brig_token *token)
{
	for (size_t i = 0; i < text->n_sets; i++)
		if (brig_token_is(token, text->sets[i].name))
			return &text->sets[i];
	return NULL;
}

static void add_call(const struct brig_call **calls, size_t *n, const struct brig_call *call)
{
	for (size_t i = 0; i < *n; i++)
		if (calls[i] == call)
			return;
	calls[(*n)++] = call;
}

static int add_named(struct brig_parser *parser, const struct brig_call **calls, size_t *n)
{
	const struct brig_token *token = brig_peek(parser);

	if (token->kind != BRIG_TOKEN_WORD)
		return brig_text_fail(parser, token, "a system call or @set was expected");
	parser->at++;
	if (*token->text == '@') {
		const struct brig_call_set *set = find_set(parser->text, token);

		if (!set)
			return fail_set(parser, token);
		for (size_t i = 0; i < set->n; i++)
			add_call(calls, n, set->calls[i]);
		return 0;
	}
	const struct brig_call *call = brig_call_find(token->text, token->n);
	if (call) {
		add_call(calls, n, call);
		return 0;
	}
	call = brig_call_nearest(token->text, token->n);
	return brig_text_fail(parser, token, "there is no system call '%.*s'%s%s%s", (int)token->n,
			      token->text, call ? "; is it " : "", call ? call->name : "",
			      call ? "?" : "");
}

/* A number is a call of the policy's own architecture; it stands alone. */
static bool parse_number(struct brig_parser *parser, uint32_t *ret)
{
	const struct brig_token *token = brig_peek(parser);
	unsigned long value;
	char *end;

	if (token->kind != BRIG_TOKEN_WORD || *token->text < '0' || *token->text > '9')
		return false;
	value = strtoul(token->text, &end, 0);
	if (end != token->text + token->n || value >= BRIG_X32_BIT)
		return false;
	*ret = (uint32_t)value;
	parser->at++;
	return true;
}

int brig_parse_calls(struct brig_parser *parser, const struct brig_call ***ret, size_t *ret_n,
		     uint32_t *ret_number, bool *ret_is_number)
{
	const struct brig_call **calls;
	size_t n = 0, all;
	int r = 0;

	*ret_is_number = parse_number(parser, ret_number);
	*ret_n = 0;
	if (*ret_is_number)
		return 0;
	(void)brig_calls(&all);
	calls = brig_text_alloc(parser->text, all * sizeof *calls); /* none is in it twice */
	if (!calls)
		return -ENOMEM;
	do {
		r = add_named(parser, calls, &n);
	} while (!r && brig_accept(parser, ","));
	*ret = calls;
	*ret_n = n;
	return r;
}

/* The words from token @from on, as they were written but for their blanks. */
static const char *words(struct brig_parser *parser, size_t from, size_t to)
{
	size_t n = 1;

	for (size_t i = from; i < to; i++)
		n += parser->tokens[i].n + 1;
	char *copy = brig_text_alloc(parser->text, n), *at = copy;
	for (size_t i = from; copy && i < to; i++) {
		const struct brig_token *token = &parser->tokens[i];
		bool tight = brig_token_is(token, ",") || brig_token_is(token, "|") ||
			     brig_token_is(token, "..") ||
			     (i > from &&
			      (brig_token_is(token - 1, "|") || brig_token_is(token - 1, "..")));

		if (i > from && !tight)
			*at++ = ' ';
		memcpy(at, token->text, token->n);
		at += token->n;
	}
	return copy;
}

/* "when a == b" at the end of a row: does it hold? The words before it are the row. */
static int parse_when(struct brig_parser *parser)
{
	size_t at = parser->at;

	while (at < parser->n_tokens && !brig_token_is(&parser->tokens[at], "when"))
		at++;
	if (at == parser->n_tokens)
		return 0;
	const struct brig_token *when = &parser->tokens[at];
	if (parser->n_tokens - at != 4 ||
	    !(brig_token_is(when + 2, "==") || brig_token_is(when + 2, "!=")))
		return brig_text_fail(parser, when,
				      "'when ${name} == word' or '!=' ends a row, with nothing "
				      "behind it");
	bool same = when[1].n == when[3].n && !memcmp(when[1].text, when[3].text, when[1].n);
	parser->discard = same != brig_token_is(when + 2, "==");
	parser->n_tokens = at;
	return 0;
}

/* What a row says, and where; the parser stands behind its ':' for each of its calls. */
static int parse_rule(struct brig_parser *parser, const struct brig_call *call,
		      struct brig_rule *rule)
{
	int r = brig_parse_verdict(parser, &rule->verdict);
	size_t from;

	rule->test = -1;
	if (r < 0 || !brig_accept(parser, "if"))
		return r;
	from = parser->at;
	if (!call)
		return brig_text_fail(parser, NULL,
				      "a call that is named by number has no named arguments");
	r = brig_parse_condition(parser, call, &rule->test);
	rule->condition = r ? NULL : words(parser, from, parser->at);
	if (!r && !rule->condition)
		return -ENOMEM;
	if (!r && brig_accept(parser, "else")) {
		rule->has_otherwise = true;
		r = brig_parse_verdict(parser, &rule->otherwise);
	}
	return r;
}

static int keep_rule(struct brig_parser *parser, const struct brig_rule *rule, uint32_t number)
{
	struct brig_text *text = parser->text;

	if (parser->discard)
		return 0;
	if (text->n_rules == BRIG_RULES_MAX)
		return brig_text_fail(parser, NULL, "more than %d rules", BRIG_RULES_MAX);
	struct brig_rule *kept = &text->rules[text->n_rules++];
	*kept = *rule;
	kept->number = number;
	kept->stage = parser->stage;
	return 0;
}

static int parse_for(struct brig_parser *parser, const struct brig_call *call, uint32_t number)
{
	struct brig_rule rule = { .file = parser->file,
				  .line = parser->tokens[0].line,
				  .layer = parser->depth,
				  .condition = "",
				  .why = parser->why };
	int r = parse_rule(parser, call, &rule);

	if (!r && parser->at < parser->n_tokens)
		r = brig_text_fail(parser, NULL, "'%.*s' where the row should end",
				   (int)brig_peek(parser)->n, brig_peek(parser)->text);
	/* A call that this architecture hasn't got needs no rule. */
	return r || (call && call->number[parser->text->arch] == BRIG_CALL_NONE)
		       ? r
		       : keep_rule(parser, &rule, number);
}

int brig_parse_row(struct brig_parser *parser)
{
	const struct brig_call **calls = NULL;
	uint32_t number = 0;
	bool is_number = false;
	size_t n;
	int r = parse_when(parser);

	if (!r)
		r = brig_parse_calls(parser, &calls, &n, &number, &is_number);
	if (!r)
		r = brig_expect(parser, ":", "':' and a verdict");
	if (!r && !parser->why)
		r = brig_text_fail(parser, &parser->tokens[0],
				   "every row has its reason: end it with '# why'");
	if (r < 0)
		return r;
	const size_t rule_at = parser->at;
	if (is_number)
		r = parse_for(parser, NULL, number);
	for (size_t i = 0; !r && i < n; i++) {
		parser->at = rule_at;
		r = parse_for(parser, calls[i], (uint32_t)calls[i]->number[parser->text->arch]);
	}
	parser->discard = false;
	return r;
}

int brig_parse_needs(struct brig_parser *parser)
{
	struct brig_text *text = parser->text;
	const struct brig_call **calls = NULL;
	uint32_t number = 0;
	bool is_number = false;
	size_t n;
	int r = brig_parse_calls(parser, &calls, &n, &number, &is_number);
	const size_t behind = parser->at;

	if (!r && is_number)
		r = brig_text_fail(parser, &parser->tokens[1], "name the call that is needed");
	for (size_t i = 0; !r && i < n; i++) {
		struct brig_need need = { .test = -1,
					  .file = parser->file,
					  .line = parser->tokens[0].line };

		parser->at = behind;
		if (brig_accept(parser, "if"))
			r = brig_parse_condition(parser, calls[i], &need.test);
		if (r || calls[i]->number[text->arch] == BRIG_CALL_NONE)
			continue;
		if (text->n_needs == BRIG_NEEDS_MAX)
			return brig_text_fail(parser, NULL, "more than %d needs", BRIG_NEEDS_MAX);
		need.number = (uint32_t)calls[i]->number[text->arch];
		text->needs[text->n_needs++] = need;
	}
	return r;
}
