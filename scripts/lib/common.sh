# shellcheck shell=bash
# scripts/lib/common.sh - what every script here begins with. Sourced, never run.

unset CDPATH
# shellcheck disable=SC2034 # read by the scripts that take file names
caller_dir=$PWD
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd "$root" || exit

say()
{
	printf '%s\n' "$*"
}

die()
{
	local status=$1

	shift
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
	exit "$status"
}

lines()
{
	[[ $# = 0 ]] || printf "%s\n" "$@"
}

# The comment at the top of the script itself.
usage()
{
	sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
}

# to_log LOG COMMAND...: quiet while it works; all that it said when it fails.
to_log()
{
	local log=$1 status=0

	shift
	mkdir -p "$(dirname "$log")"
	"$@" >"$log" 2>&1 </dev/null || status=$?
	[[ $status = 0 ]] || cat "$log" >&2
	return "$status"
}

# Of a container's user, often only the number is known.
user_name()
{
	id -un 2>/dev/null || id -u
}

# A build directory may have been made by root, or by the owner of a shared clone.
need_writable_build()
{
	mkdir -p build 2>/dev/null || die 1 "$root/build can't be made by $(user_name)"
	[[ -w build && (! -e $1 || -w $1) ]] ||
		die 1 "$root/$1 belongs to $(stat -c %U build): remove it, or work as that user"
}

# configure DIR PRESET [ARGUMENT...]
configure()
{
	local dir=$1 preset=$2 fresh=()

	shift 2
	need_writable_build "$dir"
	# CMake refuses a directory that was copied or moved here with its cache: begin it afresh.
	if [[ -f $dir/CMakeCache.txt ]] &&
		! grep -qxF "CMAKE_CACHEFILE_DIR:INTERNAL=$root/$dir" "$dir/CMakeCache.txt"; then
		fresh=(--fresh)
	fi
	cmake --preset "$preset" -B "$dir" "${fresh[@]}" "$@"
}

# source_files [PATTERN...]: what git tracks or would add, one name a line. A tree without git
# (an unpacked archive, the copy that an ordinary user tests) is all source, but for build/.
source_files()
{
	local file

	if [[ -e .git ]] && command -v git >/dev/null; then
		git -c safe.directory="$root" ls-files -co --exclude-standard
	else
		find . -name .git -prune -o -path ./build -prune -o \( -type f -o -type l \) -print |
			sed 's|^\./||'
	fi | sort | while read -r file; do
		[[ -e $file ]] && matches_any "$file" "$@" && printf '%s\n' "$file"
		true
	done
}

matches_any()
{
	local text=$1 pattern

	shift
	[[ $# -gt 0 ]] || return 0
	for pattern; do
		# shellcheck disable=SC2053 # it is a pattern
		[[ $text == $pattern ]] && return 0
	done
	return 1
}
