/*
 * brig/stream.h - many bytes in one direction, between a broker and a child: more than messages
 * should carry, as they come, without a file. Who reads slowly holds up who writes, and nobody
 * else.
 *
 * The broker makes both ends, and passes one to the child by a method of your own that takes or
 * gives a SOCKETPAIR. The end of a stream tells whether it was whole: whoever writes says that it
 * has finished; a stream that ends without is broken off, and shows it.
 *
 * Threads: that of the broker; in a child, any. Signal handlers: no.
 * Blocking: no on a broker's side; a child's side as it says.
 * Minimum kernel: that of brig/broker.h.
 */
#ifndef BRIG_STREAM_H
#define BRIG_STREAM_H

#include <brig/export.h>
#include <brig/process.h>

#include <stddef.h>
#include <stdint.h>

BRIG_BEGIN_DECLS

struct brig_stream; /* until its on_end returns, or brig_stream_cancel() */

#define BRIG_STREAM_CHUNK 32768 /* bytes that are sent and received at once, at the most */
#define BRIG_STREAMS_MAX  16    /* of one child at a time */

struct brig_stream_listener {
	/*
	 * The child wrote this: 1..BRIG_STREAM_CHUNK bytes, borrowed until it returns. Required of
	 * a stream from a child, unused of others.
	 */
	void (*on_data)(void *user, struct brig_stream *stream, const void *bytes, size_t n);
	/*
	 * There is room for @n bytes at @bytes, at least 1, also when max_bytes are there: it is
	 * asked once more. Returns how many it wrote there; 0: none for now, until
	 * brig_stream_resume(). After the last it calls brig_stream_finish(), from here or later.
	 * Required of a stream to a child, unused of others.
	 */
	size_t (*on_room)(void *user, struct brig_stream *stream, void *bytes, size_t n);
	/*
	 * It is over; exactly once, and last. @error 0: it was whole, and @bytes are all there
	 * were; to a child: that has read all of them. Else -EPIPE it was broken off, -ETIMEDOUT
	 * its time is up, -ECANCELED the broker is destroyed; of a stream to a child: -EFBIG
	 * on_room had more than max_bytes, -EINVAL it returned more than there was room for; and
	 * where the child broke the protocol, and is ended: -EFBIG it wrote more than max_bytes,
	 * -EPROTO no chunk, or it wrote where it may only read. May be NULL.
	 */
	void (*on_end)(void *user, struct brig_stream *stream, int error, uint64_t bytes);
};

struct brig_stream_options {
	size_t size;              /* sizeof(struct brig_stream_options) */
	struct brig_child *child; /* the other end; borrowed; ready. The stream outlives it until
				     what it wrote was read. */
	uint64_t max_bytes;       /* in all, at least 1 */
	int timeout_ms;        /* for all of it; 0: none. A child's own calls end with it, too. */
	unsigned int reserved; /* 0 */
	const struct brig_stream_listener *listener; /* copied */
	void *user;                                  /* handed to it */
};

/* ---- the broker's side ---- */

/**
 * A stream that the child writes, and the broker reads.
 *
 * @options borrowed.
 * @ret     written on success only; the broker's, see struct brig_stream.
 * @ret_fd  written on success only: the child's end, the caller's. Close it when it was passed: as
 *          long as it is open here, the child's death is no end of the stream.
 *
 * Returns 0, or -EINVAL bad option, -ENOTCONN the child isn't ready or is being ended, -EAGAIN
 * BRIG_STREAMS_MAX of it are there already, -ENOMEM, -EMFILE, -ENFILE.
 */
BRIG_API BRIG_MUST_USE int brig_stream_from(const struct brig_stream_options *options,
					    struct brig_stream **ret, int *ret_fd);

/**
 * A stream that the broker writes, and the child reads. As brig_stream_from().
 */
BRIG_API BRIG_MUST_USE int brig_stream_to(const struct brig_stream_options *options,
					  struct brig_stream **ret, int *ret_fd);

/**
 * Take nothing more from here on: what the child writes waits in its socket, and it for that.
 */
BRIG_API void brig_stream_pause(struct brig_stream *stream);

/**
 * Go on: after brig_stream_pause(), or when there are bytes again after on_room had none.
 *
 * Returns 0, or -ENOMEM.
 */
BRIG_API BRIG_MUST_USE int brig_stream_resume(struct brig_stream *stream);

/**
 * Of a stream to a child: no bytes come after those that on_room has returned, or returns now.
 * on_end follows when the child has read all and closed its end.
 *
 * Returns 0, or -EINVAL a stream from a child, -ENOMEM.
 */
BRIG_API BRIG_MUST_USE int brig_stream_finish(struct brig_stream *stream);

/**
 * Break it off. on_end doesn't come.
 *
 * @stream owned, freed; NULL does nothing. From its on_data and on_room, too; not from its on_end.
 */
BRIG_API void brig_stream_cancel(struct brig_stream *stream);

/* ---- a child's side ---- */

/**
 * Read the next chunk.
 *
 * @fd     borrowed; the end that the broker passed.
 * @buffer @n bytes, at least BRIG_STREAM_CHUNK.
 *
 * Returns how many bytes there were; 0 the stream is whole: close @fd, which tells the broker; or
 * -EPIPE it was broken off, or was whole before, or is one that this side writes; -ETIMEDOUT,
 * -EPROTO no chunk, -EINVAL the buffer is too small.
 * Blocks: until there is one, or the stream's time is up.
 */
BRIG_API BRIG_MUST_USE int64_t brig_stream_read(int fd, void *buffer, size_t n);

/**
 * Write @n bytes, in as many chunks as it takes.
 *
 * Returns 0, or -EPIPE nobody reads any more, -ETIMEDOUT. How much was read is not known then.
 * Blocks: until all of it fits the socket, or the stream's time is up.
 */
BRIG_API BRIG_MUST_USE int brig_stream_write(int fd, const void *bytes, size_t n);

/**
 * Say that it is whole. Then close @fd.
 *
 * Returns 0, or as brig_stream_write(). Blocks: as that.
 */
BRIG_API BRIG_MUST_USE int brig_stream_write_end(int fd);

BRIG_END_DECLS

#endif
