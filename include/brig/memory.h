/*
 * brig/memory.h - memory that a broker shares with its children, for what is too large for a
 * message. Three kinds, each a type of its own, so that what may still change can't be read twice:
 *
 *   kind        who writes it      how a broker reads it
 *   READ_ONLY   nobody any more    brig_readonly_bytes(): in place
 *   HANDOFF     a child, for now   not at all; brig_handoff_rest() makes a READ_ONLY of it
 *   UNSAFE      both, at any time  brig_unsafe_copy(): a copy of its own, within bounds
 *
 * A descriptor of it goes along with a message, in a schema as MEMFD_SEALED. Its size is the
 * kernel's word (fstat(2), and seals against another one), never a message's: so no access to it
 * can fault. A child believes its broker, and maps what it gets: brig_view_open().
 *
 * Threads: the broker's; what is said to be for any thread is. A view belongs to its process.
 * Signal handlers: no.
 * Blocking: no, but for as long as it takes to copy, or to clear pages; and where F_SEAL_WRITE is
 * asked for, as long as the kernel waits for a page that somebody holds, 160 ms in all: sealed
 * children can't hold any, but while they read(2) it into memory that has to be fetched first.
 * Minimum kernel: that of brig/broker.h.
 */
#ifndef BRIG_MEMORY_H
#define BRIG_MEMORY_H

#include <brig/export.h>
#include <brig/process.h>

#include <stddef.h>
#include <stdint.h>

BRIG_BEGIN_DECLS

struct brig_readonly; /* to brig_readonly_destroy() */
struct brig_handoff;  /* until it is at rest, or brig_handoff_destroy() */
struct brig_unsafe;   /* to brig_unsafe_destroy() */

/* ---- READ_ONLY: F_SEAL_WRITE, or a child's that nobody but the broker has any more ---- */

/**
 * Copy @n bytes into memory that is sealed against writing.
 *
 * @bytes borrowed. @n at least 1.
 * @ret   written on success only; the caller's.
 *
 * Returns 0, or -EINVAL, -ENOMEM, -EMFILE, or another -errno of memfd_create(2).
 */
BRIG_API BRIG_MUST_USE int brig_readonly_create(const void *bytes, size_t n,
						struct brig_readonly **ret);

/**
 * The same, of what @fill writes: once, and in place, before anybody else has it.
 *
 * @fill called within this call, with @n bytes that are zero; not 0: nothing is made.
 *
 * Returns as brig_readonly_create(), or what @fill returned.
 */
BRIG_API BRIG_MUST_USE int brig_readonly_fill(size_t n,
					      int (*fill)(void *user, uint8_t *bytes, size_t n),
					      void *user, struct brig_readonly **ret);

/**
 * Take one that somebody sent.
 *
 * @fd        borrowed. @max_bytes that it may have.
 * @ret       written on success only; the caller's.
 *
 * Returns 0, or -EBADMSG no memory (memfd_create(2)) whose size is sealed, or of huge pages; -EPERM
 * memory of another kind: it isn't sealed against writing; -EFBIG, -EINVAL it is empty, -ENOMEM,
 * -EMFILE.
 */
BRIG_API BRIG_MUST_USE int brig_readonly_take(int fd, size_t max_bytes, struct brig_readonly **ret);

/**
 * A descriptor of it to send, which can't be written through. As often as you like.
 *
 * What was a HANDOFF is sealed by the first of them, unless it is already, and its memory never
 * used again. That has to come before the first brig_readonly_bytes().
 *
 * Returns the descriptor, the caller's to close once it is sent; or -EBUSY it comes behind that,
 * -EMFILE, or another -errno of open(2).
 */
BRIG_API BRIG_MUST_USE int brig_readonly_lend(struct brig_readonly *readonly);

/**
 * All of it, in place. Nobody can change it.
 *
 * @ret borrowed, until @readonly is destroyed. @ret_n how many bytes; may be NULL.
 *
 * Returns 0, or -ENOMEM.
 * Thread: any, one at a time.
 */
BRIG_API BRIG_MUST_USE int brig_readonly_bytes(struct brig_readonly *readonly, const uint8_t **ret,
					       size_t *ret_n);

/**
 * @readonly owned, freed; NULL does nothing. Children that have it keep it.
 *
 * Thread: any.
 */
BRIG_API void brig_readonly_destroy(struct brig_readonly *readonly);

/* ---- HANDOFF: written by a child, read by the broker when it is at rest ---- */

/**
 * Make memory for @child to write.
 *
 * @child borrowed: whose it is to be.
 * @n     bytes, at least 1. All of them are zero at first.
 * @ret   written on success only; the caller's.
 *
 * Fresh memory costs more than most of what it is filled with: of 1 MiB and more it is such that
 * came to rest and was destroyed before, cleared, if there is any of the same principal
 * (brig_child_options.principal) and role.
 *
 * Returns 0, or -EINVAL, -ENOMEM, -EMFILE, or another -errno of memfd_create(2).
 */
BRIG_API BRIG_MUST_USE int brig_handoff_create(struct brig_child *child, size_t n,
					       struct brig_handoff **ret);

/**
 * Take one that somebody sent, to be sealed.
 *
 * As brig_readonly_take(), but -EPERM: it can't be written through @fd, or it is sealed against
 * further seals, so it could never come to rest.
 */
