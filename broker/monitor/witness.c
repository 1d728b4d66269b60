#include "broker/monitor/witness.h"

#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* What is there, up to @size bytes; or -errno. */
static ssize_t read_whole(const char *path, char *buffer, size_t size)
{
	brig_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;

	if (fd < 0)
		return -errno;
	while (n < size) {
		ssize_t r = read(fd, buffer + n, size - n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			break;
		n += (size_t)r;
	}
	return (ssize_t)n;
}

/* A number and the character behind it; false if that is another. */
static bool parse_number(const char **at, int base, char behind, unsigned long long *ret)
{
	char *end;

	*ret = strtoull(*at, &end, base);
	if (end == *at || *end != behind)
		return false;
	*at = end + 1;
	return true;
}

/* "7f0000000000-7f0000001000 r-xp 00002000 fe:01 1234    /usr/lib/x.so" */
static bool parse_line(struct brig_witness *ret, const char *line, uint64_t address)
{
	unsigned long long start, end, offset, major_, minor_, inode;
	const char *at = line;

	if (!parse_number(&at, 16, '-', &start) || !parse_number(&at, 16, ' ', &end) ||
	    address < start || address >= end)
		return false;
	/* Else it is a file of the child's choice, and nothing was called there. */
	if (strnlen(at, 5) < 5 || at[2] != 'x')
		return false;
	at += 5;
	if (!parse_number(&at, 16, ' ', &offset) || !parse_number(&at, 16, ':', &major_) ||
	    !parse_number(&at, 16, ' ', &minor_) || !parse_number(&at, 10, ' ', &inode))
		return false;
	at += strspn(at, " ");
	const size_t n = strlen(at);
	if (n >= sizeof ret->path)
		return false;
	(void)snprintf(ret->path, sizeof ret->path, "%s", n ? at : "(no file)");
	ret->device = makedev((unsigned int)major_, (unsigned int)minor_);
	ret->inode = (ino_t)inode;
	ret->offset = offset + (address - start);
	return true;
}

bool brig_witness_find(struct brig_witness *ret, char *maps, uint64_t address)
{
	char *line = maps, *end;

	/* A line that was cut off is none. */
	for (; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		if (parse_line(ret, line, address))
			return true;
	}
	return false;
}

static void see_module(struct brig_witness *ret, const char *path, uint64_t address)
{
	char *maps = malloc(BRIG_WITNESS_MAPS + 1);
	ssize_t n = maps ? read_whole(path, maps, BRIG_WITNESS_MAPS) : -ENOMEM;

	if (n < 0) {
		ret->unknown = "its mappings can't be read";
	} else {
		maps[n] = '\0';
		if (!brig_witness_find(ret, maps, address))
			ret->unknown = n == BRIG_WITNESS_MAPS
					       ? "it has more mappings than are looked at"
					       : "nothing that may be run is mapped where it says";
	}
	free(maps);
}

void brig_witness_see(struct brig_witness *ret, pid_t process, pid_t thread, uint64_t address)
{
	char path[64], name[BRIG_WITNESS_NAME + 1];

	memset(ret, 0, sizeof *ret);
	ret->unknown = "its process can't be looked at";
	if (process <= 0 || thread <= 0)
		return;
	(void)snprintf(path, sizeof path, "/proc/%d/task/%d/comm", process, thread);
	ssize_t n = read_whole(path, name, sizeof name);
	if (n > 0 && name[n - 1] == '\n')
		n--;
	if (n > 0) {
		ret->n_thread = (size_t)n < sizeof ret->thread ? (size_t)n : sizeof ret->thread;
		memcpy(ret->thread, name, ret->n_thread);
	}
	ret->unknown = NULL;
	(void)snprintf(path, sizeof path, "/proc/%d/task/%d/maps", process, thread);
	see_module(ret, path, address);
}
