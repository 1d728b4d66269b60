/* ipc/dispatch/redact.h - what a schema calls secret is nobody's to read in a journal. */
#ifndef IPC_DISPATCH_REDACT_H
#define IPC_DISPATCH_REDACT_H

#include <brig/schema.h>

/*
 * Overwrite by zeros what the rules call secret, in place; all of it, if it isn't such a message or
 * @rules is NULL. Lengths stay as they are.
 */
void brig_redact(const struct brig_message_rules *rules, uint8_t *bytes, size_t n);

#endif
