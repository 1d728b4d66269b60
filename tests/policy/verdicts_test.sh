#!/bin/bash
# verdicts_test.sh BRIG - do the roles still say what tests/verdicts holds?
set -eu
root=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$root/scripts/renew-verdicts" --to "$work" "$1"
if diff -u -r "$root/tests/verdicts" "$work"; then
	echo "$(find "$work" -name '*.rows' | wc -l) files, $(cat "$work"/*.rows | wc -l) verdicts: as before"
	exit
fi
echo "Verdicts changed. If that is meant: scripts/renew-verdicts $1, and commit tests/verdicts."
exit 1
