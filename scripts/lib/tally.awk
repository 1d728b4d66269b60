# scripts/lib/tally.awk - what one run of ctest amounts to.
#
#	awk -f tally.awk STDOUT-OF-CTEST LastTest.log
#
# Prints "count PASSED FAILED SKIPPED", "skip SUITE.NAME FEATURE: REASON" and "problem TEXT" lines.
# A program of Google Test counts as its tests, any other as one. The verdict on a program is taken
# from ctest's output, since LastTest.log says "Test Passed." of one that never ran, too.

function gtest_count(line)
{
	sub(/^\[  [A-Z]+ +\] /, "", line)
	return line + 0
}

# A program's own count is not believed when it was ended before it could finish counting.
function judge(name)
{
	total_passed += passed[name]
	total_failed += failed[name]
	total_skipped += skipped[name]
	if (verdict[name] == "Passed") {
		if (!(name in counted))
			total_passed++
	} else if (verdict[name] == "Skipped") {
		total_skipped++
		skipped[name]++
	} else {
		if (!failed[name])
			total_failed++
		print "problem " name ": " verdict[name]
	}
	if (skipped[name] > said[name])
		print "problem " name ": " skipped[name] - said[name] " skipped without a BRIG-SKIP line"
	if (disabled[name])
		print "problem " name ": a disabled test"
}

FNR == 1 { file++ }

file == 1 && $1 ~ /^[0-9]+\/[0-9]+$/ && $2 == "Test" {
	line = $0
	sub(/^.*Test +#[0-9]+: /, "", line)
	name = line
	sub(/ \.\.\..*$/, "", name)
	sub(/^.* \.\.\.+ *(\*\*\*)?/, "", line)
	sub(/ +[0-9.]+ sec.*$/, "", line)
	verdict[name] = line
	next
}

file == 2 && /^[0-9]+\/[0-9]+ Test: / {
	current = $0
	sub(/^[^:]*: /, "", current)
	next
}
file == 2 && /^\[  PASSED  \] [0-9]+ tests?\./ {
	passed[current] += gtest_count($0)
	counted[current] = 1
}
file == 2 && /^\[  FAILED  \] [0-9]+ tests?, listed below/ { failed[current] += gtest_count($0) }
file == 2 && /^\[  SKIPPED \] [0-9]+ tests?, listed below/ { skipped[current] += gtest_count($0) }
file == 2 && /YOU HAVE [0-9]+ DISABLED TEST/ { disabled[current] = 1 }
file == 2 && match($0, /BRIG-SKIP /) {
	said[current]++
	print "skip " substr($0, RSTART + RLENGTH)
}

END {
	for (name in verdict)
		judge(name)
	print "count " total_passed + 0, total_failed + 0, total_skipped + 0
}
