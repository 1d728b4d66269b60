/*
 * Landlock: what the file system, TCP, device ioctls, signals and abstract sockets are to a child,
 * whatever its namespaces say. Constants are ours, up to ABI 7, since system headers lag
 * (Documentation/userspace-api/landlock.rst of the kernel).
 */
#include "sandbox/layers/seal.h"

#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

struct ruleset {
	uint64_t fs;
	uint64_t net;    /* ABI 4 */
	uint64_t scoped; /* ABI 6 */
};

struct __attribute__((packed)) path_rule {
	uint64_t allowed;
	int32_t parent_fd;
};

#define FS_EXECUTE        (1ull << 0)
#define FS_READ_FILE      (1ull << 2)
#define FS_READ_DIR       (1ull << 3)
#define FS_ABI1           ((1ull << 13) - 1)
#define FS_REFER          (1ull << 13) /* ABI 2 */
#define FS_TRUNCATE       (1ull << 14) /* ABI 3 */
#define FS_IOCTL_DEV      (1ull << 15) /* ABI 5 */
#define NET_TCP           3ull
#define SCOPE_ALL         3ull
#define RULE_PATH_BENEATH 1
#define CREATE_VERSION    1u
#define CREATE_ERRATA     2u /* Linux 6.15, and where it was backported */
#define LOG_SAME_EXEC_OFF 1u /* ABI 7 */

int brig_landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);

	return abi < 0 ? -errno : (int)abi;
}

int brig_landlock_errata(void)
{
	long errata = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_ERRATA);

	return errata < 0 ? -errno : (int)errata;
}

/*
 * Whatever errata are corrected: uncorrected, the second keeps signals from threads of one process
 * that are in different domains. A role's threads start in the domain of its first.
 */
static size_t ruleset_for(int abi, struct ruleset *ret)
{
	ret->fs = FS_ABI1 | (abi >= 2 ? FS_REFER : 0) | (abi >= 3 ? FS_TRUNCATE : 0) |
		  (abi >= 5 ? FS_IOCTL_DEV : 0);
	ret->net = abi >= 4 ? NET_TCP : 0;
	ret->scoped = abi >= 6 ? SCOPE_ALL : 0;
	/* The kernel refuses bytes that it doesn't know, so each ABI gets its own size. */
	return abi >= 6 ? sizeof *ret : abi >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
}

static int known_abi(const struct brig_seal *seal)
{
	return seal->landlock_abi ? seal->landlock_abi : brig_landlock_abi();
}

static int ruleset_create(int abi)
{
	struct ruleset ruleset;

	if (abi < 0)
		return abi;
	size_t size = ruleset_for(abi, &ruleset);
	long fd = syscall(SYS_landlock_create_ruleset, &ruleset, size, 0);
	return fd < 0 ? -errno : (int)fd;
}

/* What is refused is logged where the role says "audit on": else a child could fill the log. */
static int restrict_self(const struct brig_seal *seal, int ruleset)
{
	const bool audit = seal->filter && seal->filter->audit;
	long r = syscall(SYS_landlock_restrict_self, ruleset, audit ? 0 : LOG_SAME_EXEC_OFF);

	if (r < 0 && errno == EINVAL && !audit) /* before ABI 7 */
		r = syscall(SYS_landlock_restrict_self, ruleset, 0);
	return r < 0 ? -errno : 0;
}

static int allow_fd(int ruleset, int fd, uint64_t allowed)
{
	const struct path_rule rule = { .allowed = allowed, .parent_fd = fd };

	if (syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) < 0)
		return -errno;
	return 0;
}

static int allow_path(int ruleset, const char *path, uint64_t allowed)
{
	brig_auto_fd int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	return allow_fd(ruleset, fd, allowed);
}

int brig_step_landlock_libraries(struct brig_seal *seal)
{
	brig_auto_fd int ruleset = ruleset_create(known_abi(seal));

	if (ruleset < 0)
		return ruleset;
	int r = allow_path(ruleset, "/usr", FS_EXECUTE | FS_READ_FILE | FS_READ_DIR);
	if (!r)
		r = allow_path(ruleset, "/etc/ld.so.cache", FS_READ_FILE);
	if (!r && seal->plugin_fd < 0)
		r = allow_path(ruleset, "/plugin.so", FS_EXECUTE | FS_READ_FILE);
	else if (!r)
		r = allow_fd(ruleset, seal->plugin_fd, FS_EXECUTE | FS_READ_FILE);
	return r ? r : restrict_self(seal, ruleset);
}

/*
 * Where a role may connect, and nothing but Landlock stands between it and the network, one that
 * knows no TCP (landlock(7): ABI 4, Linux 6.7) doesn't hold what the layer stands for. It is put on
 * all the same, for the files.
 */
static bool leaves_tcp(const struct brig_seal *seal, int abi)
{
	return abi < 4 && seal->role->connects && !brig_seal_has(seal, BRIG_LAYER_NET_NS);
}

int brig_step_landlock(struct brig_seal *seal)
{
	const int abi = known_abi(seal);
	int ruleset = ruleset_create(abi);

	if (ruleset < 0)
		return ruleset;
	int r = restrict_self(seal, ruleset);
	(void)syscall(SYS_close, ruleset);
	return !r && leaves_tcp(seal, abi) ? -EPROTONOSUPPORT : r;
}
