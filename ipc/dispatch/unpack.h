/*
 * ipc/dispatch/unpack.h - from bytes that keep the rules to the struct that protoc-c declares.
 *
 * protobuf-c's own takes two passes and a note of each field, for messages of which nothing is
 * known. Of these it is known that no field comes twice, that nothing is unknown, and how deep.
 */
#ifndef IPC_DISPATCH_UNPACK_H
#define IPC_DISPATCH_UNPACK_H

#include "ipc/dispatch/arena.h"

#include <protobuf-c/protobuf-c.h>

/*
 * @bytes: @n of them, which brig_rules_check() let pass for this message's rules; copied, none of
 * them is referred to. NULL: the arena is too small, or they were changed since (nothing is read or
 * written out of bounds).
 */
const ProtobufCMessage *brig_unpack_checked(struct brig_arena *arena,
					    const ProtobufCMessageDescriptor *descriptor,
					    const uint8_t *bytes, size_t n);
/* The same in an arena that was started. */
const ProtobufCMessage *brig_unpack_into(struct brig_arena *arena,
					 const ProtobufCMessageDescriptor *descriptor,
					 const uint8_t *bytes, size_t n);

#endif
