/* Resources, descriptors and what a process may know of the machine: as much as it was given. */
#include "sandbox/selftest/attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define STEP           (256ul << 20)
#define ENOUGH_STEPS   40  /* 10 GiB: more than any role's limit */
#define ENOUGH_FDS     600 /* more than any role's limit */
#define FDS            256
#define NR_close_range 436

/* Address space alone, of which nothing is touched: the limit is on what is mapped. */
static int run_memory_bomb(struct brig_attempt_context *context)
{
	void *taken[ENOUGH_STEPS];
	int n = 0, error = 0;

	brig_attempt_mark(context, SYS_mmap);
	for (; n < ENOUGH_STEPS && !error; n++) {
		taken[n] = mmap(NULL, STEP, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (taken[n] == MAP_FAILED)
			error = errno;
	}
	for (int i = 0; i < n - !!error; i++)
		(void)munmap(taken[i], STEP);
	return error;
}

static int run_brk(struct brig_attempt_context *context)
{
	const long here = RAW(SYS_brk, 0);
	long end = here;
	bool grown = true;

	for (int i = 0; i < ENOUGH_STEPS && grown; i++, end += (long)STEP)
		grown = TRY(context, SYS_brk, end + (long)STEP) == end + (long)STEP;
	(void)RAW(SYS_brk, here);
	return grown ? 0 : ENOMEM;
}

static int run_fd_bomb(struct brig_attempt_context *context)
{
	int first = -1, last = -1;
	long fd = 0;

	for (int i = 0; i < ENOUGH_FDS; i++) {
		fd = TRY(context, SYS_dup, context->channel);
		if (fd < 0)
			break;
		first = first < 0 ? (int)fd : first;
		last = (int)fd;
	}
	if (first >= 0)
		(void)RAW(NR_close_range, first, last, 0);
	return brig_attempt_refusal(fd);
}

static int set_limit(struct brig_attempt_context *context, int resource, rlim_t value)
{
	const struct rlimit limit = { value, value };

	return brig_attempt_refusal(TRY(context, SYS_prlimit64, 0, resource, &limit, 0));
}

static int run_raise_core(struct brig_attempt_context *context)
{
	return set_limit(context, RLIMIT_CORE, 4096);
}

static int run_raise_file(struct brig_attempt_context *context)
{
	return set_limit(context, RLIMIT_FSIZE, 1 << 20);
}

#if defined(__x86_64__)
static int run_setrlimit(struct brig_attempt_context *context)
{
	const struct rlimit limit = { 1, 1 };

	return brig_attempt_refusal(TRY(context, SYS_setrlimit, RLIMIT_NPROC, &limit));
}
#endif

static int run_locked(struct brig_attempt_context *context)
{
	long page =
		RAW(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return brig_attempt_refusal(page < 0 ? page : TRY(context, SYS_mlock, page, 4096));
}

/* No mlock(2), and the same: mmap looks at the limit, too. */
static int run_map_locked(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(TRY(context, SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE,
					MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1));
}

/* Whatever can't be mapped since there is nothing to map is not open. */
static int run_audit(struct brig_attempt_context *context)
{
	int extra = 0;

	brig_attempt_mark(context, SYS_mmap);
	for (int fd = 3; fd < FDS; fd++) {
		long at = RAW(SYS_mmap, 0, 4096, PROT_READ, MAP_PRIVATE, fd, 0);

		if (at > 0)
			(void)RAW(SYS_munmap, at, 4096);
		if (at != -EBADF && fd != context->channel && fd != context->granted)
			extra = fd;
	}
	if (!extra)
		return ENODATA;
	char text[64];
	(void)snprintf(text, sizeof text, "descriptor %d is open", extra);
	brig_attempt_say(context, text);
	return 0;
}

static int run_seek(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(TRY(context, SYS_lseek, context->granted, 3, SEEK_SET));
}

static int control(struct brig_attempt_context *context, long command, long argument)
{
	return brig_attempt_refusal(TRY(context, SYS_fcntl, context->channel, command, argument));
}

static int run_setfl(struct brig_attempt_context *context)
{
	return control(context, F_SETFL, O_RDWR);
}

static int run_setown(struct brig_attempt_context *context)
{
	return control(context, F_SETOWN, 0);
}

static int run_dupfd(struct brig_attempt_context *context)
{
	return control(context, F_DUPFD, 0);
}

static int run_lease(struct brig_attempt_context *context)
{
	long r = TRY(context, SYS_fcntl, context->granted, F_SETLEASE, F_UNLCK);

	return r == -EAGAIN ? 0 : brig_attempt_refusal(r); /* it has none to give back */
}

static int run_flock(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(TRY(context, SYS_flock, context->granted, 1 | 4));
}

static int run_dup2(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(TRY(context, SYS_dup3, context->channel, 60, 0));
}

static int run_write(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(TRY(context, SYS_write, context->granted, "x", 1));
}

static int run_pwrite(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(TRY(context, SYS_pwrite64, context->granted, "x", 1, 0));
}

static int run_pwritev2(struct brig_attempt_context *context)
{
	const struct iovec iov = { (void *)(uintptr_t) "x", 1 };

	return brig_attempt_refusal(TRY(context, SYS_pwritev2, context->granted, &iov, 1, 0, 0, 0));
}

static int run_ftruncate(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(TRY(context, SYS_ftruncate, context->granted, 0));
}

static int run_fallocate(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(TRY(context, SYS_fallocate, context->granted, 0, 0, 4096));
}

static int run_add_seals(struct brig_attempt_context *context)
{
	const long seal = 1; /* F_SEAL_SEAL */
	return brig_attempt_refusal(TRY(context, SYS_fcntl, context->granted, 1033, seal));
}

static int run_fchmod(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(TRY(context, SYS_fchmod, context->granted, 0600));
}

static int run_fstat(struct brig_attempt_context *context)
{
	char space[256];

	return brig_attempt_refusal(TRY(context, SYS_fstat, context->granted, space));
}

static int run_copy(struct brig_attempt_context *context)
{
	long r = TRY(context, SYS_sendfile, context->channel, context->granted, 0, 0);

	return brig_attempt_refusal(r);
}

static int run_flags_of_file(struct brig_attempt_context *context)
{
	const long immutable = 0;

	return brig_attempt_refusal(
		TRY(context, SYS_ioctl, context->granted, 0x40086602ul, &immutable));
}

static int run_clone_file(struct brig_attempt_context *context)
{
	return brig_attempt_refusal(
		TRY(context, SYS_ioctl, context->granted, 0x40049409ul, context->granted));
}

static int run_dma_buf(struct brig_attempt_context *context)
{
	const uint64_t flags = 0;

	return brig_attempt_refusal(
		TRY(context, SYS_ioctl, context->granted, 0x40086200ul, &flags));
}

static int run_uname(struct brig_attempt_context *context)
{
	struct utsname name;

	return brig_attempt_refusal(TRY(context, SYS_uname, &name));
}

static int run_sysinfo(struct brig_attempt_context *context)
{
	struct sysinfo info;

	return brig_attempt_refusal(TRY(context, SYS_sysinfo, &info));
}

static int run_getcpu(struct brig_attempt_context *context)
{
	unsigned int cpu, node;

	return brig_attempt_refusal(TRY(context, SYS_getcpu, &cpu, &node, 0));
}

static int run_getrusage(struct brig_attempt_context *context)
{
	struct rusage usage;

	return brig_attempt_refusal(TRY(context, SYS_getrusage, RUSAGE_CHILDREN, &usage));
}

static int run_times(struct brig_attempt_context *context)
{
	struct tms tms;

	return brig_attempt_refusal(TRY(context, SYS_times, &tms));
}

static int run_other_clock(struct brig_attempt_context *context)
{
	const long clock = ~(long)context->page->canary_pid * 8 + 2; /* its processor time */
	struct timespec time;
	long r = TRY(context, SYS_clock_gettime, clock, &time);

	return brig_attempt_refusal(r);
}

static int run_timer(struct brig_attempt_context *context)
{
	int id;

	return brig_attempt_refusal(TRY(context, SYS_timer_create, CLOCK_MONOTONIC, 0, &id));
}

/* clang-format off */
#define LIMITED(id_, what_, groups_, expected_, behind_, run_) \
	{ .id = (id_), .what = (what_), .groups = (groups_), .expected = (expected_), .behind = (behind_), .run = (run_) }
/* Of a descriptor that was opened to read: the kernel lets nobody write by it. */
#define READ_ONLY(id_, what_, by_role_, behind_, run_) \
	{ .id = (id_), .what = (what_), .groups = "SB", .expected = "EPERM" ALLOWED_BADF, .by_role = (by_role_), .behind = (behind_), .unsealed = (behind_), .run = (run_) }
#define FILTERED(id_, what_, by_role_, unsealed_, run_) \
	{ .id = (id_), .what = (what_), .groups = "S", .expected = "EPERM", .by_role = (by_role_), .unsealed = (unsealed_), .run = (run_) }
#ifdef BRIG_SANITIZED
#define ALLOWED_BADF "|EBADF"
#define NO_MEMORY    "OK" /* sanitizers need all there is */
#else
#define ALLOWED_BADF ""
#define NO_MEMORY    "ENOMEM"
#endif

static const struct brig_attempt rows[] = {
	READ_ONLY("15.write", "write to what it may read", "network: EBADF; service: EBADF", "EBADF", run_write),
	READ_ONLY("15.pwrite64", "write to what it may read", "network: EBADF; service: EBADF", "EBADF", run_pwrite),
	READ_ONLY("15.pwritev2", "write to what it may read", "network: EBADF; service: EBADF", "EBADF", run_pwritev2),
	READ_ONLY("15.ftruncate", "cut what it may read", NULL, "EINVAL|EBADF|EPERM", run_ftruncate),
	READ_ONLY("15.fallocate", "grow what it may read", NULL, "EBADF", run_fallocate),
	READ_ONLY("15.add-seals", "seal what it may read", NULL, "EPERM|EINVAL", run_add_seals),
#if defined(__x86_64__)
	FILTERED("34.setrlimit", "a limit of its own", NULL, NULL, run_setrlimit),
#endif
	LIMITED("34.raise-files", "write files again", "SR", "EPERM", "EPERM", run_raise_file),
	LIMITED("78.raise-core", "leave its memory in a file", "SR", "EPERM", "EPERM", run_raise_core),
	LIMITED("77.memory", "all memory", "R", NO_MEMORY, "ENOMEM", run_memory_bomb),
	{ .id = "77.brk", .what = "all memory, by the heap", .groups = "R", .expected = NO_MEMORY "|ENOMEM", .behind = "ENOMEM", .unsealed = "OK|ENOMEM", .run = run_brk },
	LIMITED("77.descriptors", "all descriptors", "SR", "EPERM", "EMFILE", run_fd_bomb),
	LIMITED("77.locked", "memory that can't be swapped", "SR", "EPERM", "EPERM|ENOMEM", run_locked),
	{ .id = "77.map-locked", .what = "memory that can't be swapped", .groups = "R", .expected = "EPERM|EAGAIN", .behind = "EPERM|EAGAIN", .unsealed = "OK|EPERM|EAGAIN", .run = run_map_locked },
	{ .id = "75.audit", .what = "descriptors that nobody declared", .groups = "F", .expected = "HARMLESS", .run = run_audit },
	FILTERED("75.lseek", "where its broker reads on", "plugin: OK; network: OK; service: OK", NULL, run_seek),
	FILTERED("75.setfl", "how its broker's socket waits", "network: OK", NULL, run_setfl),
	FILTERED("75.setown", "signals for what its broker does", NULL, NULL, run_setown),
	FILTERED("75.dupfd", "another descriptor", NULL, NULL, run_dupfd),
	FILTERED("75.dup3", "a descriptor where another is expected", NULL, NULL, run_dup2),
	FILTERED("75.lease", "a lease on what its broker opened", NULL, "OK|EACCES|EINVAL", run_lease),
	FILTERED("75.flock", "a lock on what its broker opened", NULL, NULL, run_flock),
	{ .id = "64.setflags", .what = "a file that can't be removed", .groups = "S", .expected = "EPERM", .by_role = "plugin: ENOTTY", .unsealed = "OK|ENOTTY|EPERM|EOPNOTSUPP|EINVAL|EBADF", .run = run_flags_of_file },
	{ .id = "64.ficlone", .what = "a file's blocks", .groups = "S", .expected = "EPERM", .by_role = "plugin: ENOTTY", .unsealed = "OK|ENOTTY|EBADF|EOPNOTSUPP|EINVAL|EXDEV", .run = run_clone_file },
	{ .id = "64.dma-buf", .what = "a device's memory", .groups = "S", .expected = "EPERM", .by_role = "plugin: ENOTTY", .unsealed = "ENOTTY", .run = run_dma_buf },
	FILTERED("88.uname", "which kernel this is", "compute: EPERM", NULL, run_uname),
	FILTERED("88.sysinfo", "how busy the machine is", NULL, NULL, run_sysinfo),
	FILTERED("88.getcpu", "which processor it runs on", NULL, NULL, run_getcpu),
	FILTERED("88.getrusage", "what processes used", NULL, NULL, run_getrusage),
	FILTERED("88.times", "what processes used", "network: OK", NULL, run_times),
	{ .id = "108.canary-clock", .what = "what another process used", .groups = "SN", .expected = "EINVAL", .by_role = "codec: EPERM", .behind = "EINVAL", .run = run_other_clock },
	FILTERED("108.timer_create", "a timer", NULL, NULL, run_timer),
	FILTERED("108.fchmod", "who may read what it was granted", NULL, "OK|EPERM", run_fchmod),
	{ .id = "108.fstat", .what = "whose is what it was granted", .groups = "S", .expected = "EPERM", .by_role = "plugin: EACCES", .run = run_fstat },
	FILTERED("108.sendfile", "a file to a socket", NULL, NULL, run_copy),
	{ .id = "108.sync", .what = "have everybody wait for the disk", .groups = "S", .expected = "EPERM", .reached = EBADF, PLAIN(SYS_syncfs, MINUS(1)) },
	{ .id = "108.cachestat", .what = "what others have read lately", .groups = "S", .expected = "ENOSYS", .unsealed = "OK|ENOSYS", .reached = EBADF, PLAIN(451, MINUS(1), 0, 0, 0) },
	{ .id = "108.statmount", .what = "the machine's mounts", .groups = "S", .expected = "ENOSYS", .unsealed = "OK|ENOSYS", .reached = EFAULT, PLAIN(457, 0, 0, 0, 0) },
	{ .id = "108.listmount", .what = "the machine's mounts", .groups = "S", .expected = "ENOSYS", .unsealed = "OK|ENOSYS", .reached = EFAULT, PLAIN(458, 0, 0, 0, 0) },
	{ .id = "108.landlock", .what = "another Landlock domain", .groups = "S", .expected = "EPERM", .unsealed = "OK|ENOSYS|EOPNOTSUPP", PLAIN(444, 0, 0, 1) },
};
/* clang-format on */

ATTEMPT_TABLE(brig_attempts_limits);
