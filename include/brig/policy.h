/*
 * brig/policy.h - what a role may ask of the kernel: text or calls of a builder, compiled to a
 * seccomp filter that is proven equal to them.
 *
 * Text is a role file (docs/POLICY.md): one row a system call, each with its reason. A policy is
 * made for one architecture, is immutable, and is counted.
 * Threads: policies may be used from many threads at once; a builder, from one. Signal handlers:
 * no. Blocking: only where files are read. Kernel: 4.14 (SECCOMP_RET_KILL_PROCESS) to load one.
 */
#ifndef BRIG_POLICY_H
#define BRIG_POLICY_H

#include <brig/export.h>

#include <stddef.h>
#include <stdint.h>

BRIG_BEGIN_DECLS

/* What becomes of a call. The numbers are stable. */
enum brig_action {
	BRIG_ACTION_ALLOW,
	BRIG_ACTION_LOG,    /* allowed, and noted in the kernel's audit log */
	BRIG_ACTION_NOTIFY, /* a service of the broker's answers it (SECCOMP_RET_USER_NOTIF) */
	BRIG_ACTION_ERRNO,  /* fails with an errno; the kernel never sees it */
	BRIG_ACTION_TRAP,   /* SIGSYS to the caller */
	BRIG_ACTION_REPORT, /* told to the broker before it runs, then the process is killed */
	BRIG_ACTION_KILL,   /* the whole process ends */
	BRIG_ACTION_COUNT
};

struct brig_verdict {
	enum brig_action action;
	int error; /* BRIG_ACTION_ERRNO: positive errno */
};

struct brig_policy; /* counted: brig_policy_unref() */

/* Where text is wrong, and what was expected there. */
struct brig_policy_error {
	char file[256];
	unsigned int line;   /* from 1; 0: the whole */
	unsigned int column; /* from 1, in bytes */
	char message[512];   /* one line for people */
};

struct brig_policy_parameter {
	const char *name;  /* "write" for ${write} */
	const char *value; /* one word or number */
};

struct brig_policy_options {
	size_t size; /* sizeof(struct brig_policy_options) */
	const struct brig_policy_parameter *parameters;
	size_t n_parameters;
	uint32_t audit_arch; /* AUDIT_ARCH_X86_64 or _AARCH64; 0: this machine's */
	int skip_proof;      /* 1: for tools that only look; such a policy can't be loaded */
	int nobody_listens;  /* 1: report kills at once, for launchers that have no listener */
};

/**
 * Read, compile and prove a policy.
 *
 * @name    a shipped role ("renderer"), or a path if it has a '/' or ends in ".policy"; borrowed.
 *          Files that it includes are looked for beside it, then among the shipped ones.
 * @options borrowed; NULL for the defaults.
 * @ret     written on success only; owned by the caller.
 * @error   written on failure; may be NULL.
 *
 * Returns 0, or -EINVAL bad argument or text (see @error), -ENOENT no such role or file, -E2BIG too
 * large or too complex to prove, -ENOTRECOVERABLE the program is not what the text says (a fault in
 * the compiler: nothing is ever run under it), -ENOMEM, or the errno of reading a file.
 * Blocks: on the file system, for a path.
 */
BRIG_API BRIG_MUST_USE int brig_policy_open(const char *name,
					    const struct brig_policy_options *options,
					    struct brig_policy **ret,
					    struct brig_policy_error *error);

/** The same for text in memory: @n bytes at @text, borrowed; @name is what errors call it. */
BRIG_API BRIG_MUST_USE int brig_policy_parse(const char *name, const char *text, size_t n,
					     const struct brig_policy_options *options,
					     struct brig_policy **ret,
					     struct brig_policy_error *error);

/** Add a reference. Returns @policy. Thread: any. */
BRIG_API struct brig_policy *brig_policy_ref(struct brig_policy *policy);

/** Drop a reference; the last frees. NULL does nothing. Thread: any. */
BRIG_API void brig_policy_unref(struct brig_policy *policy);

/* When a filter is put on. A role without stages has one filter, the last. */
enum brig_policy_stage { BRIG_BEFORE_READY, BRIG_AFTER_READY, BRIG_POLICY_STAGES };

/** Does the role have a filter of its own for @stage? 1 or 0. */
BRIG_API int brig_policy_has_stage(const struct brig_policy *policy, enum brig_policy_stage stage);

