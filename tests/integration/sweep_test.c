/*
 * The filters as a sealed child meets them: for every number, what the role's tables say and what
 * the kernel does are compared. A list of calls goes in as a document, what came of them comes out
 * as pixels; a call that kills has a process of its own.
 */
#include "sandbox/roles/role.h"
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

struct verdict {
	enum brig_verdict verdict;
	int error;
};

/* These end the process or tear it apart, though they are allowed; and two that no filter sees. */
static bool is_apart(uint32_t number)
{
	return number == SYS_exit || number == SYS_exit_group || number == SYS_rt_sigreturn ||
	       number == 335 || number == 336;
}

static bool row_matches(const struct brig_syscall_row *row, const struct sweep_call *call)
{
	if ((uint32_t)row->number != call->number)
		return false;
	for (unsigned int i = 0; i < row->n_arguments; i++) {
		const struct brig_argument *argument = &row->arguments[i];
		uint64_t value = argument->index == call->index ? call->value : UINT64_MAX;

		if ((value & argument->mask) != argument->value)
			return false;
	}
	return true;
}

static struct verdict judge(const struct brig_policy_model *model, const struct sweep_call *call)
{
	for (size_t i = 0; i < model->n_rows; i++)
		if (row_matches(&model->rows[i], call))
			return (struct verdict){ model->rows[i].verdict, model->rows[i].error };
	if (!model->unlisted_errno)
		return (struct verdict){ BRIG_ALLOW, 0 };
	return (struct verdict){ BRIG_ERRNO, model->unlisted_errno };
}

/* The strictest counts; among errors, the filter that was loaded last (seccomp(2)). */
static struct verdict judge_all(const struct brig_role *role, const struct sweep_call *call)
{
	const struct brig_policy_model *models[] = { &role->policy, &role->stage1,
						     &brig_role_zygote.policy };
	struct verdict all = { BRIG_ALLOW, 0 };

	for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
		if (!models[i]->n_rows)
			continue;
		struct verdict one = judge(models[i], call);

		if (one.verdict > all.verdict)
			all = one;
	}
	return all;
}

struct sweep {
	const struct brig_role *role;
	struct brig_broker *broker;
	struct sweep_call calls[SWEEP_MAX];
	size_t n;
};

static void add(struct sweep *sweep, uint32_t number, uint32_t index, uint64_t value)
{
	const struct sweep_call call = { number, index, value };

	if (!is_apart(number) && judge_all(sweep->role, &call).verdict != BRIG_KILL &&
	    sweep->n < SWEEP_MAX)
		sweep->calls[sweep->n++] = call;
}

/*
 * Every number with -1 for all arguments; and every row that wants an argument, with that one, and
 * with it and garbage in the upper half of the register.
 */
static void fill(struct sweep *sweep)
{
	const struct brig_policy_model *model = &sweep->role->policy;

	for (uint32_t number = 0; number < NUMBERS; number++)
		add(sweep, number, NONE, 0);
	for (size_t i = 0; i < model->n_rows; i++) {
		const struct brig_syscall_row *row = &model->rows[i];

		if (!row->n_arguments)
			continue;
		add(sweep, (uint32_t)row->number, row->arguments[0].index, row->arguments[0].value);
		add(sweep, (uint32_t)row->number, row->arguments[0].index,
		    row->arguments[0].value | 1ull << 40);
	}
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
static bool is_kernels(int error)
{
	return error == 0 || error == EBADF || error == EFAULT || error == EINVAL ||
	       error == ENOMEM;
}

static void check(const struct sweep *sweep, const struct sweep_call *call, int got)
{
	struct verdict wanted = judge_all(sweep->role, call);

	if (wanted.verdict == BRIG_ALLOW ? is_kernels(got) : got == wanted.error)
		return;
	gtest_c_fail(__FILE__, __LINE__, "call %u (argument %u = %llu): %s, not %s", call->number,
		     call->index, (unsigned long long)call->value,
		     got ? strerrorname_np(got) : "no error",
		     wanted.verdict == BRIG_ALLOW ? "allowed" : strerrorname_np(wanted.error));
}

static void sweep_role(const struct brig_role *role)
{
	static struct sweep sweep;
	struct outcome outcome;
	struct brig_image_info info;
	size_t allowed = 0;

	sweep = (struct sweep){ .role = role };
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
		allowed += judge_all(role, &sweep.calls[i]).verdict == BRIG_ALLOW;
	}
	printf("%s: %zu calls compared, %zu of them allowed\n", role->name, sweep.n, allowed);
	EXPECT_INT_GT((long long)sweep.n, 900);
	EXPECT_INT_GE((long long)allowed, 15);
	outcome_finish(&outcome);
}

#define KILLS_MAX 128

/* Each number has a process, and each process must die of it. */
static void expect_kills(const struct brig_role *role, const uint32_t *numbers, size_t n)
{
	static struct sweep sweep;
	static struct outcome outcomes[KILLS_MAX];

	sweep = (struct sweep){ .role = role };
	ASSERT_OK(open_broker(&sweep));
	for (size_t i = 0; i < n; i++) {
		const struct sweep_call call = { numbers[i], NONE, 0 };
		char name[32];

		(void)snprintf(name, sizeof name, "%zu", i);
		EXPECT_OK(outcome_start(sweep.broker, write_sweep(&sweep, name, &call, 1), 60000,
					&outcomes[i]));
	}
	EXPECT_OK(run_until_done(sweep.broker, outcomes, n));
	brig_broker_destroy(sweep.broker);
	for (size_t i = 0; i < n; i++) {
		const struct brig_exit *exit =
			role == &brig_role_plugin ? &outcomes[i].plugin_exit : &outcomes[i].exit;

		if (exit->class_ != BRIG_EXIT_SECCOMP || exit->code != SIGSYS ||
		    exit->level != BRIG_LEVEL_FULL)
			gtest_c_fail(__FILE__, __LINE__, "call %#x: %s: %s", numbers[i],
				     brig_exit_class_name(exit->class_), outcomes[i].message);
		outcome_finish(&outcomes[i]);
	}
	printf("%s: %zu calls killed\n", role->name, n);
}

/* Every number whose verdict is to kill. */
static void expect_killed(const struct brig_role *role)
{
	uint32_t numbers[KILLS_MAX];
	size_t n = 0;

	for (uint32_t number = 0; number < NUMBERS; number++) {
		const struct sweep_call call = { number, NONE, 0 };

		if (judge_all(role, &call).verdict == BRIG_KILL && n < KILLS_MAX)
			numbers[n++] = number;
	}
	EXPECT_INT_GE((long long)n, 60);
	expect_kills(role, numbers, n);
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
/* Numbers that are allowed, by the other door. */
TEST_C(sweep, x32_numbers_kill)
{
	static const uint32_t numbers[] = { X32 | SYS_read,     X32 | SYS_pread64, X32 | SYS_lseek,
					    X32 | SYS_recvmsg,  X32 | SYS_sendmsg, X32 | SYS_close,
					    X32 | SYS_munmap,   X32 | SYS_mremap,  X32 | SYS_brk,
					    X32 | SYS_getrandom };

	expect_kills(&brig_role_renderer, numbers, sizeof numbers / sizeof *numbers);
	expect_kills(&brig_role_plugin, numbers, 3);
}
#endif
