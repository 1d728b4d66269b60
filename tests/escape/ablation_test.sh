#!/bin/bash
# ablation_test.sh BRIG SOURCE - that docs/ABLATION.md is what is measured here. One line a check.
set -u
# shellcheck source=tests/support/check.sh
. "$(dirname "$(readlink -f "$0")")/../support/check.sh"
brig=$1
source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# Attempts that this machine gives no chance: their rows have but dashes.
impossible()
{
	sed -n 's/^| \([^ ]*\) |.* | - | - | - .*/\1/p' ABLATION.md
}

# The table's rows without those: of the others the same must be said.
rows()
{
	grep '^| [0-9]' "$1" | awk 'NR == FNR { out[$1] = 1; next } !($2 in out)' <(impossible) -
}

same_ablation()
{
	"$brig" selftest --ablation --markdown >ABLATION.md || return 1
	if [[ $(impossible) ]]; then
		diff <(rows "$source/docs/ABLATION.md") <(rows ABLATION.md)
	else
		diff "$source/docs/ABLATION.md" ABLATION.md
	fi
}

check "docs/ABLATION.md is what is measured" 0 "" same_ablation
conclude
