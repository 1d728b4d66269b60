/*
 * brig/layers.h - the layers that stand around a child, and what came of each.
 *
 * Threads: every function here is pure and may be called from any thread and signal handler.
 * Blocking: never.
 */
#ifndef BRIG_LAYERS_H
#define BRIG_LAYERS_H

#include <brig/export.h>

BRIG_BEGIN_DECLS

/* The numbers are stable: what is new comes last. */
enum brig_layer {
	BRIG_LAYER_UID,     /* an unprivileged uid, when the broker was started as root */
	BRIG_LAYER_USER_NS, /* user namespace, no further ones inside */
	BRIG_LAYER_MOUNT_NS,
	BRIG_LAYER_NET_NS,
	BRIG_LAYER_IPC_NS,
	BRIG_LAYER_UTS_NS,
	BRIG_LAYER_CGROUP_NS,
	BRIG_LAYER_ROOT, /* empty (plugins: libraries only), read-only root directory */
	BRIG_LAYER_PID_NS,
	BRIG_LAYER_FDS, /* only the declared file descriptors are open */
	BRIG_LAYER_RLIMITS,
	BRIG_LAYER_CAPS,     /* no capability in any set, securebits locked */
	BRIG_LAYER_MDWE,     /* no memory that is writable and executable */
	BRIG_LAYER_DUMPABLE, /* no core dump, no ptrace by equals */
	BRIG_LAYER_NO_NEW_PRIVS,
	BRIG_LAYER_LANDLOCK,
	BRIG_LAYER_SECCOMP,
	BRIG_LAYER_TSC,           /* no cycle counter to measure others by */
	BRIG_LAYER_SPECULATION,   /* store bypass and indirect branches not speculated on */
	BRIG_LAYER_CORE_SCHED,    /* no other process on the other half of its core */
	BRIG_LAYER_MSEAL,         /* its code and constants can't be unmapped or replaced */
	BRIG_LAYER_PRIORITY,      /* it runs after what is more urgent; off where nothing is */
	BRIG_LAYER_CGROUP_LIMITS, /* bounds on all that it has together, by a cgroup of its own */
	BRIG_LAYER_COUNT
};

enum brig_want {
	BRIG_OFF,       /* not asked for */
	BRIG_PREFERRED, /* put on where the kernel has it */
	BRIG_REQUIRED,  /* without it the launch fails */
};

enum brig_got {
	BRIG_MISSING,  /* not in force; error says why */
	BRIG_CLAIMED,  /* the child's bootstrap said so; nothing outside can confirm it */
	BRIG_ATTESTED, /* the broker itself saw it in /proc before it sent any work */
};

struct brig_layer_state {
	enum brig_want want;
	enum brig_got got;
	int error; /* errno, positive, when missing */
};

/*
 * How much of the whole stands. Each has all that is said of the ones before. The embedder sets the
 * least it accepts; nothing less is run, and whatever more can be had is put on.
 */
enum brig_level {
	BRIG_LEVEL_NONE,
	BRIG_LEVEL_SECCOMP_ONLY, /* the role's filter, no_new_privs, limits, no inherited descriptor
				  */
	BRIG_LEVEL_NO_USERNS,    /* Landlock: no file, no TCP, no signal outward */
	BRIG_LEVEL_FULL, /* namespaces, an empty root, no capability, and all the role requires */
};

/**
 * Short stable name, such as "no_userns".
 *
 * Returns a constant string; "?" for a number that is no level.
 */
BRIG_API const char *brig_level_name(enum brig_level level);

/**
 * The level with this name; BRIG_LEVEL_NONE if there is none. @name is borrowed.
 */
BRIG_API enum brig_level brig_level_find(const char *name);

/**
 * Short stable name, such as "landlock".
 *
 * Returns a constant string; "?" for a number that is no layer.
 */
BRIG_API const char *brig_layer_name(enum brig_layer layer);

/**
 * One sentence: what the layer takes away from an attacker.
 *
 * Returns a constant string; "" for a number that is no layer.
 */
BRIG_API const char *brig_layer_purpose(enum brig_layer layer);

/**
 * What a person can do when the layer can't be had.
 *
 * @error positive errno with which it failed; 0 if not known.
 *
 * Returns a constant string, never NULL.
 */
BRIG_API const char *brig_layer_remedy(enum brig_layer layer, int error);

BRIG_END_DECLS

#endif
