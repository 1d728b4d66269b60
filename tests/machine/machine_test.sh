#!/bin/bash
# machine_test.sh BUILD SOURCE [MACHINE...] - Brig on other kernels: Debian's own, each booted in a
# machine that qemu emulates, with what was built here. It takes no right, and no disk or network is
# given. One line a check; a check that is not heard of fails. With BRIG_TEST_FULL, the long ones, too.
set -u
here=$(dirname "$(readlink -f "$0")")
build=$(readlink -f "$1")
source=$(readlink -f "$2")
shift 2
readonly deadline=1500 # seconds a machine may take: ten times what the longest of "always" took
kernels=$build/kernels
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

fail()
{
	echo "not ok $*"
	failed=$((failed + 1))
}

# The names that its checks have: known before it runs.
names()
{
	local group

	for group in ${1//,/ }; do
		sed -n "s/^check \"\([^\"]*\)\".*/$group: \1/p" "$here/checks/$group.sh"
	done
}

# boot KERNEL PROCESSOR CHECKS COMMAND_LINE: what its console says.
boot()
{
	local kernel=$1 processor=$2 checks=$3

	printf '%s\n' ./system/machine/config >"$work/names"
	mkdir -p "$work/more/system/machine" && cp "$kernel/config" "$work/more/system/machine/config"
	(cd "$work/more" && cpio -o -H newc -R 0:0 --quiet <"$work/names") >"$work/more.cpio"
	cat "$work/initramfs" "$work/more.cpio" >"$work/initrd"
	timeout "$deadline" qemu-system-x86_64 -accel tcg,thread=multi -machine q35 -cpu "$processor" \
		-smp 2,cores=1,threads=2 -m 1G -nic none -nographic -no-reboot -kernel "$kernel/vmlinuz" \
		-initrd "$work/initrd" -append "console=ttyS0 quiet loglevel=0 panic=-1 brig.checks=$checks $4" \
		</dev/null 2>&1
}

# One line a check that was to be made, in the machine's own words if it was.
judge()
{
	local machine=$1 checks=$2 name line

	while read -r name; do
		if grep -qaxF "ok $name" "$work/console"; then
			echo "ok $machine $name"
			passed=$((passed + 1))
		elif line=$(grep -m1 -aF "not ok $name: " "$work/console"); then
			fail "$machine ${line#*not ok }"
		else
			fail "$machine $name: nothing was heard of it"
		fi
	done < <(names "$checks")
}

# run MACHINE PACKAGE PROCESSOR COMMAND_LINE CHECKS
run()
{
	local machine=$1 package=$2 processor=$3 append=${4#-} checks=$5 started=$SECONDS failed_before=$failed

	"$here/kernel.sh" "$package" "$kernels/$package"
	case $? in
	0) ;;
	4)
		echo "BRIG-SKIP machine.$machine kernel: $package is not to be had here (apt-get download)"
		return
		;;
	*)
		fail "$machine: its kernel was not got"
		return
		;;
	esac
	boot "$kernels/$package" "$processor" "$checks" "$append" >"$work/raw"
	tr -d '\r' <"$work/raw" >"$work/console"
	judge "$machine" "$checks"
	grep -a '^seconds \|^kernel ' "$work/console" | sed "s/^/# $machine /"
	echo "# $machine $((SECONDS - started)) s"
	[[ $failed = "$failed_before" ]] || tail -n 40 "$work/console"
}

main()
{
	local name when rest full=${BRIG_TEST_FULL:-0}

	"$here/initramfs.sh" "$build" "$source" "$work/initramfs" || exit 1
	while read -r name when rest; do
		[[ -n $name && $name != '#'* ]] || continue
		if [[ $# -gt 0 ]]; then
			[[ " $* " == *" $name "* ]] || continue
		elif [[ $when = full && $full = 0 ]]; then
			continue
		fi
		# shellcheck disable=SC2086 # columns
		run "$name" $rest
	done <"$here/machines"
	echo "$passed passed, $failed failed"
	[[ $failed = 0 && $passed -gt 0 ]]
}

main "$@"
