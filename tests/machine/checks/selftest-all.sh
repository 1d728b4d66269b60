# shellcheck shell=bash disable=SC2154
# Attempts to escape, from each role at each level.

check "renderer, as root" 0 "all held" "$brig" selftest --quick
check "renderer" 0 "all held" as_user "$brig" selftest --role renderer
check "codec" 0 "all held" as_user "$brig" selftest --role codec
check "plugin" 0 "all held" as_user "$brig" selftest --role plugin
check "network" 0 "all held" as_user "$brig" selftest --role network --tier full
check "network by the filter alone" 0 "all held" as_user "$brig" selftest --role network --tier seccomp_only
# Before Linux 6.7 only a namespace stops TCP, so none is run without (Landlock's ABI 4).
check "network without namespaces" "$(since 6 7 && echo 0 || echo 3)" "$(since 6 7 && echo 'all held' || echo 'network is not run at no_userns here')" as_user "$brig" selftest --role network --tier no_userns
check "service" 0 "all held" as_user "$brig" selftest --role service
check "workers" 0 "all held" as_user "$brig" selftest --role workers
check "compute" 0 "all held" as_user "$brig" selftest --role compute
