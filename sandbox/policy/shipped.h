/*
 * sandbox/policy/shipped.h - the role files that were built in, as text, and files on disk: where
 * an "include" finds what it names.
 */
#ifndef SANDBOX_POLICY_SHIPPED_H
#define SANDBOX_POLICY_SHIPPED_H

#include "sandbox/policy/text.h"

struct brig_shipped {
	const char *name; /* "renderer" */
	const char *text;
};

/* Made from sandbox/roles/\*.policy when Brig is built; ends with a NULL name. */
extern const struct brig_shipped brig_shipped_roles[];

const struct brig_shipped *brig_shipped_find(const char *name);

/*
 * A shipped role by its name; a file by a name with a '/' or that ends in ".policy": included ones
 * are looked for beside the file that includes them. 0 and an owned text, or -errno.
 */
int brig_source_read(void *user, const char *name, const char *beside, struct brig_text_file *ret);

/* What a failure of brig_source_read() means, for people: @ret has room for @size bytes. */
void brig_source_explain(int error, const char *name, char *ret, size_t size);

/* A text in memory, copied. */
int brig_source_copy(const char *name, const char *text, size_t n, struct brig_text_file *ret);

#endif
