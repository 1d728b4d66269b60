/* broker/monitor/symbol.h - the function in a module. For worker threads: it reads files. */
#ifndef BROKER_MONITOR_SYMBOL_H
#define BROKER_MONITOR_SYMBOL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The file at @path, if it is the one that was mapped: a descriptor, or -ESTALE it is another, or
 * the errno of opening it.
 */
int brig_module_open(const char *path, dev_t device, ino_t inode);

/*
 * The function that has the byte at @offset of an ELF file. Bounded in time and memory. 0,
 * -ENOEXEC no ELF file, -E2BIG too large to look through, -ENOENT it names none there.
 */
int brig_symbol_find(int fd, uint64_t offset, char *ret, size_t size, uint64_t *ret_offset);

#endif
