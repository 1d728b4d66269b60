#include "ipc/dispatch/utf8.h"

#include <string.h>

#define HIGH_BITS 0x8080808080808080ull

/* How many bytes follow @lead, and between what the first of them lies; 0 with *ret_low 0: none. */
static size_t followers(uint8_t lead, uint8_t *ret_low, uint8_t *ret_high)
{
	*ret_low = 0x80;
	*ret_high = 0xbf;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 1;
	if (lead >= 0xe0 && lead <= 0xef) {
		*ret_low = lead == 0xe0 ? 0xa0 : 0x80;  /* overlong */
		*ret_high = lead == 0xed ? 0x9f : 0xbf; /* surrogates */
		return 2;
	}
	if (lead >= 0xf0 && lead <= 0xf4) {
		*ret_low = lead == 0xf0 ? 0x90 : 0x80;
		*ret_high = lead == 0xf4 ? 0x8f : 0xbf; /* past U+10FFFF */
		return 3;
	}
	return 0;
}

/* Past what is plain ASCII, eight bytes at a time. */
static size_t skip_ascii(const uint8_t *bytes, size_t n, size_t at)
{
	uint64_t word;

	while (n - at >= sizeof word) {
		memcpy(&word, bytes + at, sizeof word);
		if (word & HIGH_BITS)
			break;
		at += sizeof word;
	}
	while (at < n && bytes[at] < 0x80)
		at++;
	return at;
}

bool brig_is_utf8(const uint8_t *bytes, size_t n)
{
	for (size_t at = skip_ascii(bytes, n, 0); at < n; at = skip_ascii(bytes, n, at)) {
		uint8_t low, high;
		const size_t more = followers(bytes[at], &low, &high);

		if (!more || n - at <= more || bytes[at + 1] < low || bytes[at + 1] > high)
			return false;
		for (size_t i = 2; i <= more; i++)
			if ((bytes[at + i] & 0xc0) != 0x80)
				return false;
		at += more + 1;
	}
	return true;
}

bool brig_has_controls(const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] < 0x20 || bytes[i] == 0x7f)
			return true;
		if (bytes[i] == 0xc2 && i + 1 < n && bytes[i + 1] < 0xa0) /* U+0080..U+009F */
			return true;
	}
	return false;
}
