/*
 * ipc/dispatch/peer.h - one end's view of the other: what it may ask (the attack surface), what it
 * was asked, and what is on its way. The same on both sides; who we are decides who is trusted.
 */
#ifndef IPC_DISPATCH_PEER_H
#define IPC_DISPATCH_PEER_H

#include "ipc/dispatch/arena.h"
#include "ipc/dispatch/rules.h"
#include "ipc/dispatch/stats.h"
#include "ipc/loop/wheel.h"
#include "ipc/wire/channel.h"

#include <brig/ipc.h>
#include <brig/memory.h>

#define BRIG_CALLS_MAX       64 /* of one peer in flight, each way */
#define BRIG_EMBEDDERS_FIRST 64 /* ids of services below are Brig's own */
/* Of what an end says unasked and the other has not given back as credit. */
#define BRIG_WINDOW 64
/* Messages that came during a call that waits: unasked ones, and answers to calls that don't. */
#define BRIG_KEPT_MAX (BRIG_WINDOW + BRIG_CALLS_MAX)

#define BRIG_SPILL_UNREAD_MAX 8 /* replies of one peer that lie elsewhere */

struct brig_batch;
struct brig_kept; /* one of those */
struct brig_rate;

/* What a peer's owner is told. */
struct brig_peer_owner {
	/* Something waits for room in the socket. */
	void (*want_write)(void *user);
	/* Sending failed for good: -ENOBUFS it doesn't read; else -errno. Not -EPIPE: that shows.
	 */
	void (*send_failed)(void *user, int error);
	/* Its child can pass no descriptors, it says: others lie in sockets. NULL: so be it. */
	enum brig_bad_message (*refused)(void *user);
};

/* A request of theirs that isn't answered. */
struct brig_asked {
	uint64_t id; /* 0: free */
	const struct brig_method *method;
	uint64_t deadline_us, started_us;
	bool spilled; /* it lay in the room */
};

/* A request of ours that isn't answered. */
struct brig_pending {
	uint64_t id; /* 0: free */
	const struct brig_method *method;
	brig_any_fn *on_reply; /* NULL: cancelled, or over; an answer may still come */
	void *user;
	uint64_t scope;
	uint64_t deadline_us, started_us; /* where there is a wheel */
};

/* What is too large for a packet (ipc/dispatch/spill.h). */
struct brig_spill {
	struct brig_unsafe *room; /* a broker's, where a child's requests lie; NULL: none do */
	uint64_t fetched;         /* bytes that were copied out of it */
	unsigned int replies;     /* a broker's, which may lie unread */
	unsigned int n_replies;   /* ever; of the last ones, channel.least behind each */
	uint64_t least[BRIG_SPILL_UNREAD_MAX];
	struct brig_view view;  /* a child's, of the room */
	uint64_t id;            /* of the request that lies there; 0: none */
	void *request, *answer; /* what messages were unpacked to */
};

struct brig_peer {
	struct brig_channel channel;
	uint8_t *buffer;          /* borrowed, BRIG_PACKET_MAX: one message at a time */
	struct brig_arena *arena; /* borrowed: one request or event at a time */
	struct brig_arena
		*answer_arena; /* borrowed; where handlers wait for answers, another one */
	const struct brig_peer_owner *owner;
	void *owner_user;
	struct brig_wheel *wheel; /* borrowed; NULL: a child's, whose broker looks at the clock */
	struct brig_wheel_node deadline;
	struct brig_stats_table *stats; /* borrowed; NULL: nothing is counted */

	/* Who the two are, and what the other may ask. */
	const struct brig_served *served; /* borrowed */
	size_t n_served;
	/* What @served is, if brig_serve() was called; behind it Brig's own row, if there is one.
	 */
	struct brig_served own[BRIG_SERVED_MAX + 1];
	struct brig_served always; /* that row; .service NULL: none */
	const char *role;          /* of the child, whichever end that is */
	enum brig_caller self;
	uint32_t interfaces; /* bit n: its role may call Brig's own service n */
	uint32_t state;      /* BRIG_IN_…, of a child; a broker's is never looked at */
	unsigned int cpus;   /* that are online; 0: not known, as one */
	/* The other end is a child, too: the one service of their channel. 0: it is a broker, or
	 * ours. Nobody looks at this end's clock but itself, and the kernel (SO_RCVTIMEO). */
	uint16_t direct;

