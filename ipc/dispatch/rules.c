#include "ipc/dispatch/rules.h"

#include "ipc/dispatch/reader.h"
#include "ipc/dispatch/utf8.h"

#include <string.h>

#define FIELDS_MAX 64

/* What is known of one message while its bytes go by. */
struct view {
	const struct brig_message_rules *rules;
	uint64_t seen;   /* bit n: field n was there */
	uint64_t oneofs; /* bit n: a member of oneof n was there */
	uint64_t factors[8];
	uint32_t counts[FIELDS_MAX]; /* of repeated fields, those that seen tells of */
	size_t hint;                 /* encoders write fields in order: the next is likely this */
};

bool brig_read_long_varint(struct brig_cursor *cursor, uint64_t *ret)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; shift < 70 && cursor->at < cursor->end; shift += 7) {
		const uint8_t byte = *cursor->at++;

		if (shift == 63 && byte > 1)
			return false;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret = value;
			return byte || !shift;
		}
	}
	return false;
}

static bool is_enum_value(const struct brig_field_rule *field, uint64_t raw)
{
	size_t low = 0, high = field->n_values;

	while (low < high) {
		const size_t middle = (low + high) / 2;
		const uint64_t value = (uint64_t)(int64_t)field->values[middle];

		if (value == raw)
			return true;
		if (field->values[middle] < (int64_t)raw)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static bool in_signed_range(const struct brig_field_rule *field, int64_t value)
{
	return value >= field->min && (value < 0 || (uint64_t)value <= field->max);
}

static inline enum brig_bad_message check_number(const struct brig_field_rule *field, uint64_t raw)
{
	bool right = true;

	switch ((enum brig_field_kind)field->kind) {
	case BRIG_FIELD_BOOL:
		right = raw <= 1;
		break;
	case BRIG_FIELD_UNSIGNED:
	case BRIG_FIELD_FIXED32:
	case BRIG_FIELD_FIXED64:
		right = raw >= (uint64_t)field->min && raw <= field->max;
		break;
	case BRIG_FIELD_SFIXED32:
		right = in_signed_range(field, (int32_t)(uint32_t)raw);
		break;
	case BRIG_FIELD_SIGNED:
	case BRIG_FIELD_SFIXED64:
		right = in_signed_range(field, (int64_t)raw);
		break;
	case BRIG_FIELD_ZIGZAG:
		right = in_signed_range(field, (int64_t)(raw >> 1 ^ (0 - (raw & 1))));
		break;
	case BRIG_FIELD_FLOAT: /* an exponent of ones is NaN or infinite */
		right = (raw >> 23 & 0xff) != 0xff;
		break;
	case BRIG_FIELD_DOUBLE:
		right = (raw >> 52 & 0x7ff) != 0x7ff;
		break;
	case BRIG_FIELD_ENUM:
		if (!is_enum_value(field, raw))
			return BRIG_BAD_ENUM;
		right = in_signed_range(field, (int64_t)raw);
		break;
	case BRIG_FIELD_BYTES:
	case BRIG_FIELD_STRING:
	case BRIG_FIELD_MESSAGE:
		return BRIG_BAD_ENCODING;
	}
	return right ? BRIG_BAD_NONE : BRIG_BAD_FIELD;
}

/* In the order of enum brig_field_kind. */
static const uint8_t wire_types[] = {
	[BRIG_FIELD_BOOL] = BRIG_VARINT,   [BRIG_FIELD_UNSIGNED] = BRIG_VARINT,
	[BRIG_FIELD_SIGNED] = BRIG_VARINT, [BRIG_FIELD_ZIGZAG] = BRIG_VARINT,
	[BRIG_FIELD_FIXED32] = BRIG_I32,   [BRIG_FIELD_FIXED64] = BRIG_I64,
	[BRIG_FIELD_SFIXED32] = BRIG_I32,  [BRIG_FIELD_SFIXED64] = BRIG_I64,
	[BRIG_FIELD_FLOAT] = BRIG_I32,     [BRIG_FIELD_DOUBLE] = BRIG_I64,
	[BRIG_FIELD_ENUM] = BRIG_VARINT,   [BRIG_FIELD_BYTES] = BRIG_LEN,
	[BRIG_FIELD_STRING] = BRIG_LEN,    [BRIG_FIELD_MESSAGE] = BRIG_LEN,
};

static inline enum brig_wire_type wire_type(const struct brig_field_rule *field)
{
	return (enum brig_wire_type)wire_types[field->kind];
}

/* Its elements come one by one, and are counted; those of other repeated fields are packed. */
static bool counts(const struct brig_field_rule *field)
{
	return (field->flags & BRIG_FIELD_REPEATED) && wire_type(field) == BRIG_LEN;
}

static bool is_basename(const struct brig_cursor *piece)
{
	const size_t n = (size_t)(piece->end - piece->at);

	if (n == 0)
		return true; /* its length is another rule's */
	if (memchr(piece->at, '/', n) || memchr(piece->at, 0, n))
		return false;
	return !(piece->at[0] == '.' && (n == 1 || (n == 2 && piece->at[1] == '.')));
}

static enum brig_bad_message check_text(const struct brig_field_rule *field,
					const struct brig_cursor *piece)
{
	const size_t n = (size_t)(piece->end - piece->at);

	if (n > field->max_len || n < field->min_len)
		return BRIG_BAD_FIELD_LENGTH;
	/* protobuf-c's strings end at the first: the rest would be there and not be seen. */
	if ((field->kind == BRIG_FIELD_STRING || (field->flags & BRIG_FIELD_NO_NUL)) && n &&
	    memchr(piece->at, 0, n))
		return BRIG_BAD_NUL;
	if ((field->kind == BRIG_FIELD_STRING || (field->flags & BRIG_FIELD_UTF8)) &&
	    !brig_is_utf8(piece->at, n))
		return BRIG_BAD_UTF8;
	if ((field->flags & BRIG_FIELD_TEXT) && brig_has_controls(piece->at, n))
		return BRIG_BAD_CONTROL;
	if ((field->flags & BRIG_FIELD_BASENAME) && !is_basename(piece))
		return BRIG_BAD_BASENAME;
	return BRIG_BAD_NONE;
}

static enum brig_bad_message check_message(const struct brig_message_rules *rules,
					   struct brig_cursor *cursor, struct brig_breach *ret);

static enum brig_bad_message check_packed(const struct brig_field_rule *field,
					  struct brig_cursor *piece)
{
	const enum brig_wire_type type = wire_type(field);
	uint32_t count = 0;

	while (piece->at < piece->end) {
		enum brig_bad_message bad;
		uint64_t raw;

		if (++count > field->max_count)
			return BRIG_BAD_ELEMENTS;
		if (!brig_read_number(piece, type, &raw))
			return BRIG_BAD_ENCODING;
		bad = check_number(field, raw);
		if (bad)
			return bad;
	}
	return count < field->min_count ? BRIG_BAD_MISSING : BRIG_BAD_NONE;
}

/* A field that comes in one piece: text, a message, or packed numbers. */
static enum brig_bad_message check_piece(const struct brig_field_rule *field,
					 struct brig_cursor *cursor, struct brig_breach *ret)
{
	struct brig_cursor piece;

	if (!brig_read_piece(cursor, &piece))
		return BRIG_BAD_ENCODING;
	if (field->kind == BRIG_FIELD_MESSAGE)
		return check_message(field->message, &piece, ret);
	if (wire_type(field) != BRIG_LEN)
		return check_packed(field, &piece);
	return check_text(field, &piece);
}

static inline enum brig_bad_message
check_single(struct view *view, const struct brig_field_rule *field, struct brig_cursor *cursor)
{
	enum brig_bad_message bad;
	uint64_t raw;

	if (!brig_read_number(cursor, wire_type(field), &raw))
		return BRIG_BAD_ENCODING;
	bad = check_number(field, raw);
	if (!bad && field->factor)
		view->factors[field->factor - 1] = raw;
	return bad;
}

static inline enum brig_bad_message note_seen(struct view *view, size_t index)
{
	const struct brig_field_rule *field = &view->rules->fields[index];
	const uint64_t bit = (uint64_t)1 << index;
	const bool again = view->seen & bit;

	view->seen |= bit;
	if (counts(field)) {
		view->counts[index] = again ? view->counts[index] + 1 : 1;
		return view->counts[index] > field->max_count ? BRIG_BAD_ELEMENTS : BRIG_BAD_NONE;
	}
	if (again)
		return BRIG_BAD_TWICE;
	if (field->oneof) {
		const uint64_t member = (uint64_t)1 << (field->oneof - 1);

		if (view->oneofs & member)
			return BRIG_BAD_TWICE;
		view->oneofs |= member;
	}
	return BRIG_BAD_NONE;
}

/* Index of the field with this number, or n_fields. */
static size_t find_field(struct view *view, uint64_t number)
{
	const struct brig_message_rules *rules = view->rules;

	if (view->hint < rules->n_fields && rules->fields[view->hint].number == number)
		return view->hint;
	for (size_t i = 0; i < rules->n_fields; i++)
		if (rules->fields[i].number == number)
			return i;
	return rules->n_fields;
}

static enum brig_bad_message check_field(struct view *view, struct brig_cursor *cursor,
					 struct brig_breach *ret)
{
	const struct brig_field_rule *field;
	enum brig_bad_message bad;
	uint64_t tag;

	if (!brig_read_varint(cursor, &tag) || tag >> 3 == 0 || tag >> 32)
		return BRIG_BAD_ENCODING;
	const size_t index = find_field(view, tag >> 3);
	if (index == view->rules->n_fields)
		return BRIG_BAD_UNKNOWN_FIELD;
	field = &view->rules->fields[index];
	*ret = (struct brig_breach){ view->rules, field };
	const bool one_piece = (field->flags & BRIG_FIELD_REPEATED) || wire_type(field) == BRIG_LEN;
	if ((tag & 7) != (uint64_t)(one_piece ? BRIG_LEN : wire_type(field)))
		return BRIG_BAD_ENCODING;
	bad = note_seen(view, index);
	if (bad)
		return bad;
	view->hint = index + ((field->flags & BRIG_FIELD_REPEATED) ? 0 : 1);
	return one_piece ? check_piece(field, cursor, ret) : check_single(view, field, cursor);
}

static enum brig_bad_message check_needed(const struct view *view, struct brig_breach *ret)
{
	for (size_t i = 0; i < view->rules->n_fields; i++) {
		const struct brig_field_rule *field = &view->rules->fields[i];
		const bool seen = view->seen >> i & 1;

		if (!(field->flags & BRIG_FIELD_NEEDED))
			continue;
		*ret = (struct brig_breach){ view->rules, field };
		if (!seen || (counts(field) && view->counts[i] < field->min_count))
			return BRIG_BAD_MISSING;
	}
	return BRIG_BAD_NONE;
}

static enum brig_bad_message check_products(const struct view *view, struct brig_breach *ret)
{
	for (size_t p = 0; p < view->rules->n_products; p++) {
		const struct brig_product *product = &view->rules->products[p];
		uint64_t value = 1;

		*ret = (struct brig_breach){ view->rules, NULL };
		for (size_t i = 0; i < BRIG_FACTORS_MAX && product->factors[i]; i++)
			if (__builtin_mul_overflow(value, view->factors[product->factors[i] - 1],
						   &value))
				return BRIG_BAD_PRODUCT;
		if (value > product->max)
			return BRIG_BAD_PRODUCT;
	}
	return BRIG_BAD_NONE;
}

/* Recurses no deeper than the schema, which doesn't (protoc-gen-brig refuses one that would). */
static enum brig_bad_message check_message(const struct brig_message_rules *rules,
					   struct brig_cursor *cursor, struct brig_breach *ret)
{
	struct view view;
	enum brig_bad_message bad = BRIG_BAD_NONE;

	view.rules = rules;
	view.seen = view.oneofs = 0;
	view.hint = 0;
	if (rules->n_products)
		memset(view.factors, 0, sizeof view.factors);
	*ret = (struct brig_breach){ rules, NULL };
	while (!bad && cursor->at < cursor->end)
		bad = check_field(&view, cursor, ret);
	if (!bad)
		bad = check_needed(&view, ret);
	if (!bad)
		bad = check_products(&view, ret);
	return bad;
}

enum brig_bad_message brig_rules_check(const struct brig_message_rules *rules, const uint8_t *bytes,
				       size_t n, struct brig_breach *ret)
{
	struct brig_cursor cursor = { bytes, bytes + n };
	enum brig_bad_message bad = check_message(rules, &cursor, ret);

	if (!bad)
		*ret = (struct brig_breach){ NULL, NULL };
	return bad;
}
