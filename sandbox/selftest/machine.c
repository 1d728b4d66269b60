/* The surroundings, read without a privilege; only what was seen is claimed. */
#include "sandbox/selftest/machine.h"

#include "sandbox/base/cleanup.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

/* The first line or NUL-terminated string, in printable ASCII. A FIFO or device isn't waited for.
 */
static bool read_line(const char *path, char *ret, size_t size)
{
	brig_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return false;
	ssize_t n = read(fd, ret, size - 1);
	if (n < 0)
		n = 0;
	ret[n] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	for (char *c = ret; *c; c++)
		if (!isascii(*c) || !isprint(*c))
			*c = '?';
	return n > 0;
}

static int read_setting(const char *path)
{
	char text[32];
	char *end;

	if (!read_line(path, text, sizeof text))
		return BRIG_SETTING_UNKNOWN;
	long value = strtol(text, &end, 10);
	return end == text || value < 0 || value > INT32_MAX ? BRIG_SETTING_UNKNOWN : (int)value;
}

static void look_at_status(struct brig_machine *machine)
{
	static const uint64_t ptrace = 1ull << CAP_SYS_PTRACE;
	char line[256];
	FILE *status = fopen("/proc/self/status", "re");

	if (!status)
		return;
	while (fgets(line, sizeof line, status)) {
		if (!strncmp(line, "Seccomp:", 8))
			machine->seccomp = (int)strtol(line + 8, NULL, 10);
		if (!strncmp(line, "Seccomp_filters:", 16))
			machine->filters = (int)strtol(line + 16, NULL, 10);
		if (!strncmp(line, "CapEff:", 7))
			machine->may_ptrace = strtoull(line + 7, NULL, 16) & ptrace;
	}
	(void)fclose(status);
}

static void look_at_ids(struct brig_machine *machine)
{
	char line[128];
	char *at = line;

	machine->uid = geteuid();
	if (!read_line("/proc/self/uid_map", line, sizeof line))
		return;
	/* Inside, outside, how many: the initial one's only row has them all. */
	(void)strtoul(at, &at, 10);
	(void)strtoul(at, &at, 10);
	machine->part_of_ids = strtoul(at, NULL, 10) < UINT32_MAX;
}

static const struct {
	const char *file, *kind;
} container_files[] = {
	{ "/run/.containerenv", "podman" },
	{ "/.dockerenv", "docker" },
	{ "/run/systemd/container", NULL }, /* the file says */
	{ "/.flatpak-info", "flatpak" },
};

/* Names that container managers give to control groups. */
static const char *const container_groups[] = { "docker", "kubepods",   "libpod",
						"lxc",    "containerd", "machine.slice" };

static bool container_by_file(struct brig_machine *machine)
{
	char kind[32];

	for (size_t i = 0; i < sizeof container_files / sizeof *container_files; i++) {
		const char *file = container_files[i].file;

		if (access(file, F_OK) < 0)
			continue;
		if (container_files[i].kind)
			(void)snprintf(kind, sizeof kind, "%s", container_files[i].kind);
		else if (!read_line(file, kind, sizeof kind))
			continue;
		(void)snprintf(machine->container, sizeof machine->container, "%s (%s)", kind,
			       file);
		return true;
	}
	return false;
}

/* As container managers tell whom they start; one of them may be pid 1, and its own user's. */
static bool container_by_environment(struct brig_machine *machine)
{
	char text[4096];
	brig_auto_fd int fd = open("/proc/1/environ", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);

	text[n > 0 ? n : 0] = '\0';
	for (const char *at = text; at < text + n; at += strlen(at) + 1) {
		if (strncmp(at, "container=", 10) != 0)
			continue;
		(void)snprintf(machine->container, sizeof machine->container,
			       "%.20s (container= of pid 1)", at + 10);
		for (char *c = machine->container; *c; c++)
			if (!isascii(*c) || !isprint(*c))
				*c = '?';
		return true;
	}
	return false;
}

static void container_by_group(struct brig_machine *machine)
{
	char line[512];

	if (!read_line("/proc/1/cgroup", line, sizeof line))
		return;
	for (size_t i = 0; i < sizeof container_groups / sizeof *container_groups; i++) {
		if (!strstr(line, container_groups[i]))
			continue;
		(void)snprintf(machine->container, sizeof machine->container,
			       "%s (control group of pid 1)", container_groups[i]);
		return;
	}
}

