/* Which file goes where; what can't go well is said before any work. */
#include "command.h"
#include "render.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* "a/photo.jpg" in "out/" is "out/photo.png". */
static char *name_in(const char *directory, const char *input)
{
	const char *slash = strrchr(input, '/');
	const char *base = slash ? slash + 1 : input;
	const char *dot = strrchr(base, '.');
	size_t n = dot && dot != base ? (size_t)(dot - base) : strlen(base);
	bool ends = directory[strlen(directory) - 1] == '/';
	char *name = NULL;

	if (!strcmp(input, "-")) {
		base = "stdin";
		n = 5;
	}
	if (asprintf(&name, "%s%s%.*s.png", directory, ends ? "" : "/", (int)n, base) < 0)
		return NULL;
	return name;
}

static int make_directory(const char *path)
{
	char safe[1024];

	if (mkdir(path, 0777) == 0 || errno == EEXIST)
		return EXIT_OK;
	return complain(EXIT_SOME_FAILED, "%s: can't be made a directory: %s",
			escape_text(path, safe, sizeof safe), strerror(errno));
}

static int name_outputs(struct render *render)
{
	const struct options *o = &render->options;
	bool directory = o->n_inputs > 1 || o->output[strlen(o->output) - 1] == '/' ||
			 is_directory(o->output);

	if (!strcmp(o->output, "-"))
		return EXIT_OK;
	for (size_t i = 0; i < render->n_tasks; i++) {
		struct task *task = &render->tasks[i];

		task->output = directory ? name_in(o->output, task->input) : strdup(o->output);
		if (!task->output)
			return complain(EXIT_SOME_FAILED, "out of memory");
	}
	return EXIT_OK;
}

static bool same_file(const char *a, const char *b)
{
	struct stat first, second;

	return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
	       first.st_ino == second.st_ino;
}

static int compare_outputs(const void *a, const void *b)
{
	const struct task *const *first = a, *const *second = b;

	return strcmp((*first)->output, (*second)->output);
}

static int find_twins(const struct render *render)
{
	const struct task **sorted = calloc(render->n_tasks, sizeof *sorted);
	char a[512], b[512], out[512];
	int status = EXIT_OK;

	if (!sorted)
		return complain(EXIT_SOME_FAILED, "out of memory");
	for (size_t i = 0; i < render->n_tasks; i++)
		sorted[i] = &render->tasks[i];
	qsort(sorted, render->n_tasks, sizeof *sorted, compare_outputs);
	for (size_t i = 1; !status && i < render->n_tasks; i++)
		if (!strcmp(sorted[i - 1]->output, sorted[i]->output))
			status = complain(EXIT_USAGE, "%s and %s would both become %s",
					  escape_text(sorted[i - 1]->input, a, sizeof a),
					  escape_text(sorted[i]->input, b, sizeof b),
					  escape_text(sorted[i]->output, out, sizeof out));
	free(sorted);
	return status;
}

static int find_overwritten(const struct render *render)
{
	char safe[512];

	for (size_t i = 0; i < render->n_tasks; i++)
		for (size_t j = 0; j < render->n_tasks; j++)
			if (same_file(render->tasks[i].output, render->tasks[j].input))
				return complain(
					EXIT_USAGE, "%s is both an input and an output",
					escape_text(render->tasks[j].input, safe, sizeof safe));
	return EXIT_OK;
}

static int find_special(const struct render *render)
{
	char safe[512];

	for (size_t i = 0; i < render->n_tasks; i++)
		if (output_is_special(render->tasks[i].output))
			return complain(EXIT_USAGE, "%s is there, and is no regular file",
					escape_text(render->tasks[i].output, safe, sizeof safe));
	return EXIT_OK;
}

int plan_make(struct render *render)
{
	const char *output = render->options.output;
	int status = name_outputs(render);

	if (status || !strcmp(output, "-"))
		return status;
	status = find_twins(render);
	if (!status)
		status = find_overwritten(render);
	if (!status)
		status = find_special(render);
	if (!status && (render->n_tasks > 1 || output[strlen(output) - 1] == '/'))
		status = make_directory(output);
	return status;
}
