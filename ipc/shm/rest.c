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

/*
 * For F_SEAL_WRITE the kernel looks for pages that somebody holds without a mapping, and waits for
 * them: 10, 20, 40 and 80 ms, then it is EBUSY (memfd_wait_for_pins(), mm/memfd.c). This may be the
 * broker's loop. It needs no thread of its own because no role has a call that holds a page: they
 * lack vmsplice, splice, tee, sendfile, io_uring, aio, process_vm_readv and SO_ZEROCOPY (AF_UNIX
 * sockets know none), which tests/policy/policy_test.c looks after. What is left is a pread(2) of
 * the memory into a page that isn't there, while that is fetched. A mapping that can write, which
 * any child may keep, is refused at once.
 */
int brig_shm_seal(int fd, int seals)
{
	return fcntl(fd, F_ADD_SEALS, seals) < 0 ? -errno : 0;
}
