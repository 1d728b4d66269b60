#!/bin/bash
# policy_cli_test.sh BRIG - `brig policy` as people use it. One line a check; fails if one does.
set -u
# shellcheck source=tests/support/check.sh
. "$(dirname "$(readlink -f "$0")")/../support/check.sh"
brig=$1
docs=$(dirname "$(readlink -f "$0")")/../../docs
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

policy()
{
	"$brig" policy "$@"
}

# json EXPRESSION ARGUMENT...: what it prints is one document, of which the expression holds. The
# status is the command's own.
json()
{
	local expression=$1 status=0

	shift
	policy "$@" >said.json || status=$?
	jq -e "$expression" <said.json >/dev/null || return 99
	return "$status"
}

simulate()
{
	printf '%b' "$1" | policy simulate "${@:2}"
}

simulate_json()
{
	printf '%b' "$2" | json "$1" simulate --json "${@:3}"
}

# Only the first word of each line.
calls_of_diff()
{
	policy diff "$@" | cut -d' ' -f1 | paste -sd' '
}

rows_that_differ()
{
	policy rows ftp.policy >without
	policy rows --set write=yes ftp.policy >with
	diff without with | sed -n 's/^> \([a-z0-9]*\)\t.*/\1/p' | paste -sd' '
}

whole_instructions()
{
	[[ -s $1 && $(($(stat -c %s "$1") % 8)) = 0 ]]
}

in_bwrap()
{
	local filter=$1

	shift
	bwrap --ro-bind / / --seccomp 9 "$@" 9<"$filter"
}

# The first block of the manual.
mkdir example
awk '/^```$/ { block++; next } block == 1' "$docs/POLICY.md" >example/ftp.policy
cat >all.policy <<'EOF'
role all # everything but one
default benign allow
default dangerous allow
default unknown allow
uname: errno ENOENT # a refusal that shows
EOF
cat >small.policy <<'EOF'
role small
default dangerous kill
read: allow # its input
write: allow if fd in 1..2 else errno EACCES # says how it went
mount: allow # to be counted
EOF
cat >ftp.policy <<'EOF'
role ftp
parameter write = no # may clients upload
include service
openat: allow if flags & 3 == 0 # downloads
mkdirat, unlinkat, renameat2: allow when ${write} == yes # uploads
EOF
cat >rw.policy <<'EOF'
role rw
parameter write = yes # the first declaration counts
include ftp
EOF
printf 'role trap\nread: trap # r\n' >trap.policy
printf 'role wrong\nread: allow # fine\nwriet: allow # slip\n' >wrong.policy

check "no subcommand is a usage error, and lists them" 2 "simulate" policy
check "help lists them" 0 "disasm" policy --help
check "a wrong subcommand is a usage error" 2 "there is no 'policy shwo'" policy shwo
for subcommand in check show explain simulate diff score rows disasm export learn try import; do
	check "$subcommand explains itself" 0 "Usage: brig policy $subcommand" \
		policy "$subcommand" --help
done
check "no role is a usage error" 2 "--help" policy show
check "too many roles are a usage error" 2 "--help" policy show renderer codec
check "a wrong option is a usage error" 2 "unrecognized option" policy show --jsn renderer
check "a wrong architecture is a usage error" 2 "--arch sparc" policy show --arch sparc renderer
check "a wrong stage is a usage error" 2 "--stage never" policy show --stage never renderer
check "options may stand behind the role" 0 "trap" policy explain trap.policy read --arch aarch64
check "half a parameter is a usage error" 2 "--set write" policy show --set write ftp.policy

check "check proves" 0 "cases proven for x86_64" policy check --arch x86_64 small.policy
check "check proves for aarch64" 0 "cases proven for aarch64" policy check --arch aarch64 small.policy
check "check takes shipped roles" 0 "renderer: ok" policy check renderer
check "check names the place and the nearest" 1 \
	"wrong.policy:3:1: there is no system call 'wriet'; is it write?" policy check wrong.policy
check "check goes on after one that is wrong" 1 "small.policy: ok" \
	policy check wrong.policy small.policy
check "check names the nearest role" 1 "is it renderer?" policy check rendrer
check "check, for machines" 0 "" \
	json '.schema == 1 and .files[0].ok and .files[0].cases > 1000' check --json small.policy
check "check, for machines, of a wrong one" 1 "" \
	json '[.files[].ok] == [false, true]' check --json wrong.policy small.policy

check "the example of docs/POLICY.md" 0 "ftp.policy: ok" policy check example/ftp.policy
check "the same, with uploads" 0 "ftp.policy: ok" policy check --set write=yes example/ftp.policy
check "the same for aarch64" 0 "ftp.policy: ok" policy check --arch aarch64 example/ftp.policy
check "show has call, verdict, place, reason" 0 \
	"write              allow if fd in 1..2 else errno EACCES" policy show small.policy
check "show has the place" 0 "small.policy:4     says how it went" policy show small.policy
check "show ends with the classes" 0 "(unknown)          errno ENOSYS" policy show small.policy
check "show, for machines" 0 "" \
	json '.role == "small" and (.rows | map(.call)) == ["read", "write", "mount"]' \
	show --json small.policy

