/* The rows of a learnt role, each with what is true of it. */
#include "tools/policy/learnt.h"

#include "tools/policy/tool.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/*
 * What the same program makes in one run and not in the next: where memory lies decides whether
 * malloc grows, shrinks or moves it, and who comes first decides who waits. None of these opens
 * anything. A -1 stands for no argument.
 */
static const struct timely {
	const char *name;
	int argument;
	uint64_t value;
} timely[] = {
	{ "brk", -1, 0 },
	{ "clock_gettime", -1, 0 },
	{ "exit", -1, 0 },
	{ "exit_group", -1, 0 },
	{ "futex", 1, FUTEX_WAIT },
	{ "futex", 1, FUTEX_WAKE },
	{ "futex", 1, FUTEX_WAIT_BITSET },
	{ "getpid", -1, 0 },
	{ "getrandom", -1, 0 },
	{ "gettid", -1, 0 },
	{ "madvise", 2, MADV_DONTNEED },
	{ "mmap", 2, PROT_READ | PROT_WRITE },
	{ "mprotect", 2, PROT_READ | PROT_WRITE },
	{ "mremap", -1, 0 },
	{ "munmap", -1, 0 },
	{ "restart_syscall", -1, 0 },
	{ "rt_sigprocmask", -1, 0 },
	{ "rt_sigreturn", -1, 0 },
	{ "sched_yield", -1, 0 },
};

static const struct brig_call *call_of(const struct record *record, const char *name)
{
	const struct brig_call *call = brig_call_find(name, strlen(name));

	return call && call->number[record->arch] != BRIG_CALL_NONE ? call : NULL;
}

static struct record_call *seen_of(struct record *record, const struct brig_call *call)
{
	return &record->calls[call->number[record->arch]];
}

bool learnt_is_timely(const struct brig_call *call)
{
	for (size_t i = 0; i < sizeof timely / sizeof *timely; i++)
		if (!strcmp(timely[i].name, call->name))
			return true;
	return false;
}

void learnt_complete(struct record *record)
{
	for (size_t i = 0; i < sizeof timely / sizeof *timely; i++) {
		const struct brig_call *call = call_of(record, timely[i].name);
		uint64_t args[BRIG_CALL_ARGUMENTS] = { 0 };

		if (!call)
			continue;
		if (timely[i].argument >= 0)
			args[timely[i].argument] = timely[i].value;
		struct record_call *seen = seen_of(record, call);
		seen->lacking =
			seen->lacking ||
			!record_base_allows(record, (uint32_t)call->number[record->arch], args);
		record_add(record, call, args);
	}
}

/* ---- the head ---- */

/* What was run, on one line that is safe to read and can't end the comment. */
static void write_command(char *const *command, FILE *out)
{
	for (int i = 0; command[i]; i++) {
		const bool plain = *command[i] && !command[i][strcspn(command[i], " \t'\"$*#;&|")];
		char word[1024];

		(void)fprintf(out, plain ? " %s" : " \"%s\"",
			      escape_text(command[i], word, sizeof word));
	}
}

static void write_head(const struct record *record, char *const *command, const char *base,
		       FILE *out)
{
	char name[32];

	(void)fputs("# What brig policy learn saw of", out);
	write_command(command, out);
	(void)fputs("\n# It says nothing of what that run had no need of: read it, and try it on "
		    "all that the program is for.\n",
		    out);
	for (unsigned int i = 0; i < record->n_strangers; i++)
		(void)fprintf(out,
			      "# Made, but never allowed: call %d of architecture 0x%08x, %lu "
			      "times\n",
			      record->strangers[i].number, record->strangers[i].arch,
			      record->strangers[i].count);
	if (record->more_strangers)
		(void)fprintf(out, "# and %lu more like these\n", record->more_strangers);
	(void)fprintf(out, "role %s\n\n", tool_role_name(command[0], name));
	if (base)
		(void)fprintf(out, "include %s\n\n", base);
	else
		(void)fputs("default dangerous kill\n"
			    "default benign errno EPERM\n"
			    "default unknown errno ENOSYS\n\n",
			    out);
}

