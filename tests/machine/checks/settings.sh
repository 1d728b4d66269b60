# shellcheck shell=bash
# What an administrator may have set.

layer()
{
	says ".layers[] | select(.name == \"$1\") | \"\(.errno) \(.stage): \(.remedy)\"" "${@:2}"
}

sysctl -qw user.max_user_namespaces=0
check "no user namespaces, as root" 3 "28 user_ns: user.max_user_namespaces is 0: raise" layer user_ns env
check "no user namespaces, as an ordinary user" 3 "28 user_ns: user.max_user_namespaces is 0: raise" layer user_ns as_user
check "that is the second level, as root" 0 "no_userns" said .tier env
check "that is the second level, as an ordinary user" 0 "no_userns" said .tier as_user
check "full is refused, as root" 3 "user_ns" level full env
check "full is refused, as an ordinary user" 3 "user_ns" level full as_user
check "what is accepted stands, as root" 0 "no_userns no_userns" level no_userns env
check "what is accepted stands, as an ordinary user" 0 "no_userns no_userns" level no_userns as_user
check "and the pictures are the same, as root" 0 "" render_exactly no_userns env
check "and the pictures are the same, as an ordinary user" 0 "" render_exactly no_userns as_user
sysctl -qw user.max_user_namespaces=1000

sysctl -qw kernel.unprivileged_userns_clone=0
check "Debian's setting, as root" 3 "kernel.unprivileged_userns_clone" layer user_ns env
check "Debian's setting, as an ordinary user" 3 "kernel.unprivileged_userns_clone" layer user_ns as_user
check "full is refused for it, as root" 3 "user_ns" level full env
check "full is refused for it, as an ordinary user" 3 "user_ns" level full as_user
check "the second level stands, as root" 0 "no_userns no_userns" level no_userns env
check "the second level stands, as an ordinary user" 0 "no_userns no_userns" level no_userns as_user
sysctl -qw kernel.unprivileged_userns_clone=1

mount -o remount,hidepid=2 /proc
check "hidepid is known" 0 "2" says .machine.hidepid env
check "hidepid, as root" 0 "full full" level full env
check "hidepid, as an ordinary user: doctor" 0 "full" says .tier as_user
check "hidepid, as an ordinary user" 0 "full full" level full as_user
mount -o remount,hidepid=0 /proc
check "all of it was that" 0 "full full" level full as_user
