/*
 * broker/process/pidfd.h - what the kernel says of a process by its pidfd (ioctl of Linux 6.13;
 * the exit code: 6.15). Debian 12's headers stop before them.
 */
#ifndef BROKER_PROCESS_PIDFD_H
#define BROKER_PROCESS_PIDFD_H

#include <stdint.h>
#include <sys/ioctl.h>

struct brig_pidfd_info {
	uint64_t mask;
	uint64_t cgroupid;
	uint32_t pid, tgid, ppid; /* as the caller's pid namespace numbers them */
	uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	int32_t exit_code;
};

#define BRIG_PIDFD_INFO_PID  1ull
#define BRIG_PIDFD_INFO_EXIT 8ull
#define BRIG_PIDFD_GET_INFO  _IOWR(0xFF, 11, struct brig_pidfd_info)

#endif
