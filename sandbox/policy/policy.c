/* Policies as embedders see them: include/brig/policy.h. */
#include "sandbox/policy/policy.h"

#include "sandbox/policy/constants.h"
#include "sandbox/policy/shipped.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail_at(struct brig_policy_error *error, const struct brig_text *text, unsigned int file,
		   unsigned int line, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

static int fail_at(struct brig_policy_error *error, const struct brig_text *text, unsigned int file,
		   unsigned int line, const char *format, ...)
{
	va_list arguments;

	(void)snprintf(error->file, sizeof error->file, "%s", text->files[file].name);
	error->line = line;
	error->column = line ? 1 : 0;
	va_start(arguments, format);
	(void)vsnprintf(error->message, sizeof error->message, format, arguments);
	va_end(arguments);
	return 0;
}

/* Where the rule stands that decides a call, or the whole file if its class does. */
static void fail_call(struct brig_policy_error *error, const struct brig_text *text,
		      const struct brig_model *model, const struct brig_proof *proof,
		      const char *what)
{
	const struct brig_call *call = brig_call_by_number(model->arch, proof->number);
	const struct brig_rule *rule = proof->rule >= 0 && (size_t)proof->rule < model->n_rules
					       ? &model->rules[proof->rule]
					       : NULL;

	(void)fail_at(error, text, rule ? rule->file : 0, rule ? rule->line : 0,
		      "%s(%u)(0x%llx, 0x%llx, 0x%llx, 0x%llx, 0x%llx, 0x%llx): %s",
		      call ? call->name : "call", proof->number, (unsigned long long)proof->args[0],
		      (unsigned long long)proof->args[1], (unsigned long long)proof->args[2],
		      (unsigned long long)proof->args[3], (unsigned long long)proof->args[4],
		      (unsigned long long)proof->args[5], what);
}

/* The same of a proof that ended with @r; @what holds unless there was too much of it. */
static void fail_proof(struct brig_policy_error *error, const struct brig_text *text,
		       const struct brig_model *model, const struct brig_proof *proof, int r,
		       const char *what)
{
	struct brig_proof where = *proof;
	size_t n, first = brig_model_rules(model, proof->number, &n);

	if (r == -E2BIG) {
		where.rule = n ? (int)first : -1;
		what = "too many cases to prove";
	}
	fail_call(error, text, model, &where, what);
}

static int prove_stage(struct brig_policy *policy, int stage, struct brig_policy_error *error)
{
	const struct brig_stack stack = { .programs = { &policy->programs[stage] },
					  .models = { &policy->text.models[stage] },
					  .n = 1 };
	char text[120];
	struct brig_proof proof;
	int r = brig_prove_equal(&stack, &proof);

	policy->evaluations += proof.evaluations;
	if (!r)
		return 0;
	(void)snprintf(text, sizeof text, "the filter says 0x%08x where the policy says 0x%08x",
		       proof.got, proof.wanted);
	fail_proof(error, &policy->text, stack.models[0], &proof, r, text);
	return r;
}

static int prove_needs(const struct brig_policy *policy, const struct brig_model *model,
		       struct brig_policy_error *error)
{
	const struct brig_text *text = &policy->text;
	int r = 0;

	for (size_t i = 0; !r && i < text->n_needs; i++) {
		const struct brig_need *need = &text->needs[i];
		struct brig_proof proof;

		r = brig_prove_need(model, need->number, need->test, &proof);
		if (!r)
			continue;
		fail_proof(error, text, model, &proof, r,
			   "is needed, and is not allowed; the row that needs it is named");
		(void)snprintf(error->file, sizeof error->file, "%s", text->files[need->file].name);
		error->line = need->line;
		error->column = 1;
	}
	return r;
}

/* What is allowed after ready must be allowed before, or the later word is empty. */
static int prove_stages(const struct brig_policy *policy, struct brig_policy_error *error)
{
	const struct brig_model *before = &policy->text.models[BRIG_BEFORE_READY],
				*after = &policy->text.models[BRIG_AFTER_READY], *at = after;
	struct brig_proof proof;
	int r;

	if (!policy->text.staged)
		return 0;
	r = brig_prove_allows(before, after, &proof);
	/* What its class allows after ready has a row before that doesn't. */
	if (r == -EPERM && proof.rule < 0) {
		at = before;
		(void)brig_model_verdict(before, brig_arch_audit(before->arch), proof.number,
					 proof.args, &proof.rule);
	}
	if (r)
		fail_proof(error, &policy->text, at, &proof, r,
			   "is allowed after ready, but the filter of before ready, which stays, "
			   "refuses it");
	return r;
}

