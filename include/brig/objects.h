/*
 * brig/objects.h - many small things in one piece of memory that a broker shares with one child: an
 * arena, UNSAFE as brig/memory.h has it. Who owns which bytes of it is known to the broker alone,
 * from its own memory: a child may write what it likes, and makes a mess of its own words only.
 *
 * A thing is named by three numbers, which go through messages. As a child's word they are looked
 * up, not believed. The broker reads a thing once: brig_objects_take() copies it and ends it.
 *
 * Threads: the broker's.
 * Signal handlers: no.
 * Blocking: no, but for as long as it takes to copy.
 * Minimum kernel: that of brig/broker.h.
 */
#ifndef BRIG_OBJECTS_H
#define BRIG_OBJECTS_H

#include <brig/export.h>

#include <stddef.h>
#include <stdint.h>

BRIG_BEGIN_DECLS

struct brig_objects; /* to brig_objects_destroy() */

/* For a message of your own: uint64, uint32, uint32. In the child brig_view_at() finds the bytes.
 */
struct brig_object {
	uint64_t generation; /* no two that there ever are have the same */
	uint32_t offset;     /* of a multiple of 64 bytes */
	uint32_t length;     /* bytes */
};

#define BRIG_OBJECTS_BYTES_MAX (256u << 20)

/**
 * Make an arena.
 *
 * @size bytes, 1..BRIG_OBJECTS_BYTES_MAX: raised to a power of two, of at least 4096. Memory is
 *       used as it is written: to what lies in it the broker adds half as much of its own.
 * @ret  written on success only; the caller's.
 *
 * Returns 0, or -EINVAL, -ENOMEM, -EMFILE, or another -errno of memfd_create(2).
 */
BRIG_API BRIG_MUST_USE int brig_objects_create(size_t size, struct brig_objects **ret);

/**
 * A descriptor of it for the child, which maps it by brig_view_open(), all brig_objects_size() of
 * it. Once: an arena is one child's.
 *
 * Returns the descriptor, the caller's to close once it is sent; or -EALREADY there was one,
 * -EMFILE, or another -errno.
 */
BRIG_API BRIG_MUST_USE int brig_objects_lend(struct brig_objects *objects);

/**
 * How many bytes the child's view of it has.
 */
BRIG_API size_t brig_objects_size(const struct brig_objects *objects);

/**
 * Find a place for @n bytes. What lay there before lies there still.
 *
 * @n   bytes, at least 1. A power of two, of 64 at least, is used up for them.
 * @ret written on success only.
 *
 * Returns 0, or -EINVAL, -ENOSPC there is no such room in one piece.
 */
BRIG_API BRIG_MUST_USE int brig_objects_add(struct brig_objects *objects, size_t n,
					    struct brig_object *ret);

/**
 * The same, and copy @n @bytes in: for the child to read.
 */
BRIG_API BRIG_MUST_USE int brig_objects_put(struct brig_objects *objects, const void *bytes,
					    size_t n, struct brig_object *ret);

/**
 * Copy one out, and end it: its name is worth nothing from here on, so nobody reads it twice.
 *
 * @object borrowed; may be a child's word. @into borrowed, with room for @room bytes.
 * @ret_n  how many it had, by the broker's own count; may be NULL.
 *
 * Returns 0, or -ESTALE there is none with these three numbers: it is over, or never was; -EMSGSIZE
 * there is no room for it, and it stays.
 */
BRIG_API BRIG_MUST_USE int brig_objects_take(struct brig_objects *objects,
					     const struct brig_object *object, void *into,
					     size_t room, size_t *ret_n);

/**
 * End one. It is the caller's word that nobody needs it: a child that reads it still reads what
 * comes next in its place.
 *
 * Returns 0, or -ESTALE.
 */
BRIG_API BRIG_MUST_USE int brig_objects_remove(struct brig_objects *objects,
					       const struct brig_object *object);

/**
 * @objects owned, freed; NULL does nothing.
 */
BRIG_API void brig_objects_destroy(struct brig_objects *objects);

BRIG_END_DECLS

#endif
