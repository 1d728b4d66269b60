/*
 * The plugin: runs somebody's decoder from a shared object. Stage 1 stands before the object's
 * constructors run, the final filter after; what only loading needs is in stage 1 alone.
 */
#include "sandbox/roles/dangerous.h"
#include "sandbox/roles/role.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define NO_CODE (~(uint64_t)(PROT_READ | PROT_WRITE) & BRIG_INT)

static const struct brig_syscall_row final_rows[] = {
	ALLOW_CALL(read, "reads its input"),
	ALLOW_CALL(pread64, "reads its input"),
	ALLOW_CALL(lseek, "reads its input from the start"),
	ALLOW_CALL(recvmsg, "messages from the broker"),
	ALLOW_CALL(sendmsg, "messages to the broker"),
	ALLOW_CALL(close, "descriptors that the broker passed"),
	ALLOW_IF(mmap, 2, NO_CODE, 0, "heap and pixels, never code"),
	ALLOW_IF(mprotect, 2, NO_CODE, 0, "heap growth, never code"),
	ALLOW_CALL(munmap, "heap and pixels"),
	ALLOW_CALL(mremap, "realloc of large blocks"),
	ALLOW_CALL(brk, "heap"),
	ALLOW_IF(madvise, 2, BRIG_INT, MADV_DONTNEED, "malloc gives memory back"),
	ALLOW_CALL(exit_group, "its end"),
	ALLOW_CALL(exit, "its end"),
	ALLOW_CALL(rt_sigreturn, "returns from the handlers that were installed before the seal"),
	ALLOW_CALL(clock_gettime, "deadlines, where the vdso can't tell the time"),
	ALLOW_IF(futex, 1, 0x7eull, 0, "stdio and malloc locks: FUTEX_WAIT and FUTEX_WAKE only"),
	ALLOW_CALL(getrandom, "malloc's tags"),
#ifdef BRIG_SANITIZED
#include "sandbox/roles/sanitizer_rows.h"
#else
	DENY_CALL(write, EPERM, "libraries' messages go nowhere"),
	DENY_CALL(getpid, EPERM, "abort() asks, and copes"),
	DENY_CALL(gettid, EPERM, "abort() asks, and copes"),
	DENY_CALL(openat, EACCES, "libraries probe for files and cope"),
	DENY_CALL(newfstatat, EACCES, "libraries probe for files and cope"),
	DENY_CALL(fstat, EACCES, "stdio asks for its block size and copes"),
	DENY_CALL(ioctl, ENOTTY, "stdio asks whether it is a terminal"),
	KILL_CALL(prctl, "everything it needs was set before the seal"),
	KILL_CALL(seccomp, "its filter is final"),
#endif
	KILL_CALL(socket, "the network is the broker's"),
	KILL_CALL(connect, "the network is the broker's"),
	KILL_CALL(fork, "it is one process"),
	KILL_CALL(vfork, "it is one process"),
	DANGEROUS_ROWS DANGEROUS_ARCH_ROWS
};

