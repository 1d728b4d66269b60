/* broker/capability/grant.h - files that a child may ask for by name: beneath one directory. */
#ifndef BROKER_CAPABILITY_GRANT_H
#define BROKER_CAPABILITY_GRANT_H

#include <stdint.h>

/*
 * Open @name beneath @dirfd, read-only: no way up or out, no link of any kind, regular files only,
 * never blocking on a FIFO or device (openat2(2), Linux 5.6). Blocks on the file system: for a
 * worker. Returns the descriptor or -errno; *ret_why is a sentence for people.
 */
int brig_grant_open(int dirfd, const char *name, uint64_t max_bytes, const char **ret_why);

/* The same for a path that the embedder chose: links are followed, the rest holds. */
int brig_document_open(const char *path);

#endif
