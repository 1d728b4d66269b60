/*
 * Role files that nobody wrote: reading and compiling them must end, soon, with a policy or with a
 * place in the file; and what is small is proven, where the filter must never differ from the text.
 * A file is all that is looked at, so '/' is taken out: nothing is included but roles that ship.
 */
#include "sandbox/policy/policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Of these the proof goes through some hundred thousand cases. */
#define LEAVES_A_CALL 3
#define LEAVES        12

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t leaves(const struct brig_test *tests, int index)
{
	size_t n = 0;

	if (index < 0)
		return 0;
	if (tests[index].first < 0)
		return 1;
	for (int child = tests[index].first; child >= 0; child = tests[child].next)
		n += leaves(tests, child);
	return n;
}

static bool is_small(const struct brig_policy *policy)
{
	size_t all = 0;

	for (int stage = 0; stage < BRIG_POLICY_STAGES; stage++) {
		const struct brig_model *model = &policy->text.models[stage];

		for (size_t i = 0, of_call = 0; i < model->n_rules; i++) {
			const struct brig_rule *rule = &model->rules[i];

			if (i && rule->number != rule[-1].number)
				of_call = 0;
			of_call += leaves(model->tests, rule->test);
			all += leaves(model->tests, rule->test);
			if (of_call > LEAVES_A_CALL || all > LEAVES)
				return false;
		}
	}
	return true;
}

/* What embedders and tools read of it is there. */
static void look(const struct brig_policy *policy)
{
	const uint64_t args[BRIG_CALL_ARGUMENTS] = { 0 };
	struct brig_policy_row row;
	size_t n = 0;

	for (size_t i = 0; !brig_policy_row(policy, BRIG_AFTER_READY, i, &row); i++) {
		if (!row.why || !*row.why || !row.line || !strlen(row.file) || !row.condition)
			abort();
		(void)brig_policy_verdict(policy, BRIG_AFTER_READY, row.number, args, NULL);
	}
	if (!brig_policy_program(policy, BRIG_AFTER_READY, &n) || !n || n > BPF_MAXINSNS)
		abort();
}

static int parse(const char *text, size_t n, struct brig_policy_options *options,
		 struct brig_policy **ret)
{
	struct brig_policy_error error;
	int r = brig_policy_parse("fuzz", text, n, options, ret, &error);

	/* A refusal says where, or that it is the whole; and always what. */
	if (r < 0 && r != -ENOMEM && (!*error.message || !*error.file))
		abort();
	if (r == -EINVAL && !error.line)
		abort();
	if (r == -ENOTRECOVERABLE)
		abort();
	return r;
}

static void read_text(const char *text, size_t n)
{
	struct brig_policy_options options = { .size = sizeof options, .skip_proof = 1 };
	struct brig_policy *policy = NULL;

	options.audit_arch = brig_arch_audit(n % 2 ? BRIG_ARCH_X86_64 : BRIG_ARCH_AARCH64);
	if (parse(text, n, &options, &policy) < 0)
		return;
	look(policy);
	const bool small = is_small(policy);
	brig_policy_unref(policy);
	options.skip_proof = 0;
	if (small && !parse(text, n, &options, &policy))
		brig_policy_unref(policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Of exactly its size: what reads past the end is seen. */
	char *text = malloc(size ? size : 1);

	if (!text)
		return 0;
	for (size_t i = 0; i < size; i++)
		text[i] = data[i] == '/' ? '.' : (char)data[i];
	read_text(text, size);
	free(text);
	return 0;
}
