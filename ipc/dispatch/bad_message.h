/*
 * ipc/dispatch/bad_message.h - how a peer can break the protocol. A breach ends it. The numbers are
 * stable and never reused: they stand in exit records.
 */
#ifndef IPC_DISPATCH_BAD_MESSAGE_H
#define IPC_DISPATCH_BAD_MESSAGE_H

#include <stddef.h>

/* The pipeline of a message, in order: a breach is found at one of them. */
enum brig_bad_stage {
	BRIG_BAD_AT_HEADER,
	BRIG_BAD_AT_QUOTA,
	BRIG_BAD_AT_METHOD,
	BRIG_BAD_AT_FDS,
	BRIG_BAD_AT_FIELDS,
	BRIG_BAD_AT_HANDLER,
};

enum brig_bad_message {
	BRIG_BAD_NONE = 0,
#define BREACH(number, NAME, name, stage, text) BRIG_BAD_##NAME = (number),
#include "ipc/dispatch/bad_messages.inc"
#undef BREACH
	BRIG_BAD_COUNT
};

struct brig_bad_row {
	int code;
	enum brig_bad_stage stage;
	const char *name; /* "fd-kind" */
	const char *text; /* what the peer sent, or did: "its replies lie unread" */
};

/* The row of a code; NULL if there is none. BRIG_BAD_NONE has none. */
const struct brig_bad_row *brig_bad_message_row(int code);

/* A sentence about a code; "?" if there is none. */
const char *brig_bad_message_text(int code);

/* "header", "quota", … */
const char *brig_bad_stage_name(enum brig_bad_stage stage);

#endif
