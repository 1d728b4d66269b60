/* broker/monitor/forbidden.h - which forbidden call a child made: the broker's own record. */
#ifndef BROKER_MONITOR_FORBIDDEN_H
#define BROKER_MONITOR_FORBIDDEN_H

#include <brig/exit.h>

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct brig_forbidden {
	uint64_t id; /* of this call, for the listener */
	pid_t thread;
	struct seccomp_data call;
};

/* Is this descriptor a filter's listener, and nothing else that a child could pass? */
bool brig_forbidden_check(int fd);

/*
 * Read one call. Never blocks. 0, -EAGAIN there is none (any more), -EPIPE nobody is left to make
 * one, or the errno of the ioctl.
 */
int brig_forbidden_read(int fd, struct brig_forbidden *ret);

/* Into the exit record: arch, syscall, args and address. */
void brig_forbidden_tell(const struct brig_forbidden *forbidden, struct brig_exit *exit);

/* Does the thread wait in that call still? Then its number was nobody else's until now. */
bool brig_forbidden_waits(int fd, const struct brig_forbidden *forbidden);

#endif
