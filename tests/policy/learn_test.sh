#!/bin/bash
# learn_test.sh BRIG HELPER - policies that are learnt from real programs hold for their next runs,
# and for nothing more. One line a check; fails if one does.
set -u
# shellcheck source=tests/support/check.sh
. "$(dirname "$(readlink -f "$0")")/../support/check.sh"
brig=$1
helper=$2
work=$(mktemp -d)
server=''
trap '[[ -z $server ]] || kill "$server"; rm -rf "$work"' EXIT
cd "$work" || exit 1

# ten_times POLICY OUTPUT COMMAND...: under the policy it makes the same file each time.
ten_times()
{
	local policy=$1 output=$2 i

	shift 2
	cp "$output" wanted || return 1
	for i in $(seq 10); do
		rm -f "$output"
		"$brig" policy try "$policy" "$@" || return 1
		cmp wanted "$output" || return 1
	done
	echo "$i times"
}

verdict()
{
	"$brig" policy simulate "$1" <<<"$2"
}

until_it_prints()
{
	local line

	read -r line <"$1"
	printf '%s' "$line"
}

# A signal that learn gets goes to the program; the policy is written all the same.
terminated()
{
	local status=0 pid

	mkfifo started
	"$brig" policy learn -o term.policy -- sh -c 'echo up >started; exec sleep 600' &
	pid=$!
	until_it_prints started
	kill -TERM "$pid"
	wait "$pid" || status=$?
	[[ -s term.policy ]] || return 1
	return "$status"
}

# What the program leaves behind is watched to its end.
orphan()
{
	local status=0

	mkfifo gate
	"$brig" policy learn -o orphan.policy -- sh -c 'cat gate >late & exit 3' &
	echo words >gate
	wait $! || status=$?
	cat late
	return "$status"
}

stable()
{
	"$brig" policy learn -o one.policy -- cat in.svg &&
		"$brig" policy learn -o two.policy -- cat in.svg && cmp one.policy two.policy
}

cat >in.svg <<'SVG'
<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><defs><linearGradient id="g">
<stop offset="0" stop-color="#026"/><stop offset="1" stop-color="#fa3"/></linearGradient></defs>
<rect width="64" height="64" fill="url(#g)"/><circle cx="32" cy="32" r="20" fill="#fff"/></svg>
SVG
mkdir tree
for i in 1 2 3; do
	head -c 20000 "$brig" | tail -c "$((i * 5000))" >"tree/$i"
done

# ---- rsvg-convert ----
check "rsvg-convert is learnt" 0 "" \
	"$brig" policy learn -o svg.policy -- rsvg-convert in.svg -o out.png
check "its policy is proven" 0 "cases proven" "$brig" policy check svg.policy
check "it draws the same under it, ten times" 0 "10 times" \
	ten_times svg.policy out.png rsvg-convert in.svg -o out.png
check "the network is refused" 0 "errno EPERM" verdict svg.policy 'socket(AF_INET, SOCK_STREAM, 0)'
check "really refused" 1 "socket: Operation not permitted" "$brig" policy try svg.policy "$helper" socket
check "its exec is in it: the program's start is watched" 0 "runs another program" \
	grep '^execve: allow' svg.policy

# ---- curl ----
mkfifo port
"$helper" serve >port &
server=$!
url=http://127.0.0.1:$(until_it_prints port)/
check "curl is learnt" 0 "" "$brig" policy learn -o curl.policy -- curl -sS -o page "$url"
check "what it fetched while it was watched is whole" 0 "hello" cat page
check "its policy is proven" 0 "cases proven" "$brig" policy check curl.policy
check "it fetches the same under it, ten times" 0 "10 times" \
	ten_times curl.policy page curl -sS -o page "$url"
check "TCP is allowed" 0 "allow" verdict curl.policy 'socket(AF_INET, SOCK_STREAM, 6)'
check "raw sockets are not" 0 "errno EPERM" verdict curl.policy 'socket(17, 3, 3)'

