/* Who waits in a call, and the function that it was made in. */
#include "broker/monitor/symbol.h"
#include "broker/monitor/violation.h"
#include "sandbox/base/cleanup.h"
#include "sandbox/policy/program.h"

#include "gtest_c.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noinline)) static int looked_for(int n)
{
	__asm__ volatile("" ::: "memory");
	return n + 1;
}

/* This program, as the kernel has it mapped. */
static void see_myself(struct brig_witness *ret)
{
	brig_witness_see(ret, getpid(), getpid(), (uintptr_t)looked_for);
	ASSERT_PTR_NULL(ret->unknown);
}

TEST_C(symbol, finds_a_function_of_a_file_that_is_mapped)
{
	struct brig_witness witness = { 0 };
	char name[64] = "";
	uint64_t offset = 7;

	EXPECT_INT_EQ(2, looked_for(1));
	see_myself(&witness);
	brig_auto_fd int fd = brig_module_open(witness.path, witness.device, witness.inode);
	ASSERT_OK(fd);
	EXPECT_OK(brig_symbol_find(fd, witness.offset, name, sizeof name, &offset));
	EXPECT_STR_EQ("looked_for", name);
	EXPECT_UINT_EQ(0, offset);
	EXPECT_OK(brig_symbol_find(fd, witness.offset + 1, name, sizeof name, &offset));
	EXPECT_STR_EQ("looked_for", name);
	EXPECT_UINT_EQ(1, offset);
	EXPECT_ERR(ENOENT, brig_symbol_find(fd, 1ull << 60, name, sizeof name, &offset));
	EXPECT_OK(brig_symbol_find(fd, witness.offset, name, 5, &offset));
	EXPECT_STR_EQ("look", name);
}

TEST_C(symbol, another_file_of_that_name_is_not_opened)
{
	struct brig_witness witness = { 0 };
	char fifo[4096];

	see_myself(&witness);
	EXPECT_ERR(ESTALE, brig_module_open(witness.path, witness.device, witness.inode + 1));
	EXPECT_ERR(ESTALE, brig_module_open(witness.path, witness.device + 1, witness.inode));
	EXPECT_ERR(ENOENT, brig_module_open("/nowhere", witness.device, witness.inode));
	(void)snprintf(fifo, sizeof fifo, "%s/fifo", test_tmpdir());
	ASSERT_INT_EQ(0, mkfifo(fifo, 0600));
	struct stat st;
	ASSERT_INT_EQ(0, stat(fifo, &st));
	EXPECT_ERR(ESTALE, brig_module_open(fifo, st.st_dev, st.st_ino));
}

TEST_C(symbol, what_is_no_program_has_none)
{
	brig_auto_fd int fd = memfd_create("text", MFD_CLOEXEC);
	char name[64] = "kept";
	uint64_t offset = 7;

	ASSERT_OK(fd);
	EXPECT_ERR(ENOEXEC, brig_symbol_find(fd, 0, name, sizeof name, &offset));
	EXPECT_INT_EQ(4, write(fd, "text", 4));
	EXPECT_ERR(ENOEXEC, brig_symbol_find(fd, 0, name, sizeof name, &offset));
	EXPECT_STR_EQ("kept", name);
	EXPECT_UINT_EQ(7, offset);
}

/* Cut short, or with wrong bytes: it says no, and nothing else happens. */
TEST_C(symbol, spoilt_programs_do_no_harm)
{
	struct brig_witness witness = { 0 };
	uint64_t seed = test_seed(), offset = 0;
	char name[64];
	struct stat st;

	see_myself(&witness);
	brig_auto_fd int fd = brig_module_open(witness.path, witness.device, witness.inode);
	ASSERT_OK(fd);
	ASSERT_INT_EQ(0, fstat(fd, &st));
	const size_t size = (size_t)st.st_size;
	brig_auto_free char *bytes = malloc(size);
	ASSERT_PTR_NOT_NULL(bytes);
	ASSERT_INT_EQ(st.st_size, pread(fd, bytes, size, 0));
	for (int round = 0; round < 200; round++) {
		brig_auto_fd int copy = memfd_create("spoilt", MFD_CLOEXEC);
		const size_t cut = round % 2 ? test_random(&seed) % size : size;

		ASSERT_OK(copy);
		ASSERT_INT_EQ((long long)cut, write(copy, bytes, cut));
		/* The first headers, and the last: tables of segments and of sections. */
		for (int i = 0; i < 8; i++) {
			const uint8_t byte = (uint8_t)test_random(&seed);
			const size_t near = test_random(&seed) % 1024;
			const size_t at = i % 2 ? near : size - 1 - near;

			ASSERT_INT_EQ(1, pwrite(copy, &byte, 1, (off_t)at));
		}
		(void)brig_symbol_find(copy, witness.offset, name, sizeof name, &offset);
	}
}

/* ---- who waits ---- */

/* In a process that shares our descriptors: the listener is in its table and ours. */
static void wait_in_a_call(atomic_int *listener)
{
	static const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
	};
	const struct brig_program filter = { .code = code, .length = 4 };
	int fd;

	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)prctl(PR_SET_NAME, "a\n\"\x1b", 0, 0, 0);
	fd = brig_program_load_listening(&filter);
	atomic_store(listener, fd ? fd : -EBADF);
	if (fd > 0)
		(void)syscall(SYS_getppid, 1, 2, 3);
	_exit(0);
}

static const struct brig_role role = { .name = "renderer" };

TEST_C_CHILD(symbol, who_was_killed_meanwhile_is_not_looked_at)
{
	atomic_int *listener = mmap(NULL, sizeof *listener, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct brig_forbidden forbidden;

	ASSERT_TRUE(listener != MAP_FAILED);
	const pid_t pid = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, 0);
	ASSERT_OK(pid);
	if (!pid)
		wait_in_a_call(listener);
	while (!atomic_load(listener))
		sched_yield();
	const int fd = atomic_load(listener);
	ASSERT_OK(fd);
	struct pollfd look = { .fd = fd, .events = POLLIN };
	ASSERT_INT_EQ(1, poll(&look, 1, 60000));
	ASSERT_OK(brig_forbidden_read(fd, &forbidden));
	EXPECT_INT_EQ(pid, forbidden.thread);
	EXPECT_INT_EQ(SYS_getppid, forbidden.call.nr);

	struct brig_case *case_ = brig_case_open(&role, 5, -1, "");
	ASSERT_PTR_NOT_NULL(case_);
	brig_case_see(case_, fd, &forbidden, pid);
	EXPECT_STR_EQ("a\\x0a\\x22\\x1b", case_->record.thread);
	EXPECT_PTR_NULL(case_->witness.unknown);
	EXPECT_UINT_EQ(2, case_->record.args[1]);
	free(brig_case_close(case_));

	/* Dead, and not reaped: its number is still its own, and /proc has it. */
	ASSERT_INT_EQ(0, kill(pid, SIGKILL));
	siginfo_t info;
	ASSERT_INT_EQ(0, waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT));
	case_ = brig_case_open(&role, 5, -1, "");
	ASSERT_PTR_NOT_NULL(case_);
	brig_case_see(case_, fd, &forbidden, pid);
	EXPECT_STR_EQ("", case_->record.thread);
	EXPECT_STR_EQ("it was killed before it could be looked at", case_->witness.unknown);
	EXPECT_INT_EQ(1, case_->record.trusted); /* the kernel's word stays */
	free(brig_case_close(case_));
	ASSERT_INT_EQ(pid, waitpid(pid, NULL, 0));
}
