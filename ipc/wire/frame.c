#include "ipc/wire/frame.h"

#include <string.h>

enum brig_bad_message brig_frame_parse(const uint8_t *bytes, size_t n, size_t n_fds,
				       struct brig_frame *ret)
{
	struct brig_frame frame;

	if (n < sizeof frame)
		return BRIG_BAD_SHORT;
	memcpy(&frame, bytes, sizeof frame);
	if (frame.version != BRIG_FRAME_VERSION)
		return BRIG_BAD_VERSION;
	if ((frame.flags & ~BRIG_FRAME_SPILLED) || frame.reserved)
		return BRIG_BAD_FLAGS;
	if (frame.kind < BRIG_KIND_REQUEST || frame.kind > BRIG_KIND_LAST)
		return BRIG_BAD_KIND;
	if (frame.flags && frame.kind != BRIG_KIND_REQUEST && frame.kind != BRIG_KIND_REPLY)
		return BRIG_BAD_FLAGS;
	if (frame.length > BRIG_PAYLOAD_MAX || frame.length != n - sizeof frame)
		return BRIG_BAD_LENGTH;
	if (frame.n_fds > BRIG_FDS_MAX || frame.n_fds != n_fds)
		return BRIG_BAD_FD_COUNT;
	*ret = frame;
	return BRIG_BAD_NONE;
}