	/* What it asked, and hasn't been answered. */
	uint64_t last_id;         /* ids only rise */
	struct brig_asked *asked; /* room_asked of them: the one, or max_asked */
	struct brig_asked one_asked;
	unsigned int n_asked, room_asked;
	unsigned int max_asked;   /* at a time, whatever the methods */
	unsigned int unread_most; /* replies that may lie unread, at the most */
	unsigned int n_answers;   /* ever; of the last ones, channel.cost behind each */
	uint64_t answer_costs[BRIG_CALLS_MAX];

	/* What we asked. */
	uint64_t next_id;
	uint64_t scope;
	struct brig_pending *pending; /* BRIG_CALLS_MAX; NULL until the first */
	unsigned int n_pending;

	unsigned int n_kept, n_kept_fds;
	struct brig_kept *kept, **last_kept; /* what came during a call that waits */
	struct brig_rate *rates;             /* n_rates; NULL until the first call to one */
	unsigned int n_rates;
	unsigned int credit; /* a child's: events that it may send */
	unsigned int owed;   /* that were handled and not given back */
	unsigned int told;   /* a broker's: that its child hasn't given back */
	struct brig_spill spill;
	bool given;                /* credit was, which may lie unread */
	bool crowded;              /* the child asked when to try again */
	uint64_t crowded_us;       /* a broker's: then, or when that was */
	uint64_t until_us;         /* receiving waits, on a direct channel; 0: its socket's time */
	bool waiting;              /* within brig_call_sync() */
	bool over;                 /* it is finished: nothing is sent any more */
	bool ended;                /* and of this one nothing more is taken */
	unsigned int taken;        /* messages of the last packet */
	struct brig_batch *batch;  /* from brig_batch_begin() to brig_batch_end() */
	enum brig_bad_message bad; /* the last bad message */
	const struct brig_method *method; /* of what came last; NULL: of none */
	struct brig_breach breach;        /* and what of its fields is wrong */
};

/* @fd becomes the peer's. */
void brig_peer_init(struct brig_peer *peer, enum brig_caller self, int fd);
/* Each on_reply that is still to come comes now, with -EPIPE. */
void brig_peer_finish(struct brig_peer *peer);

/*
 * One packet, which this takes over. The pipeline, in order: header → quota → method, role, state →
 * descriptors → fields → handler. Returns BRIG_BAD_NONE, or the breach: the peer must be ended.
 */
enum brig_bad_message brig_peer_take(struct brig_peer *peer, struct brig_packet *packet);

/* The same behind the header, for one that was parsed. */
enum brig_bad_message brig_peer_take_frame(struct brig_peer *peer, const struct brig_frame *frame,
					   const uint8_t *payload, struct brig_packet *packet);

/* ipc/dispatch/incoming.c, outgoing.c: requests and events of theirs; answers to ours. */
enum brig_bad_message brig_incoming(struct brig_peer *peer, const struct brig_frame *frame,
				    const uint8_t *payload, struct brig_packet *packet);
enum brig_bad_message brig_cancelled(struct brig_peer *peer, const struct brig_frame *frame);
enum brig_bad_message brig_answered(struct brig_peer *peer, const struct brig_frame *frame,
				    const uint8_t *payload, struct brig_packet *packet);
void brig_pending_end_all(struct brig_peer *peer, int error);
/* Its on_reply comes with @error, and the other end is told that nobody waits. */
void brig_pending_give_up(struct brig_peer *peer, struct brig_pending *pending, int error);

