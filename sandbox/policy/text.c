/* Reading role files, and settling whose word counts. */
#include "sandbox/policy/nearest.h"
#include "sandbox/policy/shipped.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INCLUDE_DEPTH_MAX 8

void *brig_text_alloc(struct brig_text *text, size_t bytes)
{
	struct brig_block *block = calloc(1, sizeof *block + bytes);

	if (!block)
		return NULL;
	block->next = text->blocks;
	text->blocks = block;
	return block->bytes;
}

char *brig_text_copy(struct brig_text *text, const char *bytes, size_t n)
{
	char *copy = brig_text_alloc(text, n + 1);

	if (copy && n)
		memcpy(copy, bytes, n);
	return copy;
}

void brig_text_finish(struct brig_text *text)
{
	while (text->blocks) {
		struct brig_block *block = text->blocks;

		text->blocks = block->next;
		free(block);
	}
	for (size_t i = 0; i < text->n_files; i++) {
		free(text->files[i].name);
		free(text->files[i].text);
	}
	memset(text, 0, sizeof *text);
}

static int parse_line(struct brig_parser *parser)
{
	bool known;
	int r = brig_parse_statement(parser, &known);

	return r || known ? r : brig_parse_row(parser);
}

/* The file is in the text's table already. */
static int read_file(struct brig_parser *parser, unsigned int file)
{
	const struct brig_text_file *source = &parser->text->files[file];
	const struct brig_parser outer = { .file = parser->file,
					   .stage = parser->stage,
					   .next = parser->next,
					   .end = parser->end,
					   .line = parser->line,
					   .line_start = parser->line_start };
	int r;

	parser->file = file;
	parser->reading[file] = true;
	parser->depth++;
	parser->stage = -1;
	parser->next = parser->line_start = source->text;
	parser->end = source->text + source->n;
	parser->line = 0;
	while ((r = brig_lex_row(parser)) > 0) {
		r = parse_line(parser);
		if (r < 0)
			break;
	}
	parser->depth--;
	parser->reading[file] = false;
	parser->file = outer.file;
	parser->stage = outer.stage;
	parser->next = outer.next;
	parser->end = outer.end;
	parser->line = outer.line;
	parser->line_start = outer.line_start;
	parser->n_tokens = parser->at = 0;
	return r;
}

/* Is it a text, and is there room for it? */
static int check_file(struct brig_parser *parser, const struct brig_text_file *file)
{
	struct brig_policy_error *error = parser->error;
	const char *zero = memchr(file->text, '\0', file->n), *line = file->text;
	int r = 0;

	if (file->n > BRIG_FILE_BYTES_MAX) {
		brig_source_explain(-E2BIG, file->name, error->message, sizeof error->message);
		r = -E2BIG;
	} else if (parser->text->n_files == BRIG_FILES_MAX) {
		(void)snprintf(error->message, sizeof error->message, "more than %d files",
			       BRIG_FILES_MAX);
		r = -E2BIG;
	} else if (zero) {
		error->line = 1;
		for (const char *at = line; at < zero; at++)
			if (*at == '\n') {
				error->line++;
				line = at + 1;
			}
		error->column = (unsigned int)(zero - line) + 1;
		(void)snprintf(error->message, sizeof error->message, "a zero byte");
		r = -EINVAL;
	}
	if (r)
		(void)snprintf(error->file, sizeof error->file, "%s", file->name);
	return r;
}

/* Takes it, whatever comes of it. */
static int add_file(struct brig_parser *parser, struct brig_text_file *file, unsigned int *ret)
{
	struct brig_text *text = parser->text;
	int r = check_file(parser, file);

	if (r < 0) {
		free(file->name);
		free(file->text);
	} else {
		*ret = (unsigned int)text->n_files;
		text->files[text->n_files++] = *file;
	}
	*file = (struct brig_text_file){ 0 };
	return r;
}

int brig_parse_include(struct brig_parser *parser, const char *name, const struct brig_token *token)
{
	struct brig_text *text = parser->text;
	struct brig_text_file file = { 0 };
	unsigned int index = 0;
	int r;

	if (parser->at < parser->n_tokens)
		return brig_text_fail(parser, NULL, "one name was expected");
	if (parser->depth == INCLUDE_DEPTH_MAX)
		return brig_text_fail(parser, token, "files are included %d deep",
				      INCLUDE_DEPTH_MAX);
	r = parser->finder->read(parser->finder->user, name, text->files[parser->file].name, &file);
	if (r < 0) {
		char why[200];

		brig_source_explain(r, name, why, sizeof why);
		return brig_text_fail(parser, token, "'%s' can't be included: %s", name, why);
	}
	for (unsigned int i = 0; i < text->n_files; i++) {
		if (strcmp(text->files[i].name, file.name))
			continue;
		bool cycle = parser->reading[i];

		free(file.name);
		free(file.text);
		/* By two ways is no harm: it counts as included by the first. */
		return cycle ? brig_text_fail(parser, token, "'%s' includes itself", name) : 0;
	}
	r = add_file(parser, &file, &index);
	return r ? r : read_file(parser, index);
}

