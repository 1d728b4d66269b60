/* learn: a program's policy, from watching it. */
#include "tools/policy/learnt.h"
#include "tools/policy/tool.h"
#include "tools/policy/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* "include" reads beside the file that includes, wherever that will lie. */
static char *absolute(const char *role)
{
	const size_t n = strlen(role), suffix = strlen(".policy");
	const bool path =
		strchr(role, '/') || (n > suffix && !strcmp(role + n - suffix, ".policy"));

	return path ? realpath(role, NULL) : strdup(role);
}

static int refuse(const struct tool *tool, const struct watch_result *result, int error)
{
	char safe[512];

	if (error == EBUSY)
		return complain(EXIT_SOME_FAILED,
				"%s can't be had: this process is watched by another listener "
				"already, and there can be one only",
				result->missing);
	if (error)
		return complain(EXIT_SOME_FAILED,
				"%s can't be had: %s (needed: Linux 5.9 with seccomp user "
				"notification)",
				result->missing, strerror(error));
	(void)complain(0, "%s can't be started: %s",
		       escape_text(tool->arguments[0], safe, sizeof safe),
		       strerror(result->start_error));
	return result->start_error == ENOENT ? 127 : 126;
}

static int publish(const struct tool *tool, struct record *record, const char *base)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	int r = out ? 0 : -ENOMEM, status;

	if (out) {
		learnt_complete(record);
		r = learnt_write(record, tool->arguments, base, out);
		if (fclose(out))
			r = -ENOMEM;
	}
	status = r ? complain(EXIT_SOME_FAILED, "no policy: %s", strerror(-r))
		   : tool_publish(tool, text, n);
	free(text);
	return status;
}

/* The program's own status, as a shell tells it. */
static int told(const struct tool *tool, const struct watch_result *result)
{
	const int status = result->status;
	char safe[512];

	(void)escape_text(tool->arguments[0], safe, sizeof safe);
	if (result->left_running)
		(void)complain(0,
			       "processes that %s left behind are no longer watched: their "
			       "calls fail",
			       safe);
	if (WIFSIGNALED(status))
		return complain(128 + WTERMSIG(status),
				"%s was killed by signal %d: the policy is of what it did until "
				"then",
				safe, WTERMSIG(status));
	if (WEXITSTATUS(status))
		(void)complain(0, "%s failed with status %d: the policy is of a run that failed",
			       safe, WEXITSTATUS(status));
	return WEXITSTATUS(status);
}

static int learn(const struct tool *tool, struct record *record, const char *base)
{
	struct watch_result result;
	int r = watch_run(tool->arguments, record_see, record, &result);
	int status;

	if (r < 0 || result.start_error)
		return refuse(tool, &result, -r);
	status = publish(tool, record, base);
	return status ? status : told(tool, &result);
}

int tool_learn(struct tool *tool)
{
	struct brig_policy *base = NULL;
	char *name = NULL;
	int status = EXIT_OK;

	if (tool->arch != brig_arch_native())
		return complain(EXIT_USAGE, "only programs of this machine's architecture can be "
					    "watched");
	if (tool->role) {
		base = tool_open(tool, tool->role, true, &status);
		name = base ? absolute(tool->role) : NULL;
		if (base && !name)
			status = complain(EXIT_SOME_FAILED, "--role: %s", strerror(errno));
	}
	struct record *record = status ? NULL : calloc(1, sizeof *record);
	if (record) {
		record->arch = tool->arch;
		record->base = base;
		status = learn(tool, record, name);
	} else if (!status) {
		status = complain(EXIT_SOME_FAILED, "%s", strerror(ENOMEM));
	}
	free(record);
	free(name);
	brig_policy_unref(base);
	return status;
}
