/* One child's group: its bounds, the child in it, what the kernel says of both. */
#include "broker/process/cgroup.h"

#include "broker/process/process.h"
#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_LENGTH    24
#define DEFAULT_WEIGHT 100 /* the kernel's own, of a group that says nothing */

/* As files of a group, in the order in which they are written. */
enum bound { MEMORY, SWAP, WHOLE, PROCESSES, WEIGHT, N_BOUNDS };

static const struct {
	const char *file;
	bool needed; /* else nothing is lost where the kernel has no such file */
} bounds[N_BOUNDS] = {
	[MEMORY] = { "memory.max", true },      [SWAP] = { "memory.swap.max", false },
	[WHOLE] = { "memory.oom.group", true }, [PROCESSES] = { "pids.max", true },
	[WEIGHT] = { "cpu.weight", false }, /* its nice value says the same */
};

/* False: not bounded. */
static bool bound_of(const struct brig_process *process, enum bound bound, uint64_t *ret)
{
	const uint64_t *limits = process->role->group_limits;
	const uint64_t weight = brig_priority_weight(process->priority);
	const struct {
		bool wanted;
		uint64_t value;
	} all[N_BOUNDS] = {
		[MEMORY] = { limits[BRIG_CGROUP_MEMORY] != 0, limits[BRIG_CGROUP_MEMORY] },
		[SWAP] = { limits[BRIG_CGROUP_MEMORY] != 0, 0 },
		[WHOLE] = { limits[BRIG_CGROUP_MEMORY] != 0, 1 },
		[PROCESSES] = { limits[BRIG_CGROUP_PROCESSES] != 0, limits[BRIG_CGROUP_PROCESSES] },
		[WEIGHT] = { weight != DEFAULT_WEIGHT, weight },
	};

	*ret = all[bound].value;
	return all[bound].wanted;
}

static struct brig_layer_state *state_of(struct brig_process *process)
{
	return &process->exit.layers[BRIG_LAYER_CGROUP_LIMITS];
}

static const char *name_of(const struct brig_process *process, char ret[NAME_LENGTH])
{
	(void)snprintf(ret, NAME_LENGTH, "%llu", (unsigned long long)process->exit.instance);
	return ret;
}

void brig_process_want_group(struct brig_process *process)
{
	const struct brig_cgroup *cgroup = &process->broker->cgroup;
	struct brig_layer_state *state = state_of(process);

	if (state->want == BRIG_OFF)
		return;
	if (cgroup->named < 0)
		state->error = ENOENT;
	else if (!cgroup->optional) /* who names one doesn't want to do without */
		state->want = BRIG_REQUIRED;
}

static int write_number(const struct brig_process *process, const char *file, uint64_t value)
{
	char name[NAME_LENGTH], text[24];

	(void)snprintf(text, sizeof text, "%llu", (unsigned long long)value);
	return brig_cgroup_write(process->broker->cgroup.own, name_of(process, name), file, text);
}

/* 0, or the first error of one that is needed; the others are put on all the same. */
static int put_bounds(const struct brig_process *process)
{
	int first = 0;

	for (int i = 0; i < N_BOUNDS; i++) {
		uint64_t value;
		int r = bound_of(process, (enum bound)i, &value)
				? write_number(process, bounds[i].file, value)
				: 0;

		if (r == -ENOENT) /* the controller isn't there */
			r = bounds[i].needed ? -EOPNOTSUPP : 0;
		if (r && !first)
			first = r;
	}
	return first;
}

/* The bounds stand before it is under them. It is a child of ours, and held by its pidfd. */
static int put(struct brig_process *process)
{
	struct brig_cgroup *cgroup = &process->broker->cgroup;
	char name[NAME_LENGTH];

	brig_cgroup_sweep(cgroup);
	if (!process->broker->proc_is_ours)
		return -EXDEV;
	if (mkdirat(cgroup->own, name_of(process, name), 0755) < 0)
		return -errno;
	process->grouped = true;
	int r = put_bounds(process);
	if (r && !cgroup->optional)
		return r;
	int moved = write_number(process, "cgroup.procs", (uint64_t)process->pid);
	return moved && moved != -ESRCH ? moved : r; /* ESRCH: dead already, as will be seen */
}

void brig_process_put_group(struct brig_process *process)
{
	struct brig_layer_state *state = state_of(process);

	if (state->want == BRIG_OFF)
		return;
	if (process->broker->cgroup.named >= 0)
		state->error = -put(process);
	if (state->error && state->want == BRIG_REQUIRED)
		brig_process_fail_launch(process, BRIG_STAGE_CGROUP_LIMITS, state->error);
}

/* "0::/what/is/above/brig-<random>/<instance>", whatever its cgroup namespace shows. */
static bool is_in_group(const struct brig_process *process, int proc)
{
	char name[NAME_LENGTH], end[64], text[4096];
	int r = brig_cgroup_read(proc, ".", "cgroup", text, sizeof text);
	const char *line = r ? NULL : strstr(text, "0::/");

	if (!line || (line != text && line[-1] != '\n'))
		return false;
	(void)snprintf(end, sizeof end, "/%s/%s", process->broker->cgroup.name,
		       name_of(process, name));
	const size_t n = strcspn(line, "\n"), k = strlen(end);
	return n > k && !strncmp(line + n - k, end, k);
}

/* The kernel rounds memory down to pages; "max" is no number. */
static bool is_bounded(const struct brig_process *process, enum bound bound)
{
	char name[NAME_LENGTH], text[64], *after;
	uint64_t value;

	if (!bound_of(process, bound, &value))
		return true;
	int r = brig_cgroup_read(process->broker->cgroup.own, name_of(process, name),
				 bounds[bound].file, text, sizeof text);
	if (r)
		return r == -ENOENT && !bounds[bound].needed;
	const unsigned long long seen = strtoull(text, &after, 10);
	return after != text && (bound == MEMORY ? seen <= value : seen == value);
}

void brig_attest_group(struct brig_process *process, int proc)
{
	struct brig_layer_state *state = state_of(process);

	if (state->want == BRIG_OFF || state->error)
		return;
	bool seen = process->grouped && is_in_group(process, proc);
	for (int i = 0; seen && i < N_BOUNDS; i++)
		seen = is_bounded(process, (enum bound)i);
	state->error = seen ? 0 : EPERM;
	state->got = seen ? BRIG_ATTESTED : BRIG_MISSING;
}

bool brig_process_group_oom(const struct brig_process *process)
{
	char name[NAME_LENGTH], text[512] = "\n";

	if (!process->grouped ||
	    brig_cgroup_read(process->broker->cgroup.own, name_of(process, name), "memory.events",
			     text + 1, sizeof text - 1))
		return false;
	const char *line = strstr(text, "\noom_kill ");
	return line && strtoull(line + strlen("\noom_kill "), NULL, 10) > 0;
}

void brig_process_drop_group(struct brig_process *process)
{
	struct brig_cgroup *cgroup = &process->broker->cgroup;
	char name[NAME_LENGTH];

	if (!process->grouped)
		return;
	process->grouped = false;
	(void)name_of(process, name);
	if (unlinkat(cgroup->own, name, AT_REMOVEDIR) == 0)
		return;
	/* Something is in it that isn't the child any more. */
	(void)brig_cgroup_write(cgroup->own, name, "cgroup.kill", "1");
	if (unlinkat(cgroup->own, name, AT_REMOVEDIR) < 0)
		cgroup->leftover = true;
}