static int check_options(struct brig_parser *parser)
{
	const struct brig_policy_options *options = parser->options;
	const struct brig_text *text = parser->text;
	const struct brig_names names = { text->parameters, text->n_parameters,
					  sizeof *text->parameters };

	for (size_t i = 0; options && i < options->n_parameters; i++) {
		const char *name = options->parameters[i].name;
		bool known = false;

		for (size_t j = 0; j < text->n_parameters; j++)
			known = known || !strcmp(text->parameters[j].name, name);
		if (known)
			continue;
		const struct brig_parameter *near = brig_names_nearest(&names, name, strlen(name));
		(void)snprintf(parser->error->file, sizeof parser->error->file, "%s",
			       text->files[0].name);
		(void)snprintf(parser->error->message, sizeof parser->error->message,
			       "the role has no parameter '%s'%s%s%s", name, near ? "; is it " : "",
			       near ? near->name : "", near ? "?" : "");
		return -EINVAL;
	}
	return 0;
}

/*
 * The zygote's filter, which stands in what it forks, makes no threads. And foreign code, which
 * runs between two filters, could put one of its own, made before Landlock, in the place of a
 * thread that is declared.
 */
static int check_threads(struct brig_parser *parser)
{
	const struct brig_text *text = parser->text;

	if (text->threads == 1 || (text->launch == BRIG_LAUNCH_EXEC && !text->staged))
		return 0;
	(void)snprintf(parser->error->file, sizeof parser->error->file, "%s",
		       text->files[text->threads_at.file].name);
	parser->error->line = text->threads_at.line;
	parser->error->column = text->threads_at.column;
	(void)snprintf(parser->error->message, sizeof parser->error->message,
		       text->staged ? "a role with two filters has one thread: what runs between "
				      "them could start others"
				    : "a role with threads needs 'launch exec': what the zygote "
				      "forks can start none");
	return -EINVAL;
}

static int alloc_arrays(struct brig_text *text)
{
	text->rules = brig_text_alloc(text, BRIG_RULES_MAX * sizeof *text->rules);
	text->tests = brig_text_alloc(text, BRIG_TESTS_MAX * sizeof *text->tests);
	return text->rules && text->tests ? 0 : -ENOMEM;
}

static void set_defaults(struct brig_text *text, const struct brig_policy_options *options)
{
	const bool arm = options && options->audit_arch == brig_arch_audit(BRIG_ARCH_AARCH64);
	const bool intel = options && options->audit_arch == brig_arch_audit(BRIG_ARCH_X86_64);

	text->arch = arm ? BRIG_ARCH_AARCH64 : intel ? BRIG_ARCH_X86_64 : brig_arch_native();
	text->fds = BRIG_CHILD_FDS;
	text->threads = 1;
	text->report_kills = true;
	text->defaults[BRIG_CLASS_BENIGN] =
		(struct brig_verdict){ .action = BRIG_ACTION_ERRNO, .error = EPERM };
	text->defaults[BRIG_CLASS_DANGEROUS] =
		(struct brig_verdict){ .action = BRIG_ACTION_REPORT };
	text->defaults[BRIG_CLASS_UNKNOWN] =
		(struct brig_verdict){ .action = BRIG_ACTION_ERRNO, .error = ENOSYS };
}

static int read_all(struct brig_parser *parser, struct brig_text_file *file,
		    struct brig_text_file *overlay)
{
	unsigned int main_file = 0, overlay_file = 0;
	int r = add_file(parser, file, &main_file);

	/* Its rows weigh as if everything else were included by it; its statements come last. */
	parser->depth = overlay ? 1 : 0;
	if (!r)
		r = read_file(parser, main_file);
	parser->depth = 0;
	if (!r && overlay)
		r = add_file(parser, overlay, &overlay_file);
	if (!r && overlay)
		r = read_file(parser, overlay_file);
	if (!r)
		r = check_options(parser);
	if (!r)
		r = check_threads(parser);
	if (parser->options && parser->options->nobody_listens)
		parser->text->report_kills = true;
	return r ? r : brig_text_settle(parser);
}

int brig_text_read(struct brig_text *text, struct brig_text_file *file,
		   struct brig_text_file *overlay, const struct brig_text_finder *finder,
		   const struct brig_policy_options *options, struct brig_policy_error *error)
{
	struct brig_parser *parser = calloc(1, sizeof *parser);
	int r = parser ? 0 : -ENOMEM;

	memset(text, 0, sizeof *text);
	set_defaults(text, options);
	if (!r)
		r = alloc_arrays(text);
	if (!r) {
		parser->text = text;
		parser->finder = finder;
		parser->options = options;
		parser->error = error;
		r = read_all(parser, file, overlay);
	}
	free(parser);
	return r;
}