static int prove(struct brig_policy *policy, struct brig_policy_error *error)
{
	int r = prove_stages(policy, error);

	for (int stage = 0; !r && stage < BRIG_POLICY_STAGES; stage++)
		if (policy->programs[stage].length)
			r = prove_stage(policy, stage, error);
	/* What is needed is needed while the first filter stands. */
	if (!r)
		r = prove_needs(policy,
				&policy->text.models[policy->text.staged ? BRIG_BEFORE_READY
									 : BRIG_AFTER_READY],
				error);
	policy->proven = !r;
	return r == -EPERM ? -EINVAL : r; /* the text contradicts itself */
}

static int compile_stage(struct brig_policy *policy, int stage, struct brig_policy_error *error)
{
	const struct brig_model *model = &policy->text.models[stage];
	struct brig_proof where = { .rule = -1 };
	int r = brig_program_compile(model, &policy->programs[stage], &where.number);
	const char *what = r == -E2BIG ? "more than a filter can hold" : strerror(-r);
	size_t n;

	policy->programs[stage].audit = policy->text.audit;
	if (!r)
		return 0;
	if (where.number == BRIG_NO_CALL) {
		(void)fail_at(error, &policy->text, 0, 0, "%s", what);
		return r;
	}
	where.rule = (int)brig_model_rules(model, where.number, &n);
	fail_call(error, &policy->text, model, &where, what);
	return r;
}

static int compile(struct brig_policy *policy, struct brig_policy_error *error)
{
	int r = 0;

	for (int stage = policy->text.staged ? 0 : BRIG_AFTER_READY;
	     !r && stage < BRIG_POLICY_STAGES; stage++) {
		r = compile_stage(policy, stage, error);
	}
	return r;
}

/* What the text took is zeroed. */
static void drop_file(struct brig_text_file *file)
{
	if (!file)
		return;
	free(file->name);
	free(file->text);
}

int brig_policy_make(struct brig_text_file *file, struct brig_text_file *overlay,
		     const struct brig_policy_options *options, struct brig_policy **ret,
		     struct brig_policy_error *error)
{
	const struct brig_text_finder finder = { brig_source_read, NULL };
	struct brig_policy_error unread = { 0 };
	struct brig_policy *policy = calloc(1, sizeof *policy);
	int r;

	error = error ? error : &unread;
	memset(error, 0, sizeof *error);
	r = policy ? brig_text_read(&policy->text, file, overlay, &finder, options, error)
		   : -ENOMEM;
	drop_file(file);
	drop_file(overlay);
	if (!policy)
		return r;
	atomic_init(&policy->references, 1);
	if (!r)
		r = compile(policy, error);
	if (!r && !(options && options->skip_proof))
		r = prove(policy, error);
	if (r < 0) {
		brig_policy_unref(policy);
		return r;
	}
	*ret = policy;
	return 0;
}

static bool options_valid(const struct brig_policy_options *options)
{
	if (!options)
		return true;
	if (options->size != sizeof *options || (!options->parameters && options->n_parameters))
		return false;
	for (size_t i = 0; i < options->n_parameters; i++)
		if (!options->parameters[i].name || !options->parameters[i].value)
			return false;
	return !options->audit_arch || options->audit_arch == brig_arch_audit(BRIG_ARCH_X86_64) ||
	       options->audit_arch == brig_arch_audit(BRIG_ARCH_AARCH64);
}

int brig_policy_open(const char *name, const struct brig_policy_options *options,
		     struct brig_policy **ret, struct brig_policy_error *error)
{
	struct brig_text_file file;

	if (!name || !ret || !options_valid(options))
		return -EINVAL;
	int r = brig_source_read(NULL, name, NULL, &file);
	if (r < 0) {
		if (error) {
			memset(error, 0, sizeof *error);
			(void)snprintf(error->file, sizeof error->file, "%s", name);
			brig_source_explain(r, name, error->message, sizeof error->message);
		}
		return r;
	}
	return brig_policy_make(&file, NULL, options, ret, error);
}

int brig_policy_parse(const char *name, const char *text, size_t n,
		      const struct brig_policy_options *options, struct brig_policy **ret,
		      struct brig_policy_error *error)
{
	struct brig_text_file file;

	if (!name || !text || !ret || !options_valid(options))
		return -EINVAL;
	if (n > BRIG_FILE_BYTES_MAX) /* one byte too many is enough to say so */
		n = BRIG_FILE_BYTES_MAX + 1;
	int r = brig_source_copy(name, text, n, &file);
	return r ? r : brig_policy_make(&file, NULL, options, ret, error);
}

static void free_program(struct brig_program *program)
{
	free((void *)(uintptr_t)program->code);
	*program = (struct brig_program){ 0 };
}

