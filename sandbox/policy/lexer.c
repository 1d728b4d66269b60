/* Rows of tokens. A row goes on after a comma, a colon, '|', "and", "or"; its reason is its
 * comment. */
#include "sandbox/policy/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int brig_text_fail(struct brig_parser *parser, const struct brig_token *token, const char *format,
		   ...)
{
	struct brig_policy_error *error = parser->error;
	const struct brig_token *at = token ? token : brig_peek(parser);
	va_list arguments;

	(void)snprintf(error->file, sizeof error->file, "%s",
		       parser->text->files[parser->file].name);
	error->line = at->line;
	error->column = at->column;
	va_start(arguments, format);
	(void)vsnprintf(error->message, sizeof error->message, format, arguments);
	va_end(arguments);
	return -EINVAL;
}

static bool is_word_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '@' || c == '/' ||
	       c == '.' || c == '$' || c == '+' || c == '~';
}

bool brig_is_word(const char *text)
{
	const char *at = text;

	while (is_word_byte(*at))
		at++;
	return at > text && !*at;
}

static struct brig_token here(const struct brig_parser *parser, const char *text, size_t n)
{
	return (struct brig_token){ BRIG_TOKEN_WORD, text, n, parser->line,
				    (unsigned int)(parser->next - parser->line_start) + 1 };
}

static const struct brig_parameter *find_parameter(const struct brig_text *text, const char *name,
						   size_t n)
{
	for (size_t i = 0; i < text->n_parameters; i++)
		if (strlen(text->parameters[i].name) == n &&
		    !memcmp(text->parameters[i].name, name, n))
			return &text->parameters[i];
	return NULL;
}

/* "${name}": its value, as if it stood there. A word with one has no other bytes. */
static int put_parameter(struct brig_parser *parser, struct brig_token *token)
{
	const char *end = memchr(parser->next, '}', (size_t)(parser->end - parser->next));

	if (parser->next + 1 >= parser->end || parser->next[1] != '{' || !end)
		return brig_text_fail(parser, token, "a parameter is written ${name}");
	const char *name = parser->next + 2;
	const struct brig_parameter *parameter =
		find_parameter(parser->text, name, (size_t)(end - name));
	if (!parameter)
		return brig_text_fail(parser, token,
				      "there is no parameter %.*s: declare it above by "
				      "'parameter %.*s = DEFAULT'",
				      (int)(end - name), name, (int)(end - name), name);
	token->text = parameter->value;
	token->n = strlen(parameter->value);
	parser->next = end + 1;
	return 0;
}

static size_t mark_length(const char *text, const char *end)
{
	static const char *const pairs[] = { "==", "!=", "<=", ">=" };

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (end - text >= 2 && !memcmp(text, pairs[i], 2))
			return 2;
	return strchr(":,{}()|&<>=", *text) && *text ? 1 : 0;
}

/* "1..5" is three tokens; "../x.policy" is one. */
static bool is_range(const char *text, const char *end)
{
	return end - text >= 2 && text[0] == '.' && text[1] == '.' &&
	       (end - text == 2 || text[2] != '/');
}

static size_t word_length(const char *text, const char *end)
{
	size_t n = 0;

	while (text + n < end && is_word_byte(text[n])) {
		if (n && is_range(text + n, end))
			break;
		n++;
	}
	return n;
}

static int lex_token(struct brig_parser *parser)
{
	struct brig_token token = here(parser, parser->next, 1);
	int r = 0;

	if (parser->n_tokens == BRIG_TOKENS_MAX)
		return brig_text_fail(parser, &token, "a row of more than %d words",
				      BRIG_TOKENS_MAX);
	if (*parser->next == '$') {
		r = put_parameter(parser, &token);
	} else if (is_range(parser->next, parser->end)) {
		token.kind = BRIG_TOKEN_MARK;
		token.n = 2;
		parser->next += 2;
	} else if (is_word_byte(*parser->next)) {
		token.n = word_length(parser->next, parser->end);
		parser->next += token.n;
	} else {
		token.kind = BRIG_TOKEN_MARK;
		token.n = mark_length(parser->next, parser->end);
		parser->next += token.n;
		if (!token.n)
			r = brig_text_fail(parser, &token, "a byte 0x%02x that means nothing here",
					   (unsigned char)*parser->next);
	}
	if (!r)
		parser->tokens[parser->n_tokens++] = token;
	return r;
}

