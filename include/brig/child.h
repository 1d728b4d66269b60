/*
 * brig/child.h - be the helper: for embedders that re-execute their own binary as brig-child, to
 * run Brig's own children in it, or programs of their own.
 */
#ifndef BRIG_CHILD_H
#define BRIG_CHILD_H

#include <brig/export.h>
#include <brig/ipc.h>

#include <stddef.h>

BRIG_BEGIN_DECLS

/**
 * Run as a Brig helper if this process was started as one.
 *
 * Call it first thing in main(), before threads, files or signal handlers. To use it, give the
 * binary's own path as brig_broker_options.child_path. The binary must not need libraries that only
 * its owner can read: the helper may run as another user. Nor such as only LD_LIBRARY_PATH finds:
 * the helper has none of the environment.
 *
 * @argc, @argv as main() got them, borrowed.
 *
 * Returns -ENOENT if this process is no helper (go on with main). Else it does not return: it ends
 * the process with _exit(2).
 * Thread: the only one. Blocks: for the life of the helper.
 */
BRIG_API int brig_child_main(int argc, char **argv);

/* What children of one role run, instead of Brig's own. */
struct brig_child_program {
	const char *role; /* "service", "workers", "network", "compute", "codec" or "renderer" */
	/*
	 * The services that it speaks, each side's: told with the seal, so that a broker of another
	 * version refuses it by name. Served as by brig_serve(), which may replace them.
	 */
	const struct brig_served *served;
	size_t n_served; /* 0..BRIG_SERVED_MAX */
	/*
	 * Once a helper, before children are forked, while files can still be read: tables, caches.
	 * Nothing of any child's is there yet. It may run as another user, in the namespaces of the
	 * helper, and must leave neither threads nor open files. May be NULL.
	 */
	void (*warm_up)(void);
	/* What each of the role's threads but the first runs, from before its filter stands: of
	 * roles whose file says "threads N", and of no others. The broker counts them: one that
	 * returned before is a launch that failed. */
	void *(*thread)(void *user);
	/*
	 * The first thread, sealed and looked at. Returns the exit status, 0..63. NULL: it handles
	 * what the broker says until that is gone.
	 */
	int (*run)(struct brig_peer *broker, void *user);
	void *user; /* handed to thread and run */
};

/**
 * As brig_child_main(), with programs of your own for some roles; the others stay Brig's.
 *
 * A program of role "renderer" or "codec" takes the place of the decoders: brig_decode_start() of
 * that helper works no more.
 *
 * @programs borrowed, with all that hangs on them, for the life of a helper; @n of them.
 *
 * Returns -ENOENT if this process is no helper (go on with main), or -EINVAL a role that runs no
 * program or is there twice, services that brig_serve() would refuse, a role with threads without
 * @thread or the reverse. As a helper it does not return.
 * Thread: the only one. Blocks: for the life of the helper.
 */
BRIG_API BRIG_MUST_USE int brig_child_run(int argc, char **argv,
					  const struct brig_child_program *programs, size_t n);

BRIG_END_DECLS

#endif
