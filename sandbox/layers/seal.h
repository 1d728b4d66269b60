/*
 * sandbox/layers/seal.h - how a process locks itself down: tables of steps, run in order.
 *
 * A layer is a row here and a function beside. The order of the rows is the order in which the
 * kernel must be asked; the reasons stand with the rows in sequence.c.
 */
#ifndef SANDBOX_LAYERS_SEAL_H
#define SANDBOX_LAYERS_SEAL_H

#include "sandbox/roles/role.h"

#include <brig/exit.h>

#include <stdbool.h>
#include <sys/types.h>

/* What is asked of a launch besides the role: the least that is accepted, and what tests leave out.
 */
struct brig_tier {
	enum brig_level least;
	uint32_t off; /* bit n: layer n is not put on; 0 but in helpers that may be weakened */
};

/* What the role wants of a layer, where a tier may do without it. */
enum brig_want brig_tier_want(const struct brig_tier *tier, const struct brig_role *role,
			      enum brig_layer layer);

/* How much of the whole these layers are. */
enum brig_level brig_tier_reached(const struct brig_layer_state layers[BRIG_LAYER_COUNT]);

struct brig_seal {
	const struct brig_role *role;
	struct brig_tier tier;
	uid_t uid;        /* to become, when started as root */
	gid_t gid;        /* the group at the time of the user namespace */
	int keep_fds;     /* descriptors 0..keep_fds-1 are the declared ones */
	int channel_fd;   /* moved to BRIG_CHANNEL_FD */
	int plugin_fd;    /* copied into the root as /plugin.so, or opened as it is; -1: none */
	int mount_error;  /* -errno: nothing may be mounted here */
	int landlock_abi; /* as the kernel said to who forked it; 0: to be asked */
	const struct brig_program *stage1; /* NULL: none */
	const struct brig_program *filter; /* the class filter in a zygote, the role's in a child */
	int (*load)(void *user);           /* foreign code, between stage 1 and the final filter */
	void *load_user;
	int (*start)(void *user); /* the role's threads but the first, none if it has one */
	void *start_user;
	unsigned int fds_open; /* counted at the seal */
	int listener;          /* tells of forbidden calls; -1: nobody can listen */
	struct brig_layer_state layers[BRIG_LAYER_COUNT];
	enum brig_stage failed_stage; /* set when brig_seal_run() fails */
};

struct brig_step {
	enum brig_stage stage;
	enum brig_layer layer; /* BRIG_LAYER_COUNT: always run, always required */
	int (*run)(struct brig_seal *seal);
	const char *why; /* why here and not earlier or later */
};

struct brig_steps {
	const struct brig_step *rows;
	size_t n;
};

/* Before the exec inside the user namespace; after it; in each child; in each plugin. */
extern const struct brig_steps brig_steps_entry;
extern const struct brig_steps brig_steps_shared;
extern const struct brig_steps brig_steps_child;
extern const struct brig_steps brig_steps_plugin;

void brig_seal_init(struct brig_seal *seal, const struct brig_role *role,
		    const struct brig_tier *tier);

/* Go on where another process stopped: it is what that one's seal had come to. */
void brig_seal_inherit(struct brig_seal *seal,
		       const struct brig_layer_state layers[BRIG_LAYER_COUNT]);

/* Without which layer this one isn't tried: its step would change the system's own. UID: none. */
enum brig_layer brig_layer_ground(enum brig_layer layer);

/* Does the broker put it on, from outside? Then no step of the child's does. */
bool brig_layer_is_brokers(enum brig_layer layer);

/* Is it in force, as far as this process knows? */
bool brig_seal_has(const struct brig_seal *seal, enum brig_layer layer);

/*
 * Run the steps in order. A required one that fails ends the run: returns its -errno, with
 * failed_stage set; the caller must end the process. A preferred one that fails is recorded.
 */
int brig_seal_run(struct brig_seal *seal, const struct brig_steps *steps);

/*
 * Room for the zygote to exec inside its user namespace and go on: CAP_SYS_ADMIN, CAP_SETPCAP and
 * CAP_SYS_CHROOT.
 */
int brig_caps_keep_for_exec(void);

/* What the kernel has of Landlock, or -errno; and bit n - 1 for each erratum n that it corrected.
 */
int brig_landlock_abi(void);
int brig_landlock_errata(void);

/*
 * When memory runs out the kernel ends this process and its children before its broker
 * (proc_pid_oom_score_adj(5)). Never lower than it is, which needs a privilege. Not a layer: where
 * /proc can't be written it is left as it is.
 */
void brig_oom_score_raise(int score);

/* The steps; one function each, 0 or -errno. */
int brig_step_fds(struct brig_seal *seal);
int brig_step_fds_count(struct brig_seal *seal);
int brig_step_uid(struct brig_seal *seal);
int brig_step_user_ns(struct brig_seal *seal);
int brig_step_id_map(struct brig_seal *seal);
int brig_step_no_nested(struct brig_seal *seal);
int brig_step_no_nested_proof(struct brig_seal *seal);
int brig_step_mount_ns(struct brig_seal *seal);
int brig_step_net_ns(struct brig_seal *seal);
int brig_step_ipc_ns(struct brig_seal *seal);
int brig_step_uts_ns(struct brig_seal *seal);
int brig_step_cgroup_ns(struct brig_seal *seal);
int brig_step_root(struct brig_seal *seal);
int brig_step_bounding(struct brig_seal *seal);
int brig_step_signals(struct brig_seal *seal);
int brig_step_rlimits(struct brig_seal *seal);
int brig_step_session(struct brig_seal *seal);
int brig_step_caps(struct brig_seal *seal);
int brig_step_pdeathsig(struct brig_seal *seal);
int brig_step_mdwe(struct brig_seal *seal);
int brig_step_mseal(struct brig_seal *seal);
int brig_step_speculation(struct brig_seal *seal);
int brig_step_core_sched(struct brig_seal *seal);
int brig_step_tsc(struct brig_seal *seal);
int brig_step_dumpable(struct brig_seal *seal);
int brig_step_no_new_privs(struct brig_seal *seal);
int brig_step_threads(struct brig_seal *seal);
int brig_step_landlock_libraries(struct brig_seal *seal);
int brig_step_landlock(struct brig_seal *seal);
int brig_step_stage1(struct brig_seal *seal);
int brig_step_load(struct brig_seal *seal);
int brig_step_start(struct brig_seal *seal);
int brig_step_seccomp(struct brig_seal *seal);
int brig_step_probe(struct brig_seal *seal);

#endif
