/*
 * broker/process/process.h - one child: from launch request to reaped. It outlives its process
 * until its last callback has run.
 */
#ifndef BROKER_PROCESS_PROCESS_H
#define BROKER_PROCESS_PROCESS_H

#include "broker/broker.h"
#include "ipc/dispatch/peer.h"
#include "ipc/dispatch/quota.h"
#include "ipc/schema/launch.h"
#include "ipc/schema/services.pb-c.h"

#include <brig/exit.h>

enum brig_process_state {
	BRIG_STATE_LAUNCHING, /* sealing itself */
	BRIG_STATE_READY,     /* attested; has had no work */
	BRIG_STATE_LOCKED,    /* belongs to one document */
	BRIG_STATE_DRAINING,  /* said how it ended; may say nothing more */
	BRIG_STATE_DEAD,
};

struct brig_case;
struct brig_process;

struct brig_process_listener {
	/* Sealed and attested: work may be sent. */
	void (*ready)(void *user, struct brig_process *process);
	/* The last call; the process is freed after it. It may take process->violation. */
	void (*exited)(void *user, struct brig_process *process, const struct brig_exit *exit);
};

/* What a child may call. */
struct brig_offer {
	const struct brig_served *rows;
	size_t n;
	bool own_users;         /* each row has its own; else it is the launch's */
	unsigned int max_asked; /* requests of it at a time, 1..BRIG_CALLS_MAX */
	/*
	 * What is taken of it a second; 0: ipc/dispatch/quota.h's. Who sends more waits in its own
	 * sendmsg(2): it isn't read until it is within them again.
	 */
	uint32_t messages_per_s, bytes_per_s;
};

struct brig_launch_request {
	const struct brig_role *role;
	int plugin_fd; /* BRIG_PLUGIN_FD of its helper, borrowed until exited; -1: none */
	const struct brig_offer *offer; /* its handlers are borrowed until exited; NULL: nothing but
					   to seal itself */
	void *offer_user;               /* NULL: the listener's */
	int timeout_ms;
	enum brig_priority priority;
	uint64_t principal; /* as the embedder numbers them; 0: none */
};

struct brig_process {
	struct brig_broker *broker;
	struct brig_process *next;
	const struct brig_role *role;
	struct brig_zygote *zygote;       /* who was asked to fork it; NULL before and after */
	struct brig_launch_message claim; /* what that zygote said of the shared layers */
	enum brig_process_state state;
	struct brig_peer peer;
	struct brig_quota quota;
	unsigned int singles;         /* times in a row that it had sent one message */
	unsigned int backlog;         /* messages beyond its share, read while others talk */
	struct brig_wheel_node pause; /* runs while it isn't read */
	uint64_t refused_since_us,
		refused_us; /* it could pass no descriptors: broker/process/crowd.c */
	long unread_least;  /* that are its fault, of so many looks */
	unsigned int unread_looks;
	struct brig_served served[BRIG_SERVED_MAX + 2]; /* an offer's, behind our own */
	uint64_t principal;                             /* whom it works for; 0: none */
	int child_fd;                                   /* the child's end, until it was sent */
	int pidfd;
	pid_t pid; /* valid while pidfd is ours and unreaped */
	enum brig_priority priority;
	bool grouped; /* it has a cgroup of its own */
	struct brig_watch *channel_watch, *death_watch, *forbidden_watch;
	int forbidden;            /* tells of calls that its filter reports; -1: nobody does */
	uint32_t forbidden_there; /* the same in the child, until it was taken; 0: none */
	struct brig_timer *timer;
	bool sealed;  /* it said so */
	bool ending;  /* class and code are decided: the first reason is the cause */
	pid_t sender; /* of its first message, by the kernel's word */
	bool alone;   /* its zygote died before it told of the child */
	uint64_t started_us;
	struct brig_case *looked_into;    /* by a worker: its end waits for that */
	struct brig_violation *violation; /* what came of it; NULL: none */
	bool reaped;
	uint64_t ended_us; /* another was about to reap it; 0: none was */
	struct brig_exit exit;
	const struct brig_process_listener *listener;
	void *user;
};

/* Begin. 0 and *ret: exited() always comes. -ENOMEM, -EMFILE: nothing was begun. */
int brig_process_launch(struct brig_broker *broker, const struct brig_launch_request *request,
			const struct brig_process_listener *listener, void *user,
			struct brig_process **ret);

