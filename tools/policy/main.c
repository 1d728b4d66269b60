/* brig policy: one row a subcommand. */
#include "tools/policy/tool.h"

#include "sandbox/policy/constants.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct tool_command tool_commands[] = {
	{ "check", "read, compile and prove role files", tool_check, 1, -1, check_help },
	{ "show", "a role as a table: call, verdict, reason, place", tool_show, 1, 1, show_help },
	{ "explain", "what becomes of a call, and why", tool_explain, 2, 2, explain_help },
	{ "simulate", "the same for calls on standard input", tool_simulate, 1, 1, simulate_help },
	{ "diff", "what one role allows that another doesn't", tool_diff, 2, 2, diff_help },
	{ "score", "how much of the kernel roles leave open", tool_score, 0, -1, score_help },
	{ "rows", "every verdict with a witness, for golden files", tool_rows, 1, 1, rows_help },
	{ "disasm", "the filter, instruction by instruction", tool_disasm, 1, 1, disasm_help },
	{ "export", "the filter as a raw BPF file", tool_export, 1, 1, export_help },
	{ "learn", "watch a program and write its policy", tool_learn, 1, -1, learn_help },
	{ "try", "run a program under a policy's filter alone", tool_try, 2, -1, try_help },
	{ "import", "translate another tool's policy file", tool_import, 1, 1, import_help },
};
const size_t n_tool_commands = sizeof tool_commands / sizeof *tool_commands;

static const struct tool_command *find(const char *name)
{
	for (size_t i = 0; i < n_tool_commands; i++)
		if (!strcmp(tool_commands[i].name, name))
			return &tool_commands[i];
	return NULL;
}

static int parse_arch(struct tool *tool, const char *text)
{
	for (int arch = 0; arch < BRIG_ARCH_COUNT; arch++)
		if (!strcmp(text, brig_arch_name((enum brig_arch)arch))) {
			tool->arch = (enum brig_arch)arch;
			return EXIT_OK;
		}
	return complain(EXIT_USAGE, "--arch %s: x86_64 or aarch64", text);
}

static int parse_stage(struct tool *tool, const char *text)
{
	if (!strcmp(text, "before-ready"))
		tool->stage = BRIG_BEFORE_READY;
	else if (!strcmp(text, "after-ready"))
		tool->stage = BRIG_AFTER_READY;
	else
		return complain(EXIT_USAGE, "--stage %s: before-ready or after-ready", text);
	return EXIT_OK;
}

/* "name=value,name=value", cut in place. */
static int parse_set(struct tool *tool, char *text)
{
	char *save = NULL;

	for (char *pair = strtok_r(text, ",", &save); pair; pair = strtok_r(NULL, ",", &save)) {
		char *equals = strchr(pair, '=');

		if (!equals || equals == pair || tool->n_parameters == TOOL_PARAMETERS_MAX)
			return complain(EXIT_USAGE, "--set %s: NAME=VALUE is needed", pair);
		*equals = '\0';
		tool->parameters[tool->n_parameters].name = pair;
		tool->parameters[tool->n_parameters++].value = equals + 1;
	}
	return EXIT_OK;
}

static int parse_option(struct tool *tool, int letter, char *text)
{
	switch (letter) {
	case 'j':
		tool->json = true;
		return EXIT_OK;
	case 'h':
		tool->help = true;
		return EXIT_OK;
	case 'a':
		return parse_arch(tool, text);
	case 's':
		return parse_stage(tool, text);
	case 'S':
		return parse_set(tool, text);
	case 'o':
		tool->output = text;
		return EXIT_OK;
	case 'r':
		tool->role = text;
		return EXIT_OK;
	case 'f':
		tool->from = text;
		return EXIT_OK;
	default:
		return EXIT_USAGE;
	}
}

/* @runs: behind the arguments begins a program's own line, with options of its own. */
static int parse_options(struct tool *tool, bool runs, int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ "arch", required_argument, NULL, 'a' },
		{ "stage", required_argument, NULL, 's' },
		{ "set", required_argument, NULL, 'S' },
		{ "bpf", required_argument, NULL, 'o' },
		{ "output", required_argument, NULL, 'o' },
		{ "role", required_argument, NULL, 'r' },
		{ "from", required_argument, NULL, 'f' },
		{ NULL, 0, NULL, 0 },
	};
	int letter, status = EXIT_OK;

	optind = 1;
	while (!status &&
	       (letter = getopt_long(argc, argv, runs ? "+hjo:" : "hjo:", options, NULL)) != -1)
		status = parse_option(tool, letter, optarg);
	tool->n_arguments = argc - optind;
	tool->arguments = argv + optind;
	return status;
}

static void list(FILE *out)
{
	(void)fputs("Usage: brig policy SUBCOMMAND ...\n\n", out);
	for (size_t i = 0; i < n_tool_commands; i++)
		(void)fprintf(out, "  %-9s %s\n", tool_commands[i].name, tool_commands[i].summary);
	(void)fputs("\n'brig policy SUBCOMMAND --help' explains one. A role is one that ships "
		    "(renderer, plugin,\ncodec, network, compute, service, workers, zygote, "
		    "helper, broker) "
		    "or a "
		    "file: see docs/POLICY.md.\n",
		    out);
}

const char policy_help[] = "Usage: brig policy SUBCOMMAND ...\n"
			   "\n"
			   "Reads, explains, compares, learns and proves policies: which system "
			   "calls a role may make.\n"
			   "'brig policy' alone lists the subcommands; 'brig policy SUBCOMMAND "
			   "--help' explains one.\n";

int policy_main(int argc, char **argv)
{
	struct tool tool = { .arch = brig_arch_native(), .stage = BRIG_AFTER_READY };

	if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "help")) {
		list(argc < 2 ? stderr : stdout);
		return argc < 2 ? EXIT_USAGE : EXIT_OK;
	}
	const struct tool_command *command = find(argv[1]);
	if (!command)
		return complain(EXIT_USAGE, "there is no 'policy %s'; 'brig policy' lists what is",
				argv[1]);
	const bool runs = command->run == tool_learn || command->run == tool_try;
	int status = parse_options(&tool, runs, argc - 1, argv + 1);
	if (status)
		return status;
	if (tool.help) {
		(void)fputs(command->help, stdout);
		return EXIT_OK;
	}
	if (tool.n_arguments < command->least ||
	    (command->most >= 0 && tool.n_arguments > command->most))
		return complain(EXIT_USAGE, "'brig policy %s --help' says what it needs",
				command->name);
	return command->run(&tool);
}
