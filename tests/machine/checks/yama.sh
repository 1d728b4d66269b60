# shellcheck shell=bash
# Yama's rules on who may look into a process. The last can't be taken back: nothing comes after it.

ability()
{
	says ".abilities[] | select(.name == \"$1\") | \"\(.errno) \(.step): \(.remedy)\"" "${@:2}"
}

sysctl -qw kernel.yama.ptrace_scope=1
check "1: as root" 0 "full full" level full env
check "1: as an ordinary user" 0 "full full" level full as_user
check "1: doctor says so" 0 "full" says .tier as_user
check "1: without namespaces" 0 "full full" level no_userns as_user
check "1: forbidden calls are told to root" 0 "true socket syscall" told env
check "1: forbidden calls are told to an ordinary user" 0 "true socket syscall" told as_user
sysctl -qw kernel.yama.ptrace_scope=2
check "2: as root" 0 "full full" level full env
check "2: as an ordinary user" 0 "full full" level full as_user
check "2: doctor says so" 0 "full" says .tier as_user
check "2: forbidden calls are told to root" 0 "true socket syscall" told env
check "2: forbidden calls are told to an ordinary user" 0 "true socket syscall" told as_user
sysctl -qw user.max_user_namespaces=0
check "2: without namespaces, as root" 0 "no_userns no_userns" level no_userns env
check "2: without namespaces, as an ordinary user" 0 "no_userns no_userns" level no_userns as_user
check "2: without namespaces, doctor knows of root" 3 "no_userns" says .tier env
check "2: without namespaces, doctor knows of an ordinary user" 3 "no_userns" says .tier as_user
sysctl -qw user.max_user_namespaces=1000
sysctl -qw kernel.yama.ptrace_scope=3
check "3: doctor says so to root" 3 "1 pidfd_getfd(2): kernel.yama.ptrace_scope is 3" ability listener env
check "3: doctor says so to an ordinary user" 3 "1 pidfd_getfd(2): kernel.yama.ptrace_scope is 3" ability listener as_user
check "3: so nothing is reachable" 0 "none" said .tier as_user
check "3: root is refused" 3 "kernel.yama.ptrace_scope below 3" level full env
check "3: an ordinary user is refused" 3 "kernel.yama.ptrace_scope below 3" level full as_user
