# shellcheck shell=bash disable=SC2154
# Control groups with the controllers of memory, processes and time.

enable()
{
	local controller

	for controller in memory pids cpu; do
		echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control || return
	done
	mkdir -p /sys/fs/cgroup/brig
	cat /sys/fs/cgroup/brig/cgroup.controllers
}

check "the controllers are there" 0 "cpu memory pids" enable

# Here none of it has a reason to be skipped.
whole()
{
	"$build/bin/cgroup_test" >cgroup.out || { cat cgroup.out; return 1; }
	! grep BRIG-SKIP cgroup.out
}

check "cgroup_test, all of it" 0 "" whole
