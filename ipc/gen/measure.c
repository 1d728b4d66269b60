/* The most that a message which keeps its rules can be, and that there is a most. */
#include "ipc/gen/schema.h"

#define ENOUGH (UINT64_MAX / 4) /* past any use: sums and products stop here */

static uint64_t add(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) || sum > ENOUGH ? ENOUGH : sum;
}

static uint64_t multiply(uint64_t a, uint64_t b)
{
	uint64_t product;

	return __builtin_mul_overflow(a, b, &product) || product > ENOUGH ? ENOUGH : product;
}

static uint64_t varint_bytes(uint64_t value)
{
	uint64_t n = 1;

	while (value >>= 7)
		n++;
	return n;
}

static bool has_negative(const struct gen_enum *enum_)
{
	return enum_->n_values && enum_->values[0] < 0;
}

/* Of one value of a number's type, without the tag. */
static uint64_t number_bytes(const struct gen_field *field)
{
	const uint64_t max = field->rules->max;

	switch (field->proto->type) {
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_BOOL:
		return 1;
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_UINT32:
		return max ? varint_bytes(max) : 5;
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_SINT32:
		return 5;
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_UINT64:
		return max ? varint_bytes(max) : 10;
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_FIXED32:
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_SFIXED32:
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_FLOAT:
		return 4;
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_FIXED64:
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_SFIXED64:
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_DOUBLE:
		return 8;
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_ENUM:
		return field->enum_ && !has_negative(field->enum_) ? 5 : 10;
	default:
		return 10; /* negative ones are ten bytes long */
	}
}

/* Of one element, with tag and length where it has them. */
static uint64_t element_bytes(const struct gen_field *field)
{
	const uint64_t tag = varint_bytes((uint64_t)field->proto->number << 3);
	uint64_t inner;

	switch (field->proto->type) {
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_STRING:
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_BYTES:
		inner = field->rules->max_len;
		return add(tag + varint_bytes(inner), inner);
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_MESSAGE:
		if (!field->message)
			return tag;
		inner = field->message->max_bytes;
		return add(tag + varint_bytes(inner), inner);
	default:
		return (field->repeated ? 0 : tag) + number_bytes(field);
	}
}

/* Numbers of a repeated field come in one piece, without tags between. */
bool gen_is_packed(const struct gen_field *field)
{
	switch (field->proto->type) {
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_STRING:
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_BYTES:
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_MESSAGE:
		return false;
	default:
		return field->repeated;
	}
}

static void measure_field(struct gen_message *message, const struct gen_field *field)
{
	const uint64_t count = field->repeated ? field->rules->max_count : 1;
	uint64_t bytes = multiply(count, element_bytes(field));

	if (gen_is_packed(field))
		bytes = add(bytes, varint_bytes((uint64_t)field->proto->number << 3) +
					   varint_bytes(bytes));
	message->max_bytes = add(message->max_bytes, bytes);
	message->max_wire_fields = add(message->max_wire_fields, gen_is_packed(field) ? 1 : count);
}

/* Depth first, so that what is within is known; whoever is met on its own way is recursive. */
static void measure_at(struct gen *gen, struct gen_message *message, unsigned int depth)
{
	message->measured = 1;
	if (depth > GEN_DEPTH_MAX)
		gen_error(gen, &message->place, message->full_name + 1,
			  "lies deeper than %d messages within each other", GEN_DEPTH_MAX);
	for (size_t i = 0; i < message->n_fields && depth <= GEN_DEPTH_MAX; i++) {
		struct gen_field *field = &message->fields[i];

		if (field->message && field->message->measured == 1)
			gen_error(gen, &field->place, field->proto->name,
				  "is recursive: %s can hold itself, without an end. Number the "
				  "elements and send them in a repeated field",
				  field->message->full_name + 1);
		else if (field->message && !field->message->measured)
			measure_at(gen, field->message, depth + 1);
		measure_field(message, field);
	}
	message->measured = 2;
}

void gen_measure(struct gen *gen, struct gen_message *message)
{
	if (!message->measured)
		measure_at(gen, message, 1);
}
