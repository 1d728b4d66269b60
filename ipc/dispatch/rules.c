#include "ipc/dispatch/rules.h"

#include "ipc/dispatch/utf8.h"

#include <stdbool.h>
#include <string.h>

/* Wire types of protobuf's encoding. */
enum { VARINT = 0, I64 = 1, LEN = 2, I32 = 5 };

#define FIELDS_MAX 64

struct cursor {
	const uint8_t *at, *end;
};

/* What is known of one message while its bytes go by. */
struct view {
	const struct brig_message_rules *rules;
	uint64_t seen;   /* bit n: field n was there */
	uint64_t oneofs; /* bit n: a member of oneof n was there */
	uint64_t factors[8];
	uint32_t counts[FIELDS_MAX]; /* of repeated fields, those that seen tells of */
	size_t hint;                 /* encoders write fields in order: the next is likely this */
};

/* The shortest encoding only: the same number has one form, and at most ten bytes. */
static bool read_varint_long(struct cursor *cursor, uint64_t *ret)
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

static inline bool read_varint(struct cursor *cursor, uint64_t *ret)
{
	if (cursor->at < cursor->end && *cursor->at < 0x80) {
		*ret = *cursor->at++;
		return true;
	}
	return read_varint_long(cursor, ret);
}

static bool read_fixed(struct cursor *cursor, size_t n, uint64_t *ret)
{
	if ((size_t)(cursor->end - cursor->at) < n)
		return false;
	*ret = 0;
	for (size_t i = 0; i < n; i++) /* little-endian, whatever we are */
		*ret |= (uint64_t)cursor->at[i] << (8 * i);
	cursor->at += n;
	return true;
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

static enum brig_bad_message check_number(const struct brig_field_rule *field, uint64_t raw)
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

static unsigned int wire_type(const struct brig_field_rule *field)
{
	switch ((enum brig_field_kind)field->kind) {
	case BRIG_FIELD_FIXED32:
	case BRIG_FIELD_SFIXED32:
	case BRIG_FIELD_FLOAT:
		return I32;
	case BRIG_FIELD_FIXED64:
	case BRIG_FIELD_SFIXED64:
	case BRIG_FIELD_DOUBLE:
		return I64;
	case BRIG_FIELD_BYTES:
	case BRIG_FIELD_STRING:
	case BRIG_FIELD_MESSAGE:
		return LEN;
	default:
		return VARINT;
	}
}

/* Its elements come one by one, and are counted; those of other repeated fields are packed. */
static bool counts(const struct brig_field_rule *field)
{
	return (field->flags & BRIG_FIELD_REPEATED) && wire_type(field) == LEN;
}

static bool read_number(struct cursor *cursor, unsigned int type, uint64_t *ret)
{
	return type == VARINT ? read_varint(cursor, ret)
			      : read_fixed(cursor, type == I32 ? 4 : 8, ret);
}

/* The next field's bytes, in one piece. */
static bool read_piece(struct cursor *cursor, struct cursor *ret)
{
	uint64_t length;

	if (!read_varint(cursor, &length) || length > (uint64_t)(cursor->end - cursor->at))
		return false;
	*ret = (struct cursor){ cursor->at, cursor->at + length };
	cursor->at += length;
	return true;
}

static bool is_basename(const struct cursor *piece)
{
	const size_t n = (size_t)(piece->end - piece->at);

	if (n == 0)
		return true; /* its length is another rule's */
	if (memchr(piece->at, '/', n) || memchr(piece->at, 0, n))
		return false;
	return !(piece->at[0] == '.' && (n == 1 || (n == 2 && piece->at[1] == '.')));
}

static enum brig_bad_message check_text(const struct brig_field_rule *field,
					const struct cursor *piece)
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
					   struct cursor *cursor, struct brig_breach *ret);

static enum brig_bad_message check_packed(const struct brig_field_rule *field, struct cursor *piece)
{
	const unsigned int type = wire_type(field);
	uint32_t count = 0;

	while (piece->at < piece->end) {
		enum brig_bad_message bad;
		uint64_t raw;

		if (++count > field->max_count)
			return BRIG_BAD_ELEMENTS;
		if (!read_number(piece, type, &raw))
			return BRIG_BAD_ENCODING;
		bad = check_number(field, raw);
		if (bad)
			return bad;
	}
	return count < field->min_count ? BRIG_BAD_MISSING : BRIG_BAD_NONE;
}

/* A field that comes in one piece: text, a message, or packed numbers. */
static enum brig_bad_message check_piece(const struct brig_field_rule *field, struct cursor *cursor,
					 struct brig_breach *ret)
{
	struct cursor piece;

	if (!read_piece(cursor, &piece))
		return BRIG_BAD_ENCODING;
	if (field->kind == BRIG_FIELD_MESSAGE)
		return check_message(field->message, &piece, ret);
	if (wire_type(field) != LEN)
		return check_packed(field, &piece);
	return check_text(field, &piece);
}

static enum brig_bad_message check_single(struct view *view, const struct brig_field_rule *field,
					  struct cursor *cursor)
{
	enum brig_bad_message bad;
	uint64_t raw;

	if (!read_number(cursor, wire_type(field), &raw))
		return BRIG_BAD_ENCODING;
	bad = check_number(field, raw);
	if (!bad && field->factor)
		view->factors[field->factor - 1] = raw;
	return bad;
}

static enum brig_bad_message note_seen(struct view *view, size_t index)
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

static enum brig_bad_message check_field(struct view *view, struct cursor *cursor,
					 struct brig_breach *ret)
{
	const struct brig_field_rule *field;
	enum brig_bad_message bad;
	uint64_t tag;

	if (!read_varint(cursor, &tag) || tag >> 3 == 0 || tag >> 32)
		return BRIG_BAD_ENCODING;
	const size_t index = find_field(view, tag >> 3);
	if (index == view->rules->n_fields)
		return BRIG_BAD_UNKNOWN_FIELD;
	field = &view->rules->fields[index];
	*ret = (struct brig_breach){ view->rules, field };
	const bool one_piece = (field->flags & BRIG_FIELD_REPEATED) || wire_type(field) == LEN;
	if ((tag & 7) != (one_piece ? (unsigned int)LEN : wire_type(field)))
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
					   struct cursor *cursor, struct brig_breach *ret)
{
	struct view view;
	enum brig_bad_message bad = BRIG_BAD_NONE;

	view.rules = rules;
	view.seen = view.oneofs = 0;
	view.hint = 0;
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
	struct cursor cursor = { bytes, bytes + n };
	enum brig_bad_message bad = check_message(rules, &cursor, ret);

	if (!bad)
		*ret = (struct brig_breach){ NULL, NULL };
	return bad;
}
