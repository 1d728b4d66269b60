#include "ipc/shm/taken.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/*
 * Only shmem and hugetlbfs know seals, so no server of a file system is asked here. Huge pages may
 * be used up when one is touched, which is a signal to whoever does (mmap(2)).
 */
int brig_shm_check(int fd, size_t max_bytes, int wanted, int barred, size_t *ret_size)
{
	const int needed = F_SEAL_SHRINK | F_SEAL_GROW;
	const int seals = fcntl(fd, F_GET_SEALS);
	struct statfs fs;
	struct stat st;

	if (seals < 0 || (seals & needed) != needed || fstatfs(fd, &fs) < 0 ||
	    fs.f_type != TMPFS_MAGIC || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -EBADMSG;
	if ((seals & wanted) != wanted || (seals & barred))
		return -EPERM;
	if (st.st_size <= 0)
		return -EINVAL;
	if ((size_t)st.st_size > max_bytes)
		return -EFBIG;
	*ret_size = (size_t)st.st_size;
	return 0;
}
