# shellcheck shell=bash disable=SC2154
# What doctor says of a machine as Debian ships it, against what is known of it otherwise.

check "as root all can be had" 0 "full, decoded" says '"\(.tier), \(.renderer.message)"' env
check "as an ordinary user, too" 0 "full, decoded" says '"\(.tier), \(.renderer.message)"' as_user
check "each layer as root is what this kernel has" 0 "" same_layers env
check "each layer as an ordinary user is, too" 0 "" same_layers as_user
check "Landlock's version is this kernel's" 0 "$(landlock_abi)" said '.layers[] | select(.name == "landlock") | .detail' env
check "both abilities as root" 0 "0 0" said '[.abilities[].errno | tostring] | join(" ")' env
check "both abilities as an ordinary user" 0 "0 0" said '[.abilities[].errno | tostring] | join(" ")' as_user
check "the kernel" 0 "" same_setting kernel /proc/sys/kernel/osrelease
check "the security modules" 0 "" same_setting security_modules /sys/kernel/security/lsm
check "Yama" 0 "" same_setting kernel.yama.ptrace_scope /proc/sys/kernel/yama/ptrace_scope
check "Debian's setting" 0 "" same_setting kernel.unprivileged_userns_clone /proc/sys/kernel/unprivileged_userns_clone
check "nothing is over /proc" 0 "null null null" said '.machine | "\(.masked) \(.hidepid) \(.chroot)"' env
check "in text" 0 "reachable: full" "$brig" doctor
