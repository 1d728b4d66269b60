/* The renderer: decodes one document that nobody trusts. Asks the broker for everything else. */
#include "sandbox/roles/dangerous.h"
#include "sandbox/roles/role.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define NO_CODE (~(uint64_t)(PROT_READ | PROT_WRITE) & BRIG_INT)

static const struct brig_syscall_row rows[] = {
	ALLOW_CALL(read, "reads its document"),
	ALLOW_CALL(pread64, "reads its document"),
	ALLOW_CALL(lseek, "reads its document from the start"),
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
	ALLOW_CALL(rt_sigreturn, "returns from the handlers that it installed before the seal"),
	ALLOW_CALL(clock_gettime, "deadlines, where the vdso can't tell the time"),
	ALLOW_IF(futex, 1, 0x7eull, 0, "stdio and malloc locks: FUTEX_WAIT and FUTEX_WAKE only"),
	ALLOW_CALL(getrandom, "malloc's tags"),
#ifdef BRIG_SANITIZED
#include "sandbox/roles/sanitizer_rows.h"
#else
	DENY_CALL(write, EPERM, "there is nothing to write to"),
	DENY_CALL(getpid, EPERM, "abort() asks, and copes"),
	DENY_CALL(gettid, EPERM, "abort() asks, and copes"),
	DENY_CALL(openat, EACCES, "libc probes for files and copes"),
	DENY_CALL(newfstatat, EACCES, "libc probes for files and copes"),
	KILL_CALL(prctl, "everything it needs was set before the seal"),
	KILL_CALL(seccomp, "its filter is final"),
#endif
	KILL_CALL(socket, "the network is the broker's"),
	KILL_CALL(connect, "the network is the broker's"),
	KILL_CALL(fork, "it is one process"),
	KILL_CALL(vfork, "it is one process"),
	DANGEROUS_ROWS DANGEROUS_ARCH_ROWS
};

static const struct brig_limit_row limits[] = {
	{ RLIMIT_CORE, 0, "a dump would hold the document" },
	{ RLIMIT_NOFILE, 64, "its channel, its document, its surfaces" },
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

const struct brig_role brig_role_renderer = {
	.id = BRIG_ROLE_RENDERER,
	.name = "renderer",
	.process_name = "brig-renderer",
	.launch = BRIG_LAUNCH_FORK,
	.root = BRIG_ROOT_EMPTY,
	.layers = { BRIG_LAYERS_FULL },
	.limits = limits,
	.n_limits = sizeof limits / sizeof *limits,
	.policy = { rows, sizeof rows / sizeof *rows, ENOSYS },
	.filters = 2,
	.fds = BRIG_CHILD_FDS,
	.interfaces = BRIG_INTERFACE_LIFECYCLE | BRIG_INTERFACE_DECODE | BRIG_INTERFACE_SURFACE |
		      BRIG_INTERFACE_FILES | BRIG_INTERFACE_PLUGIN,
	.oom_score_adj = 300,
};
