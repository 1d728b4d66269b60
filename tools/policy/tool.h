/*
 * tools/policy/tool.h - brig policy: looks into policies as no embedder needs to, so it links our
 * own libraries and may include sandbox/policy.
 */
#ifndef TOOLS_POLICY_TOOL_H
#define TOOLS_POLICY_TOOL_H

#include "sandbox/policy/policy.h"
#include "sandbox/policy/spell.h"
#include "tools/command.h"

#include <jansson.h>
#include <stdio.h>

#define TOOL_PARAMETERS_MAX 64

/* What every subcommand understands; the rest of the line is @arguments. */
struct tool {
	bool json, help;
	bool nobody_listens; /* the filter is for a launcher without a listener */
	enum brig_arch arch;
	enum brig_policy_stage stage;
	struct brig_policy_parameter parameters[TOOL_PARAMETERS_MAX];
	size_t n_parameters;
	const char *output; /* --bpf FILE, -o FILE */
	const char *role;   /* --role BASE */
	const char *from;   /* --from FORMAT */
	int n_arguments;
	char **arguments;
};

struct tool_command {
	const char *name;
	const char *summary;
	int (*run)(struct tool *tool);
	int least, most; /* arguments; most -1: any number */
	const char *help;
};

extern const struct tool_command tool_commands[];
extern const size_t n_tool_commands;

int tool_check(struct tool *tool);
int tool_show(struct tool *tool);
int tool_explain(struct tool *tool);
int tool_simulate(struct tool *tool);
int tool_diff(struct tool *tool);
int tool_disasm(struct tool *tool);
int tool_export(struct tool *tool);
int tool_learn(struct tool *tool);
int tool_try(struct tool *tool);
int tool_import(struct tool *tool);
int tool_score(struct tool *tool);
int tool_rows(struct tool *tool);

extern const char check_help[], show_help[], explain_help[], simulate_help[], diff_help[],
	disasm_help[], export_help[], learn_help[], try_help[], import_help[], score_help[],
	rows_help[];

/*
 * Read, compile and, if @prove, prove; says what is wrong. NULL and *ret_status otherwise. Owned:
 * brig_policy_unref().
 */
struct brig_policy *tool_open(const struct tool *tool, const char *name, bool prove,
			      int *ret_status);

/* The model of the stage that was asked for. */
const struct brig_model *tool_model(const struct tool *tool, const struct brig_policy *policy);

/* "renderer:12", or why there is no row. */
const char *tool_place(const struct brig_policy *policy, const struct brig_rule *rule, char *ret,
		       size_t size);
/* "openat", or "#600"; *ret has room for 32 bytes. */
const char *tool_call_name(enum brig_arch arch, uint32_t number, char ret[32]);
/* Print the document and free it. */
int tool_print_json(json_t *document, int status);

/* A file that appears whole or not at all. 0 or -errno. */
int tool_write_file(const char *path, const void *bytes, size_t n);

/* "x" of "dir/x.policy" or a program's path, in letters that a role's name may have. */
const char *tool_role_name(const char *path, char ret[32]);

/*
 * A role that this command made: compile and prove it, then write it where -o says. An exit status;
 * says what is wrong.
 */
int tool_publish(const struct tool *tool, const char *text, size_t n);

/* ---- calls as people write them ---- */

struct tool_call {
	const struct brig_call *call; /* NULL: by number */
	uint32_t number;
	uint64_t args[BRIG_CALL_ARGUMENTS];
	bool known[BRIG_CALL_ARGUMENTS]; /* an argument that wasn't given may be anything */
};

/*
 * "openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY)", "257 0xffffff9c", "openat": 0, or -1 with what is
 * wrong in @error. A string, or "_", is an argument that may be anything.
 */
int tool_call_parse(const char *text, enum brig_arch arch, struct tool_call *ret, char *error,
		    size_t size);

/* What can come of a call whose arguments aren't all known: one row a verdict and rule. */
struct tool_outcome {
	struct brig_verdict verdict;
	int rule;                           /* index in the model; -1: the class decides */
	uint64_t args[BRIG_CALL_ARGUMENTS]; /* with which it comes */
};

#define TOOL_OUTCOMES_MAX 64

/* Returns how many, at most TOOL_OUTCOMES_MAX; or -E2BIG, -ENOMEM. */
int tool_outcomes(const struct brig_model *model, const struct tool_call *call,
		  struct tool_outcome ret[TOOL_OUTCOMES_MAX]);

/* "prot=0x4, flags=0x2": of the arguments that a call has, those of @looks (bit i: argument i). */
void tool_format_args(char *ret, size_t size, enum brig_arch arch, uint32_t number,
		      unsigned int looks, const uint64_t args[BRIG_CALL_ARGUMENTS]);

#endif
