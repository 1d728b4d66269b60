/*
 * ipc/dispatch/reader.h - the pieces that protobuf's encoding is made of, read from hostile bytes:
 * by who checks them, and by who unpacks them afterwards.
 */
#ifndef IPC_DISPATCH_READER_H
#define IPC_DISPATCH_READER_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Wire types of protobuf's encoding. */
enum brig_wire_type { BRIG_VARINT = 0, BRIG_I64 = 1, BRIG_LEN = 2, BRIG_I32 = 5 };

struct brig_cursor {
	const uint8_t *at, *end;
};

/* The shortest encoding only: the same number has one form, and at most ten bytes. */
bool brig_read_long_varint(struct brig_cursor *cursor, uint64_t *ret);

/* Most numbers are of one byte or two. */
static inline bool brig_read_varint(struct brig_cursor *cursor, uint64_t *ret)
{
	const uint8_t *at = cursor->at;

	if (at < cursor->end && at[0] < 0x80) {
		*ret = at[0];
		cursor->at = at + 1;
		return true;
	}
	if (cursor->end - at >= 2 && at[1] < 0x80 && at[1]) {
		*ret = (uint64_t)(at[0] & 0x7f) | (uint64_t)at[1] << 7;
		cursor->at = at + 2;
		return true;
	}
	return brig_read_long_varint(cursor, ret);
}

static inline bool brig_read_number(struct brig_cursor *cursor, enum brig_wire_type type,
				    uint64_t *ret)
{
	const size_t n = (size_t)(cursor->end - cursor->at);
	uint64_t eight;
	uint32_t four;

	if (type == BRIG_VARINT)
		return brig_read_varint(cursor, ret);
	if (type == BRIG_I32) {
		if (n < sizeof four)
			return false;
		memcpy(&four, cursor->at, sizeof four);
		cursor->at += sizeof four;
		*ret = le32toh(four);
		return true;
	}
	if (n < sizeof eight)
		return false;
	memcpy(&eight, cursor->at, sizeof eight);
	cursor->at += sizeof eight;
	*ret = le64toh(eight);
	return true;
}

/* The next field's bytes, in one piece. */
static inline bool brig_read_piece(struct brig_cursor *cursor, struct brig_cursor *ret)
{
	uint64_t length;

	if (!brig_read_varint(cursor, &length) || length > (uint64_t)(cursor->end - cursor->at))
		return false;
	*ret = (struct brig_cursor){ cursor->at, cursor->at + length };
	cursor->at += length;
	return true;
}

#endif
