/* Did it hold, and for the reason that the row states? */
#include "tools/selftest/trial.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Is @word one of @list's words, between '|'? */
static bool lists(const char *list, const char *word)
{
	const size_t n = strlen(word);

	for (const char *at = list; at && *at; at = strchr(at, '|')) {
		at += *at == '|';
		if (!strncmp(at, word, n) && (!at[n] || at[n] == '|'))
			return true;
	}
	return false;
}

/* "renderer: EPERM; service: EACCES|EPERM", for one role; NULL: it says nothing of it. */
static const char *own_row(const char *by_role, const char *role, size_t *ret_n)
{
	const size_t n = strlen(role);

	for (const char *at = by_role; at && *at; at = strchr(at, ';')) {
		at += strspn(at, "; ");
		if (strncmp(at, role, n) || at[n] != ':')
			continue;
		at += n + 1;
		at += strspn(at, " ");
		*ret_n = strcspn(at, "; ");
		return at;
	}
	return NULL;
}

/* It has next to no calls, and none that fails; what is no call at all meets what it always does.
 */
static char *plain_expected(const struct brig_attempt *attempt, char *ret, size_t size)
{
	const bool kernel = !strcmp(attempt->groups, (const char[]){ BRIG_GROUP_KERNEL, '\0' });

	(void)snprintf(ret, size, "KILL%s%s", kernel ? "|" : "", kernel ? attempt->expected : "");
	return ret;
}

char *trial_expected(const struct brig_attempt *attempt, const struct selftest_column *column,
		     char *ret, size_t size)
{
	const bool filtered = !(column->off & (1u << BRIG_LAYER_SECCOMP));
	const char *behind = attempt->behind;
	size_t n = strlen(attempt->expected);
	const char *own = own_row(attempt->by_role, column->role->name, &n);

	if (!own && filtered && column->role->plain_channel)
		return plain_expected(attempt, ret, size);
	if (!own)
		own = attempt->expected;
	if (!filtered && behind)
		(void)snprintf(ret, size, "%s", behind);
	else if (column->tier < BRIG_LEVEL_FULL &&
		 behind) /* what a filter lets pass, others stop */
		(void)snprintf(ret, size, "%.*s|%s", (int)n, own, behind);
	else
		(void)snprintf(ret, size, "%.*s", (int)n, own);
	return ret;
}

static void name_signal(int number, char *ret, size_t size)
{
	const char *name = sigabbrev_np(number);

	(void)snprintf(ret, size, "SIG%s", name ? name : "?");
}

/* It made a call that its filter forbids: the one that it marked, as far as anybody knows? */
static void name_kill(const struct trial *trial, struct selftest_result *ret)
{
	const char *name = brig_call_name(trial->exit.arch, trial->exit.syscall);
	bool marked = trial->state == BRIG_ATTEMPT_MARKED;
	bool other = trial->exit.syscall >= 0 && (int)trial->exit.syscall != (int)trial->call;

	if (marked && !other) {
		(void)snprintf(ret->got, sizeof ret->got, "KILL");
		return;
	}
	(void)snprintf(ret->got, sizeof ret->got, "KILL %s",
		       marked ? "in another call" : "too soon");
	if (trial->exit.syscall >= 0)
		(void)snprintf(ret->why, sizeof ret->why, "it was %s (%d), not %d",
			       name ? name : "call", (int)trial->exit.syscall, (int)trial->call);
}

static void name_return(const struct trial *trial, struct selftest_result *ret)
{
	const char *name = strerrorname_np(trial->error);

	if (trial->state != BRIG_ATTEMPT_RETURNED)
		(void)snprintf(ret->got, sizeof ret->got, "left");
	else if (trial->error)
		(void)snprintf(ret->got, sizeof ret->got, "%s", name ? name : "?");
	else
		(void)snprintf(ret->got, sizeof ret->got, "not refused");
}

static void name_outcome(const struct trial *trial, struct selftest_result *ret)
{
	const struct brig_exit *exit = &trial->exit;

	switch (exit->class_) {
	case BRIG_EXIT_CLEAN:
		name_return(trial, ret);
		return;
	case BRIG_EXIT_SECCOMP:
		name_kill(trial, ret);
		return;
	case BRIG_EXIT_CRASH:
		name_signal(exit->code, ret->got, sizeof ret->got);
		break;
	case BRIG_EXIT_BAD_MESSAGE:
		(void)snprintf(ret->got, sizeof ret->got, "BAD");
		break;
	case BRIG_EXIT_HANG:
		(void)snprintf(ret->got, sizeof ret->got, "hung");
		break;
	default:
		(void)snprintf(ret->got, sizeof ret->got, "%s", brig_exit_class_name(exit->class_));
		break;
	}
	(void)brig_exit_describe(exit, ret->why, sizeof ret->why);
}

/* Was it done what was tried? A program that an attempt started can't come back and say so. */
static bool done(const struct trial *trial)
{
	if (trial->state == BRIG_ATTEMPT_RETURNED)
		return !trial->error;
	return trial->exit.class_ == BRIG_EXIT_CODE && trial->exit.code == BRIG_ATTEMPT_EXECED;
}

static enum selftest_verdict verdict(const struct trial *trial, const char *expected,
				     const char *got)
{
	/* What it sent may have gone out before the broker ended it for that. */
	const bool ended = trial->exit.class_ == BRIG_EXIT_BAD_MESSAGE && lists(expected, "BAD");

	if (trial->exit.class_ == BRIG_EXIT_LAUNCH_FAILED)
		return SELFTEST_UNTRIED;
	if (trial->harm)
		return SELFTEST_ESCAPED;
	if (done(trial) && !ended)
		return lists(expected, "OK") ? SELFTEST_HELD : SELFTEST_ESCAPED;
	if (trial->state == BRIG_ATTEMPT_WAITS)
		return SELFTEST_UNTRIED;
	if (lists(expected, got))
		return SELFTEST_HELD;
	return trial->state == BRIG_ATTEMPT_RETURNED && lists(expected, "HARMLESS")
		       ? SELFTEST_HELD
		       : SELFTEST_OTHERWISE;
}

bool trial_late(const struct trial *trial)
{
	const struct brig_exit *exit = &trial->exit;

	return exit->class_ == BRIG_EXIT_HANG ||
	       (exit->class_ == BRIG_EXIT_LAUNCH_FAILED && exit->error == ETIMEDOUT);
}

void trial_judge(const struct trial *trial, const struct selftest_column *column,
		 struct selftest_result *ret)
{
	char expected[TRIAL_EXPECTED_SIZE];

	*ret = (struct selftest_result){ .verdict = SELFTEST_UNTRIED };
	name_outcome(trial, ret);
	if (!column->ablation && trial->exit.class_ != BRIG_EXIT_LAUNCH_FAILED &&
	    trial->exit.level != column->tier) {
		(void)snprintf(ret->got, sizeof ret->got, "tier %s",
			       brig_level_name(trial->exit.level));
		return;
	}
	(void)trial_expected(trial->attempt, column, expected, sizeof expected);
	ret->verdict = verdict(trial, expected, ret->got);
	if (trial->harm)
		(void)snprintf(ret->why, sizeof ret->why, "%s", trial->harm);
	else if (trial->text[0] && !ret->why[0])
		(void)snprintf(ret->why, sizeof ret->why, "%s", trial->text);
}
