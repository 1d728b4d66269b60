#!/bin/bash
# initramfs.sh BUILD SOURCE OUT - what a machine is made of: what was built, where it lies here, as are
# the programs that the checks use, and the libraries of both; the checks; pictures, and what this
# machine renders of them. Not compressed: there it would take longer to unpack.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
build=$(readlink -f "$1")
source=$(readlink -f "$2")
out=$(readlink -m "$3")
PATH=$PATH:/usr/sbin:/sbin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/system

readonly programs='apparmor_parser bash bwrap jq ldd pgrep setpriv sh unshare'
readonly built='brig brig-child brig-selftest-child hostile_child hostile_codec make_images cgroup_test
	codecs_test descriptors_test direct_child direct_test doctor_test enemies_test helper_test lent_test
	memory_child memory_test plain_test plugins_test run_test sealed_test services_child services_test
	spill_child spill_test stream_child stream_end_test stream_test tiers_test violations_test'

# put FILE...: at its place, and the shared objects that it names.
put()
{
	local file

	for file; do
		mkdir -p "$tree$(dirname "$file")"
		cp -L "$file" "$tree$file"
	done
	{ ldd "$@" 2>/dev/null || true; } | sed -n 's|^[^/]*\(/[^ ]*\) (0x.*|\1|p' | sort -u | while read -r file; do
		[[ ! -e $tree$file ]] || continue
		mkdir -p "$tree$(dirname "$file")"
		cp -L "$file" "$tree$file"
	done
}

# A merged system's links: else the dynamic linker isn't where programs name it.
make_root()
{
	local link

	mkdir -p "$tree"/{usr/{bin,lib,lib64,sbin},etc,proc,sys,dev,tmp,run,root,home/user,machine}
	for link in bin lib lib64 sbin; do
		[[ ! -L /$link ]] || ln -s "$(readlink "/$link")" "$tree/$link"
	done
	printf '%s\n' root:x:0:0::/root:/bin/bash user:x:1000:1000::/home/user:/bin/bash >"$tree/etc/passwd"
	printf '%s\n' root:x:0: user:x:1000: >"$tree/etc/group"
}

put_programs()
{
	local name file

	for name in $programs; do
		file=$(type -P "$name")
		put "$(readlink -f "$(dirname "$file")")/$name"
	done
	cp "$(type -P busybox)" "$tree/usr/bin/busybox"
	for name in $("$tree/usr/bin/busybox" --list); do
		[[ -e $tree/usr/bin/$name || -e $tree/usr/sbin/$name ]] || ln -s busybox "$tree/usr/bin/$name"
	done
	cp -r /etc/apparmor.d /etc/apparmor /etc/ld.so.cache "$tree/etc/"
	mkdir -p "$tree/usr/share"
	[[ ! -d /usr/share/apparmor-features ]] || cp -r /usr/share/apparmor-features "$tree/usr/share/"
}

put_built()
{
	local name

	for name in $built; do
		put "$build/bin/$name"
	done
	put "$build"/lib/brig/plugins/*.so "$build"/hostile_plugins/*.so
	mkdir -p "$tree$source"
	cp -r "$source"/{tests,docs,sandbox} "$tree$source/"
}

put_pictures()
{
	mkdir -p "$tree/machine/pictures" "$tree/machine/expected"
	"$build/bin/make_images" "$tree/machine/pictures"
	"$build/bin/brig" render --quiet "$tree"/machine/pictures/*.* -o "$tree/machine/expected"
}

put_checks()
{
	cp -r "$here"/{inside.sh,known.sh,checks} "$tree/machine/"
	printf 'build=%q\nsource=%q\n' "$build" "$source" >"$tree/machine/paths"
	install -m 755 "$here/init" "$work/init"
	cp "$(type -P busybox)" "$work/busybox"
}

make_root
put_programs
put_built
put_pictures
put_checks
(cd "$work" && find . | cpio -o -H newc -R 0:0 --quiet) >"$out"
