/* ipc/dispatch/redact.h - what a schema calls secret is nobody's to read in a journal. */
#ifndef IPC_DISPATCH_REDACT_H
#define IPC_DISPATCH_REDACT_H

#include <brig/schema.h>

#include <stdbool.h>

/*
 * Overwrite by zeros what the rules call secret, in place; all of it, if @rules is NULL, or it
 * isn't such a message and that has secrets: where they are, nobody knows then. Lengths stay as
 * they are.
 */
void brig_redact(const struct brig_message_rules *rules, uint8_t *bytes, size_t n);

/* Does any field of it, or of what is in it, hold a secret? */
bool brig_has_secret(const struct brig_message_rules *rules);

#endif
