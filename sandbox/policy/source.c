#include "sandbox/policy/nearest.h"
#include "sandbox/policy/shipped.h"

#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

const struct brig_shipped *brig_shipped_find(const char *name)
{
	for (const struct brig_shipped *role = brig_shipped_roles; role->name; role++)
		if (!strcmp(role->name, name))
			return role;
	return NULL;
}

int brig_source_copy(const char *name, const char *text, size_t n, struct brig_text_file *ret)
{
	char *own_name = strdup(name), *own_text = malloc(n + 1);

	if (!own_name || !own_text) {
		free(own_name);
		free(own_text);
		return -ENOMEM;
	}
	memcpy(own_text, text, n);
	own_text[n] = '\0';
	*ret = (struct brig_text_file){ .name = own_name, .text = own_text, .n = n };
	return 0;
}

static int read_all(const char *path, struct brig_text_file *ret)
{
	char buffer[BRIG_FILE_BYTES_MAX + 1];
	size_t n = 0;
	ssize_t r = 1;
	struct stat st;
	brig_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	while (r > 0 && n < sizeof buffer) {
		r = read(fd, buffer + n, sizeof buffer - n);
		if (r < 0)
			return -errno;
		n += (size_t)r;
	}
	if (n > BRIG_FILE_BYTES_MAX)
		return -E2BIG;
	return brig_source_copy(path, buffer, n, ret);
}

static bool is_path(const char *name)
{
	const size_t n = strlen(name), suffix = strlen(".policy");

	return strchr(name, '/') || (n > suffix && !strcmp(name + n - suffix, ".policy"));
}

/* "x" beside "dir/y.policy" is "dir/x.policy"; false if it is no file's neighbour. */
static bool neighbour(const char *name, const char *beside, char *path, size_t size)
{
	const char *slash = beside ? strrchr(beside, '/') : NULL;
	const char *suffix = is_path(name) ? "" : ".policy";
	int n;

	if (!beside || *name == '/' || !is_path(beside))
		return false;
	n = snprintf(path, size, "%.*s%s%s", slash ? (int)(slash - beside) + 1 : 0, beside, name,
		     suffix);
	return n > 0 && (size_t)n < size;
}

int brig_source_read(void *user, const char *name, const char *beside, struct brig_text_file *ret)
{
	char path[4096];
	int r = -ENOENT;
	(void)user;

	if (neighbour(name, beside, path, sizeof path))
		r = read_all(path, ret);
	else if (is_path(name))
		return read_all(name, ret);
	if (r != -ENOENT)
		return r;
	const struct brig_shipped *role = brig_shipped_find(name);
	return role ? brig_source_copy(role->name, role->text, strlen(role->text), ret) : -ENOENT;
}

void brig_source_explain(int error, const char *name, char *ret, size_t size)
{
	struct brig_names names = { brig_shipped_roles, 0, sizeof *brig_shipped_roles };
	const struct brig_shipped *near = NULL;

	if (error == -E2BIG) {
		(void)snprintf(ret, size, "more than %d bytes", BRIG_FILE_BYTES_MAX);
		return;
	}
	if (error != -ENOENT) {
		(void)snprintf(ret, size, "%s", strerror(-error));
		return;
	}
	while (brig_shipped_roles[names.count].name)
		names.count++;
	if (!is_path(name))
		near = brig_names_nearest(&names, name, strlen(name));
	(void)snprintf(ret, size, "there is no such role or file%s%s%s", near ? "; is it " : "",
		       near ? near->name : "", near ? "?" : "");
}
