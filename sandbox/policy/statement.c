/* Statements: everything in a role file that is no row. One row of the table each. */
#include "sandbox/policy/nearest.h"
#include "sandbox/policy/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The present token as a NUL-terminated word in @buffer; the parser stands behind it. */
static int take_word(struct brig_parser *parser, const char *what, char *buffer, size_t size)
{
	const struct brig_token *token = brig_peek(parser);

	if (token->kind != BRIG_TOKEN_WORD || token->n >= size)
		return brig_text_fail(parser, token, "%s was expected", what);
	memcpy(buffer, token->text, token->n);
	buffer[token->n] = '\0';
	parser->at++;
	return 0;
}

/* The index in @names (NULL at its end) of the present token. */
static int take_one_of(struct brig_parser *parser, const char *const *names, int *ret)
{
	char list[400] = "";

	for (int i = 0; names[i]; i++) {
		if (brig_accept(parser, names[i])) {
			*ret = i;
			return 0;
		}
		size_t n = strlen(list);
		(void)snprintf(list + n, sizeof list - n, "%s%s", i ? ", " : "", names[i]);
	}
	return brig_text_fail(parser, NULL, "one of these was expected: %s", list);
}

static int parse_role(struct brig_parser *parser)
{
	struct brig_text *text = parser->text;
	char name[sizeof text->name];
	int r = take_word(parser, "the role's name, up to 31 bytes,", name, sizeof name);

	/* The outermost file names it; what it includes is a role of its own right. */
	if (!r && (!text->named_at || parser->depth < text->named_at)) {
		memcpy(text->name, name, sizeof text->name);
		(void)snprintf(text->process_name, sizeof text->process_name, "brig-%.10s", name);
		text->named_at = parser->depth;
	}
	return r;
}

static int parse_include_statement(struct brig_parser *parser)
{
	const struct brig_token token = *brig_peek(parser);
	char name[256];
	int r = take_word(parser, "the name of a role or file", name, sizeof name);

	return r ? r : brig_parse_include(parser, name, &token);
}

static int parse_launch(struct brig_parser *parser)
{
	static const char *const names[] = { "fork", "exec", NULL };
	int i = 0, r = take_one_of(parser, names, &i);

	parser->text->launch = i ? BRIG_LAUNCH_EXEC : BRIG_LAUNCH_FORK;
	return r;
}

static int parse_root(struct brig_parser *parser)
{
	static const char *const names[] = { "empty", "libraries", NULL };
	int i = 0, r = take_one_of(parser, names, &i);

	parser->text->root = i ? BRIG_ROOT_LIBRARIES : BRIG_ROOT_EMPTY;
	return r;
}

static bool is_namespace(enum brig_layer layer)
{
	const char *name = brig_layer_name(layer);
	size_t n = strlen(name);

	return n > 3 && !strcmp(name + n - 3, "_ns");
}

/* "layer landlock required"; "namespaces" and "all" stand for several. */
static int parse_layer(struct brig_parser *parser)
{
	static const char *const wants[] = { "off", "preferred", "required", NULL };
	bool chosen[BRIG_LAYER_COUNT] = { false }, known = false;
	const bool all = brig_accept(parser, "all"),
		   namespaces = !all && brig_accept(parser, "namespaces");
	int want = 0;

	for (int i = 0; i < BRIG_LAYER_COUNT; i++) {
		bool named = !all && !namespaces && !known &&
			     brig_accept(parser, brig_layer_name((enum brig_layer)i));

		chosen[i] = all || named || (namespaces && is_namespace((enum brig_layer)i));
		known = known || chosen[i];
	}
	if (!known)
		return brig_text_fail(parser, NULL,
				      "a layer was expected, 'namespaces' or 'all'; 'brig doctor' "
				      "lists them");
	int r = take_one_of(parser, wants, &want);
	for (int i = 0; !r && i < BRIG_LAYER_COUNT; i++)
		if (chosen[i])
			parser->text->layers[i] = (enum brig_want)want;
	return r;
}

