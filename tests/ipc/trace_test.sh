#!/bin/bash
# trace_test.sh BRIG PICTURE - a journal of real processes, and what `brig trace` makes of it. One line
# a check.
set -u
# shellcheck source=tests/support/check.sh
. "$(dirname "$(readlink -f "$0")")/../support/check.sh"
# shellcheck source=tests/support/journal.sh
. "$(dirname "$(readlink -f "$0")")/../support/journal.sh"
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
	'[.traceEvents[] | select(.name == "process_name") | .args.name] == ["renderer 1", "codec 2", "codec 3"]' --chrome p.journal
check "a bar for each call" 0 "" json \
	'any(.traceEvents[]; .ph == "X" and .name == "codec.decode" and .dur > 0 and .ts > 0 and .pid == 1)' --chrome p.journal
check "each event has what the format wants" 0 "" json \
	'all(.traceEvents[]; .name and .pid and (.ph == "M" or (.tid and .ts >= 0)))' --chrome p.journal

# Two calls of which neither lies within the other, and a third behind the first.
overlapping()
{
	{
		head -c 24 a.journal
		said 0 1000 1 1 && said 0 2000 1 2 && said 1 3000 2 1 && said 1 4000 2 2
		said 0 5000 1 3 && said 1 6000 2 3
	} >o.journal
	json '[.traceEvents[] | [.ts, .dur, .tid]] == [[1000, 2000, 1], [2000, 2000, 2], [5000, 1000, 1]]' \
		--chrome o.journal
}

tracks()
{
	{
		begun a.journal
		said 0 1000000 1 1 && said 0 2000000 1 2 && said 1 3000000 2 1 && said 1 4000000 2 2
	} >tracks.journal
	json '[.traceEvents[] | select(.name == "thread_name") | [.tid, .args.name]] == [[1, "calls"], [2, "calls 2"]]
		and [.traceEvents[] | select(.name == "thread_sort_index") | .args.sort_index] == [1, 2]' \
		--chrome tracks.journal
}

# One begins when another has just ended: speedscope makes one bar of two such of a name.
touching()
{
	{
		begun a.journal
		said 0 1000000 1 1 && said 1 2000000 2 1 && said 0 2000000 1 2 && said 1 3000000 2 2
		said 0 3000000 1 3 && said 1 4000000 2 3
	} >touching.journal
	json '[.traceEvents[] | select(.ph == "X" and .args) | [.ts, .tid]] == [[1000000, 1], [2000000, 2], [3000000, 1]]' \
		--chrome touching.journal
}

# Refused, given up, and without an answer when the journal ends; and what is of no method.
unhappy()
{
	{
		begun a.journal
		said 0 1000000 1 1 && said 1 2000000 3 1 && said 0 3000000 1 2
		said 0 4000000 5 7 && said 1 5000000 6 0 0
	} >u.journal
	json '[.traceEvents[] | select(.cat and .args) | [.name, .ph, .ts, .dur, .args.from]] == [
		["64.1: error", "X", 1000000, 1000000, "child"], ["64.1: cancel", "i", 4000000, null, "child"],
		["credit", "i", 5000000, null, "broker"], ["64.1: no answer", "X", 3000000, 2000000, "child"]]' \
		--chrome u.journal
}

