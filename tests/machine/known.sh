# shellcheck shell=bash
# known.sh - what this kernel has, from other sources than Brig: its version and configuration, what it
# says in /proc and /sys. Sourced by inside.sh.
# shellcheck disable=SC2154 # brig is inside.sh's

# since MAJOR MINOR: is this kernel as new?
since()
{
	local major minor

	IFS=.- read -r major minor _ < <(uname -r)
	((major > $1 || (major == $1 && minor >= $2)))
}

configured()
{
	grep -qx "CONFIG_$1=y" /machine/config
}

landlock_abi()
{
	local abi=0 version

	for version in 5.13 5.19 6.2 6.7 6.10 6.12 6.15; do
		! since "${version%.*}" "${version#*.}" || abi=$((abi + 1))
	done
	echo "ABI $abi$(since 6 7 || echo ", which can't stop truncating, TCP")"
}

# Can this processor's speculation be stopped, or has it none? The kernel's words of a thread.
may_stop_speculation()
{
	grep -qE '^Speculation_Store_Bypass:.(not vulnerable|thread|globally mitigated)' /proc/self/status &&
		grep -qE '^SpeculationIndirectBranch:.(not affected|conditional|always disabled)' /proc/self/status
}

# layers_known COMMAND...: "NAME 0" or "NAME ERRNO", of all layers but those that any kernel has, for
# whom the command makes of us.
layers_known()
{
	printf 'cgroup_limits %s\n' "$([[ $("$@" id -u) = 0 ]] && echo 0 || echo 13)" # nobody delegated one
	printf 'mdwe %s\n' "$(since 6 3 && echo 0 || echo 22)"
	printf 'landlock %s\n' "$(grep -q landlock /sys/kernel/security/lsm && echo 0 || echo 95)"
	printf 'speculation %s\n' "$(may_stop_speculation && echo 0 || echo 6)"
	printf 'core_sched %s\n' "$(configured SCHED_CORE && echo 0 || echo 22)"
	printf 'mseal %s\n' "$(since 6 10 && echo 0 || echo 38)"
}

# says FILTER COMMAND...: jq's, of the JSON document that doctor prints there; doctor's status.
says()
{
	local filter=$1 status=0

	shift
	"$@" "$brig" doctor --json >said.json || status=$?
	cp said.json "said.$("$@" id -u).json"
	jq -r "$filter" said.json || return 99
	return "$status"
}

# said FILTER COMMAND...: of what it said last.
said()
{
	"${@:2}" jq -r "$1" "said.$("${@:2}" id -u).json"
}

# Every layer is told as it is known; one that is not listed above is there.
same_layers()
{
	layers_known "$@" >known
	says '.layers[] | "\(.name) \(.errno)"' "$@" >told || return
	diff <(awk 'NR == FNR { known[$1] = $2; next } { print $1, $1 in known ? known[$1] : 0 }' known told) told
}

same_setting()
{
	[[ $(said ".machine[\"$1\"]" env) = "$(cat "$2")" ]]
}

# render_exactly COMMAND...: what a machine outside made of the same pictures, byte for byte.
render_exactly()
{
	local out

	out=$(mktemp -d ./out.XXXXXX) && chmod 777 "$out" || return
	"${@:2}" "$brig" render --quiet --least "$1" /machine/pictures/*.* -o "$out" || return
	diff -r /machine/expected "$out"
}

# level LEAST COMMAND...: what stood around a picture, and its plugin.
level()
{
	local out

	out=$(mktemp -d ./out.XXXXXX) && chmod 777 "$out" || return
	"${@:2}" "$brig" render --json --least "$1" /machine/pictures/small.qoi -o "$out" >"$out/json" || return
	jq -r '.results[0] | "\(.process.level) \(.plugin_process.level) \(.message)"' "$out/json"
}

# told COMMAND...: what is known of a forbidden call of a child that is an enemy.
told()
{
	local dir

	dir=$(mktemp -d ./told.XXXXXX) && chmod 755 "$dir" || return
	cp "$brig" "$dir/brig" && cp "${build:?}/bin/hostile_child" "$dir/brig-child" || return
	printf 'HOSTILE socket' >"$dir/socket.png"
	"$@" "$dir/brig" render --json "$dir/socket.png" -o none.png 2>/dev/null |
		jq -r '.results[0].violation | "\(.trusted) \(.name) \(.place.symbol)"'
}
