/* A builder writes the text that a person would have written; there is one way to a policy. */
#include "sandbox/base/cleanup.h"

#include <brig/policy.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdbool.h>
#include <string.h>

struct brig_policy_builder {
	char *name;
	char *text;
	size_t n;
};

static int append(struct brig_policy_builder *builder, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int append(struct brig_policy_builder *builder, const char *format, ...)
{
	brig_auto_free char *line = NULL;
	va_list arguments;

	va_start(arguments, format);
	int n = vasprintf(&line, format, arguments);
	va_end(arguments);
	if (n < 0) {
		line = NULL;
		return -ENOMEM;
	}
	char *text = realloc(builder->text, builder->n + (size_t)n + 1);
	if (!text)
		return -ENOMEM;
	memcpy(text + builder->n, line, (size_t)n + 1);
	builder->text = text;
	builder->n += (size_t)n;
	return 0;
}

/* One line of a role file: nothing in it may begin another, or a comment. */
static bool one_line(const char *text)
{
	return text && *text && !strpbrk(text, "\r\n");
}

int brig_policy_builder_create(const char *name, struct brig_policy_builder **ret)
{
	if (!one_line(name) || strchr(name, '#') || !ret)
		return -EINVAL;
	struct brig_policy_builder *builder = calloc(1, sizeof *builder);
	if (!builder)
		return -ENOMEM;
	builder->name = strdup(name);
	int r = builder->name ? append(builder, "role %s\n", name) : -ENOMEM;
	if (r < 0) {
		brig_policy_builder_destroy(builder);
		return r;
	}
	*ret = builder;
	return 0;
}

int brig_policy_builder_include(struct brig_policy_builder *builder, const char *name)
{
	if (!one_line(name) || strchr(name, '#'))
		return -EINVAL;
	return append(builder, "include %s\n", name);
}

int brig_policy_builder_add(struct brig_policy_builder *builder, const char *calls,
			    const char *rule, const char *why)
{
	if (!one_line(calls) || !one_line(rule) || !one_line(why) || strchr(calls, '#') ||
	    strchr(rule, '#'))
		return -EINVAL;
	return append(builder, "%s: %s # %s\n", calls, rule, why);
}

int brig_policy_builder_build(struct brig_policy_builder *builder,
			      const struct brig_policy_options *options, struct brig_policy **ret,
			      struct brig_policy_error *error)
{
	return brig_policy_parse(builder->name, builder->text, builder->n, options, ret, error);
}

void brig_policy_builder_destroy(struct brig_policy_builder *builder)
{
	if (!builder)
		return;
	free(builder->name);
	free(builder->text);
	free(builder);
}
