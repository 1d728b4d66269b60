# shellcheck shell=bash
# scripts/lib/tests.sh - steps, and runs of ctest that are added up. Sourced by scripts/test.
# shellcheck disable=SC2154 # root and logs are that script's

# Of no account, so that nothing is added to the system; its home is beside the copy of the tree.
readonly ordinary_uid=60417

home=''
readonly allow_list=$root/scripts/allowed-skips
passed=0
failed=0
skipped=0
problems=()

problem()
{
	problems+=("$1")
	say "PROBLEM: $1"
}

# step NAME COMMAND...: goes on after a failure, which the end of the run tells.
step()
{
	local name=$1 started=$SECONDS status=0

	shift
	say "== $name"
	"$@" </dev/null || status=$?
	say "   $((SECONDS - started)) s"
	[[ $status = 0 ]] || problem "$name failed (status $status)"
}

# build NAME PRESET [ARGUMENT...]
build()
{
	local name=$1 preset=$2

	shift 2
	to_log "$logs/$name.build.log" configure_and_build "build/$name" "$preset" "$@" &&
		touch "$logs/$name.built"
}

configure_and_build()
{
	configure "$@" && cmake --build "$1"
}

close_to_others()
{
	[[ -z $home ]] || chmod 0700 "$(dirname "$home")"
}

give_to_ordinary_user()
{
	chmod 0755 "$(dirname "$home")"
	chown -R "$ordinary_uid:$ordinary_uid" "$home" build
}

test_as_this_user()
{
	local who=user

	[[ $(id -u) != 0 ]] || who=root
	step "test $1 as $(user_name)" run_ctest "$1" "$who"
}

test_as_ordinary_user()
{
	step "test $1 as an ordinary user" run_ctest "$1" user \
		setpriv --reuid "$ordinary_uid" --regid "$ordinary_uid" --clear-groups --inh-caps=-all \
		env -u XDG_RUNTIME_DIR HOME="$home" USER=brig-test LOGNAME=brig-test
}

# run_ctest BUILD WHO [PREFIX...]
run_ctest()
{
	local dir=build/$1 who=$2 log=$logs/$1.$2 status=0 but=()

	if [[ ! -e $logs/$1.built ]]; then # what an earlier run left there proves nothing
		say "not built"
		return 1
	fi
	shift 2
	# What is labelled so is the same whoever runs it, and was run before.
	[[ $# = 0 || ${BRIG_TEST_FULL-} ]] || but=(-LE once)
	rm -f "$dir/Testing/Temporary/LastTest.log"
	"$@" ctest --test-dir "$dir" --output-on-failure --no-tests=error --timeout 1200 \
		"${but[@]}" -j "$(nproc)" >"$log.ctest" 2>&1 </dev/null || status=$?
	cp "$dir/Testing/Temporary/LastTest.log" "$log.log" 2>/dev/null || : >"$log.log"
	[[ $status = 0 ]] || cat "$log.ctest"
	add_up "$log" "$who"
	return "$status"
}

# Every number and skip of a run, as tally.awk read it.
add_up()
{
	local log=$1 who=$2 kind rest counts

	awk -f scripts/lib/tally.awk "$log.ctest" "$log.log" >"$log.tally"
	while read -r kind rest; do
		case $kind in
		count)
			read -ra counts <<<"$rest"
			say "   ${counts[0]} passed, ${counts[1]} failed, ${counts[2]} skipped"
			passed=$((passed + counts[0]))
			failed=$((failed + counts[1]))
			skipped=$((skipped + counts[2]))
			[[ $rest != "0 0 0" ]] || problem "no test was run"
			;;
		skip) check_skip "$who" "$rest" ;;
		problem) problem "$rest" ;;
		esac
	done <"$log.tally"
}

# check_skip WHO "suite.name feature: reason"
check_skip()
{
	local who=$1 name=${2%% *} feature=${2#* } pattern may allowed_feature reason

	feature=${feature%%:*}
	say "   skipped: $2"
	while read -r pattern may allowed_feature reason; do
		[[ -n $reason && $pattern != '#'* && $feature = "$allowed_feature" ]] || continue
		# shellcheck disable=SC2053 # it is a pattern
		[[ $name == $pattern && ($may = any || $may = "$who") ]] && return
	done <"$allow_list"
	problem "a skip that scripts/allowed-skips doesn't list for $who: $2"
}

# The last line is for programs, too.
conclude()
{
	local text status=0

	for text in "${problems[@]}"; do
		say "PROBLEM: $text"
		status=1
	done
	[[ $failed = 0 && $passed -gt 0 ]] || status=1
	say "in $SECONDS s; logs: $logs"
	say "$passed passed, $failed failed, $skipped skipped"
	return "$status"
}
