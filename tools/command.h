/* tools/command.h - what the subcommands share. */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

enum exit_status { EXIT_OK = 0, EXIT_SOME_FAILED = 1, EXIT_USAGE = 2, EXIT_NO_SANDBOX = 3 };

struct command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
	const char *help;
};

extern const struct command commands[];
extern const size_t n_commands;
const struct command *command_find(const char *name);

int render_main(int argc, char **argv);
int doctor_main(int argc, char **argv);
int help_main(int argc, char **argv);
int ipc_main(int argc, char **argv);
int policy_main(int argc, char **argv);
int replay_main(int argc, char **argv);
int selftest_main(int argc, char **argv);
int trace_main(int argc, char **argv);
extern const char render_help[], doctor_help[], help_help[], ipc_help[], policy_help[],
	replay_help[], selftest_help[], trace_help[];

/* brig doctor --apparmor; its exit status. */
int apparmor_print(void);

/* "brig: " and a line on stderr; returns @status. */
int complain(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* On standard output, @indent spaces before each line, broken between words at 96 columns. */
void print_wrapped(size_t indent, const char *text);

/*
 * Text that is safe on a terminal: control characters, backslashes and bytes that are no UTF-8
 * become \xHH. @ret has @size bytes, always ends in NUL. Returns @ret.
 */
char *escape_text(const char *text, char *ret, size_t size);

#endif
