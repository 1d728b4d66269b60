/*
 * sandbox/roles/role.h - the role model: what a kind of child is, as data.
 *
 * A role is a const table. How the rows are produced may change; who reads them may not care.
 */
#ifndef SANDBOX_ROLES_ROLE_H
#define SANDBOX_ROLES_ROLE_H

#include <brig/layers.h>

#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

enum brig_role_id { BRIG_ROLE_ZYGOTE, BRIG_ROLE_RENDERER, BRIG_ROLE_PLUGIN, BRIG_ROLE_COUNT };

enum brig_launch_mode {
	BRIG_LAUNCH_FORK, /* cloned by the shared zygote, which is warm */
	BRIG_LAUNCH_EXEC, /* a helper of its own: fresh address layout, own namespaces */
};

enum brig_verdict {
	BRIG_ALLOW,
	BRIG_ERRNO, /* refused with the row's errno */
	BRIG_KILL,  /* the whole process */
};

/* An argument's condition: (argument & mask) == value. Width is that of the kernel's prototype. */
struct brig_argument {
	unsigned int index;
	uint64_t mask;
	uint64_t value;
};

#define BRIG_ROW_ARGUMENTS 2

/* Several rows of one call are alternatives; a call has conditional rows or one without, not both.
 */
struct brig_syscall_row {
	int number;
	enum brig_verdict verdict;
	int error; /* BRIG_ERRNO: positive errno */
	unsigned int n_arguments;
	struct brig_argument arguments[BRIG_ROW_ARGUMENTS];
	const char *why;
};

/* Everything that no row names gets unlisted_errno: the same as not existing. */
struct brig_policy_model {
	const struct brig_syscall_row *rows;
	size_t n_rows;
	int unlisted_errno;
};

struct brig_limit_row {
	int resource; /* RLIMIT_… */
	rlim_t value; /* soft = hard; bytes, seconds or counts as setrlimit(2) says */
	const char *why;
};

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
	struct brig_policy_model policy;
	struct brig_policy_model stage1; /* before foreign code is loaded; no rows: no such stage */
	unsigned int filters; /* how many stand in a sealed child, its zygote's included */
	unsigned int fds;     /* how many are open at the seal */
	uint32_t interfaces;  /* bit n: may call service n of ipc/schema/services.h */
	int oom_score_adj;
};

/* The role with this number; NULL if there is none. */
const struct brig_role *brig_role_get(uint32_t id);

extern const struct brig_role brig_role_zygote;
extern const struct brig_role brig_role_renderer;
extern const struct brig_role brig_role_plugin;

/* Descriptors of a sealed child: 0, 1, 2 on /dev/null and its channel. */
#define BRIG_CHILD_FDS  4
#define BRIG_CHANNEL_FD 3

/* Bits of brig_role.interfaces; the services behind them are ipc/schema/services.h's. */
#define BRIG_INTERFACE_LIFECYCLE (1u << 1)
#define BRIG_INTERFACE_DECODE    (1u << 2)
#define BRIG_INTERFACE_SURFACE   (1u << 3)
#define BRIG_INTERFACE_FILES     (1u << 4)
#define BRIG_INTERFACE_PLUGIN    (1u << 5)

/* Every process that is not root already meets the uid layer; one that is root must leave it. */
#define BRIG_LAYERS_FULL                                                                           \
	[BRIG_LAYER_UID] = BRIG_REQUIRED, [BRIG_LAYER_USER_NS] = BRIG_REQUIRED,                    \
	[BRIG_LAYER_MOUNT_NS] = BRIG_REQUIRED, [BRIG_LAYER_NET_NS] = BRIG_REQUIRED,                \
	[BRIG_LAYER_IPC_NS] = BRIG_REQUIRED, [BRIG_LAYER_UTS_NS] = BRIG_REQUIRED,                  \
	[BRIG_LAYER_CGROUP_NS] = BRIG_REQUIRED, [BRIG_LAYER_ROOT] = BRIG_REQUIRED,                 \
	[BRIG_LAYER_PID_NS] = BRIG_REQUIRED, [BRIG_LAYER_FDS] = BRIG_REQUIRED,                     \
	[BRIG_LAYER_RLIMITS] = BRIG_REQUIRED, [BRIG_LAYER_CAPS] = BRIG_REQUIRED,                   \
	[BRIG_LAYER_MDWE] = BRIG_PREFERRED, [BRIG_LAYER_DUMPABLE] = BRIG_REQUIRED,                 \
	[BRIG_LAYER_NO_NEW_PRIVS] = BRIG_REQUIRED, [BRIG_LAYER_LANDLOCK] = BRIG_REQUIRED,          \
	[BRIG_LAYER_SECCOMP] = BRIG_REQUIRED

#define ALLOW_CALL(name, reason)                                                                   \
	{                                                                                          \
		.number = SYS_##name, .verdict = BRIG_ALLOW, .why = (reason)                       \
	}
#define KILL_CALL(name, reason)                                                                    \
	{                                                                                          \
		.number = SYS_##name, .verdict = BRIG_KILL, .why = (reason)                        \
	}
#define DENY_CALL(name, err, reason)                                                               \
	{                                                                                          \
		.number = SYS_##name, .verdict = BRIG_ERRNO, .error = (err), .why = (reason)       \
	}
/* Allowed if (argument & mask) == value. */
#define ALLOW_IF(name, i, m, v, reason)                                                            \
	{                                                                                          \
		.number = SYS_##name, .verdict = BRIG_ALLOW, .n_arguments = 1,                     \
		.arguments = { { (i), (m), (v) } }, .why = (reason)                                \
	}
#define ALLOW_IF2(name, i, m, v, j, n, w, reason)                                                  \
	{                                                                                          \
		.number = SYS_##name, .verdict = BRIG_ALLOW, .n_arguments = 2,                     \
		.arguments = { { (i), (m), (v) }, { (j), (n), (w) } }, .why = (reason)             \
	}

#define BRIG_INT 0xffffffffull /* the bits that the kernel reads of an int argument */

#endif
