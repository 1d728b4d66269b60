/* Role files that this command writes: read again and proven before anyone sees them. */
#include "tools/output.h"
#include "tools/policy/tool.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

int tool_write_file(const char *path, const void *bytes, size_t n)
{
	struct output output;
	int r = output_open(&output, path);

	if (!r && write(output.fd, bytes, n) != (ssize_t)n)
		r = errno ? -errno : -EIO;
	if (!r)
		r = output_commit(&output);
	output_close(&output);
	return r;
}

const char *tool_role_name(const char *path, char ret[32])
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const size_t suffix = strlen(".policy");
	size_t n = strlen(name);

	if (!n) {
		name = "nameless";
		n = strlen(name);
	}
	n -= n > suffix && !strcmp(name + n - suffix, ".policy") ? suffix : 0;
	n = n > 31 ? 31 : n;
	for (size_t i = 0; i < n; i++)
		ret[i] = isalnum((unsigned char)name[i]) || name[i] == '_' ? name[i] : '-';
	ret[n] = '\0';
	return ret;
}

static int prove(const struct tool *tool, const char *text, size_t n)
{
	const struct brig_policy_options options = { .size = sizeof options,
						     .parameters = tool->parameters,
						     .n_parameters = tool->n_parameters,
						     .audit_arch = brig_arch_audit(tool->arch) };
	struct brig_policy_error error = { 0 };
	struct brig_policy *policy = NULL;
	int r = brig_policy_parse("the new role", text, n, &options, &policy, &error);

	brig_policy_unref(policy);
	return r < 0 ? complain(EXIT_SOME_FAILED, "%s:%u:%u: %s", error.file, error.line,
				error.column, *error.message ? error.message : strerror(-r))
		     : EXIT_OK;
}

int tool_publish(const struct tool *tool, const char *text, size_t n)
{
	int status = prove(tool, text, n), r = 0;
	char safe[512];

	if (status)
		return status;
	if (tool->output && strcmp(tool->output, "-"))
		r = tool_write_file(tool->output, text, n);
	else if (fwrite(text, 1, n, stdout) != n || fflush(stdout))
		r = -errno;
	if (r < 0)
		status = complain(EXIT_SOME_FAILED, "%s can't be written: %s",
				  escape_text(tool->output ? tool->output : "standard output", safe,
					      sizeof safe),
				  strerror(-r));
	return status;
}
