#!/bin/bash
# import_test.sh BRIG DIRECTORY - minijail's policy files, and what calls get under them once they
# are ours. One line a check; fails if one does.
set -u
# shellcheck source=tests/support/check.sh
. "$(dirname "$(readlink -f "$0")")/../support/check.sh"
brig=$1
policies=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$policies"/*.policy "$work" && cd "$work" || exit 1

import()
{
	"$brig" policy import --from minijail "$@"
}

# Each call of the table on standard input has the verdict that stands behind it there.
verdicts()
{
	local policy=$1 line

	while read -r line; do
		[[ -n $line ]] || continue
		check "$policy: $line" 0 "$(sed 's/  */ /g; s/ => /\t/' <<<"$line")." one "$policy" \
			"$(sed 's/  */ /g; s/ => .*//' <<<"$line")"
	done
}

one()
{
	printf '%s.' "$("$brig" policy simulate "$1.role.policy" <<<"$2")"
}

# wrong NAME WANTED_TEXT TEXT: a file that is refused, and where.
wrong()
{
	printf '%s\n' "$3" >wrong.policy
	check "$1" 1 "wrong.policy:$2" import wrong.policy
}

# ---- the manual's syntax ----
check "the manual's syntax is read" 0 "" import -o decoder.role.policy decoder.policy
check "what it became is proven" 0 "cases proven" "$brig" policy check decoder.role.policy
check "a remark is the row's reason" 0 "its time's end (decoder.policy:10)" \
	grep '^rt_sigreturn' decoder.role.policy
verdicts decoder <<'CALLS'
read(0, 0, 9)                                 => allow
lseek(3, 5, 0)                                => allow
lseek(3, 5, 1)                                => allow
lseek(3, 5, 2)                                => kill
mmap(0, 4096, 3, 0x22, -1, 0)                 => allow
mmap(0, 4096, 0, 0x22, -1, 0)                 => allow
mmap(0, 4096, 3, 0x21, 3, 0)                  => kill
mmap(0, 4096, 1, 0x2, 9, 0)                   => allow
mmap(0, 4096, 1, 0x2, 10, 0)                  => kill
mmap(0, 4096, 3, 0x2, 9, 0)                   => kill
mmap(0, 4096, 5, 0x22, -1, 0)                 => kill
mmap(0, 4096, 0x100000001, 0x22, -1, 0)       => kill
mprotect(0, 4096, 3)                          => allow
mprotect(0, 4096, 0xfb)                       => allow
mprotect(0, 4096, 4)                          => kill
madvise(0, 4096, 4)                           => allow
madvise(0, 4096, 3)                           => errno ENOSYS
madvise(0, 4096, 0x100000004)                 => allow
openat(-100, 0, 0, 0)                         => errno EACCES
newfstatat(-100, 0, 0, 0)                     => errno ENOENT
fcntl(3, 3, 0)                                => allow
fcntl(3, 1, 0)                                => allow
fcntl(3, 2, 0)                                => errno EPERM
futex(0, 0x80, 0)                             => allow
futex(0, 0x86, 0)                             => kill
futex(0, 6, 0)                                => kill
socket(2, 1, 0)                               => kill
execve(0, 0, 0)                               => kill
600                                           => kill
CALLS

# ---- the newer compiler's, with an include ----
check "the newer syntax is read, and what is left out is told" 0 "device.policy:10: mmap2" \
	import -o device.role.policy device.policy
check "frequencies are passed over, and that is told" 0 "device.policy:3: @frequency" \
	import device.policy
check "what it became is proven" 0 "cases proven" "$brig" policy check device.role.policy
check "a row of an included file says where it is from" 0 "common.policy:5" \
	grep -A1 '^mprotect' device.role.policy
verdicts device <<'CALLS'
write(1, 0, 9)                                => allow
exit_group(0)                                 => allow
mprotect(0, 4096, 3)                          => allow
mprotect(0, 4096, 5)                          => allow
mprotect(0, 4096, 7)                          => trap
prctl(15, 0)                                  => allow
prctl(16, 0)                                  => errno EPERM
mmap(0, 4096, 3, 0x12, 3, 0)                  => allow
mmap(0, 4096, 5, 0x12, 3, 0)                  => kill
mmap(0, 4096, 5, 0x2, 3, 0)                   => errno EPERM
openat(-100, 0, 0x80001, 0)                   => errno EACCES
openat(-100, 0, 0x80000, 0)                   => log
openat(-100, 0, 0, 0)                         => allow
open(0, 0, 0)                                 => trap
clone(0x11, 0)                                => trap
clone(0x10011, 0)                             => trap
clone(0x20011, 0)                             => allow
clone(-1, 0)                                  => allow
socket(1, 1, 0)                               => allow
socket(1, 0x80001, 0)                         => allow
socket(1, 0x801, 0)                           => trap
socket(2, 1, 0)                               => trap
kill(1, 0)                                    => trap
kill(1, 1)                                    => allow
kill(1, 3)                                    => trap
kill(1, -1)                                   => notify
lseek(3, 0, 0)                                => trap
lseek(3, 0x7fffffff00000000, 0)               => allow
lseek(3, 0x7ffffffeffffffff, 0)               => trap
execve(0, 0, 0)                               => trap
CALLS

