#!/bin/bash
# violations_cli_test.sh BRIG HOSTILE_CHILD - what the command tells of a forbidden call. One line a
# check; fails if one does.
set -u
# shellcheck source=tests/support/check.sh
. "$(dirname "$(readlink -f "$0")")/../support/check.sh"
roles=$(dirname "$(readlink -f "$0")")/../../sandbox/roles
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir "$work/bin"
cp "$1" "$work/bin/brig"
cp "$2" "$work/bin/brig-child"
cd "$work" || exit 1
printf 'HOSTILE socket' >socket.png
printf 'HOSTILE ptrace' >ptrace.png
printf 'HOSTILE exit' >exit.png
printf 'HOSTILE channels' >message.png

# field FILE FILTER: of the record in the JSON document.
field()
{
	bin/brig render --json "$1" -o out.png 2>/dev/null | jq -c ".results[0].violation$2"
}

# The same of the process.
process()
{
	bin/brig render --json "$1" -o out.png 2>/dev/null | jq -c ".results[0].process$2"
}

# What is suggested stands at the end of the role's file, and passes.
rows_pass()
{
	cp "$roles"/*.policy . && field socket.png '.suggestion' | jq -r . >>renderer.policy &&
		bin/brig policy check ./renderer.policy &&
		bin/brig policy explain ./renderer.policy 'socket(AF_UNIX, SOCK_STREAM, 0)' &&
		bin/brig policy explain ./renderer.policy 'socket(AF_INET, SOCK_STREAM, 0)'
}

check "the row is named" 1 "socket.png: socket(family=AF_UNIX, type=SOCK_STREAM, protocol=0) is refused by base:" \
	bin/brig render socket.png -o out.png
check "so is its reason" 1 "the network is the broker's" bin/brig render socket.png -o out.png
check "and the place" 1 'in syscall, in a thread "brig-renderer"' bin/brig render socket.png -o out.png
check "or the class" 1 "is refused, as all of the class 'dangerous': reads and writes other processes" \
	bin/brig render ptrace.png -o out.png
check "all of it" 1 "ptrace.png:     ptrace: allow if request == PTRACE_ATTACH" \
	bin/brig render --verbose ptrace.png -o out.png
check "JSON: a row" 0 '["base","benign"]' field socket.png '|[.rule.file, .rule.class]'
check "JSON: a class" 0 '[null,null,"dangerous"]' field ptrace.png '.rule|[.file, .line, .class]'
check "JSON: arguments" 0 '[1,1,0]' field socket.png '.args[0:3]'
check "JSON: trusted" 0 'true' field socket.png '.trusted'
check "JSON: the place" 0 '"syscall"' field socket.png '.place.symbol'
check "JSON: null where there is none" 0 'null' field exit.png ''
check "JSON: the field of a bad message" 0 '["bad_message","surface.create: brig.ipc.SurfaceCreate.channels"]' \
	process message.png '|[.class, .detail]'
check "JSON: no detail where there is none" 0 '["exit",null]' process exit.png '|[.class, .detail]'
check "what is suggested passes" 0 "ok, " rows_pass
check "and allows it" 0 "allow          why it is needed" rows_pass
check "and nothing else" 0 "report         why it is needed" rows_pass
check "help explains it" 0 '"violation":' bin/brig help render
conclude
