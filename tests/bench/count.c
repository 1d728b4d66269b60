/* The program's own malloc() stands before that of libc, for all libraries. */
#include "tests/bench/count.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef BRIG_SANITIZED /* whose malloc() it is then */

void count_start(void)
{
}

uint64_t count_stop(void)
{
	return UINT64_MAX;
}

#else

#define EXPORTED __attribute__((visibility("default")))

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *memory, size_t size);

EXPORTED void *malloc(size_t size);
EXPORTED void *calloc(size_t n, size_t size);
EXPORTED void *realloc(void *memory, size_t size);

/* malloc() has no handle that this could hang off. */
static bool counting;
static uint64_t counted;

void *malloc(size_t size)
{
	counted += counting;
	return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	counted += counting;
	return __libc_calloc(n, size);
}

void *realloc(void *memory, size_t size)
{
	counted += counting;
	return __libc_realloc(memory, size);
}

void count_start(void)
{
	counted = 0;
	counting = true;
}

uint64_t count_stop(void)
{
	counting = false;
	return counted;
}

#endif
