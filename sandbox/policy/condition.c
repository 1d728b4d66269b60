/* Conditions: what stands behind "if". */
#include "sandbox/policy/constants.h"
#include "sandbox/policy/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 16

static int add_test(struct brig_parser *parser, const struct brig_test *test, int *ret)
{
	struct brig_text *text = parser->text;

	if (text->n_tests == BRIG_TESTS_MAX)
		return brig_text_fail(parser, NULL, "more than %d conditions", BRIG_TESTS_MAX);
	*ret = (int)text->n_tests;
	text->tests[text->n_tests++] = *test;
	return 0;
}

static bool parse_digits(const struct brig_token *token, uint64_t *ret)
{
	char digits[32], *end;
	bool minus = token->n && *token->text == '-';

	if (!token->n || token->n >= sizeof digits)
		return false;
	memcpy(digits, token->text, token->n);
	digits[token->n] = '\0';
	if (digits[minus] < '0' || digits[minus] > '9')
		return false;
	errno = 0;
	uint64_t value = strtoull(digits + minus, &end, 0);
	*ret = minus ? 0 - value : value;
	return !*end && !errno;
}

static int parse_constant(struct brig_parser *parser, const struct brig_token *token, uint64_t *ret)
{
	const struct brig_constant *constant = brig_constant_find(token->text, token->n);
	const enum brig_arch arch = parser->text->arch;

	if (!constant) {
		constant = brig_constant_nearest(token->text, token->n);
		return brig_text_fail(parser, token, "there is no constant '%.*s'%s%s%s",
				      (int)token->n, token->text, constant ? "; is it " : "",
				      constant ? constant->name : "", constant ? "?" : "");
	}
	if (!constant->known[arch])
		return brig_text_fail(parser, token, "%s has no value on %s", constant->name,
				      brig_arch_name(arch));
	*ret = constant->value[arch];
	return 0;
}

static uint64_t all_bits(unsigned int bits)
{
	return bits == 32 ? 0xffffffffu : ~0ull;
}

/* A value as the argument's register holds it; what doesn't fit is an error, not cut off. */
static int fit(struct brig_parser *parser, const struct brig_token *token, unsigned int bits,
	       uint64_t *value)
{
	const uint64_t upper = *value >> 31;

	if (bits == 32 && upper > 1 && upper != 0x1ffffffffull)
		return brig_text_fail(parser, token, "0x%llx is wider than the argument's 32 bits",
				      (unsigned long long)*value);
	*value &= all_bits(bits);
	return 0;
}

static int parse_value(struct brig_parser *parser, unsigned int bits, uint64_t *ret);

/* "NAME", "0x12", "~NAME", "~(A|B)": all but these of the argument's bits. */
static int parse_word(struct brig_parser *parser, unsigned int bits, uint64_t *ret)
{
	const struct brig_token *token = brig_peek(parser);
	bool inverted = token->n > 1 && *token->text == '~';
	struct brig_token bare = *token;
	int r = 0;

	if (brig_accept(parser, "~")) {
		r = brig_expect(parser, "(", "'(' and constants");
		if (!r)
			r = parse_value(parser, bits, ret);
		*ret = ~*ret & all_bits(bits);
		return r ? r : brig_expect(parser, ")", "')'");
	}
	if (token->kind != BRIG_TOKEN_WORD)
		return brig_text_fail(parser, token, "a number or a constant was expected");
	bare.text += inverted;
	bare.n -= inverted;
	if (!parse_digits(&bare, ret))
		r = parse_constant(parser, &bare, ret);
	if (!r)
		r = fit(parser, &bare, bits, ret);
	if (inverted)
		*ret = ~*ret & all_bits(bits);
	parser->at++;
	return r;
}

/* "PROT_READ|PROT_WRITE" */
static int parse_value(struct brig_parser *parser, unsigned int bits, uint64_t *ret)
{
	uint64_t value = 0, word = 0;
	int r;

	do {
		r = parse_word(parser, bits, &word);
		value |= word;
	} while (!r && brig_accept(parser, "|"));
	*ret = value;
	return r;
}

