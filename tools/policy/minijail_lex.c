#include "tools/policy/minijail.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

int minijail_fail(struct minijail *m, struct minijail_file *file,
		  const struct minijail_token *token, const char *format, ...)
{
	const struct minijail_token *at = token ? token : minijail_peek(file);
	va_list arguments;

	(void)snprintf(m->error->file, sizeof m->error->file, "%s", file->name);
	m->error->line = at->line;
	m->error->column = at->column;
	va_start(arguments, format);
	(void)vsnprintf(m->error->message, sizeof m->error->message, format, arguments);
	va_end(arguments);
	return -EINVAL;
}

const struct minijail_token *minijail_peek(struct minijail_file *file)
{
	struct minijail_token *token = &file->tokens[file->at];

	if (file->at < file->n_tokens)
		return token;
	/* Just behind the last one, so that an error points there. */
	*token = (struct minijail_token){ MINIJAIL_END, "", 0, file->line, 1 };
	if (file->n_tokens) {
		token->line = token[-1].line;
		token->column = token[-1].column + (unsigned int)token[-1].n;
	}
	return token;
}

bool minijail_is(const struct minijail_token *token, const char *text)
{
	return token->kind != MINIJAIL_END && token->n == strlen(text) &&
	       !memcmp(token->text, text, token->n);
}

bool minijail_accept(struct minijail_file *file, const char *text)
{
	const bool is = minijail_is(minijail_peek(file), text);

	file->at += is;
	return is;
}

static bool is_word_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '@';
}

/* '-' begins a number, and joins the words of an action: kill-process. */
static size_t word_length(const char *text, const char *end)
{
	size_t n = *text == '-' && text + 1 < end && isdigit((unsigned char)text[1]);

	while (text + n < end && (is_word_byte(text[n]) || (n && text[n] == '-')))
		n++;
	return n;
}

static size_t mark_length(const char *text, const char *end)
{
	static const char *const pairs[] = { "==", "!=", "<=", ">=", "&&", "||" };

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (end - text >= 2 && !memcmp(text, pairs[i], 2))
			return 2;
	return *text && strchr(":;,~(){}[]|&<>=", *text) ? 1 : 0;
}

static int lex_token(struct minijail *m, struct minijail_file *file, const char *end)
{
	struct minijail_token token = { .kind = MINIJAIL_WORD,
					.text = file->next,
					.n = word_length(file->next, end),
					.line = file->line,
					.column =
						(unsigned int)(file->next - file->line_start) + 1 };

	if (!token.n) {
		token.kind = MINIJAIL_MARK;
		token.n = mark_length(file->next, end);
	}
	if (!token.n)
		return minijail_fail(m, file, &token, "a byte 0x%02x that means nothing here",
				     (unsigned char)*file->next);
	if (file->n_tokens == MINIJAIL_TOKENS_MAX)
		return minijail_fail(m, file, &token, "a statement of more than %d words",
				     MINIJAIL_TOKENS_MAX);
	file->tokens[file->n_tokens++] = token;
	file->next += token.n;
	/* A path is no word of the language: minijail_lex_path() takes it. */
	if (minijail_is(&token, "@include") || minijail_is(&token, "@frequency"))
		file->next = end;
	return 0;
}

static void take_remark(struct minijail_file *file, const char *end)
{
	const char *start = file->next;

	while (start < end && (*start == '#' || isspace((unsigned char)*start)))
		start++;
	while (end > start && isspace((unsigned char)end[-1]))
		end--;
	file->remark = start;
	file->n_remark = (size_t)(end - start);
}

/* *ret_more: it ends in a backslash, so that the next one belongs to it. */
static int lex_line(struct minijail *m, struct minijail_file *file, bool *ret_more)
{
	const char *newline = memchr(file->next, '\n', (size_t)(file->end - file->next));
	const char *end = newline ? newline : file->end;
	bool blank = true;
	int r = 0;

	*ret_more = false;
	file->line++;
	file->line_start = file->next;
	while (!r && file->next < end && !*ret_more) {
		const bool space = isspace((unsigned char)*file->next);

		blank = blank && space;
		if (space) {
			file->next++;
		} else if (*file->next == '#') {
			take_remark(file, end);
			file->next = end;
		} else if (*file->next == '\\' &&
			   (file->next + 1 == end || !memcmp(file->next, "\\\r\n", 3))) {
			*ret_more = true;
		} else {
			r = lex_token(m, file, end);
		}
	}
	if (blank)
		file->n_remark = 0; /* a remark belongs to what stands right below it */
	file->next = newline ? newline + 1 : file->end;
	return r;
}

int minijail_lex(struct minijail *m, struct minijail_file *file)
{
	bool more = false;
	int r = 0;

	/* What stood behind the last statement isn't about this one. */
	file->n_remark = file->n_tokens ? 0 : file->n_remark;
	file->n_tokens = file->at = 0;
	while (!r && file->next < file->end && (more || !file->n_tokens))
		r = lex_line(m, file, &more);
	return r ? r : file->n_tokens > 0;
}

int minijail_lex_path(struct minijail *m, struct minijail_file *file, char *ret, size_t size)
{
	struct minijail_token path = *minijail_peek(file);

	path.text = file->tokens[file->at - 1].text + file->tokens[file->at - 1].n;
	while (path.text < file->end && (*path.text == ' ' || *path.text == '\t'))
		path.text++;
	while (path.text + path.n < file->end && !isspace((unsigned char)path.text[path.n]))
		path.n++;
	if (path.n == 0 || path.n >= size ||
	    !(path.text[0] == '/' || (path.n > 1 && path.text[0] == '.' && path.text[1] == '/')))
		return minijail_fail(m, file, &path,
				     "a path was expected, which begins with '/' or './'");
	memcpy(ret, path.text, path.n);
	ret[path.n] = '\0';
	return 0;
}
