/* Escape attempts: the child's side of running one. */
#include "sandbox/selftest/attempts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct brig_attempt_table *const tables[] = {
	&brig_attempts_files,  &brig_attempts_rights, &brig_attempts_processes,
	&brig_attempts_memory, &brig_attempts_doors,  &brig_attempts_network,
	&brig_attempts_broker, &brig_attempts_limits, &brig_attempts_calls,
};

#define N_TABLES (sizeof tables / sizeof *tables)

const struct brig_attempt *brig_attempt_at(size_t index)
{
	for (size_t i = 0; i < N_TABLES; i++) {
		if (index < tables[i]->n)
			return &tables[i]->rows[index];
		index -= tables[i]->n;
	}
	return NULL;
}

size_t brig_attempts_count(void)
{
	size_t n = 0;

	for (size_t i = 0; i < N_TABLES; i++)
		n += tables[i]->n;
	return n;
}

const struct brig_attempt *brig_attempt_find(const char *id)
{
	const struct brig_attempt *row;

	for (size_t i = 0; (row = brig_attempt_at(i)); i++)
		if (strcmp(row->id, id) == 0)
			return row;
	return NULL;
}

long brig_attempt_raw(long call, long a, long b, long c, long d, long e, long f)
{
	long r = syscall(call, a, b, c, d, e, f);

	return r == -1 ? -errno : r;
}

void brig_attempt_mark(struct brig_attempt_context *context, long call)
{
	context->page->call = call;
	__atomic_store_n(&context->page->state, BRIG_ATTEMPT_MARKED, __ATOMIC_SEQ_CST);
}

int brig_attempt_refusal(long result)
{
	return result < 0 && result > -4096 ? (int)-result : 0;
}

int brig_attempt_call(struct brig_attempt_context *context, long call, long a, long b, long c,
		      long d, long e, long f)
{
	brig_attempt_mark(context, call);
	return brig_attempt_refusal(brig_attempt_raw(call, a, b, c, d, e, f));
}

int brig_attempt_plain(struct brig_attempt_context *context)
{
	const struct brig_attempt *row = brig_attempt_at(context->page->attempt);
	const uintptr_t *args = row->args;
	int error = brig_attempt_call(context, row->call, (long)args[0], (long)args[1],
				      (long)args[2], (long)args[3], (long)args[4], (long)args[5]);

	if (!error || error != row->reached)
		return error;
	brig_attempt_say(context, "it got past the check of rights");
	return 0;
}

void brig_attempt_say(struct brig_attempt_context *context, const char *text)
{
	const size_t n = strnlen(text, sizeof context->page->text - 1);

	for (size_t i = 0; i < n; i++)
		context->page->text[i] = text[i];
	context->page->text[n] = '\0';
}

const char *brig_attempt_path(const struct brig_attempt_context *context, const char *head,
			      const char *tail, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%s%s%s", head, context->page->canary_file, tail);
	return ret;
}

const char *brig_attempt_proc(const struct brig_attempt_context *context, const char *name,
			      char *ret, size_t size)
{
	(void)snprintf(ret, size, "/proc/%d/%s", context->page->canary_pid, name);
	return ret;
}

long brig_attempt_canary_pidfd(struct brig_attempt_context *context)
{
	return TRY(context, SYS_pidfd_open, context->page->canary_pid, 0);
}

void brig_attempt_run(struct brig_attempt_context *context)
{
	struct brig_attempt_page *page = context->page;
	const struct brig_attempt *row = brig_attempt_at(page->attempt);

	brig_attempt_say(context, "");
	page->call = -1;
	page->error = row ? row->run(context) : EINVAL;
	__atomic_store_n(&page->state, BRIG_ATTEMPT_RETURNED, __ATOMIC_SEQ_CST);
}