/* ipc/dispatch/answers.c: the list of what they asked. False: no memory. */
bool brig_asked_add(struct brig_peer *peer, const struct brig_asked *asked);
unsigned int brig_asked_count(const struct brig_peer *peer, const struct brig_method *method);
void brig_asked_clear(struct brig_peer *peer);
/* Nobody waits for it any more: ETIMEDOUT or ECANCELED. */
void brig_asked_give_up(struct brig_peer *peer, const struct brig_asked *asked, int error);
/* For one that isn't on it. */
void brig_refuse_unasked(const struct brig_request *call, int error);

/*
 * ipc/dispatch/sync.c: wait for one packet, which is the caller's; credit and its like are taken in
 * any case, and a reason to return if @control. 0, -EPIPE, -EPROTO, -errno.
 */
int brig_peer_receive(struct brig_peer *peer, bool control, struct brig_packet *packet,
		      struct brig_frame *frame);

/*
 * ipc/dispatch/outgoing.c: a call that waited was given up, and the other end is told, unless that
 * would have to wait; is this the answer to such a one; is there one of this method?
 */
void brig_pending_late(struct brig_peer *peer, const struct brig_method *method, uint64_t id);
bool brig_answer_is_late(struct brig_peer *peer, const struct brig_frame *frame);
bool brig_pending_has_late(const struct brig_peer *peer, const struct brig_method *method);

/* What came is on record before it is handled, and so before what comes of it. */
static inline void brig_peer_record(const struct brig_peer *peer, const uint8_t *bytes, size_t n,
				    size_t n_fds)
{
	if (peer->channel.record)
		peer->channel.record(peer->channel.record_user, false, bytes, n, n_fds);
}

/*
 * ipc/dispatch/batch.c: the messages of a batch, one by one. An event of ours, if it fits, which
 * waits for more; and what waits is sent, before anything else is, or is waited for.
 */
enum brig_bad_message brig_batch_take(struct brig_peer *peer, const struct brig_frame *frame,
				      const struct brig_packet *packet);
bool brig_batch_fits(const struct brig_peer *peer, const ProtobufCMessage *message, size_t n_fds);
int brig_batch_add(struct brig_peer *peer, const struct brig_method *method,
		   const ProtobufCMessage *message);
int brig_batch_flush(struct brig_peer *peer);

/* ipc/dispatch/rate.c: does the method's own rate allow one more now? */
bool brig_rate_allows(struct brig_peer *peer, const struct brig_method *method);

/*
 * ipc/dispatch/credit.c. Must this wait for what its child gives back; it goes, or waits. A
 * child's: this was handled. A broker's end: may another event come; one was handled; give back
 * what is owed, if it is time to. A child's: some came; take one for an event, after waiting for
 * it.
 */
bool brig_credit_holds(struct brig_peer *peer, enum brig_frame_kind kind);
void brig_credit_handled(struct brig_peer *peer, const struct brig_frame *frame);
enum brig_bad_message brig_credit_check(const struct brig_peer *peer);
void brig_credit_owe(struct brig_peer *peer);
void brig_credit_give(struct brig_peer *peer);
enum brig_bad_message brig_credited(struct brig_peer *peer, const struct brig_frame *frame);
int brig_credit_take(struct brig_peer *peer);

/* What has neither a method nor an answer: credit and its like. */
bool brig_is_control(const struct brig_frame *frame);
enum brig_bad_message brig_controlled(struct brig_peer *peer, const struct brig_frame *frame);

/*
 * ipc/dispatch/crowd.c. A child's: send it, once others of its user have read what lies in their
 * sockets; 0, or as brig_channel_send_waiting(), -ENOMEM, -ENOBUFS. Either's: it asks when to try
 * again, or that is now. A broker's: tell it; does it, or did it lately, wait; look again soon
 * after something was refused; look.
 */
int brig_crowd_send(struct brig_peer *peer, const uint8_t *bytes, size_t n, const int *fds,
		    size_t n_fds);
enum brig_bad_message brig_crowded(struct brig_peer *peer, const struct brig_frame *frame);
void brig_crowd_answer(struct brig_peer *peer);
bool brig_crowd_excuses(const struct brig_peer *peer);
void brig_crowd_wait(struct brig_peer *peer);
void brig_crowd_turn(struct brig_peer *peer, uint64_t now_us);