static const struct {
	const char *name;
	int resource;
	const char *unit; /* letters that may stand behind the number */
} limits[] = {
	{ "memory", RLIMIT_AS, "KMGT" },       { "data", RLIMIT_DATA, "KMGT" },
	{ "stack", RLIMIT_STACK, "KMGT" },     { "core", RLIMIT_CORE, "KMGT" },
	{ "file-size", RLIMIT_FSIZE, "KMGT" }, { "locked", RLIMIT_MEMLOCK, "KMGT" },
	{ "queues", RLIMIT_MSGQUEUE, "KMGT" }, { "cpu", RLIMIT_CPU, "smh" },
	{ "descriptors", RLIMIT_NOFILE, "" },  { "processes", RLIMIT_NPROC, "" },
};

static bool scale(rlim_t *value, const char *units, char letter)
{
	static const rlim_t seconds[] = { 1, 60, 3600 };
	const char *at = letter ? strchr(units, letter) : NULL;

	if (!at)
		return !letter;
	if (*units == 's')
		return !__builtin_mul_overflow(*value, seconds[at - units], value);
	return !__builtin_mul_overflow(*value, (rlim_t)1 << (10 * (at - units + 1)), value);
}

static int parse_quantity(struct brig_parser *parser, const char *units, rlim_t *ret)
{
	const struct brig_token *token = brig_peek(parser);
	char word[32], *end;
	int r = take_word(parser, "a quantity", word, sizeof word);

	if (r < 0)
		return r;
	errno = 0;
	*ret = strtoull(word, &end, 10);
	if (*word < '0' || *word > '9' || errno || (*end && end[1]) || !scale(ret, units, *end))
		return brig_text_fail(parser, token, "'%s' is no quantity: a number%s%s", word,
				      *units ? ", and perhaps one of " : "", units);
	return 0;
}

static void remove_limit(struct brig_text *text, int resource)
{
	size_t kept = 0;

	for (size_t i = 0; i < text->n_limits; i++)
		if (text->limits[i].resource != resource)
			text->limits[kept++] = text->limits[i];
	text->n_limits = kept;
}

/* "limit memory 512M # why"; "limit memory none" takes back what an included file says. */
static int parse_limit(struct brig_parser *parser)
{
	struct brig_text *text = parser->text;
	const size_t n = sizeof limits / sizeof *limits;
	rlim_t value = 0;
	size_t i = 0;
	int r;

	while (i < n && !brig_accept(parser, limits[i].name))
		i++;
	if (i == n)
		return brig_text_fail(parser, NULL,
				      "a limit was expected: memory, data, stack, core, file-size, "
				      "locked, queues, cpu, descriptors or processes");
	if (brig_accept(parser, "none")) {
		remove_limit(text, limits[i].resource);
		return 0;
	}
	r = parse_quantity(parser, limits[i].unit, &value);
	if (!r && !parser->why)
		r = brig_text_fail(parser, &parser->tokens[0],
				   "every limit has its reason: end it "
				   "with '# why'");
	if (r < 0)
		return r;
	remove_limit(text, limits[i].resource);
	if (text->n_limits == BRIG_LIMITS_MAX)
		return brig_text_fail(parser, NULL, "more than %d limits", BRIG_LIMITS_MAX);
	text->limits[text->n_limits++] = (struct brig_limit_row){ .resource = limits[i].resource,
								  .value = value,
								  .why = parser->why };
	return 0;
}

