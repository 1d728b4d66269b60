/*
 * brig/direct.h - direct channels: two children of one broker that call each other without it. The
 * broker makes a channel, says who may have one, and ends it.
 *
 * One end is the caller of one service, the other serves it, by the same generated functions as
 * between a child and its broker, and under the same checks: to each the other end is a stranger
 * who may be hostile. What it sends against the rules ends the channel, not the process. Neither
 * learns anything of the other but what the broker says; no descriptors pass.
 *
 * Threads: that of the broker; in a child, the one that its broker's peer belongs to.
 * Signal handlers: no.
 * Blocking: no on a broker's side; in a child as it says.
 * Minimum kernel: that of brig/broker.h. From Linux 6.16 on the kernel refuses to send descriptors
 * over such a channel (SO_PASSRIGHTS); before, what arrives is closed, and ends the channel.
 */
#ifndef BRIG_DIRECT_H
#define BRIG_DIRECT_H

#include <brig/export.h>
#include <brig/ipc.h>
#include <brig/process.h>
#include <brig/stats.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

BRIG_BEGIN_DECLS

struct brig_direct; /* from brig_direct_connect() until its on_end returns, or it is revoked */

#define BRIG_DIRECT_MAX 16 /* of one child at a time */

enum brig_direct_why {
	BRIG_DIRECT_CHILD_ENDED, /* one of the two processes did */
	BRIG_DIRECT_CLOSED,      /* one of them closed its end */
	BRIG_DIRECT_ACCUSED      /* the same, and it says that the other broke the protocol */
};

struct brig_direct_ended {
	enum brig_direct_why why;
	struct brig_child *by; /* which of the two; valid until on_end returns */
	/* ACCUSED: a number of docs/BAD_MESSAGES.md, by the word of a child about another. Whoever
	 * is taken over says what it likes: never end the other for it alone. */
	int code;
};

/* ---- the broker's side ---- */

struct brig_direct_options {
	size_t size;                        /* sizeof(struct brig_direct_options) */
	struct brig_child *caller, *server; /* both ready; borrowed */
	/* What the caller may call and be called. It names the role of either, and no method of it
	 * carries descriptors. Borrowed until the channel's end. */
	const struct brig_service *service;
	/* It ended by itself: called once, last, before the on_exit of the child that ended, if one
	 * did. May be NULL. */
	void (*on_end)(void *user, struct brig_direct *direct,
		       const struct brig_direct_ended *ended);
	void *user; /* handed to on_end */
};

/**
 * Make a channel, and give its ends to the two. They hear of it by brig_direct_listen().
 *
 * @options borrowed.
 * @ret     written on success only. The broker's; see struct brig_direct.
 * @ret_why written on -EINVAL and -EPERM only: a constant text that says why. May be NULL.
 *
 * Returns 0, or -EINVAL bad option: another size, one child twice, children of two brokers, a
 * service of Brig's own, with descriptors, or that doesn't name one of the roles; -EPERM their
 * roles may not be joined in this way (docs/IPC.md has the pairs), or they aren't of one principal
 * (brig_child_options.principal); -ENOTCONN one of them isn't ready, or is being ended; -EAGAIN
 * BRIG_DIRECT_MAX of one are there already; -ENOMEM, -EMFILE, -ENFILE, -ENOBUFS one of them doesn't
 * read.
 */
BRIG_API BRIG_MUST_USE int brig_direct_connect(const struct brig_direct_options *options,
					       struct brig_direct **ret, const char **ret_why);

/**
 * End it now: whatever either does from here on, nothing passes, and what wasn't read yet is
 * dropped. Both find their ends closed. on_end doesn't come.
 *
 * @direct owned, freed; NULL does nothing. Not from its own on_end.
 */
BRIG_API void brig_direct_revoke(struct brig_direct *direct);

/* ---- a child's side ---- */

/* What the broker says of a channel. */
struct brig_joined {
	uint64_t channel;  /* its number, of this broker's never used again */
	uint16_t service;  /* its id */
	bool caller;       /* this end calls, the other serves; else the reverse */
	const char *role;  /* the other's; valid until the channel is closed */
	uint64_t instance; /* the other's: brig_exit.instance has it */
};

/**
 * Take direct channels, from here on: called by brig_peer_run(). Without it, and in a child whose
 * program has no run function, they are closed as they come.
 *
 * @broker    borrowed; the peer that run got.
 * @on_joined @direct is the child's, to brig_direct_close(). The serving end calls brig_serve() on
 *            it, with rows of that service alone. Returns 0, or another number: it is closed.
 * @user      handed to it, borrowed until the process ends.
 *
 * Returns 0, or -EINVAL not a child, or a role that isn't joined to others.
 */
BRIG_API BRIG_MUST_USE int brig_direct_listen(struct brig_peer *broker,
					      int (*on_joined)(void *user, struct brig_peer *direct,
							       const struct brig_joined *joined),
					      void *user);

/**
 * Close this end, which ends the channel; the broker is told, and of a breach with its code. Also
 * what is to be done after any of brig/ipc.h's functions said that the other end is gone (-EPIPE),
 * talks nonsense (-EPROTO) or let a deadline pass (-ETIMEDOUT: the longest of the service's
 * methods, kept by the kernel): nothing comes of it any more.
 *
 * @direct owned, freed, each on_reply that it owes comes with -EPIPE; NULL does nothing. Not from
 *         one of its own handlers.
 */
BRIG_API void brig_direct_close(struct brig_peer *direct);

/**
 * Read what this end has counted since it was joined: the broker sees nothing of what passes. Each
 * end counts what it sent and what came, so that a call is in both ends' numbers; latencies are a
 * call's whole time at the calling end, and the handler's at the serving one.
 *
 * @direct borrowed; one that on_joined got.
 * @row    as of brig_broker_stats(), of this channel's one service. It may not call into @direct.
 * @user   handed to it.
 *
 * Returns 0, or -EINVAL not a direct channel, no @row; -ENOMEM (then it wasn't called).
 */
BRIG_API int brig_direct_stats(struct brig_peer *direct,
			       void (*row)(void *user, const struct brig_stats *stats), void *user);

/**
 * Wait until one of several has said something: a child's broker, and direct channels. Call
 * brig_peer_run() once of each that is ready, with -1, which doesn't wait then. (With 0 it handles
 * what was kept before and reads nothing: the peer stays ready, and the loop never sleeps.)
 *
 * @peers      borrowed, @n of them, 1..BRIG_DIRECT_MAX + 1.
 * @ret_ready  room for @n; written on success.
 * @timeout_ms milliseconds; -1: without limit; 0: only what is there now.
 *
 * For roles that have poll(2) ("service"). Others serve one channel at a time: its brig_peer_run()
 * ends when the broker revokes it.
 *
 * Returns how many are ready (0: none, the time is up, or something else had to be done; ask
 * again), or -EINVAL, -EPERM the role has no poll(2). Blocks: up to @timeout_ms.
 */
BRIG_API BRIG_MUST_USE int brig_peers_wait(struct brig_peer *const *peers, size_t n,
					   bool *ret_ready, int timeout_ms);

BRIG_END_DECLS

#endif
