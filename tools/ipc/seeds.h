/* tools/ipc/seeds.h - brig replay --seeds. */
#ifndef TOOLS_IPC_SEEDS_H
#define TOOLS_IPC_SEEDS_H

#include <stdint.h>

/*
 * What children said in the journal @fd, into @dir, which is made if it isn't there; how many that
 * is, *ret_different of them unlike each other. -ENOTDIR: @dir can't be written; else as
 * brig_fuzz_seeds().
 */
int64_t seeds_write(int fd, const char *dir, unsigned int *ret_different);

#endif
