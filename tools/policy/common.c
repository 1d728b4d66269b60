#include "tools/policy/tool.h"

#include <string.h>

struct brig_policy *tool_open(const struct tool *tool, const char *name, bool prove,
			      int *ret_status)
{
	const struct brig_policy_options options = { .size = sizeof options,
						     .parameters = tool->parameters,
						     .n_parameters = tool->n_parameters,
						     .audit_arch = brig_arch_audit(tool->arch),
						     .skip_proof = !prove,
						     .nobody_listens = tool->nobody_listens };
	struct brig_policy_error error;
	struct brig_policy *policy = NULL;
	char safe[512];

	if (brig_policy_open(name, &options, &policy, &error) == 0) {
		*ret_status = EXIT_OK;
		return policy;
	}
	(void)escape_text(error.file, safe, sizeof safe);
	if (error.line)
		(void)fprintf(stderr, "%s:%u:%u: %s\n", safe, error.line, error.column,
			      error.message);
	else
		(void)fprintf(stderr, "%s: %s\n", safe, error.message);
	*ret_status = EXIT_SOME_FAILED;
	return NULL;
}

const struct brig_model *tool_model(const struct tool *tool, const struct brig_policy *policy)
{
	bool has = brig_policy_has_stage(policy, tool->stage);

	return &policy->text.models[has ? tool->stage : BRIG_AFTER_READY];
}

const char *tool_place(const struct brig_policy *policy, const struct brig_rule *rule, char *ret,
		       size_t size)
{
	(void)snprintf(ret, size, "%s:%u", policy->text.files[rule->file].name, rule->line);
	return ret;
}

const char *tool_call_name(enum brig_arch arch, uint32_t number, char ret[32])
{
	const struct brig_call *call = brig_call_by_number(arch, number);

	if (call)
		(void)snprintf(ret, 32, "%s", call->name);
	else
		(void)snprintf(ret, 32, "#%u", number);
	return ret;
}

int tool_print_json(json_t *document, int status)
{
	(void)json_dumpf(document, stdout, JSON_INDENT(1));
	(void)fputc('\n', stdout);
	json_decref(document);
	return status;
}

void tool_format_args(char *ret, size_t size, enum brig_arch arch, uint32_t number,
		      unsigned int looks, const uint64_t args[BRIG_CALL_ARGUMENTS])
{
	const struct brig_call *call = brig_call_by_number(arch, number);
	struct brig_call_argument argument;
	size_t at = 0;

	*ret = '\0';
	for (unsigned int i = 0; call && i < BRIG_CALL_ARGUMENTS; i++) {
		if (!brig_call_argument(call, i, &argument))
			break;
		if (!(looks & 1u << i) || at >= size)
			continue;
		const uint64_t value = argument.bits == 32 ? (uint32_t)args[i] : args[i];
		int n = snprintf(ret + at, size - at, "%s%s=0x%llx", at ? ", " : "", argument.name,
				 (unsigned long long)value);
		at += n > 0 ? (size_t)n : 0;
	}
}
