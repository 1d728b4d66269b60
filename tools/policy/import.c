/* import: role files from other tools' policies. */
#include "tools/policy/minijail.h"
#include "tools/policy/tool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int tell(const struct tool *tool, const struct brig_policy_error *error, int code)
{
	char safe[512];

	if (*error->message)
		(void)fprintf(stderr, "%s:%u:%u: %s\n", escape_text(error->file, safe, sizeof safe),
			      error->line, error->column, error->message);
	else
		(void)complain(0, "%s: %s", escape_text(tool->arguments[0], safe, sizeof safe),
			       strerror(code));
	return EXIT_SOME_FAILED;
}

static void write_head(const char *source, struct brig_verdict fallback, FILE *out)
{
	static const char *const classes[] = { "dangerous", "benign", "unknown" };
	char name[32], safe[512];

	(void)fprintf(out, "# From minijail's %s by brig policy import\nrole %s\n\n",
		      escape_text(source, safe, sizeof safe), tool_role_name(source, name));
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
		(void)fprintf(out, "default %s %s\n", classes[i],
			      brig_action_name(fallback.action));
	(void)fputc('\n', out);
}

/* The head needs what the file may say last. */
static int translate(const struct tool *tool, struct minijail *m, FILE *out)
{
	char *rows = NULL;
	size_t n_rows, n_calls;
	int r;

	(void)brig_calls(&n_calls);
	m->decided = calloc(n_calls, sizeof *m->decided);
	m->rows = open_memstream(&rows, &n_rows);
	r = m->decided && m->rows ? minijail_read(m, tool->arguments[0], NULL) : -ENOMEM;
	if (m->rows && fclose(m->rows) && !r)
		r = -ENOMEM;
	if (!r) {
		write_head(tool->arguments[0], m->fallback, out);
		(void)fputs(rows, out);
	}
	for (size_t i = 0; m->decided && i < n_calls; i++)
		free(m->decided[i].file);
	free(m->decided);
	free(rows);
	return r;
}

int tool_import(struct tool *tool)
{
	struct brig_policy_error error = { 0 };
	struct minijail m = { .arch = tool->arch,
			      .fallback = { .action = BRIG_ACTION_KILL },
			      .error = &error };
	char *text = NULL;
	size_t n = 0;

	if (!tool->from || strcmp(tool->from, "minijail"))
		return complain(EXIT_USAGE, "from what? add --from minijail");
	FILE *out = open_memstream(&text, &n);
	int r = out ? translate(tool, &m, out) : -ENOMEM;
	if (out && fclose(out) && !r)
		r = -ENOMEM;
	int status = r < 0 ? tell(tool, &error, -r) : tool_publish(tool, text, n);
	free(text);
	return status;
}
