/* Memory: code that it makes, pages that it moves, what it knows of others. */
#include "sandbox/selftest/attempts.h"
#include "sandbox/selftest/machine.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/mman.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/shm.h>
#include <unistd.h>

#define PAGE            4096ul
#define MFD_NOEXEC_SEAL 8u    /* Linux 6.3 */
#define MFD_EXEC        0x10u /* Linux 6.3 */

/* Two pages of code that nobody runs. */
extern const char brig_attempt_spare_code[] __attribute__((visibility("hidden")));
__asm__(".pushsection .text\n"
	".balign 4096\n"
	".globl brig_attempt_spare_code\n"
	".hidden brig_attempt_spare_code\n"
	"brig_attempt_spare_code:\n"
	".skip 8192, 0\n"
	".popsection\n");

static long spare_page(void)
{
	return (long)(((uintptr_t)brig_attempt_spare_code + PAGE - 1) & ~(PAGE - 1));
}

static long map(long address, long prot, long flags, long fd)
{
	return RAW(SYS_mmap, address, PAGE, prot, flags, fd);
}

static void touch(long page)
{
	/* cppcheck-suppress nullPointerRedundantCheck; it was mapped */
	*(volatile char *)page = 1;
}

/* A page of its own, written to. */
static long data_page(void)
{
	long page = map(0, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	if (page < 0)
		return page;
	touch(page);
	return page;
}

static int try_map(struct brig_attempt_context *context, long prot, long flags, long fd)
{
	brig_attempt_mark(context, SYS_mmap);
	return brig_attempt_refusal(map(0, prot, flags, fd));
}

static int run_rwx(struct brig_attempt_context *context)
{
	return try_map(context, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1);
}

static int run_rx(struct brig_attempt_context *context)
{
	return try_map(context, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

static int run_x(struct brig_attempt_context *context)
{
	return try_map(context, PROT_EXEC, MAP_SHARED | MAP_ANONYMOUS, -1);
}

static int run_upper_bits(struct brig_attempt_context *context)
{
	return try_map(context, (long)(1ull << 32 | PROT_READ | PROT_EXEC),
		       MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

static int run_map_granted(struct brig_attempt_context *context)
{
	return try_map(context, PROT_READ | PROT_EXEC, MAP_PRIVATE, context->granted);
}

static int run_map_granted_to_write(struct brig_attempt_context *context)
{
	return try_map(context, PROT_READ | PROT_WRITE, MAP_SHARED, context->granted);
}

static int try_protect(struct brig_attempt_context *context, long call, long prot)
{
	long page = data_page();

	return brig_attempt_refusal(page < 0 ? page : TRY(context, call, page, PAGE, prot, -1));
}

static int run_mprotect(struct brig_attempt_context *context)
{
	return try_protect(context, SYS_mprotect, PROT_READ | PROT_EXEC);
}

static int run_mprotect_rwx(struct brig_attempt_context *context)
{
	return try_protect(context, SYS_mprotect, PROT_READ | PROT_WRITE | PROT_EXEC);
}

static int run_mprotect_upper(struct brig_attempt_context *context)
{
	return try_protect(context, SYS_mprotect, (long)(1ull << 32 | PROT_EXEC));
}

static int run_pkey_mprotect(struct brig_attempt_context *context)
{
	return try_protect(context, SYS_pkey_mprotect, PROT_READ | PROT_EXEC);
}

/* Its own code, made writable. */
static int run_text_writable(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(
		TRY(context, SYS_mprotect, spare_page(), PAGE, PROT_READ | PROT_WRITE | PROT_EXEC));
}

/* Its own code, replaced by data, which is made code. */
static int run_text_replaced(struct brig_attempt_context *context)
{
	brig_attempt_mark(context, SYS_mmap);
	long page = map(spare_page(), PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1);

	if (page < 0)
		return (int)-page;
	touch(page);
	return brig_attempt_refusal(TRY(context, SYS_mprotect, page, PAGE, PROT_READ | PROT_EXEC));
}

/* Its own code, taken away and brought back: still code, and not its own. */
static int run_text_forgotten(struct brig_attempt_context *context)
{
	long r = TRY(context, SYS_madvise, spare_page(), PAGE, MADV_DONTNEED);

	if (r < 0)
		return (int)-r;
	return *(volatile const char *)spare_page() ? 0 : ENODATA;
}

static int run_text_unmapped(struct brig_attempt_context *context)
{
	long r = TRY(context, SYS_munmap, spare_page(), PAGE);

	return r < 0 ? (int)-r : ENODATA; /* poorer than before */
}

static int run_map_zero(struct brig_attempt_context *context)
{
	brig_attempt_mark(context, SYS_mmap);
	return brig_attempt_refusal(
		map(0, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1));
}

static int run_shm_exec(struct brig_attempt_context *context)
{
	long id = TRY(context, SYS_shmget, IPC_PRIVATE, PAGE, IPC_CREAT | 0700);

	if (id < 0)
		return (int)-id;
	long at = TRY(context, SYS_shmat, id, 0, SHM_EXEC);
	(void)RAW(SYS_shmctl, id, IPC_RMID, 0);
	return brig_attempt_refusal(at);
}

static int written_memfd(struct brig_attempt_context *context, unsigned int flags, const void *what,
			 size_t n)
{
	long fd = TRY(context, SYS_memfd_create, "brig", flags);

	if (fd == -EINVAL && flags & (MFD_EXEC | MFD_NOEXEC_SEAL))
		fd = TRY(context, SYS_memfd_create, "brig", 0);
	if (fd < 0)
		return (int)fd;
	long written = TRY(context, SYS_write, fd, what, n);
	return written < 0 ? (int)written : (int)fd;
}

static int map_memfd(struct brig_attempt_context *context, unsigned int flags)
{
	static const char code[16] = { 0 };
	int fd = written_memfd(context, flags, code, sizeof code);

	return fd < 0 ? -fd : try_map(context, PROT_READ | PROT_EXEC, MAP_SHARED, fd);
}

static int run_memfd_exec(struct brig_attempt_context *context)
{
	return map_memfd(context, MFD_EXEC);
}

static int run_memfd_noexec(struct brig_attempt_context *context)
{
	return map_memfd(context, MFD_NOEXEC_SEAL);
}

/* exit(99), as a program of one page. */
static const unsigned char exit_99[] = {
#if defined(__x86_64__)
	0xbf, 99, 0, 0, 0, 0xb8, 60, 0, 0, 0, 0x0f, 0x05
#elif defined(__aarch64__)
	0x60, 0x0c, 0x80, 0xd2, 0xa8, 0x0b, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4
#endif
};

struct program {
	Elf64_Ehdr header;
	Elf64_Phdr segment;
	unsigned char code[sizeof exit_99];
};

static void make_program(struct program *program)
{
	const Elf64_Addr base = 0x400000;

	memset(program, 0, sizeof *program);
	memcpy(program->header.e_ident, ELFMAG, SELFMAG);
	program->header.e_ident[EI_CLASS] = ELFCLASS64;
	program->header.e_ident[EI_DATA] = ELFDATA2LSB;
	program->header.e_ident[EI_VERSION] = EV_CURRENT;
	program->header.e_type = ET_EXEC;
#if defined(__x86_64__)
	program->header.e_machine = EM_X86_64;
#else
	program->header.e_machine = EM_AARCH64;
#endif
	program->header.e_version = EV_CURRENT;
	program->header.e_entry = base + offsetof(struct program, code);
	program->header.e_phoff = offsetof(struct program, segment);
	program->header.e_ehsize = sizeof program->header;
	program->header.e_phentsize = sizeof program->segment;
	program->header.e_phnum = 1;
	program->segment.p_type = PT_LOAD;
	program->segment.p_flags = PF_R | PF_X;
	program->segment.p_vaddr = program->segment.p_paddr = base;
	program->segment.p_filesz = program->segment.p_memsz = sizeof *program;
	program->segment.p_align = PAGE;
	memcpy(program->code, exit_99, sizeof exit_99);
}

static int run_memfd_program(struct brig_attempt_context *context)
{
	static const char *const nothing[] = { NULL };
	struct program program;

	make_program(&program);
	int fd = written_memfd(context, MFD_EXEC, &program, sizeof program);
	if (fd < 0)
		return -fd;
	return brig_attempt_refusal(
		TRY(context, SYS_execveat, fd, "", nothing, nothing, AT_EMPTY_PATH));
}

/* The same without a file of its own: what it was granted. */
static int run_exec_granted(struct brig_attempt_context *context)
{
	static const char *const nothing[] = { NULL };
	long r = TRY(context, SYS_execveat, context->granted, "", nothing, nothing, AT_EMPTY_PATH);

	return r == -ENOEXEC ? 0 : brig_attempt_refusal(r); /* it was read */
}

static int run_lock_pi(struct brig_attempt_context *context)
{
	uint32_t word = 0;

	return brig_attempt_refusal(
		TRY(context, SYS_futex, &word, FUTEX_LOCK_PI_PRIVATE, 0, 0, 0, 0));
}

static int run_requeue_pi(struct brig_attempt_context *context)
{
	uint32_t words[2] = { 0, 0 };

	return brig_attempt_refusal(TRY(context, SYS_futex, &words[0], FUTEX_CMP_REQUEUE_PI_PRIVATE,
					1, 0, &words[1], 0));
}

static int run_mincore(struct brig_attempt_context *context)
{
	unsigned char present = 0;

	return brig_attempt_refusal(TRY(context, SYS_mincore, spare_page(), PAGE, &present));
}

/* What its broker was told when it was started. */
static int run_environment(struct brig_attempt_context *context)
{
	brig_attempt_mark(context, -1);
	if (!environ || !environ[0])
		return ENODATA;
	brig_attempt_say(context, environ[0]);
	return 0;
}

/*
 * The variable itself may be gone, and the text not: the kernel put the environment before the
 * program's name, at the top of the stack.
 */
static int run_stack_top(struct brig_attempt_context *context)
{
	const char *name = (const char *)getauxval(AT_EXECFN);

	brig_attempt_mark(context, -1);
	if (!name)
		return ENODATA;
	const char *at = name - 1;
	while ((uintptr_t)at % PAGE && !at[-1])
		at--;
	while ((uintptr_t)at % PAGE && at[-1])
		at--;
	/* The first words that are left: its last argument, which is a number, or a variable. */
	if (!strchr(at, '='))
		return ENODATA;
	brig_attempt_say(context, at);
	return 0;
}

/*
 * Where the canary's secret lies, in a process that was forked from the same one. mremap() to what
 * it is already tells whether there is anything.
 */
static int run_leftover(struct brig_attempt_context *context)
{
	const uint64_t address = context->page->canary_address;
	const char *secret = (const char *)(uintptr_t)address;
	long r = TRY(context, SYS_mremap, address & ~(PAGE - 1), PAGE, PAGE, 0);

	if (r < 0 || !secret[0])
		return ENODATA;
	brig_attempt_say(context, "what lay in its parent's memory");
	return 0;
}

#if defined(__x86_64__)
static int run_rdtsc(struct brig_attempt_context *context)
{
	uint32_t low, high;

	brig_attempt_mark(context, -1);
	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return low | high ? 0 : ENODATA;
}
#endif

/* clang-format off */
/* New code: the filter knows no PROT_EXEC, and MDWE no way from writable to executable. */
#define CODE(id_, what_, groups_, behind_, run_) \
	{ .id = (id_), .what = (what_), .groups = (groups_), .expected = "EPERM", .behind = (behind_), .run = (run_) }
#define ANYONES(id_, what_, expected_, unsealed_, ...) \
	{ .id = (id_), .what = (what_), .groups = "S", .expected = (expected_), .unsealed = (unsealed_), PLAIN(__VA_ARGS__) }

static const struct brig_attempt rows[] = {
	CODE("18.memfd-execveat", "a program that it wrote itself", "SR", "EFBIG", run_memfd_program),
	{ .id = "18.granted-execveat", .what = "what it was granted, as a program", .groups = "S", .expected = "KILL", .behind = NULL, .unsealed = "OK|EACCES", .run = run_exec_granted },
	CODE("19.memfd-exec", "code from a file that it wrote", "SR", "EFBIG", run_memfd_exec),
	CODE("19.memfd-noexec-seal", "code from a file that nobody may execute", "SR", "EFBIG", run_memfd_noexec),
	CODE("19.map-granted", "what it was granted, as code", "S", NULL, run_map_granted),
	CODE("20.mprotect", "data made code", "SM", "EACCES", run_mprotect),
	CODE("20.mprotect-rwx", "data made code, still writable", "SM", "EACCES", run_mprotect_rwx),
	{ .id = "20.mprotect-upper", .what = "code, with garbage above what the kernel knows", .groups = "SMK", .expected = "EPERM", .behind = "EINVAL|EACCES", .unsealed = "EINVAL", .run = run_mprotect_upper },
	CODE("20.mmap-rwx", "memory for code", "SM", "EACCES", run_rwx),
	CODE("20.mmap-rx", "memory for code that is there already", "S", NULL, run_rx),
	CODE("20.mmap-x", "memory for code that is shared", "S", NULL, run_x),
	{ .id = "20.mmap-upper", .what = "code, with garbage above what the kernel knows", .groups = "S", .expected = "EPERM", .run = run_upper_bits },
	CODE("20.pkey_mprotect", "data made code, with a key", "SM", "EACCES", run_pkey_mprotect),
	CODE("20.shm-exec", "shared memory as code", "SM", "EACCES", run_shm_exec),
	CODE("20.text-writable", "its own code made writable", "SM", "EACCES|EPERM", run_text_writable),
	CODE("22.text-replaced", "its own code replaced", "SM", "EACCES|EPERM", run_text_replaced),
	{ .id = "22.text-forgotten", .what = "its own code, loaded again", .groups = "SK", .expected = "HARMLESS", .unsealed = "ENODATA", .run = run_text_forgotten },
	{ .id = "22.text-unmapped", .what = "its own code, taken away", .groups = "SK", .expected = "HARMLESS", .unsealed = "ENODATA", .run = run_text_unmapped },
	{ .id = "22.map-zero", .what = "something where the kernel's null pointers point", .groups = "K", .expected = "EPERM|EACCES", .unsealed = "EPERM|EACCES", .run = run_map_zero },
	ANYONES("21.read-implies-exec", "whatever is read may be run", "KILL", NULL, SYS_personality, READ_IMPLIES_EXEC),
	ANYONES("21.no-randomize", "programs where they are expected", "KILL", NULL, SYS_personality, ADDR_NO_RANDOMIZE),
	{ .id = "15.map-granted", .what = "what it may only read, to write", .groups = "B", .expected = "EACCES", .behind = "EACCES", .unsealed = "EACCES", .run = run_map_granted_to_write },
	{ .id = "65.lock-pi", .what = "a lock that gives priority", .groups = "S", .expected = "EPERM" ALLOWED_TO_ASAN, .unsealed = "OK|ENOSYS", .run = run_lock_pi },
	{ .id = "65.requeue-pi", .what = "move who waits to such a lock", .groups = "S", .expected = "EPERM" ALLOWED_TO_ASAN, .unsealed = "OK|ENOSYS|EINVAL", .run = run_requeue_pi },
	{ .id = "65.futex_waitv", .what = "wait for many", .groups = "S", .expected = "ENOSYS", .reached = EINVAL, PLAIN(449, 0, 0, 0, 0, 0) },
	{ .id = "65.futex_requeue", .what = "move who waits", .groups = "S", .expected = "ENOSYS", .unsealed = "OK|ENOSYS", .reached = EINVAL, PLAIN(456, 0, 0, 1, 1) },
	ANYONES("65.set_robust_list", "what the kernel unlocks at its end", "EPERM", NULL, SYS_set_robust_list, 0, 24),
	/* A new program without an environment: no layer, so nothing that could be switched off. */
	{ .id = "73.environment", .what = "secrets in its environment", .groups = "K", .expected = "HARMLESS", .run = run_environment },
	{ .id = "73.stack-top", .what = "secrets in what was its environment", .groups = "K", .expected = "HARMLESS", .run = run_stack_top },
	{ .id = "74.leftover", .what = "what its parent knew", .groups = "K", .expected = "HARMLESS", .run = run_leftover },
#if defined(__x86_64__)
	{ .id = "87.rdtsc", .what = "a clock of a nanosecond", .groups = "M", .expected = "OK", .by_role = "codec: SIGSEGV|OK; compute: SIGSEGV|OK", .behind = "SIGSEGV", .run = run_rdtsc },
	{ .id = "105.arch_prctl-cpuid", .what = "have cpuid fault", .groups = "S", .expected = "EPERM", .unsealed = "OK|ENODEV", PLAIN(SYS_arch_prctl, 0x1012, 1), .possible = brig_machine_cpuid_faults },
	{ .id = "105.map_shadow_stack", .what = "a stack for returns", .groups = "S", .expected = "ENOSYS", .unsealed = "OK|EOPNOTSUPP|ENOSYS|EINVAL", PLAIN(453, 0, 4096, 0) },
#endif
	{ .id = "105.mlockall", .what = "memory that can't be swapped", .groups = "SR", .expected = "EPERM", .behind = "EPERM|ENOMEM", .unsealed = "OK|ENOMEM|EPERM", PLAIN(SYS_mlockall, MCL_CURRENT) },
	{ .id = "105.mincore", .what = "what others have read lately", .groups = "S", .expected = "EPERM", .run = run_mincore },
	{ .id = "105.mseal", .what = "seal its memory against its broker", .groups = "S", .expected = "ENOSYS", .unsealed = "OK|ENOSYS", PLAIN(462, 0, 0, 0) },
	ANYONES("105.pkey_alloc", "a key for memory", "EPERM", "OK|ENOSPC|EINVAL|ENOSYS", SYS_pkey_alloc, 0, 0),
	ANYONES("105.membarrier", "interrupt other processors", "EPERM", "OK|ENOSYS|EINVAL", SYS_membarrier, 1, 0, 0),
};
/* clang-format on */

ATTEMPT_TABLE(brig_attempts_memory);
