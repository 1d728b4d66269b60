/*
 * ipc/shm/taken.h - is a descriptor that somebody sent memory of the kind that we take? The answer
 * is the kernel's. Any thread.
 */
#ifndef IPC_SHM_TAKEN_H
#define IPC_SHM_TAKEN_H

#include <stddef.h>

/*
 * Memory whose size can't change, of at most @max_bytes. @wanted: seals that it must have, @barred:
 * that it mustn't. @fd borrowed. 0 and its size, or as brig_readonly_take() says.
 */
int brig_shm_check(int fd, size_t max_bytes, int wanted, int barred, size_t *ret_size);

#endif