/* "group memory 1G # why": of the child's own cgroup, where the embedder names one. */
static int parse_group(struct brig_parser *parser)
{
	static const char *const names[] = { "memory", "processes", NULL };
	static const char *const units[BRIG_CGROUP_LIMITS] = { "KMGT", "" };
	rlim_t value = 0;
	int i = 0, r = take_one_of(parser, names, &i);

	if (r)
		return r;
	if (!brig_accept(parser, "none")) {
		const struct brig_token *token = brig_peek(parser);

		r = parse_quantity(parser, units[i], &value);
		if (!r && !value)
			r = brig_text_fail(parser, token,
					   "no process fits into 0: 'none' takes "
					   "the bound back");
		if (!r && !parser->why)
			r = brig_text_fail(parser, &parser->tokens[0],
					   "every limit has its reason: end it "
					   "with '# why'");
	}
	if (!r)
		parser->text->group_limits[i] = value;
	return r;
}

static int parse_interface(struct brig_parser *parser)
{
	const char *names[33];
	unsigned int bits[32], n = 0;
	int i = 0, r;

	for (unsigned int bit = 0; bit < 32; bit++)
		if (brig_interface_name(bit)) {
			names[n] = brig_interface_name(bit);
			bits[n++] = bit;
		}
	names[n] = NULL;
	do {
		r = take_one_of(parser, names, &i);
		if (!r)
			parser->text->interfaces |= 1u << bits[i];
	} while (!r && brig_accept(parser, ","));
	return r;
}

static int parse_number(struct brig_parser *parser, long low, long high, long *ret)
{
	const struct brig_token *token = brig_peek(parser);
	char word[16], *end;
	int r = take_word(parser, "a number", word, sizeof word);

	if (r < 0)
		return r;
	*ret = strtol(word, &end, 10);
	if (*end || end == word || *ret < low || *ret > high)
		return brig_text_fail(parser, token, "a number from %ld to %ld was expected", low,
				      high);
	return 0;
}

static int parse_descriptors(struct brig_parser *parser)
{
	long n = 0;
	int r = parse_number(parser, 1, 64, &n);

	parser->text->fds = (unsigned int)n;
	return r;
}

static int parse_threads(struct brig_parser *parser)
{
	struct brig_text *text = parser->text;
	long n = 0;

	text->threads_at.file = parser->file;
	text->threads_at.line = brig_peek(parser)->line;
	text->threads_at.column = brig_peek(parser)->column;
	int r = parse_number(parser, 1, 64, &n);
	text->threads = (unsigned int)n;
	return r;
}

static int parse_oom_score(struct brig_parser *parser)
{
	long n = 0;
	int r = parse_number(parser, 0, 1000, &n);

	parser->text->oom_score_adj = (int)n;
	return r;
}

/* "channel plain": what it says and hears goes by write and read, without descriptors. */
static int parse_channel(struct brig_parser *parser)
{
	static const char *const names[] = { "full", "plain", NULL };
	int i = 0, r = take_one_of(parser, names, &i);

	parser->text->plain_channel = i == 1;
	return r;
}

/* "priority best-effort": of a launch that asks for none. */
static int parse_priority(struct brig_parser *parser)
{
	const char *names[BRIG_PRIORITY_COUNT] = { NULL };
	int i = 0;

	for (int p = BRIG_PRIORITY_USER_BLOCKING; p < BRIG_PRIORITY_COUNT; p++)
		names[p - BRIG_PRIORITY_USER_BLOCKING] = brig_priority_name((enum brig_priority)p);
	int r = take_one_of(parser, names, &i);
	if (!r)
		parser->text->priority = (enum brig_priority)(BRIG_PRIORITY_USER_BLOCKING + i);
	return r;
}

static int parse_stage(struct brig_parser *parser)
{
	static const char *const names[] = { "before-ready", "after-ready", "both", NULL };
	int i = 0, r = take_one_of(parser, names, &i);

	parser->stage = i == 2 ? -1 : i;
	parser->text->staged = parser->text->staged || (!r && i == BRIG_BEFORE_READY);
	return r;
}

/* "default benign errno EPERM" */
static int parse_default(struct brig_parser *parser)
{
	static const char *const classes[] = { "benign", "dangerous", "unknown", NULL };
	struct brig_verdict verdict = { 0 };
	int i = 0, r = take_one_of(parser, classes, &i);

	if (!r)
		r = brig_parse_verdict(parser, &verdict);
	if (!r)
		parser->text->defaults[i] = verdict;
	return r;
}