# Each within its own, of which it is the first event: viewers take what comes later as what is within.
lives()
{
	# shellcheck disable=SC2016 # it is jq's
	json '[.traceEvents[] | select(.cat)] | group_by(.pid) | [.[][0].name] == ["renderer 1: clean", "codec 2: clean",
		"codec 3: clean"] and all(.[]; .[0] as $life | all(.[]; .tid == 1 and .ts >= $life.ts and
		.ts + (.dur // 0) <= $life.ts + $life.dur)) and all(.[]; length > 4)' --chrome p.journal
}

check "bars of one track never overlap" 0 "" overlapping
check "nor do they touch" 0 "" touching
check "tracks have names, and their order" 0 "" tracks
check "children have theirs" 0 "" json \
	'[.traceEvents[] | select(.name == "process_sort_index") | [.pid, .args.sort_index]] == [[1, 1], [2, 2], [3, 3]]' \
	--chrome p.journal
check "a child's life is a bar around its calls" 0 "" lives
check "what came of a call is in its name" 0 "" unhappy
check "who hasn't ended when the journal does" 0 "" json \
	'any(.traceEvents[]; .ph == "X" and .name == "renderer 1: not ended" and .dur > 4000000)' --chrome u.journal
check "one that is cut off is told" 1 "cut.journal ends within a record" cut_off
check "and what is whole is shown" 1 "surface.create request #1" cut_off
check "what is none" 1 "a.png is no journal" "$brig" trace a.png
check "what isn't there" 2 "none: No such file" "$brig" trace none

# Each time the same, however little of a CPU it gets.
same_under_load()
{
	local busy=()

	"$brig" replay --json p.journal >one.json || return 1
	for _ in 1 2 3 4; do
		while :; do :; done &
		busy+=($!)
	done
	nice -n 19 "$brig" replay --json p.journal >two.json
	kill "${busy[@]}"
	cmp one.json two.json
}

# Its last record, an end, says that a bad message was its reason.
tampered()
{
	cp p.journal t.journal
	printf '\15\0\0\0\6\0\0\0' | dd of=t.journal bs=1 seek=$(($(stat -c %s p.journal) - 8)) \
		conv=notrunc status=none
	"$brig" replay t.journal
}

fields()
{
	"$brig" replay p.journal >said.txt && grep -q "no difference" said.txt && ! grep -q fields said.txt
}

replayed()
{
	"$brig" replay --json p.journal >said.json && [[ -s said.json ]] && jq -e "$1" <said.json >/dev/null
}

check "a replay of headers" 0 "no difference" "$brig" replay a.journal
check "tells what isn't on record" 0 "5 messages whose payload isn't on record" "$brig" replay a.journal
check "a replay of payloads" 0 "3 children, 13 messages of theirs" "$brig" replay p.journal
check "has nothing to say of fields" 0 "" fields
check "one child of them" 0 "1 child, 3 messages of theirs" "$brig" replay --child 2 p.journal
check "as JSON" 0 "" replayed '.ok and .children == 3 and .unplayed.fields == 0 and .differences == []'
check "the same each time" 0 "" same_under_load
check "another end is a difference" 1 "renderer 1: expected bad message 13 (encoding); came no breach" tampered
check "of one that is cut off, what is whole" 1 "2 of the broker's compared" "$brig" replay cut.journal
check "and that it is" 1 "cut.journal: it is damaged" "$brig" replay cut.journal
check "no journal, no replay" 1 "a.png: it is no journal" "$brig" replay a.png
check "which child?" 2 "--child wants a number" "$brig" replay --child x p.journal
check "seeds of a fuzzer" 0 "13 messages, 10 different ones: seeds" "$brig" replay --seeds seeds p.journal
check "a file each that differs" 0 10 sh -c 'ls seeds | wc -l'
check "of its method" 0 "files.open-" ls seeds
check "there is no seed without a payload" 1 "has no payloads of Brig's own" "$brig" replay --seeds none a.journal
check "no place for seeds" 2 "a.png can't be written" "$brig" replay --seeds a.png p.journal
check "payloads of what?" 2 "add --trace FILE" "$brig" render a.png -o d.png --trace-payloads
check "a trace that can't be written" 2 "the trace /nowhere/x can't be written: No such file" \
	"$brig" render a.png -o d.png --trace /nowhere/x
check "then nothing is rendered" 1 "" test -e d.png
check "nor one on a full disk" 2 "the trace /dev/full can't be written: No space left" \
	"$brig" render a.png -o e.png --trace /dev/full
conclude