static const struct brig_syscall_row stage1_rows[] = {
	ALLOW_CALL(read, "loads the object; later its input"),
	ALLOW_CALL(pread64, "loads the object; later its input"),
	ALLOW_CALL(lseek, "later its input"),
	ALLOW_CALL(openat, "the dynamic linker opens libraries; Landlock bounds where"),
	ALLOW_CALL(newfstatat, "the dynamic linker compares libraries"),
	ALLOW_CALL(fstat, "the dynamic linker compares libraries"),
	ALLOW_CALL(recvmsg, "messages from the broker"),
	ALLOW_CALL(sendmsg, "messages to the broker"),
	ALLOW_CALL(close, "libraries' files"),
	ALLOW_CALL(mmap, "libraries' code, from the read-only root"),
	ALLOW_CALL(mprotect, "relocations made read-only"),
	ALLOW_CALL(munmap, "heap"),
	ALLOW_CALL(mremap, "heap"),
	ALLOW_CALL(brk, "heap"),
	ALLOW_CALL(madvise, "heap"),
	ALLOW_CALL(write, "libraries' messages go to /dev/null"),
	ALLOW_CALL(exit_group, "its end"),
	ALLOW_CALL(exit, "its end"),
	ALLOW_CALL(rt_sigreturn, "handlers"),
	ALLOW_CALL(rt_sigprocmask, "constructors"),
	ALLOW_CALL(clock_gettime, "deadlines"),
	ALLOW_CALL(getrandom, "malloc's tags"),
	ALLOW_CALL(futex, "the dynamic linker's locks"),
	ALLOW_CALL(getpid, "constructors"),
	ALLOW_CALL(gettid, "constructors"),
	ALLOW_CALL(seccomp, "the final filter"),
	ALLOW_CALL(landlock_create_ruleset, "the final Landlock domain"),
	ALLOW_CALL(landlock_restrict_self, "the final Landlock domain"),
	ALLOW_IF(prlimit64, 2, ~0ull, 0, "the stack's limit is read, none is set"),
	ALLOW_CALL(sched_getaffinity, "constructors count CPUs"),
	ALLOW_CALL(uname, "constructors look at the kernel"),
	ALLOW_CALL(sysinfo, "qsort and malloc size themselves"),
#ifdef BRIG_SANITIZED
	ALLOW_CALL(sigaltstack, "sanitizer runtimes at noreturn functions"),
	ALLOW_CALL(rt_sigaction, "sanitizer runtimes"),
	ALLOW_CALL(sched_yield, "sanitizer locks"),
	DENY_CALL(prctl, EPERM, "sanitizers name mappings and cope"),
	ALLOW_CALL(open, "sanitizers look at /proc/self and cope"),
	ALLOW_CALL(readlink, "sanitizers look at /proc/self and cope"),
#endif
	KILL_CALL(socket, "the network is the broker's"),
	KILL_CALL(connect, "the network is the broker's"),
	KILL_CALL(fork, "it is one process"),
	KILL_CALL(vfork, "it is one process"),
	DANGEROUS_ROWS DANGEROUS_ARCH_ROWS
};

static const struct brig_limit_row limits[] = {
	{ RLIMIT_CORE, 0, "a dump would hold the document" },
	{ RLIMIT_NOFILE, 64, "its channel, its input, its surface, libraries while they load" },
	{ RLIMIT_FSIZE, 0, "it writes no file" },
	{ RLIMIT_MEMLOCK, 0, "it locks no memory" },
	{ RLIMIT_NPROC, 0, "it is one process" },
	{ RLIMIT_MSGQUEUE, 0, "it has no queues" },
	{ RLIMIT_CPU, 3600, "a last bound; the broker's deadline comes first" },
#ifndef BRIG_SANITIZED
	{ RLIMIT_AS, 4ull << 30, "a picture at the limits and the decoder's working memory" },
	{ RLIMIT_DATA, 2ull << 30, "the decoder's working memory" },
#endif
};

const struct brig_role brig_role_plugin = {
	.id = BRIG_ROLE_PLUGIN,
	.name = "plugin",
	.process_name = "brig-plugin",
	.launch = BRIG_LAUNCH_EXEC,
	.root = BRIG_ROOT_LIBRARIES,
	.layers = { BRIG_LAYERS_FULL },
	.limits = limits,
	.n_limits = sizeof limits / sizeof *limits,
	.policy = { final_rows, sizeof final_rows / sizeof *final_rows, ENOSYS },
	.stage1 = { stage1_rows, sizeof stage1_rows / sizeof *stage1_rows, ENOSYS },
	.filters = 3,
	.fds = BRIG_CHILD_FDS,
	.interfaces = BRIG_INTERFACE_LIFECYCLE | BRIG_INTERFACE_DECODE | BRIG_INTERFACE_SURFACE,
	.oom_score_adj = 300,
};
