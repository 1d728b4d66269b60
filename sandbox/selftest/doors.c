/* Other doors into the kernel: foreign architectures, odd numbers, returns from signals. */
#include "sandbox/selftest/attempts.h"
#include "sandbox/selftest/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define X32           0x40000000u
#define QUERY         0xffffffffL /* personality(2): nothing changes */
#define NR_uretprobe  335
#define NR_uprobe     336
#define UPPER_GARBAGE (1ull << 32)

static void ignore(int signal_number)
{
	(void)signal_number;
}

/* Then the kernel would only tell it of what it may not do. */
static int run_handler(struct brig_attempt_context *context)
{
	const struct {
		void (*handler)(int);
		unsigned long flags;
		void (*restorer)(void);
		uint64_t mask;
	} action = { .handler = ignore };
	long r = TRY(context, SYS_rt_sigaction, SIGSYS, &action, 0, sizeof action.mask);

	if (r < 0)
		return (int)-r;
	return brig_attempt_refusal(TRY(context, SYS_personality, QUERY));
}

static int run_mask(struct brig_attempt_context *context)
{
	const uint64_t set = 1ull << (SIGSYS - 1);
	long r = TRY(context, SYS_rt_sigprocmask, SIG_BLOCK, &set, 0, sizeof set);

	if (r < 0)
		return (int)-r;
	return brig_attempt_refusal(TRY(context, SYS_personality, QUERY));
}

static int run_altstack(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(TRY(context, SYS_sigaltstack, 0, 0));
}

