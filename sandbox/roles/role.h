/*
 * sandbox/roles/role.h - the role model: what a kind of child is, as data.
 *
 * A role is a const table, made from sandbox/roles/<name>.policy when Brig is built: its filters
 * are compiled and proven by then, so that starting a process compiles nothing.
 */
#ifndef SANDBOX_ROLES_ROLE_H
#define SANDBOX_ROLES_ROLE_H

#include "sandbox/policy/program.h"

#include <brig/layers.h>
#include <brig/priority.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

/* In the order in which sandbox/CMakeLists.txt names their files. */
enum brig_role_id {
	BRIG_ROLE_ZYGOTE,
	BRIG_ROLE_HELPER,
	BRIG_ROLE_RENDERER,
	BRIG_ROLE_PLUGIN,
	BRIG_ROLE_CODEC,
	BRIG_ROLE_NETWORK,
	BRIG_ROLE_COMPUTE,
	BRIG_ROLE_SERVICE,
	BRIG_ROLE_WORKERS,
	BRIG_ROLE_BROKER,
	BRIG_ROLE_COUNT
};

enum brig_launch_mode {
	BRIG_LAUNCH_FORK, /* cloned by the shared zygote, which is warm */
	BRIG_LAUNCH_EXEC, /* a helper of its own: fresh address layout, own namespaces */
};

struct brig_limit_row {
	int resource; /* RLIMIT_… */
	rlim_t value; /* soft = hard; bytes, seconds or counts as setrlimit(2) says */
	const char *why;
};

/* Bounds on all that a child has together, by a cgroup of its own. */
enum brig_cgroup_limit { BRIG_CGROUP_MEMORY, BRIG_CGROUP_PROCESSES, BRIG_CGROUP_LIMITS };

/* What a role may still do with files: nothing, or read and execute libraries until its last step.
 */
enum brig_root_kind { BRIG_ROOT_EMPTY, BRIG_ROOT_LIBRARIES };

struct brig_role {
	enum brig_role_id id;
	const char *name;         /* "renderer" */
	const char *process_name; /* "brig-renderer", at most 15 bytes: PR_SET_NAME */
	enum brig_launch_mode launch;
	enum brig_root_kind root;
	enum brig_want layers[BRIG_LAYER_COUNT];
	const struct brig_limit_row *limits;
	size_t n_limits;
	/* By enum brig_policy_stage; length 0: there is no filter before ready. */
	struct brig_program filters[BRIG_POLICY_STAGES];
	unsigned int n_filters; /* that stand in a sealed child, its zygote's included */
	bool listens;  /* the last filter has a listener: the broker hears of forbidden calls */
	bool connects; /* its filter may let connect(2) pass */
	bool plain_channel;   /* it has read and write alone: its messages carry no descriptors */
	unsigned int fds;     /* how many are open at the seal */
	unsigned int threads; /* how many there are at the seal, the first included; all under it */
	uint32_t interfaces;  /* bit n: may call service n of ipc/schema/services.h */
	int oom_score_adj;    /* 0..1000; of roles that are forked, their zygote's */
	uint64_t group_limits[BRIG_CGROUP_LIMITS]; /* bytes, processes; 0: no bound */
	enum brig_priority priority;               /* where a launch asks for none */
};

/* The role with this number; NULL if there is none. */
const struct brig_role *brig_role_get(uint32_t id);

extern const struct brig_role brig_role_zygote;
extern const struct brig_role brig_role_helper;
extern const struct brig_role brig_role_renderer;
extern const struct brig_role brig_role_plugin;
extern const struct brig_role brig_role_codec;
extern const struct brig_role brig_role_workers;

/* Descriptors of a sealed child: 0, 1, 2 on /dev/null and its channel. */
#define BRIG_CHILD_FDS  4
#define BRIG_CHANNEL_FD 3

/* Bits of brig_role.interfaces; the services behind them are ipc/schema/services.h's. */
#define BRIG_INTERFACE_LIFECYCLE (1u << 1)
#define BRIG_INTERFACE_JOB       (1u << 2)
#define BRIG_INTERFACE_SURFACE   (1u << 3)
#define BRIG_INTERFACE_FILES     (1u << 4)
#define BRIG_INTERFACE_PLUGIN    (1u << 5)
#define BRIG_INTERFACE_CODEC     (1u << 6)
#define BRIG_INTERFACE_JOIN      (1u << 7)

/* "files" for bit 4; NULL for a bit that is no interface. */
const char *brig_interface_name(unsigned int bit);

#endif
