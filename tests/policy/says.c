#include "tests/policy/says.h"

#include "sandbox/policy/constants.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct brig_policy *policy_of(const char *text, const struct brig_policy_options *options)
{
	struct brig_policy *policy = NULL;
	struct brig_policy_error error = { 0 };
	int r = brig_policy_parse("role", text, strlen(text), options, &policy, &error);

	EXPECT_OK(r);
	if (r < 0)
		printf("%s:%u:%u: %s\n", error.file, error.line, error.column, error.message);
	return policy;
}

const char *policy_says(const struct brig_policy *policy, enum brig_policy_stage stage,
			const char *name, const uint64_t args[BRIG_CALL_ARGUMENTS])
{
	const enum brig_arch arch = policy->text.arch;
	const struct brig_call *call = brig_call_find(name, strlen(name));
	struct seccomp_data data = { .arch = brig_arch_audit(arch) };
	uint32_t code = 0;

	if (!call || call->number[arch] == BRIG_CALL_NONE)
		return "no such call";
	data.nr = call->number[arch];
	memcpy(data.args, args, sizeof data.args);
	struct brig_verdict verdict =
		brig_policy_verdict(policy, stage, (uint32_t)data.nr, args, NULL);
	EXPECT_TRUE(brig_program_run(&policy->programs[stage], &data, &code));
	EXPECT_UINT_EQ(brig_verdict_code(&policy->text.models[stage], verdict), code);
	if (verdict.action == BRIG_ACTION_ERRNO)
		return brig_errno_name(verdict.error);
	return brig_action_name(verdict.action);
}

const char *says_of(const char *text, const struct brig_policy_options *options,
		    enum brig_policy_stage stage, const char *call,
		    const uint64_t args[BRIG_CALL_ARGUMENTS])
{
	struct brig_policy *policy = policy_of(text, options);

	if (!policy)
		return "?";
	const char *said = policy_says(policy, stage, call, args);
	brig_policy_unref(policy);
	return said;
}

const char *row_says(const char *row, const uint64_t args[BRIG_CALL_ARGUMENTS])
{
	char text[1024], call[64];

	(void)snprintf(text, sizeof text, "role row\n%s # why\n", row);
	(void)snprintf(call, sizeof call, "%.*s", (int)strcspn(row, ":,"), row);
	return says_of(text, NULL, BRIG_AFTER_READY, call, args);
}

static struct refusal refusal(int r, const struct brig_policy_error *error)
{
	struct refusal ret = { "" };

	if (r < 0)
		(void)snprintf(ret.text, sizeof ret.text, "%s %s:%u:%u: %s", strerrorname_np(-r),
			       error->file, error->line, error->column, error->message);
	return ret;
}

struct refusal refusal_of(const char *text, size_t n, const struct brig_policy_options *options)
{
	struct brig_policy *policy = NULL;
	struct brig_policy_error error = { .message = "untouched" };
	int r = brig_policy_parse("role", text, n, options, &policy, &error);

	EXPECT_TRUE((r < 0) == !policy);
	brig_policy_unref(policy);
	return refusal(r, &error);
}

struct refusal file_refusal(const char *path)
{
	struct brig_policy *policy = NULL;
	struct brig_policy_error error = { .message = "untouched" };
	int r = brig_policy_open(path, NULL, &policy, &error);

	EXPECT_TRUE((r < 0) == !policy);
	brig_policy_unref(policy);
	return refusal(r, &error);
}

const char *role_file(const char *name, const char *text, char ret[4096])
{
	(void)snprintf(ret, 4096, "%s/%s", test_tmpdir(), name);
	FILE *file = fopen(ret, "we");

	EXPECT_PTR_NOT_NULL(file);
	if (file) {
		EXPECT_INT_GE(fputs(text, file), 0);
		EXPECT_INT_EQ(0, fclose(file));
	}
	return ret;
}
