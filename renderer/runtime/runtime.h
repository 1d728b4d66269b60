/*
 * renderer/runtime/runtime.h - the helper process: enters its namespaces, forks sealed children,
 * and runs a role's main in each.
 */
#ifndef RENDERER_RUNTIME_RUNTIME_H
#define RENDERER_RUNTIME_RUNTIME_H

#include "ipc/schema/launch.h"
#include "ipc/schema/services.pb-c.h"
#include "renderer/runtime/client.h"
#include "sandbox/layers/seal.h"

#include <brig/child.h>

#include <pthread.h>

/* What a role does once it is sealed. One row a role. */
struct brig_role_main {
	void (*warm_up)(void);   /* in the zygote, while files are there; may be NULL */
	int (*load)(void *user); /* foreign code, after stage 1; NULL: none */
	/*
	 * The role's threads but the first, before the filter: it returns once all of them run. Of
	 * a role that has several; what they share with run() may hang on client->threads.
	 */
	int (*start)(void *client);
	/* Returns the exit status. */
	int (*run)(struct brig_client *client);
	const struct brig_child_program *program; /* client->program; NULL: it is Brig's own */
};

struct brig_runtime_options {
	const struct brig_role_main *mains; /* indexed by enum brig_role_id */
	/* Layers may be left out at the broker's word: for tests of what the others hold alone. */
	bool may_weaken;
	int error; /* positive errno: as a helper, say that and end */
};

extern const struct brig_role_main brig_own_mains[BRIG_ROLE_COUNT];

/* As brig_child_main() in include/brig/child.h; the second with these mains and no weakness. */
int brig_runtime_run(int argc, char **argv, const struct brig_runtime_options *options);
int brig_runtime_main(int argc, char **argv, const struct brig_role_main *mains);

/*
 * For start(): @n threads that run @body. They have been through libc's own beginning of a thread,
 * whose calls a filter may refuse. @ret: room for @n, which are the caller's to join; or NULL: they
 * are detached. 0, or -errno: then some may run.
 */
int brig_threads_start(unsigned int n, void *(*body)(void *user), void *user, pthread_t *ret);

/* renderer/runtime/program.c: what the program speaks, told with the seal; room for each. */
size_t brig_program_claim(const struct brig_child_program *program, Brig__Ipc__ServiceClaim *ret);

struct brig_helper {
	struct brig_tier tier;
	const struct brig_role *role; /* BRIG_ROLE_ZYGOTE, or the one role that it launches */
	const struct brig_role_main *mains;
	struct brig_client *client; /* each child's own once it is forked; untouched before */
	struct brig_layer_state layers[BRIG_LAYER_COUNT]; /* what the shared steps came to */
	int landlock_abi;  /* the same for all children; 0: each asks for itself */
	unsigned int cpus; /* that are online; asked for where files can be read */
	int plugin_fd;     /* of a plugin that isn't in its root, for want of one; -1: none */
};

/* Set up behind the exec and serve launch requests until the broker goes. Does not return. */
_Noreturn void brig_helper_serve(struct brig_helper *helper);

/* In a fresh clone: seal, tell, work, end. Does not return. */
_Noreturn void brig_bootstrap_run(const struct brig_helper *helper, const struct brig_role *role,
				  int channel_fd);

#endif
