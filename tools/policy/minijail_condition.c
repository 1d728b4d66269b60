/* From minijail's expressions over arg0 … arg5 to conditions on arguments that have names. */
#include "sandbox/policy/constants.h"
#include "tools/policy/minijail.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BRACKETS_MAX 16

static int parse_number(struct minijail *m, struct minijail_file *file, uint64_t *ret)
{
	const struct minijail_token *token = minijail_peek(file);
	char digits[32] = "", *end = digits;

	errno = 0;
	if (token->n < sizeof digits) {
		memcpy(digits, token->text, token->n);
		digits[token->n] = '\0';
		*ret = *digits == '-' ? 0 - strtoull(digits + 1, &end, 0)
				      : strtoull(digits, &end, 0);
	}
	if (end == digits || *end || errno)
		return minijail_fail(m, file, token, "'%.*s' is no number of 64 bits",
				     (int)token->n, token->text);
	return 0;
}

int minijail_constant(struct minijail *m, struct minijail_file *file, uint64_t *ret)
{
	const struct minijail_token *token = minijail_peek(file);
	const struct brig_constant *constant;
	int r = 0;

	if (token->kind != MINIJAIL_WORD)
		return minijail_fail(m, file, token, "a number or a constant was expected");
	if (isdigit((unsigned char)*token->text) || *token->text == '-') {
		r = parse_number(m, file, ret);
		file->at++;
		return r;
	}
	constant = brig_constant_find(token->text, token->n);
	if (!constant) {
		constant = brig_constant_nearest(token->text, token->n);
		return minijail_fail(m, file, token, "there is no constant '%.*s'%s%s%s",
				     (int)token->n, token->text, constant ? "; is it " : "",
				     constant ? constant->name : "", constant ? "?" : "");
	}
	if (!constant->known[m->arch])
		return minijail_fail(m, file, token, "%s has no value on %s", constant->name,
				     brig_arch_name(m->arch));
	*ret = constant->value[m->arch];
	file->at++;
	return 0;
}

/*
 * "A|~(B|C)|(D|E)": the same to @out, without the brackets that mean nothing, which a role file
 * doesn't know.
 */
static int parse_value(struct minijail *m, struct minijail_file *file, int depth, uint64_t *ret,
		       FILE *out)
{
	uint64_t value = 0;
	int r = 0;

	do {
		const struct minijail_token *token;
		const bool inverted = minijail_accept(file, "~");
		const bool bracket = minijail_accept(file, "(");
		uint64_t word = 0;

		if (depth == BRACKETS_MAX)
			return minijail_fail(m, file, NULL, "more than %d brackets", BRACKETS_MAX);
		(void)fputs(inverted ? bracket ? "~(" : "~" : "", out);
		token = minijail_peek(file);
		r = bracket ? parse_value(m, file, depth + 1, &word, out)
			    : minijail_constant(m, file, &word);
		if (!r && !bracket)
			(void)fprintf(out, "%.*s", (int)token->n, token->text);
		if (!r && bracket && !minijail_accept(file, ")"))
			r = minijail_fail(m, file, NULL, "')' was expected");
		(void)fputs(inverted && bracket ? ")" : "", out);
		value |= inverted ? ~word : word;
		if (!r && minijail_is(minijail_peek(file), "|"))
			(void)fputc('|', out);
	} while (!r && minijail_accept(file, "|"));
	*ret = value;
	return r;
}

static int parse_argument(struct minijail *m, struct minijail_file *file,
			  const struct brig_call *call, struct brig_call_argument *ret)
{
	const struct minijail_token *token = minijail_peek(file);
	unsigned int index;

	*ret = (struct brig_call_argument){ .bits = 64 };
	if (token->kind != MINIJAIL_WORD || token->n != 4 || memcmp(token->text, "arg", 3) != 0 ||
	    token->text[3] < '0' || token->text[3] >= '0' + MINIJAIL_ARGUMENTS)
		return minijail_fail(m, file, token, "an argument was expected, arg0 to arg5");
	index = (unsigned int)(token->text[3] - '0');
	if (call && !brig_call_argument(call, index, ret))
		return minijail_fail(m, file, token, "%s has no arg%u; it is %s(%s)", call->name,
				     index, call->name, call->arguments);
	file->at++;
	return 0;
}

/* Minijail's operators, and ours. */
static const struct {
	const char *theirs, *ours;
} operators[] = {
	{ "==", "==" }, { "!=", "!=" }, { "<", "<" },       { "<=", "<=" },
	{ ">", ">" },   { ">=", ">=" }, { "in", "subset" }, { "&", "any" },
};

static bool is_never(const char *comparison, uint64_t value, unsigned int bits)
{
	const uint64_t all = bits == 32 ? 0xffffffffu : ~0ull;

	return ((!strcmp(comparison, "<") || !strcmp(comparison, "&")) && !(value & all)) ||
	       (!strcmp(comparison, ">") && (value & all) == all);
}

static int parse_atom(struct minijail *m, struct minijail_file *file, const struct brig_call *call,
		      FILE *out, bool *never)
{
	struct brig_call_argument argument;
	struct minijail_token token;
	uint64_t value = 0;
	size_t i = 0;
	int r = parse_argument(m, file, call, &argument);

	if (r < 0)
		return r;
	while (i < sizeof operators / sizeof *operators &&
	       !minijail_accept(file, operators[i].theirs))
		i++;
	if (i == sizeof operators / sizeof *operators)
		return minijail_fail(m, file, NULL,
				     "a comparison was expected: == != < <= > >= & or 'in'");
	(void)fprintf(out, "%s %s ", argument.name, operators[i].ours);
	token = *minijail_peek(file);
	r = parse_value(m, file, 0, &value, out);
	/* 32 bits, or a negative number that was widened. */
	if (!r && argument.bits == 32 && value >> 31 > 1 && value >> 31 != 0x1ffffffffull)
		return minijail_fail(m, file, &token,
				     "0x%llx is wider than %s, which has 32 bits: the kernel never "
				     "looks at the rest",
				     (unsigned long long)value, argument.name);
	*never = *never || is_never(operators[i].theirs, value, argument.bits);
	return r;
}

/* "arg0 == 1 && arg1 == 2"; what no argument meets leaves nothing in *ret. */
static int parse_clause(struct minijail *m, struct minijail_file *file,
			const struct brig_call *call, char **ret, bool *never)
{
	size_t n;
	FILE *out = open_memstream(ret, &n);
	int r = 0;

	if (!out)
		return -ENOMEM;
	*never = false;
	do {
		r = parse_atom(m, file, call, out, never);
		if (!r && minijail_is(minijail_peek(file), "&&"))
			(void)fputs(" and ", out);
	} while (!r && minijail_accept(file, "&&"));
	return fclose(out) && !r ? -ENOMEM : r;
}

int minijail_condition(struct minijail *m, struct minijail_file *file, const struct brig_call *call,
		       FILE *out, bool *ret_never)
{
	int r;

	*ret_never = true;
	do {
		char *clause = NULL;
		bool never = false;

		r = parse_clause(m, file, call, &clause, &never);
		if (!r && !never) {
			(void)fprintf(out, "%s%s", *ret_never ? "" : " or\n\t", clause);
			*ret_never = false;
		}
		free(clause);
	} while (!r && minijail_accept(file, "||"));
	return r;
}
