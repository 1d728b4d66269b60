/* sandbox/policy/spell.h - a call that was made, and rows that would allow it, as people write. */
#ifndef SANDBOX_POLICY_SPELL_H
#define SANDBOX_POLICY_SPELL_H

#include "sandbox/policy/text.h"

/*
 * "socket(family=AF_UNIX, type=SOCK_STREAM, protocol=0)"; "9999(0x1, …)" where the number has no
 * name. Whatever doesn't fit is left out behind "...".
 */
void brig_call_spell(enum brig_arch arch, uint32_t number, const uint64_t args[BRIG_CALL_ARGUMENTS],
		     char *ret, size_t size);

/*
 * Rows for the outermost file of @text that allow the call with these arguments, and leave all
 * others as they are. *ret_line is the line of that file above which they belong; 0: at its end.
 * 0, or -E2BIG.
 */
int brig_rows_suggest(const struct brig_text *text, uint32_t number,
		      const uint64_t args[BRIG_CALL_ARGUMENTS], char *ret, size_t size,
		      unsigned int *ret_line);

/* "errno EACCES"; *ret has room for 32 bytes. */
const char *brig_verdict_spell(struct brig_verdict verdict, char ret[32]);

/* "dangerous", … of a call that no row names; and why it gets what its class gets. */
const char *brig_class_name(enum brig_arch arch, uint32_t number);
const char *brig_class_reason(enum brig_arch arch, uint32_t number);

#endif
