/*
 * ipc/dispatch/fd_kind.h - is a descriptor that a child sent what its method takes? Nothing here
 * can be stalled by whoever made it: no call asks a file system's server.
 */
#ifndef IPC_DISPATCH_FD_KIND_H
#define IPC_DISPATCH_FD_KIND_H

#include <brig/schema.h>

#include <stdbool.h>

/*
 * @fd borrowed. False also for what is never taken, whatever is asked for: directories, O_PATH,
 * devices, epoll, io_uring, pidfds, files of FUSE and of file systems that we can't see.
 */
bool brig_fd_is(int fd, enum brig_fd_kind kind);

#endif