# ---- tar, which forks gzip ----
check "tar is learnt" 0 "" "$brig" policy learn -o tar.policy -- tar -czf out.tgz tree
check "its policy is proven" 0 "cases proven" "$brig" policy check tar.policy
check "it packs the same under it, ten times" 0 "10 times" \
	ten_times tar.policy out.tgz tar -czf out.tgz tree
check "a program that opens a socket gets EPERM under it" 1 "socket: Operation not permitted" \
	"$brig" policy try tar.policy "$helper" socket
check "the helper's socket is there without it" 0 "" "$helper" socket
check "memory that is writable and code is not allowed, though each was seen" 0 "errno EPERM" \
	verdict tar.policy 'mmap(0, 4096, PROT_READ|PROT_WRITE|PROT_EXEC)'
check "but code is" 0 "allow" verdict tar.policy 'mmap(0, 4096, PROT_READ|PROT_EXEC)'

# ---- forks and pipes, threads ----
check "a shell's pipe is learnt, children and all" 0 "B" \
	"$brig" policy learn -o pipe.policy -- sh -c 'echo a | tr a B'
check "it runs under its policy" 0 "B" "$brig" policy try pipe.policy sh -c 'echo a | tr a B'
check "threads are learnt" 0 "" "$brig" policy learn -o xz.policy -- xz -kfT2 --block-size=4096 tree/3
check "they run under their policy, ten times" 0 "10 times" \
	ten_times xz.policy tree/3.xz xz -kfT2 --block-size=4096 tree/3
check "threads come by clone, whose flags are checked" 0 "clone_flags == " grep '^clone:' xz.policy
check "since clone3 was answered with ENOSYS" 0 "errno ENOSYS" grep '^clone3:' xz.policy
check "another kind of clone is refused" 0 "errno EPERM" verdict xz.policy 'clone(0x10000000)'

# ---- how it ends ----
check "a failure is the program's own" 7 "failed with status 7" \
	"$brig" policy learn -o end.policy -- sh -c 'exit 7'
check "and has a policy" 0 "cases proven" "$brig" policy check end.policy
# shellcheck disable=SC2016 # the other shell's
check "a death by signal is told as a shell does" 137 "killed by signal 9" \
	"$brig" policy learn -o kill.policy -- sh -c 'kill -KILL $$'
check "and has a policy with the signal" 0 "sig == " grep '^kill:' kill.policy
check "SIGTERM goes to the program" 143 "killed by signal 15" terminated
check "an orphan is watched to its end" 3 "words" orphan
check "what isn't there is 127" 127 "can't be started" "$brig" policy learn -- ./missing
check "what is no program is 126" 126 "can't be started" "$brig" policy learn -- ./in.svg
check "one listener in another is refused, with the reason" 1 "another listener" \
	"$brig" policy learn -o outer.policy -- "$brig" policy learn -- true

# ---- what is written ----
check "two runs give the same file" 0 "" stable
check "a base role's rows are not repeated" 1 "" \
	grep -E '^(read|write|close|lseek):' <("$brig" policy learn --role service -- cat in.svg)
check "what it lacks is" 0 "openat: allow if flags" \
	grep '^openat:' <("$brig" policy learn --role service -- cat in.svg)
"$brig" policy learn --role service -o based.policy -- cat in.svg >based.out
check "with its base it is proven" 0 "cases proven" "$brig" policy check based.policy
check "and runs" 0 "linearGradient" "$brig" policy try based.policy cat in.svg
check "more different arguments than are kept are any" 0 "more different arguments" \
	"$brig" policy learn -- "$helper" commands
if "$helper" foreign; then
	check "a foreign architecture's call is told, and not allowed" 0 \
		"call 64 of architecture 0x40000003" "$brig" policy learn -- "$helper" foreign
else
	check "this kernel has no foreign architecture" 139 "" "$brig" policy learn -- "$helper" foreign
fi
ln -s "$(type -P true)" $'a;\n# b'
check "an odd name makes no odd file" 0 'role a----b' "$brig" policy learn -- $'./a;\n# b'
check "a base that isn't there is said" 1 "there is no such role" \
	"$brig" policy learn --role nowhere -- true

conclude
