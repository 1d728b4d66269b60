/* brig: one row a subcommand. */
#include "command.h"

#include <brig/version.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

const struct command commands[] = {
	{ "render", "decode untrusted images, each in a sealed process of its own", render_main,
	  render_help },
	{ "doctor", "say which layers of protection this machine can give", doctor_main,
	  doctor_help },
	{ "selftest", "try to escape from sealed children, behind a fence", selftest_main,
	  selftest_help },
	{ "ipc", "what children and broker may say to each other", ipc_main, ipc_help },
	{ "trace", "show what a broker and its children said", trace_main, trace_help },
	{ "replay", "execute again what children said, and compare what comes of it", replay_main,
	  replay_help },
	{ "policy", "read, explain, compare, learn and prove policies", policy_main, policy_help },
	{ "help", "explain a subcommand", help_main, help_help },
};
const size_t n_commands = sizeof commands / sizeof *commands;

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < n_commands; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

/* The subcommand that shares the longest start with @name; NULL: none shares any. */
static const char *nearest(const char *name)
{
	const char *best = NULL;
	size_t longest = 0;

	for (size_t i = 0; i < n_commands; i++) {
		size_t n = 0;

		while (name[n] && name[n] == commands[i].name[n])
			n++;
		if (n > longest) {
			longest = n;
			best = commands[i].name;
		}
	}
	return best;
}

int main(int argc, char **argv)
{
	(void)signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error message, not a death */
	if (argc < 2) {
		(void)help_main(1, argv);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "version")) {
		(void)printf("brig %s\nbuild %s\n", brig_version(), brig_build_id());
		return EXIT_OK;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return help_main(1, argv);
	const struct command *command = command_find(argv[1]);
	if (command) {
		argv[1] = argv[0]; /* whose name getopt's messages begin with */
		return command->run(argc - 1, argv + 1);
	}
	const char *best = nearest(argv[1]);
	return complain(EXIT_USAGE, "there is no '%s'%s%s%s 'brig help' lists them", argv[1],
			best ? "; did you mean '" : ";", best ? best : "", best ? "'?" : "");
}
