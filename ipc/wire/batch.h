/*
 * ipc/wire/batch.h - several events in one packet. Its header has kind BATCH and nothing else but
 * the length; behind it lie BRIG_BATCH_LEAST to BRIG_BATCH_MAX whole messages, header and payload,
 * one after another to the end. Each is an event without descriptors, and is checked, counted and
 * recorded as if it had come alone.
 */
#ifndef IPC_WIRE_BATCH_H
#define IPC_WIRE_BATCH_H

#include "ipc/wire/frame.h"

#include <stdbool.h>

#define BRIG_BATCH_LEAST 2
#define BRIG_BATCH_MAX   32

/* What lies behind the header of a batch is one. BRIG_BAD_NONE, or the code of the breach. */
enum brig_bad_message brig_batch_check(const uint8_t *payload, size_t n);

/* Of what was checked: the message at *at, which goes on to the next. False: that was all. */
bool brig_batch_next(const uint8_t *payload, size_t n, size_t *at, struct brig_frame *ret,
		     const uint8_t **ret_bytes);

/* Does this packet say so in its header? */
bool brig_packet_is_batch(const uint8_t *bytes, size_t n);

#endif
