/*
 * Brig's options. protobuf-c knows no extensions: to it they are unknown fields of the options
 * message. Each "(brig.field).x = …" comes as a field of its own, the braced form as one: what
 * protobuf says of a message that comes in parts is that they are concatenated, so both are read
 * the same way.
 */
#include "ipc/gen/schema.h"

#include <string.h>

#define OPTION 51700 /* of each kind: options.proto */

/* Past the length in front of a field's bytes; NULL if it isn't what follows it. */
static const uint8_t *past_length(const ProtobufCMessageUnknownField *field, size_t *ret)
{
	uint64_t length = 0;
	size_t at = 0;

	for (unsigned int shift = 0; at < field->len && shift < 64; shift += 7) {
		const uint8_t byte = field->data[at++];

		length |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret = field->len - at;
			return length == *ret ? field->data + at : NULL;
		}
	}
	return NULL;
}

struct bytes {
	uint8_t *at;
	size_t n;
};

static void collect(struct gen *gen, const struct gen_place *place, const char *name,
		    const ProtobufCMessageUnknownField *field, struct bytes *ret)
{
	size_t n = 0;
	const uint8_t *bytes;

	if (field->tag != OPTION) {
		gen_error(gen, place, name, "option %u is none of brig/options.proto", field->tag);
		return;
	}
	bytes = field->wire_type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED ? past_length(field, &n)
									 : NULL;
	if (!bytes) {
		gen_error(gen, place, name, "its option can't be read");
		return;
	}
	memcpy(ret->at + ret->n, bytes, n);
	ret->n += n;
}

static void *memory_alloc(void *user, size_t size)
{
	return gen_alloc(user, size);
}

static void memory_free(void *user, void *pointer)
{
	(void)user;
	(void)pointer; /* with all the rest */
}

ProtobufCMessage *gen_options(struct gen *gen, const struct gen_place *place, const char *name,
			      const ProtobufCMessage *options,
			      const ProtobufCMessageDescriptor *descriptor)
{
	ProtobufCAllocator allocator = { memory_alloc, memory_free, gen };
	struct bytes all = { NULL, 0 };
	size_t size = 1;

	for (unsigned int i = 0; options && i < options->n_unknown_fields; i++)
		size += options->unknown_fields[i].len;
	all.at = gen_alloc(gen, size);
	for (unsigned int i = 0; options && i < options->n_unknown_fields; i++)
		collect(gen, place, name, &options->unknown_fields[i], &all);
	ProtobufCMessage *rules = protobuf_c_message_unpack(descriptor, &allocator, all.n, all.at);
	if (rules && !rules->n_unknown_fields)
		return rules;
	gen_error(gen, place, name,
		  "has a Brig option that this protoc-gen-brig is too old to know");
	return protobuf_c_message_unpack(descriptor, &allocator, 0, NULL);
}
