/* Names that no C can be made of, or that a broker wouldn't know. */
#include "ipc/gen/schema.h"

#include <string.h>

#define MEMBER_BASE "base" /* what protobuf-c calls its own part of each struct */

bool gen_is_own(const struct gen_file *file)
{
	return !strcmp(file->prefix, "brig");
}

/* A method gives its handler's name, which C and C++ must be able to say. */
void gen_check_handler(struct gen *gen, const struct gen_method *method)
{
	static const char *const words[] = {
		"auto",     "break",    "case",    "catch",     "char",   "class",    "const",
		"continue", "default",  "delete",  "do",        "double", "else",     "enum",
		"explicit", "export",   "extern",  "false",     "float",  "for",      "friend",
		"goto",     "if",       "inline",  "int",       "long",   "mutable",  "namespace",
		"new",      "operator", "private", "protected", "public", "register", "restrict",
		"return",   "short",    "signed",  "sizeof",    "static", "struct",   "switch",
		"template", "this",     "throw",   "true",      "try",    "typedef",  "typename",
		"union",    "unsigned", "using",   "virtual",   "void",   "volatile", "while",
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (!strcmp(words[i], method->lower))
			gen_error(gen, &method->place, method->proto->name,
				  "would have a handler called '%s', a word of C or C++: name it "
				  "otherwise",
				  method->lower);
}

/* Other words of C protoc-c writes with an underscore. */
void gen_check_member(struct gen *gen, const struct gen_field *field)
{
	if (!strcmp(field->proto->name, MEMBER_BASE) || !strcmp(field->proto->name, "restrict"))
		gen_error(gen, &field->place, field->proto->name,
			  "can't be a member of protobuf-c's struct: name it otherwise");
}

/* Of a call several functions and a type are made, of what is told one. */
static bool has_stub(const struct gen_method *method, const char *lower)
{
	const size_t n = strlen(method->lower);

	if (strncmp(lower, method->lower, n) != 0)
		return false;
	lower += n;
	if (!*lower)
		return true;
	if (method->rules->oneway)
		return false;
	return !strcmp(lower, "_reply") || !strcmp(lower, "_done") ||
	       (method->rules->sync && !strcmp(lower, "_sync"));
}

void gen_check_stubs(struct gen *gen, const struct gen_service *service)
{
	for (size_t i = 0; i < service->n_methods; i++) {
		const struct gen_method *method = &service->methods[i];

		if (!strcmp(method->lower, "id"))
			gen_error(gen, &method->place, method->proto->name,
				  "would have the constant of the service's own number, %s_ID: "
				  "name it otherwise",
				  service->upper);
		for (size_t k = 0; k < service->n_methods; k++) {
			const struct gen_method *other = &service->methods[k];

			/* Of two that are called the same the later one is told of. */
			if (k == i || !has_stub(other, method->lower) ||
			    (k > i && !strcmp(other->lower, method->lower)))
				continue;
			gen_error(gen, &method->place, method->proto->name,
				  "would have a function %s_%s, which %s has: name it otherwise",
				  service->lower, method->lower, other->proto->name);
		}
	}
}

/* A plugin's code is a shared object's: it speaks Brig's own services and no others. */
static bool is_role(const char *name, bool own)
{
	static const char *const roles[] = { "renderer", "codec",   "network",
					     "service",  "workers", "compute" };

	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
		if (!strcmp(roles[i], name))
			return true;
	return own && !strcmp(name, "plugin");
}

void gen_check_roles(struct gen *gen, const struct gen_file *file,
		     const struct gen_service *service)
{
	for (size_t i = 0; i < service->rules->n_role; i++)
		if (!is_role(service->rules->role[i], gen_is_own(file)))
			gen_error(gen, &service->place, service->proto->name,
				  "is for role '%s', and there are renderer, codec, network, "
				  "service, workers and compute",
				  service->rules->role[i]);
}
