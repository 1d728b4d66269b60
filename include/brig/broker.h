/*
 * brig/broker.h - the trusted side: starts sandboxed children and answers what they ask for.
 *
 * Threads: a broker belongs to the thread that created it, and that thread must live as long as
 * the broker (the kernel ends the children with it: PR_SET_PDEATHSIG, prctl(2)). Every function
 * is called from that thread; the exception is said where it stands.
 * Signals: a broker handles none, changes no mask, needs no SIGCHLD and raises no SIGPIPE. It never
 * waits for any child but its own. If the embedder ignores SIGCHLD, exit statuses are known from
 * Linux 6.15 on; before, such a death has class "unknown".
 * Files: create raises RLIMIT_NOFILE's soft limit to the hard one.
 * Memory: up to 256 MiB that images and children no longer need is cleared and kept for the next.
 * Kernel: 5.13 (Landlock) at the least; below it children can't be started.
 */
#ifndef BRIG_BROKER_H
#define BRIG_BROKER_H

#include <brig/exit.h>
#include <brig/export.h>
#include <brig/layers.h>
#include <brig/violation.h>

#include <stddef.h>

BRIG_BEGIN_DECLS

struct brig_broker; /* from brig_broker_create() to brig_broker_destroy() */

struct brig_broker_options {
	size_t size;               /* sizeof(struct brig_broker_options) */
	const char *child_path;    /* the helper; NULL: libexecdir, then relative to the library */
	const char *plugin_dir;    /* *.so files, one a plugin; NULL: found like the helper */
	unsigned int max_children; /* at a time, 1..1000; 0: 64. More documents wait
				    their turn, other children are refused. */
	unsigned int workers;  /* threads for opens and encodes, 1..64; 0: one a CPU, at most 8 */
	int launch_timeout_ms; /* for a child to seal itself, 1..60000; 0: 10000 */
	enum brig_level
		least; /* what a child must reach; BRIG_LEVEL_NONE means the default, FULL */

	/*
	 * A child was killed for a forbidden call. Called on the broker's thread when that child
	 * is dead, before its job's on_done; @violation is borrowed until it returns. Bounded
	 * however many die: of each kind (role, call, rule) the first, the second, the fourth and
	 * so on by powers of two, with its count; BRIG_VIOLATION_KINDS are kept apart, and all
	 * others counted as one. May be NULL, and of a struct that ends before it is.
	 */
	void (*on_violation)(void *user, const struct brig_violation *violation);
	void *user; /* handed to on_violation */

	/*
	 * A cgroup v2 directory that is delegated to the broker (it may make groups there, move
	 * its children from its own cgroup into them, and has no process in it itself), borrowed
	 * until brig_broker_create() returns; "/proc/self/fd/N" names an open one. NULL, and of a
	 * struct that ends before it: none. Each child then has a group of its own below it, in
	 * brig-<random>, with the memory, processes and weight of its role and priority, from
	 * before its first work until it was reaped. The memory and pids controllers are enabled
	 * below it where they aren't; cpu is used where it is there. What a broker that was killed
	 * left there is removed by the next one. What a child used before it was moved (some
	 * hundred KiB), and shared memory that others touched first, isn't counted.
	 */
	const char *cgroup;
	unsigned int cgroup_optional; /* 0: where a child's group can't be had, or not with all its
					 bounds, nothing is run; 1: its layer says so */
	unsigned int reserved;        /* 0 */
};

/**
 * Make a broker and start its zygote.
 *
 * @options borrowed, may be NULL for the defaults; copied.
 * @ret     written on success only; owned by the caller, to brig_broker_destroy().
 *
 * The helper is opened here, once, and used by file descriptor ever after: moving or deleting the
 * files later changes nothing. That the sandbox can be had is known only when the first child is
 * sealed; see brig_exit's launch_failed.
 *
 * Returns 0, or -EINVAL bad option, -ENOENT no helper found, -EACCES helper can't be opened,
 * -ENOEXEC helper is no regular executable file, -ELOOP this process was started as a helper, and
 * its main() didn't call brig_child_run() or brig_child_main(), -ENOMEM, -EMFILE, -ENOSYS kernel
 * too old; of the cgroup: -EMEDIUMTYPE no cgroup v2 directory, -EOPNOTSUPP without a memory or pids
 * controller, -EBUSY it has processes of its own, -ENOENT, -ENOTDIR, -EACCES, -EPERM, -EROFS,
 * -EAGAIN; of a journal that the environment wants (brig/journal.h): what open(2) says.
 * Blocks: on the file system while it opens the helper.
 */
BRIG_API BRIG_MUST_USE int brig_broker_create(const struct brig_broker_options *options,
					      struct brig_broker **ret);

/**
 * End every child, reap it, join the workers and free the broker.
 *
 * @broker owned, freed; NULL does nothing. Not from one of its own callbacks. Jobs that still run
 *         get their last callback from here.
 *
 * Blocks: until work that was handed to workers is done, and the children are reaped (they are
 * killed first).
 */
BRIG_API void brig_broker_destroy(struct brig_broker *broker);

/**
 * Run callbacks for what has happened, after waiting for something to happen.
 *
 * @timeout_ms milliseconds to wait at most; -1: without limit; 0: only what is there now.
 *
 * A signal handler that runs meanwhile doesn't end the wait: let it call brig_broker_wake().
 *
 * Returns 1 if something was done, 0 if the time was up, or -EBUSY called from one of the broker's
 * own callbacks, -EIO epoll_wait(2) failed.
 * Blocks: up to @timeout_ms.
 */
BRIG_API BRIG_MUST_USE int brig_broker_run(struct brig_broker *broker, int timeout_ms);

/**
 * Make the brig_broker_run() in progress, or the next one, return soon.
 *
 * Thread: any. Signal handlers: yes (one write to an eventfd). Blocks: no.
 */
BRIG_API void brig_broker_wake(struct brig_broker *broker);

/**
 * Run something that may block on one of the broker's worker threads.
 *
 * @work called once on a worker thread with @user; may block.
 * @done called once, later, on the broker's thread with @user; may be NULL. At destroy it still
 *       comes.
 *
 * Returns 0, or -EINVAL, -ENOMEM, -EAGAIN too much is queued already (1024).
 * Blocks: no.
 */
BRIG_API BRIG_MUST_USE int brig_broker_work(struct brig_broker *broker, void (*work)(void *user),
					    void (*done)(void *user), void *user);

BRIG_END_DECLS

#endif
