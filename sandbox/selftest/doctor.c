/* Which layers this machine gives: each really tried, in a throw-away child, with a deadline. */
#include "sandbox/base/cleanup.h"
#include "sandbox/layers/seal.h"

#include <brig/doctor.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROBE_MS 10000
/* Any uid that is nobody's: only a throw-away child has it, and only when root asks. */
#define PROBE_UID 0x70ffffffu

struct verdict {
	int error;
	enum brig_layer cause;
	char detail[120];
};

/* What changes a process alone stands on nothing: it can be tried without any namespace. */
static bool stands_alone(enum brig_layer layer)
{
	switch (layer) {
	case BRIG_LAYER_RLIMITS:
	case BRIG_LAYER_MDWE:
	case BRIG_LAYER_DUMPABLE:
	case BRIG_LAYER_NO_NEW_PRIVS:
	case BRIG_LAYER_LANDLOCK:
	case BRIG_LAYER_SECCOMP:
	case BRIG_LAYER_TSC:
	case BRIG_LAYER_SPECULATION:
	case BRIG_LAYER_CORE_SCHED:
	case BRIG_LAYER_MSEAL:
		return true;
	default:
		return false;
	}
}

struct attempt {
	struct brig_seal seal;
	enum brig_layer layer, cause;
	bool reached;
};

/*
 * Every step up to the last of the layer. One that fails ends it: what comes next would change the
 * system's own mounts and limits. In a child's steps there is nothing like that.
 */
static int run_steps(struct attempt *attempt, const struct brig_steps *steps)
{
	for (size_t i = 0; i < steps->n; i++) {
		const struct brig_step *step = &steps->rows[i];
		bool wanted = step->layer == attempt->layer;

		/* The prober's own descriptors stay; its filter is the one that is tried. */
		if (step->stage == BRIG_STAGE_FDS && !wanted)
			continue;
		if (step->layer == BRIG_LAYER_SECCOMP && !wanted)
			continue;
		if (step->stage == BRIG_STAGE_PROBE || (step->layer > attempt->layer && !wanted))
			continue;
		attempt->reached = attempt->reached || wanted;
		int r = step->run(&attempt->seal);
		if (r < 0 && (wanted || steps != &brig_steps_child)) {
			attempt->cause = step->layer;
			return r;
		}
	}
	return 0;
}

static int try_fds(void)
{
	return syscall(SYS_close_range, ~0u, ~0u, 0) < 0 ? -errno : 0;
}

static int try_pid_ns(void)
{
	long pid = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, 0);
	int status;

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(0);
	return waitpid((pid_t)pid, &status, 0) < 0 ? -errno : 0;
}

static int try_layer(enum brig_layer layer, enum brig_layer *ret_cause)
{
	const struct brig_tier full = { .least = BRIG_LEVEL_FULL };
	/* A step may need every layer before it, but no more than that. */
	struct attempt attempt = {
		.layer = layer == BRIG_LAYER_PID_NS ? BRIG_LAYER_ROOT : layer,
		.cause = layer,
	};

	*ret_cause = layer;
	brig_seal_init(&attempt.seal, &brig_role_renderer, &full);
	attempt.seal.uid = PROBE_UID;
	attempt.seal.filter = &brig_role_helper.filters[BRIG_AFTER_READY];
	if (layer == BRIG_LAYER_FDS)
		return try_fds();
	int r = run_steps(&attempt, &brig_steps_entry);
	if (!r)
		r = run_steps(&attempt, &brig_steps_shared);
	if (!r && layer == BRIG_LAYER_PID_NS)
		return try_pid_ns();
	if (!r || (stands_alone(layer) && !attempt.reached))
		r = run_steps(&attempt, &brig_steps_child);
	if (r < 0)
		*ret_cause = attempt.cause;
	return !r && !attempt.reached ? -ENOSYS : r;
}

static _Noreturn void probe(enum brig_layer layer, int out)
{
	struct verdict verdict = { .cause = layer };
	int abi = brig_landlock_abi();

	verdict.error = -try_layer(layer, &verdict.cause);
	if (layer == BRIG_LAYER_LANDLOCK && abi > 0)
		(void)snprintf(verdict.detail, sizeof verdict.detail, "ABI %d", abi);
	if (write(out, &verdict, sizeof verdict) < 0)
		_exit(1);
	_exit(0);
}

static int read_verdict(int in, struct verdict *ret)
{
	struct pollfd wait = { .fd = in, .events = POLLIN };
	int r;

	do {
		r = poll(&wait, 1, PROBE_MS);
	} while (r < 0 && errno == EINTR);
	if (r <= 0)
		return r ? -errno : -ETIMEDOUT;
	return read(in, ret, sizeof *ret) == sizeof *ret ? 0 : -EPROTO;
}

static int find(enum brig_layer layer, struct brig_doctor_finding *ret)
{
	struct verdict verdict;
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -errno;
	brig_auto_fd int in = pipes[0];
	brig_auto_fd int out = pipes[1];
	pid_t pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		probe(layer, out);
	brig_close_fd(&out);
	int r = read_verdict(in, &verdict);
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	*ret = (struct brig_doctor_finding){ .layer = layer,
					     .want = brig_role_renderer.layers[layer],
					     .error = r ? -r : verdict.error,
					     .cause = r ? layer : verdict.cause };
	if (!r)
		memcpy(ret->detail, verdict.detail, sizeof ret->detail);
	return 0;
}

int brig_doctor_run(void (*on_finding)(void *user, const struct brig_doctor_finding *f), void *user)
{
	int missing = 0;

	for (int layer = 0; layer < BRIG_LAYER_COUNT; layer++) {
		struct brig_doctor_finding finding = { .error = 0 };
		int r = find((enum brig_layer)layer, &finding);

		if (r < 0)
			return r;
		missing += finding.error && finding.want == BRIG_REQUIRED;
		on_finding(user, &finding);
	}
	return missing;
}
