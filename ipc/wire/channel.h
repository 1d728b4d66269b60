/*
 * ipc/wire/channel.h - one SEQPACKET socket: whole messages with descriptors, bounded both ways.
 */
#ifndef IPC_WIRE_CHANNEL_H
#define IPC_WIRE_CHANNEL_H

#include "ipc/wire/frame.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

#define BRIG_PACKET_MAX    (sizeof(struct brig_frame) + BRIG_PAYLOAD_MAX)
#define BRIG_CHANNEL_QUEUE 64 /* answers that wait because the peer doesn't read, and all else */

/*
 * A child's socket stops waiting after so long (SO_RCVTIMEO), and its end waits on, or has waited
 * long enough: it is set before the child exists, whose filter has no call for it.
 */
#define BRIG_TICK_MS 2000

struct brig_packet {
	const uint8_t *bytes; /* in the caller's buffer */
	size_t n;
	int fds[BRIG_FDS_MAX]; /* owned by the packet: brig_packet_close() */
	size_t n_fds;
	pid_t sender; /* by the kernel (SO_PASSCRED), in our pid namespace; 0 if not asked for */
};

struct brig_queued; /* one message that waits */

struct brig_channel {
	int fd; /* owned; -1: a memory channel, for tests and fuzzing: what is sent is dropped */
	struct brig_queued *first, **last;
	struct brig_queued *held, **last_held; /* not to be sent yet, in whatever order to those */
	unsigned int queued, n_held;           /* of both; of the latter */
	unsigned int n_answers;                /* of the former */
	bool crowded; /* the first waits for other sockets to be read: -ETOOMANYREFS */
	/* The most and the least memory that the kernel can take for all there ever was; of that,
	 * for what waits and isn't held. */
	uint64_t cost, cost_waiting, least, least_waiting;
	bool plain; /* by read(2) and write(2), whose filter has no more: no descriptors */
	unsigned int poll_us; /* how long receiving polls before it blocks; 0: not at all */
	uint64_t polls;       /* how often that found nothing */
	bool own_time;        /* its socket's is no tick, but as long as receiving waits */
	unsigned int ticks;   /* that receiving waits, then it is -EAGAIN; 0: for ever */
	size_t unread;        /* of a memory channel: messages that its peer left */
	/* Test-only tap: sees every packet before it is parsed. NULL in real use. */
	void (*tap)(void *user, const uint8_t *bytes, size_t n);
	void *tap_user;
	/* Sees every message, both ways, those of a batch one by one: what came just before it is
	 * handled (ipc/dispatch/peer.c), what is sent when it is queued. NULL: nobody does. */
	void (*record)(void *user, bool ours, const uint8_t *bytes, size_t n, size_t n_fds);
	void *record_user;
};

/*
 * A pair that does not block on our side. Both ends close-on-exec. @child: theirs is one's, so that
 * ours is told the sender's pid, and theirs ticks. 0 or -errno of socketpair(2).
 */
int brig_channel_pair(bool child, int *ret_ours, int *ret_theirs);

/* @fd becomes the channel's. */
void brig_channel_init(struct brig_channel *channel, int fd);
void brig_channel_finish(struct brig_channel *channel);

/*
 * Receive one packet into @buffer (BRIG_PACKET_MAX bytes, borrowed). Never blocks with @wait false.
 * Returns 1 and *ret; 0 the peer closed; -EAGAIN nothing there; -EBADMSG the peer sent more than a
 * packet or more descriptors than any message has (all were closed); -EMFILE we are short of
 * descriptors, not its fault; or the errno of recvmsg(2).
 */
int brig_channel_receive(struct brig_channel *channel, uint8_t *buffer, bool wait,
			 struct brig_packet *ret);
void brig_packet_close(struct brig_packet *packet);

/*
 * ipc/wire/polling.c. From here on receiving with @wait looks for a packet for up to @max_us before
 * it blocks. A sleeping CPU takes longer than that to wake; what it
 * costs is that time of a CPU for each packet that comes later. Never with less than two @cpus,
 * where it would only keep the sender from running.
 */
void brig_channel_poll_first(struct brig_channel *channel, unsigned int max_us, unsigned int cpus);