/* ipc/dispatch/outgoing.c: the header of a call; a message that is ours to send. */
struct brig_frame brig_call_header(const struct brig_method *method, uint64_t id);
int brig_call_check(struct brig_peer *peer, const struct brig_method *method, const void *message,
		    const int *fds, size_t n_fds, bool oneway);
bool brig_call_fits(const struct brig_peer *peer, const struct brig_method *method);
/* An answer to @method: *ret, which has the packet's descriptors then; or the breach. */
enum brig_bad_message brig_answer_read(struct brig_peer *peer, const struct brig_method *method,
				       const struct brig_frame *frame, const uint8_t *payload,
				       struct brig_packet *packet, struct brig_answer *ret);
void brig_answer_init(struct brig_answer *answer, int error);

/* ipc/dispatch/deadline.c: CLOCK_MONOTONIC in microseconds; when a call's time is up. */
uint64_t brig_peer_now(const struct brig_peer *peer);
uint64_t brig_deadline_of(const struct brig_method *method, const struct brig_frame *frame,
			  uint64_t now_us);
void brig_deadline_note(struct brig_peer *peer, uint64_t deadline_us);

/* ipc/dispatch/served.c: what brig_serve() refuses of what @self serves, as a text; NULL: nothing.
 */
const char *brig_served_fault(const struct brig_served *served, size_t n, enum brig_caller self);

/* Does none of their methods pass descriptors, so that a channel that is plain carries them all? */
bool brig_served_plain(const struct brig_served *served, size_t n);

/*
 * ipc/dispatch/kept.c: put a packet by, which is taken over; 0, -ENOBUFS, -ENOMEM. sync.c: the
 * same, unless it is an answer that nobody waits for any more: it makes room at once. Or -EPROTO.
 */
int brig_put_by(struct brig_peer *peer, const struct brig_frame *frame, struct brig_packet *packet);
int brig_kept_add(struct brig_peer *peer, struct brig_packet *packet);
void brig_kept_clear(struct brig_peer *peer);

/*
 * Send @message under @frame's header, @fds borrowed. On a broker's side what doesn't fit waits; on
 * a child's it is waited for. 0, or as brig_tell().
 */
int brig_peer_send(struct brig_peer *peer, const struct brig_frame *frame,
		   const ProtobufCMessage *message, const int *fds, size_t n_fds);
/*
 * What sending came to (1: something waits) is told to the owner; a child that waits for room, or
 * whose messages do, isn't to blame that its queue is full. 0 or -errno.
 */
int brig_peer_sent(struct brig_peer *peer, int r);
/* A packet that is written already. */
int brig_peer_send_bytes(struct brig_peer *peer, const uint8_t *bytes, size_t n, const int *fds,
			 size_t n_fds);
/*
 * A message of our own, before it is sent: what the other end would take for a breach is a slip of
 * our program's, which hears of it. 0, or -EMSGSIZE, or -EINVAL, of which
 * brig_peer_describe_breach() says where.
 */
int brig_peer_check_own(struct brig_peer *peer, const struct brig_method *method, bool answer,
			const uint8_t *payload, size_t n);
/* The same of what goes along with one of a broker's: a closed one ends no child. 0, -EBADF. */
int brig_peer_check_fds(struct brig_peer *peer, const struct brig_method *method, const int *fds,
			size_t n);
/* Was what we sent at fault, so that none of it went anywhere? */
bool brig_went_nowhere(int r);
/* The same as brig_peer_send(), of @method: counted and checked. */
int brig_peer_send_of(struct brig_peer *peer, const struct brig_method *method,
		      const struct brig_frame *frame, const ProtobufCMessage *message,
		      const int *fds, size_t n_fds);

/*
 * Check against the rules, and unpack within the arena; NULL and *ret_bad. The message is gone with
 * the next one.
 */
const ProtobufCMessage *brig_unpack(struct brig_arena *arena,
				    const struct brig_message_rules *rules, const uint8_t *payload,
				    size_t n, struct brig_breach *ret,
				    enum brig_bad_message *ret_bad);

#endif
