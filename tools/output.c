#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

static char *temporary_name(const char *path)
{
	unsigned long long random = 0;
	char *name = NULL;

	if (getrandom(&random, sizeof random, 0) < 0)
		random = (unsigned long long)getpid();
	char *directory = directory_of(path);
	if (directory && asprintf(&name, "%s/.brig-%016llx.tmp", directory, random) < 0)
		name = NULL;
	free(directory);
	return name;
}

bool output_is_special(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

int output_open(struct output *output, const char *path)
{
	char *directory = directory_of(path);

	*output = (struct output){ .fd = -1, .path = strdup(path) };
	if (output_is_special(path)) {
		free(directory);
		return -EEXIST;
	}
	if (!directory || !output->path) {
		free(directory);
		return -ENOMEM;
	}
	/* Nameless: a crash leaves nothing behind. Mode by umask, as any program's output. */
	output->fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
	int error = output->fd < 0 ? errno : 0;
	free(directory);
	if (error != EOPNOTSUPP && error != EISDIR && error != ENOENT)
		return -error;
	output->temporary = temporary_name(path); /* a file system without O_TMPFILE */
	if (!output->temporary)
		return -ENOMEM;
	output->fd = open(output->temporary, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0666);
	if (output->fd >= 0)
		return 0;
	error = errno;
	free(output->temporary);
	output->temporary = NULL;
	return -error;
}

static int link_as(const struct output *output, const char *name)
{
	char self[64];

	(void)snprintf(self, sizeof self, "/proc/self/fd/%d", output->fd);
	return linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

int output_commit(struct output *output)
{
	if (!output->temporary) {
		/* A new file never has another name, so that a crash can't leave one. */
		int r = link_as(output, output->path);

		if (r != -EEXIST)
			return r;
		/* A link never replaces: so link to a new name, then rename over the old. */
		char *name = temporary_name(output->path);
		if (!name)
			return -ENOMEM;
		r = link_as(output, name);
		if (r < 0) {
			free(name);
			return r;
		}
		output->temporary = name;
	}
	if (rename(output->temporary, output->path) < 0)
		return -errno;
	free(output->temporary);
	output->temporary = NULL;
	return 0;
}

void output_close(struct output *output)
{
	if (output->fd >= 0)
		(void)close(output->fd);
	if (output->temporary)
		(void)unlink(output->temporary);
	free(output->temporary);
	free(output->path);
	*output = (struct output){ .fd = -1 };
}