/* One of a list's entries: "A", or "A..B" where the whole argument is compared. */
static int parse_entry(struct brig_parser *parser, struct brig_test *test, uint64_t mask)
{
	const bool whole = mask == all_bits(test->bits);
	int r = parse_value(parser, test->bits, &test->low);

	test->high = test->low;
	if (!r && whole && brig_accept(parser, ".."))
		r = parse_value(parser, test->bits, &test->high);
	if (!r && test->low > test->high)
		r = brig_text_fail(parser, NULL, "a range that holds nothing");
	if (!r && (test->high & ~mask) && !whole)
		r = brig_text_fail(parser, NULL,
				   "the value has bits that the mask hasn't: it "
				   "can never hold");
	test->kind = BRIG_TEST_IN;
	if (test->low == test->high) {
		test->kind = BRIG_TEST_EQ;
		test->low = mask;
	}
	return r;
}

/* "{ A, B, C..D }" behind its bracket, of the argument under @mask. */
static int parse_list(struct brig_parser *parser, struct brig_test test, uint64_t mask, int *ret)
{
	const struct brig_test any = { .kind = BRIG_TEST_OR, .first = -1, .next = -1 };
	int *link;
	int r = add_test(parser, &any, ret);

	if (r < 0)
		return r;
	link = &parser->text->tests[*ret].first;
	do {
		r = parse_entry(parser, &test, mask);
		if (!r)
			r = add_test(parser, &test, link);
		if (!r)
			link = &parser->text->tests[*link].next;
	} while (!r && brig_accept(parser, ","));
	return r ? r : brig_expect(parser, "}", "'}' or ','");
}

static int parse_range(struct brig_parser *parser, struct brig_test *test)
{
	int r = parse_value(parser, test->bits, &test->low);

	test->kind = BRIG_TEST_IN;
	if (!r)
		r = brig_expect(parser, "..", "'..' and the end of the range");
	if (!r)
		r = parse_value(parser, test->bits, &test->high);
	if (!r && test->low > test->high)
		r = brig_text_fail(parser, NULL, "a range that holds nothing");
	return r;
}

/* "flags & MASK == VALUE" behind the mask */
static int parse_masked(struct brig_parser *parser, struct brig_test *test)
{
	int r = 0;

	test->kind = BRIG_TEST_EQ;
	if (brig_accept(parser, "!="))
		test->kind = BRIG_TEST_NE;
	else
		r = brig_expect(parser, "==", "'==', '!=' or 'in {'");
	if (!r)
		r = parse_value(parser, test->bits, &test->high);
	if (!r && (test->high & ~test->low))
		r = brig_text_fail(parser, NULL,
				   "the value has bits that the mask hasn't: it "
				   "can never hold");
	return r;
}

/* Comparisons with one value: what each operator makes of it. */
static int parse_comparison(struct brig_parser *parser, struct brig_test *test)
{
	static const char *const operators[] = { "==", "!=",     "<=",  ">=", "<",
						 ">",  "subset", "has", "any" };
	const struct brig_token *token = brig_peek(parser);
	uint64_t value = 0;
	size_t i = 0;

	while (i < sizeof operators / sizeof *operators && !brig_accept(parser, operators[i]))
		i++;
	if (i == sizeof operators / sizeof *operators)
		return brig_text_fail(parser, token,
				      "a comparison was expected: == != < <= > >= 'in', 'subset', "
				      "'has', 'any' or '&'");
	int r = parse_value(parser, test->bits, &value);
	const uint64_t all = all_bits(test->bits);
	if (!r && i == 8 && value == 0)
		r = brig_text_fail(parser, token, "nothing has any of 0x0");
	if (!r && ((i == 4 && value == 0) || (i == 5 && value == all)))
		r = brig_text_fail(parser, token, "nothing is %s 0x%llx", operators[i],
				   (unsigned long long)value);
	const struct brig_test rows[] = {
		{ .kind = BRIG_TEST_EQ, .low = all, .high = value },
		{ .kind = BRIG_TEST_NE, .low = all, .high = value },
		{ .kind = BRIG_TEST_IN, .low = 0, .high = value },
		{ .kind = BRIG_TEST_IN, .low = value, .high = all },
		{ .kind = BRIG_TEST_IN, .low = 0, .high = value - 1 },
		{ .kind = BRIG_TEST_IN, .low = value + 1, .high = all },
		{ .kind = BRIG_TEST_EQ, .low = ~value & all, .high = 0 },
		{ .kind = BRIG_TEST_EQ, .low = value, .high = value },
		{ .kind = BRIG_TEST_NE, .low = value, .high = 0 },
	};
	test->kind = rows[i].kind;
	test->low = rows[i].low;
	test->high = rows[i].high;
	return r;
}

