/*
 * brig trace -- COMMAND: the command's brokers write into a directory of ours beside FILE, and what
 * is there afterwards gets FILE's name. Signals are the command's to deal with.
 */
#include "tools/ipc/record.h"
#include "tools/command.h"

#include <brig/journal.h>

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_FOUND    127 /* as a shell says it */
#define NOT_RUNNABLE 126

extern char **environ;

static void said_signals(sigset_t *ret)
{
	static const int signals[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGCHLD };

	(void)sigemptyset(ret);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		(void)sigaddset(ret, signals[i]);
}

/* 0, or an errno. Its signals are as ours were. */
static int start(char *const *command, const sigset_t *mask, pid_t *ret)
{
	posix_spawnattr_t attributes;
	sigset_t pipe_signal;
	int r = posix_spawnattr_init(&attributes);

	if (r)
		return r;
	(void)sigemptyset(&pipe_signal);
	(void)sigaddset(&pipe_signal, SIGPIPE);
	r = posix_spawnattr_setsigmask(&attributes, mask);
	if (!r)
		r = posix_spawnattr_setsigdefault(&attributes, &pipe_signal);
	if (!r)
		r = posix_spawnattr_setflags(&attributes,
					     POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (!r)
		r = posix_spawnp(ret, command[0], NULL, &attributes, command, environ);
	(void)posix_spawnattr_destroy(&attributes);
	return r;
}

/* What a terminal sends goes to all of its foreground: the command has had it. */
static int wait_for(pid_t pid, const sigset_t *signals)
{
	int status = 0;

	for (;;) {
		siginfo_t info = { .si_signo = 0 };
		const int number = sigwaitinfo(signals, &info);

		if (number == SIGCHLD && waitpid(pid, &status, WNOHANG) == pid)
			return status;
		if (number > 0 && number != SIGCHLD && info.si_code != SI_KERNEL)
			(void)kill(pid, number);
	}
}

static int run(char *const *command, int *ret_status)
{
	sigset_t signals, before;
	pid_t pid = -1;

	said_signals(&signals);
	(void)sigprocmask(SIG_BLOCK, &signals, &before);
	const int r = start(command, &before, &pid);
	if (!r)
		*ret_status = wait_for(pid, &signals);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}

/* ---- what it left ---- */

static int is_journal(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".journal");
}

/* The first has FILE's name, others FILE.2 and so on. */
static bool keep(const char *dir, const char *name, const char *file, unsigned int number)
{
	char *from = NULL, *to = NULL, suffix[16] = "", safe[4400];

	if (number > 1)
		(void)snprintf(suffix, sizeof suffix, ".%u", number);
	const bool kept = asprintf(&from, "%s/%s", dir, name) > 0 &&
			  asprintf(&to, "%s%s", file, suffix) > 0 && rename(from, to) == 0;
	(void)escape_text(kept ? to : file, safe, sizeof safe);
	if (kept)
		(void)complain(0, "recorded: %s; 'brig trace %s' shows it", safe, safe);
	else
		(void)complain(0, "%s can't be written: %s", safe, strerror(errno));
	free(from);
	free(to);
	return kept;
}

/* How many were kept; -1: none, though there were some. */
static int keep_all(const char *dir, const char *file)
{
	struct dirent **entries = NULL;
	const int n = scandir(dir, &entries, is_journal, versionsort);
	int kept = 0;

	for (int i = 0; i < n; i++) {
		kept += keep(dir, entries[i]->d_name, file, (unsigned int)i + 1);
		free(entries[i]);
	}
	free(entries);
	return kept < n ? -1 : kept;
}

/* ---- all of it ---- */

/* With its status, as a shell would; or of its signal, without a second core. */
static int pass_on(int status)
{
	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	const int number = WTERMSIG(status);
	const struct rlimit no_core = { 0, 0 };
	sigset_t one;

	(void)sigemptyset(&one);
	(void)sigaddset(&one, number);
	(void)fflush(NULL);
	(void)setrlimit(RLIMIT_CORE, &no_core);
	(void)signal(number, SIG_DFL);
	(void)sigprocmask(SIG_UNBLOCK, &one, NULL);
	(void)raise(number);
	return 128 + number;
}

static int record_into(const char *dir, const char *file, char *const *command)
{
	char safe[1024];
	int status = 0;
	const int r = run(command, &status);

	(void)escape_text(command[0], safe, sizeof safe);
	if (r)
		return complain(r == ENOENT ? NOT_FOUND : NOT_RUNNABLE, "%s: %s", safe,
				strerror(r));
	const int kept = keep_all(dir, file);
	if (!kept)
		(void)complain(0, "%s created no broker of libbrig's: nothing was recorded", safe);
	if (kept < 1 && !status)
		return EXIT_SOME_FAILED;
	(void)rmdir(dir);
	return pass_on(status);
}

int record_command(const char *file, bool payloads, char *const *command)
{
	char dir[4200], full[4096], safe[4200];

	(void)snprintf(dir, sizeof dir, "%s.XXXXXX", file);
	if (strlen(file) >= sizeof full || !mkdtemp(dir))
		return complain(EXIT_USAGE, "nothing can be written beside %s: %s",
				escape_text(file, safe, sizeof safe), strerror(errno));
	/* The command may go elsewhere. */
	if (!realpath(dir, full) || setenv(BRIG_TRACE_DIR, full, 1) ||
	    setenv(BRIG_TRACE_PAYLOADS, payloads ? "1" : "", 1))
		return complain(EXIT_USAGE, "%s: %s", escape_text(dir, safe, sizeof safe),
				strerror(errno));
	const int status = record_into(dir, file, command);
	(void)rmdir(dir);
	return status;
}
