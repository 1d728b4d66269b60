/* tools/policy/watch.h - run a program and see each system call that it and its children make. */
#ifndef TOOLS_POLICY_WATCH_H
#define TOOLS_POLICY_WATCH_H

#include <linux/seccomp.h>
#include <signal.h>

/*
 * A call that is about to be made. 0: the kernel goes on with it; a positive errno: it fails with
 * that.
 */
typedef int (*watch_fn)(void *user, const struct seccomp_data *call);

struct watch_result {
	int status;          /* of the program, as waitpid() tells */
	int start_error;     /* it could not be started: errno of execvp() */
	int left_running;    /* 1: a signal ended the watch before all processes had ended */
	const char *missing; /* on failure: what could not be had */
};

/*
 * Until @command and all that it started have ended. SIGINT, SIGTERM, SIGHUP and SIGQUIT go to the
 * program; once it is gone they end the watch. Reaps every child of this process.
 *
 * Returns 0, or -errno with @ret->missing: -EBUSY if something above watches already.
 */
int watch_run(char *const *command, watch_fn see, void *user, struct watch_result *ret);

/* ---- between its files ---- */

/* Shared memory: what the child can still say when all its calls wait for a listener. */
struct watched_note {
	int error;           /* errno of what failed */
	const char *missing; /* that failed; NULL: execvp */
};

/* The child: the filter, the listener to @to, exec. */
_Noreturn void watched_run(char *const *command, int to, const sigset_t *mask,
			   volatile struct watched_note *note);

#endif
