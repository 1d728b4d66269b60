/* sandbox/policy/constants_find.c - constants by name, and errnos by number. */
#include "sandbox/policy/constants.h"
#include "sandbox/policy/nearest.h"

#include <string.h>

#define LAST_ERRNO 4095 /* what a system call can return */

static struct brig_names names(void)
{
	size_t n;
	const struct brig_constant *constants = brig_constants(&n);

	return (struct brig_names){ constants, n, sizeof *constants };
}

const struct brig_constant *brig_constant_find(const char *name, size_t n)
{
	const struct brig_names all = names();

	return brig_names_find(&all, name, n);
}

const struct brig_constant *brig_constant_nearest(const char *name, size_t n)
{
	const struct brig_names all = names();

	return brig_names_nearest(&all, name, n);
}

/* EFD_…, EPOLL_… and EPOLLIN begin with an E, too. */
static bool is_errno(const struct brig_constant *constant)
{
	uint64_t value = constant->value[brig_arch_native()];

	return constant->name[0] == 'E' && strncmp(constant->name, "EPOLL", 5) != 0 &&
	       !strchr(constant->name, '_') && value > 0 && value <= LAST_ERRNO;
}

/* A second name of a number that has a better known one. */
static bool is_alias(const char *name)
{
	return strcmp(name, "EDEADLOCK") == 0 || strcmp(name, "ENOTSUP") == 0 ||
	       strcmp(name, "EWOULDBLOCK") == 0;
}

int brig_errno_number(const char *name, size_t n)
{
	const struct brig_constant *constant = brig_constant_find(name, n);

	return constant && is_errno(constant) ? (int)constant->value[brig_arch_native()] : 0;
}

const char *brig_errno_name(int number)
{
	const struct brig_names all = names();
	const struct brig_constant *constants = all.rows;

	for (size_t i = 0; i < all.count; i++) {
		if (is_errno(&constants[i]) && !is_alias(constants[i].name) &&
		    constants[i].value[brig_arch_native()] == (uint64_t)number)
			return constants[i].name;
	}
	return NULL;
}
