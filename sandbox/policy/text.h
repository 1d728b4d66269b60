/*
 * sandbox/policy/text.h - from role files to models. The text is the embedder's or ours; nothing
 * that a child can write ever comes here.
 */
#ifndef SANDBOX_POLICY_TEXT_H
#define SANDBOX_POLICY_TEXT_H

#include "sandbox/policy/model.h"
#include "sandbox/roles/role.h"

#define BRIG_FILES_MAX      64
#define BRIG_FILE_BYTES_MAX 262144
#define BRIG_TOKENS_MAX     4096 /* of one row */
#define BRIG_SETS_MAX       128
#define BRIG_PARAMETERS_MAX 64
#define BRIG_NEEDS_MAX      512
#define BRIG_LIMITS_MAX     16

enum brig_token_kind { BRIG_TOKEN_WORD, BRIG_TOKEN_MARK, BRIG_TOKEN_END };

struct brig_token {
	enum brig_token_kind kind;
	const char *text; /* not NUL-terminated; parameters are put in already */
	size_t n;
	unsigned int line, column;
};

struct brig_text_file {
	char *name; /* as errors call it */
	char *text;
	size_t n;
};

/* A call that a process makes after its filter stands: the proof checks that it may. */
struct brig_need {
	uint32_t number;
	int test;
	unsigned int file, line;
};

struct brig_call_set {
	const char *name; /* with its '@' */
	const struct brig_call **calls;
	size_t n;
	bool twins; /* calls that stand for each other: a set that has one has all */
};

struct brig_parameter {
	const char *name, *value;
};

/* A block of memory that lives as long as the whole. */
struct brig_block {
	struct brig_block *next;
	_Alignas(max_align_t) char bytes[];
};

/* All that was read: owns every string and array. brig_text_finish() copes with a half-built one.
 */
struct brig_text {
	enum brig_arch arch;
	struct brig_block *blocks;
	struct brig_text_file files[BRIG_FILES_MAX];
	size_t n_files;

	char name[32], process_name[16];
	unsigned int named_at; /* how deep the file is that says so; 0: none does */
	enum brig_launch_mode launch;
	enum brig_root_kind root;
	enum brig_want layers[BRIG_LAYER_COUNT];
	struct brig_limit_row limits[BRIG_LIMITS_MAX];
	size_t n_limits;
	uint64_t group_limits[BRIG_CGROUP_LIMITS];
	uint32_t interfaces;
	unsigned int fds, threads;
	struct {
		unsigned int file, line, column;
	} threads_at; /* where the last number of them stands */
	int oom_score_adj;
	enum brig_priority priority;
	bool report_kills, audit, plain_channel;
	uint32_t hot[BRIG_HOT_MAX];
	size_t n_hot;

	struct brig_call_set sets[BRIG_SETS_MAX];
	size_t n_sets;
	struct brig_parameter parameters[BRIG_PARAMETERS_MAX];
	size_t n_parameters;
	struct brig_test *tests;
	size_t n_tests;
	struct brig_rule *rules; /* as they were read; models have their own, in order */
	size_t n_rules;
	struct brig_need needs[BRIG_NEEDS_MAX];
	size_t n_needs;
	bool staged; /* it has two filters */
	struct brig_verdict defaults[3];
	struct brig_model models[BRIG_POLICY_STAGES]; /* without stages: the last alone */
};

/* How files are found: @name as it stands after "include", or as the caller gave it. */
struct brig_text_finder {
	/* 0 and an owned text, or -ENOENT, or -errno. @beside: the file that includes, or NULL. */
	int (*read)(void *user, const char *name, const char *beside, struct brig_text_file *ret);
	void *user;
};

/*
 * Read @file and all that it includes. @overlay, if not NULL, outweighs every other file: what
 * sanitizer builds add. Files whose strings became the text's are zeroed, on failure too; others
 * stay the caller's.
 * 0, or -errno with *error.
 */
int brig_text_read(struct brig_text *text, struct brig_text_file *file,
		   struct brig_text_file *overlay, const struct brig_text_finder *finder,
		   const struct brig_policy_options *options, struct brig_policy_error *error);
void brig_text_finish(struct brig_text *text);

/* Memory of the text's: zeroed; NULL when there is none. */
void *brig_text_alloc(struct brig_text *text, size_t bytes);
char *brig_text_copy(struct brig_text *text, const char *bytes, size_t n);

/* ---- between the parser's files ---- */

struct brig_parser {
	struct brig_text *text;
	const struct brig_text_finder *finder;
	const struct brig_policy_options *options;
	struct brig_policy_error *error;
	unsigned int file;  /* that is being read */
	unsigned int depth; /* of includes: the nearer file's word weighs more */
	bool reading[BRIG_FILES_MAX];
	int stage;    /* enum brig_policy_stage, or -1: both */
	bool discard; /* the row's "when" doesn't hold: looked at, not kept */
	const char *why;
	struct brig_token tokens[BRIG_TOKENS_MAX];
	size_t n_tokens, at;
	/* The lexer's place. */
	const char *next, *end;
	unsigned int line;
	const char *line_start;
};

/* The next row's tokens, and its reason. 1, 0 at the end of the file, or -errno. */
int brig_lex_row(struct brig_parser *parser);

/* Write what is wrong at a token (NULL: the present one); returns -EINVAL. printf format. */
int brig_text_fail(struct brig_parser *parser, const struct brig_token *token, const char *format,
		   ...) __attribute__((format(printf, 3, 4)));

/* Would the lexer take all of it for one word? */
bool brig_is_word(const char *text);

/* The present token; past the end, one of kind END. */
const struct brig_token *brig_peek(struct brig_parser *parser);
/* Is the present token this word or mark? Then go past it. */
bool brig_accept(struct brig_parser *parser, const char *text);
bool brig_token_is(const struct brig_token *token, const char *text);
/* Go past it, or fail naming @what was expected. */
int brig_expect(struct brig_parser *parser, const char *text, const char *what);

/* A verdict: "errno EACCES". */
int brig_parse_verdict(struct brig_parser *parser, struct brig_verdict *ret);
/* "a, b, @io" up to a mark that is no comma; *ret is the text's. */
int brig_parse_calls(struct brig_parser *parser, const struct brig_call ***ret, size_t *ret_n,
		     uint32_t *ret_number, bool *ret_is_number);
/* The condition of one call; the parser stands behind it. *ret_test is its root. */
int brig_parse_condition(struct brig_parser *parser, const struct brig_call *call, int *ret_test);
/* "read, write: allow if …" with the parser at its first token. */
int brig_parse_row(struct brig_parser *parser);
/* "needs clone if …" behind its first word. */
int brig_parse_needs(struct brig_parser *parser);
/* A statement, if it begins with one's word; *ret_known tells. */
int brig_parse_statement(struct brig_parser *parser, bool *ret_known);
int brig_parse_include(struct brig_parser *parser, const char *name,
		       const struct brig_token *token);

/* From rules as read to models in order. */
int brig_text_settle(struct brig_parser *parser);

#endif
