/* sandbox/base/checked.h - sizes that another process had a hand in never overflow silently. */
#ifndef SANDBOX_BASE_CHECKED_H
#define SANDBOX_BASE_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* true and *ret set, or false and *ret untouched. */
static inline bool brig_mul_size(size_t a, size_t b, size_t *ret)
{
	size_t product;

	if (__builtin_mul_overflow(a, b, &product))
		return false;
	*ret = product;
	return true;
}

static inline bool brig_add_size(size_t a, size_t b, size_t *ret)
{
	size_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return false;
	*ret = sum;
	return true;
}

#endif
