/* tests/escape/memory.h - another process's memory, as its owner may read it. */
#ifndef TESTS_ESCAPE_MEMORY_H
#define TESTS_ESCAPE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct search {
	size_t bytes; /* that were read */
	size_t found;
};

/* Look for @n bytes in all that @pid can read. 0 and *ret, or -errno. */
int memory_search(pid_t pid, const void *bytes, size_t n, struct search *ret);

/* Where things lie; 0: it has no such thing. */
struct layout {
	uint64_t program, libc, heap, stack;
	uint8_t random[16]; /* AT_RANDOM's: what canaries and pointer guards are made of */
};

int layout_read(pid_t pid, struct layout *ret);
/* Is anything at the same place in both, or made of the same random bytes? */
bool layout_shares(const struct layout *a, const struct layout *b);

#endif
