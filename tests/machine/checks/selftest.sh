# shellcheck shell=bash disable=SC2154
# Attempts to escape, where documents are decoded; all else: selftest-all.

check "nothing escapes, as an ordinary user" 0 "all held" as_user "$brig" selftest --quick
