#include "tools/policy/tool.h"

#define COMMON                                                                                     \
	"  --set NAME=VALUE,...  values for the role's parameters (${NAME})\n"                     \
	"  --arch ARCH           x86_64 or aarch64; default: this machine's\n"
#define STAGE "  --stage STAGE         before-ready or after-ready (the default)\n"
#define JSON  "  --json                for machines\n"

const char check_help[] =
	"Usage: brig policy check [OPTIONS] FILE...\n"
	"\n"
	"Reads role files (or shipped roles, by name), compiles each to a seccomp filter, and "
	"proves\n"
	"that the filter says of every architecture, number and argument what the file says. "
	"Errors\n"
	"name file, line and column, what was expected, and the nearest name.\n"
	"\n" COMMON JSON "\n"
	"JSON: {\"schema\": 1, \"files\": [{\"file\", \"ok\", \"instructions\", \"cases\"}]}\n"
	"Exit status: 0 all hold, 1 some don't, 2 usage.\n"
	"\n"
	"Example: brig policy check my-role.policy\n";

const char show_help[] =
	"Usage: brig policy show [OPTIONS] ROLE\n"
	"\n"
	"Prints a role as a table: system call, verdict with its condition, file and line of the\n"
	"row, and the row's reason. At the end, what the rest gets, by class: benign calls fail "
	"with\n"
	"EPERM, dangerous ones are reported and end the process, unknown ones don't exist "
	"(ENOSYS).\n"
	"\n" COMMON STAGE JSON "\n"
	"JSON: {\"schema\": 1, \"role\", \"arch\", \"rows\": [{\"call\", \"number\", \"verdict\", "
	"\"why\",\n"
	"\"file\", \"line\"}]}\n"
	"Example: brig policy show renderer | grep mmap\n";

const char explain_help[] =
	"Usage: brig policy explain [OPTIONS] ROLE CALL\n"
	"\n"
	"Says what becomes of a call, which row decides, and why. CALL is written as strace "
	"writes\n"
	"it, by name or number; constants may be joined by '|'. An argument that is a string, '_' "
	"or\n"
	"left out may be anything: then every outcome is told, each with arguments that bring it.\n"
	"\n" COMMON STAGE JSON "\n"
	"JSON: {\"call\", \"number\", \"outcomes\": [{\"verdict\", \"why\", \"file\", \"line\", "
	"\"condition\",\n"
	"\"class\"}]}\n"
	"Examples:\n"
	"  brig policy explain renderer 'openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY)'\n"
	"  brig policy explain renderer 'mmap(0, 4096, PROT_READ|PROT_EXEC)'\n"
	"  brig policy explain renderer 101\n";

const char simulate_help[] =
	"Usage: brig policy simulate [OPTIONS] ROLE < CALLS\n"
	"\n"
	"Reads one call a line, written as for 'explain', and prints its verdict behind it. Lines\n"
	"that are empty or begin with '#' are passed over.\n"
	"\n" COMMON STAGE JSON "\n"
	"Exit status: 0, or 1 if some line is no call.\n"
	"Example: echo 'socket(AF_INET, SOCK_STREAM, 0)' | brig policy simulate network\n";

const char diff_help[] =
	"Usage: brig policy diff [OPTIONS] A B\n"
	"\n"
	"Prints every call on which two roles differ, with arguments where they differ for some\n"
	"arguments only: found by going through all classes of arguments, not by comparing text.\n"
	"\n" COMMON STAGE JSON "\n"
	"JSON: {\"schema\": 1, \"a\", \"b\", \"differences\": [{\"call\", \"number\", \"args\", "
	"\"always\", \"a\",\n"
	"\"b\"}]}\n"
	"Exit status: 0 they say the same, 1 they differ, 2 usage or a role that can't be read.\n"
	"Example: brig policy diff codec renderer\n";

const char disasm_help[] =
	"Usage: brig policy disasm [OPTIONS] ROLE\n"
	"\n"
	"Prints the proven filter, an instruction a line: index, the four fields of struct\n"
	"sock_filter, and what it does.\n"
	"\n" COMMON STAGE JSON;

const char export_help[] =
	"Usage: brig policy export [OPTIONS] ROLE --bpf FILE\n"
	"\n"
	"Writes the proven filter as struct sock_filter instructions, the form that other "
	"launchers\n"
	"load. '-' is standard output. Nobody listens there: 'report' kills at once, and calls\n"
	"with the verdict notify get ENOSYS.\n"
	"\n"
	"  --bpf FILE            where to\n" COMMON STAGE "\n"
	"Example:\n"
	"  brig policy export my-role.policy --bpf filter.bpf\n"
	"  bwrap --unshare-all --ro-bind / / --seccomp 9 true 9<filter.bpf\n";

