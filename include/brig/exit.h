/*
 * brig/exit.h - how a child ended. Every child's end has a class; nothing dies silently.
 *
 * Threads: any, the functions are pure. Signal handlers: yes, but brig_exit_describe.
 * Blocking: never.
 */
#ifndef BRIG_EXIT_H
#define BRIG_EXIT_H

#include <brig/export.h>
#include <brig/layers.h>

#include <stddef.h>
#include <stdint.h>

BRIG_BEGIN_DECLS

enum brig_exit_class {
	BRIG_EXIT_CLEAN,   /* exit status 0 */
	BRIG_EXIT_CODE,    /* another exit status: code */
	BRIG_EXIT_CRASH,   /* a signal: code */
	BRIG_EXIT_SECCOMP, /* a forbidden system call; syscall is -1 where the kernel told nobody:
			      a foreign architecture, a plugin, a broker that somebody listens to */
	BRIG_EXIT_OOM,     /* out of the memory that its role allows; code is SIGKILL if the kernel
			      ended it for what its cgroup uses, and that is the kernel's word */
	BRIG_EXIT_HANG,    /* ended by the broker: its time was up, or its channel closed and it
			      was there ten seconds later */
	BRIG_EXIT_BAD_MESSAGE, /* ended by the broker: it broke the protocol; code is the stable
				  number */
	BRIG_EXIT_QUOTA,       /* ended by the broker: it took more than its share */
	BRIG_EXIT_POLICY_KILL, /* ended by the broker at the embedder's wish (cancelled, destroyed)
				*/
	BRIG_EXIT_LAUNCH_FAILED, /* never ran: stage and error say where it stopped */
	BRIG_EXIT_LOST_BROKER,   /* it says that its channel closed before its work was done */
	BRIG_EXIT_UNKNOWN, /* dead, but the kernel gave no status (SIGCHLD ignored before 6.15) */
	BRIG_EXIT_CLASS_COUNT
};

/* Where a launch can stop. One a step of the set-up, in order; the numbers are stable. */
enum brig_stage {
	BRIG_STAGE_NONE,
	BRIG_STAGE_HELPER, /* brig-child found and opened */
	BRIG_STAGE_SPAWN,  /* the helper started */
	BRIG_STAGE_FDS,    /* declared file descriptors only */
	BRIG_STAGE_UID,    /* an unprivileged uid */
	BRIG_STAGE_USER_NS,
	BRIG_STAGE_ID_MAP,
	BRIG_STAGE_NO_NESTED, /* max_user_namespaces = 0 inside */
	BRIG_STAGE_REEXEC,    /* exec inside the user namespace */
	BRIG_STAGE_HANDSHAKE, /* the helper is of the library's build, has a program for the role,
				 and speaks services as the broker does */
	BRIG_STAGE_MOUNT_NS,
	BRIG_STAGE_NET_NS,
	BRIG_STAGE_IPC_NS,
	BRIG_STAGE_UTS_NS,
	BRIG_STAGE_CGROUP_NS,
	BRIG_STAGE_WARM_UP,
	BRIG_STAGE_POLICY, /* role policies compiled */
	BRIG_STAGE_ROOT,
	BRIG_STAGE_BOUNDING, /* bounding set dropped, securebits locked */
	BRIG_STAGE_CLASS_FILTER,
	BRIG_STAGE_FORK, /* the child cloned into its pid namespace */
	BRIG_STAGE_SIGNALS,
	BRIG_STAGE_RLIMITS,
	BRIG_STAGE_SESSION,
	BRIG_STAGE_CAPS,
	BRIG_STAGE_PDEATHSIG,
	BRIG_STAGE_MDWE,
	BRIG_STAGE_DUMPABLE,
	BRIG_STAGE_NO_NEW_PRIVS,
	BRIG_STAGE_THREADS, /* there is one only: Landlock would miss others */
	BRIG_STAGE_LANDLOCK,
	BRIG_STAGE_STAGE1, /* a plugin's first filter */
	BRIG_STAGE_LOAD,   /* a plugin's shared object */
	BRIG_STAGE_SECCOMP,
	BRIG_STAGE_PROBE,   /* the child's own look at its seal */
	BRIG_STAGE_ATTEST,  /* the broker's look at it */
	BRIG_STAGE_TIMEOUT, /* not sealed in time */
	BRIG_STAGE_ZYGOTE,  /* the zygote died under the request */
	BRIG_STAGE_MSEAL,   /* code and constants can't be replaced */
	BRIG_STAGE_SPECULATION,
	BRIG_STAGE_CORE_SCHED,
	BRIG_STAGE_TSC,
	BRIG_STAGE_PRIORITY,
	BRIG_STAGE_CGROUP_LIMITS,
	BRIG_STAGE_START, /* a role's threads, as many as it declares */
	BRIG_STAGE_COUNT
};

struct brig_exit {
	enum brig_exit_class class_;
	uint64_t instance; /* never reused within a broker; 0 if no process was made */
	char role[32];
	int code;              /* exit status, signal, or bad-message number */
	enum brig_stage stage; /* launch_failed: where */
	int error;             /* launch_failed: positive errno */
	uint32_t arch;         /* seccomp, where known: AUDIT_ARCH_… */
	int64_t syscall;       /* seccomp, where known; else -1 */
	uint64_t args[6];
	uint64_t address;
	int claimed;           /* 1: the class rests on what the child said of itself */
	uint64_t lifetime_us;  /* from launch request to reaped */
	enum brig_level level; /* what stood while it ran */
	struct brig_layer_state layers[BRIG_LAYER_COUNT];
	char detail[112]; /* launch_failed: more of why, such as the two versions of a service that
			     don't fit; bad_message: the method, and the field if one is to blame,
			     "greeter.greet: demo.Words.text", or which end of a stream it has;
			     "": nothing more is known */
};

/**
 * Short stable name of a class, such as "seccomp"; "?" if it is none.
 */
BRIG_API const char *brig_exit_class_name(enum brig_exit_class class_);

/**
 * Name of a system call, such as "openat"; NULL if it has none that is known here.
 *
 * @audit_arch AUDIT_ARCH_…, as in brig_exit. @number as in brig_exit.
 */
BRIG_API const char *brig_call_name(uint32_t audit_arch, int64_t number);

/**
 * Short stable name of a stage, such as "user_ns"; "?" if it is none.
 */
BRIG_API const char *brig_stage_name(enum brig_stage stage);

/**
 * The layer that a stage belongs to, or BRIG_LAYER_COUNT if it belongs to none.
 */
BRIG_API enum brig_layer brig_stage_layer(enum brig_stage stage);

/**
 * What a person can do about a launch that stopped at @stage with @error (positive errno).
 *
 * Returns a constant string, never NULL.
 */
BRIG_API const char *brig_stage_remedy(enum brig_stage stage, int error);

/**
 * Write one line for people, such as "crashed (signal 11, Segmentation fault)".
 *
 * @exit   borrowed.
 * @buffer borrowed, @size bytes; always ends in NUL if @size > 0.
 *
 * Returns the length that the whole line has, as snprintf does.
 */
BRIG_API size_t brig_exit_describe(const struct brig_exit *exit, char *buffer, size_t size);

BRIG_END_DECLS

#endif
