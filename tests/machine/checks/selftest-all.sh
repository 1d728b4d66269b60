# shellcheck shell=bash disable=SC2154
# Attempts to escape, from each role at each level.

check "renderer, as root" 0 "all held" "$brig" selftest --quick
check "renderer" 0 "all held" as_user "$brig" selftest --role renderer
check "codec" 0 "all held" as_user "$brig" selftest --role codec
check "plugin" 0 "all held" as_user "$brig" selftest --role plugin
check "network" 0 "all held" as_user "$brig" selftest --role network --tier full
check "network by the filter alone" 0 "all held" as_user "$brig" selftest --role network --tier seccomp_only
# 49.reach-tcp: only a namespace stops TCP there before Linux 6.7 (Landlock's ABI 4).
check "network without namespaces, but for TCP" "$(since 6 7 && echo 0 || echo 1)" "$(since 6 7 && echo 'all held' || echo ', 1 ESCAPED, 0 for another reason')" as_user "$brig" selftest --role network --tier no_userns
check "service" 0 "all held" as_user "$brig" selftest --role service
