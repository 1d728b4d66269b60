#include "ipc/dispatch/dispatch.h"

#include <string.h>

/* A varint of at most ten bytes; false if the bytes end within it. */
static bool skip_varint(const uint8_t *payload, size_t n, size_t *at, uint64_t *ret)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; shift < 70 && *at < n; shift += 7) {
		uint8_t byte = payload[(*at)++];

		value |= (uint64_t)(byte & 0x7f) << (shift < 64 ? shift : 63);
		if (!(byte & 0x80)) {
			*ret = value;
			return true;
		}
	}
	return false;
}

/* Past the value of one field; false for groups (long deprecated) and values that run out. */
static bool skip_value(const uint8_t *payload, size_t n, size_t *at, unsigned int wire_type)
{
	uint64_t length = 0;

	switch (wire_type) {
	case 0:
		return skip_varint(payload, n, at, &length);
	case 1:
		length = 8;
		break;
	case 2:
		if (!skip_varint(payload, n, at, &length))
			return false;
		break;
	case 5:
		length = 4;
		break;
	default:
		return false;
	}
	if (length > n - *at)
		return false;
	*at += (size_t)length;
	return true;
}

size_t brig_prescan(const uint8_t *payload, size_t n)
{
	size_t at = 0, fields = 0;

	while (at < n) {
		uint64_t tag;

		if (!skip_varint(payload, n, &at, &tag) ||
		    !skip_value(payload, n, &at, (unsigned int)(tag & 7)))
			return SIZE_MAX;
		fields++;
	}
	return fields;
}

const ProtobufCMessage *brig_unpack(struct brig_arena *arena,
				    const ProtobufCMessageDescriptor *descriptor,
				    const uint8_t *payload, size_t n, size_t max_elements,
				    enum brig_bad_message *ret_bad)
{
	size_t fields = brig_prescan(payload, n);

	if (fields == SIZE_MAX) {
		*ret_bad = BRIG_BAD_ENCODING;
		return NULL;
	}
	if (fields > max_elements) {
		*ret_bad = BRIG_BAD_ELEMENTS;
		return NULL;
	}
	ProtobufCAllocator allocator = brig_arena_start(arena);
	ProtobufCMessage *message = protobuf_c_message_unpack(descriptor, &allocator, n, payload);
	if (!message) {
		*ret_bad = BRIG_BAD_ENCODING;
		return NULL;
	}
	if (message->n_unknown_fields) {
		*ret_bad = BRIG_BAD_UNKNOWN_FIELD;
		return NULL;
	}
	return message;
}

static const struct brig_method *find(const struct brig_interface *interface, uint32_t services,
				      const struct brig_frame *frame)
{
	if (frame->service >= 32 || !(services & BRIG_BIT(frame->service)))
		return NULL;
	for (size_t i = 0; i < interface->n; i++)
		if (interface->methods[i].service == frame->service &&
		    interface->methods[i].method == frame->method)
			return &interface->methods[i];
	return NULL;
}

enum brig_bad_message brig_dispatch_run(const struct brig_interface *interface,
					const struct brig_dispatch *dispatch,
					const struct brig_frame *frame, const uint8_t *payload)
{
	const struct brig_method *method = find(interface, dispatch->services, frame);
	enum brig_bad_message bad = BRIG_BAD_NONE;

	if (!method) /* not exposed to this role: the same as not existing */
		return BRIG_BAD_UNKNOWN_METHOD;
	if (frame->kind != method->kind)
		return BRIG_BAD_KIND;
	if (!(method->states & BRIG_BIT(dispatch->state)))
		return BRIG_BAD_STATE;
	if (frame->n_fds != method->n_fds)
		return BRIG_BAD_FD_KIND;
	if (frame->length > method->max_bytes)
		return BRIG_BAD_SIZE;
	const ProtobufCMessage *message = brig_unpack(dispatch->arena, method->message, payload,
						      frame->length, method->max_elements, &bad);
	if (!message)
		return bad;
	if (method->valid && !method->valid(message))
		return BRIG_BAD_FIELD;
	return method->handle(dispatch->session, frame, message);
}
