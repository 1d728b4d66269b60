/* The order of the seal, on one screen. */
#include "sandbox/layers/seal.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define ALWAYS BRIG_LAYER_COUNT
#define STEPS(table)                                                                               \
	{                                                                                          \
		table, sizeof(table) / sizeof *(table)                                             \
	}

static const struct brig_step entry[] = {
	{ BRIG_STAGE_FDS, BRIG_LAYER_FDS, brig_step_fds,
	  "first: nothing of the embedder's stays open" },
	{ BRIG_STAGE_UID, BRIG_LAYER_UID, brig_step_uid,
	  "before the user namespace: its owner must not be root" },
	{ BRIG_STAGE_USER_NS, BRIG_LAYER_USER_NS, brig_step_user_ns,
	  "gives the rights for the rest" },
	{ BRIG_STAGE_ID_MAP, BRIG_LAYER_USER_NS, brig_step_id_map, "while /proc is there" },
	{ BRIG_STAGE_NO_NESTED, BRIG_LAYER_USER_NS, brig_step_no_nested, "while /proc is there" },
};

static const struct brig_step shared[] = {
	{ BRIG_STAGE_MSEAL, BRIG_LAYER_MSEAL, brig_step_mseal, "all that will be loaded is" },
	{ BRIG_STAGE_SPECULATION, BRIG_LAYER_SPECULATION, brig_step_speculation, "inherited" },
	{ BRIG_STAGE_MOUNT_NS, BRIG_LAYER_MOUNT_NS, brig_step_mount_ns, "before the root changes" },
	{ BRIG_STAGE_NET_NS, BRIG_LAYER_NET_NS, brig_step_net_ns,
	  "the dearest of all, so once a zygote" },
	{ BRIG_STAGE_IPC_NS, BRIG_LAYER_IPC_NS, brig_step_ipc_ns,
	  "no SysV or POSIX queues of others" },
	{ BRIG_STAGE_UTS_NS, BRIG_LAYER_UTS_NS, brig_step_uts_ns, "no host name" },
	{ BRIG_STAGE_CGROUP_NS, BRIG_LAYER_CGROUP_NS, brig_step_cgroup_ns,
	  "no view of the hierarchy" },
	{ BRIG_STAGE_ROOT, BRIG_LAYER_ROOT, brig_step_root,
	  "after everything that needs files or /proc" },
	{ BRIG_STAGE_NO_NESTED, BRIG_LAYER_ROOT, brig_step_no_nested_proof,
	  "such a root keeps user namespaces out" },
	{ BRIG_STAGE_SIGNALS, ALWAYS, brig_step_signals,
	  "inherited: a child, pid 1 as it is, has no default actions" },
	{ BRIG_STAGE_BOUNDING, BRIG_LAYER_CAPS, brig_step_bounding,
	  "while CAP_SETPCAP is there; the zygote keeps CAP_SYS_ADMIN for CLONE_NEWPID" },
	{ BRIG_STAGE_NO_NEW_PRIVS, BRIG_LAYER_NO_NEW_PRIVS, brig_step_no_new_privs, "inherited" },
	{ BRIG_STAGE_CLASS_FILTER, BRIG_LAYER_SECCOMP, brig_step_seccomp,
	  "last: mount and pivot_root are over" },
};

