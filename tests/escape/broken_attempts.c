/*
 * Rows that are wrong, each in its way: the suite that has these must say so of every one. But for
 * "right" and "overwrite", and for "outside", which shows the fence.
 */
#include "sandbox/selftest/attempt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

void brig_attempt_mark(struct brig_attempt_context *context, long call)
{
	context->page->call = call;
	context->page->state = BRIG_ATTEMPT_MARKED;
}

static int refused(struct brig_attempt_context *context)
{
	brig_attempt_mark(context, SYS_kill);
	return syscall(SYS_kill, -1, SIGKILL) < 0 ? errno : 0;
}

static int another_call(struct brig_attempt_context *context)
{
	brig_attempt_mark(context, SYS_socket);
	return syscall(SYS_ptrace, 0, 0, 0, 0) < 0 ? errno : 0;
}

static int through(struct brig_attempt_context *context)
{
	brig_attempt_mark(context, SYS_exit);
	return 0;
}

static int hangs(struct brig_attempt_context *context)
{
	volatile bool forever = true;

	brig_attempt_mark(context, SYS_exit);
	while (forever)
		;
	return EPERM;
}

/* Where every user may write: with no layer at all only the fence is left. */
static int writes_outside(struct brig_attempt_context *context)
{
	brig_attempt_mark(context, SYS_openat);
	int fd = open("/var/tmp/brig-selftest-got-out", O_CREAT | O_WRONLY, 0600);
	return fd < 0 ? errno : 0;
}

static int overwrites(struct brig_attempt_context *context)
{
	char mine[] = "not the secret any more";
	struct iovec here = { .iov_base = mine, .iov_len = sizeof mine };
	struct iovec there = { .iov_base = (void *)(uintptr_t)context->page->canary_address,
			       .iov_len = sizeof mine };

	brig_attempt_mark(context, SYS_process_vm_writev);
	return process_vm_writev(context->page->canary_pid, &here, 1, &there, 1, 0) < 0 ? errno : 0;
}

static int never_begins(struct brig_attempt_context *context)
{
	(void)context;
	_exit(0);
}

static const struct brig_attempt attempts[] = {
	{ .id = "errno",
	  .what = "is refused with another errno",
	  .groups = "S",
	  .expected = "EACCES|ENOENT",
	  .run = refused },
	{ .id = "call",
	  .what = "dies in another call",
	  .groups = "S",
	  .expected = "KILL",
	  .run = another_call },
	{ .id = "through",
	  .what = "is not refused",
	  .groups = "S",
	  .expected = "EPERM",
	  .run = through },
	{ .id = "hangs", .what = "never ends", .groups = "S", .expected = "EPERM", .run = hangs },
	{ .id = "never",
	  .what = "never begins",
	  .groups = "S",
	  .expected = "EPERM",
	  .run = never_begins },
	{ .id = "outside",
	  .what = "makes a file outside",
	  .groups = "S",
	  .expected = "EACCES|ENOENT",
	  .behind = "EROFS",
	  .run = writes_outside },
	{ .id = "overwrite",
	  .what = "writes into the canary",
	  .groups = "SNL",
	  .expected = "KILL",
	  .behind = "EPERM|ESRCH",
	  .run = overwrites },
	{ .id = "right",
	  .what = "is refused as stated",
	  .groups = "S",
	  .expected = "EPERM",
	  .run = refused },
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
	context->page->error = attempts[context->page->attempt].run(context);
	context->page->state = BRIG_ATTEMPT_RETURNED;
}
