/*
 * tools/policy/minijail.h - reading minijail's policy files: minijail0(5), and what its newer
 * compiler adds (braces, metadata, actions).
 */
#ifndef TOOLS_POLICY_MINIJAIL_H
#define TOOLS_POLICY_MINIJAIL_H

#include "sandbox/policy/policy.h"

#include <stdio.h>

#define MINIJAIL_TOKENS_MAX 4096 /* of one statement */
#define MINIJAIL_DEPTH_MAX  10   /* of includes, as its compiler has it */
#define MINIJAIL_ARGUMENTS  6

struct minijail_token {
	enum { MINIJAIL_END, MINIJAIL_WORD, MINIJAIL_MARK } kind;
	const char *text; /* not NUL-terminated */
	size_t n;
	unsigned int line, column;
};

/* A file that is being read; its tokens are those of one statement. */
struct minijail_file {
	const char *name;
	const char *next, *end, *line_start;
	unsigned int line;
	const char *remark; /* the comment that belongs to the statement; not NUL-terminated */
	size_t n_remark;
	struct minijail_token tokens[MINIJAIL_TOKENS_MAX + 1];
	size_t n_tokens, at;
};

/* Where a call got a verdict for all that was left. */
struct minijail_place {
	char *file; /* owned; NULL: it has none yet */
	unsigned int line;
};

struct minijail {
	enum brig_arch arch;
	unsigned int depth;
	struct brig_verdict fallback;   /* @default */
	FILE *rows;                     /* of the role */
	struct minijail_place *decided; /* one a call of brig_calls() */
	bool told_thread, told_trace;
	struct brig_policy_error *error;
};

/*
 * Read @name, and write its rows to @m->rows. 0, or -errno with *@m->error. What has no counterpart
 * is told on stderr.
 */
int minijail_read(struct minijail *m, const char *name, const char *beside);

/* ---- between its files ---- */

/* The next statement's tokens: 1, 0 at the end of the file, or -EINVAL. */
int minijail_lex(struct minijail *m, struct minijail_file *file);

/* The word up to the next blank, as a path. @ret has room for @size bytes. */
int minijail_lex_path(struct minijail *m, struct minijail_file *file, char *ret, size_t size);

/* What is wrong at a token (NULL: the present one); returns -EINVAL. */
int minijail_fail(struct minijail *m, struct minijail_file *file,
		  const struct minijail_token *token, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

const struct minijail_token *minijail_peek(struct minijail_file *file);
bool minijail_is(const struct minijail_token *token, const char *text);
/* Is the present token this one? Then go past it. */
bool minijail_accept(struct minijail_file *file, const char *text);

/* A number or a constant's name: its value, and the parser behind it. */
int minijail_constant(struct minijail *m, struct minijail_file *file, uint64_t *ret);

/*
 * "arg0 == 1 && arg1 in A|B || …" as a condition of @call (NULL: only looked at) to @out.
 * *ret_never tells that nothing meets it; then @out has nothing of use.
 */
int minijail_condition(struct minijail *m, struct minijail_file *file, const struct brig_call *call,
		       FILE *out, bool *ret_never);

/* "return EPERM", "allow", ...; as a @fallback, only what refuses. */
int minijail_action(struct minijail *m, struct minijail_file *file, bool fallback,
		    struct brig_verdict *ret);

/* Behind the ':', for one of the calls before it; NULL: only looked at. */
int minijail_filter(struct minijail *m, struct minijail_file *file, const struct brig_call *call);

/* A row's reason: what the file says of it, and where. */
void minijail_end_row(struct minijail *m, const struct minijail_file *file, unsigned int line);

/* "file:line: word" and @text, on stderr. */
void minijail_warn(const struct minijail_file *file, unsigned int line, const char *text,
		   const char *word, size_t n);

#endif
