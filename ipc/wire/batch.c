#include "ipc/wire/batch.h"

#include <string.h>

static enum brig_bad_message check_one(const uint8_t *bytes, size_t left, size_t *ret_n)
{
	struct brig_frame frame;

	if (left < sizeof frame)
		return BRIG_BAD_BATCH;
	memcpy(&frame, bytes, sizeof frame);
	if (frame.length > left - sizeof frame)
		return BRIG_BAD_BATCH;
	*ret_n = sizeof frame + frame.length;
	const enum brig_bad_message bad = brig_frame_parse(bytes, *ret_n, 0, &frame);
	if (bad)
		return bad;
	return frame.kind == BRIG_KIND_EVENT ? BRIG_BAD_NONE : BRIG_BAD_BATCH;
}

enum brig_bad_message brig_batch_check(const uint8_t *payload, size_t n)
{
	unsigned int messages = 0;
	size_t at = 0, one = 0;

	while (at < n) {
		const enum brig_bad_message bad = check_one(payload + at, n - at, &one);

		if (bad)
			return bad;
		if (++messages > BRIG_BATCH_MAX)
			return BRIG_BAD_BATCH;
		at += one;
	}
	return messages < BRIG_BATCH_LEAST ? BRIG_BAD_BATCH : BRIG_BAD_NONE;
}

bool brig_batch_next(const uint8_t *payload, size_t n, size_t *at, struct brig_frame *ret,
		     const uint8_t **ret_bytes)
{
	if (*at >= n)
		return false;
	memcpy(ret, payload + *at, sizeof *ret);
	*ret_bytes = payload + *at;
	*at += sizeof *ret + ret->length;
	return true;
}

bool brig_packet_is_batch(const uint8_t *bytes, size_t n)
{
	struct brig_frame frame;

	if (n < sizeof frame)
		return false;
	memcpy(&frame, bytes, sizeof frame);
	return frame.kind == BRIG_KIND_BATCH;
}
