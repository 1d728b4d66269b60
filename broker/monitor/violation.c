/* Violations, for people. */
#include "broker/monitor/violation.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void brig_violation_quote(char *ret, size_t size, const char *bytes, size_t n)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		const unsigned char byte = (unsigned char)bytes[i];
		const bool plain = byte >= 0x20 && byte < 0x7f && byte != '\\' && byte != '"';

		if (at + (plain ? 1 : 4) >= size)
			break;
		if (plain)
			ret[at++] = (char)byte;
		else
			at += (size_t)snprintf(ret + at, size - at, "\\x%02x", byte);
	}
	ret[at] = '\0';
}

struct text {
	char *buffer;
	size_t size, n; /* n: as if there were room for all */
};

static void put(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct text *text, const char *format, ...)
{
	const size_t at = text->n < text->size ? text->n : text->size;
	va_list arguments;

	va_start(arguments, format);
	int n = vsnprintf(at < text->size ? text->buffer + at : NULL, text->size - at, format,
			  arguments);
	va_end(arguments);
	text->n += n > 0 ? (size_t)n : 0;
}

static void put_rule(struct text *text, const struct brig_violation *v)
{
	if (v->rule_line)
		put(text, "\n  rule: %s:%u: %s", v->rule_file, v->rule_line, v->reason);
	else if (*v->class_)
		put(text, "\n  rule: none names it; it is of the class '%s': %s", v->class_,
		    v->reason);
}

static void put_place(struct text *text, const struct brig_violation *v)
{
	put(text, "\n  where: ");
	if (*v->module)
		put(text, "%s+0x%llx", v->module, (unsigned long long)v->module_offset);
	else
		put(text, "0x%llx", (unsigned long long)v->address);
	if (*v->symbol)
		put(text, ", in %s+0x%llx", v->symbol, (unsigned long long)v->symbol_offset);
	if (*v->thread)
		put(text, "; the thread calls itself \"%s\"", v->thread);
}

static void put_raw(struct text *text, const struct brig_violation *v)
{
	put(text, "\n  call: %lld of architecture 0x%x, with", (long long)v->call, v->arch);
	for (int i = 0; i < 6; i++)
		put(text, " 0x%llx", (unsigned long long)v->args[i]);
}

static void put_suggestion(struct text *text, const struct brig_violation *v)
{
	if (!*v->suggestion)
		return;
	if (v->suggestion_line)
		put(text,
		    "\n  what would allow it, above line %u of %s.policy:", v->suggestion_line,
		    v->role);
	else
		put(text, "\n  what would allow it, at the end of %s.policy:", v->role);
	for (const char *line = v->suggestion; *line;) {
		const size_t n = strcspn(line, "\n");

		put(text, "\n    %.*s", (int)n, line);
		line += n + (line[n] == '\n');
	}
}

size_t brig_violation_describe(const struct brig_violation *v, char *buffer, size_t size)
{
	struct text text = { .buffer = buffer, .size = size };

	if (v->call < 0)
		put(&text, "%s %llu made a forbidden system call", v->role,
		    (unsigned long long)v->instance);
	else
		put(&text, "%s %llu made a forbidden system call: %s", v->role,
		    (unsigned long long)v->instance, v->text);
	if (*v->unknown)
		put(&text, "\n  not known: %s", v->unknown);
	put_rule(&text, v);
	if (v->call >= 0) {
		put_place(&text, v);
		put_raw(&text, v);
	}
	if (v->count > 1)
		put(&text, "\n  seen: %llu times", (unsigned long long)v->count);
	if (*v->policy)
		put(&text, "\n  policy: sha256 %s", v->policy);
	put_suggestion(&text, v);
	return text.n;
}
