/* The proof: one witness of everything that can be told apart. */
#include "sandbox/policy/space.h"

#include <errno.h>
#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>

struct numbers {
	uint32_t *values;
	size_t n, room;
};

static int add_one(struct numbers *numbers, uint32_t value)
{
	if (numbers->n == numbers->room) {
		size_t room = numbers->room ? 2 * numbers->room : 4096;
		uint32_t *values = realloc(numbers->values, room * sizeof *values);

		if (!values)
			return -ENOMEM;
		numbers->values = values;
		numbers->room = room;
	}
	numbers->values[numbers->n++] = value;
	return 0;
}

/* A constant splits the numbers into those below, itself, and those above. */
static int add_number(struct numbers *numbers, uint32_t value)
{
	int r = add_one(numbers, value);

	if (!r && value)
		r = add_one(numbers, value - 1);
	if (!r && value < UINT32_MAX)
		r = add_one(numbers, value + 1);
	return r;
}

static int compare_numbers(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void sort_numbers(struct numbers *numbers)
{
	size_t kept = 0;

	qsort(numbers->values, numbers->n, sizeof *numbers->values, compare_numbers);
	for (size_t i = 0; i < numbers->n; i++)
		if (!i || numbers->values[i] != numbers->values[kept - 1])
			numbers->values[kept++] = numbers->values[i];
	numbers->n = kept;
}

static int add_model_numbers(struct numbers *numbers, const struct brig_model *model)
{
	size_t n;
	const struct brig_call *calls = brig_calls(&n);
	int r = 0;

	for (size_t i = 0; !r && i < model->n_rules; i++)
		r = add_number(numbers, model->rules[i].number);
	for (size_t i = 0; !r && i < n; i++)
		if (calls[i].number[model->arch] != BRIG_CALL_NONE)
			r = add_number(numbers, (uint32_t)calls[i].number[model->arch]);
	if (!r)
		r = add_number(numbers, BRIG_X32_BIT);
	return r ? r : add_number(numbers, BRIG_NO_CALL);
}

static int add_program_numbers(struct numbers *numbers, const struct brig_program *program)
{
	int r = 0;

	for (unsigned short i = 0; !r && i < program->length; i++)
		if (BPF_CLASS(program->code[i].code) == BPF_JMP)
			r = add_number(numbers, program->code[i].k);
	return r;
}

static int collect(struct numbers *numbers, const struct brig_stack *stack)
{
	int r = 0;

	for (size_t i = 0; !r && i < stack->n; i++) {
		r = stack->models[i] ? add_model_numbers(numbers, stack->models[i]) : 0;
		if (!r && stack->programs[i])
			r = add_program_numbers(numbers, stack->programs[i]);
	}
	if (!r)
		sort_numbers(numbers);
	return r;
}

struct question {
	const struct brig_stack *stack;
	struct brig_space *space;
	struct brig_proof *proof;
};

static bool tells(uint32_t code)
{
	return (code & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_USER_NOTIF;
}

/* Only the newest has a listener: what an older one alone would tell fails (seccomp(2): ENOSYS). */
static uint32_t heard(uint32_t newest, uint32_t all)
{
	return tells(all) && !tells(newest) ? SECCOMP_RET_ERRNO | ENOSYS : all;
}

/* What the models say of the call that is asked about, as the filters would. */
static uint32_t wanted_code(const struct question *question,
			    const uint64_t args[BRIG_CALL_ARGUMENTS])
{
	const struct brig_stack *stack = question->stack;
	struct brig_proof *proof = question->proof;
	uint32_t newest = SECCOMP_RET_ALLOW, all = newest;

	for (size_t i = 0; i < stack->n && stack->models[i]; i++) {
		uint32_t one = brig_verdict_code(
			stack->models[i],
			brig_model_verdict(stack->models[i], proof->audit_arch, proof->number, args,
					   i ? NULL : &proof->rule));

		all = i ? brig_program_compose(all, one) : one;
		newest = i ? newest : one;
	}
	return heard(newest, all);
}

static int check_equal(void *user, const uint64_t args[BRIG_CALL_ARGUMENTS])
{
	const struct question *question = user;
	const struct brig_stack *stack = question->stack;
	struct brig_proof *proof = question->proof;
	struct seccomp_data data = { .nr = (int)proof->number, .arch = proof->audit_arch };
	const uint32_t wanted = wanted_code(question, args);
	uint32_t newest = SECCOMP_RET_ALLOW, got = newest;

	memcpy(data.args, args, sizeof data.args);
	for (size_t i = 0; i < stack->n; i++) {
		uint32_t one;

		if (!brig_program_run(stack->programs[i], &data, &one))
			return -EINVAL;
		got = i ? brig_program_compose(got, one) : one;
		newest = i ? newest : one;
	}
	got = heard(newest, got);
	proof->evaluations++;
	if (wanted == got)
		return 0;
	memcpy(proof->args, args, sizeof proof->args);
	proof->wanted = wanted;
	proof->got = got;
	return -ENOTRECOVERABLE;
}

static int prove_number(const struct question *question, uint32_t audit_arch, uint32_t number)
{
	const struct brig_stack *stack = question->stack;
	const uint32_t own = brig_arch_audit(stack->models[0]->arch);
	int r = 0;

	question->proof->audit_arch = audit_arch;
	question->proof->number = number;
	brig_space_clear(question->space);
	for (size_t i = 0; !r && i < stack->n; i++) {
		if (stack->models[i])
			r = brig_space_add_rules(question->space, stack->models[i], number);
		if (!r)
			r = brig_space_add_program(question->space, stack->programs[i], own,
						   audit_arch, number);
	}
	if (!r)
		r = brig_space_each(question->space, check_equal, (void *)(uintptr_t)question);
	return r;
}

/* Architectures are told apart by equality, too: our own, its neighbours, and the well-known. */
static int prove_architectures(const struct question *question, const struct numbers *numbers)
{
	const uint32_t own = brig_arch_audit(question->stack->models[0]->arch);
	const uint32_t foreign[] = { AUDIT_ARCH_I386,
				     AUDIT_ARCH_ARM,
				     AUDIT_ARCH_X86_64,
				     AUDIT_ARCH_AARCH64,
				     own - 1,
				     own + 1,
				     0,
				     UINT32_MAX };
	int r = 0;

	for (size_t i = 0; !r && i < numbers->n; i++)
		r = prove_number(question, own, numbers->values[i]);
	for (size_t a = 0; a < sizeof foreign / sizeof *foreign; a++)
		for (size_t i = 0; !r && foreign[a] != own && i < numbers->n; i++)
			r = prove_number(question, foreign[a], numbers->values[i]);
	return r;
}

int brig_prove_equal(const struct brig_stack *stack, struct brig_proof *ret)
{
	struct brig_space *space = calloc(1, sizeof *space);
	const struct question question = { stack, space, ret };
	struct numbers numbers = { 0 };
	int r = space ? 0 : -ENOMEM;

	memset(ret, 0, sizeof *ret);
	ret->rule = -1;
	if (!r)
		r = collect(&numbers, stack);
	if (!r)
		r = prove_architectures(&question, &numbers);
	free(numbers.values);
	free(space);
	return r;
}

static bool lets_through(struct brig_verdict verdict)
{
	return verdict.action == BRIG_ACTION_ALLOW || verdict.action == BRIG_ACTION_LOG;
}

struct implication {
	const struct brig_model *outer, *inner; /* inner NULL: the need's test decides */
	int test;
	struct brig_proof *proof;
};

static int check_allows(void *user, const uint64_t args[BRIG_CALL_ARGUMENTS])
{
	const struct implication *implication = user;
	const struct brig_model *outer = implication->outer, *inner = implication->inner;
	struct brig_proof *proof = implication->proof;
	const uint32_t arch = brig_arch_audit(outer->arch);
	bool asked;

	if (inner)
		asked = lets_through(
			brig_model_verdict(inner, arch, proof->number, args, &proof->rule));
	else
		asked = brig_test_holds(outer->tests, implication->test, args);
	proof->evaluations++;
	struct brig_verdict verdict = brig_model_verdict(outer, arch, proof->number, args, NULL);
	if (!asked || lets_through(verdict))
		return 0;
	memcpy(proof->args, args, sizeof proof->args);
	proof->wanted = SECCOMP_RET_ALLOW;
	proof->got = brig_verdict_code(outer, verdict);
	return -EPERM;
}

static int check_number(struct implication *implication, struct brig_space *space, uint32_t number)
{
	const struct brig_model *outer = implication->outer, *inner = implication->inner;
	int r;

	implication->proof->number = number;
	brig_space_clear(space);
	r = brig_space_add_rules(space, outer, number);
	if (!r && inner)
		r = brig_space_add_rules(space, inner, number);
	if (!r && !inner)
		r = brig_space_add_test(space, outer->tests, implication->test);
	return r ? r : brig_space_each(space, check_allows, implication);
}

int brig_prove_allows(const struct brig_model *outer, const struct brig_model *inner,
		      struct brig_proof *ret)
{
	struct brig_space *space = calloc(1, sizeof *space);
	const struct brig_stack stack = { .models = { inner, outer }, .n = 2 };
	struct implication implication = { outer, inner, -1, ret };
	struct numbers numbers = { 0 };
	int r = space ? 0 : -ENOMEM;

	memset(ret, 0, sizeof *ret);
	if (!r)
		r = collect(&numbers, &stack);
	for (size_t i = 0; !r && i < numbers.n; i++)
		r = check_number(&implication, space, numbers.values[i]);
	free(numbers.values);
	free(space);
	return r;
}

int brig_prove_need(const struct brig_model *model, uint32_t number, int test,
		    struct brig_proof *ret)
{
	struct brig_space *space = calloc(1, sizeof *space);
	struct implication implication = { model, NULL, test, ret };

	memset(ret, 0, sizeof *ret);
	ret->rule = -1;
	int r = space ? check_number(&implication, space, number) : -ENOMEM;
	free(space);
	return r;
}

int brig_each_witness(const struct brig_stack *stack, uint32_t number,
		      int (*each)(void *user, const uint64_t args[BRIG_CALL_ARGUMENTS]), void *user)
{
	struct brig_space *space = calloc(1, sizeof *space);
	int r = space ? 0 : -ENOMEM;

	for (size_t i = 0; !r && i < stack->n; i++)
		r = brig_space_add_rules(space, stack->models[i], number);
	if (!r)
		r = brig_space_each(space, each, user);
	free(space);
	return r;
}
