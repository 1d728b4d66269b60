#!/bin/bash
# kernel.sh PACKAGE DIR - Debian's kernel, as its meta-package names it, into DIR and nowhere else: vmlinuz
# and config. Kept there for the next time. Status 4: it isn't to be had here.
set -euo pipefail
package=$1
dir=$2

have()
{
	[[ -s $dir/vmlinuz && -s $dir/config ]]
}

fetch()
{
	local kernel

	kernel=$(apt-cache depends --important "$package" | awk '$1 == "Depends:" { print $2; exit }')
	[[ -n $kernel ]] || return 4
	rm -rf "$dir/package" && mkdir -p "$dir/package"
	(cd "$dir/package" && apt-get -q download "$kernel") >&2 || return 4
	dpkg-deb --fsys-tarfile "$dir"/package/*.deb |
		tar -x -C "$dir/package" --wildcards './boot/vmlinuz-*' './boot/config-*'
	mv "$dir"/package/boot/config-* "$dir/config"
	mv "$dir"/package/boot/vmlinuz-* "$dir/vmlinuz"
	rm -rf "$dir/package"
}

have && exit
command -v apt-cache >/dev/null && command -v dpkg-deb >/dev/null || exit 4
fetch
