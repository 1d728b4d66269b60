/* disasm, export and try: the filter itself. */
#include "tools/policy/tool.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static const struct brig_program *program_of(const struct tool *tool,
					     const struct brig_policy *policy)
{
	bool has = brig_policy_has_stage(policy, tool->stage);

	return &policy->programs[has ? tool->stage : BRIG_AFTER_READY];
}

static json_t *program_json(const struct brig_policy *policy, const struct brig_program *program)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < program->length; i++)
		(void)json_array_append_new(
			list, json_pack("[i, i, i, I]", program->code[i].code, program->code[i].jt,
					program->code[i].jf, (json_int_t)program->code[i].k));
	return json_pack("{s:i, s:s, s:s, s:o}", "schema", 1, "role", policy->text.name, "arch",
			 brig_arch_name(policy->text.arch), "instructions", list);
}

int tool_disasm(struct tool *tool)
{
	int status;
	struct brig_policy *policy = tool_open(tool, tool->arguments[0], true, &status);

	if (!policy)
		return status;
	if (tool->json)
		status = tool_print_json(program_json(policy, program_of(tool, policy)), EXIT_OK);
	else
		brig_program_print(program_of(tool, policy), tool->arch, stdout);
	brig_policy_unref(policy);
	return status;
}

int tool_export(struct tool *tool)
{
	char safe[512];
	int status;
	struct brig_policy *policy;

	if (!tool->output)
		return complain(EXIT_USAGE, "where to? add --bpf FILE ('-' is standard output)");
	tool->nobody_listens = true;
	policy = tool_open(tool, tool->arguments[0], true, &status);
	if (!policy)
		return status;
	const struct brig_program *program = program_of(tool, policy);
	const size_t n = program->length * sizeof *program->code;
	int r = 0;

	if (strcmp(tool->output, "-"))
		r = tool_write_file(tool->output, program->code, n);
	else if (fwrite(program->code, 1, n, stdout) != n || fflush(stdout))
		r = -errno;
	if (r < 0)
		status = complain(EXIT_SOME_FAILED, "%s can't be written: %s",
				  escape_text(tool->output, safe, sizeof safe),
				  r == -EEXIST ? "it is there, and is no regular file"
					       : strerror(-r));
	brig_policy_unref(policy);
	return status;
}

/* The program's own exit status; 126 and 127 as a shell's. */
int tool_try(struct tool *tool)
{
	char *const *const command = tool->arguments + 1;
	int status;

	tool->nobody_listens = true;
	struct brig_policy *policy = tool_open(tool, tool->arguments[0], true, &status);
	if (!policy)
		return status;
	(void)signal(SIGPIPE, SIG_DFL); /* which this command ignores, and exec would keep */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		status = complain(EXIT_NO_SANDBOX, "no_new_privs: %s", strerror(errno));
	for (int stage = 0; !status && stage < BRIG_POLICY_STAGES; stage++) {
		if (!brig_policy_has_stage(policy, (enum brig_policy_stage)stage))
			continue;
		int r = brig_policy_load(policy, (enum brig_policy_stage)stage);
		if (r < 0)
			status = complain(EXIT_NO_SANDBOX, "the filter can't be loaded: %s",
					  strerror(-r));
	}
	if (!status) {
		(void)execvp(command[0], command);
		status = errno == ENOENT ? 127 : 126;
		(void)complain(0, "%s can't be started: %s", command[0], strerror(errno));
	}
	brig_policy_unref(policy);
	return status;
}