static const struct brig_step child[] = {
	{ BRIG_STAGE_FDS, BRIG_LAYER_FDS, brig_step_fds, "the zygote's own channel goes" },
	{ BRIG_STAGE_FDS, BRIG_LAYER_FDS, brig_step_fds_count,
	  "while the limit lets poll look wide" },
	{ BRIG_STAGE_RLIMITS, BRIG_LAYER_RLIMITS, brig_step_rlimits, "before capabilities go" },
	{ BRIG_STAGE_SESSION, ALWAYS, brig_step_session, "no controlling terminal" },
	{ BRIG_STAGE_CAPS, BRIG_LAYER_CAPS, brig_step_caps, "nothing after needs one" },
	{ BRIG_STAGE_PDEATHSIG, ALWAYS, brig_step_pdeathsig, "cleared by credential changes" },
	{ BRIG_STAGE_MDWE, BRIG_LAYER_MDWE, brig_step_mdwe, "no code is made from here on" },
	{ BRIG_STAGE_DUMPABLE, BRIG_LAYER_DUMPABLE, brig_step_dumpable,
	  "after credential changes" },
	{ BRIG_STAGE_NO_NEW_PRIVS, BRIG_LAYER_NO_NEW_PRIVS, brig_step_no_new_privs,
	  "Landlock and seccomp ask for it" },
	{ BRIG_STAGE_THREADS, ALWAYS, brig_step_threads, "Landlock binds the caller alone" },
	{ BRIG_STAGE_LANDLOCK, BRIG_LAYER_LANDLOCK, brig_step_landlock,
	  "the filter forbids it later" },
	{ BRIG_STAGE_CORE_SCHED, BRIG_LAYER_CORE_SCHED, brig_step_core_sched,
	  "the filter forbids it later" },
	{ BRIG_STAGE_TSC, BRIG_LAYER_TSC, brig_step_tsc, "nothing after asks for the time" },
	{ BRIG_STAGE_START, ALWAYS, brig_step_start,
	  "inherits what binds the caller alone: Landlock, rights, TSC, its core" },
	{ BRIG_STAGE_SECCOMP, BRIG_LAYER_SECCOMP, brig_step_seccomp,
	  "last: it forbids all the above" },
	{ BRIG_STAGE_PROBE, ALWAYS, brig_step_probe, "the seal as the child sees it" },
};

static const struct brig_step plugin[] = {
	{ BRIG_STAGE_FDS, BRIG_LAYER_FDS, brig_step_fds, "the helper's own channel goes" },
	{ BRIG_STAGE_FDS, BRIG_LAYER_FDS, brig_step_fds_count,
	  "while the limit lets poll look wide" },
	{ BRIG_STAGE_RLIMITS, BRIG_LAYER_RLIMITS, brig_step_rlimits, "before capabilities go" },
	{ BRIG_STAGE_SESSION, ALWAYS, brig_step_session, "no controlling terminal" },
	{ BRIG_STAGE_CAPS, BRIG_LAYER_CAPS, brig_step_caps, "foreign constructors come next" },
	{ BRIG_STAGE_PDEATHSIG, ALWAYS, brig_step_pdeathsig, "cleared by credential changes" },
	{ BRIG_STAGE_MDWE, BRIG_LAYER_MDWE, brig_step_mdwe,
	  "code comes from the read-only root only" },
	{ BRIG_STAGE_DUMPABLE, BRIG_LAYER_DUMPABLE, brig_step_dumpable,
	  "after credential changes" },
	{ BRIG_STAGE_NO_NEW_PRIVS, BRIG_LAYER_NO_NEW_PRIVS, brig_step_no_new_privs,
	  "Landlock and seccomp ask for it" },
	{ BRIG_STAGE_CORE_SCHED, BRIG_LAYER_CORE_SCHED, brig_step_core_sched,
	  "the filter forbids it later" },
	{ BRIG_STAGE_THREADS, ALWAYS, brig_step_threads, "Landlock binds the caller alone" },
	{ BRIG_STAGE_LANDLOCK, BRIG_LAYER_LANDLOCK, brig_step_landlock_libraries,
	  "constructors reach libraries only" },
	{ BRIG_STAGE_STAGE1, BRIG_LAYER_SECCOMP, brig_step_stage1, "before foreign code" },
	{ BRIG_STAGE_LOAD, ALWAYS, brig_step_load, "foreign constructors run here" },
	{ BRIG_STAGE_THREADS, ALWAYS, brig_step_threads, "none is a constructor's" },
	{ BRIG_STAGE_LANDLOCK, BRIG_LAYER_LANDLOCK, brig_step_landlock,
	  "from here on no file at all" },
	{ BRIG_STAGE_SECCOMP, BRIG_LAYER_SECCOMP, brig_step_seccomp, "last" },
	{ BRIG_STAGE_PROBE, ALWAYS, brig_step_probe, "the seal as the child sees it" },
};

