/*
 * ipc/dispatch/arena.h - the memory of one message: a fixed budget, given back at once. A message
 * that would unpack to more is refused, whatever its bytes promise.
 */
#ifndef IPC_DISPATCH_ARENA_H
#define IPC_DISPATCH_ARENA_H

#include <brig/schema.h>

#include <stddef.h>
#include <stdint.h>

#define BRIG_ARENA_BYTES BRIG_MESSAGE_MEMORY

struct brig_arena {
	size_t used, size;
	uint8_t *at; /* its own bytes, or those of a message that is too large for them */
	_Alignas(max_align_t) uint8_t bytes[BRIG_ARENA_BYTES];
};

/* What was unpacked before is gone. */
static inline void brig_arena_start(struct brig_arena *arena)
{
	arena->used = 0;
	arena->size = BRIG_ARENA_BYTES;
	arena->at = arena->bytes;
}

/* The same in @memory, borrowed, aligned for anything, of @size bytes. */
static inline void brig_arena_start_in(struct brig_arena *arena, void *memory, size_t size)
{
	arena->used = 0;
	arena->size = size & ~(_Alignof(max_align_t) - 1);
	arena->at = memory;
}

/* Aligned for anything; NULL: there is no room. */
static inline void *brig_arena_take(struct brig_arena *arena, size_t size)
{
	const size_t align = _Alignof(max_align_t), left = arena->size - arena->used;

	if (size > left)
		return NULL;
	void *memory = arena->at + arena->used;
	/* The whole of it is a multiple, so what is left is, too. */
	arena->used += (size + align - 1) & ~(align - 1);
	return memory;
}

_Static_assert(BRIG_ARENA_BYTES % _Alignof(max_align_t) == 0, "what is left stays aligned");

#endif
