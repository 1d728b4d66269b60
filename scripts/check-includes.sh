#!/bin/bash
# scripts/check-includes.sh - who may include whom. What no row allows is refused.
#
# Usage: scripts/check-includes.sh
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"

# A folder, and all that its files may include: <as written>, or a path from the root of the tree.
# A file belongs to the row with the longest name. LIBC: the lists below; ANYTHING: no limits.
readonly layers='
include/brig		LIBC <brig/*>
sandbox			LIBC <brig/*> sandbox/*
sandbox/policy		LIBC <brig/*> sandbox/* <seccomp.h>
ipc			LIBC <brig/*> sandbox/base/* ipc/* <protobuf-c/*>
ipc/gen			LIBC sandbox/base/* ipc/* <protobuf-c/*> google/* options.pb-c.h
ipc/loop		LIBC <brig/*> sandbox/base/* ipc/* <protobuf-c/*> <event2/*>
broker			LIBC <brig/*> sandbox/* ipc/* <protobuf-c/*> broker/*
broker/monitor		LIBC <brig/*> sandbox/* ipc/* broker/* <libelf.h> <gelf.h>
broker/service		LIBC <brig/*> sandbox/* ipc/* <protobuf-c/*> broker/* <png.h>
renderer		LIBC <brig/*> sandbox/* ipc/* <protobuf-c/*> renderer/*
renderer/image		LIBC <brig/*> sandbox/* ipc/* <protobuf-c/*> renderer/* <png.h> <jpeglib.h> <jerror.h>
renderer/plugin		LIBC <brig/*> sandbox/* ipc/* <protobuf-c/*> renderer/* <netpbm/*> <pam.h> <pnm.h> <qoi.h>
tools			LIBC <brig/*> tools/* <jansson.h>
tools/ipc		LIBC <brig/*> ipc/* tools/* <jansson.h>
tools/policy		LIBC <brig/*> sandbox/* tools/* <jansson.h>
tools/selftest		LIBC <brig/*> sandbox/* ipc/* broker/* tools/* <jansson.h>
examples		LIBC <brig/*> examples/* *.brig.h
third_party		ANYTHING
tests			ANYTHING
'

readonly libc='assert ctype dirent dlfcn elf endian err errno fcntl float ftw getopt glob grp
inttypes iso646 libgen limits link locale malloc math mntent poll pthread pwd sched search semaphore
setjmp signal spawn stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string
strings syscall syslog tgmath threads time uchar ucontext unistd wchar wctype'
readonly libc_folders='sys linux asm arpa net netinet'

allowed_to()
{
	local file=$1 folder rest best='' allowed=''

	while read -r folder rest; do
		[[ -n $folder && $file == "$folder"/* && ${#folder} -gt ${#best} ]] || continue
		best=$folder
		allowed=$rest
	done <<<"$layers"
	printf '%s' "$allowed"
}

is_libc()
{
	local name=${1#<}

	name=${name%.h>}
	case $name in
	*/*) [[ " $libc_folders " == *" ${name%%/*} "* && $name != *..* ]] ;;
	*) [[ " ${libc//$'\n'/ } " == *" $name "* ]] ;;
	esac
}

may_include()
{
	local what=$1 pattern patterns

	read -ra patterns <<<"$2"
	[[ $what != *..* ]] || return 1
	for pattern in "${patterns[@]}"; do
		# shellcheck disable=SC2053 # it is a pattern
		if [[ $pattern = LIBC ]]; then
			[[ $what == "<"* ]] && is_libc "$what" && return 0
		elif [[ $what == $pattern ]]; then
			return 0
		fi
	done
	return 1
}

# "x.h" may stand beside the file that includes it; else it counts from the root.
full_name()
{
	local file=$1 what=$2

	if [[ $what == '"'*'"' ]]; then
		what=${what//\"/}
		[[ ! -e $(dirname "$file")/$what ]] || what=$(dirname "$file")/$what
	fi
	printf '%s' "$what"
}

check_file()
{
	local file=$1 allowed line number what

	allowed=$(allowed_to "$file")
	[[ $allowed != ANYTHING ]] || return 0
	while IFS=: read -r number line; do
		what=$(sed -E 's/^[^<"]*(<[^>]*>|"[^"]*").*$/\1/' <<<"$line")
		what=$(full_name "$file" "$what")
		may_include "$what" "$allowed" && continue
		say "$file:$number: may not include $what"
		refused=$((refused + 1))
	done < <(grep -nE '^[[:space:]]*#[[:space:]]*include' "$file")
}

main()
{
	local file files=0

	refused=0
	while read -r file; do
		check_file "$file"
		files=$((files + 1))
	done < <(source_files '*.c' '*.h' '*.h.in' '*.cc')
	[[ $files -gt 0 ]] || die 1 "no sources in $root"
	say "note: $files files"
	[[ $refused = 0 ]]
}

main
