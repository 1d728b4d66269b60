/*
 * ipc/dispatch/dispatch.h - from hostile bytes to a checked message, by a const table: the attack
 * surface on one screen.
 */
#ifndef IPC_DISPATCH_DISPATCH_H
#define IPC_DISPATCH_DISPATCH_H

#include "ipc/dispatch/arena.h"
#include "ipc/dispatch/bad_message.h"
#include "ipc/wire/frame.h"

#include <stdbool.h>

#define BRIG_BIT(n) (1u << (n))

struct brig_method {
	uint16_t service;
	uint16_t method;
	uint8_t kind;          /* BRIG_KIND_REQUEST or BRIG_KIND_EVENT */
	uint8_t n_fds;         /* exactly so many */
	uint32_t states;       /* bit per state of the session in which it is lawful */
	uint32_t max_bytes;    /* of the payload */
	uint32_t max_elements; /* of fields on the wire, counted before anything is unpacked */
	const ProtobufCMessageDescriptor *message;
	/* Is every field within its range? The schema's rules, by hand until they are generated. */
	bool (*valid)(const ProtobufCMessage *message);
	/* @session is the caller's; the message is gone when it returns. */
	enum brig_bad_message (*handle)(void *session, const struct brig_frame *frame,
					const ProtobufCMessage *message);
	const char *name; /* "files.open" */
};

struct brig_interface {
	const struct brig_method *methods;
	size_t n;
};

/* What of the caller's session decides. */
struct brig_dispatch {
	void *session;
	uint32_t services; /* bit n: the role may call service n */
	uint32_t state;
	struct brig_arena *arena;
};

/*
 * Run one message that passed brig_frame_parse(). Order: method, role, state → fd count → size →
 * pre-scan → unpack within the arena → validator → handler. Returns BRIG_BAD_NONE or the breach.
 */
enum brig_bad_message brig_dispatch_run(const struct brig_interface *interface,
					const struct brig_dispatch *dispatch,
					const struct brig_frame *frame, const uint8_t *payload);

/* How many fields the encoding has at its top level; SIZE_MAX if it is none. */
size_t brig_prescan(const uint8_t *payload, size_t n);

/* Unpack within the arena and check; NULL and *ret_bad. For replies, which have no table. */
const ProtobufCMessage *brig_unpack(struct brig_arena *arena,
				    const ProtobufCMessageDescriptor *descriptor,
				    const uint8_t *payload, size_t n, size_t max_elements,
				    enum brig_bad_message *ret_bad);

#endif
