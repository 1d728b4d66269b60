/* broker/monitor/forbidden.h - which forbidden call a child made: the broker's own record. */
#ifndef BROKER_MONITOR_FORBIDDEN_H
#define BROKER_MONITOR_FORBIDDEN_H

#include <brig/exit.h>

#include <stdbool.h>

/* Is this descriptor a filter's listener, and nothing else that a child could pass? */
bool brig_forbidden_check(int fd);

/*
 * Read one call into @exit's arch, syscall, args and address. Never blocks. 0, -EAGAIN there is
 * none (any more), -EPIPE nobody is left to make one, or the errno of the ioctl.
 */
int brig_forbidden_read(int fd, struct brig_exit *exit);

#endif
