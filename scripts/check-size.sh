#!/bin/bash
# scripts/check-size.sh - files aim for 300 lines and never exceed 600; functions, never over 60.
#
# Usage: scripts/check-size.sh
#
# `static const` tables don't count, generated files aren't looked at, and the functions of tests
# may be longer.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"

# shellcheck disable=SC2016 # awk's own $0
# Kernel braces: a function is what stands between a { and a } in the first column.
readonly measure='
function report(what, lines, limit) {
	printf "%s: %s has %d lines, over %d\n", FILENAME, what, lines, limit
	bad = 1
}
/^static const .*= \{$/ { table = 1 }
table { if (/^\};/) table = 0; next }
{ lines++ }
/^\{$/ { start = FNR; name = previous }
/^}/ && start {
	if (FNR - start > 60 && FILENAME !~ /^tests\/|\.cc$/)
		report(name, FNR - start, 60)
	start = 0
}
/^[a-z_].*\(/ { previous = $0 }
END {
	if (lines > 600)
		report("the file", lines, 600)
	else if (lines > 300)
		printf "%s is over 300 lines\n", FILENAME
	exit bad
}'

main()
{
	local file bad=0 long

	long=$(mktemp)
	# shellcheck disable=SC2064 # now
	trap "rm -f '$long'" EXIT
	while read -r file; do
		awk "$measure" "$file" >>"$long" || bad=1
	done < <(source_files '*.c' '*.h' '*.cc')
	cat "$long"
	say "note: $(grep -c 'over 300' "$long" || true) files above 300 lines"
	return "$bad"
}

main