/* End it, for this reason unless there was one before; exited() follows. */
void brig_process_kill(struct brig_process *process, enum brig_exit_class class_, int code);
void brig_process_fail_launch(struct brig_process *process, enum brig_stage stage, int error);

/*
 * broker/process/peer.c: its end of the channel; what it may call: of its launch what @lifecycle
 * hears, and what is offered. 0, or -EINVAL: more than BRIG_SERVED_MAX.
 */
struct brig_lifecycle_handlers;
void brig_process_open_peer(struct brig_process *process);
/* Whose it is; NULL: no broker's. */
struct brig_process *brig_peer_process(const struct brig_peer *peer);
int brig_process_serve(struct brig_process *process,
		       const struct brig_lifecycle_handlers *lifecycle,
		       const struct brig_offer *offer, void *user);

/* From here on it may call what this state allows. */
void brig_process_enter(struct brig_process *process, enum brig_process_state state);

/* Arm or change the one deadline: LAUNCHING's, then the job's. */
int brig_process_deadline(struct brig_process *process, int ms);

/* From the zygote: @pidfd becomes the process's. */
void brig_process_forked(struct brig_process *process, int pidfd);
/* The zygote is gone and will tell no more. */
void brig_process_orphaned(struct brig_process *process);

/* broker/process/attest.c: what procfs shows of it. 0, or -errno with *ret_stage. */
int brig_attest(struct brig_process *process, enum brig_stage *ret_stage);
/* What the broker's own state means for its children's: namespaces that differ, filters that add
 * up.
 */
int brig_attest_own(struct brig_broker *broker);
/* The pid behind a pidfd in our own namespace, or -errno. */
pid_t brig_pidfd_pid(int pidfd);

/*
 * broker/process/priority.c: what it is to be, known before it is forked; put on as soon as it is;
 * and looked at. At the broker's own priority none of them makes a system call.
 */
void brig_process_want_priority(struct brig_process *process, enum brig_priority wanted);
void brig_process_put_priority(struct brig_process *process);
void brig_attest_priority(struct brig_process *process);

/*
 * broker/process/namespaces.c: the inode of each, of the process behind @pidfd, whose /proc/<pid>
 * is @proc. A @pidfd of -1, or a kernel before Linux 6.11, leaves the latter alone to be asked.
 */
int brig_namespaces_read(int pidfd, int proc, ino_t ret[BRIG_NAMESPACES]);
/* Those that a zygote shares with its children, as descriptors; -1 for what can't be had. */
void brig_namespaces_hold(int pidfd, int ret[BRIG_NAMESPACES]);

/*
 * broker/process/agree.c: whether the embedder's services that it speaks are those that we serve.
 * If not, its exit's detail says which.
 */
bool brig_process_agree(struct brig_process *process, const Brig__Ipc__SealClaim *sealed);

/*
 * broker/process/crowd.c: how many descriptors lie unread in the socket behind @fd, of the fdinfo
 * directory @fdinfo; it says that it can pass none, for which who is to blame is ended, or it.
 */
long brig_fds_unread(int fdinfo, const char *fd);
enum brig_bad_message brig_process_refused(struct brig_process *process);

/* broker/process/reap.c: collect its status into process->exit. False if it lives. */
bool brig_process_reap(struct brig_process *process);

/*
 * broker/process/zygote.c. The children of one zygote share its address layout and stack canary:
 * what one document learned of them is worth nothing after so many launches, as soon as the next
 * zygote is ready. None waits for that.
 */
#define BRIG_ZYGOTE_FORKS 1000
int brig_zygote_request(struct brig_broker *broker, struct brig_process *process, int plugin_fd);
void brig_zygote_kill(const struct brig_zygote *zygote);
/* Has it others, and couldn't be asked for @process yet, since no descriptors pass? */
bool brig_zygote_waits(const struct brig_zygote *zygote, const struct brig_process *process);
void brig_zygotes_destroy(struct brig_broker *broker);
/* Start the shared zygote before it is needed. */
int brig_zygote_prepare(struct brig_broker *broker);

/*
 * broker/process/share.c: of how many messages this turn may be; so many were read, and some
 * had descriptors; a message of
 * @n bytes was, and it is over its quota, so that it isn't read for a while.
 */
int brig_process_share(const struct brig_process *process);
void brig_process_count_read(struct brig_process *process, int n, bool passed);
bool brig_process_over_quota(struct brig_process *process, size_t n);

#endif
