/* Statements and files. */
#include "tools/policy/minijail.h"

#include "sandbox/policy/shipped.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_arch(const struct minijail *m, const struct minijail_token *token)
{
	return minijail_is(token, brig_arch_name(m->arch)) ||
	       (m->arch == BRIG_ARCH_AARCH64 && minijail_is(token, "arm64"));
}

/* "[arch=x86_64,arm64]": is it for this one? */
static int parse_metadata(struct minijail *m, struct minijail_file *file, bool *ret_for_us)
{
	*ret_for_us = true;
	if (!minijail_accept(file, "["))
		return 0;
	*ret_for_us = false;
	if (!minijail_accept(file, "arch") || !minijail_accept(file, "="))
		return minijail_fail(m, file, NULL, "'arch=' was expected: nothing else is known");
	do {
		const struct minijail_token *token = minijail_peek(file);

		if (token->kind != MINIJAIL_WORD)
			return minijail_fail(m, file, token, "an architecture was expected");
		*ret_for_us = *ret_for_us || is_arch(m, token);
		file->at++;
	} while (minijail_accept(file, ","));
	return minijail_accept(file, "]") ? 0 : minijail_fail(m, file, NULL, "']' was expected");
}

static int parse_call(struct minijail *m, struct minijail_file *file, const struct brig_call **ret)
{
	const struct minijail_token token = *minijail_peek(file);
	bool for_us = true;
	char *end;

	*ret = NULL;
	if (token.kind != MINIJAIL_WORD || *token.text == '@')
		return minijail_fail(m, file, &token, "a system call was expected");
	if (memchr(token.text, '@', token.n))
		return minijail_fail(m, file, &token,
				     "'%.*s' is a group, which is defined elsewhere: name its "
				     "calls",
				     (int)token.n, token.text);
	file->at++;
	int r = parse_metadata(m, file, &for_us);
	if (r || !for_us)
		return r;
	if (isdigit((unsigned char)*token.text)) {
		const unsigned long number = strtoul(token.text, &end, 0);

		if (end == token.text + token.n && number < BRIG_X32_BIT)
			*ret = brig_call_by_number(m->arch, (uint32_t)number);
	} else {
		*ret = brig_call_find(token.text, token.n);
	}
	if (*ret && (*ret)->number[m->arch] != BRIG_CALL_NONE)
		return 0;
	*ret = NULL;
	minijail_warn(file, token.line, ": no system call here is called so: left out", token.text,
		      token.n);
	(void)fprintf(m->rows, "# %.*s: no such system call", (int)token.n, token.text);
	minijail_end_row(m, file, token.line);
	return 0;
}

static int parse_statement(struct minijail *m, struct minijail_file *file)
{
	const struct brig_call *calls[64];
	const bool braces = minijail_accept(file, "{");
	size_t n = 0, behind;
	int r;

	do {
		if (n == sizeof calls / sizeof *calls)
			return minijail_fail(m, file, NULL, "more than 64 calls");
		r = parse_call(m, file, &calls[n++]);
	} while (!r && braces && minijail_accept(file, ","));
	if (!r && braces && !minijail_accept(file, "}"))
		r = minijail_fail(m, file, NULL, "'}' or ',' was expected");
	if (!r && !minijail_accept(file, ":"))
		r = minijail_fail(m, file, NULL, "':' was expected");
	behind = file->at;
	for (size_t i = 0; !r && i < n; i++) {
		file->at = behind;
		r = minijail_filter(m, file, calls[i]);
	}
	return r;
}

/* ---- files ---- */

static int parse_include(struct minijail *m, struct minijail_file *file)
{
	const struct minijail_token token = *minijail_peek(file);
	char path[4096];
	int r = minijail_lex_path(m, file, path, sizeof path);

	if (r < 0)
		return r;
	if (m->depth == MINIJAIL_DEPTH_MAX)
		return minijail_fail(m, file, &token, "files are included %d deep",
				     MINIJAIL_DEPTH_MAX);
	*m->error = (struct brig_policy_error){ 0 };
	r = minijail_read(m, path, file->name);
	if (r < 0 && !*m->error->message)
		return minijail_fail(m, file, &token, "'%s' can't be included: %s", path,
				     strerror(-r));
	return r;
}

static int parse_line(struct minijail *m, struct minijail_file *file)
{
	const struct minijail_token token = *minijail_peek(file);
	int r;

	if (minijail_accept(file, "@include"))
		return parse_include(m, file);
	if (minijail_accept(file, "@frequency")) {
		minijail_warn(file, token.line, " only orders comparisons: passed over", token.text,
			      token.n);
		return 0;
	}
	if (minijail_is(&token, "@denylist"))
		return minijail_fail(m, file, &token,
				     "a list of what is forbidden allows all that it forgot, and "
				     "all that comes later: it can't be a role");
	if (!minijail_accept(file, "@default"))
		return parse_statement(m, file);
	r = minijail_action(m, file, true, &m->fallback);
	return r || file->at == file->n_tokens
		       ? r
		       : minijail_fail(m, file, NULL, "nothing was expected there");
}

/* Beside the file that includes, as the compiler has it; else where we are, as minijail0 does. */
static int find(const char *name, const char *beside, struct brig_text_file *ret)
{
	const bool path = strchr(name, '/') != NULL;
	char here[4096];
	int r;

	(void)snprintf(here, sizeof here, "%s%s", path ? "" : "./", name);
	r = beside ? brig_source_read(NULL, here, beside, ret) : -ENOENT;
	return r == -ENOENT ? brig_source_read(NULL, here, NULL, ret) : r;
}

int minijail_read(struct minijail *m, const char *name, const char *beside)
{
	struct brig_text_file source = { 0 };
	struct minijail_file *file = calloc(1, sizeof *file);
	int r = file ? find(name, beside, &source) : -ENOMEM;

	if (r < 0) {
		free(file);
		return r;
	}
	file->name = source.name;
	while (!strncmp(file->name, "./", 2)) /* as find() put it there */
		file->name += 2;
	file->next = file->line_start = source.text;
	file->end = source.text + source.n;
	m->depth++;
	while ((r = minijail_lex(m, file)) > 0) {
		r = parse_line(m, file);
		if (r < 0)
			break;
	}
	m->depth--;
	free(source.name);
	free(source.text);
	free(file);
	return r;
}
