# shellcheck shell=bash
# A kernel that was booted without Landlock.

check "it isn't there" 1 "" grep -q landlock /sys/kernel/security/lsm
check "doctor says so" 3 "95 boot with lsm=landlock,$(cat /sys/kernel/security/lsm)" says '.layers[] | select(.name == "landlock") | "\(.errno) \(.remedy | sub("Landlock is built in but not switched on: "; ""))"' env
check "each other layer is what this kernel has" 3 "" same_layers as_user
check "that is the last level, as root" 3 "seccomp_only" says .tier env
check "that is the last level, as an ordinary user" 3 "seccomp_only" says .tier as_user
check "full is refused" 3 "landlock" level full as_user
check "no_userns is refused" 3 "landlock" level no_userns as_user
check "what is accepted stands, as root" 0 "seccomp_only seccomp_only" level seccomp_only env
check "what is accepted stands, as an ordinary user" 0 "seccomp_only seccomp_only" level seccomp_only as_user
check "and the pictures are the same" 0 "" render_exactly seccomp_only as_user
