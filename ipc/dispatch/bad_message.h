/*
 * ipc/dispatch/bad_message.h - how a peer can break the protocol. A breach ends it. The numbers are
 * stable and never reused: they stand in exit records.
 */
#ifndef IPC_DISPATCH_BAD_MESSAGE_H
#define IPC_DISPATCH_BAD_MESSAGE_H

enum brig_bad_message {
	BRIG_BAD_NONE = 0,
	BRIG_BAD_SHORT = 1,
	BRIG_BAD_VERSION = 2,
	BRIG_BAD_FLAGS = 3,
	BRIG_BAD_KIND = 4,
	BRIG_BAD_LENGTH = 5,
	BRIG_BAD_FD_COUNT = 6,
	BRIG_BAD_TRUNCATED = 7,
	BRIG_BAD_UNKNOWN_METHOD = 8,
	BRIG_BAD_STATE = 9,
	BRIG_BAD_SIZE = 10,
	BRIG_BAD_FD_KIND = 11,
	BRIG_BAD_ELEMENTS = 12,
	BRIG_BAD_ENCODING = 13,
	BRIG_BAD_UNKNOWN_FIELD = 14,
	BRIG_BAD_FIELD = 15,
	BRIG_BAD_IN_FLIGHT = 16,
	BRIG_BAD_ID = 17,
	BRIG_BAD_HANDLE = 18,
	BRIG_BAD_SLOW_READER = 19, /* it asks, and has not read the last reply */
	BRIG_BAD_REQUESTS = 20,    /* more requests than its job can need */
	BRIG_BAD_COUNT
};

/* A sentence about a code; "?" if there is none. */
const char *brig_bad_message_text(int code);

#endif
