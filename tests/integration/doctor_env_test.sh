#!/bin/bash
# doctor_env_test.sh BRIG BRIG_CHILD - brig doctor in surroundings that are really made: it must name
# the cause, and what to do about it. Nothing of the machine's own is changed. One line a check.
set -u
# shellcheck source=tests/support/check.sh
. "$(dirname "$(readlink -f "$0")")/../support/check.sh"
PATH=$PATH:/usr/sbin:/sbin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Where any user may go.
chmod 755 "$work"
mkdir "$work/bin" && cp "$1" "$2" "$work/bin" || exit 1
brig=$work/bin/brig
cd "$work" || exit 1

# says EXPRESSION COMMAND...: what jq makes of the JSON document that brig prints there; its status.
says()
{
	local expression=$1 status

	shift
	"$@" "$brig" doctor --json >said.json
	status=$?
	jq -r "$expression" said.json || return 99
	return "$status"
}

# layer NAME COMMAND...
layer()
{
	local name=$1

	shift
	says ".layers[] | select(.name == \"$name\") | \"\(.errno) \(.cause) \(.stage): \(.remedy)\"" "$@"
}

ability()
{
	local name=$1

	shift
	says ".abilities[] | select(.name == \"$name\") | \"\(.errno) \(.step): \(.remedy)\"" "$@"
}

known()
{
	local name=$1

	shift
	says ".machine[\"$name\"]" "$@"
}

readonly all='"\(.tier), \([.layers[], .abilities[] | select(.required and (.ok | not))] | length) missing, \(.renderer.message)"'

# in_own COMMANDS COMMAND...: as an ordinary user of an own user namespace, with its capabilities,
# own mounts and processes, after the shell's commands.
in_own()
{
	local commands=$1

	shift
	unshare --user --keep-caps --map-user=1000 --map-group=1000 --mount --pid --fork --kill-child \
		sh -c "$commands"' && "$@"' sh "$@"
}

in_bwrap()
{
	local options

	read -ra options <<<"$1"
	shift
	bwrap --ro-bind / / --bind "$work" "$work" --dev /dev --proc /proc --unshare-all \
		"${options[@]}" -- "$@"
}

# The program, its helper, and what both need, in a directory: no mount of its own.
make_tree()
{
	local library

	mkdir -p tree/proc tree/dev "tree$work" tree/tmp
	cp -r bin "tree$work/" && cp /bin/sh tree/
	ldd "$brig" "$work/bin/brig-child" /bin/sh | grep -o '/[^ ]*' | sort -u | grep -v ':$' |
		while read -r library; do
			mkdir -p "tree$(dirname "$library")" && cp -L "$library" "tree$library"
		done
	: >tree/dev/null
}

readonly mounted='mount --rbind /proc tree/proc && mount --bind /dev/null tree/dev/null'

check "here" 0 "full, 0 missing, decoded" says "$all"
check "in text, too" 0 "reachable: full" "$brig" doctor
check "with abilities" 0 "attestation   ok" "$brig" doctor
check "JSON alone is on standard output" 0 "6" says 'length'
check "an unknown option" 2 "brig doctor [--json | --apparmor]" "$brig" doctor --bogus

check "bwrap, an ordinary user" 0 "full, 0 missing, decoded" says "$all" in_bwrap "--uid 1000"
check "its user namespace is known" 0 "an own one" known user_namespace in_bwrap "--uid 1000"
check "bwrap, root of it" 3 "1 uid uid: this is root of a user namespace without ids" \
	layer uid in_bwrap "--uid 0"
check "the rest needs that" 3 "1 uid uid" layer user_ns in_bwrap "--uid 0"
check "so nothing is reachable" 3 "none" says .tier in_bwrap "--uid 0"
check "bwrap that disables user namespaces" 3 "28 user_ns user_ns: " \
	layer user_ns in_bwrap "--unshare-user --disable-userns --uid 1000"
check "the limit is named" 3 "user.max_user_namespaces" \
	layer user_ns in_bwrap "--unshare-user --disable-userns --uid 1000"
check "without namespaces there is a tier" 3 "no_userns, 9 missing" \
	says "$all" in_bwrap "--unshare-user --disable-userns --uid 1000"

no_namespaces='echo 0 >/proc/sys/user/max_user_namespaces'
check "no user namespaces" 3 "28 user_ns user_ns: user.max_user_namespaces is 0" \
	layer user_ns in_own "$no_namespaces"
check "which pid_ns needs" 3 "28 user_ns user_ns" layer pid_ns in_own "$no_namespaces"
check "and seccomp doesn't" 3 "0 null null: " layer seccomp in_own "$no_namespaces"
check "the limit is known" 3 "user.max_user_namespaces" known limit_of_0 in_own "$no_namespaces"
check "no network namespaces" 3 "28 net_ns net_ns: user.max_net_namespaces is 0" \
	layer net_ns in_own 'echo 0 >/proc/sys/user/max_net_namespaces'

# As in containers: the root keeps user namespaces out then, and everything can be had.
read_only='mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys'
check "read-only /proc/sys is no hindrance" 0 "full, 0 missing, decoded" \
	says "$all" in_own "$read_only"
