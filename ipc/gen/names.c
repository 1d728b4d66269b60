/* Names as protobuf-c makes them of a schema's, so that what is generated fits its headers. */
#include "ipc/gen/schema.h"

#include <ctype.h>
#include <string.h>

/* "FileOpen" → "file_open": an underscore where a capital follows something that is none. */
static char *put_lower(char *at, const char *camel, size_t n)
{
	bool was_upper = true;

	for (size_t i = 0; i < n; i++) {
		const bool is_upper = isupper((unsigned char)camel[i]);

		if (is_upper && !was_upper)
			*at++ = '_';
		*at++ = (char)tolower((unsigned char)camel[i]);
		was_upper = is_upper;
	}
	return at;
}

/* "file_open" → "FileOpen", for one part of a dotted name. */
static char *put_camel(char *at, const char *part, size_t n)
{
	bool next_upper = true;

	for (size_t i = 0; i < n; i++) {
		if (part[i] == '_') {
			next_upper = true;
			continue;
		}
		*at++ = (char)(next_upper ? toupper((unsigned char)part[i]) : part[i]);
		next_upper = false;
	}
	return at;
}

/* Each part by @put, with two underscores between: ".my.app.Hello" begins with a dot. */
static const char *join_parts(struct gen *gen, const char *full_name,
			      char *(*put)(char *at, const char *part, size_t n))
{
	char *name = gen_alloc(gen, 2 * strlen(full_name) + 1), *at = name;
	const char *part = full_name + 1;

	for (;;) {
		const size_t n = strcspn(part, ".");

		at = put(at, part, n);
		part += n;
		if (!*part++)
			return name;
		*at++ = '_';
		*at++ = '_';
	}
}

const char *gen_snake(struct gen *gen, const char *camel)
{
	const size_t n = strlen(camel);
	char *name = gen_alloc(gen, 2 * n + 1);

	(void)put_lower(name, camel, n);
	return name;
}

const char *gen_upper(struct gen *gen, const char *text)
{
	char *upper = gen_print(gen, "%s", text);

	for (char *c = upper; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return upper;
}

const char *gen_c_name(struct gen *gen, const char *full_name)
{
	return join_parts(gen, full_name, put_camel);
}

const char *gen_c_lower(struct gen *gen, const char *full_name)
{
	return join_parts(gen, full_name, put_lower);
}
