#include "sandbox/policy/space.h"

#include <errno.h>
#include <stddef.h>

void brig_space_clear(struct brig_space *space)
{
	for (int i = 0; i < BRIG_HALVES; i++)
		space->atoms[i].n = 0;
}

static bool add_halves(struct brig_space *space, const struct brig_test *test, uint64_t mask,
		       uint64_t value)
{
	struct brig_atoms *low = &space->atoms[2 * test->argument], *high = low + 1;

	return brig_atoms_add(low, (uint32_t)mask, (uint32_t)value) &&
	       (test->bits == 32 ||
		brig_atoms_add(high, (uint32_t)(mask >> 32), (uint32_t)(value >> 32)));
}

int brig_space_add_test(struct brig_space *space, const struct brig_test *tests, int index)
{
	if (index < 0)
		return 0;
	const struct brig_test *test = &tests[index];
	bool fits = true;

	switch (test->kind) {
	case BRIG_TEST_EQ:
	case BRIG_TEST_NE:
		fits = add_halves(space, test, test->low, test->high);
		break;
	case BRIG_TEST_IN:
		fits = add_halves(space, test, UINT64_MAX, test->low) &&
		       add_halves(space, test, UINT64_MAX, test->high);
		break;
	case BRIG_TEST_AND:
	case BRIG_TEST_OR:
		for (int child = test->first; fits && child >= 0; child = tests[child].next)
			fits = brig_space_add_test(space, tests, child) == 0;
		break;
	}
	return fits ? 0 : -E2BIG;
}

int brig_space_add_rules(struct brig_space *space, const struct brig_model *model, uint32_t number)
{
	size_t n, first = brig_model_rules(model, number, &n);
	int r = 0;

	for (size_t i = first; !r && i < first + n; i++)
		r = brig_space_add_test(space, model->tests, model->rules[i].test);
	return r;
}

struct walk {
	struct brig_space *space;
	const struct brig_program *program;
	uint32_t own, audit_arch, number;
	unsigned int steps;
};

#define STEPS_MAX (64 * BPF_MAXINSNS)

static bool load(const struct walk *walk, uint32_t offset, struct brig_held *held)
{
	if (offset == offsetof(struct seccomp_data, nr))
		*held = (struct brig_held){ .half = -1, .fixed = true, .value = walk->number };
	else if (offset == offsetof(struct seccomp_data, arch))
		*held = (struct brig_held){
			.half = -1, .fixed = true, .arch = true, .value = walk->audit_arch
		};
	else if (offset >= offsetof(struct seccomp_data, args) && offset % 4 == 0 &&
		 offset <= sizeof(struct seccomp_data) - 4)
		*held = (struct brig_held){
			.half = (int)(offset - offsetof(struct seccomp_data, args)) / 4,
			.value = UINT32_MAX
		};
	else
		return false; /* the instruction pointer: no verdict of ours depends on it */
	return true;
}

/* Ways that meet with the same in hand go on as one: what follows was added the first time. */
static bool was_here(struct brig_space *space, uint32_t at, const struct brig_held *held)
{
	struct brig_held *seen = &space->seen[at];
	bool was = space->seen_in[at] == space->walks && seen->half == held->half &&
		   seen->fixed == held->fixed && seen->arch == held->arch &&
		   seen->value == held->value;

	*seen = *held;
	space->seen_in[at] = space->walks;
	return was;
}

/* How far a comparison of a whole number jumps, or -EINVAL if it is none. */
static int jump_fixed(const struct walk *walk, const struct sock_filter *now,
		      const struct brig_held *held)
{
	const bool equal = now->code == (BPF_JMP | BPF_JEQ | BPF_K);
	const bool greater = now->code == (BPF_JMP | BPF_JGT | BPF_K);

	if (!held->fixed || now->code == (BPF_JMP | BPF_JSET | BPF_K) ||
	    (held->arch && !(equal && now->k == walk->own)))
		return -EINVAL;
	const bool taken = equal     ? held->value == now->k
			   : greater ? held->value > now->k
				     : held->value >= now->k;
	return taken ? now->jt : now->jf;
}

