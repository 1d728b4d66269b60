#include "command.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WRAP_COLUMNS 96

/* How many bytes the UTF-8 sequence at @s has; 0 if it is none, or a control character (C1). */
static size_t utf8_length(const unsigned char *s)
{
	size_t n = s[0] < 0x80             ? 1
		   : (s[0] & 0xe0) == 0xc0 ? 2
		   : (s[0] & 0xf0) == 0xe0 ? 3
		   : (s[0] & 0xf8) == 0xf0 ? 4
					   : 0;

	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if (n == 2 && (s[0] < 0xc2 || (s[0] == 0xc2 && s[1] < 0xa0)))
		return 0;
	if (n == 3 && ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f)))
		return 0;
	/* U+202A..2E and U+2066..69 turn text around on the screen. */
	if (n == 3 && s[0] == 0xe2 &&
	    ((s[1] == 0x80 && s[2] >= 0xaa && s[2] <= 0xae) ||
	     (s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9)))
		return 0;
	if (n == 4 &&
	    ((s[0] == 0xf0 && s[1] < 0x90) || s[0] > 0xf4 || (s[0] == 0xf4 && s[1] > 0x8f)))
		return 0;
	return n;
}

char *escape_text(const char *text, char *ret, size_t size)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t at = 0;

	while (*s && at + 5 < size) {
		size_t n = utf8_length(s);

		if (n == 0 || *s < 0x20 || *s == 0x7f || *s == '\\') {
			at += (size_t)snprintf(ret + at, size - at, "\\x%02x", *s);
			s++;
			continue;
		}
		memcpy(ret + at, s, n);
		at += n;
		s += n;
	}
	ret[at] = '\0';
	return ret;
}

int complain(int status, const char *format, ...)
{
	va_list arguments;

	(void)fputs("brig: ", stderr);
	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fputc('\n', stderr);
	return status;
}

void print_wrapped(size_t indent, const char *text)
{
	size_t column = 0;

	for (const char *word = text; *word;) {
		const size_t n = strcspn(word, " ");

		if (column && column + 1 + n > WRAP_COLUMNS) {
			(void)putchar('\n');
			column = 0;
		}
		(void)printf("%*s%.*s", (int)(column ? 1 : indent), "", (int)n, word);
		column += (column ? 1 : indent) + n;
		word += n + (word[n] == ' ');
	}
	(void)putchar('\n');
}
