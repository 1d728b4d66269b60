#include "sandbox/policy/policy.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Linux 5.7 and 5.19; Debian 12's header stops before the second. */
#ifndef SECCOMP_FILTER_FLAG_TSYNC_ESRCH
#define SECCOMP_FILTER_FLAG_TSYNC_ESRCH (1ul << 4)
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1ul << 5)
#endif

static long set_filter(const struct brig_program *program, unsigned long flags)
{
	const struct sock_fprog filter = { .len = program->length,
					   .filter =
						   (struct sock_filter *)(uintptr_t)program->code };

	if (program->audit)
		flags |= SECCOMP_FILTER_FLAG_LOG;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
}

int brig_program_load(const struct brig_program *program)
{
	/* SPEC_ALLOW stays off: speculation is not given back for speed. */
	long r = set_filter(program, SECCOMP_FILTER_FLAG_TSYNC);

	if (r < 0)
		return -errno;
	return r > 0 ? -EBUSY : 0; /* > 0: the id of a thread that could not be synchronised */
}

int brig_program_load_listening(const struct brig_program *program)
{
	/* A number would be a descriptor and a thread at once: ESRCH tells them apart. */
	const unsigned long flags = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH |
				    SECCOMP_FILTER_FLAG_NEW_LISTENER;
	long fd = set_filter(program, flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);

	if (fd < 0 && errno == EINVAL) /* before Linux 5.19 */
		fd = set_filter(program, flags);
	if (fd < 0)
		return errno == ESRCH ? -EBUSY : -errno;
	return (int)fd;
}
