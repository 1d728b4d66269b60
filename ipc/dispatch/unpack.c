#include "ipc/dispatch/unpack.h"

#include "ipc/dispatch/reader.h"

/* How values of a type are encoded, and held. */
static const struct shape {
	uint8_t wire; /* enum brig_wire_type */
	uint8_t size; /* of what the struct, or an array of them, holds */
	bool zigzag;
} shapes[] = {
	[PROTOBUF_C_TYPE_INT32] = { BRIG_VARINT, sizeof(int32_t), false },
	[PROTOBUF_C_TYPE_SINT32] = { BRIG_VARINT, sizeof(int32_t), true },
	[PROTOBUF_C_TYPE_SFIXED32] = { BRIG_I32, sizeof(int32_t), false },
	[PROTOBUF_C_TYPE_INT64] = { BRIG_VARINT, sizeof(int64_t), false },
	[PROTOBUF_C_TYPE_SINT64] = { BRIG_VARINT, sizeof(int64_t), true },
	[PROTOBUF_C_TYPE_SFIXED64] = { BRIG_I64, sizeof(int64_t), false },
	[PROTOBUF_C_TYPE_UINT32] = { BRIG_VARINT, sizeof(uint32_t), false },
	[PROTOBUF_C_TYPE_FIXED32] = { BRIG_I32, sizeof(uint32_t), false },
	[PROTOBUF_C_TYPE_UINT64] = { BRIG_VARINT, sizeof(uint64_t), false },
	[PROTOBUF_C_TYPE_FIXED64] = { BRIG_I64, sizeof(uint64_t), false },
	[PROTOBUF_C_TYPE_FLOAT] = { BRIG_I32, sizeof(float), false },
	[PROTOBUF_C_TYPE_DOUBLE] = { BRIG_I64, sizeof(double), false },
	[PROTOBUF_C_TYPE_BOOL] = { BRIG_VARINT, sizeof(protobuf_c_boolean), false },
	[PROTOBUF_C_TYPE_ENUM] = { BRIG_VARINT, sizeof(int32_t), false },
	[PROTOBUF_C_TYPE_STRING] = { BRIG_LEN, sizeof(char *), false },
	[PROTOBUF_C_TYPE_BYTES] = { BRIG_LEN, sizeof(ProtobufCBinaryData), false },
	[PROTOBUF_C_TYPE_MESSAGE] = { BRIG_LEN, sizeof(ProtobufCMessage *), false },
};

_Static_assert(sizeof(protobuf_c_boolean) == 4 && sizeof(float) == 4 && sizeof(double) == 8,
	       "numbers are of four bytes or eight");

static ProtobufCMessage *fill(struct brig_arena *arena,
			      const ProtobufCMessageDescriptor *descriptor,
			      struct brig_cursor cursor);

static inline void put_number(void *to, const struct shape *shape, uint64_t raw)
{
	const uint64_t value = shape->zigzag ? raw >> 1 ^ (0 - (raw & 1)) : raw;
	const uint32_t narrow = (uint32_t)value;

	if (shape->size == sizeof narrow)
		memcpy(to, &narrow, sizeof narrow);
	else
		memcpy(to, &value, sizeof value);
}

static bool put_string(struct brig_arena *arena, const struct brig_cursor *piece, char **ret)
{
	const size_t n = (size_t)(piece->end - piece->at);
	char *text = brig_arena_take(arena, n + 1);

	if (!text)
		return false;
	memcpy(text, piece->at, n);
	text[n] = '\0';
	*ret = text;
	return true;
}

static bool put_bytes(struct brig_arena *arena, const struct brig_cursor *piece,
		      ProtobufCBinaryData *ret)
{
	const size_t n = (size_t)(piece->end - piece->at);
	uint8_t *data = NULL;

	if (n) {
		data = brig_arena_take(arena, n);
		if (!data)
			return false;
		memcpy(data, piece->at, n);
	}
	*ret = (ProtobufCBinaryData){ n, data };
	return true;
}

static bool put_piece(struct brig_arena *arena, const ProtobufCFieldDescriptor *field,
		      const struct brig_cursor *piece, void *to)
{
	if (field->type == PROTOBUF_C_TYPE_STRING)
		return put_string(arena, piece, to);
	if (field->type == PROTOBUF_C_TYPE_BYTES)
		return put_bytes(arena, piece, to);
	ProtobufCMessage *message = fill(arena, field->descriptor, *piece);
	*(ProtobufCMessage **)to = message;
	return message;
}

static bool put_packed(struct brig_arena *arena, const struct shape *shape,
		       struct brig_cursor piece, size_t *ret_n, void **ret)
{
	const size_t length = (size_t)(piece.end - piece.at);
	size_t n = 0;
	uint64_t raw;

	if (shape->wire == BRIG_VARINT)
		for (size_t i = 0; i < length; i++)
			n += piece.at[i] < 0x80;
	else
		n = length / (shape->wire == BRIG_I32 ? 4 : 8);
	uint8_t *to = n ? brig_arena_take(arena, n * shape->size) : NULL;
	if (n && !to)
		return false;
	*ret = to;
	*ret_n = n;
	for (; n; n--, to += shape->size) {
		if (!brig_read_number(&piece, (enum brig_wire_type)shape->wire, &raw))
			return false;
		put_number(to, shape, raw);
	}
	return true;
}

