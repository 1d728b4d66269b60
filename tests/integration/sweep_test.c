/*
 * The filters as a sealed child meets them: for every number, what the role's tables say and what
 * the kernel does are compared. A list of calls goes in as a document, what came of them comes out
 * as pixels; a call that kills has a process of its own.
 */
#include "sandbox/policy/policy.h"
#include "sandbox/policy/shipped.h"
#include "sandbox/roles/role.h"
#include "sandbox/selftest/machine.h"
#include "tests/support/decode_once.h"
#include "tests/support/sweep.h"

#include "gtest_c.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#define NUMBERS 1024
#define X32     0x40000000u
#define NONE    6u

/* These end the process or tear it apart, though they are allowed; and two that no filter sees. */
static bool is_apart(uint32_t number)
{
	return number == SYS_exit || number == SYS_exit_group || number == SYS_rt_sigreturn ||
	       number == 335 || number == 336;
}

/* A role's text, as the tables were made from it; @over: what sanitizer builds lay over it. */
static int open_policy(const char *name, const char *over, struct brig_policy **ret)
{
	struct brig_text_file file, overlay = { 0 };
	int r = brig_source_read(NULL, name, NULL, &file);

#ifdef BRIG_SANITIZED
	if (!r && over)
		r = brig_source_read(NULL, over, NULL, &overlay);
#else
	over = NULL;
#endif
	return r ? r : brig_policy_make(&file, over ? &overlay : NULL, NULL, ret, NULL);
}

struct policies {
	struct brig_policy *role, *home;
};

static void policies_close(struct policies *policies)
{
	brig_policy_unref(policies->role);
	brig_policy_unref(policies->home);
}

/* SECCOMP_RET_… of the filters that stand around a sealed child, the newest first. */
static uint32_t judge(const struct policies *policies, const struct sweep_call *call)
{
	const struct brig_model *const models[] = {
		&policies->role->text.models[BRIG_AFTER_READY],
		&policies->role->text.models[BRIG_BEFORE_READY],
		brig_policy_model(policies->home),
	};
	const uint32_t arch = brig_arch_audit(brig_arch_native());
	uint32_t all = SECCOMP_RET_ALLOW;
	uint64_t args[BRIG_CALL_ARGUMENTS];

	memset(args, 0xff, sizeof args);
	if (call->index < BRIG_CALL_ARGUMENTS)
		args[call->index] = call->value;
	for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
		if (i == 1 && !brig_policy_has_stage(policies->role, BRIG_BEFORE_READY))
			continue;
		uint32_t one = brig_verdict_code(
			models[i], brig_model_verdict(models[i], arch, call->number, args, NULL));

		all = i ? brig_program_compose(all, one) : one;
	}
	return all;
}

static bool kills(uint32_t code)
{
	return code == SECCOMP_RET_KILL_PROCESS || code == SECCOMP_RET_USER_NOTIF;
}

struct sweep {
	const struct brig_role *role;
	struct policies policies;
	struct brig_broker *broker;
	struct sweep_call calls[SWEEP_MAX];
	size_t n;
};

static void add(struct sweep *sweep, uint32_t number, uint32_t index, uint64_t value)
{
	const struct sweep_call call = { number, index, value };

	if (!is_apart(number) && !kills(judge(&sweep->policies, &call)) && sweep->n < SWEEP_MAX)
		sweep->calls[sweep->n++] = call;
}

static void add_values(struct sweep *sweep, const struct brig_rule *rule, int index)
{
	const struct brig_test *tests = brig_policy_model(sweep->policies.role)->tests;

	if (index < 0)
		return;
	for (int child = tests[index].first; child >= 0; child = tests[child].next)
		add_values(sweep, rule, child);
	if (tests[index].kind == BRIG_TEST_AND || tests[index].kind == BRIG_TEST_OR)
		return;
	for (uint64_t off = 0; off < 3; off++) {
		const uint64_t value = tests[index].high + off - 1;

		add(sweep, rule->number, tests[index].argument, value);
		add(sweep, rule->number, tests[index].argument, value | 1ull << 40);
	}
}

