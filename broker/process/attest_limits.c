/* A child's resource limits as procfs shows them: proc_pid_limits(5), readable by anyone. */
#include "broker/process/attest.h"

#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	int resource;
	const char *line;
} lines[] = {
	{ RLIMIT_CPU, "\nMax cpu time " },        { RLIMIT_FSIZE, "\nMax file size " },
	{ RLIMIT_DATA, "\nMax data size " },      { RLIMIT_STACK, "\nMax stack size " },
	{ RLIMIT_CORE, "\nMax core file size " }, { RLIMIT_NPROC, "\nMax processes " },
	{ RLIMIT_NOFILE, "\nMax open files " },   { RLIMIT_MEMLOCK, "\nMax locked memory " },
	{ RLIMIT_AS, "\nMax address space " },    { RLIMIT_MSGQUEUE, "\nMax msgqueue size " },
};

static const char *find_line(const char *text, int resource)
{
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		const char *at = lines[i].resource == resource ? strstr(text, lines[i].line) : NULL;

		if (at)
			return at + strlen(lines[i].line);
	}
	return NULL;
}

/* "unlimited" is no number. */
static bool number_within(const char **at, rlim_t most)
{
	char *end;

	errno = 0;
	const unsigned long long value = strtoull(*at, &end, 10);
	const bool number = end != *at && !errno;
	*at = end;
	return number && value <= most;
}

int brig_attest_limits(int proc, const struct brig_role *role, bool *ret_within)
{
	char text[4096];
	brig_auto_fd int fd = openat(proc, "limits", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, text, sizeof text - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	*ret_within = true;
	for (size_t i = 0; i < role->n_limits; i++) {
		const char *at = find_line(text, role->limits[i].resource);

		/* Soft, then hard. */
		if (!at || !number_within(&at, role->limits[i].value) ||
		    !number_within(&at, role->limits[i].value))
			*ret_within = false;
	}
	return 0;
}