static int find_argument(struct brig_parser *parser, const struct brig_call *call,
			 struct brig_test *test)
{
	const struct brig_token *token = brig_peek(parser);
	struct brig_call_argument argument;

	for (unsigned int i = 0; i < BRIG_CALL_ARGUMENTS && brig_call_argument(call, i, &argument);
	     i++)
		if (brig_token_is(token, argument.name)) {
			test->argument = (uint8_t)i;
			test->bits = (uint8_t)argument.bits;
			parser->at++;
			return 0;
		}
	return brig_text_fail(parser, token, "%s has no argument '%.*s'; it is %s(%s)", call->name,
			      (int)token->n, token->text, call->name, call->arguments);
}

static int parse_atom(struct brig_parser *parser, const struct brig_call *call, int *ret)
{
	struct brig_test test = { .first = -1, .next = -1 };
	int r = find_argument(parser, call, &test);

	if (r < 0)
		return r;
	if (brig_accept(parser, "in")) {
		if (brig_accept(parser, "{"))
			return parse_list(parser, test, all_bits(test.bits), ret);
		r = parse_range(parser, &test);
	} else if (brig_accept(parser, "&")) {
		r = parse_value(parser, test.bits, &test.low);
		if (!r && brig_accept(parser, "in"))
			return brig_expect(parser, "{", "'{' and values") < 0
				       ? -EINVAL
				       : parse_list(parser, test, test.low, ret);
		if (!r)
			r = parse_masked(parser, &test);
	} else {
		r = parse_comparison(parser, &test);
	}
	return r ? r : add_test(parser, &test, ret);
}

static int parse_any(struct brig_parser *parser, const struct brig_call *call, int depth, int *ret);

static int parse_primary(struct brig_parser *parser, const struct brig_call *call, int depth,
			 int *ret)
{
	if (!brig_accept(parser, "("))
		return parse_atom(parser, call, ret);
	if (depth == DEPTH_MAX)
		return brig_text_fail(parser, NULL, "more than %d brackets", DEPTH_MAX);
	int r = parse_any(parser, call, depth + 1, ret);
	return r ? r : brig_expect(parser, ")", "')'");
}

/* Operands joined by one word; alone, an operand needs no node above it. */
static int parse_joined(struct brig_parser *parser, const struct brig_call *call, int depth,
			bool all, int *ret)
{
	const struct brig_test join = { .kind = all ? BRIG_TEST_AND : BRIG_TEST_OR,
					.first = -1,
					.next = -1 };
	int node = -1, last, r;

	r = all ? parse_primary(parser, call, depth, ret)
		: parse_joined(parser, call, depth, true, ret);
	last = *ret;
	while (!r && brig_accept(parser, all ? "and" : "or")) {
		int operand = -1;

		if (node < 0) {
			r = add_test(parser, &join, &node);
			if (r < 0)
				return r;
			parser->text->tests[node].first = *ret;
			*ret = node;
		}
		r = all ? parse_primary(parser, call, depth, &operand)
			: parse_joined(parser, call, depth, true, &operand);
		if (!r)
			parser->text->tests[last].next = operand;
		last = operand;
	}
	return r;
}

static int parse_any(struct brig_parser *parser, const struct brig_call *call, int depth, int *ret)
{
	return parse_joined(parser, call, depth, false, ret);
}

int brig_parse_condition(struct brig_parser *parser, const struct brig_call *call, int *ret_test)
{
	return parse_any(parser, call, 0, ret_test);
}
