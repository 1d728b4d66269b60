/* What a program compares on its ways, of programs that we wouldn't make: ways that meet. */
#include "sandbox/policy/space.h"

#include "gtest_c.h"

#include <errno.h>
#include <stdlib.h>

#define ARGUMENT(n)  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16 + 8 * (n))
#define ALLOW        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define KILL         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
#define X86_64       0xc000003eu
#define LENGTH(code) (sizeof(code) / sizeof *(code))

static bool has_atom(const struct brig_space *space, int half, uint32_t mask, uint32_t k)
{
	for (size_t i = 0; i < space->atoms[half].n; i++)
		if (space->atoms[half].atoms[i].mask == mask && space->atoms[half].atoms[i].k == k)
			return true;
	return false;
}

static int look(struct brig_space *space, const struct sock_filter *code, size_t n)
{
	const struct brig_program program = { .code = code, .length = (unsigned short)n };

	return brig_space_add_program(space, &program, X86_64, X86_64, 0);
}

TEST_C(space, ways_that_meet_with_different_arguments_are_both_followed)
{
	const struct sock_filter code[] = {
		ARGUMENT(0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 1, 0),
		ARGUMENT(1), BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 5, 0, 1),
		ALLOW,       KILL
	};
	struct brig_space *space = calloc(1, sizeof *space);

	ASSERT_PTR_NOT_NULL(space);
	EXPECT_OK(look(space, code, LENGTH(code)));
	EXPECT_TRUE(has_atom(space, 0, UINT32_MAX, 1));
	EXPECT_TRUE(has_atom(space, 0, UINT32_MAX, 5));
	EXPECT_TRUE(has_atom(space, 2, UINT32_MAX, 5));
	free(space);
}

TEST_C(space, ways_that_meet_with_different_masks_are_both_followed)
{
	const struct sock_filter code[] = { ARGUMENT(0),
					    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 1, 0),
					    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xff),
					    BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 5, 0, 1),
					    ALLOW,
					    KILL };
	struct brig_space *space = calloc(1, sizeof *space);

	ASSERT_PTR_NOT_NULL(space);
	EXPECT_OK(look(space, code, LENGTH(code)));
	EXPECT_TRUE(has_atom(space, 0, UINT32_MAX, 5));
	EXPECT_TRUE(has_atom(space, 0, 0xff, 5));
	free(space);
}

/* A number that was compared with a register's bits would speak for itself alone. */
TEST_C(space, ways_that_meet_with_a_number_and_an_argument_are_both_followed)
{
	const struct sock_filter code[] = { ARGUMENT(0),
					    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 1, 0),
					    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
					    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 5, 0, 1),
					    ALLOW,
					    KILL };
	struct brig_space *space = calloc(1, sizeof *space);

	ASSERT_PTR_NOT_NULL(space);
	EXPECT_ERR(EINVAL, look(space, code, LENGTH(code)));
	free(space);
}

TEST_C(space, second_program_is_followed_as_if_it_were_the_first)
{
	const struct sock_filter code[] = { ARGUMENT(0),
					    BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 5, 0, 1), ALLOW,
					    KILL };
	struct brig_space *space = calloc(1, sizeof *space);

	ASSERT_PTR_NOT_NULL(space);
	EXPECT_OK(look(space, code, LENGTH(code)));
	brig_space_clear(space);
	EXPECT_OK(look(space, code, LENGTH(code)));
	EXPECT_TRUE(has_atom(space, 0, UINT32_MAX, 5));
	free(space);
}
