/* Outside the fences: one after the other, and what comes out of them. */
#include "tools/selftest/selftest.h"

#include "broker/broker.h"
#include "sandbox/base/cleanup.h"
#include "tools/command.h"
#include "tools/progress.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* No attempt takes longer, its launch included, before the fence itself is taken for stuck. */
#define SILENCE_MS 200000

struct progress {
	bool shown;
	size_t done, total;
};

/* Beside this command, or where an installation has it; by its descriptor ever after. */
static int open_child(void)
{
	static const char *const places[] = { "brig-selftest-child",
					      "../libexec/brig/brig-selftest-child",
					      BRIG_LIBEXECDIR "/brig-selftest-child" };
	char own[PATH_MAX], path[PATH_MAX + 64];
	ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
	size_t place = 0;
	int fd = -1, r = -ENOENT;

	own[n < 0 ? 0 : n] = '\0';
	char *slash = strrchr(own, '/');
	if (slash)
		slash[1] = '\0';
	for (size_t i = 0; r < 0 && i < sizeof places / sizeof *places; i++) {
		(void)snprintf(path, sizeof path, "%s%s", *places[i] == '/' ? "" : own, places[i]);
		r = brig_helper_open(path, &fd, &place);
	}
	return r < 0 ? r : fd;
}

static int next_note(int in, struct selftest_note *ret)
{
	struct pollfd wait = { .fd = in, .events = POLLIN };
	int r;

	do {
		r = poll(&wait, 1, SILENCE_MS);
	} while (r < 0 && errno == EINTR);
	if (r <= 0)
		return r ? -errno : -ETIMEDOUT;
	ssize_t n = read(in, ret, sizeof *ret);
	return n == sizeof *ret ? 0 : -EPIPE;
}

/* What the fence tells may be an attacker's, once it has got out: nothing is indexed unchecked. */
static bool take_result(struct selftest *selftest, const struct selftest_note *note)
{
	if (note->column >= selftest->n_columns || note->attempt >= selftest->n_attempts ||
	    note->result.verdict > SELFTEST_ESCAPED)
		return false;
	struct selftest_result *result =
		&selftest->results[note->column * selftest->n_attempts + note->attempt];
	*result = note->result;
	result->got[sizeof result->got - 1] = '\0';
	result->why[sizeof result->why - 1] = '\0';
	return true;
}

static int no_fence(const struct selftest_note *note)
{
	return complain(EXIT_NO_SANDBOX,
			"no fence can be had: %.*s\n"
			"Attempts are made only where one that succeeds reaches nothing of this "
			"machine: in user, pid,\nmount and network namespaces around them all. "
			"'brig doctor' says what is missing. Nothing was tried.",
			(int)sizeof note->result.why - 1, note->result.why);
}

static int listen_to(struct selftest *selftest, int in, struct progress *progress)
{
	struct selftest_note note;
	int r;

	while ((r = next_note(in, &note)) == 0) {
		if (note.kind == SELFTEST_NOTE_DONE)
			return EXIT_OK;
		if (note.kind == SELFTEST_NOTE_REFUSED)
			return no_fence(&note);
		if (!take_result(selftest, &note))
			return complain(EXIT_SOME_FAILED, "nonsense came out of the fence");
		if (progress->shown)
			progress_show(++progress->done, progress->total,
				      brig_attempt_at(note.attempt)->id);
	}
	return complain(EXIT_SOME_FAILED, "the fence %s",
			r == -ETIMEDOUT ? "hung, and was ended" : "ended before it was done");
}

static int run_tier(struct selftest *selftest, enum brig_level tier, struct progress *progress)
{
	brig_auto_fd int in = -1;
	pid_t pid;
	int r = selftest_fence_start(selftest, tier, selftest_suite_run, &pid, &in);

	if (r < 0)
		return complain(EXIT_NO_SANDBOX, "no fence can be had: %s", strerror(-r));
	int status = listen_to(selftest, in, progress);
	if (status)
		(void)kill(pid, SIGKILL); /* all that is in it dies with it */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return status;
}

static size_t count(const struct selftest *selftest, enum brig_level tier)
{
	size_t n = 0;

	for (size_t c = 0; c < selftest->n_columns; c++)
		for (size_t a = 0; a < selftest->n_attempts; a++)
			n += (!tier || selftest->columns[c].tier == tier) &&
			     selftest_wanted(selftest, c, a);
	return n;
}

int selftest_run(struct selftest *selftest)
{
	struct progress progress = { .shown = progress_wanted() && !selftest->json,
				     .total = count(selftest, BRIG_LEVEL_NONE) };
	brig_auto_fd int child = open_child();
	char path[64];
	int status = EXIT_OK;

	if (child < 0)
		return complain(EXIT_NO_SANDBOX, "brig-selftest-child can't be opened: %s",
				strerror(-child));
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", child);
	selftest->child_path = path;
	for (enum brig_level tier = BRIG_LEVEL_FULL; !status && tier != BRIG_LEVEL_NONE; tier--)
		if (count(selftest, tier))
			status = run_tier(selftest, tier, &progress);
	if (progress.shown)
		progress_clear();
	selftest->child_path = NULL;
	return status;
}