/**
 * Load a stage's filter into the calling process, all its threads, for good (seccomp(2) with
 * SECCOMP_FILTER_FLAG_TSYNC). Needs no_new_privs.
 *
 * Returns 0, or -EINVAL no such stage, -EPERM made with skip_proof, -ENOTSUP for another
 * architecture, -EBUSY a thread has a filter that this one hasn't, -EACCES no_new_privs is not set,
 * or the errno of seccomp(2). Thread: any; the process's others are filtered too. Blocks: no.
 */
BRIG_API BRIG_MUST_USE int brig_policy_load(const struct brig_policy *policy,
					    enum brig_policy_stage stage);

/**
 * The same, with a descriptor that tells of calls with the actions notify and report
 * (SECCOMP_FILTER_FLAG_NEW_LISTENER, seccomp_unotify(2)). One task only.
 *
 * Returns the descriptor, owned by the caller, or as brig_policy_load(); -EBUSY too if this process
 * or one above it has a listener already. Kernel: 5.0.
 */
BRIG_API BRIG_MUST_USE int brig_policy_load_listening(const struct brig_policy *policy,
						      enum brig_policy_stage stage);

/**
 * What the policy says of a call, and which row says so.
 *
 * @args     six words, borrowed.
 * @ret_row  a number for brig_policy_row(), or -1 if the call's class decides; may be NULL.
 */
BRIG_API struct brig_verdict brig_policy_verdict(const struct brig_policy *policy,
						 enum brig_policy_stage stage, uint32_t number,
						 const uint64_t *args, int *ret_row);

/**
 * The compiled filter: struct sock_filter instructions of linux/filter.h.
 *
 * @ret_n how many, 1..4096. Returns them, owned by @policy; NULL if there is no such stage.
 */
BRIG_API const void *brig_policy_program(const struct brig_policy *policy,
					 enum brig_policy_stage stage, size_t *ret_n);

struct brig_policy_row {
	uint32_t number;  /* of the system call */
	const char *call; /* its name; "" if it has none */
	struct brig_verdict verdict, otherwise;
	int has_otherwise;     /* 1: @otherwise holds if the condition does not */
	const char *condition; /* as written, "prot subset PROT_READ"; "" if there is none */
	const char *why;
	const char *file;
	unsigned int line;
};

/**
 * Row @index (from 0) of a stage, by rising number. All is owned by @policy.
 *
 * Returns 0, or -ENOENT there are no more.
 */
BRIG_API int brig_policy_row(const struct brig_policy *policy, enum brig_policy_stage stage,
			     size_t index, struct brig_policy_row *ret);

/* ---- the same without text ---- */

struct brig_policy_builder; /* brig_policy_builder_destroy(), or given up to build */

/**
 * Begin a role. @name is borrowed, copied. Returns 0, -EINVAL bad name, -ENOMEM.
 */
BRIG_API BRIG_MUST_USE int brig_policy_builder_create(const char *name,
						      struct brig_policy_builder **ret);

/** Take over the rows of a shipped role or file, as "include" does. 0, -EINVAL, -ENOMEM. */
BRIG_API BRIG_MUST_USE int brig_policy_builder_include(struct brig_policy_builder *builder,
						       const char *name);

/**
 * Add a row: @calls "read, write" or "@io"; @rule as in text, "allow if prot subset PROT_READ";
 * @why is required. All borrowed. What is wrong with them shows at build.
 *
 * Returns 0, -EINVAL a NULL or an embedded line break, -ENOMEM.
 */
BRIG_API BRIG_MUST_USE int brig_policy_builder_add(struct brig_policy_builder *builder,
						   const char *calls, const char *rule,
						   const char *why);

/** Compile what was added, as brig_policy_parse() does. The builder stays the caller's. */
BRIG_API BRIG_MUST_USE int brig_policy_builder_build(struct brig_policy_builder *builder,
						     const struct brig_policy_options *options,
						     struct brig_policy **ret,
						     struct brig_policy_error *error);

/** NULL does nothing. */
BRIG_API void brig_policy_builder_destroy(struct brig_policy_builder *builder);

/** "allow", "errno", …; "?" for a number that is none. */
BRIG_API const char *brig_action_name(enum brig_action action);

BRIG_END_DECLS

#endif
