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
	size_t used;
	_Alignas(max_align_t) uint8_t bytes[BRIG_ARENA_BYTES];
};

/* What was unpacked before is gone. */
static inline void brig_arena_start(struct brig_arena *arena)
{
	arena->used = 0;
}

/* Aligned for anything; NULL: there is no room. */
static inline void *brig_arena_take(struct brig_arena *arena, size_t size)
{
	const size_t align = _Alignof(max_align_t), left = BRIG_ARENA_BYTES - arena->used;

	if (size > left)
		return NULL;
	void *memory = arena->bytes + arena->used;
	/* The whole of it is a multiple, so what is left is, too. */
	arena->used += (size + align - 1) & ~(align - 1);
	return memory;
}

_Static_assert(BRIG_ARENA_BYTES % _Alignof(max_align_t) == 0, "what is left stays aligned");

#endif
