# shellcheck shell=bash
# tests/support/check.sh - one line a check, and their count at the end. Sourced by test scripts.

SAID_MAX=4000 # of what a failed check's command printed: its end, which says why
n=0
failed=0

# check NAME WANTED_STATUS WANTED_TEXT COMMAND...: the text is looked for in all that it prints.
check()
{
	local name=$1 wanted=$2 text=$3 got=0 said

	shift 3
	n=$((n + 1))
	said=$("$@" 2>&1 </dev/null) || got=$?
	if [[ $got = "$wanted" && $said == *"$text"* ]]; then
		echo "ok $n - $name"
	else
		((${#said} <= SAID_MAX)) || said="... ${said: -SAID_MAX}"
		echo "not ok $n - $name: status $got, not $wanted; it said: $said"
		failed=$((failed + 1))
	fi
}

# The script's last command: its status is the test's.
conclude()
{
	echo "$((n - failed)) passed, $failed failed"
	[[ $failed = 0 ]]
}
