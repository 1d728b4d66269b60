#!/bin/bash
# trace_test.sh BRIG PICTURE - a journal of real processes, and what `brig trace` makes of it. One line
# a check.
set -u
# shellcheck source=tests/support/check.sh
. "$(dirname "$(readlink -f "$0")")/../support/check.sh"
brig=$1
picture=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
cp "$picture" a.png
printf 'BRIG-SHEET 1\ncell 8x8\ngrid 2x1\na.png\nb.png\n' >a.sheet

# Of each line what is the same each time: child, direction, method and kind.
told()
{
	"$brig" trace "$1" | sed -E 's/^ *[0-9.]+ ms  //; s/, .*//'
}

as_expected()
{
	diff - <(told a.journal) <<'END'
renderer 1 begins
renderer 1 > lifecycle.sealed event
renderer 1 < job.start event
renderer 1 > surface.create request #1
renderer 1 < surface.create reply #1
renderer 1 > job.finished event
renderer 1 ends: clean
END
}

# json EXPRESSION OPTION JOURNAL
json()
{
	"$brig" trace "$2" "$3" >said.json && [[ -s said.json ]] && jq -e "$1" <said.json >/dev/null
}

cut_off()
{
	head -c $(($(stat -c %s a.journal) - 5)) a.journal >cut.journal
	"$brig" trace cut.journal
}

check "a trace is written" 0 "1 of 1 rendered" "$brig" render a.png -o b.png --trace a.journal
check "for its owner alone" 0 600 stat -c %a a.journal
check "it tells who said what" 0 "" as_expected
check "with payloads" 0 "" "$brig" render a.sheet -o c.png --quiet --trace p.journal --trace-payloads
check "the codecs of a sheet are children of their own" 0 "codec 2 ends: clean" told p.journal
check "headers alone have no payload" 0 "" json '.payloads == false and all(.records[]; has("payload") | not)' --json a.journal
check "payloads are there where asked for" 0 "" json \
	'.payloads and any(.records[]; .method == "files.open" and .payload == "0a05612e706e67")' --json p.journal
check "a reply tells how long it took" 0 "" json \
	'[.records[] | select(.kind == "reply")] | length > 0 and all(.[]; .took_us >= 0 and .took_us < 60000000)' --json p.journal
check "trace events: a name for each child" 0 "" json \
	'[.traceEvents[] | select(.ph == "M") | .args.name] == ["renderer 1", "codec 2", "codec 3"]' --chrome p.journal
check "a bar for each call" 0 "" json \
	'any(.traceEvents[]; .ph == "X" and .name == "codec.decode" and .dur > 0 and .ts > 0 and .pid == 1)' --chrome p.journal
check "each event has what the format wants" 0 "" json \
	'all(.traceEvents[]; .name and .pid and (.ph == "M" or (.tid and .ts >= 0)))' --chrome p.journal
check "one that is cut off is told" 1 "cut.journal ends within a record" cut_off
check "and what is whole is shown" 1 "surface.create request #1" cut_off
check "what is none" 1 "a.png is no journal" "$brig" trace a.png
check "what isn't there" 2 "none: No such file" "$brig" trace none
check "payloads of what?" 2 "add --trace FILE" "$brig" render a.png -o d.png --trace-payloads
check "a trace that can't be written" 2 "the trace /nowhere/x can't be written: No such file" \
	"$brig" render a.png -o d.png --trace /nowhere/x
check "then nothing is rendered" 1 "" test -e d.png
check "nor one on a full disk" 2 "the trace /dev/full can't be written: No space left" \
	"$brig" render a.png -o e.png --trace /dev/full
conclude
