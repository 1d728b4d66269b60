/*
 * ipc/dispatch/spill.h - messages of more than 64 KiB, which go through shared memory.
 *
 * A child can make none: its requests lie in one room that its broker made, one at a time, until
 * they are answered. The broker copies a request out once, and looks at nothing but the copy. A
 * reply lies in memory of its own that the broker has sealed against writing.
 */
#ifndef IPC_DISPATCH_SPILL_H
#define IPC_DISPATCH_SPILL_H

#include "ipc/dispatch/peer.h"

/* Does @message have to? It is one of @method. */
bool brig_spill_needed(const struct brig_method *method, const ProtobufCMessage *message);

/*
 * Send it so. As brig_peer_send(), or -EMSGSIZE larger than the room, or than any may be, or of a
 * direct channel; -EAGAIN a child's room is taken by a request that isn't answered.
 */
int brig_spill_send(struct brig_peer *peer, const struct brig_method *method,
		    const struct brig_frame *frame, const ProtobufCMessage *message, const int *fds,
		    size_t n_fds);

/*
 * A broker's side: the request that @payload is about, copied out of the child's room. *ret, to be
 * freed, and *ret_n; *ret NULL: we have no memory for it.
 */
enum brig_bad_message brig_spill_fetch(struct brig_peer *peer, const struct brig_method *method,
				       const uint8_t *payload, size_t n, uint8_t **ret,
				       size_t *ret_n);

/* A child's side: check and unpack the reply that lies in @fd (borrowed). As brig_unpack(). */
const ProtobufCMessage *brig_spill_reply(struct brig_peer *peer, const struct brig_method *method,
					 const uint8_t *payload, size_t n, int fd,
					 enum brig_bad_message *ret_bad);

/*
 * brig_unpack() for rules of any size: of more than 64 KiB in memory that is the peer's, until the
 * next request, or the next @answer. NULL and BRIG_BAD_NONE: we have none.
 */
const ProtobufCMessage *brig_unpack_any(struct brig_peer *peer, bool answer,
					const struct brig_message_rules *rules,
					const uint8_t *payload, size_t n,
					enum brig_bad_message *ret_bad);
/* The request was handled. */
void brig_unpack_over(struct brig_peer *peer);

/* A broker's side: is a request that lay in the child's room not answered yet? */
bool brig_spill_room_taken(const struct brig_peer *peer);

/* Do as many large replies lie unread as may, with those to come? Each holds its memory till then.
 */
bool brig_spill_crowded(struct brig_peer *peer, const struct brig_method *method);

/* The answer to @id has come: its request needs the room no more. */
void brig_spill_answered(struct brig_peer *peer, uint64_t id);

/*
 * A broker makes the room for what @served takes, and tells the child, which maps it. Nothing is
 * done where nothing spills. 0, or -ENOMEM, -EMFILE, or as brig_tell().
 */
int brig_spill_make_room(struct brig_peer *peer, const struct brig_served *served, size_t n);

void brig_spill_finish(struct brig_peer *peer);

#endif
