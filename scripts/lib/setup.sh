# shellcheck shell=bash
# scripts/lib/setup.sh - what has to be installed, and installing it. Sourced, never run.
#
# need_packages GROUP...: returns when all that these groups need is there. With nothing missing no
# privilege is used. What is missing is installed where that is possible (Debian, Ubuntu; root, or
# sudo); otherwise the script ends with status 3, having said what to install.

# group, how to find it, Debian's and Ubuntu's package
readonly needs='
build	cmd:cc			gcc
build	header:stdio.h		libc6-dev
build	cmd:cmake		cmake
build	cmd:ninja		ninja-build
build	cmd:pkg-config		pkg-config
build	pc:libseccomp>=2.5.4	libseccomp-dev
build	pc:libevent_core>=2.1.12	libevent-dev
build	pc:libelf>=0.188	libelf-dev
build	pc:libprotobuf-c>=1.4.1	libprotobuf-c-dev
build	cmd:protoc-c		protobuf-c-compiler
build	cmd:protoc		protobuf-compiler
build	file:/usr/include/google/protobuf/descriptor.proto	libprotobuf-dev
build	file:/usr/include/google/protobuf/compiler/plugin.proto	libprotoc-dev
build	pc:libpng>=1.6		libpng-dev
build	header:jpeglib.h	libjpeg-dev
build	pc:jansson>=2.14	libjansson-dev
build	header:qoi.h		libqoi-dev
build	pc:netpbm		libnetpbm-dev
clang	cmd:clang		clang
clang	sanitizer:address	libclang-rt-dev
clang	cmd:llvm-symbolizer	llvm
tests	cmd:g++			g++
tests	pc:gtest>=1.10		libgtest-dev
tests	cmd:bwrap		bubblewrap
tests	cmd:djpeg		libjpeg-turbo-progs
tests	cmd:convert		imagemagick
tests	cmd:pgrep		procps
tests	cmd:unshare		util-linux
tests	header:zlib.h		zlib1g-dev
tests	cmd:rsvg-convert	librsvg2-bin
tests	cmd:curl		curl
tests	cmd:tar			tar
tests	cmd:xz			xz-utils
tests	cmd:jq			jq
tests	cmd:apparmor_parser	apparmor
tests	cmd:qemu-system-x86_64	qemu-system-x86
tests	cmd:busybox		busybox-static
tests	cmd:cpio		cpio
bench	pc:libsystemd>=246	libsystemd-dev
bench	pc:dbus-1>=1.12		libdbus-1-dev
gates	cmd:git			git
gates	cmd:clang-format	clang-format
gates	cmd:clang-tidy		clang-tidy
gates	cmd:cppcheck		cppcheck
gates	cmd:shellcheck		shellcheck
tables	cmd:aarch64-linux-gnu-gcc	gcc-aarch64-linux-gnu
tables	file:/usr/aarch64-linux-gnu/include/stdio.h	libc6-dev-arm64-cross
tables	file:/usr/aarch64-linux-gnu/include/asm/unistd.h	linux-libc-dev-arm64-cross
'

installed()
{
	[[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) = installed ]]
}

# Whether it is there without its package: built by hand, or the package of another system.
found()
{
	local kind=${1%%:*} what=${1#*:}

	case $kind in
	cmd) command -v "$what" ;;
	pc) pkg-config --exists "${what//>=/ >= }" ;;
	file) [[ -e $what ]] ;;
	header) printf '#include <stdio.h>\n#include <%s>\n' "$what" | cc -E -x c - ;;
	sanitizer) echo 'int main(void) { return 0; }' |
		clang "-fsanitize=$what" -x c - -o "/tmp/brig-probe.$$" && rm -f "/tmp/brig-probe.$$" ;;
	esac >/dev/null 2>&1
}

# An installed package may be of too old a version, which pkg-config knows where it is there.
there()
{
	local probe=$1 package=$2

	if [[ $probe = pc:*'>='* ]] && command -v pkg-config >/dev/null; then
		found "$probe"
	else
		installed "$package" || found "$probe"
	fi
}

# Prints "probe package" for each row of the groups that is missing.
missing_rows()
{
	local group probe package

	while read -r group probe package; do
		[[ -n $group && " $* " == *" $group "* ]] || continue
		there "$probe" "$package" || printf '%s %s\n' "$probe" "$package"
	done <<<"$needs"
}

install_as()
{
	local names as=("$@")

	say "installing: $packages"
	read -ra names <<<"$packages"
	"${as[@]}" apt-get -q update &&
		"${as[@]}" env DEBIAN_FRONTEND=noninteractive \
			apt-get -q install -y --no-install-recommends "${names[@]}"
}

may_sudo()
{
	command -v sudo >/dev/null || return 1
	sudo -n true 2>/dev/null && return 0
	[[ -t 0 && -t 2 && -z ${CI:-} ]] # sudo can ask for a password
}

# stop_for_missing WHY HINT: with a line for each row between them.
stop_for_missing()
{
	{
		say "$1"
		# shellcheck disable=SC2001 # a line each
		sed 's/ / (Debian: /; s/$/)/; s/^[a-z]*:/  /' <<<"$rows"
		say "$2"
	} >&2
	exit 3
}

need_packages()
{
	local rows packages by_hand

	rows=$(missing_rows "$@")
	[[ -n $rows ]] || return 0
	packages=$(cut -d' ' -f2 <<<"$rows" | sort -u | paste -sd' ')
	by_hand="Install it with:
  apt-get update && apt-get install -y --no-install-recommends $packages"
	if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
		stop_for_missing "This is missing here, and only Debian and Ubuntu are known to this script:" \
			"Install it under your distribution's names; third_party/README.md says what each is."
	elif [[ $(id -u) = 0 ]]; then
		install_as || stop_for_missing "apt-get failed; still missing:" "$by_hand"
	elif may_sudo; then
		install_as sudo || stop_for_missing "apt-get failed; still missing:" "$by_hand"
	else
		stop_for_missing "This is missing here, and installing it takes root:" "$by_hand"
	fi
	rows=$(missing_rows "$@")
	[[ -z $rows ]] || stop_for_missing "Installed, but not to be found, or too old:" \
		"Debian 12 has all of it, new enough."
}
