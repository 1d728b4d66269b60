# shellcheck shell=bash disable=SC2154
# Attempts to escape, from each role at each level.

check "renderer, as root" 0 "all held" "$brig" selftest --quick
check "renderer" 0 "all held" as_user "$brig" selftest --role renderer
check "codec" 0 "all held" as_user "$brig" selftest --role codec
check "plugin" 0 "all held" as_user "$brig" selftest --role plugin
check "network" 0 "all held" as_user "$brig" selftest --role network
check "service" 0 "all held" as_user "$brig" selftest --role service
