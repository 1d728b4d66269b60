/* A program for people: one line an instruction, with what its numbers stand for. */
#include "sandbox/policy/constants.h"
#include "sandbox/policy/program.h"

#include <stddef.h>

static void print_return(FILE *out, uint32_t k)
{
	const uint32_t data = k & SECCOMP_RET_DATA;
	const char *name = brig_errno_name((int)data);

	switch (k & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
		(void)fprintf(out, "return allow");
		break;
	case SECCOMP_RET_LOG:
		(void)fprintf(out, "return log");
		break;
	case SECCOMP_RET_USER_NOTIF:
		(void)fprintf(out, "return notify");
		break;
	case SECCOMP_RET_ERRNO:
		(void)fprintf(out, "return errno %s", name ? name : "?");
		break;
	case SECCOMP_RET_TRAP:
		(void)fprintf(out, "return trap");
		break;
	case SECCOMP_RET_KILL_PROCESS:
		(void)fprintf(out, "return kill");
		break;
	default:
		(void)fprintf(out, "return 0x%08x", k);
	}
}

/* Returns true if what is loaded is a system call's number, for names beside comparisons. */
static bool print_load(FILE *out, uint32_t k)
{
	const size_t args = offsetof(struct seccomp_data, args);

	if (k == offsetof(struct seccomp_data, nr))
		(void)fprintf(out, "load number");
	else if (k == offsetof(struct seccomp_data, arch))
		(void)fprintf(out, "load architecture");
	else if (k >= args)
		(void)fprintf(out, "load argument %zu, %s half", (k - args) / 8,
			      (k - args) % 8 ? "upper" : "lower");
	else
		(void)fprintf(out, "load %u", k);
	return k == offsetof(struct seccomp_data, nr);
}

static void print_jump(FILE *out, const struct sock_filter *now, unsigned int at,
		       const struct brig_call *call)
{
	const char *how = now->code == (BPF_JMP | BPF_JEQ | BPF_K)   ? "=="
			  : now->code == (BPF_JMP | BPF_JGT | BPF_K) ? ">"
			  : now->code == (BPF_JMP | BPF_JGE | BPF_K) ? ">="
								     : "has a bit of";

	(void)fprintf(out, "if %s 0x%x", how, now->k);
	if (call)
		(void)fprintf(out, " (%s)", call->name);
	(void)fprintf(out, " goto %u else %u", at + 1 + now->jt, at + 1 + now->jf);
}

void brig_program_print(const struct brig_program *program, enum brig_arch arch, FILE *out)
{
	bool number = false;

	for (unsigned int at = 0; at < program->length; at++) {
		const struct sock_filter *now = &program->code[at];

		(void)fprintf(out, "%4u: %02x %3u %3u %08x  ", at, now->code, now->jt, now->jf,
			      now->k);
		switch (BPF_CLASS(now->code)) {
		case BPF_RET:
			print_return(out, now->k);
			break;
		case BPF_LD:
			number = print_load(out, now->k);
			break;
		case BPF_ALU:
			(void)fprintf(out, "and 0x%08x", now->k);
			break;
		default:
			if (now->code == (BPF_JMP | BPF_JA))
				(void)fprintf(out, "goto %u", at + 1 + now->k);
			else
				print_jump(out, now, at,
					   number ? brig_call_by_number(arch, now->k) : NULL);
		}
		(void)fputc('\n', out);
	}
}