#if defined(__x86_64__)
/* Below 4 GiB, where 32-bit calls can point to. */
static char *low_page(const char *text)
{
	long page = RAW(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (page < 0)
		return NULL;
	char *low = (char *)page;
	(void)strncpy(low, text, 2047);
	return low;
}

static long int80(long number, long b, long c, long d)
{
	__asm__ volatile("int $0x80" : "+a"(number) : "b"(b), "c"(c), "d"(d) : "memory");
	return (int)number;
}

static int run_int80_open(struct brig_attempt_context *context)
{
	const char *path = low_page(context->page->canary_file);

	if (!path)
		return ENOMEM;
	brig_attempt_mark(context, 5);
	long fd = int80(5, (long)path, O_RDONLY, 0);
	if (fd >= 0)
		(void)close((int)fd);
	return brig_attempt_refusal(fd);
}

static int run_int80_execve(struct brig_attempt_context *context)
{
	char *page = low_page("/bin/sh");

	if (!page)
		return ENOMEM;
	uint32_t *command = (uint32_t *)(void *)(page + 2048);
	const uint32_t at = (uint32_t)(uintptr_t)page;

	memcpy(page + 3072, "-c\0exit 99", 11);
	command[0] = at;
	command[1] = at + 3072;
	command[2] = at + 3075;
	brig_attempt_mark(context, 11);
	return brig_attempt_refusal(int80(11, (long)page, (long)command, 0));
}

static int run_int80_exit(struct brig_attempt_context *context)
{
	brig_attempt_mark(context, 1);
	return brig_attempt_refusal(int80(1, BRIG_ATTEMPT_EXECED, 0, 0));
}

/*
 * Into the segment of 32-bit code, whose calls are the same: code and a stack below 4 GiB, a far
 * call there, getpid by int 0x80, and a far return.
 */
static int run_far_call(struct brig_attempt_context *context)
{
	/* Here, since a far call keeps no more than 32 bits of where it came from. */
	static const char call_far[] = { (char)0xff, 0x1f, (char)0xc3 };
	static const char getpid32[] = {
		(char)0xb8, 20, 0, 0, 0, (char)0xcd, (char)0x80, (char)0xcb
	};
	struct {
		uint32_t offset;
		uint16_t segment;
	} __attribute__((packed)) target = { 0, 0x23 };
	char *code = low_page(""), *stack = low_page("");
	long result;

	if (!code || !stack)
		return ENOMEM;
	memcpy(code, getpid32, sizeof getpid32);
	memcpy(code + 32, call_far, sizeof call_far);
	long r = TRY(context, SYS_mprotect, code, 4096, PROT_READ | PROT_EXEC);
	if (r < 0)
		return (int)-r;
	target.offset = (uint32_t)(uintptr_t)code;
	memcpy(stack, &target, sizeof target);
	brig_attempt_mark(context, 20);
	__asm__ volatile("sub $128, %%rsp\n\t"
			 "mov %%rsp, 16(%%rdi)\n\t"
			 "lea 4000(%%rdi), %%rsp\n\t"
			 "call *%[code]\n\t"
			 "mov %%edi, %%edi\n\t"
			 "mov 16(%%rdi), %%rsp\n\t"
			 "add $128, %%rsp"
			 : "=a"(result), "+D"(stack)
			 : [code] "S"(code + 32)
			 : "memory", "cc", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12",
			   "r13", "r14", "r15");
	return (int32_t)result > 0 ? 0 : EIO;
}

/* A frame as of a signal, which "returns" into a system call. */
__attribute__((noinline)) static long sigreturn_into(ucontext_t *frame, long number, long argument)
{
	long result;

	memset(frame, 0, sizeof *frame);
	frame->uc_mcontext.gregs[REG_RAX] = number;
	frame->uc_mcontext.gregs[REG_RDI] = argument;
	frame->uc_mcontext.gregs[REG_CSGSFS] = 0x002b000000000033; /* user's code and stack */
	__asm__ volatile("sub $128, %%rsp\n\t"
			 "push %%rbp\n\t"
			 "lea 1f(%%rip), %%rcx\n\t"
			 "push %%rcx\n\t"
			 "mov %%rsp, %c[sp](%[frame])\n\t"
			 "lea 2f(%%rip), %%rcx\n\t"
			 "mov %%rcx, %c[ip](%[frame])\n\t"
			 "mov %[frame], %%rsp\n\t"
			 "mov $15, %%eax\n\t"
			 "syscall\n"
			 "2:\n\t"
			 "syscall\n\t"
			 "ret\n"
			 "1:\n\t"
			 "pop %%rbp\n\t"
			 "add $128, %%rsp"
			 : "=a"(result), [frame] "+D"(frame)
			 : [sp] "i"(offsetof(ucontext_t, uc_mcontext.gregs) + REG_RSP * 8),
			   [ip] "i"(offsetof(ucontext_t, uc_mcontext.gregs) + REG_RIP * 8)
			 : "memory", "cc", "rbx", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11",
			   "r12", "r13", "r14", "r15");
	return result;
}

static int run_sigreturn(struct brig_attempt_context *context)
{
	ucontext_t frame;

	brig_attempt_mark(context, SYS_personality);
	return brig_attempt_refusal(sigreturn_into(&frame, SYS_personality, QUERY));
}

/* The page that is at the same place in every process, and has calls in it. */
static int run_vsyscall(struct brig_attempt_context *context)
{
	long (*volatile time_there)(long *) = (long (*)(long *))0xffffffffff600400;

	brig_attempt_mark(context, SYS_time);
	long r = time_there(NULL);
	return r > 0 ? 0 : r < 0 ? (int)-r : EIO;
}

static int run_uretprobe(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(TRY(context, NR_uretprobe, 0));
}
#endif

/* clang-format off */
#define FOREIGN(id_, what_, unsealed_, ...) \
	{ .id = (id_), .what = (what_), .groups = "S", .expected = "KILL", .unsealed = (unsealed_), __VA_ARGS__ }
#define FOREIGN_FILE(id_, what_, run_) \
	{ .id = (id_), .what = (what_), .groups = "SNL", .expected = "KILL", .behind = "ENOENT|EACCES|ENOSYS", .unsealed = "OK|ENOSYS", .run = (run_), .possible = brig_machine_gate32 }
/* What no kernel has: the filter says so before it is asked. */
#define HOLE(id_, number_) \
	{ .id = (id_), .what = "a number that is none", .groups = "SK", .expected = "ENOSYS", .behind = "ENOSYS", .unsealed = "ENOSYS", PLAIN(number_, 0) }

static const struct brig_attempt rows[] = {
#if defined(__x86_64__)
	/* Kernels without this ABI refuse it to anyone. */
	FOREIGN("44.x32-read", "read by the number of 32-bit pointers", "OK|ENOSYS", PLAIN(X32 | SYS_read, MINUS(1), 0, 0), .reached = EBADF),
	FOREIGN("44.x32-mmap", "map by the number of 32-bit pointers", "OK|ENOSYS", PLAIN(X32 | SYS_mmap, 0, 4096, 0, MAP_PRIVATE | MAP_ANONYMOUS, MINUS(1), 0)),
	FOREIGN("44.x32-munmap", "unmap by the number of 32-bit pointers", "OK|ENOSYS", PLAIN(X32 | SYS_munmap, 0, 0), .reached = EINVAL),
	FOREIGN("44.x32-sendmsg", "send by the number of 32-bit pointers", "OK|ENOSYS", PLAIN(X32 | 518, MINUS(1), 0, 0), .reached = EBADF),
	FOREIGN("44.x32-close", "close by the number of 32-bit pointers", "OK|ENOSYS", PLAIN(X32 | SYS_close, MINUS(1)), .reached = EBADF),
	FOREIGN("44.x32-execve", "run by the number of 32-bit pointers", "OK|ENOSYS", PLAIN(X32 | 520, 0, 0, 0), .reached = EFAULT),
	FOREIGN_FILE("45.int80-open", "open by the door of 32-bit programs", run_int80_open),
	FOREIGN_FILE("45.int80-execve", "run by the door of 32-bit programs", run_int80_execve),
	FOREIGN("45.int80-exit", "end by the door of 32-bit programs", "OK|ENOSYS", .run = run_int80_exit, .possible = brig_machine_gate32),
	{ .id = "45.far-call", .what = "run as a 32-bit program", .groups = "SM", .expected = "EPERM", .behind = "EACCES", .run = run_far_call, .possible = brig_machine_gate32 },
	{ .id = "47.uretprobe", .what = "a call that passes every filter", .groups = "K", .expected = "SIGILL|ENOSYS", .unsealed = "SIGILL|ENOSYS", .run = run_uretprobe },
	{ .id = "47.uprobe", .what = "a call that passes every filter", .groups = "K", .expected = "ENXIO|ENOSYS", .unsealed = "ENXIO|ENOSYS", PLAIN(NR_uprobe, 0) },
	{ .id = "67.sigreturn", .what = "return from no signal into a call", .groups = "S", .expected = "KILL", .run = run_sigreturn },
	{ .id = "106.vsyscall", .what = "a call by the page that everybody has", .groups = "S", .expected = "EPERM|EFAULT|SIGSEGV", .by_role = "network: OK|SIGSEGV; service: OK|SIGSEGV", .unsealed = "OK|SIGSEGV", .run = run_vsyscall },
#endif
	HOLE("46.minus-one", -1),
	HOLE("46.32-bits", 0xffffffffL),
	{ .id = "46.largest", .what = "a number that is none", .groups = "SK", .expected = "KILL", .behind = "ENOSYS", .unsealed = "ENOSYS", PLAIN(0x7fffffff, 0) },
	HOLE("46.above", 1000),
	HOLE("46.hole", 400),
	{ .id = "46.upper", .what = "a number with garbage above its 32 bits", .groups = "S", .expected = "KILL", PLAIN((long)(UPPER_GARBAGE | SYS_personality), QUERY) },
	{ .id = "68.handler", .what = "survive SIGSYS by a handler", .groups = "S", .expected = "EPERM" ALLOWED_KILL, .run = run_handler },
	{ .id = "68.mask", .what = "survive SIGSYS by a mask", .groups = "S", .expected = "EPERM" ALLOWED_KILL, .by_role = "service: KILL", .run = run_mask },
	{ .id = "106.sigaltstack", .what = "another stack for signals", .groups = "S", .expected = "EPERM" ALLOWED_TO_ASAN, .run = run_altstack },
	{ .id = "106.restart_syscall", .what = "restart what was none", .groups = "S", .expected = "EPERM", .reached = EINTR, PLAIN(SYS_restart_syscall, 0) },
};
/* clang-format on */

ATTEMPT_TABLE(brig_attempts_doors);
