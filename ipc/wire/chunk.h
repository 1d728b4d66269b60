/*
 * ipc/wire/chunk.h - streams (include/brig/stream.h) on the wire: each chunk is one packet of a
 * SEQPACKET socket, a byte that says what it is before its bytes. So none is ever half there.
 */
#ifndef IPC_WIRE_CHUNK_H
#define IPC_WIRE_CHUNK_H

#include <stdbool.h>
#include <stddef.h>

enum brig_chunk { BRIG_CHUNK_DATA = 1, BRIG_CHUNK_END = 2 };

/* 0, -EPIPE nobody reads any more, -EAGAIN it doesn't fit (or, with @wait, for SO_SNDTIMEO). */
int brig_chunk_send(int fd, enum brig_chunk kind, const void *bytes, size_t n, bool wait);

/*
 * A kind, with *ret_n bytes at @bytes, BRIG_STREAM_CHUNK at the most, of which it has room for
 * @room; or -EPIPE the other end is gone, -EAGAIN nothing is there (or, with @wait, for
 * SO_RCVTIMEO), -EPROTO no chunk, or one with descriptors: the kernel has closed them.
 */
int brig_chunk_receive(int fd, void *bytes, size_t room, bool wait, size_t *ret_n);

#endif
