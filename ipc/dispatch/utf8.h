/* ipc/dispatch/utf8.h - is it text? (The Unicode Standard, table 3-7: well-formed UTF-8.) */
#ifndef IPC_DISPATCH_UTF8_H
#define IPC_DISPATCH_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Well-formed: no overlong forms, no surrogates, nothing past U+10FFFF. */
bool brig_is_utf8(const uint8_t *bytes, size_t n);

/* Of well-formed text: does it have any of U+0000..U+001F, U+007F..U+009F? */
bool brig_has_controls(const uint8_t *bytes, size_t n);

#endif
