# shellcheck shell=bash
# Pictures are what they are elsewhere.

check "every kind of picture as root" 0 "" render_exactly full env
check "every kind of picture as an ordinary user" 0 "" render_exactly full as_user
check "a forbidden call is told to root" 0 "true socket syscall" told env
check "a forbidden call is told to an ordinary user" 0 "true socket syscall" told as_user