/* Known to those alone who may look at pid 1: same mounts, another root directory. */
static void look_at_root_of_init(struct brig_machine *machine)
{
	char ours[64] = "", theirs[64] = "";
	struct stat own, init;
	struct statx own_mount = { .stx_mask = 0 }, init_mount = { .stx_mask = 0 };
	const unsigned int mount_id = 0x1000; /* STATX_MNT_ID, Linux 5.8 */

	if (readlink("/proc/self/ns/mnt", ours, sizeof ours - 1) < 0 ||
	    readlink("/proc/1/ns/mnt", theirs, sizeof theirs - 1) < 0 || strcmp(ours, theirs) != 0)
		return;
	if (stat("/", &own) < 0 || stat("/proc/1/root/", &init) < 0)
		return;
	if (own.st_dev != init.st_dev || own.st_ino != init.st_ino)
		machine->chrooted = true;
	if (statx(AT_FDCWD, "/", 0, mount_id, &own_mount) == 0 &&
	    statx(AT_FDCWD, "/proc/1/root/", 0, mount_id, &init_mount) == 0 &&
	    (own_mount.stx_mask & init_mount.stx_mask & mount_id) &&
	    own_mount.stx_mnt_id != init_mount.stx_mnt_id)
		machine->chrooted = true;
}

const char *brig_machine_limit(enum brig_layer layer)
{
	static const struct {
		enum brig_layer layer;
		const char *path;
	} limits[] = {
		{ BRIG_LAYER_USER_NS, "/proc/sys/user/max_user_namespaces" },
		{ BRIG_LAYER_MOUNT_NS, "/proc/sys/user/max_mnt_namespaces" },
		{ BRIG_LAYER_NET_NS, "/proc/sys/user/max_net_namespaces" },
		{ BRIG_LAYER_IPC_NS, "/proc/sys/user/max_ipc_namespaces" },
		{ BRIG_LAYER_UTS_NS, "/proc/sys/user/max_uts_namespaces" },
		{ BRIG_LAYER_CGROUP_NS, "/proc/sys/user/max_cgroup_namespaces" },
		{ BRIG_LAYER_PID_NS, "/proc/sys/user/max_pid_namespaces" },
	};

	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		if (limits[i].layer == layer && read_setting(limits[i].path) == 0)
			return strrchr(limits[i].path, '/') + 1;
	return NULL;
}

static void look_at_limits(struct brig_machine *machine)
{
	for (int layer = 0; layer < BRIG_LAYER_COUNT && !machine->limit[0]; layer++) {
		const char *limit = brig_machine_limit((enum brig_layer)layer);

		if (limit)
			(void)snprintf(machine->limit, sizeof machine->limit, "user.%s", limit);
	}
}

static void look_at_modules(struct brig_machine *machine)
{
	char *name = machine->confined;

	(void)read_line("/sys/kernel/security/lsm", machine->lsm, sizeof machine->lsm);
	if (!read_line("/proc/self/attr/apparmor/current", name, sizeof machine->confined))
		(void)read_line("/proc/self/attr/current", name, sizeof machine->confined);
	if (!strcmp(name, "unconfined"))
		*name = '\0';
}

void brig_machine_look(struct brig_machine *ret)
{
	struct utsname system;

	*ret = (struct brig_machine){ .seccomp = BRIG_SETTING_UNKNOWN };
	if (uname(&system) == 0)
		(void)snprintf(ret->kernel, sizeof ret->kernel, "%s", system.release);
	look_at_ids(ret);
	look_at_status(ret);
	brig_machine_look_at_mounts(ret);
	look_at_root_of_init(ret);
	if (!container_by_file(ret) && !container_by_environment(ret))
		container_by_group(ret);
	look_at_modules(ret);
	look_at_limits(ret);
	ret->ptrace_scope = read_setting("/proc/sys/kernel/yama/ptrace_scope");
	ret->userns_clone = read_setting("/proc/sys/kernel/unprivileged_userns_clone");
	ret->apparmor_userns =
		read_setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns");
}

/* In a process of its own, which may fault: did it return, and true? */
static bool survives(bool (*try)(void))
{
	const pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		(void)signal(SIGSEGV, SIG_DFL);
		_exit(try() ? 0 : 1);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}

#if defined(__x86_64__)
static bool call_by_int80(void)
{
	long number = 20; /* getpid, of i386 */

	__asm__ volatile("int $0x80" : "+a"(number) : : "memory");
	return true;
}

static bool set_cpuid_faults(void)
{
	return syscall(SYS_arch_prctl, 0x1012, 1) ==
	       0; /* ARCH_SET_CPUID, to the state that it has */
}
#else
static bool call_by_int80(void)
{
	return false;
}

static bool set_cpuid_faults(void)
{
	return false;
}
#endif

bool brig_machine_gate32(void)
{
	return survives(call_by_int80);
}

bool brig_machine_cpuid_faults(void)
{
	return survives(set_cpuid_faults);
}
