#!/bin/bash
# selftest_test.sh BRIG BROKEN SANITIZE - the escape suite as people run it: that nothing escapes,
# that it can tell when something does, and that it refuses without a fence. One line a check.
set -u
# shellcheck source=tests/support/check.sh
. "$(dirname "$(readlink -f "$0")")/../support/check.sh"
brig=$1
broken=$2 # the same with rows that are wrong
sanitize=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# As on a machine that gives no user namespaces.
without_namespaces()
{
	unshare --user --keep-caps --map-user=1000 --map-group=1000 \
		sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' sh "$@"
}

# What the verdicts of a run are: "3 held 1 ESCAPED".
verdicts()
{
	"$broken" --json "$@" | sed -n 's/^ *"verdict": "\(.*\)",$/\1/p' | sort | uniq -c |
		awk '{ printf "%s%s %s", sep, $1, $2; sep = " " }'
}

# Is anything left of what it started?
nothing_left()
{
	local comm

	"$brig" selftest --quick >out || return 1
	for comm in /proc/[0-9]*/comm; do
		! grep -qx brig-canary "$comm" 2>/dev/null || return 1
	done
}

keep_broken()
{
	"$broken" --quick | tee broken.out
	return "${PIPESTATUS[0]}"
}

# says NAME TEXT: of the wrong rows.
says()
{
	check "it says so: $1" 0 "" grep -qF "$2" broken.out
}

# One role; every one of them is matrix_test's. Under sanitizers, where that isn't run, a process takes
# ten times as long: one tier, unless all was asked for.
some=("$brig" selftest --role renderer)
[[ -z $sanitize ]] || some+=(--tier full)
[[ -z $sanitize || -z ${BRIG_TEST_FULL-} ]] || some=("$brig" selftest)
check "nothing escapes, and each attempt is stopped for its reason" 0 "all held" \
	"${some[@]}"
check "one attempt in one role" 0 "1 attempts x 1 roles x 1 tiers: all held" \
	"$broken" --role codec --tier no_userns --attempt overwrite
for attempt in 1.open 28.pidfd_send_signal 49.reach-tcp; do
	check "Landlock alone holds a second thread: $attempt" 0 "x . x x x x x x x x x . x . . . SNL" \
		"$brig" selftest --ablation --role workers --attempt "$attempt"
done
check "with no layer at all attempts escape" 1 "ESCAPED: wanted" \
	"$brig" selftest --role renderer --tier full --without SNCLRFM
check "it tells what escapes, and what that did to others" 1 \
	"overwrite in a renderer, tier full: ESCAPED: wanted EPERM|ESRCH, got not refused; the canary's memory was changed" \
	"$broken" --role renderer --tier full --attempt overwrite --without SNL
check "what stands behind the filter stops it for its own reason" 0 "all held" \
	"$broken" --role renderer --tier full --attempt overwrite --without S
check "with rows that are wrong it fails" 1 \
	"3 held, 1 ESCAPED, 3 for another reason, 1 untried" keep_broken
says "an errno that no row states" "errno in a renderer, tier full: stopped, but for another reason: wanted EACCES|ENOENT, got EPERM"
says "a call that was not the marked one" "got KILL in another call; it was ptrace (101), not 41"
says "what nothing refused" "through in a renderer, tier full: ESCAPED: wanted EPERM, got not refused"
says "what never ends" "hangs in a renderer, tier full: stopped, but for another reason: wanted EPERM, got hung, twice"
says "how many were tried twice" "1 untried; 1 tried twice, for the first was late"
says "what never began" "never in a renderer, tier full: could not be tried"
check "with no layer at all the fence still keeps the files outside" 0 "all held" \
	"$broken" --role renderer --tier full --attempt outside --without SNCLRFM
check "JSON has the same" 0 "1 ESCAPED" verdicts --role renderer --tier full --attempt overwrite \
	--without SNL
check "without user namespaces nothing is tried" 3 "Nothing was tried" \
	without_namespaces "$brig" selftest
check "nothing is left running" 0 "" nothing_left
check "an attempt that isn't there" 2 "there is no attempt 'x'" "$brig" selftest --attempt x
check "a role that isn't there" 2 "there is no role 'x'" "$brig" selftest --role x
check "a tier that isn't there" 2 "there is no tier 'x'" "$brig" selftest --tier x
check "a group that isn't there" 2 "there is no group 'X'" "$brig" selftest --without SX
check "what would try nothing doesn't hold: a role" 2 "--quick is --role renderer" \
	"$brig" selftest --quick --role codec
check "and a tier" 2 "--quick is --role renderer" "$brig" selftest --quick --tier no_userns
check "too many words" 2 "what is 'x'?" "$brig" selftest x
conclude