BRIG_API BRIG_MUST_USE int brig_handoff_take(int fd, size_t max_bytes, struct brig_handoff **ret);

/**
 * A descriptor of it to send. The child maps it by brig_view_open().
 *
 * Returns the descriptor, the caller's to close once it is sent; or -EMFILE, or another -errno.
 */
BRIG_API BRIG_MUST_USE int brig_handoff_lend(struct brig_handoff *handoff);

/**
 * Make sure that nobody can change it any more, and have it to read. Call it when the child says
 * that it is done: a child that lied keeps it from coming to rest, no more.
 *
 * It is at rest when the broker's descriptor is the only one (a write lease, fcntl(2)): then its
 * memory can be used again. Else it is sealed by F_SEAL_WRITE, which the kernel refuses while a
 * mapping can write.
 *
 * @handoff owned on success, and NULL then.
 * @ret     written on success only; the caller's.
 *
 * Returns 0, or -EBUSY a child still has it mapped, or another process a page of it: try again, or
 * destroy it; -EPERM a child sealed it against that; -EINVAL it rests already (NULL); -ENOMEM.
 */
BRIG_API BRIG_MUST_USE int brig_handoff_rest(struct brig_handoff **handoff,
					     struct brig_readonly **ret);

/**
 * @handoff owned, freed; NULL does nothing.
 */
BRIG_API void brig_handoff_destroy(struct brig_handoff *handoff);

/* ---- UNSAFE: both may write at any time ---- */

/**
 * Make memory that both write. All of it is zero at first.
 *
 * @n   bytes, at least 1.
 * @ret written on success only; the caller's.
 *
 * Returns 0, or -EINVAL, -ENOMEM, -EMFILE, or another -errno of memfd_create(2).
 */
BRIG_API BRIG_MUST_USE int brig_unsafe_create(size_t n, struct brig_unsafe **ret);

/**
 * Take one that somebody sent.
 *
 * As brig_readonly_take(), but -EPERM: it can't be written.
 */
BRIG_API BRIG_MUST_USE int brig_unsafe_take(int fd, size_t max_bytes, struct brig_unsafe **ret);

/**
 * A descriptor of it to send. The child maps it by brig_view_open().
 *
 * Returns the descriptor, the caller's to close once it is sent; or -EMFILE, or another -errno.
 */
BRIG_API BRIG_MUST_USE int brig_unsafe_lend(const struct brig_unsafe *unsafe);

/**
 * How many bytes it has, by the kernel's word.
 *
 * Thread: any.
 */
BRIG_API size_t brig_unsafe_size(const struct brig_unsafe *unsafe);

/**
 * Copy @n bytes at @offset out. Judge the copy, and use the copy: what lies in the memory may be
 * something else by then, and a second copy is a second word of the child's.
 *
 * @offset, @n may be a child's numbers. @into borrowed, room for @n.
 *
 * Returns 0, or -ERANGE it doesn't have them.
 * Thread: any.
 */
BRIG_API BRIG_MUST_USE int brig_unsafe_copy(const struct brig_unsafe *unsafe, size_t offset,
					    size_t n, void *into);

/**
 * Copy @n bytes in, to @offset.
 *
 * Returns 0, or -ERANGE.
 * Thread: any.
 */
BRIG_API BRIG_MUST_USE int brig_unsafe_write(struct brig_unsafe *unsafe, size_t offset,
					     const void *bytes, size_t n);

/**
 * @unsafe owned, freed; NULL does nothing.
 */
BRIG_API void brig_unsafe_destroy(struct brig_unsafe *unsafe);

/* ---- a child's side ---- */

/* Memory of a broker's, mapped in its child. */
struct brig_view {
	const uint8_t *bytes;
	uint8_t *writable; /* the same; NULL: it is a view to read */
	size_t size;
};

#define BRIG_VIEW_WRITE 1u /* of a HANDOFF or an UNSAFE */

/**
 * Map what the broker lent.
 *
 * @broker the peer. That of a broker is refused: what its children can change it never maps. So is
 *         a direct channel's (brig/direct.h), whose other end is another child.
 * @fd     borrowed: a mapping needs it no more. A HANDOFF comes to rest without the broker's seal
 *         only when it is closed, and the view is.
 * @size   bytes, as the broker said. Nothing asks the kernel here, for which few roles have a call:
 *         what it lent fewer of is mapped still, and to touch what isn't there is SIGBUS.
 * @flags  0 or BRIG_VIEW_WRITE.
 * @ret    written on success only; to brig_view_close().
 *
 * Returns 0, or -EPERM not its broker, or to write what is READ_ONLY; -EACCES to write through
 * a descriptor that can't; -ENODEV no memory, such as a pipe; -EINVAL, -EBADF, -ENOMEM.
 * Thread: any.
 */
BRIG_API BRIG_MUST_USE int brig_view_open(const struct brig_peer *broker, int fd, size_t size,
					  unsigned int flags, struct brig_view *ret);

/**
 * Where @n bytes at @offset are, to write.
 *
 * Returns NULL if the view doesn't have them, or is one to read.
 */
BRIG_API uint8_t *brig_view_at(const struct brig_view *view, size_t offset, size_t n);

/**
 * Unmap it. One that is closed already, or all zero, does nothing.
 */
BRIG_API void brig_view_close(struct brig_view *view);

BRIG_END_DECLS

#endif