/*
 * Follow every way from @at on, adding what is compared. Numbers may only be compared as a whole:
 * then the witnesses at their constants speak for all between. -EINVAL: a program that does more.
 */
static int follow(struct walk *walk, uint32_t at, struct brig_held held)
{
	for (; at < walk->program->length; at++) {
		const struct sock_filter *now = &walk->program->code[at];
		const bool bits = now->code == (BPF_JMP | BPF_JSET | BPF_K);

		if (was_here(walk->space, at, &held))
			return 0;
		if (++walk->steps > STEPS_MAX)
			return -E2BIG;
		switch (now->code) {
		case BPF_RET | BPF_K:
			return 0;
		case BPF_LD | BPF_W | BPF_ABS:
			if (!load(walk, now->k, &held))
				return -EINVAL;
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			if (held.half < 0)
				return -EINVAL;
			held.value &= now->k;
			continue;
		case BPF_JMP | BPF_JA:
			at += now->k;
			continue;
		case BPF_JMP | BPF_JEQ | BPF_K:
		case BPF_JMP | BPF_JGT | BPF_K:
		case BPF_JMP | BPF_JGE | BPF_K:
		case BPF_JMP | BPF_JSET | BPF_K:
			break;
		default:
			return -EINVAL;
		}
		if (held.half < 0) {
			int r = jump_fixed(walk, now, &held);

			if (r < 0)
				return r;
			at += (uint32_t)r;
			continue;
		}
		if (!brig_atoms_add(&walk->space->atoms[held.half],
				    bits ? held.value & now->k : held.value, bits ? 0 : now->k))
			return -E2BIG;
		int r = follow(walk, at + 1 + now->jt, held);
		if (r < 0)
			return r;
		at += now->jf;
	}
	return -EINVAL; /* it runs out without a verdict */
}

int brig_space_add_program(struct brig_space *space, const struct brig_program *program,
			   uint32_t own, uint32_t audit_arch, uint32_t number)
{
	struct walk walk = { .space = space,
			     .program = program,
			     .own = own,
			     .audit_arch = audit_arch,
			     .number = number };

	space->walks++;
	return follow(&walk, 0, (struct brig_held){ .half = -1 });
}

/* The argument registers at one place of the odometer. */
static void assemble(const struct brig_space *space, const size_t wheels[BRIG_HALVES],
		     uint64_t args[BRIG_CALL_ARGUMENTS])
{
	for (int i = 0; i < BRIG_CALL_ARGUMENTS; i++) {
		const struct brig_classes *low = &space->classes[2 * i], *high = low + 1;

		args[i] = (uint64_t)high->witnesses[wheels[2 * i + 1]] << 32 |
			  low->witnesses[wheels[2 * i]];
	}
}

static bool turn(const struct brig_space *space, size_t wheels[BRIG_HALVES])
{
	for (int i = 0; i < BRIG_HALVES; i++) {
		if (++wheels[i] < space->classes[i].n)
			return true;
		wheels[i] = 0;
	}
	return false;
}

int brig_space_each(struct brig_space *space,
		    int (*each)(void *user, const uint64_t args[BRIG_CALL_ARGUMENTS]), void *user)
{
	size_t wheels[BRIG_HALVES] = { 0 };
	unsigned long combinations = 1;
	int r = 0;

	for (int i = 0; i < BRIG_HALVES; i++) {
		struct brig_classes *classes = &space->classes[i];

		if (space->atoms[i].n) {
			r = brig_classes_find(&space->atoms[i], classes);
		} else {
			/* Nobody looks: any value will do, and zero would hide a mistake. */
			classes->witnesses[0] = 0xa5a5a5a5u;
			classes->n = 1;
		}
		if (r < 0)
			return r;
		combinations *= classes->n;
		if (combinations > BRIG_COMBINATIONS_MAX)
			return -E2BIG;
	}
	do {
		uint64_t args[BRIG_CALL_ARGUMENTS];

		assemble(space, wheels, args);
		r = each(user, args);
	} while (!r && turn(space, wheels));
	return r;
}
