/*
 * sandbox/policy/program.h - filters as the kernel runs them: made from a model, evaluated,
 * disassembled, and proven equal to the model.
 */
#ifndef SANDBOX_POLICY_PROGRAM_H
#define SANDBOX_POLICY_PROGRAM_H

#include "sandbox/policy/model.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>

struct brig_program {
	const struct sock_filter
		*code;         /* owned where it was compiled, static where it was built in */
	unsigned short length; /* instructions; 0: none */
	bool audit;            /* when it is loaded: whatever it doesn't allow is logged */
};

/*
 * The model's program: the architecture check and the tree of numbers by libseccomp, with a marker
 * for each verdict; blocks that look at arguments by us, linked in at the markers. 0 and *ret
 * (free its code), -E2BIG over the kernel's 4096 instructions or a block of over 255 (*ret_number
 * is the call, BRIG_NO_CALL if it is the whole), -ENOMEM, or libseccomp's error.
 */
int brig_program_compile(const struct brig_model *model, struct brig_program *ret,
			 uint32_t *ret_number);

/*
 * The same for a filter that only ever stands above @home's: what the two say together is what
 * @model says, so what @home says already needn't be said twice, and every child loads a shorter
 * program. Where it can, it gives notify to what is unlisted: alone, without a listener, such a
 * filter refuses that.
 */
int brig_program_compile_above(const struct brig_model *model, const struct brig_model *home,
			       struct brig_program *ret, uint32_t *ret_number);

/* What the kernel would answer; false if it is no program that it would take, or one of ours. */
bool brig_program_run(const struct brig_program *program, const struct seccomp_data *data,
		      uint32_t *ret);

/* Of several filters' answers the one that counts (kernel/seccomp.c: the lowest, as signed). */
uint32_t brig_program_compose(uint32_t newer, uint32_t older);

/* One line an instruction, with comments: what is loaded, compared and returned. */
void brig_program_print(const struct brig_program *program, enum brig_arch arch, FILE *out);

/*
 * Load it into this process, all its threads, for good. Needs no_new_privs. 0 or the errno of
 * seccomp(2); -EBUSY if a thread could not follow. Listening: the descriptor, or -errno.
 */
int brig_program_load(const struct brig_program *program);
int brig_program_load_listening(const struct brig_program *program);

/* ---- argument blocks ---- */

#define BRIG_BLOCK_MAX 256

struct brig_argument_block {
	struct sock_filter code[BRIG_BLOCK_MAX];
	unsigned short length;
};

/* What the rules of @number say, from the load of the first argument to the last return. */
int brig_argument_block(const struct brig_model *model, uint32_t number,
			struct brig_argument_block *ret);

/* ---- proof ---- */

struct brig_proof {
	unsigned long evaluations;
	uint32_t number; /* of a mismatch, and what was asked */
	uint32_t audit_arch;
	uint64_t args[BRIG_CALL_ARGUMENTS];
	uint32_t wanted, got; /* SECCOMP_RET_… */
	int rule;             /* of the innermost model; -1: its class decides */
};

/*
 * Filters as they stack, the newest first, and the models whose verdicts, put together as filters'
 * are, they must have: one each, or one for them all (the others NULL).
 */
struct brig_stack {
	const struct brig_program *programs[4];
	const struct brig_model *models[4];
	size_t n;
};

/*
 * Is the stack's verdict that of the models, for every architecture, number and argument? Numbers
 * are split at every constant of programs and models, each half of each argument into the classes
 * that its comparisons can tell apart, and one witness of every combination is evaluated.
 * 0, -ENOTRECOVERABLE a mismatch (*ret says which), -E2BIG too many combinations (of ret->number),
 * -EINVAL a program that isn't of the kind that brig_program_compile() makes, -ENOMEM.
 */
int brig_prove_equal(const struct brig_stack *stack, struct brig_proof *ret);

/*
 * Does @outer allow whatever @inner allows? For filters under which the inner one is to live.
 * 0, -EPERM one that it refuses (*ret says which), or as above.
 */
int brig_prove_allows(const struct brig_model *outer, const struct brig_model *inner,
		      struct brig_proof *ret);

/* Does @model allow @number whenever @test (of its tests; -1: always) holds? As above. */
int brig_prove_need(const struct brig_model *model, uint32_t number, int test,
		    struct brig_proof *ret);

/*
 * One witness of every class of a call's arguments, as the models' own rules tell them apart.
 * 0 or -E2BIG, or what @each returned when it is not 0.
 */
int brig_each_witness(const struct brig_stack *stack, uint32_t number,
		      int (*each)(void *user, const uint64_t args[BRIG_CALL_ARGUMENTS]),
		      void *user);

#endif