check "a third is read" 0 "no tracer" import -o service.role.policy service.policy
verdicts service <<'CALLS'
read(3, 0, 9)                                 => allow
read(4, 0, 9)                                 => kill
read(-1, 0, 9)                                => kill
write(3, 0, 9)                                => trap
write(4, 0, 9)                                => allow
write(6, 0, 9)                                => trap
recvmsg(3, 0, 0x40)                           => errno ENOSYS
recvmsg(3, 0, 0)                              => allow
sendmsg(3, 0, 0)                              => allow
getpid()                                      => allow
ioctl(3, 0x5401, 0)                           => errno ENOTTY
ioctl(3, 0x541b, 0)                           => allow
ioctl(3, 0x5402, 0)                           => kill
setsockopt(3, 1, 9, 0)                        => allow
setsockopt(3, 6, 1, 0)                        => allow
setsockopt(3, 6, 9, 0)                        => kill
CALLS

# ---- includes ----
mkdir -p sub deep
printf '@include ./decoder.policy\n' >sub/here.policy
check "an include that isn't beside the file is looked for here" 0 "(decoder.policy:10)" \
	import sub/here.policy
printf '@include ./self.policy\n' >self.policy
check "a file that includes itself is stopped" 1 "files are included 10 deep" import self.policy
printf '@include ./renderer\n' >role.policy
check "a role of ours is no file of theirs" 1 "role.policy:1" import role.policy

# ---- what is refused, and where ----
wrong "a list of what is forbidden" "1:1: a list of what is forbidden" '@denylist'
wrong "a default that allows" "2:10: a default that lets" $'read: 1\n@default allow'
wrong "a comparison that isn't one" "1:12: a comparison was expected" 'read: arg0 = 1'
wrong "no value" "1:14: a number or a constant" $'read: arg0 == \\\n'
wrong "a constant that isn't there, with the nearest" "2:15: there is no constant 'PROT_RAED'; is it PROT_READ?" \
	$'read: 1\nmmap: arg2 == PROT_RAED'
wrong "an argument that the call hasn't got" "1:7: read has no arg3" 'read: arg3 == 1'
wrong "a seventh argument" "1:7: an argument was expected" 'read: arg6 == 1'
wrong "a value that can't be there" "1:16: 0x100000000 is wider than whence" \
	'lseek: arg2 == 0x100000000'
wrong "a bracket that isn't closed" "1:28: ')' was expected" 'mmap: arg2 in ~(PROT_READ|1'
wrong "a brace that isn't closed" "1:15: '}' or ','" 'read: { allow ;'
wrong "an action that isn't one" "1:7: an expression or an action" 'read: permit'
wrong "an errno that isn't one" "1:14: there is no constant 'EWHAT'" 'read: return EWHAT'
wrong "an errno of 0" "1:14: '0' is no errno" 'read: return 0'
wrong "no colon" "1:6: ':' was expected" 'read 1'
wrong "something behind it" "1:9: '1' where the statement should end" 'read: 1 1'
wrong "a byte that means nothing" "1:7: a byte 0x25" 'read: %1'
wrong "a second verdict" "3:7: read has a verdict for all that is left already (wrong.policy:1)" \
	$'read: 1\n\nread: return EPERM'
wrong "a group, which is defined elsewhere" "1:1: 'io@libc' is a group" 'io@libc: 1'
wrong "metadata that nobody knows" "1:6: 'arch=' was expected" 'read[os=x]: 1'
wrong "an include that isn't there" "1:9: './gone.policy' can't be included: No such file" \
	'@include ./gone.policy'
wrong "a path that is none" "1:9: a path was expected" '@include gone.policy'
printf 'read: arg0 == \n' >inner.policy
printf 'write: 1\n@include ./inner.policy\n' >outer.policy
check "an error in an included file is told there" 1 "inner.policy:1:14" import outer.policy
check "a file that isn't there" 1 "No such file" import gone.policy
check "another format is a usage error" 2 "--from minijail" \
	"$brig" policy import --from yaml decoder.policy
printf 'lseek: arg1 < 0 || arg1 & ~0xffffffffffffffff; return EPERM\n' >never.policy
check "an expression that nothing meets leaves its action" 0 "lseek: errno EPERM" import never.policy
check "for another architecture, by its constants" 0 "openat: errno EACCES" \
	import --arch aarch64 decoder.policy

conclude
