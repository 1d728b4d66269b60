/* Processes: to their first reply, and to their end, against a bare fork and against bwrap. */
#include "tests/bench/bench.h"

#include "broker/process/process.h"
#include "sandbox/base/cleanup.h"
#include "sandbox/policy/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>

struct spawn {
	struct brig_broker *broker;
	struct bench_bare *bare, *least;
	char dir[4096];
	char filter[4200]; /* a compiled filter, for bwrap */
	bool ready, exited;
	uint64_t ready_ns;
	struct brig_exit exit;
};

/* Its first message has come, and it is attested. The end of its channel ends it. */
static void ready(void *user, struct brig_process *process)
{
	struct spawn *spawn = user;

	spawn->ready_ns = bench_now_ns();
	spawn->ready = true;
	(void)shutdown(process->peer.channel.fd, SHUT_RDWR);
}

static void exited(void *user, struct brig_process *process, const struct brig_exit *exit)
{
	struct spawn *spawn = user;
	(void)process;

	spawn->exited = true;
	spawn->exit = *exit;
}

static int launch(struct spawn *spawn, uint64_t *ret_first_ns, uint64_t *ret_reaped_ns)
{
	static const struct brig_process_listener listener = { ready, exited };
	const struct brig_launch_request request = { .role = &brig_role_renderer,
						     .plugin_fd = -1,
						     .timeout_ms = 10000 };
	const uint64_t start = bench_now_ns();
	struct brig_process *process;

	spawn->ready = spawn->exited = false;
	int r = brig_process_launch(spawn->broker, &request, &listener, spawn, &process);
	if (r)
		return r;
	while (!spawn->exited)
		if (brig_broker_run(spawn->broker, 20000) <= 0)
			return -ETIMEDOUT;
	if (!spawn->ready || spawn->exit.class_ != BRIG_EXIT_LOST_BROKER)
		return -EPROTO; /* a child that was lost by its broker ends so */
	*ret_first_ns = spawn->ready_ns - start;
	*ret_reaped_ns = bench_now_ns() - start;
	return 0;
}

static int reply_ours(void *state, uint64_t *ret_ns)
{
	uint64_t reaped;

	return launch(state, ret_ns, &reaped);
}

static int exit_ours(void *state, uint64_t *ret_ns)
{
	uint64_t first;

	return launch(state, &first, ret_ns);
}

static int reply_bare(void *state, uint64_t *ret_ns)
{
	struct spawn *spawn = state;

	return bench_bare_fork(spawn->bare, ret_ns, NULL);
}

static int reply_least(void *state, uint64_t *ret_ns)
{
	struct spawn *spawn = state;

	return bench_bare_fork(spawn->least, ret_ns, NULL);
}

static int exit_bare(void *state, uint64_t *ret_ns)
{
	struct spawn *spawn = state;

	return bench_bare_fork(spawn->bare, NULL, ret_ns);
}

static int exit_bwrap(void *state, uint64_t *ret_ns)
{
	static char bwrap[] = "bwrap", all[] = "--unshare-all", bind[] = "--ro-bind", root[] = "/",
		    filter[] = "--seccomp", fd[] = "9", command[] = "true";
	static char *const argv[] = { bwrap, all, bind, root, root, filter, fd, command, NULL };
	struct spawn *spawn = state;

	return bench_command(argv, spawn->filter, ret_ns);
}

/* As large as a role's, and bwrap may start its command behind it. */
static int write_filter(const char *path)
{
	static const char text[] = "role bench\n"
				   "default benign allow\n"
				   "default unknown allow\n"
				   "default dangerous kill\n"
				   "execve: allow # bwrap starts the command behind it\n";
	struct brig_policy *policy = NULL;
	size_t n = 0;
	int r = brig_policy_parse("bench", text, sizeof text - 1, NULL, &policy, NULL);

	if (r)
		return r;
	const void *program = brig_policy_program(policy, BRIG_AFTER_READY, &n);
	const size_t size = n * sizeof(struct sock_filter);
	brig_auto_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, program, size) != (ssize_t)size)
		r = fd < 0 ? -errno : -EIO;
	brig_policy_unref(policy);
	return r;
}

static void tear_down(void *state)
{
	struct spawn *spawn = state;

	brig_broker_destroy(spawn->broker);
	bench_bare_destroy(spawn->bare);
	bench_bare_destroy(spawn->least);
	bench_dir_remove(spawn->dir);
	free(spawn);
}

static int set_up(void **ret)
{
	struct spawn *spawn = calloc(1, sizeof *spawn);

	if (!spawn)
		return -ENOMEM;
	int r = bench_dir_create(spawn->dir, sizeof spawn->dir);
	(void)snprintf(spawn->filter, sizeof spawn->filter, "%s/filter", spawn->dir);
	if (!r)
		r = write_filter(spawn->filter);
	if (!r)
		r = bench_bare_create(BENCH_FORK_SERVER, &spawn->bare);
	if (!r)
		r = bench_bare_create(BENCH_LEAST_SERVER, &spawn->least);
	if (!r)
		r = bench_broker_create(&spawn->broker);
	if (r) {
		tear_down(spawn);
		return r;
	}
	*ret = spawn;
	return 0;
}

#define OURS "spawn a renderer from the zygote, fully sealed, to its first message, attested"
#define BARE "bare fork by the same hop, from a server with the zygote's libraries"

static const struct bench_row rows[] = {
	{ "spawn-reply", OURS, BARE ", to first message", reply_ours, reply_bare, 2, 400, 0, NULL },
	{ "spawn-reply-least", OURS, "the same from a server with libc alone", reply_ours,
	  reply_least, 3, 400, 0, NULL },
	{ "spawn-exit-fork", "the same with exit and reap", BARE ", with exit and reap", exit_ours,
	  exit_bare, 3, 400, 0, NULL },
	{ "spawn-exit-bwrap", "the same with exit and reap",
	  "bwrap --unshare-all --ro-bind / / --seccomp FD true", exit_ours, exit_bwrap, 1.0 / 15,
	  100, 5, NULL },
};

const struct bench_group bench_spawn = { set_up, tear_down, rows, sizeof rows / sizeof *rows };
