#include "tests/support/outside.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static size_t read_proc(pid_t pid, const char *file, char *ret, size_t size)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, ret, size - 1);
	if (fd >= 0)
		(void)close(fd);
	ret[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

/* Fields of stat: pid (comm) state ppid; a comm may hold brackets of its own. */
static pid_t parent_of(pid_t pid)
{
	char stat[1024];

	(void)read_proc(pid, "stat", stat, sizeof stat);
	const char *end = strrchr(stat, ')');
	return end && strlen(end) > 4 ? (pid_t)strtol(end + 4, NULL, 10) : 0;
}

size_t outside_children(pid_t parent, pid_t *ret, size_t max)
{
	DIR *proc = opendir("/proc");
	size_t n = 0;

	if (!proc)
		return 0;
	for (const struct dirent *entry = readdir(proc); entry && n < max; entry = readdir(proc)) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (isdigit((unsigned char)entry->d_name[0]) && parent_of(pid) == parent)
			ret[n++] = pid;
	}
	(void)closedir(proc);
	return n;
}

const char *outside_name(pid_t pid)
{
	static char name[64];
	size_t n = read_proc(pid, "comm", name, sizeof name);

	if (n > 0)
		name[n - 1] = '\0';
	return name;
}

uint64_t outside_status(pid_t pid, const char *name, int base)
{
	char status[8192], key[64];

	(void)read_proc(pid, "status", status, sizeof status);
	(void)snprintf(key, sizeof key, "\n%s:", name);
	const char *line = strstr(status, key);
	return line ? strtoull(line + strlen(key), NULL, base) : UINT64_MAX;
}

bool outside_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, OUTSIDE_DEADLINE_MS) == 1 && (p.revents & POLLIN);
}

bool outside_pidfd_tells(void)
{
	struct utsname name;
	char *end = NULL;

	if (uname(&name) < 0)
		return false;
	unsigned long major = strtoul(name.release, &end, 10);
	unsigned long minor = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;
	return major > 6 || (major == 6 && minor >= 15);
}
