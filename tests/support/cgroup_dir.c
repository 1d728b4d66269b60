#include "tests/support/cgroup_dir.h"

#include "broker/process/cgroup.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static bool is_cgroup2(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

const char *cgroup_above(void)
{
	const char *given = getenv("BRIG_TEST_CGROUP");

	if (given)
		return given;
	return is_cgroup2("/sys/fs/cgroup") ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified";
}

const char *cgroup_in(const char *dir, const char *name)
{
	static char paths[4][1200];
	static unsigned int next;
	char *path = paths[next++ % 4];

	(void)snprintf(path, sizeof paths[0], "%s/%s", dir, name);
	return path;
}

void cgroup_write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	ASSERT_INT_GE(fd, 0);
	EXPECT_INT_EQ((long long)strlen(text), write(fd, text, strlen(text)));
	(void)close(fd);
}

const char *cgroup_read_from(const char *path)
{
	static char text[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);

	if (fd >= 0)
		(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

bool cgroup_directory(char ret[DIR_LENGTH])
{
	(void)snprintf(ret, DIR_LENGTH, "%s/test-%d", cgroup_above(), (int)getpid());
	return is_cgroup2(cgroup_above()) && mkdir(ret, 0755) == 0;
}

bool cgroup_has_controllers(const char *dir)
{
	const char *text = cgroup_read_from(cgroup_in(dir, "cgroup.controllers"));

	if (brig_cgroup_has_word(text, "memory") && brig_cgroup_has_word(text, "pids"))
		return true;
	(void)rmdir(dir);
	return false;
}

size_t cgroup_count_below(const char *path, char *ret_last)
{
	DIR *entries = opendir(path);
	size_t n = 0;

	for (const struct dirent *e = entries ? readdir(entries) : NULL; e; e = readdir(entries))
		if (e->d_type == DT_DIR && *e->d_name != '.') {
			n++;
			if (ret_last)
				(void)snprintf(ret_last, 256, "%s", e->d_name);
		}
	if (entries)
		(void)closedir(entries);
	return n;
}
