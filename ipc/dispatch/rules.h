/*
 * ipc/dispatch/rules.h - hostile bytes against a message's rules, before anything is unpacked.
 *
 * Stricter than protobuf: no unknown fields, no field twice, no number encoded longer than needed,
 * repeated numbers packed. So what protobuf-c unpacks afterwards is what was checked here, and what
 * it can come to is bounded by the schema.
 */
#ifndef IPC_DISPATCH_RULES_H
#define IPC_DISPATCH_RULES_H

#include "ipc/dispatch/bad_message.h"

#include <brig/schema.h>

/* Where it stopped, for records: constants of the schema's. */
struct brig_breach {
	const struct brig_message_rules *message; /* NULL: nothing is wrong */
	const struct brig_field_rule *field;      /* NULL: not one field's fault */
};

/*
 * @bytes borrowed, @n of them, not changed by anyone meanwhile. Allocates nothing, reads each byte
 * once. Returns BRIG_BAD_NONE, or the breach with *ret.
 */
enum brig_bad_message brig_rules_check(const struct brig_message_rules *rules, const uint8_t *bytes,
				       size_t n, struct brig_breach *ret);

#endif
