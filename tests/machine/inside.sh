#!/bin/bash
# inside.sh - what runs in the machine, as process 1: the checks that the kernel's command line names
# (brig.checks=A,B), a line each on the console: "ok A: NAME" or "not ok A: NAME: WHY". Then it is over.
set -u
export PATH=/usr/bin:/bin:/usr/sbin:/sbin LC_ALL=C
console=/dev/console

mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs -o mode=1777 tmp /tmp
mount -t securityfs security /sys/kernel/security
mkdir -p /sys/fs/cgroup /dev/shm
ln -s /proc/self/fd /dev/fd
mount -t cgroup2 cgroup /sys/fs/cgroup
ip link set lo up
# shellcheck source=/dev/null
. /machine/paths # build, source
# shellcheck source=tests/machine/known.sh
. /machine/known.sh
brig=${build:?}/bin/brig
group=''

# check NAME WANTED_STATUS WANTED_TEXT COMMAND...: as in tests/support/check.sh.
check()
{
	local name=$1 wanted=$2 text=$3 got=0 said

	shift 3
	said=$("$@" 2>&1 </dev/null) || got=$?
	if [[ $got = "$wanted" && $said == *"$text"* ]]; then
		printf 'ok %s: %s\n' "$group" "$name" >$console
	else
		said=$(tail -c 3000 <<<"$said" | tr '\n\r' '  ')
		printf 'not ok %s: %s: status %s, not %s; it said: %s\n' "$group" "$name" "$got" \
			"$wanted" "$said" >$console
	fi
}

as_user()
{
	setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps=-all env HOME=/home/user USER=user "$@"
}

run_checks()
{
	local groups

	groups=$(sed -n 's/.*brig\.checks=\([^ ]*\).*/\1/p' /proc/cmdline)
	for group in ${groups//,/ }; do
		mkdir "/tmp/$group" && chmod 777 "/tmp/$group" && cd "/tmp/$group" || return
		# shellcheck source=/dev/null
		. "/machine/checks/$group.sh"
		printf 'seconds %s %s\n' "$group" "$(cut -d' ' -f1 /proc/uptime)" >$console
	done
}

printf '\n' >$console # firmware leaves its cursor where it likes
run_checks
printf 'kernel %s\n' "$(uname -r)" >$console
poweroff -f
