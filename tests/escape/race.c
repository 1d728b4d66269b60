#include "tests/escape/race.h"

#include "sandbox/policy/policy.h"
#include "sandbox/roles/role.h"
#include "tests/support/outside.h"

#include <dirent.h>
#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHAINS      4
#define CHAIN_MAX   64 /* threads of one chain */
#define STACK_BYTES 16384
#define DEADLINE_S  30

struct racer {
	struct race *race;
	unsigned int chain, n;
};

struct race {
	atomic_uint started; /* chains whose first thread runs */
	atomic_uint over;    /* chains that make no more */
	atomic_uint cut;     /* of these, refused by the filter */
	atomic_uint sealed;  /* the main thread is done: a futex */
	atomic_int loaded;
	atomic_uint never; /* the futex that everybody waits for, in vain */
	struct racer racers[CHAINS][CHAIN_MAX];
	char stacks[CHAINS][CHAIN_MAX][STACK_BYTES] __attribute__((aligned(16)));
};

/* All they share is this memory, and no thread has a libc of its own: no sanitizer for them. */
#define BARE __attribute__((no_sanitize("address", "undefined"), noinline))

#define THREAD_FLAGS                                                                               \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

static int link_of_chain(void *user);

BARE static bool make_thread(struct race *race, unsigned int chain, unsigned int n)
{
	struct racer *racer = &race->racers[chain][n];

	*racer = (struct racer){ .race = race, .chain = chain, .n = n };
	return clone(link_of_chain, race->stacks[chain][n] + STACK_BYTES, THREAD_FLAGS, racer) > 0;
}

BARE static void wait_in_vain(struct race *race)
{
	for (;;)
		(void)syscall(SYS_futex, &race->never, FUTEX_WAIT, 0, NULL, NULL, 0);
}

BARE static int link_of_chain(void *user)
{
	struct racer *racer = user;
	struct race *race = racer->race;

	if (racer->n == 0)
		atomic_fetch_add(&race->started, 1);
	if (racer->n + 1 == CHAIN_MAX) {
		atomic_fetch_add(&race->over, 1);
	} else if (!make_thread(race, racer->chain, racer->n + 1)) {
		atomic_fetch_add(&race->cut, 1);
		atomic_fetch_add(&race->over, 1);
	}
	wait_in_vain(race);
	return 0;
}

BARE static _Noreturn void lock_down(struct race *race, bool listening, uint32_t spin)
{
	const struct brig_program *filter = &brig_role_renderer.filters[BRIG_AFTER_READY];

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(1);
	for (unsigned int chain = 0; chain < CHAINS; chain++)
		if (!make_thread(race, chain, 0))
			_exit(1);
	while (atomic_load(&race->started) < CHAINS)
		(void)sched_yield();
	for (volatile uint32_t i = 0; i < spin; i++)
		;
	atomic_store(&race->loaded,
		     listening ? brig_program_load_listening(filter) : brig_program_load(filter));
	while (atomic_load(&race->over) < CHAINS)
		;
	atomic_store(&race->sealed, 1);
	(void)syscall(SYS_futex, &race->sealed, FUTEX_WAKE, 1, NULL, NULL, 0);
	wait_in_vain(race);
	_exit(1);
}

static void count_tasks(pid_t pid, struct race_result *ret)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	DIR *tasks = opendir(path);
	for (const struct dirent *e = tasks ? readdir(tasks) : NULL; e; e = readdir(tasks)) {
		if (e->d_name[0] == '.')
			continue;
		ret->tasks++;
		/* A thread's number names it in /proc, too, though it isn't listed there. */
		ret->unfiltered +=
			outside_status((pid_t)strtol(e->d_name, NULL, 10), "Seccomp", 10) != 2;
	}
	if (tasks)
		(void)closedir(tasks);
}

static int wait_sealed(struct race *race, pid_t pid)
{
	const struct timespec slice = { .tv_nsec = 100 * 1000 * 1000 };
	siginfo_t info;

	for (int i = 0; i < DEADLINE_S * 10 && !atomic_load(&race->sealed); i++) {
		(void)syscall(SYS_futex, &race->sealed, FUTEX_WAIT, 0, &slice, NULL, 0);
		info.si_pid = 0;
		if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
		    info.si_pid)
			return -ECHILD;
	}
	return atomic_load(&race->sealed) ? 0 : -ETIMEDOUT;
}

int race_run(bool listening, uint32_t spin, struct race_result *ret)
{
	struct race *race = mmap(NULL, sizeof *race, PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	memset(ret, 0, sizeof *ret);
	if (race == MAP_FAILED)
		return -errno;
	pid_t pid = fork();
	if (pid == 0)
		lock_down(race, listening, spin);
	int r = pid < 0 ? -errno : wait_sealed(race, pid);
	ret->loaded = atomic_load(&race->loaded);
	ret->cut = atomic_load(&race->cut);
	if (!r)
		count_tasks(pid, ret);
	if (pid > 0) {
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
	}
	(void)munmap(race, sizeof *race);
	return r;
}
