#include "ipc/dispatch/arena.h"

static void *arena_alloc(void *user, size_t size)
{
	struct brig_arena *arena = user;
	const size_t align = _Alignof(max_align_t);

	if (size > sizeof arena->bytes - arena->used)
		return NULL;
	void *memory = arena->bytes + arena->used;
	size_t rounded = (size + align - 1) & ~(align - 1);
	if (rounded > sizeof arena->bytes - arena->used)
		rounded = sizeof arena->bytes - arena->used;
	arena->used += rounded;
	return memory;
}

static void arena_free(void *user, void *pointer)
{
	(void)user;
	(void)pointer; /* all at once, by the next start */
}

ProtobufCAllocator brig_arena_start(struct brig_arena *arena)
{
	arena->used = 0;
	return (ProtobufCAllocator){ .alloc = arena_alloc,
				     .free = arena_free,
				     .allocator_data = arena };
}
