#include "sandbox/policy/model.h"

#include <linux/seccomp.h>

static uint64_t argument_of(const struct brig_test *test, const uint64_t *args)
{
	return test->bits == 32 ? (uint32_t)args[test->argument] : args[test->argument];
}

bool brig_test_holds(const struct brig_test *tests, int index, const uint64_t *args)
{
	if (index < 0)
		return true;
	const struct brig_test *test = &tests[index];
	const uint64_t value = test->first < 0 ? argument_of(test, args) : 0;

	switch (test->kind) {
	case BRIG_TEST_AND:
		for (int child = test->first; child >= 0; child = tests[child].next)
			if (!brig_test_holds(tests, child, args))
				return false;
		return true;
	case BRIG_TEST_OR:
		for (int child = test->first; child >= 0; child = tests[child].next)
			if (brig_test_holds(tests, child, args))
				return true;
		return false;
	case BRIG_TEST_EQ:
		return (value & test->low) == test->high;
	case BRIG_TEST_NE:
		return (value & test->low) != test->high;
	case BRIG_TEST_IN:
		break;
	}
	return value >= test->low && value <= test->high;
}

size_t brig_model_rules(const struct brig_model *model, uint32_t number, size_t *ret_n)
{
	size_t low = 0, high = model->n_rules, n = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (model->rules[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	while (low + n < model->n_rules && model->rules[low + n].number == number)
		n++;
	*ret_n = n;
	return low;
}

struct brig_verdict brig_model_default(const struct brig_model *model, uint32_t number)
{
	const struct brig_call *call = brig_call_by_number(model->arch, number);

	return model->defaults[call ? call->class_ : BRIG_CLASS_UNKNOWN];
}

struct brig_verdict brig_model_verdict(const struct brig_model *model, uint32_t audit_arch,
				       uint32_t number, const uint64_t args[BRIG_CALL_ARGUMENTS],
				       int *ret_rule)
{
	const struct brig_verdict killed = { .action = BRIG_ACTION_KILL };
	int none = -1;
	size_t n;

	ret_rule = ret_rule ? ret_rule : &none;
	*ret_rule = -1;
	if (audit_arch != brig_arch_audit(model->arch))
		return killed;
	/* The numbers of the x32 ABI, which no other architecture has. */
	if (model->arch == BRIG_ARCH_X86_64 && number >= BRIG_X32_BIT && number != BRIG_NO_CALL)
		return killed;
	size_t first = brig_model_rules(model, number, &n);
	for (size_t i = first; i < first + n; i++) {
		const struct brig_rule *rule = &model->rules[i];
		bool holds = brig_test_holds(model->tests, rule->test, args);

		if (!holds && !rule->has_otherwise)
			continue;
		*ret_rule = (int)i;
		return holds ? rule->verdict : rule->otherwise;
	}
	return brig_model_default(model, number);
}

static unsigned int test_looks(const struct brig_test *tests, int index)
{
	unsigned int looks = 0;

	if (index < 0)
		return 0;
	if (tests[index].kind != BRIG_TEST_AND && tests[index].kind != BRIG_TEST_OR)
		return 1u << tests[index].argument;
	for (int child = tests[index].first; child >= 0; child = tests[child].next)
		looks |= test_looks(tests, child);
	return looks;
}

unsigned int brig_model_looks(const struct brig_model *model, uint32_t number)
{
	size_t n, first = brig_model_rules(model, number, &n);
	unsigned int looks = 0;

	for (size_t i = first; i < first + n; i++)
		looks |= test_looks(model->tests, model->rules[i].test);
	return looks;
}

uint32_t brig_verdict_code(const struct brig_model *model, struct brig_verdict verdict)
{
	switch (verdict.action) {
	case BRIG_ACTION_ALLOW:
		return SECCOMP_RET_ALLOW;
	case BRIG_ACTION_LOG:
		return SECCOMP_RET_LOG;
	case BRIG_ACTION_NOTIFY:
		return SECCOMP_RET_USER_NOTIF;
	case BRIG_ACTION_ERRNO:
		return SECCOMP_RET_ERRNO | ((uint32_t)verdict.error & SECCOMP_RET_DATA);
	case BRIG_ACTION_TRAP:
		return SECCOMP_RET_TRAP;
	case BRIG_ACTION_REPORT:
		return model->report_kills ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_USER_NOTIF;
	case BRIG_ACTION_KILL:
	case BRIG_ACTION_COUNT:
		break;
	}
	return SECCOMP_RET_KILL_PROCESS;
}

const char *brig_action_name(enum brig_action action)
{
	static const char *const names[BRIG_ACTION_COUNT] = {
		[BRIG_ACTION_ALLOW] = "allow",   [BRIG_ACTION_LOG] = "log",
		[BRIG_ACTION_NOTIFY] = "notify", [BRIG_ACTION_ERRNO] = "errno",
		[BRIG_ACTION_TRAP] = "trap",     [BRIG_ACTION_REPORT] = "report",
		[BRIG_ACTION_KILL] = "kill",
	};

	return (unsigned int)action < BRIG_ACTION_COUNT ? names[action] : "?";
}
