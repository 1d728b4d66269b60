/*
 * ipc/dispatch/arena.h - the memory of one message: a fixed budget, given back at once. A message
 * that would unpack to more is refused, whatever its bytes promise.
 */
#ifndef IPC_DISPATCH_ARENA_H
#define IPC_DISPATCH_ARENA_H

#include <brig/schema.h>

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

#define BRIG_ARENA_BYTES BRIG_MESSAGE_MEMORY

struct brig_arena {
	size_t used;
	_Alignas(max_align_t) uint8_t bytes[BRIG_ARENA_BYTES];
};

/* The allocator for one message; what was unpacked before is gone. */
ProtobufCAllocator brig_arena_start(struct brig_arena *arena);

#endif
