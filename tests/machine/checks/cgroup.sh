# shellcheck shell=bash
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
