/* sandbox/base/cleanup.h - owned things that close themselves at the end of their scope. */
#ifndef SANDBOX_BASE_CLEANUP_H
#define SANDBOX_BASE_CLEANUP_H

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static inline void brig_close_fd(int *fd)
{
	if (*fd < 0)
		return;
	int saved = errno;
	(void)close(*fd);
	errno = saved;
	*fd = -1;
}

static inline void brig_free_pointer(void *pointer)
{
	void *owned = *(void **)pointer;

	*(void **)pointer = NULL;
	free(owned);
}

static inline int brig_steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

#define brig_auto_fd   __attribute__((cleanup(brig_close_fd)))
#define brig_auto_free __attribute__((cleanup(brig_free_pointer)))

#endif
