/* May groups be made in the cgroup that this process is in, with controllers? As systemd lets it.
 */
#include "sandbox/selftest/probe.h"

#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where cgroup v2 is mounted: "36 35 0:37 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw". */
static int find_mount(char *ret, size_t size)
{
	char line[1024], point[512];
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	int r = -ENOENT;

	if (!mounts)
		return -errno;
	while (r && fgets(line, sizeof line, mounts))
		if (strstr(line, " - cgroup2 ") &&
		    sscanf(line, "%*s %*s %*s %*s %511s", point) == 1 &&
		    snprintf(ret, size, "%s", point) < (int)size)
			r = 0;
	(void)fclose(mounts);
	return r;
}

/* What comes after "0::", which is below the mount. */
static int find_own(char *ret, size_t size)
{
	char line[1024];
	FILE *groups = fopen("/proc/self/cgroup", "re");
	int r = -ENOENT;

	if (!groups)
		return -errno;
	while (r && fgets(line, sizeof line, groups)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "0::/", 4) && strncmp(line, "0::/..", 6) != 0 &&
		    snprintf(ret, size, "%s", line + 3) < (int)size)
			r = 0;
	}
	(void)fclose(groups);
	return r;
}

static int open_own(char *ret_path, size_t size)
{
	char point[512], own[512];
	int r = find_mount(point, sizeof point);

	if (!r)
		r = find_own(own, sizeof own);
	if (r)
		return r;
	if (snprintf(ret_path, size, "%s%s", point, strcmp(own, "/") != 0 ? own : "") >= (int)size)
		return -ENAMETOOLONG;
	int fd = open(ret_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int look_for_controllers(int group)
{
	char text[256];
	brig_auto_fd int fd = openat(group, "cgroup.controllers", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, text, sizeof text - 1);
	text[n > 0 ? n : 0] = '\0';
	return strstr(text, "memory") && strstr(text, "pids") ? 0 : -EOPNOTSUPP;
}

int brig_probe_cgroup_limits(struct brig_probe_report *report)
{
	char path[1100] = "", name[48];

	report->stage = BRIG_STAGE_CGROUP_LIMITS;
	brig_auto_fd int group = open_own(path, sizeof path);
	if (group < 0)
		return group;
	(void)snprintf(report->detail, sizeof report->detail, "%.119s", path);
	(void)snprintf(name, sizeof name, "brig-doctor-%d", (int)getpid());
	if (mkdirat(group, name, 0755) < 0)
		return -errno;
	(void)unlinkat(group, name, AT_REMOVEDIR);
	return look_for_controllers(group);
}
