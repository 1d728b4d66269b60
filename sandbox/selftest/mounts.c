/* What this process' own table of mounts tells (proc_pid_mountinfo(5)). */
#include "sandbox/selftest/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct row {
	char point[256]; /* what is longer is cut, and matches nothing here */
	char options[256];
	char type[32];
	char of_all[512]; /* options of the file system, where hidepid is */
};

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue" */
static bool read_row(const char *line, struct row *ret)
{
	const char *rest = strstr(line, " - ");

	memset(ret, 0, sizeof *ret);
	return rest && sscanf(line, "%*s %*s %*s %*s %255s %255s", ret->point, ret->options) == 2 &&
	       sscanf(rest, " - %31s %*s %511s", ret->type, ret->of_all) >= 1;
}

static bool has_option(const char *options, const char *wanted)
{
	const size_t n = strlen(wanted);

	for (const char *at = options; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (!strncmp(at, wanted, n) && (at[n] == ',' || at[n] == '\0'))
			return true;
	}
	return false;
}

static int hidepid(const char *options)
{
	static const struct {
		const char *option;
		int value;
	} values[] = {
		{ "hidepid=1", 1 }, { "hidepid=noaccess", 1 },  { "hidepid=2", 2 },
		{ "hidepid=4", 4 }, { "hidepid=invisible", 2 }, { "hidepid=ptraceable", 4 },
	};

	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		if (has_option(options, values[i].option))
			return values[i].value;
	return 0;
}

/* A later row hides an earlier one at the same place. */
static void look_at_row(struct brig_machine *machine, const struct row *row)
{
	if (!strcmp(row->point, "/proc")) {
		machine->no_proc = strcmp(row->type, "proc") != 0;
		machine->hidepid = hidepid(row->of_all);
		machine->sys_read_only = has_option(row->options, "ro");
		machine->over_proc[0] = '\0';
		return;
	}
	if (strncmp(row->point, "/proc/", 6) != 0)
		return;
	/* Belongs there on every machine. */
	if (!strcmp(row->type, "binfmt_misc") || !strcmp(row->type, "autofs"))
		return;
	if (!strcmp(row->point, "/proc/sys"))
		machine->sys_read_only =
			strcmp(row->type, "proc") != 0 || has_option(row->options, "ro");
	if (!machine->over_proc[0])
		(void)snprintf(machine->over_proc, sizeof machine->over_proc, "%.90s", row->point);
}

void brig_machine_look_at_mounts(struct brig_machine *machine)
{
	bool root = false, rows = false;
	char *line = NULL;
	size_t size = 0;
	FILE *table = fopen("/proc/self/mountinfo", "re");

	machine->no_proc = access("/proc/self/status", R_OK) < 0;
	if (!table)
		return;
	while (getline(&line, &size, table) > 0) {
		struct row row;

		rows = true;
		if (!read_row(line, &row))
			continue;
		root = root || !strcmp(row.point, "/");
		look_at_row(machine, &row);
	}
	/* Only mounts below the root directory are listed: it is no mount's own if it isn't. */
	machine->chrooted = rows && !root;
	free(line);
	(void)fclose(table);
}
