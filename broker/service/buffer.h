/*
 * broker/service/buffer.h - memory for pixels: lent to a child, at rest once no child has it any
 * more, cleared, and used again. Fresh memory costs more than most decoders do.
 *
 * Threads: a buffer may be given back from any thread, and after the pool is closed. All else is
 * the broker's thread's.
 */
#ifndef BROKER_SERVICE_BUFFER_H
#define BROKER_SERVICE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What lies unused, at most, whosever it is: what one needs no more makes room for another's. And
 * below this size fresh memory is cheap enough.
 */
#define BRIG_POOL_BYTES   (256u << 20)
#define BRIG_POOL_BUFFERS 16u
#define BRIG_POOL_LEAST   (1u << 20)

struct brig_workers;
struct brig_pool;
struct brig_buffer;

/*
 * Whose memory it is: it is used again only for the same. That it is cleared is what keeps one from
 * another's bytes; this is so that not all hangs on that.
 */
struct brig_principal {
	const void *role; /* of the children; NULL: images, whose documents share it */
	uint64_t number;  /* the embedder's: brig_child_options.principal */
};

/* @workers are borrowed until the pool is closed: they clear. 0 or -ENOMEM. */
int brig_pool_create(struct brig_workers *workers, struct brig_pool **ret);

/* Before the workers are destroyed. What is in use lives on until it is given back. */
void brig_pool_close(struct brig_pool *pool);

/* How many bytes lie unused, those that are being cleared included. */
size_t brig_pool_idle(struct brig_pool *pool);

/*
 * All zero, at least @size bytes and at most twice as many. @pool NULL: never used again. @whose
 * NULL: an image's.
 * 0 and *ret, or -ENOMEM, -EMFILE, or the errno of memfd_create(2) or open(2).
 */
int brig_buffer_take(struct brig_pool *pool, const struct brig_principal *whose, size_t size,
		     struct brig_buffer **ret);

/*
 * Memory that somebody else made: checked (ipc/shm/taken.h), and so of a known size, but with a
 * description that others have, too. @fd borrowed. 0, or -ENOMEM, -EMFILE.
 */
int brig_buffer_wrap(int fd, size_t size, struct brig_buffer **ret);

/* Whether its pages are there already, so that it pays to map them all at once. */
bool brig_buffer_resident(const struct brig_buffer *buffer);

/* A descriptor of it for a child: the caller's to close once it is sent. Or -errno. */
int brig_buffer_lend(struct brig_buffer *buffer);

/*
 * Make sure that nobody can change it any more: because no description of it is left but ours, or
 * else by F_SEAL_WRITE. Either is the kernel's word. 0, or -EBUSY a child still has it.
 */
int brig_buffer_rest(struct brig_buffer *buffer);

/*
 * The same by F_SEAL_WRITE alone: it may be lent again, to be read, and is never used again. -EBUSY
 * also if it was mapped here before.
 */
int brig_buffer_seal(struct brig_buffer *buffer);

/* As brig_buffer_lend(), but to be read: it is sealed, and can't be written through that either. */
int brig_buffer_show(struct brig_buffer *buffer);

/* To read from, until it is given back. 0, or -EPERM it is not at rest or smaller, -ENOMEM. */
int brig_buffer_map(struct brig_buffer *buffer, size_t size, const uint8_t **ret);

/* NULL does nothing. */
void brig_buffer_give(struct brig_buffer *buffer);

#endif