struct brig_policy *brig_policy_ref(struct brig_policy *policy)
{
	atomic_fetch_add_explicit(&policy->references, 1, memory_order_relaxed);
	return policy;
}

void brig_policy_unref(struct brig_policy *policy)
{
	if (!policy || atomic_fetch_sub_explicit(&policy->references, 1, memory_order_acq_rel) > 1)
		return;
	for (int stage = 0; stage < BRIG_POLICY_STAGES; stage++)
		free_program(&policy->programs[stage]);
	brig_text_finish(&policy->text);
	free(policy);
}

int brig_policy_has_stage(const struct brig_policy *policy, enum brig_policy_stage stage)
{
	return (unsigned int)stage < BRIG_POLICY_STAGES && policy->programs[stage].length > 0;
}

static int may_load(const struct brig_policy *policy, enum brig_policy_stage stage)
{
	if (!brig_policy_has_stage(policy, stage))
		return -EINVAL;
	if (!policy->proven)
		return -EPERM;
	return policy->text.arch == brig_arch_native() ? 0 : -ENOTSUP;
}

int brig_policy_load(const struct brig_policy *policy, enum brig_policy_stage stage)
{
	int r = may_load(policy, stage);

	return r ? r : brig_program_load(&policy->programs[stage]);
}

int brig_policy_load_listening(const struct brig_policy *policy, enum brig_policy_stage stage)
{
	int r = may_load(policy, stage);

	return r ? r : brig_program_load_listening(&policy->programs[stage]);
}

/* The model of a stage; a role without stages says the same before and after. */
static const struct brig_model *model_of(const struct brig_policy *policy,
					 enum brig_policy_stage stage)
{
	return &policy->text
			.models[brig_policy_has_stage(policy, stage) ? stage : BRIG_AFTER_READY];
}

struct brig_verdict brig_policy_verdict(const struct brig_policy *policy,
					enum brig_policy_stage stage, uint32_t number,
					const uint64_t *args, int *ret_row)
{
	const struct brig_model *model = model_of(policy, stage);

	return brig_model_verdict(model, brig_arch_audit(model->arch), number, args, ret_row);
}

const void *brig_policy_program(const struct brig_policy *policy, enum brig_policy_stage stage,
				size_t *ret_n)
{
	if (!brig_policy_has_stage(policy, stage))
		return NULL;
	*ret_n = policy->programs[stage].length;
	return policy->programs[stage].code;
}

int brig_policy_row(const struct brig_policy *policy, enum brig_policy_stage stage, size_t index,
		    struct brig_policy_row *ret)
{
	const struct brig_model *model = model_of(policy, stage);

	if (index >= model->n_rules)
		return -ENOENT;
	const struct brig_rule *rule = &model->rules[index];
	const struct brig_call *call = brig_call_by_number(model->arch, rule->number);
	*ret = (struct brig_policy_row){
		.number = rule->number,
		.call = call ? call->name : "",
		.verdict = rule->verdict,
		.otherwise = rule->otherwise,
		.has_otherwise = rule->has_otherwise,
		.condition = rule->condition,
		.why = rule->why,
		.file = policy->text.files[rule->file].name,
		.line = rule->line,
	};
	return 0;
}

static int prove_above(const struct brig_stack *stack, const struct brig_model *home,
		       const struct brig_text *text, struct brig_policy_error *error)
{
	struct brig_proof proof;
	int r = brig_prove_allows(home, stack->models[0], &proof);

	if (!r)
		r = brig_prove_equal(stack, &proof);
	if (r)
		fail_proof(error, text, stack->models[0], &proof, r,
			   r == -EPERM ? "is allowed here, but refused by the filter of the "
					 "process from which its children are forked"
				       : "the filter of the process from which its children are "
					 "forked says otherwise, and weighs more");
	return r;
}

int brig_policy_make_above(struct brig_policy *policy, const struct brig_policy *home,
			   struct brig_policy_error *error)
{
	const struct brig_model *below = brig_policy_model(home);
	int r = 0;

	for (int stage = 0; !r && stage < BRIG_POLICY_STAGES; stage++) {
		const struct brig_model *model = &policy->text.models[stage];
		struct brig_program above = { .audit = policy->text.audit };
		uint32_t number;

		if (!policy->programs[stage].length)
			continue;
		/* Both together say what the policy alone says. */
		const struct brig_stack stack = { .programs = { &above,
								&home->programs[BRIG_AFTER_READY] },
						  .models = { model },
						  .n = 2 };
		r = brig_program_compile_above(model, below, &above, &number);
		if (!r)
			r = prove_above(&stack, below, &policy->text, error);
		free_program(&policy->programs[stage]);
		policy->programs[stage] = above;
	}
	return r;
}
