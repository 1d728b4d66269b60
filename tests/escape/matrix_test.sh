#!/bin/bash
# matrix_test.sh BRIG - the whole escape suite: every attempt in every role at every tier.
set -u
# shellcheck source=tests/support/check.sh
. "$(dirname "$(readlink -f "$0")")/../support/check.sh"
brig=$1

check "nothing escapes, and each attempt is stopped for its reason" 0 \
	" x 7 roles x 3 tiers: all held" "$brig" selftest
conclude
