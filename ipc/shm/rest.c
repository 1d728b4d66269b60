#include "ipc/shm/rest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

int brig_shm_reopen(int fd, int access)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	int copy = open(path, access | O_CLOEXEC);
	return copy < 0 ? -errno : copy;
}

/*
 * The kernel gives a write lease to the only open file description there is (fcntl(2)). A mapping
 * holds the description that it was made of, and so does a message that nobody has received.
 */
bool brig_shm_alone(int fd)
{
	if (fcntl(fd, F_SETLEASE, F_WRLCK) < 0)
		return false;
	(void)fcntl(fd, F_SETLEASE, F_UNLCK);
	return true;
}

int brig_shm_seal(int fd, int seals)
{
	return fcntl(fd, F_ADD_SEALS, seals) < 0 ? -errno : 0;
}
