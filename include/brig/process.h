/*
 * brig/process.h - children for services of your own: started, sealed, attested, and asked by the
 * stubs that protoc-gen-brig makes. What such a child runs is your own code (brig/child.h).
 *
 * Threads: the broker's own. Signal handlers: no.
 * Blocking: no, but to start a process, and what is said.
 * Minimum kernel: that of brig/broker.h.
 */
#ifndef BRIG_PROCESS_H
#define BRIG_PROCESS_H

#include <brig/broker.h>
#include <brig/exit.h>
#include <brig/export.h>
#include <brig/ipc.h>
#include <brig/priority.h>

#include <stddef.h>
#include <stdint.h>

BRIG_BEGIN_DECLS

struct brig_child; /* from brig_child_start() until its on_exit returns; the broker's */

struct brig_child_listener {
	/*
	 * It is sealed, and the broker has looked at the seal. From here on its calls are answered,
	 * and it may be called, from within this function, too. May be NULL.
	 */
	void (*on_ready)(void *user, struct brig_child *child);
	/*
	 * It is dead and reaped, or never lived: exit->class_ says which. Comes exactly once, and
	 * last: behind each on_reply that it owes, which have -EPIPE then. @exit is borrowed until
	 * it returns. May be NULL.
	 */
	void (*on_exit)(void *user, struct brig_child *child, const struct brig_exit *exit);
};

struct brig_child_options {
	size_t size;      /* sizeof(struct brig_child_options) */
	const char *role; /* such as "service": its policy, fixed for its life */
	/* What it may call and be called: services that name the role. The rows are copied, their
	 * handlers and users borrowed until on_exit. */
	const struct brig_served *served;
	size_t n_served;        /* 0..BRIG_SERVED_MAX */
	unsigned int max_asked; /* its calls that wait, until it has the answer: 1..64; 0: 64 */
	int timeout_ms;         /* for it to seal itself, 1..60000; 0: the broker's */
	enum brig_priority priority;                /* BRIG_PRIORITY_ROLE: what its role says */
	unsigned int reserved;                      /* 0 */
	const struct brig_child_listener *listener; /* copied; NULL: nobody is told */
	void *user;                                 /* handed to the listener */

	/*
	 * For whom it works, as you number them: a customer, an origin, a document. It never learns
	 * the number. Memory that a child wrote (brig_handoff_create()) is used again only for
	 * children of the same role and number, and cleared in any case; only children of one
	 * number are joined (brig/direct.h). 0, and of a struct that ends before it: all the same
	 * one for memory, and joined to nobody.
	 */
	uint64_t principal;

	/* Written on -EINVAL, where that is for one of these: a constant text that says which and
	 * why. NULL, and of a struct that ends before it: nowhere. */
	const char **ret_why;
};

/**
 * Begin starting a child of the broker's helper (brig_broker_options.child_path), which must have
 * a program for the role: brig_child_run().
 *
 * @broker  borrowed; ends the child when it is destroyed.
 * @options borrowed.
 * @ret     written on success only. Owned by @broker, valid until on_exit returns.
 *
 * It is started sealed or not at all. A child that speaks a service in a version that doesn't go
 * with the broker's ends before it is ready: launch_failed, stage handshake, EPROTONOSUPPORT, and
 * brig_exit.detail says which.
 *
 * Returns 0, or -EINVAL bad option (options->ret_why says which): another size, no such role, one
 * that runs no program of an embedder's (zygote, helper, broker, plugin), a service whose schema
 * doesn't name the role, one that passes descriptors to or from a role whose channel carries none
 * (compute), whose id is below 64 or there twice, or with a method that has no handler; -EAGAIN
 * max_children are there already, -ESHUTDOWN the broker is being destroyed, -ENOMEM, -EMFILE, or
 * another -errno of posix_spawn(3).
 */
BRIG_API BRIG_MUST_USE int brig_child_start(struct brig_broker *broker,
					    const struct brig_child_options *options,
					    struct brig_child **ret);

/**
 * The peer for the generated stubs; valid until on_exit returns.
 *
 * Returns NULL before on_ready: nothing can be said to it yet.
 */
BRIG_API struct brig_peer *brig_child_peer(struct brig_child *child);

/**
 * Which child that is: of a handler's call->peer, who calls. What the broker knows of a child, such
 * as for whom it works, is then found by the socket that a message came by, and never by what the
 * message says.
 *
 * @peer borrowed. NULL is no child's.
 *
 * Returns the child, owned by its broker; NULL where @peer isn't the broker's side of one that
 * brig_child_start() began, such as a child's own side.
 */
BRIG_API struct brig_child *brig_peer_child(const struct brig_peer *peer);

/**
 * brig_child_options.user of it.
 *
 * @child borrowed, not NULL.
 */
BRIG_API void *brig_child_user(const struct brig_child *child);

/**
 * The number that its exit, violations, journal and direct channels name it by: unique among its
 * broker's children, dead ones, too. Its pid is none: that is used again.
 *
 * @child borrowed, not NULL.
 */
BRIG_API uint64_t brig_child_instance(const struct brig_child *child);

/**
 * Kill it. on_exit follows, from brig_broker_run(): policy_kill, unless it ended before. To have
 * it end by itself, tell it so by a method of your own.
 *
 * @child borrowed; from its handlers, too. NULL does nothing.
 */
BRIG_API void brig_child_end(struct brig_child *child);

BRIG_END_DECLS

#endif