/* What a report is when it comes to it: "report notify" or "report kill". */
static int parse_report(struct brig_parser *parser)
{
	static const char *const names[] = { "notify", "kill", NULL };
	int i = 0, r = take_one_of(parser, names, &i);

	parser->text->report_kills = i == 1;
	return r;
}

/* "audit on" */
static int parse_audit(struct brig_parser *parser)
{
	static const char *const names[] = { "off", "on", NULL };
	int i = 0, r = take_one_of(parser, names, &i);

	parser->text->audit = i == 1;
	return r;
}

static struct brig_call_set *new_set(struct brig_parser *parser)
{
	struct brig_text *text = parser->text;

	if (text->n_sets == BRIG_SETS_MAX) {
		(void)brig_text_fail(parser, NULL, "more than %d sets", BRIG_SETS_MAX);
		return NULL;
	}
	return &text->sets[text->n_sets];
}

static int parse_members(struct brig_parser *parser, struct brig_call_set *set)
{
	uint32_t number;
	bool is_number;
	int r = brig_parse_calls(parser, &set->calls, &set->n, &number, &is_number);

	if (!r && is_number)
		r = brig_text_fail(parser, NULL, "a set has names, no numbers");
	return r;
}

static bool contains(const struct brig_call_set *set, const struct brig_call *call)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->calls[i] == call)
			return true;
	return false;
}

/* Who allows one way to do a thing allows the others: libc's choice changes with its version. */
static void add_twins(const struct brig_text *text, struct brig_call_set *set)
{
	for (size_t t = 0; t < text->n_sets; t++) {
		const struct brig_call_set *twins = &text->sets[t];
		bool has = false;

		for (size_t i = 0; twins->twins && i < twins->n; i++)
			has = has || contains(set, twins->calls[i]);
		for (size_t i = 0; has && i < twins->n; i++)
			if (!contains(set, twins->calls[i]))
				set->calls[set->n++] = twins->calls[i];
	}
}

static int parse_set(struct brig_parser *parser)
{
	struct brig_call_set *set = new_set(parser);
	const struct brig_token *token = brig_peek(parser);
	char name[64];

	if (!set)
		return -EINVAL;
	int r = take_word(parser, "the set's name, such as @io,", name, sizeof name);
	if (!r && *name != '@')
		r = brig_text_fail(parser, token, "the name of a set begins with '@'");
	if (!r)
		r = brig_expect(parser, "=", "'=' and the calls");
	if (!r)
		r = parse_members(parser, set);
	if (r < 0)
		return r;
	add_twins(parser->text, set);
	set->name = brig_text_copy(parser->text, name, strlen(name));
	parser->text->n_sets++;
	return set->name ? 0 : -ENOMEM;
}

static int parse_twins(struct brig_parser *parser)
{
	struct brig_call_set *set = new_set(parser);
	int r = set ? parse_members(parser, set) : -EINVAL;

	if (r < 0)
		return r;
	set->twins = true;
	set->name = ""; /* no token is this */
	parser->text->n_sets++;
	return 0;
}

/* "hot futex, mmap": asked first, since a call whose arguments are looked at is never remembered.
 */
static int parse_hot(struct brig_parser *parser)
{
	struct brig_text *text = parser->text;
	struct brig_call_set set = { 0 };
	int r = parse_members(parser, &set);

	for (size_t i = 0; !r && i < set.n; i++) {
		if (set.calls[i]->number[text->arch] == BRIG_CALL_NONE)
			continue;
		if (text->n_hot == BRIG_HOT_MAX)
			return brig_text_fail(parser, NULL, "more than %d hot calls", BRIG_HOT_MAX);
		text->hot[text->n_hot++] = (uint32_t)set.calls[i]->number[text->arch];
	}
	return r;
}

