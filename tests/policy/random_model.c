#include "tests/policy/random_model.h"

#include "gtest_c.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#define DEPTH_MAX 3

uint32_t harmless_call(uint64_t *random)
{
	static const uint32_t numbers[HARMLESS_CALLS] = {
		SYS_getpid, SYS_getuid, SYS_getgid, SYS_geteuid, SYS_getegid, SYS_getppid,
		SYS_gettid, 600,        601,        700,         999,         1022,
		1023,       1024,       5000,       70000,
	};

	return numbers[test_random(random) % HARMLESS_CALLS];
}

static uint64_t pick(uint64_t *random, uint64_t n)
{
	return test_random(random) % n;
}

static uint64_t random_value(struct random_model *model, uint64_t *random)
{
	static const uint64_t corners[] = { 0,           1,
					    2,           3,
					    0x7fffffff,  0x80000000,
					    0xffffffff,  0x100000000,
					    0x100000001, 0x7fffffffffffffff,
					    ~0ull,       0x8000000000000000 };
	uint64_t value = test_random(random);

	switch (pick(random, 4)) {
	case 0:
		value = corners[pick(random, sizeof corners / sizeof *corners)];
		break;
	case 1:
		value &= 0xff;
		break;
	case 2:
		value = 1ull << pick(random, 64);
		break;
	default:
		break;
	}
	if (model->n_constants < sizeof model->constants / sizeof *model->constants)
		model->constants[model->n_constants++] = value;
	return value;
}

static int add_test(struct random_model *model, const struct brig_test *test)
{
	model->tests[model->n_tests] = *test;
	return (int)model->n_tests++;
}

static int random_leaf(struct random_model *model, uint64_t *random)
{
	struct brig_test test = { .kind = BRIG_TEST_EQ + (enum brig_test_kind)pick(random, 3),
				  .first = -1,
				  .next = -1,
				  .argument = (uint8_t)pick(random, 2),
				  .bits = pick(random, 2) ? 32 : 64 };
	const uint64_t all = test.bits == 32 ? UINT32_MAX : UINT64_MAX;

	test.low = random_value(model, random) & all;
	test.high = random_value(model, random) & all;
	if (test.kind == BRIG_TEST_IN && test.low > test.high) {
		uint64_t low = test.high;

		test.high = test.low;
		test.low = low;
	} else if (test.kind != BRIG_TEST_IN) {
		if (pick(random, 2))
			test.low = all;
		test.high &= test.low;
	}
	return add_test(model, &test);
}

static int random_test(struct random_model *model, uint64_t *random, int depth)
{
	struct brig_test node = { .kind = pick(random, 2) ? BRIG_TEST_AND : BRIG_TEST_OR,
				  .first = -1,
				  .next = -1 };

	if (depth == DEPTH_MAX || pick(random, 2))
		return random_leaf(model, random);
	const size_t n = 1 + pick(random, 3);
	int at = add_test(model, &node);
	int *link = &model->tests[at].first;
	for (size_t i = 0; i < n; i++) {
		*link = random_test(model, random, depth + 1);
		link = &model->tests[*link].next;
	}
	return at;
}

static struct brig_verdict random_verdict(uint64_t *random)
{
	static const enum brig_action actions[] = {
		BRIG_ACTION_ALLOW, BRIG_ACTION_ALLOW, BRIG_ACTION_ERRNO, BRIG_ACTION_ERRNO,
		BRIG_ACTION_ERRNO, BRIG_ACTION_LOG,   BRIG_ACTION_TRAP,  BRIG_ACTION_KILL,
	};
	struct brig_verdict verdict = {
		.action = actions[pick(random, sizeof actions / sizeof *actions)]
	};

	if (verdict.action == BRIG_ACTION_ERRNO)
		verdict.error = (int)(200 + pick(random, 100));
	return verdict;
}

static int compare_rules(const void *a, const void *b)
{
	const struct brig_rule *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

void random_model_make(struct random_model *ret, uint64_t *random, bool live)
{
	const size_t n = 1 + pick(random, 24);
	const struct brig_verdict allowed = { .action = BRIG_ACTION_ALLOW };

	memset(ret, 0, sizeof *ret);
	ret->model.arch = brig_arch_native();
	ret->model.tests = ret->tests;
	ret->model.rules = ret->rules;
	for (int class = 0; class < 3; class ++)
		ret->model.defaults[class] = live ? allowed : random_verdict(random);
	for (size_t i = 0; i < n && ret->n_tests < 200; i++) {
		struct brig_rule *rule = &ret->rules[ret->model.n_rules++];

		*rule = (struct brig_rule){ .number = live ? harmless_call(random)
							   : (uint32_t)pick(random, 480),
					    .test = -1,
					    .line = (unsigned int)i,
					    .verdict = random_verdict(random) };
		if (pick(random, 6))
			rule->test = random_test(ret, random, 0);
		rule->has_otherwise = rule->test >= 0 && pick(random, 4) == 0;
		rule->otherwise = random_verdict(random);
	}
	qsort(ret->rules, ret->model.n_rules, sizeof *ret->rules, compare_rules);
}

void random_arguments(const struct random_model *model, uint64_t *random,
		      uint64_t args[BRIG_CALL_ARGUMENTS])
{
	for (int i = 0; i < BRIG_CALL_ARGUMENTS; i++) {
		args[i] = test_random(random);
		if (model->n_constants && pick(random, 4)) {
			args[i] = model->constants[pick(random, model->n_constants)];
			args[i] += pick(random, 3) - 1;
			if (pick(random, 3) == 0) /* garbage above an int */
				args[i] ^= test_random(random) << 32;
		}
	}
}