check "explain names the row" 0 "by small.policy:4: allow if fd in 1..2" \
	policy explain small.policy 'write(1, "hello", 5)'
check "explain gives the reason" 0 "allow          says how it went" \
	policy explain small.policy 'write(1, "hello", 5)'
check "explain tells an else" 0 "errno EACCES" policy explain small.policy 'write(7, "hello", 5)'
check "explain tells every outcome" 0 "with fd=0x1" policy explain small.policy write
check "explain names the class" 0 "by the default of the class 'dangerous'" \
	policy explain small.policy ptrace
check "explain takes numbers" 0 "kill" policy explain small.policy 101
check "explain knows x32" 0 "x32" policy explain small.policy 0x40000001
check "explain names the nearest call" 2 "is it write?" policy explain small.policy 'wriet(1)'
check "explain, for machines" 0 "" \
	json '.number == 1 and (.outcomes | length) == 1 and .outcomes[0].verdict == "errno EACCES"' \
	explain --json small.policy 'write(9)'

check "simulate answers line by line" 0 $'read(0)\tallow\nptrace\tkill' \
	simulate '# a list\n\nread(0)\nptrace\n' small.policy
check "simulate tells every verdict" 0 $'write\terrno EACCES or allow' \
	simulate 'write\n' small.policy
check "simulate says which line is no call" 1 "is it read?" simulate 'raed(0)\nread(0)\n' small.policy
check "simulate, for machines" 0 "" \
	simulate_json '(.calls | length) == 2 and .calls[1].outcomes[0].verdict == "kill"' \
	'read(0)\nptrace\n' small.policy

check "diff of the same" 0 "" policy diff codec codec
check "diff says nothing of the same" 0 "" sh -c "test -z \"\$('$brig' policy diff codec codec)\""
check "diff of others" 1 "getrandom" policy diff codec renderer
check "diff has arguments where they matter" 1 "madvise              behavior=0x4" \
	policy diff codec renderer
check "diff with one that is not there" 2 "there is no such role" policy diff codec cdec
check "diff with one that is wrong" 2 "is it write?" policy diff codec wrong.policy
check "diff, for machines" 1 "" \
	json '.schema == 1 and (.differences | map(.call) | index("getrandom"))' \
	diff --json codec renderer
check "diff, for machines, of the same" 0 "" json '.differences == []' diff --json codec codec

check "a parameter's default refuses" 0 "errno EPERM" policy explain ftp.policy mkdirat
check "a parameter allows" 0 "uploads" policy explain --set write=yes ftp.policy mkdirat
check "a parameter that there is not" 1 "is it write?" policy check --set wriet=yes ftp.policy
check "a parameter of two words" 1 "is no single word" policy check --set 'write=a b' ftp.policy
check "diff of two values shows just what they change" 0 "mkdirat renameat2 unlinkat" \
	calls_of_diff ftp.policy rw.policy
check "rows of two values differ in the same" 0 "mkdirat renameat2 unlinkat" rows_that_differ

check "score counts" 0 "small             2        1         1" policy score small.policy
check "score says what is dangerous" 0 "may mount: it changes mounts" policy score small.policy
check "score, for machines" 0 "" \
	json '(.roles | length) == 10 and .roles[0].role == "renderer"' score --json
check "rows have a witness a verdict" 0 $'write\tfd=0x1\tallow' policy rows small.policy
check "disasm shows the number" 0 "(write)" policy disasm small.policy
check "disasm shows the end" 0 "return errno EACCES" policy disasm small.policy
check "disasm, for machines" 0 "" \
	json '.arch == "x86_64" and .instructions[0] == [32, 0, 0, 4]' \
	disasm --json --arch x86_64 small.policy

check "export wants a file" 2 "add --bpf FILE" policy export all.policy
check "export" 0 "" policy export all.policy --bpf all.bpf
check "export of what is wrong leaves no file" 1 "is it write?" \
	policy export wrong.policy --bpf wrong.bpf
check "indeed none" 1 "" test -e wrong.bpf
check "export to standard output is the same" 0 "" \
	sh -c "'$brig' policy export all.policy --bpf - | cmp - all.bpf"
check "eight bytes an instruction" 0 "" whole_instructions all.bpf
check "export to a directory that isn't there" 1 "No such file" \
	policy export all.policy --bpf nowhere/x.bpf
check "bwrap loads it, and allowed calls work" 0 "" in_bwrap all.bpf true
check "and refused ones fail with its errno" 1 "No such file or directory" in_bwrap all.bpf uname

check "try runs a program, and ends as it does" 7 "" policy try all.policy sh -c 'exit 7'
check "try refuses what the policy does" 1 "No such file or directory" policy try all.policy uname
check "try of nothing" 127 "can't be started" policy try all.policy ./nowhere
check "try of what is no program" 126 "can't be started" policy try all.policy ./all.bpf
conclude