static const char *given(const struct brig_policy_options *options, const char *name)
{
	for (size_t i = 0; options && i < options->n_parameters; i++)
		if (!strcmp(options->parameters[i].name, name))
			return options->parameters[i].value;
	return NULL;
}

/* "parameter write = no  # may clients upload"; without '=' it must be given. */
static int parse_parameter(struct brig_parser *parser)
{
	struct brig_text *text = parser->text;
	const struct brig_token token = *brig_peek(parser);
	char name[64], value[256];
	int r = take_word(parser, "the parameter's name", name, sizeof name);
	bool defaulted = !r && brig_accept(parser, "=");

	if (defaulted)
		r = take_word(parser, "its default", value, sizeof value);
	const char *chosen = r ? NULL : given(parser->options, name);
	if (!r && !chosen && !defaulted)
		r = brig_text_fail(parser, &token,
				   "the parameter %s has no default: give it by "
				   "--set %s=VALUE",
				   name, name);
	/* It comes from outside: it must not be able to say more than a word. */
	if (!r && chosen && !brig_is_word(chosen))
		r = brig_text_fail(parser, &token,
				   "the value of the parameter %s is no single word", name);
	if (!r && text->n_parameters == BRIG_PARAMETERS_MAX)
		r = brig_text_fail(parser, &token, "more than %d parameters", BRIG_PARAMETERS_MAX);
	if (r < 0)
		return r;
	chosen = chosen ? chosen : value;
	struct brig_parameter *parameter = &text->parameters[text->n_parameters];
	parameter->name = brig_text_copy(text, name, strlen(name));
	parameter->value = brig_text_copy(text, chosen, strlen(chosen));
	if (!parameter->name || !parameter->value)
		return -ENOMEM;
	text->n_parameters++;
	return 0;
}

static const struct {
	const char *word;
	int (*parse)(struct brig_parser *parser);
} statements[] = {
	{ "role", parse_role },
	{ "include", parse_include_statement },
	{ "launch", parse_launch },
	{ "root", parse_root },
	{ "layer", parse_layer },
	{ "limit", parse_limit },
	{ "group", parse_group },
	{ "interface", parse_interface },
	{ "descriptors", parse_descriptors },
	{ "channel", parse_channel },
	{ "threads", parse_threads },
	{ "oom-score", parse_oom_score },
	{ "priority", parse_priority },
	{ "stage", parse_stage },
	{ "default", parse_default },
	{ "report", parse_report },
	{ "audit", parse_audit },
	{ "set", parse_set },
	{ "hot", parse_hot },
	{ "twins", parse_twins },
	{ "parameter", parse_parameter },
	{ "needs", brig_parse_needs },
};

/* A line without a colon is meant as a statement, unless it begins with a call. */
static int refuse_unknown(struct brig_parser *parser)
{
	const struct brig_names names = { statements, sizeof statements / sizeof *statements,
					  sizeof *statements };
	const struct brig_token *token = brig_peek(parser);
	const char *const *near;

	for (size_t i = 0; i < parser->n_tokens; i++)
		if (brig_token_is(&parser->tokens[i], ":"))
			return 0;
	if (brig_call_find(token->text, token->n) || strchr("@0123456789", *token->text))
		return 0;
	near = brig_names_nearest(&names, token->text, token->n);
	return brig_text_fail(parser, token, "there is no statement '%.*s'%s%s%s", (int)token->n,
			      token->text, near ? "; is it " : "", near ? *near : "",
			      near ? "?" : "");
}

int brig_parse_statement(struct brig_parser *parser, bool *ret_known)
{
	*ret_known = false;
	for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
		if (!brig_accept(parser, statements[i].word))
			continue;
		*ret_known = true;
		int r = statements[i].parse(parser);
		if (!r && parser->at < parser->n_tokens)
			r = brig_text_fail(parser, NULL, "'%.*s' where the row should end",
					   (int)brig_peek(parser)->n, brig_peek(parser)->text);
		return r;
	}
	return refuse_unknown(parser);
}
