#include "ipc/dispatch/redact.h"

#include "ipc/dispatch/rules.h"

#include <string.h>

enum { VARINT = 0, I64 = 1, LEN = 2, I32 = 5 };

/* Of bytes that keep the rules: no number is longer than ten bytes, no length beyond the end. */
static uint64_t take_varint(uint8_t **at)
{
	uint64_t value = 0;

	for (unsigned int shift = 0;; shift += 7) {
		const uint8_t byte = *(*at)++;

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
}

static const struct brig_field_rule *find(const struct brig_message_rules *rules, uint64_t number)
{
	size_t i = 0;

	while (rules->fields[i].number != number)
		i++;
	return &rules->fields[i];
}

/* Recurses no deeper than the schema, as the check did. */
static void redact(const struct brig_message_rules *rules, uint8_t *at, const uint8_t *end)
{
	while (at < end) {
		const uint64_t tag = take_varint(&at);
		const struct brig_field_rule *field = find(rules, tag >> 3);

		if ((tag & 7) == VARINT) {
			(void)take_varint(&at);
		} else if ((tag & 7) != LEN) {
			at += (tag & 7) == I32 ? 4 : 8;
		} else {
			const uint64_t n = take_varint(&at);

			if (field->flags & BRIG_FIELD_SECRET)
				memset(at, 0, n);
			else if (field->kind == BRIG_FIELD_MESSAGE)
				redact(field->message, at, at + n);
			at += n;
		}
	}
}

/* As deep as the schema, which doesn't recur: the generator refuses those that do. */
bool brig_has_secret(const struct brig_message_rules *rules)
{
	bool found = false;

	for (size_t i = 0; !found && i < rules->n_fields; i++) {
		const struct brig_field_rule *field = &rules->fields[i];

		found = (field->flags & BRIG_FIELD_SECRET) ||
			(field->kind == BRIG_FIELD_MESSAGE && brig_has_secret(field->message));
	}
	return found;
}

void brig_redact(const struct brig_message_rules *rules, uint8_t *bytes, size_t n)
{
	struct brig_breach breach;

	if (!n)
		return;
	const bool lawful = rules && !brig_rules_check(rules, bytes, n, &breach);
	if (!rules || (!lawful && brig_has_secret(rules)))
		memset(bytes, 0, n);
	else if (lawful)
		redact(rules, bytes, bytes + n);
}
