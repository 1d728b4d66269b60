/* Model, evaluator and kernel say the same; the proof sees when they don't. */
#include "sandbox/policy/policy.h"
#include "tests/policy/random_model.h"

#include "gtest_c.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static bool full(void)
{
	const char *set = getenv("BRIG_TEST_FULL");

	return set && *set && strcmp(set, "0") != 0;
}

static void free_program(struct brig_program *program)
{
	free((void *)(uintptr_t)program->code);
	program->code = NULL;
	program->length = 0;
}

static void expect_agreement(const struct random_model *model, const struct brig_program *program,
			     uint64_t *random, size_t evaluations)
{
	for (size_t i = 0; i < evaluations; i++) {
		struct seccomp_data data = { .nr = (int)(test_random(random) % 480),
					     .arch = brig_arch_audit(model->model.arch) };
		uint64_t args[BRIG_CALL_ARGUMENTS];
		uint32_t got = 0;

		if (test_random(random) % 8 && model->model.n_rules)
			data.nr = (int)model->rules[test_random(random) % model->model.n_rules]
					  .number;
		random_arguments(model, random, args);
		memcpy(data.args, args, sizeof args);
		ASSERT_TRUE(brig_program_run(program, &data, &got));
		struct brig_verdict verdict =
			brig_model_verdict(&model->model, data.arch, (uint32_t)data.nr, args, NULL);
		ASSERT_UINT_EQ(brig_verdict_code(&model->model, verdict), got);
	}
}

TEST_C(proof, model_and_evaluator_agree_on_random_models)
{
	const size_t models = full() ? 2000 : 200, evaluations = 600;
	static struct random_model model;
	uint64_t random = test_seed();
	uint32_t number;

	for (size_t i = 0; i < models; i++) {
		struct brig_program program = { 0 };

		random_model_make(&model, &random, false);
		ASSERT_OK(brig_program_compile(&model.model, &program, &number));
		expect_agreement(&model, &program, &random, evaluations);
		free_program(&program);
	}
}

TEST_C(proof, random_models_are_proven)
{
	static struct random_model model;
	uint64_t random = test_seed() + 1;
	uint32_t number;

	size_t proven = 0;

	for (size_t i = 0; i < 60; i++) {
		struct brig_program program = { 0 };
		struct brig_proof proof;
		const struct brig_stack stack = { { &program }, { &model.model }, 1 };

		random_model_make(&model, &random, false);
		ASSERT_OK(brig_program_compile(&model.model, &program, &number));
		int r = brig_prove_equal(&stack, &proof);
		if (r != -E2BIG) { /* chance may make more cases than are ever looked at */
			ASSERT_OK(r);
			EXPECT_INT_GT((long long)proof.evaluations, 1000);
			proven++;
		}
		free_program(&program);
	}
	EXPECT_INT_GE((long long)proven, 40);
}

/* ---- the kernel's verdict ---- */

#define CALLS_A_CHILD 32

struct live_call {
	uint32_t number, wanted;
	uint64_t args[BRIG_CALL_ARGUMENTS];
	long result;
	int error;
	bool trapped, made, ended;
};

static struct live_call *volatile trapped_call; /* the record that the handler needs */

static void note_trap(int signal_number)
{
	(void)signal_number;
	trapped_call->trapped = true;
}

static long make_call(const struct live_call *call)
{
	return syscall((long)call->number, call->args[0], call->args[1], call->args[2],
		       call->args[3], call->args[4], call->args[5]);
}

static _Noreturn void probe(const struct brig_program *programs, size_t n, struct live_call *calls)
{
	struct sigaction action = { .sa_handler = note_trap };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || sigaction(SIGSYS, &action, NULL) < 0)
		_exit(1);
	for (size_t i = n; i-- > 0;)
		if (brig_program_load(&programs[i]) < 0)
			_exit(2);
	for (size_t i = 0; i < CALLS_A_CHILD; i++) {
		trapped_call = &calls[i];
		calls[i].made = true;
		errno = 0;
		calls[i].result = make_call(&calls[i]);
		calls[i].error = errno;
		calls[i].ended = true;
	}
	_exit(0);
}

/* What the kernel did is what the verdict promised. */
static void expect_verdict(const struct live_call *call, int status)
{
	const uint32_t data = call->wanted & SECCOMP_RET_DATA;

	switch (call->wanted & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_KILL_PROCESS:
		EXPECT_FALSE(call->ended);
		EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
		break;
	case SECCOMP_RET_TRAP:
		EXPECT_TRUE(call->trapped);
		break;
	case SECCOMP_RET_ERRNO:
		EXPECT_INT_EQ(-1, call->result);
		EXPECT_INT_EQ(data, call->error);
		EXPECT_FALSE(call->trapped);
		break;
	default: /* allowed: the kernel's own answer */
		EXPECT_FALSE(call->trapped);
		if (call->number < 600)
			EXPECT_INT_GE(call->result, 0);
		else
			EXPECT_INT_EQ(ENOSYS, call->error);
	}
}