const char learn_help[] =
	"Usage: brig policy learn [OPTIONS] -- PROGRAM [ARGUMENT...]\n"
	"\n"
	"Runs the program, with all that it starts, sees each of its system calls (by seccomp "
	"user\n"
	"notification: no privilege is needed), and writes the policy that allows just these. "
	"Nothing\n"
	"is refused but clone3, whose flags no filter sees: it gets ENOSYS, and libc makes clone "
	"instead.\n"
	"Arguments are kept where they matter: ioctl, socket, prctl, mmap, mprotect, clone, "
	"fcntl,\n"
	"futex and kin; whether files are opened for writing. Added are calls that libc makes or\n"
	"leaves out by timing, memory layout and its version, and the file says which these are. "
	"What\n"
	"a run didn't do isn't there: run it on all that it is for, and read what came out. "
	"Set-uid\n"
	"programs gain no rights while they are watched. The run itself is not confined: nothing\n"
	"for programs that you don't trust.\n"
	"\n"
	"  --role BASE           include this role, and write only what it lacks\n"
	"  --set NAME=VALUE,...  values for that role's parameters\n"
	"  -o, --output FILE     where to; default: standard output, once the program has ended\n"
	"\n"
	"SIGINT, SIGTERM, SIGHUP and SIGQUIT go to the program; the policy is written all the "
	"same.\n"
	"Exit status: the program's own, 128 + N if signal N killed it, 127 not found, 126 can't "
	"be\n"
	"started, 1 if it can't be watched or the policy can't be written.\n"
	"Example: brig policy learn -o svg.policy -- rsvg-convert in.svg -o out.png\n";

const char try_help[] =
	"Usage: brig policy try [OPTIONS] ROLE PROGRAM [ARGUMENT...]\n"
	"\n"
	"Runs a program under a role's filter and nothing else: no namespaces, no empty root, no\n"
	"limits. It is a test of a policy, not a sandbox.\n"
	"\n" COMMON "\n"
	"Exit status: the program's own; 127 not found, 126 can't be started, 3 no filter.\n"
	"Example: brig policy try svg.policy rsvg-convert in.svg -o out.png\n";

const char import_help[] =
	"Usage: brig policy import --from minijail [OPTIONS] FILE\n"
	"\n"
	"Translates a minijail (crosvm) policy file to a role file: what minijail0(5) describes, "
	"and\n"
	"what its newer compiler adds (braces, [arch=...], actions, @default). What is unlisted "
	"is\n"
	"killed, as there. The result is compiled and proven before it is written.\n"
	"\n"
	"Arguments get their names, and are compared in the width in which the kernel reads them. "
	"A\n"
	"path behind @include counts from the file, or else from here. Calls that this kernel's "
	"table\n"
	"doesn't have are left out, @frequency is passed over, trace becomes ENOSYS (which it is\n"
	"without a tracer), kill-thread kills the process: each is told. @denylist is refused: a "
	"list\n"
	"of what is forbidden says nothing about the rest.\n"
	"\n"
	"'call: EXPRESSION; return E' is read as minijail0(5) says: allowed if it holds, else E. "
	"Inside\n"
	"braces it is read as the newer compiler does: E if it holds.\n"
	"\n"
	"  --from FORMAT         minijail\n"
	"  --arch ARCH           whose constants the file is for\n"
	"  -o, --output FILE     where to; default: standard output\n"
	"\n"
	"Exit status: 0, 1 if the file can't be translated (with file, line and column), 2 "
	"usage.\n"
	"Example: brig policy import --from minijail -o gpu.policy gpu_device.policy\n";

const char score_help[] =
	"Usage: brig policy score [OPTIONS] [ROLE...]\n"
	"\n"
	"How much of the kernel each role leaves open: calls that it allows with any arguments,\n"
	"calls whose arguments are checked, those among them that are dangerous, each with what "
	"it\n"
	"gives an attacker, and the filter's length. Without ROLE: every role that ships.\n"
	"\n" COMMON STAGE JSON "\n"
	"JSON: {\"schema\": 1, \"roles\": [{\"role\", \"allowed\", \"checked\", \"instructions\",\n"
	"\"dangerous\": [{\"call\", \"why\"}]}]}\n";

const char rows_help[] = "Usage: brig policy rows [OPTIONS] ROLE\n"
			 "\n"
			 "Prints a line for every system call and verdict: its name, arguments "
			 "that bring the verdict\n"
			 "(where they matter), the verdict. Kept in tests/verdicts, so that a "
			 "change of a policy shows\n"
			 "as a difference that a reviewer reads.\n"
			 "\n" COMMON STAGE;
