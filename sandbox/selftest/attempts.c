/* What a child that was taken over would try. One row an attempt. */
#include "sandbox/selftest/attempt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define LAST_DESCRIPTOR 256

void brig_attempt_mark(struct brig_attempt_context *context, long call)
{
	context->page->call = call;
	context->page->state = BRIG_ATTEMPT_MARKED;
}

int brig_attempt_call(struct brig_attempt_context *context, long call, long a, long b, long c,
		      long d, long e, long f)
{
	brig_attempt_mark(context, call);
	return syscall(call, a, b, c, d, e, f) < 0 ? errno : 0;
}

int brig_attempt_plain(struct brig_attempt_context *context)
{
	const struct brig_attempt *row = brig_attempt_at(context->page->attempt);
	const uintptr_t *a = row->args;
	int r = brig_attempt_call(context, row->call, (long)a[0], (long)a[1], (long)a[2],
				  (long)a[3], (long)a[4], (long)a[5]);

	return r == row->reached ? 0 : r;
}

static int seize(struct brig_attempt_context *context)
{
	return brig_attempt_call(context, SYS_ptrace, PTRACE_ATTACH, context->page->canary_pid, 0,
				 0, 0, 0);
}

static int open_canary(struct brig_attempt_context *context)
{
	return brig_attempt_call(context, SYS_openat, AT_FDCWD, (long)context->page->canary_file,
				 O_RDWR, 0, 0, 0);
}

static int read_memory(struct brig_attempt_context *context)
{
	char secret[32];
	struct iovec here = { .iov_base = secret, .iov_len = sizeof secret };
	struct iovec there = { .iov_base = (void *)(uintptr_t)context->page->canary_address,
			       .iov_len = sizeof secret };

	return brig_attempt_call(context, SYS_process_vm_readv, context->page->canary_pid,
				 (long)&here, 1, (long)&there, 1, 0);
}

static int read_inherited(struct brig_attempt_context *context)
{
	char byte;

	for (int fd = context->granted + 1; fd < LAST_DESCRIPTOR; fd++)
		if (!brig_attempt_call(context, SYS_pread64, fd, (long)&byte, 1, 0, 0, 0))
			return 0;
	return EBADF;
}

static int send_nonsense(struct brig_attempt_context *context)
{
	char nonsense[] = "nonsense";
	struct iovec bytes = { .iov_base = nonsense, .iov_len = sizeof nonsense };
	struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1 };

	return brig_attempt_call(context, SYS_sendmsg, context->channel, (long)&message, 0, 0, 0,
				 0);
}

static const struct brig_attempt attempts[] = {
	{ .id = "ptrace.attach",
	  .what = "seizes another process of its user",
	  .groups = "SNL",
	  .expected = "KILL",
	  .behind = "EPERM|ESRCH",
	  .run = seize },
	{ .id = "vm.read",
	  .what = "reads another process's memory",
	  .groups = "SNL",
	  .expected = "KILL",
	  .behind = "EPERM|ESRCH",
	  .run = read_memory },
	{ .id = "kill.all",
	  .what = "ends every process that it may",
	  .groups = "SN",
	  .expected = "EPERM",
	  .behind = "ESRCH",
	  .run = brig_attempt_plain,
	  .call = SYS_kill,
	  .args = { (uintptr_t)-1, SIGKILL } },
	{ .id = "open.canary",
	  .what = "opens a file of its user's",
	  .groups = "SNL",
	  .expected = "EACCES",
	  .by_role = "codec: EPERM; service: EPERM",
	  .behind = "EACCES|ENOENT",
	  .run = open_canary },
	{ .id = "mmap.wx",
	  .what = "makes memory that is writable and executable",
	  .groups = "SM",
	  .expected = "EPERM",
	  .behind = "EACCES",
	  .run = brig_attempt_plain,
	  .call = SYS_mmap,
	  .args = { 0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
		    (uintptr_t)-1, 0 } },
	{ .id = "fds.inherited",
	  .what = "reads a descriptor that an embedder left open",
	  .groups = "F",
	  .expected = "EBADF",
	  .behind = "EBADF",
	  .run = read_inherited },
	{ .id = "message.nonsense",
	  .what = "sends the broker what is no message",
	  .groups = "B",
	  .expected = "BAD",
	  .run = send_nonsense },
};

size_t brig_attempts_count(void)
{
	return sizeof attempts / sizeof *attempts;
}

const struct brig_attempt *brig_attempt_at(size_t index)
{
	return index < brig_attempts_count() ? &attempts[index] : NULL;
}

const struct brig_attempt *brig_attempt_find(const char *id)
{
	for (size_t i = 0; i < brig_attempts_count(); i++)
		if (!strcmp(attempts[i].id, id))
			return &attempts[i];
	return NULL;
}

void brig_attempt_run(struct brig_attempt_context *context)
{
	const struct brig_attempt *row = brig_attempt_at(context->page->attempt);

	context->page->error = row->run(context);
	context->page->state = BRIG_ATTEMPT_RETURNED;
}