static void probe_once(const struct random_model *models, const struct brig_program *programs,
		       size_t n, uint64_t *random, struct live_call *calls, size_t *made)
{
	int status;

	memset(calls, 0, CALLS_A_CHILD * sizeof *calls);
	for (size_t i = 0; i < CALLS_A_CHILD; i++) {
		struct live_call *call = &calls[i];

		call->number = harmless_call(random);
		random_arguments(&models[0], random, call->args);
		for (size_t m = 0; m < n; m++) {
			uint32_t code = brig_verdict_code(
				&models[m].model,
				brig_model_verdict(&models[m].model,
						   brig_arch_audit(brig_arch_native()),
						   call->number, call->args, NULL));

			call->wanted = m ? brig_program_compose(call->wanted, code) : code;
		}
	}
	pid_t pid = fork();
	if (pid == 0)
		probe(programs, n, calls);
	ASSERT_INT_GT(pid, 0);
	ASSERT_INT_EQ(pid, waitpid(pid, &status, 0));
	for (size_t i = 0; i < CALLS_A_CHILD && calls[i].made; i++, ++*made)
		expect_verdict(&calls[i], status);
	EXPECT_TRUE(calls[0].made);
}

/* One filter or two, the newest first. */
TEST_C(proof, kernel_agrees_on_random_stacks)
{
	const size_t wanted = full() ? 10000 : 1000;
	static struct random_model models[2];
	uint64_t random = test_seed() + 2;
	struct live_call *calls = mmap(NULL, CALLS_A_CHILD * sizeof *calls, PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	size_t made = 0;
	uint32_t number;

	ASSERT_TRUE(calls != MAP_FAILED);
	while (made < wanted) {
		struct brig_program programs[2] = { 0 };
		const size_t n = 1 + test_random(&random) % 2;

		for (size_t i = 0; i < n; i++) {
			random_model_make(&models[i], &random, true);
			ASSERT_OK(brig_program_compile(&models[i].model, &programs[i], &number));
		}
		probe_once(models, programs, n, &random, calls, &made);
		for (size_t i = 0; i < n; i++)
			free_program(&programs[i]);
	}
	(void)munmap(calls, CALLS_A_CHILD * sizeof *calls);
}

/* It kills what the models kill, but one architecture, which the comparison of the number meets. */
TEST_C(proof, sees_a_foreign_architecture_that_is_let_through)
{
	static const char none[] = "role none\ndefault benign kill\ndefault dangerous kill\n"
				   "default unknown kill\n";
	const uint32_t own = brig_arch_audit(brig_arch_native());
	const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, own, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x80000016, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct brig_policy *policy = NULL;
	const struct brig_program program = { .code = code, .length = sizeof code / sizeof *code };
	struct brig_proof proof;

	ASSERT_OK(brig_policy_parse("none", none, sizeof none - 1, NULL, &policy, NULL));
	const struct brig_stack stack = { { &program }, { brig_policy_model(policy) }, 1 };
	EXPECT_ERR(EINVAL, brig_prove_equal(&stack, &proof));
	brig_policy_unref(policy);
}

#define REST "default benign allow\ndefault unknown allow\ndefault dangerous allow\n"

static struct brig_policy *policy_of(const char *text)
{
	struct brig_policy *policy = NULL;

	EXPECT_OK(brig_policy_parse("role", text, strlen(text), NULL, &policy, NULL));
	return policy;
}

/* Is what @newer says above @older, each a whole policy, what @text says? */
static int prove_pair(const char *newer, const char *older, const char *text)
{
	struct brig_policy *policies[] = { policy_of(newer), policy_of(older), policy_of(text) };
	struct brig_proof proof;
	const struct brig_stack stack = { { &policies[0]->programs[BRIG_AFTER_READY],
					    &policies[1]->programs[BRIG_AFTER_READY] },
					  { brig_policy_model(policies[2]) },
					  2 };
	int r = brig_prove_equal(&stack, &proof);

	for (size_t i = 0; i < 3; i++)
		brig_policy_unref(policies[i]);
	return r;
}

/* A chain has one listener, the newest filter's. */
TEST_C(proof, knows_that_nobody_hears_an_older_filter)
{
	static const char notify[] = REST "acct: notify # a test\n";
	static const char enosys[] = REST "acct: errno ENOSYS # a test\n";

	EXPECT_ERR(ENOTRECOVERABLE, prove_pair(REST, notify, notify));
	EXPECT_OK(prove_pair(REST, notify, enosys));
	EXPECT_OK(prove_pair(notify, notify, notify));
	EXPECT_OK(prove_pair(notify, REST, notify));
}

/* ---- what a broken compiler would make ---- */

static const char text[] = "role broken\n"
			   "mmap: allow if prot subset PROT_READ|PROT_WRITE # a\n"
			   "socket: allow if family in {AF_UNIX, AF_INET} else errno EACCES # b\n"
			   "lseek: allow if offset in 0x100000003..0x200000005 # c\n"
			   "ioctl: allow if cmd & 0xff00ff00 == 0x54001200 # m\n"
			   "prlimit64: allow if new_rlim == 0 and pid == 0 # d\n"
			   "read, write, exit_group: allow # e\n";

struct breakage {
	const char *name;
	/* False if the instruction can't be broken that way. */
	bool (*apply)(struct sock_filter *at);
};

static bool swap_branches(struct sock_filter *at)
{
	uint8_t jt = at->jt;

	if (BPF_CLASS(at->code) != BPF_JMP || at->code == (BPF_JMP | BPF_JA) || at->jt == at->jf)
		return false;
	at->jt = at->jf;
	at->jf = jt;
	return true;
}

static bool forget_mask(struct sock_filter *at)
{
	if (at->code != (BPF_ALU | BPF_AND | BPF_K))
		return false;
	at->k = UINT32_MAX;
	return true;
}

static bool other_half(struct sock_filter *at)
{
	if (at->code != (BPF_LD | BPF_W | BPF_ABS) || at->k < 16)
		return false;
	at->k ^= 4;
	return true;
}

static bool other_verdict(struct sock_filter *at)
{
	if (at->code != (BPF_RET | BPF_K))
		return false;
	at->k = at->k == SECCOMP_RET_ALLOW ? SECCOMP_RET_ERRNO | EPERM : SECCOMP_RET_ALLOW;
	return true;
}

static bool jump_too_far(struct sock_filter *at)
{
	if (at->code != (BPF_JMP | BPF_JA))
		return false;
	at->k++;
	return true;
}

/* Of equalities: a bound of the tree may move where there is no number. */
static bool constant_off_by_one(struct sock_filter *at)
{
	if (at->code != (BPF_JMP | BPF_JEQ | BPF_K))
		return false;
	at->k++;
	return true;
}

static bool one_way_only(struct sock_filter *at)
{
	if (BPF_CLASS(at->code) != BPF_JMP || at->code == (BPF_JMP | BPF_JA) || at->jt == at->jf)
		return false;
	at->jt = at->jf;
	return true;
}

/* The tree ends in a return that nothing reaches any more: no program either, if one did. */
static bool is_dead(const struct brig_model *model, const struct brig_program *changed,
		    struct sock_filter *at)
{
	const struct brig_stack stack = { { changed }, { model }, 1 };
	const struct sock_filter kept = *at;
	struct brig_proof proof;

	at->code = 0xffff;
	int r = brig_prove_equal(&stack, &proof);
	*at = kept;
	return r == 0;
}

static void expect_caught(const struct breakage *breakage)
{
	struct brig_policy *policy = NULL;
	size_t broken = 0, caught = 0;

	ASSERT_OK(brig_policy_parse("broken", text, sizeof text - 1, NULL, &policy, NULL));
	const struct brig_program *program = &policy->programs[BRIG_AFTER_READY];
	struct sock_filter *copy = malloc(program->length * sizeof *copy);
	ASSERT_PTR_NOT_NULL(copy);
	for (size_t i = 0; i < program->length; i++) {
		const struct brig_program changed = { .code = copy, .length = program->length };
		const struct brig_stack stack = { { &changed }, { brig_policy_model(policy) }, 1 };
		struct brig_proof proof;

		memcpy(copy, program->code, program->length * sizeof *copy);
		if (!breakage->apply(&copy[i]) || is_dead(stack.models[0], &changed, &copy[i]))
			continue;
		broken++;
		if (brig_prove_equal(&stack, &proof) < 0)
			caught++;
		else
			printf("%s at %zu of %u changes nothing\n", breakage->name, i,
			       program->length);
	}
	printf("%s: %zu of %zu caught\n", breakage->name, caught, broken);
	EXPECT_INT_GT((long long)broken, 0);
	EXPECT_UINT_EQ(broken, caught);
	free(copy);
	brig_policy_unref(policy);
}

#define CATCHES(name)                                                                              \
	TEST_C(proof, catches_##name)                                                              \
	{                                                                                          \
		expect_caught(&(const struct breakage){ #name, name });                            \
	}

CATCHES(swap_branches)
CATCHES(forget_mask)
CATCHES(other_half)
CATCHES(other_verdict)
CATCHES(jump_too_far)
CATCHES(constant_off_by_one)
CATCHES(one_way_only)