/* How many more of field @number there are from here on, each in one piece. */
static size_t count_pieces(struct brig_cursor cursor, uint32_t number)
{
	struct brig_cursor piece;
	uint64_t tag, raw;
	size_t n = 0;

	while (cursor.at < cursor.end && brig_read_varint(&cursor, &tag)) {
		const enum brig_wire_type wire = tag & 7;
		const bool read = wire == BRIG_LEN ? brig_read_piece(&cursor, &piece)
						   : brig_read_number(&cursor, wire, &raw);

		if (!read)
			break;
		n += tag == ((uint64_t)number << 3 | BRIG_LEN);
	}
	return n;
}

/* @rest: behind this piece. With the first of a field's elements comes the array of all. */
static bool add_piece(struct brig_arena *arena, const ProtobufCFieldDescriptor *field,
		      const struct brig_cursor *piece, struct brig_cursor rest, size_t *n,
		      uint8_t **array)
{
	const size_t size = shapes[field->type].size;

	if (!*n)
		*array = brig_arena_take(arena, (1 + count_pieces(rest, field->id)) * size);
	return *array && put_piece(arena, field, piece, *array + size * (*n)++);
}

static bool put_repeated(struct brig_arena *arena, const ProtobufCFieldDescriptor *field,
			 struct brig_cursor *cursor, uint8_t *message)
{
	const struct shape *shape = &shapes[field->type];
	size_t *n = (void *)(message + field->quantifier_offset);
	void *array = message + field->offset;
	struct brig_cursor piece;

	if (!brig_read_piece(cursor, &piece))
		return false;
	return shape->wire == BRIG_LEN ? add_piece(arena, field, &piece, *cursor, n, array)
				       : put_packed(arena, shape, piece, n, array);
}

static bool put_single(struct brig_arena *arena, const ProtobufCFieldDescriptor *field,
		       struct brig_cursor *cursor, uint8_t *message)
{
	const struct shape *shape = &shapes[field->type];
	struct brig_cursor piece;
	uint64_t raw;

	if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
		memcpy(message + field->quantifier_offset, &field->id, sizeof field->id);
	if (shape->wire == BRIG_LEN)
		return brig_read_piece(cursor, &piece) &&
		       put_piece(arena, field, &piece, message + field->offset);
	if (!brig_read_number(cursor, (enum brig_wire_type)shape->wire, &raw))
		return false;
	put_number(message + field->offset, shape, raw);
	return true;
}

/* Encoders write fields in order: the next is likely at @hint. */
static const ProtobufCFieldDescriptor *find(const ProtobufCMessageDescriptor *descriptor,
					    unsigned int hint, uint64_t number)
{
	const ProtobufCFieldDescriptor *fields = descriptor->fields;

	if (hint < descriptor->n_fields && fields[hint].id == number)
		return &fields[hint];
	for (unsigned int i = 0; i < descriptor->n_fields; i++)
		if (fields[i].id == number)
			return &fields[i];
	return NULL;
}

/* Recurses no deeper than the schema, as the check did. */
static ProtobufCMessage *fill(struct brig_arena *arena,
			      const ProtobufCMessageDescriptor *descriptor,
			      struct brig_cursor cursor)
{
	ProtobufCMessage *message = brig_arena_take(arena, descriptor->sizeof_message);
	unsigned int hint = 0;
	uint64_t tag;

	if (!message)
		return NULL;
	protobuf_c_message_init(descriptor, message);
	while (cursor.at < cursor.end) {
		const ProtobufCFieldDescriptor *field =
			brig_read_varint(&cursor, &tag) ? find(descriptor, hint, tag >> 3) : NULL;

		if (!field)
			return NULL;
		const bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
		/* Who counts elements reads by the bytes' types, who fills them by the schema's. */
		if ((tag & 7) != (repeated ? (uint64_t)BRIG_LEN : shapes[field->type].wire))
			return NULL;
		if (!(repeated ? put_repeated(arena, field, &cursor, (uint8_t *)message)
			       : put_single(arena, field, &cursor, (uint8_t *)message)))
			return NULL;
		hint = (unsigned int)(field - descriptor->fields) + !repeated;
	}
	return message;
}

const ProtobufCMessage *brig_unpack_into(struct brig_arena *arena,
					 const ProtobufCMessageDescriptor *descriptor,
					 const uint8_t *bytes, size_t n)
{
	return fill(arena, descriptor, (struct brig_cursor){ bytes, bytes + n });
}

const ProtobufCMessage *brig_unpack_checked(struct brig_arena *arena,
					    const ProtobufCMessageDescriptor *descriptor,
					    const uint8_t *bytes, size_t n)
{
	brig_arena_start(arena);
	return brig_unpack_into(arena, descriptor, bytes, n);
}