/*
 * Every number with -1 for all arguments; and every row that wants an argument, with the values
 * around the one that it wants, and with garbage in the upper half of the register.
 */
static void fill(struct sweep *sweep)
{
	const struct brig_model *model = brig_policy_model(sweep->policies.role);

	for (uint32_t number = 0; number < NUMBERS; number++)
		add(sweep, number, NONE, 0);
	for (size_t i = 0; i < model->n_rules; i++)
		add_values(sweep, &model->rules[i], model->rules[i].test);
}

static int sweep_open(struct sweep *sweep, const struct brig_role *role)
{
	sweep->role = role;
	sweep->n = 0;
	int r = open_policy(role->name, "sanitizer", &sweep->policies.role);
	if (r)
		return r;
	return role->launch == BRIG_LAUNCH_FORK
		       ? open_policy("zygote", "sanitizer-zygote", &sweep->policies.home)
		       : open_policy("helper", NULL, &sweep->policies.home);
}

static const char *write_sweep(const struct sweep *sweep, const char *name,
			       const struct sweep_call *calls, size_t n)
{
	static uint8_t document[64 + sizeof sweep->calls];
	const char *head = sweep->role == &brig_role_plugin ? "P5 HOSTILE sweep" : "HOSTILE sweep";
	size_t at = strlen(head) + 1;

	memcpy(document, head, at);
	memcpy(document + at, calls, n * sizeof *calls);
	return write_document(name, document, at + n * sizeof *calls);
}

static int open_broker(struct sweep *sweep)
{
	if (sweep->role == &brig_role_plugin)
		return plugin_broker("nothing", 0, &sweep->broker);
	return hostile_broker(&sweep->broker);
}

/* What the kernel says to -1 everywhere, when a filter lets it see that. */
static bool is_kernels(uint32_t number, int error)
{
	if (number == SYS_futex && error == ENOSYS) /* an operation that there isn't */
		return true;
	return error == 0 || error == EBADF || error == EFAULT || error == EINVAL ||
	       error == ENOMEM;
}

static void check(const struct sweep *sweep, const struct sweep_call *call, int got)
{
	const uint32_t wanted = judge(&sweep->policies, call);
	const int error = (int)(wanted & SECCOMP_RET_DATA);

	if (wanted == SECCOMP_RET_ALLOW ? is_kernels(call->number, got) : got == error)
		return;
	gtest_c_fail(__FILE__, __LINE__, "call %u (argument %u = %llu): %s, not %s", call->number,
		     call->index, (unsigned long long)call->value,
		     got ? strerrorname_np(got) : "no error",
		     wanted == SECCOMP_RET_ALLOW ? "allowed" : strerrorname_np(error));
}

static void sweep_role(const struct brig_role *role)
{
	static struct sweep sweep;
	struct outcome outcome;
	struct brig_image_info info;
	size_t allowed = 0;

	ASSERT_OK(sweep_open(&sweep, role));
	fill(&sweep);
	ASSERT_OK(open_broker(&sweep));
	EXPECT_OK(outcome_start(sweep.broker, write_sweep(&sweep, "a", sweep.calls, sweep.n), 60000,
				&outcome));
	EXPECT_OK(run_until_done(sweep.broker, &outcome, 1));
	brig_broker_destroy(sweep.broker);
	if (outcome.status != BRIG_DECODE_OK)
		FAIL_C("%s", outcome.message);
	brig_image_describe(outcome.image, &info);
	EXPECT_UINT_EQ(sweep.n, info.width);
	for (size_t i = 0; i < sweep.n && i < info.width; i++) {
		check(&sweep, &sweep.calls[i], ((const uint16_t *)(const void *)info.pixels)[i]);
		allowed += judge(&sweep.policies, &sweep.calls[i]) == SECCOMP_RET_ALLOW;
	}
	printf("%s: %zu calls compared, %zu of them allowed\n", role->name, sweep.n, allowed);
	EXPECT_INT_GT((long long)sweep.n, 900);
	EXPECT_INT_GE((long long)allowed, 15);
	outcome_finish(&outcome);
	policies_close(&sweep.policies);
}

