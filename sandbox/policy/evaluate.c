/* The kernel's answer, without the kernel. Instructions that we never make are refused. */
#include "sandbox/policy/program.h"

#include <string.h>

static bool load(const struct seccomp_data *data, uint32_t offset, uint32_t *ret)
{
	if (offset % 4 || offset > sizeof *data - 4)
		return false;
	memcpy(ret, (const char *)data + offset, sizeof *ret);
	return true;
}

static bool taken(const struct sock_filter *at, uint32_t accumulator, bool *ret)
{
	switch (at->code) {
	case BPF_JMP | BPF_JEQ | BPF_K:
		*ret = accumulator == at->k;
		return true;
	case BPF_JMP | BPF_JGT | BPF_K:
		*ret = accumulator > at->k;
		return true;
	case BPF_JMP | BPF_JGE | BPF_K:
		*ret = accumulator >= at->k;
		return true;
	case BPF_JMP | BPF_JSET | BPF_K:
		*ret = accumulator & at->k;
		return true;
	default:
		return false;
	}
}

bool brig_program_run(const struct brig_program *program, const struct seccomp_data *data,
		      uint32_t *ret)
{
	uint32_t accumulator = 0;
	bool jumps;

	for (uint32_t at = 0; at < program->length; at++) {
		const struct sock_filter *now = &program->code[at];

		if (now->code == (BPF_RET | BPF_K)) {
			*ret = now->k;
			return true;
		}
		if (now->code == (BPF_LD | BPF_W | BPF_ABS)) {
			if (!load(data, now->k, &accumulator))
				return false;
		} else if (now->code == (BPF_ALU | BPF_AND | BPF_K)) {
			accumulator &= now->k;
		} else if (now->code == (BPF_JMP | BPF_JA)) {
			if (now->k >= program->length)
				return false;
			at += now->k;
		} else if (taken(now, accumulator, &jumps)) {
			at += jumps ? now->jt : now->jf;
		} else {
			return false;
		}
	}
	return false;
}

uint32_t brig_program_compose(uint32_t newer, uint32_t older)
{
	const int32_t a = (int32_t)(newer & SECCOMP_RET_ACTION_FULL);
	const int32_t b = (int32_t)(older & SECCOMP_RET_ACTION_FULL);

	return b < a ? older : newer;
}
