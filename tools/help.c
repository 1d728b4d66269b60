#include "command.h"

#include <stdio.h>

const char help_help[] =
	"Usage: brig help [SUBCOMMAND]\n\nExplain a subcommand, or list them all.\n";

const char doctor_help[] =
	"Usage: brig doctor [--json | --apparmor]\n"
	"\n"
	"Tries every layer of protection in a throw-away process, then what a broker does with a\n"
	"process from outside, then decodes a tiny picture in a sealed renderer; and says what to "
	"do\n"
	"on this machine about what is missing. \"untried\" is a layer that can't be tried "
	"without\n"
	"another that is missing. What hangs is killed: ten seconds for the first, then one each.\n"
	"\n"
	"\"reachable\" is the most that can be had: full (namespaces, Landlock, seccomp, limits),\n"
	"no_userns (Landlock, seccomp, limits), seccomp_only (seccomp, limits), or none. A "
	"program\n"
	"that embeds Brig sets the least it accepts; brig render accepts full only, unless "
	"--least\n"
	"says otherwise.\n"
	"\n"
	"  --json   one JSON document, and nothing else on standard output:\n"
	"    schema     1\n"
	"    layers     [{name, ok, errno (0 if ok), cause: the layer that failed, of this name "
	"or\n"
	"               another, or null, stage: its step that failed, or null, detail, purpose,\n"
	"               required: a renderer isn't run without it, remedy: \"\" if ok}]\n"
	"    abilities  [{name, ok, errno, step: what failed, or null, purpose, required, "
	"remedy}]:\n"
	"               listener (forbidden calls are reported), attestation (the broker sees a\n"
	"               child in /proc)\n"
	"    machine    {name: value}, strings, of what was seen only: kernel, uid, "
	"user_namespace,\n"
	"               outer_filters, container, chroot, proc, proc_sys, masked, hidepid,\n"
	"               security_modules, confined_by, limit_of_0, kernel.* settings\n"
	"    tier       \"full\", \"no_userns\", \"seccomp_only\" or \"none\": what is reachable\n"
	"    renderer   {ok, message, remedy}: the tiny picture\n"
	"\n"
	"  --apparmor   nothing is tried: print the AppArmor profile for this installation, which\n"
	"               allows brig-child and brig user namespaces where AppArmor keeps them from\n"
	"               programs without one. A program with a helper of its own needs its own.\n"
	"\n"
	"Exit status: 0 a renderer can be sealed in full, 2 usage, 3 it can't; of --apparmor, 0\n"
	"printed, 1 brig-child isn't there or a profile can't name it.\n";

const char render_help[] =
	"Usage: brig render [OPTIONS] IN... -o OUT\n"
	"\n"
	"Decodes images that you don't trust, each in a sealed process of its own, and writes PNG\n"
	"files. The PNG is encoded from checked pixels by the trusted side, so it is safe to "
	"open.\n"
	"\n"
	"IN is a PNG or JPEG file; QOI or PNM (decoded by a plugin process); a .sheet (below); or "
	"'-'\n"
	"for standard input. OUT is a file, or a directory if it exists as one, ends in '/', or "
	"there\n"
	"are several INs; '-' is standard output. In a directory, photo.jpg becomes photo.png.\n"
	"Files are replaced as a whole or not at all.\n"
	"\n"
	"  -o, --output OUT    where the result goes (required)\n"
	"  --max-pixels N      refuse larger pictures; default 100000000; K, M, G are understood\n"
	"  --max-bytes N       refuse larger input files; default 256M (M is 2^20)\n"
	"  --jobs N            renderers at a time, 1..64; default: one a CPU\n"
	"  --timeout S         seconds a file may take; default 30\n"
	"  --least LEVEL       how much of the sandbox must stand: full (default); no_userns, "
	"without\n"
	"                      namespaces; seccomp_only, without Landlock either. More is put on "
	"where\n"
	"                      it can be had, and the summary says what stood\n"
	"  --priority NAME     how urgent it is: user-blocking (default), as this command is;\n"
	"                      user-visible, nice +5; best-effort, nice +15, and disk when nobody "
	"else\n"
	"                      wants it. Others go first, and nobody can raise it later\n"
	"  --json              a JSON document instead of the summary (fields below)\n"
	"  --quiet             errors only\n"
	"  --verbose           of a forbidden call, all that is known, and a row that would allow "
	"it\n"
	"  --help              this text\n"
	"\n"
	"Kept exactly: 8 and 16 bits a channel, grey, palette (as RGB or RGBA) and alpha. CMYK "
	"becomes\n"
	"RGB. EXIF orientation and ICC profiles are not applied yet.\n"
	"\n"
	"A .sheet is a text file that makes the renderer ask for other files, which it gets only "
	"from\n"
	"the sheet's own directory and below:\n"
	"\n"
	"    BRIG-SHEET 1\n"
	"    cell 160x120\n"
	"    grid 4x3\n"
	"    photo.jpg\n"
	"    icons/icon.png\n"
	"\n"
	"A name that is refused or can't be decoded shows as a crossed frame, is listed, and makes "
	"the\n"
	"exit status 1.\n"
	"\n"
	"JSON: {\"schema\": 1, \"version\", \"ok\", \"failed\", \"results\": [{\"input\", "
	"\"output\", \"status\",\n"
	"\"message\", \"format\", \"width\", \"height\", \"channels\", \"depth\", \"elapsed_ms\", "
	"\"process\":\n"
	"{\"class\", \"code\", \"call\": the forbidden one or null, {\"name\", \"number\", "
	"\"args\",\n"
	"\"address\"}, \"stage\", \"errno\", \"level\", \"layers\": {NAME: \"attested\" | "
	"\"claimed\" |\n"
	"\"missing\"}}, \"plugin_process\": the same of the last plugin, null if none ran, "
	"\"violation\":\n"
	"the first forbidden call that ended one of them or null, {\"role\", \"policy\", "
	"\"instance\",\n"
	"\"trusted\", \"unknown\", \"time_ns\", \"count\", \"thread\", \"arch\", \"call\", "
	"\"name\", \"args\",\n"
	"\"text\", \"rule\": {\"file\", \"line\", \"class\", \"reason\"}, \"place\": {\"address\", "
	"\"module\",\n"
	"\"module_offset\", \"symbol\", \"symbol_offset\"}, \"suggestion\", \"suggestion_line\"}, "
	"\"refused\":\n"
	"[{\"name\", \"why\"}]}]}. In names, bytes that are no printable UTF-8 are written "
	"\\xHH.\n"
	"A layer is \"missing\" too where the role does without it, as renderers do without tsc.\n"
	"\n"
	"Exit status: 0 all done, 1 some file failed, 2 usage, 3 no sandbox to be had, 130 "
	"interrupted.\n"
	"\n"
	"Examples:\n"
	"  brig render mail.jpg -o safe.png\n"
	"  brig render *.png *.jpg -o safe/\n"
	"  curl -s URL | brig render - -o - | display\n";

int help_main(int argc, char **argv)
{
	if (argc > 1) {
		const struct command *command = command_find(argv[1]);

		if (!command)
			return complain(EXIT_USAGE, "there is no '%s'; 'brig help' lists them",
					argv[1]);
		(void)fputs(command->help, stdout);
		return EXIT_OK;
	}
	(void)puts("Usage: brig SUBCOMMAND ...\n");
	for (size_t i = 0; i < n_commands; i++)
		(void)printf("  %-8s %s\n", commands[i].name, commands[i].summary);
	(void)puts("\n'brig help SUBCOMMAND' explains one; 'brig --version' tells which this is.");
	return EXIT_OK;
}
