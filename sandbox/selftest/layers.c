/* One layer is put on: by the very steps that a child takes, in their order, and no more of them.
 */
#include "sandbox/selftest/probe.h"

#include "sandbox/layers/seal.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct brig_steps *const tables[] = { &brig_steps_entry, &brig_steps_shared,
						   &brig_steps_child };

#define N_TABLES (sizeof tables / sizeof *tables)

/* How many rows there are up to the layer's last; 0: it has none here. */
static size_t rows_to(const struct brig_steps *steps, enum brig_layer layer)
{
	size_t n = steps->n;

	while (n > 0 && steps->rows[n - 1].layer != layer)
		n--;
	return n;
}

bool brig_layer_stands_alone(enum brig_layer layer)
{
	const size_t n = rows_to(&brig_steps_entry, layer);

	if (brig_layer_is_brokers(layer))
		return true;
	/* Of capabilities a bound is dropped, for which one is needed. */
	if (layer == BRIG_LAYER_CAPS || layer == BRIG_LAYER_USER_NS)
		return false;
	/* What comes before the user namespace can't need it. */
	if (n > 0 && n < rows_to(&brig_steps_entry, BRIG_LAYER_USER_NS))
		return true;
	return rows_to(&brig_steps_child, layer) > 0 ||
	       (rows_to(&brig_steps_shared, layer) > 0 && !brig_layer_ground(layer));
}

/* The prober's own descriptors stay; the filter that is tried is the last; the rest isn't needed.
 */
static bool belongs(const struct brig_step *step, enum brig_layer wanted)
{
	const struct brig_role *role = &brig_role_renderer;

	if (step->layer == wanted)
		return true;
	if (step->layer == BRIG_LAYER_COUNT || step->layer == BRIG_LAYER_FDS ||
	    step->layer == BRIG_LAYER_SECCOMP)
		return false;
	return role->layers[step->layer] == BRIG_REQUIRED;
}

/*
 * One that fails ends it: what comes next would change the system's own mounts and limits. In a
 * child's steps there is nothing like that, and none is the ground of another.
 */
static int run_steps(struct brig_seal *seal, const struct brig_steps *steps, size_t n,
		     enum brig_layer layer, struct brig_probe_report *report)
{
	for (size_t i = 0; i < n; i++) {
		const struct brig_step *step = &steps->rows[i];

		if (!belongs(step, layer))
			continue;
		report->layer = step->layer;
		report->stage = step->stage;
		int r = step->run(seal);
		if (r < 0 && (step->layer == layer || steps != &brig_steps_child))
			return r;
	}
	return 0;
}

static int try_fds(struct brig_probe_report *report)
{
	report->stage = BRIG_STAGE_FDS;
	return syscall(SYS_close_range, ~0u, ~0u, 0) < 0 ? -errno : 0;
}

static int try_pid_ns(struct brig_probe_report *report)
{
	int status;

	report->layer = BRIG_LAYER_PID_NS;
	report->stage = BRIG_STAGE_FORK;
	long pid = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, 0);
	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(0);
	return waitpid((pid_t)pid, &status, 0) < 0 ? -errno : 0;
}

/* Every table up to the last that has a row of it; the last table of all for one that has none. */
static int run_tables(struct brig_seal *seal, enum brig_layer layer,
		      struct brig_probe_report *report)
{
	size_t last = N_TABLES;

	while (last > 0 && !rows_to(tables[last - 1], layer))
		last--;
	if (!last && layer != BRIG_LAYER_PID_NS)
		return -ENOSYS;
	if (layer == BRIG_LAYER_PID_NS)
		last = 2; /* it is entered by what the zygote does after its steps */
	for (size_t i = brig_layer_stands_alone(layer) ? last - 1 : 0; i < last; i++) {
		const bool whole = i + 1 < last || layer == BRIG_LAYER_PID_NS;
		int r = run_steps(seal, tables[i], whole ? tables[i]->n : rows_to(tables[i], layer),
				  layer, report);

		if (r < 0)
			return r;
	}
	return layer == BRIG_LAYER_PID_NS ? try_pid_ns(report) : 0;
}

int brig_probe_layer(struct brig_probe_report *report, const void *data)
{
	const enum brig_layer layer = *(const enum brig_layer *)data;
	const struct brig_tier full = { .least = BRIG_LEVEL_FULL };
	struct brig_seal seal;

	if (layer == BRIG_LAYER_FDS)
		return try_fds(report);
	if (layer == BRIG_LAYER_PRIORITY)
		return brig_probe_priority(report);
	if (layer == BRIG_LAYER_CGROUP_LIMITS)
		return brig_probe_cgroup_limits(report);
	if (layer == BRIG_LAYER_LANDLOCK) {
		const int abi = brig_landlock_abi();

		if (abi > 0)
			brig_landlock_describe(abi, brig_landlock_errata(), report->detail,
					       sizeof report->detail);
	}
	brig_seal_init(&seal, &brig_role_renderer, &full);
	seal.uid = BRIG_PROBE_UID;
	seal.filter = &brig_role_helper.filters[BRIG_AFTER_READY];
	return run_tables(&seal, layer, report);
}