check "is known" 0 "read-only" known proc_sys in_own "$read_only"
check "a masked one neither" 0 "full, 0 missing, decoded" \
	says "$all" in_own 'mount -t tmpfs none /proc/sys'
check "is known" 0 "something is mounted over /proc/sys" \
	known masked in_own 'mount -t tmpfs none /proc/sys'
# Sanitizers can't do without.
if ! grep -qa __asan_init "$brig"; then
	readonly no_proc=(in_own 'mount -t tmpfs none /proc')
	check "no /proc" 3 "2 user_ns id_map: there is no /proc here" \
		layer user_ns "${no_proc[@]}"
	check "attestation misses it" 3 "2 finding it in /proc: there is no /proc here" \
		ability attestation "${no_proc[@]}"
fi
check "hidepid is known" 0 "2" known hidepid in_own 'mount -t proc -o hidepid=invisible proc /proc'
apparmor='mount -t tmpfs none /proc/sys/kernel &&
	echo 1 >/proc/sys/kernel/apparmor_restrict_unprivileged_userns'
check "AppArmor's setting is known" 0 "1" \
	known kernel.apparmor_restrict_unprivileged_userns in_own "$apparmor"

make_tree
check "chroot into a directory" 3 "1 user_ns user_ns: this process is in a chroot" \
	layer user_ns in_own "$mounted" chroot tree
check "is known" 3 "the root directory is not that of the mounts" \
	known chroot in_own "$mounted" chroot tree
bound='mkdir -p bound && mount --rbind / bound && mount -t proc proc bound/proc'
check "chroot into a mount, seen by pid 1" 3 "1 user_ns user_ns: this process is in a chroot" \
	layer user_ns in_own "$bound" chroot bound
blind='mkdir -p bound && mount --rbind / bound'
check "chroot into a mount, not to be seen" 3 "most likely this is a chroot" \
	layer user_ns in_own "$blind" chroot bound

mkdir -p false/bin && cp "$brig" false/bin && cp /bin/false false/bin/brig-child
check "all layers, but no helper that works" 3 "reachable: full" false/bin/brig doctor
check "what to do about that" 3 "To do: starting a process failed" false/bin/brig doctor
check "for machines" 3 "starting a process failed" sh -c "false/bin/brig doctor --json >r.json; s=\$?; jq -r .renderer.remedy r.json; exit \$s"

if [[ $(id -u) = 0 ]]; then
	nobody="setpriv --reuid 65534 --regid 65534 --clear-groups env -u HOME"
	# shellcheck disable=SC2086 # words
	check "nobody without a home" 0 "full, 0 missing, decoded" says "$all" $nobody
	# shellcheck disable=SC2086 # words
	check "who is nobody" 0 "65534" known uid $nobody
	lame=(setpriv --bounding-set=-sys_ptrace --inh-caps=-sys_ptrace)
	check "root without CAP_SYS_PTRACE" 3 "1 pidfd_getfd(2): root without CAP_SYS_PTRACE" \
		ability listener "${lame[@]}"
	check "can't attest" 3 "13 reading /proc/PID/ns: root without CAP_SYS_PTRACE" \
		ability attestation "${lame[@]}"
	check "so nothing is reachable" 3 "none" says .tier "${lame[@]}"
	check "and nothing is run" 3 "stage attest: Permission denied" \
		says .renderer.message "${lame[@]}"
	check "root in a chroot" 3 "1 user_ns user_ns: this process is in a chroot" \
		layer user_ns unshare --mount sh -c "$mounted"' && exec "$@"' sh chroot tree
fi

# Debian 12's parser knows neither this version of the language nor the rule: all the rest of it.
as_the_parser_knows()
{
	local version

	version=$(apparmor_parser --version | sed -n 's/^AppArmor parser version \([0-9]*\).*/\1/p')
	[[ -n $version ]] || return 1
	if [[ $version -ge 4 ]]; then
		cat
	else
		sed 's|abi/4.0|abi/3.0|; /^  userns,$/d'
	fi
}

"$brig" doctor --apparmor >profile
as_the_parser_knows <profile >known-profile
check "the AppArmor profile parses" 0 "" apparmor_parser -Q -K known-profile
check "and has both names" 0 "brig-child
brig-doctor" apparmor_parser -N known-profile
check "and allows user namespaces to both" 0 "2" grep -c '^  userns,$' profile
check "and is the helper's" 0 "" grep -qF "profile brig-child \"$work/bin/brig-child\" flags=(unconfined)" profile
check "and the command's" 0 "" grep -qF "profile brig-doctor \"$work/bin/brig\" flags=(unconfined)" profile
mkdir 'odd [dir]' && cp -r bin 'odd [dir]'
check "a path that a profile can't name" 1 "a profile can't name" "odd [dir]/bin/brig" doctor --apparmor
rm 'odd [dir]/bin/brig-child'
check "a helper that isn't there" 1 "brig-child is not installed" "odd [dir]/bin/brig" doctor --apparmor
conclude