/* ---- rows ---- */

static void write_seen(const struct record *record, const struct brig_call *call, FILE *out)
{
	const struct record_call *seen = &record->calls[call->number[record->arch]];

	learnt_rule(record, call, out);
	(void)fprintf(out, " # made %lu time%s in the run that was watched", seen->count,
		      seen->count == 1 ? "" : "s");
	if (seen->any)
		(void)fprintf(out, ", with more different arguments than %d", RECORD_TUPLES);
	if (call->class_ == BRIG_CLASS_DANGEROUS)
		(void)fprintf(out, "; dangerous: it %s", call->why);
	(void)fputc('\n', out);
}

/* Its flags can't be checked, and libc copes without it. */
static bool is_clone3(const struct brig_call *call)
{
	return !strcmp(call->name, "clone3");
}

static void write_class(const struct record *record, bool dangerous, FILE *out)
{
	size_t n;
	const struct brig_call *calls = brig_calls(&n);

	for (size_t i = 0; i < n; i++) {
		if (calls[i].number[record->arch] == BRIG_CALL_NONE)
			continue;
		const struct record_call *seen = &record->calls[calls[i].number[record->arch]];
		if (seen->count && seen->lacking && !is_clone3(&calls[i]) &&
		    (calls[i].class_ == BRIG_CLASS_DANGEROUS) == dangerous)
			write_seen(record, &calls[i], out);
		else if (seen->count && is_clone3(&calls[i]) && !dangerous && !record->base)
			(void)fprintf(out,
				      "clone3: errno ENOSYS # asked for %lu times; its flags lie "
				      "in memory, where no filter sees them, and libc falls back "
				      "to clone\n",
				      seen->count);
	}
}

/* By number: what the table doesn't know. */
static void write_nameless(const struct record *record, FILE *out)
{
	for (uint32_t number = 0; number < RECORD_NUMBERS; number++)
		if (record->calls[number].count && record->calls[number].lacking &&
		    !brig_call_by_number(record->arch, number))
			(void)fprintf(out,
				      "%u: allow # made %lu times in the run that was watched; "
				      "newer than the table of calls\n",
				      number, record->calls[number].count);
}

/* Was it only added to the record, and does the base role not have it? */
static bool is_only_timely(const struct record *record, const struct brig_call *call)
{
	const struct record_call *seen = call ? &record->calls[call->number[record->arch]] : NULL;

	return seen && !seen->count && seen->lacking;
}

static void write_timely(const struct record *record, FILE *out)
{
	static const char why[] = " # not made, but libc does by timing and memory layout\n";
	const char *before = "";
	bool some = false;

	for (size_t i = 0; i < sizeof timely / sizeof *timely; i++) {
		const struct brig_call *call = call_of(record, timely[i].name);

		if (!is_only_timely(record, call) || timely[i].argument >= 0)
			continue;
		(void)fprintf(out, "%s%s", some ? ", " : "", call->name);
		some = true;
	}
	if (some)
		(void)fprintf(out, ": allow%s", why);
	for (size_t i = 0; i < sizeof timely / sizeof *timely; i++) {
		const struct brig_call *call = call_of(record, timely[i].name);

		if (!is_only_timely(record, call) || timely[i].argument < 0 ||
		    !strcmp(before, call->name))
			continue;
		before = call->name;
		learnt_rule(record, call, out);
		(void)fputs(why, out);
	}
}

int learnt_write(const struct record *record, char *const *command, const char *base, FILE *out)
{
	write_head(record, command, base, out);
	write_class(record, true, out);
	write_class(record, false, out);
	write_nameless(record, out);
	write_timely(record, out);
	int r = learnt_twins(record, out);
	return !r && ferror(out) ? -EIO : r;
}
