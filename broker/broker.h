/* broker/broker.h - what the trusted side shares among its files. */
#ifndef BROKER_BROKER_H
#define BROKER_BROKER_H

#include "broker/process/cgroup.h"
#include "ipc/dispatch/arena.h"
#include "ipc/dispatch/stats.h"
#include "ipc/loop/loop.h"
#include "ipc/loop/wheel.h"
#include "ipc/wire/channel.h"
#include "sandbox/layers/priority.h"
#include "sandbox/layers/seal.h"
#include "sandbox/roles/role.h"

#include <brig/broker.h>

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define BRIG_PLUGINS_MAX 32

enum brig_namespace {
	BRIG_NAMESPACE_USER,
	BRIG_NAMESPACE_MOUNT,
	BRIG_NAMESPACE_NET,
	BRIG_NAMESPACE_IPC,
	BRIG_NAMESPACE_UTS,
	BRIG_NAMESPACE_CGROUP,
	BRIG_NAMESPACE_PID,
	BRIG_NAMESPACES
};

struct brig_plugin_file {
	char name[33]; /* "qoi" */
	int fd;
};

struct brig_zygote;
struct brig_process;
struct brig_child;
struct brig_direct;
struct brig_stream;
struct brig_decode;
struct brig_workers;
struct brig_pool;
struct brig_principal;
struct brig_tally;
struct brig_journal;

struct brig_broker {
	struct brig_loop *loop;
	struct brig_wheel wheel; /* of calls and quotas */
	struct brig_stats_table stats;
	struct brig_workers *workers;
	struct brig_pool *pool; /* of memory for pixels */
	int helper_fd;
	struct brig_plugin_file plugins[BRIG_PLUGINS_MAX];
	size_t n_plugins;
	unsigned int max_children;
	int launch_timeout_ms;
	struct brig_tier tier; /* the least that a child must reach */
	bool running;          /* inside brig_broker_run() */
	bool closing;
	uint64_t next_instance;
	ino_t namespaces[BRIG_NAMESPACES]; /* our own: a child's must differ */
	uint64_t filters;                  /* our own, as in a container: a child has them, too */
	struct brig_urgency urgency;       /* our own: what a child's priority adds to */
	struct brig_cgroup cgroup;         /* of the children's groups */
	bool proc_is_ours; /* /proc counts processes as our own pid namespace does */

	struct brig_zygote *zygote;     /* serves fork launches; NULL until needed */
	struct brig_zygote *successor;  /* of that one, which has forked enough; mostly NULL */
	unsigned int zygote_forks;      /* how many that is */
	unsigned int early_deaths;      /* of zygotes in a row that never got ready */
	struct brig_zygote *zygotes;    /* every helper that lives */
	struct brig_process *processes; /* every child that lives or is being launched */
	uint64_t last_read;             /* which child's turn the last one was */
	uint64_t looked_us;             /* for descriptors that lie unread; 0: another row begins */
	struct brig_decode *jobs;       /* every job that has not had its last callback */
	unsigned int active_jobs;
	unsigned int turns_alone;    /* in a row that it had */
	struct brig_direct *directs; /* every channel between two children */
	uint64_t last_direct;        /* the number of the last one */
	struct brig_stream *streams; /* every one that isn't over */
	struct brig_child *children; /* every child that the embedder started */
	unsigned int n_children;

	void (*on_violation)(void *user, const struct brig_violation *violation);
	void *user;               /* on_violation's */
	struct brig_tally *tally; /* of violations; NULL until there is one */

	struct brig_journal *journal;    /* NULL: none is kept */
	uint8_t buffer[BRIG_PACKET_MAX]; /* one message at a time */
	struct brig_arena arena;         /* likewise */
	/* Test-only tap, copied into every child's channel. */
	void (*tap)(void *user, const uint8_t *bytes, size_t n);
	void *tap_user;
};

/* The plugin called @name (not NUL-terminated), or NULL. */
const struct brig_plugin_file *brig_broker_plugin(const struct brig_broker *broker,
						  const char *name, size_t n);

/*
 * A broker whose children are without some layers (bit n: layer n), to see what the others hold
 * alone. Only a helper that says it may be weakened (renderer/runtime/runtime.h) plays along.
 */
int brig_broker_create_without(const struct brig_broker_options *options, uint32_t off,
			       struct brig_broker **ret);

/* Monotonic time in microseconds. */
uint64_t brig_now_us(void);

/* broker/process/child.c: kill each that the embedder started; on_exit follows. */
void brig_children_end(struct brig_broker *broker);
struct brig_broker *brig_child_broker(const struct brig_child *child);
struct brig_principal brig_child_principal(const struct brig_child *child);

/* broker/process/helper.c */
#define BRIG_NO_PLACE SIZE_MAX
/* *ret_place: which of the known places it was found in; BRIG_NO_PLACE: the caller's own @path. */
int brig_helper_open(const char *path, int *ret, size_t *ret_place);
void brig_plugins_open(struct brig_broker *broker, const char *dir, size_t place);

/* broker/process/workers.c */
int brig_workers_create(unsigned int n, struct brig_loop *loop, struct brig_workers **ret);
int brig_workers_add(struct brig_workers *workers, void (*work)(void *), void (*done)(void *),
		     void *user);
void brig_workers_run_done(struct brig_workers *workers);
void brig_workers_destroy(struct brig_workers *workers);

#endif
