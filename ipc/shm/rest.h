/*
 * ipc/shm/rest.h - when is memory at rest: what the kernel says of who else can change it. None of
 * it takes anybody's word. Any thread.
 */
#ifndef IPC_SHM_REST_H
#define IPC_SHM_REST_H

#include <stdbool.h>

/* A second open file description of the same memory, @access O_RDWR or O_RDONLY; or -errno. */
int brig_shm_reopen(int fd, int access);

/*
 * Is @fd's description the only one there is? It must be one that was reopened. A mapping counts,
 * and so does a message on its way. A second descriptor of the same description does not: so this
 * means nothing of one that somebody sent, or was sent.
 */
bool brig_shm_alone(int fd);

/*
 * Add @seals (F_SEAL_…). 0, or -EBUSY a writable mapping lives, or a page is held still, -EPERM
 * sealed against seals. A page that is held is waited for: see there.
 */
int brig_shm_seal(int fd, int seals);

#endif
