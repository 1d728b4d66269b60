/*
 * Argument blocks: straight code that looks at arguments and returns. Jumps go forward only, so a
 * label knows all who jump to it when it is placed.
 */
#include "sandbox/policy/program.h"

#include <errno.h>
#include <string.h>

#define LABELS_MAX  512
#define NOTHING     (-1)
#define HALVES(arg) ((int)(arg)*2)

/* What is in the accumulator: a half of an argument under a mask. */
struct held {
	int half; /* or NOTHING that is known */
	uint32_t mask;
};

struct jump {
	unsigned short at;
	bool if_false;
	short next; /* in the label's list; -1 ends it */
};

struct label {
	short jumps;       /* the first; -1: none */
	struct held holds; /* wherever it is jumped from */
	uint32_t code;     /* of a return label */
};

struct emitter {
	struct brig_argument_block *block;
	const struct brig_test *tests;
	struct label labels[LABELS_MAX];
	size_t n_labels;
	struct jump jumps[2 * BRIG_BLOCK_MAX];
	size_t n_jumps;
	struct held holds;
	int error;
};

static int new_label(struct emitter *e)
{
	if (e->n_labels == LABELS_MAX) {
		e->error = -E2BIG;
		return 0;
	}
	e->labels[e->n_labels] = (struct label){ .jumps = -1, .holds = { .half = NOTHING } };
	return (int)e->n_labels++;
}

static void emit(struct emitter *e, uint16_t code, uint32_t k)
{
	if (e->block->length == BRIG_BLOCK_MAX)
		e->error = -E2BIG;
	else
		e->block->code[e->block->length++] = (struct sock_filter)BPF_STMT(code, k);
}

static void refer(struct emitter *e, int index, bool if_false)
{
	struct label *label = &e->labels[index];

	if (e->error || e->n_jumps == 2 * BRIG_BLOCK_MAX)
		return;
	e->jumps[e->n_jumps] =
		(struct jump){ (unsigned short)(e->block->length - 1), if_false, label->jumps };
	if (label->jumps < 0)
		label->holds = e->holds;
	else if (label->holds.half != e->holds.half || label->holds.mask != e->holds.mask)
		label->holds.half = NOTHING;
	label->jumps = (short)e->n_jumps++;
}

static void compare(struct emitter *e, uint16_t how, uint32_t k, int if_true, int if_false)
{
	emit(e, BPF_JMP | how | BPF_K, k);
	refer(e, if_true, false);
	refer(e, if_false, true);
}

/* From here on is @index; nothing falls through to it but from comparisons that name it. */
static void place(struct emitter *e, int index)
{
	const struct label *label = &e->labels[index];

	for (short i = label->jumps; i >= 0; i = e->jumps[i].next) {
		struct sock_filter *from = &e->block->code[e->jumps[i].at];
		int distance = e->block->length - e->jumps[i].at - 1;

		if (distance > UINT8_MAX)
			e->error = -E2BIG;
		else if (e->jumps[i].if_false)
			from->jf = (uint8_t)distance;
		else
			from->jt = (uint8_t)distance;
	}
	e->holds = label->holds;
}