const struct brig_steps brig_steps_entry = STEPS(entry);
const struct brig_steps brig_steps_shared = STEPS(shared);
const struct brig_steps brig_steps_child = STEPS(child);
const struct brig_steps brig_steps_plugin = STEPS(plugin);

void brig_seal_init(struct brig_seal *seal, const struct brig_role *role,
		    const struct brig_tier *tier)
{
	memset(seal, 0, sizeof *seal);
	seal->role = role;
	seal->tier = *tier;
	seal->keep_fds = BRIG_CHILD_FDS;
	seal->channel_fd = BRIG_CHANNEL_FD;
	seal->plugin_fd = seal->listener = -1;
	for (int i = 0; i < BRIG_LAYER_COUNT; i++)
		seal->layers[i].want = brig_tier_want(tier, role, (enum brig_layer)i);
}

void brig_seal_inherit(struct brig_seal *seal,
		       const struct brig_layer_state layers[BRIG_LAYER_COUNT])
{
	for (int i = 0; i < BRIG_LAYER_COUNT; i++) {
		seal->layers[i].got = layers[i].got;
		seal->layers[i].error = layers[i].error;
	}
}

bool brig_seal_has(const struct brig_seal *seal, enum brig_layer layer)
{
	return seal->layers[layer].got != BRIG_MISSING;
}

/* What a layer stands on: without it the step would change the system's own. UID: nothing. */
static const enum brig_layer grounds[BRIG_LAYER_COUNT] = {
	[BRIG_LAYER_MOUNT_NS] = BRIG_LAYER_USER_NS,  [BRIG_LAYER_NET_NS] = BRIG_LAYER_USER_NS,
	[BRIG_LAYER_IPC_NS] = BRIG_LAYER_USER_NS,    [BRIG_LAYER_UTS_NS] = BRIG_LAYER_USER_NS,
	[BRIG_LAYER_CGROUP_NS] = BRIG_LAYER_USER_NS, [BRIG_LAYER_ROOT] = BRIG_LAYER_MOUNT_NS,
};

enum brig_layer brig_layer_ground(enum brig_layer layer)
{
	return grounds[layer];
}

bool brig_layer_is_brokers(enum brig_layer layer)
{
	return layer == BRIG_LAYER_PRIORITY || layer == BRIG_LAYER_CGROUP_LIMITS;
}

/* A layer of several steps is had when each of them went well; after one that failed none is tried.
 */
static int run_step(struct brig_seal *seal, const struct brig_step *step)
{
	const enum brig_layer ground = step->layer == ALWAYS ? 0 : grounds[step->layer];

	if (step->layer != ALWAYS && seal->layers[step->layer].error)
		return -seal->layers[step->layer].error;
	if (!ground || brig_seal_has(seal, ground))
		return step->run(seal);
	return seal->layers[ground].error ? -seal->layers[ground].error : -ENODATA;
}

int brig_seal_run(struct brig_seal *seal, const struct brig_steps *steps)
{
	for (size_t i = 0; i < steps->n; i++) {
		const struct brig_step *step = &steps->rows[i];
		const bool always = step->layer == ALWAYS;
		struct brig_layer_state *state = &seal->layers[always ? 0 : step->layer];

		if (!always && state->want == BRIG_OFF)
			continue;
		int r = run_step(seal, step);
		if (r < 0 && (always || state->want == BRIG_REQUIRED)) {
			seal->failed_stage = step->stage;
			return r;
		}
		if (always)
			continue;
		state->error = -r;
		state->got = r < 0 ? BRIG_MISSING : BRIG_CLAIMED;
	}
	return 0;
}