/* How many CPUs are online. Reads files, so before the seal. */
unsigned int brig_cpus_online(void);

/* recvmsg(2) without waiting, for up to channel->poll_us; as that, -1 with EAGAIN afterwards. */
ssize_t brig_channel_poll(struct brig_channel *channel, struct msghdr *message, int flags);

/* How many bytes header and @message (NULL: no payload) are; and they, as they are sent. */
size_t brig_packet_size(const ProtobufCMessage *message);
size_t brig_packet_write(uint8_t *to, const struct brig_frame *frame,
			 const ProtobufCMessage *message, size_t n_fds);

/*
 * Send a packet (@bytes, borrowed) with @n_fds descriptors (borrowed, duplicated if they must
 * wait). What doesn't fit the socket waits in a bounded queue.
 * Returns 0 sent, 1 queued (for room, or channel->crowded), -ENOBUFS the queue is full, -EMSGSIZE
 * too many descriptors, -EPIPE the peer is gone, -ENOMEM, -EMFILE.
 */
int brig_channel_send(struct brig_channel *channel, const uint8_t *bytes, size_t n, const int *fds,
		      size_t n_fds);

/*
 * Send it on an end that may wait: until it fits the socket. 0, or -EPIPE, or the errno of
 * sendmsg(2).
 */
int brig_channel_send_waiting(struct brig_channel *channel, const uint8_t *bytes, size_t n,
			      const int *fds, size_t n_fds);

/*
 * ipc/wire/plain.c: of a channel that is plain. They wait: as brig_channel_receive() with @wait, 0
 * for an empty packet, too, and brig_channel_send_waiting(); -EPERM descriptors don't go this way.
 */
int brig_plain_receive(struct brig_channel *channel, uint8_t *buffer, struct brig_packet *ret);
int brig_plain_send(const struct brig_channel *channel, const void *bytes, size_t n, size_t n_fds);

/*
 * The same, but it waits in any case, until it is one of @n that are released. 0, or -ENOBUFS,
 * -EMSGSIZE, -ENOMEM, -EMFILE; the second as brig_channel_flush().
 */
int brig_channel_hold(struct brig_channel *channel, const uint8_t *bytes, size_t n, const int *fds,
		      size_t n_fds);
int brig_channel_release(struct brig_channel *channel, unsigned int n);

/* Waiting ended with EAGAIN: does it go on? */
bool brig_channel_waits_on(struct brig_channel *channel);

/* Send what waits. Returns 0 if nothing waits any more, 1 if some does, or as brig_channel_send(),
 * and then all that waited is gone. */
int brig_channel_flush(struct brig_channel *channel);
/* The same, until it fits the socket or that one's SO_SNDTIMEO is over. */
int brig_channel_flush_waiting(struct brig_channel *channel);

/* Nothing more may wait, but answers. */
bool brig_channel_full(const struct brig_channel *channel);

/*
 * ipc/wire/unread.c: what the peer left unread, by the memory that it takes (SIOCOUTQ, unix(7)).
 * The most messages that it can be: exact only where it is 0.
 */
size_t brig_channel_unread(const struct brig_channel *channel);
/* The most and the least memory that a message of @n bytes, header and all, can take. */
uint64_t brig_message_cost(size_t n);
uint64_t brig_message_least(size_t n);
/* One is sent, or waits behind all others. */
void brig_channel_charge(struct brig_channel *channel, size_t n);

enum brig_unread { BRIG_ALL_IS_READ, BRIG_SOME_IS_UNREAD, BRIG_IT_IS_UNREAD };

/* Of the message behind which channel->cost was @cost. BRIG_IT_IS_UNREAD: there is no doubt. */
enum brig_unread brig_channel_has_unread(const struct brig_channel *channel, uint64_t cost);
/* And the message behind which channel->least was @least was read, without doubt. */
bool brig_channel_was_read(const struct brig_channel *channel, uint64_t least);

/* One packet, as bytes: 0 or the -errno of sendmsg(2). Blocks if the socket does and @wait. */
int brig_packet_send(int fd, const void *bytes, size_t n, const int *fds, size_t n_fds, bool wait);

#endif