static bool goes_on(const struct brig_parser *parser)
{
	static const char *const last[] = { ",", "|", "and", "or", "&", ":" };

	for (size_t i = 0; parser->n_tokens && i < sizeof last / sizeof *last; i++)
		if (brig_token_is(&parser->tokens[parser->n_tokens - 1], last[i]))
			return true;
	return false;
}

/* The comment, without '#' and blanks, joined to what the row's earlier lines said. */
static int take_reason(struct brig_parser *parser, const char *end)
{
	const char *start = parser->next + 1;
	size_t before = parser->why ? strlen(parser->why) : 0;

	while (start < end && isspace((unsigned char)*start))
		start++;
	while (end > start && isspace((unsigned char)end[-1]))
		end--;
	if (start == end)
		return 0;
	char *why = brig_text_alloc(parser->text, before + 1 + (size_t)(end - start) + 1);
	if (!why)
		return -ENOMEM;
	(void)sprintf(why, "%s%s%.*s", before ? parser->why : "", before ? " " : "",
		      (int)(end - start), start);
	parser->why = why;
	return 0;
}

/* In ASCII, or as UTF-8 encodes those above: a carriage return may only end the line. */
static bool is_control(const char *at, const char *end)
{
	const unsigned char byte = (unsigned char)*at;
	const unsigned char next = at + 1 < end ? (unsigned char)at[1] : 0;

	if (byte == 0xc2)
		return next >= 0x80 && next <= 0x9f;
	return byte == 0x7f || (byte < 0x20 && byte != '\t' && (byte != '\r' || at + 1 < end));
}

/* Reasons and names are shown on terminals, which obey such bytes. */
static int refuse_controls(struct brig_parser *parser, const char *end)
{
	for (const char *at = parser->next; at < end; at++) {
		struct brig_token token = here(parser, at, 1);

		token.column += (unsigned int)(at - parser->next);
		if (is_control(at, end))
			return brig_text_fail(parser, &token, "a control character, 0x%02x",
					      (unsigned char)*at);
	}
	return 0;
}

static int lex_line(struct brig_parser *parser)
{
	const char *newline = memchr(parser->next, '\n', (size_t)(parser->end - parser->next));
	const char *end = newline ? newline : parser->end;
	const char *file_end = parser->end;

	parser->line++;
	parser->line_start = parser->next;
	parser->end = end;
	int r = refuse_controls(parser, end);
	while (!r && parser->next < end) {
		if (isspace((unsigned char)*parser->next)) {
			parser->next++;
		} else if (*parser->next == '#') {
			/* Before a row's first word it is a remark, no reason. */
			r = parser->n_tokens ? take_reason(parser, end) : 0;
			parser->next = end;
		} else {
			r = lex_token(parser);
		}
	}
	parser->end = file_end;
	parser->next = newline ? newline + 1 : file_end;
	return r;
}

int brig_lex_row(struct brig_parser *parser)
{
	parser->n_tokens = parser->at = 0;
	parser->why = NULL;
	while (parser->next < parser->end && (!parser->n_tokens || goes_on(parser))) {
		int r = lex_line(parser);

		if (r < 0)
			return r;
	}
	return parser->n_tokens > 0;
}

const struct brig_token *brig_peek(struct brig_parser *parser)
{
	static const struct brig_token nothing = { BRIG_TOKEN_END, "", 0, 0, 0 };

	if (parser->at < parser->n_tokens)
		return &parser->tokens[parser->at];
	if (!parser->n_tokens || parser->n_tokens == BRIG_TOKENS_MAX)
		return &nothing;
	/* Just behind the last one, so that an error points there. */
	struct brig_token *end = &parser->tokens[parser->n_tokens];
	*end = parser->tokens[parser->n_tokens - 1];
	end->column += (unsigned int)end->n;
	end->kind = BRIG_TOKEN_END;
	end->text = "";
	end->n = 0;
	return end;
}

bool brig_token_is(const struct brig_token *token, const char *text)
{
	return token->kind != BRIG_TOKEN_END && token->n == strlen(text) &&
	       !memcmp(token->text, text, token->n);
}

bool brig_accept(struct brig_parser *parser, const char *text)
{
	bool is = brig_token_is(brig_peek(parser), text);

	parser->at += is;
	return is;
}

int brig_expect(struct brig_parser *parser, const char *text, const char *what)
{
	const struct brig_token *token = brig_peek(parser);

	if (brig_accept(parser, text))
		return 0;
	if (token->kind == BRIG_TOKEN_END)
		return brig_text_fail(parser, token, "the row ends where %s was expected", what);
	return brig_text_fail(parser, token, "'%.*s' where %s was expected", (int)token->n,
			      token->text, what);
}
