# shellcheck shell=bash
# More than the least is put on.

check "the least is full, as root" 0 "full full" level full env
check "the least is no_userns, as root" 0 "full full" level no_userns env
check "the least is seccomp_only, as root" 0 "full full" level seccomp_only env
check "the least is full, as an ordinary user" 0 "full full" level full as_user
check "the least is no_userns, as an ordinary user" 0 "full full" level no_userns as_user
check "the least is seccomp_only, as an ordinary user" 0 "full full" level seccomp_only as_user
