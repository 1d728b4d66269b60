/* ipc/wire/frame.h - the fixed header in front of every message. */
#ifndef IPC_WIRE_FRAME_H
#define IPC_WIRE_FRAME_H

#include "ipc/dispatch/bad_message.h"

#include <brig/schema.h>

#include <stddef.h>
#include <stdint.h>

#define BRIG_FRAME_VERSION 1
#define BRIG_PAYLOAD_MAX   65536u

enum brig_frame_kind {
	BRIG_KIND_REQUEST = 1, /* wants one reply or error with the same id */
	BRIG_KIND_REPLY = 2,
	BRIG_KIND_ERROR = 3, /* a lawful request that was refused */
	BRIG_KIND_EVENT = 4, /* wants no answer; id is 0 */
	BRIG_KIND_CANCEL = 5,
	BRIG_KIND_CREDIT = 6,
	BRIG_KIND_BATCH = 7,   /* events, one behind the other: ipc/wire/batch.h */
	BRIG_KIND_CROWDED = 8, /* tell me when to try again; try again: ipc/dispatch/crowd.c */
	BRIG_KIND_LAST = BRIG_KIND_CROWDED
};

/* The message lies in shared memory; the payload, a brig.ipc.Spilled, says how long it is. */
#define BRIG_FRAME_SPILLED 0x1u

struct brig_frame {
	uint8_t version;
	uint8_t kind;
	uint16_t flags; /* BRIG_FRAME_… */
	uint16_t service;
	uint16_t method;
	uint64_t id;
	uint32_t length;      /* of the payload, in bytes: what was received must be as long */
	uint16_t n_fds;       /* how many were passed: what was received must be as many */
	uint16_t reserved;    /* 0 */
	uint64_t deadline_us; /* time left to the receiver; 0: no limit of the sender's */
};

_Static_assert(sizeof(struct brig_frame) == 32, "the header is 32 bytes");

/*
 * Check what a hostile peer sent: @bytes (borrowed, any alignment) of @n bytes, with @n_fds
 * descriptors. Returns BRIG_BAD_NONE and *ret, or the code of the breach.
 */
enum brig_bad_message brig_frame_parse(const uint8_t *bytes, size_t n, size_t n_fds,
				       struct brig_frame *ret);

#endif