static void expect_killed_by(const struct brig_role *role, const struct sweep_call *call,
			     const struct outcome *outcome)
{
	const struct brig_exit *exit =
		role == &brig_role_plugin ? &outcome->plugin_exit : &outcome->exit;
	/* Who is reported is named; a foreign door is killed by the kernel, which names nobody. */
	const bool named = role->listens && call->index != SWEEP_INT80 && call->number < X32;

	if (exit->class_ != BRIG_EXIT_SECCOMP || exit->code != SIGSYS ||
	    exit->level != BRIG_LEVEL_FULL || exit->syscall != (named ? (int64_t)call->number : -1))
		gtest_c_fail(__FILE__, __LINE__, "call %#x (%u): %s: %s", call->number, call->index,
			     brig_exit_class_name(exit->class_), outcome->message);
}

/* Each call has a process, and each process must die of it. */
static void expect_kills(const struct brig_role *role, const struct sweep_call *calls, size_t n)
{
	static struct sweep sweep;
	static struct outcome outcomes[NUMBERS];

	sweep.role = role;
	ASSERT_OK(open_broker(&sweep));
	for (size_t i = 0; i < n; i++) {
		char name[32];

		(void)snprintf(name, sizeof name, "%zu", i);
		EXPECT_OK(outcome_start(sweep.broker, write_sweep(&sweep, name, &calls[i], 1),
					60000, &outcomes[i]));
	}
	EXPECT_OK(run_until_done(sweep.broker, outcomes, n));
	brig_broker_destroy(sweep.broker);
	for (size_t i = 0; i < n; i++) {
		expect_killed_by(role, &calls[i], &outcomes[i]);
		outcome_finish(&outcomes[i]);
	}
	printf("%s: %zu calls killed\n", role->name, n);
}

/* Every number whose verdict is to kill. */
static void expect_killed(const struct brig_role *role)
{
	static struct sweep sweep;
	static struct sweep_call calls[NUMBERS];
	size_t n = 0;

	ASSERT_OK(sweep_open(&sweep, role));
	for (uint32_t number = 0; number < NUMBERS; number++) {
		const struct sweep_call call = { number, NONE, 0 };

		if (kills(judge(&sweep.policies, &call)))
			calls[n++] = call;
	}
	policies_close(&sweep.policies);
	EXPECT_INT_GE((long long)n, 60);
	expect_kills(role, calls, n);
}

TEST_C(sweep, renderer_meets_its_table)
{
	sweep_role(&brig_role_renderer);
}

TEST_C(sweep, plugin_meets_its_table)
{
	sweep_role(&brig_role_plugin);
}

TEST_C(sweep, renderer_dies_of_every_dangerous_call)
{
	expect_killed(&brig_role_renderer);
}

TEST_C(sweep, plugin_dies_of_every_dangerous_call)
{
	expect_killed(&brig_role_plugin);
}

#if defined(__x86_64__)
/* Whatever the verdict by the front door: every number with the bit, and by int 0x80. */
static void expect_foreign(const struct brig_role *role, uint32_t bit, uint32_t index,
			   uint32_t numbers)
{
	static struct sweep_call calls[NUMBERS];

	for (uint32_t number = 0; number < numbers; number++)
		calls[number] = (struct sweep_call){ bit | number, index, 0 };
	expect_kills(role, calls, numbers);
}

TEST_C(sweep, x32_numbers_kill)
{
	expect_foreign(&brig_role_renderer, X32, NONE, NUMBERS);
	expect_foreign(&brig_role_plugin, X32, NONE, 8);
}

TEST_C(sweep, numbers_of_32_bit_programs_kill)
{
	if (!brig_machine_gate32())
		SKIP_C("gate32", "int 0x80 faults on this machine, whoever tries");
	expect_foreign(&brig_role_renderer, 0, SWEEP_INT80, NUMBERS);
	expect_foreign(&brig_role_plugin, 0, SWEEP_INT80, 8);
}
#endif