static void load(struct emitter *e, int half, uint32_t mask)
{
	/* Both architectures are little-endian: the lower half comes first. */
	const size_t offset = offsetof(struct seccomp_data, args) + (size_t)half * 4;

	if (e->holds.half == half && e->holds.mask == mask)
		return;
	if (e->holds.half != half || e->holds.mask != UINT32_MAX)
		emit(e, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
	if (mask != UINT32_MAX)
		emit(e, BPF_ALU | BPF_AND | BPF_K, mask);
	e->holds = (struct held){ half, mask };
}

static void equal_half(struct emitter *e, int half, uint32_t mask, uint32_t value, int if_true,
		       int if_false)
{
	const bool one_bit = value == mask && !(value & (value - 1));

	if (value && !one_bit) {
		load(e, half, mask);
		compare(e, BPF_JEQ, value, if_true, if_false);
		return;
	}
	/* None of the mask's bits, or its only one: one instruction, and the half stays loaded. */
	load(e, half, UINT32_MAX);
	compare(e, BPF_JSET, mask, value ? if_true : if_false, value ? if_false : if_true);
}

static void equal(struct emitter *e, const struct brig_test *test, int if_true, int if_false)
{
	const int low = HALVES(test->argument);
	const uint32_t mask_high = (uint32_t)(test->low >> 32), mask_low = (uint32_t)test->low;
	int rest = if_true;

	if (mask_high && test->bits == 64) {
		rest = mask_low ? new_label(e) : if_true;
		equal_half(e, low + 1, mask_high, (uint32_t)(test->high >> 32), rest, if_false);
		if (!mask_low)
			return;
		place(e, rest);
	}
	equal_half(e, low, mask_low, (uint32_t)test->high, if_true, if_false);
}

/* argument >= bound (@above) or <= bound, upper half first. */
static void bounded(struct emitter *e, const struct brig_test *test, bool above, uint64_t bound,
		    int if_true, int if_false)
{
	const int low = HALVES(test->argument);
	const uint32_t high_bound = (uint32_t)(bound >> 32), low_bound = (uint32_t)bound;

	if (test->bits == 64) {
		int same_or_less = new_label(e), same = new_label(e);

		load(e, low + 1, UINT32_MAX);
		compare(e, BPF_JGT, high_bound, above ? if_true : if_false, same_or_less);
		place(e, same_or_less);
		compare(e, BPF_JEQ, high_bound, same, above ? if_false : if_true);
		place(e, same);
	}
	load(e, low, UINT32_MAX);
	if (above)
		compare(e, BPF_JGE, low_bound, if_true, if_false);
	else
		compare(e, BPF_JGT, low_bound, if_false, if_true);
}

static void within(struct emitter *e, const struct brig_test *test, int if_true, int if_false)
{
	const uint64_t all = test->bits == 32 ? UINT32_MAX : UINT64_MAX;
	int rest = test->high == all ? if_true : new_label(e);

	if (test->low || test->high == all)
		bounded(e, test, true, test->low, rest, if_false);
	if (test->high == all)
		return;
	if (test->low)
		place(e, rest);
	bounded(e, test, false, test->high, if_true, if_false);
}

static void branch(struct emitter *e, int index, int if_true, int if_false)
{
	const struct brig_test *test = &e->tests[index];

	switch (test->kind) {
	case BRIG_TEST_EQ:
		equal(e, test, if_true, if_false);
		return;
	case BRIG_TEST_NE:
		equal(e, test, if_false, if_true);
		return;
	case BRIG_TEST_IN:
		within(e, test, if_true, if_false);
		return;
	case BRIG_TEST_AND:
	case BRIG_TEST_OR:
		break;
	}
	const bool all = test->kind == BRIG_TEST_AND;
	for (int child = test->first; child >= 0 && !e->error; child = e->tests[child].next) {
		bool last = e->tests[child].next < 0;
		int next = last ? (all ? if_true : if_false) : new_label(e);

		branch(e, child, all ? next : if_true, all ? if_false : next);
		if (!last)
			place(e, next);
	}
}

/* The label of a return; there is one of each in a block. */
static int return_label(struct emitter *e, uint32_t code, int returns[], size_t *n_returns)
{
	for (size_t i = 0; i < *n_returns; i++)
		if (e->labels[returns[i]].code == code)
			return returns[i];
	int label = new_label(e);
	e->labels[label].code = code;
	returns[(*n_returns)++] = label;
	return label;
}

/* What holds when the condition of rule @i doesn't; false: the next rule is asked. */
static bool ends_with(const struct brig_model *model, size_t i, size_t end,
		      struct brig_verdict *ret)
{
	const struct brig_rule *rule = &model->rules[i];
	bool next_decides = i + 1 < end && rule[1].test < 0;

	*ret = rule->has_otherwise ? rule->otherwise
	       : next_decides      ? rule[1].verdict
				   : brig_model_default(model, rule->number);
	return rule->has_otherwise || next_decides || i + 1 == end;
}

static void emit_rules(struct emitter *e, const struct brig_model *model, uint32_t number)
{
	int returns[LABELS_MAX];
	size_t n_returns = 0, n;
	size_t first = brig_model_rules(model, number, &n);
	bool ends = false;

	for (size_t i = first; !ends && i < first + n && !e->error; i++) {
		const struct brig_rule *rule = &model->rules[i];
		struct brig_verdict otherwise;

		ends = ends_with(model, i, first + n, &otherwise);
		int if_true = return_label(e, brig_verdict_code(model, rule->verdict), returns,
					   &n_returns);
		int if_false = ends ? return_label(e, brig_verdict_code(model, otherwise), returns,
						   &n_returns)
				    : new_label(e);
		branch(e, rule->test, if_true, if_false);
		if (!ends)
			place(e, if_false);
	}
	for (size_t i = 0; i < n_returns && !e->error; i++) {
		place(e, returns[i]);
		emit(e, BPF_RET | BPF_K, e->labels[returns[i]].code);
	}
}

int brig_argument_block(const struct brig_model *model, uint32_t number,
			struct brig_argument_block *ret)
{
	struct emitter e = { .block = ret, .tests = model->tests, .holds = { .half = NOTHING } };

	ret->length = 0;
	emit_rules(&e, model, number);
	return e.error;
}
