/* Finding brig-child and the plugins: once, at create; by descriptor ever after. */
#include "broker/broker.h"

#include "sandbox/base/cleanup.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

/* Where this code was loaded from: libbrig.so, or the program that it was linked into. */
static int own_directory(char *ret, size_t size)
{
	brig_auto_free char *path = NULL;
	Dl_info info;

	if (!dladdr((const void *)(uintptr_t)own_directory, &info) || !info.dli_fname)
		return -ENOENT;
	path = realpath(info.dli_fname, NULL);
	if (!path) /* a program's own name may be relative to a directory it has left */
		path = realpath("/proc/self/exe", NULL);
	if (!path)
		return -errno;
	char *slash = strrchr(path, '/');
	if (!slash || (size_t)(slash - path) >= size)
		return -ENAMETOOLONG;
	*slash = '\0';
	(void)snprintf(ret, size, "%s", path);
	return 0;
}

/*
 * Someone with other rights must be able to use the file, since a broker that is root gives its uid
 * up for the child. A file that is its owner's alone is copied to memory, mode 0755.
 */
static int usable_by_others(int fd, mode_t needed)
{
	struct stat st;
	off_t offset = 0;

	if (fstat(fd, &st) < 0)
		return -errno;
	/* A copy of mode 0755 would make a program of what its owner says is none. */
	if (!S_ISREG(st.st_mode) || (needed == S_IXOTH && !(st.st_mode & 0111)))
		return -ENOEXEC;
	if (geteuid() != 0 || (st.st_mode & needed) == needed)
		return fcntl(fd, F_DUPFD_CLOEXEC, 0);
	brig_auto_fd int copy = memfd_create("brig-helper", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (copy < 0 || fchmod(copy, 0755) < 0)
		return -errno;
	while (offset < st.st_size)
		if (sendfile(copy, fd, &offset, (size_t)(st.st_size - offset)) <= 0)
			return -EIO;
	brig_auto_fd int sealed = -1;
	char path[64];
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", copy);
	if (fcntl(copy, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
		return -errno;
	sealed = open(path, O_RDONLY | O_CLOEXEC); /* exec of a writable file is ETXTBSY */
	return sealed < 0 ? -errno : brig_steal_fd(&sealed);
}

static int open_usable(const char *path, mode_t needed)
{
	brig_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return -errno;
	return usable_by_others(fd, needed);
}

/* Where an installation or build tree has them: absolute, or from the directory of this code. */
static const struct place {
	const char *helper, *plugins;
} places[] = {
	{ BRIG_LIBEXECDIR "/brig-child", BRIG_LIBEXECDIR "/plugins" },
	{ "../libexec/brig/brig-child", "../libexec/brig/plugins" },
	{ "../bin/brig-child", "../lib/brig/plugins" },
	{ "brig-child", "brig/plugins" },
};

static int place_path(const char *name, char *ret, size_t size)
{
	char own[PATH_MAX];

	*own = '\0';
	if (*name != '/' && own_directory(own, sizeof own) < 0)
		return -ENOENT;
	int n = snprintf(ret, size, "%s%s%s", own, *own ? "/" : "", name);
	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

int brig_helper_open(const char *path, int *ret, size_t *ret_place)
{
	char candidate[PATH_MAX + 64];
	int r = path ? open_usable(path, S_IXOTH) : -ENOENT;

	*ret_place = BRIG_NO_PLACE;
	for (size_t i = 0; !path && r < 0 && i < sizeof places / sizeof *places; i++) {
		if (place_path(places[i].helper, candidate, sizeof candidate) < 0)
			continue;
		r = open_usable(candidate, S_IXOTH);
		*ret_place = i;
	}
	if (r < 0)
		return r;
	*ret = r;
	return 0;
}

static void open_plugin(struct brig_broker *broker, const char *dir, const char *name)
{
	const char *suffix = strrchr(name, '.');
	char path[PATH_MAX];

	if (!suffix || strcmp(suffix, ".so") || suffix == name)
		return;
	struct brig_plugin_file *plugin = &broker->plugins[broker->n_plugins];
	size_t n = (size_t)(suffix - name);
	if (broker->n_plugins == BRIG_PLUGINS_MAX || n >= sizeof plugin->name)
		return;
	if ((size_t)snprintf(path, sizeof path, "%s/%s", dir, name) >= sizeof path)
		return;
	plugin->fd = open_usable(path, S_IROTH);
	if (plugin->fd < 0)
		return;
	memcpy(plugin->name, name, n);
	plugin->name[n] = '\0';
	broker->n_plugins++;
}

static void open_plugin_dir(struct brig_broker *broker, const char *dir)
{
	DIR *entries = opendir(dir);

	if (!entries)
		return;
	for (const struct dirent *entry = readdir(entries); entry; entry = readdir(entries))
		open_plugin(broker, dir, entry->d_name);
	(void)closedir(entries);
}

/* Having none is no error: a format that needs one is refused by name. */
void brig_plugins_open(struct brig_broker *broker, const char *dir, size_t place)
{
	char candidate[PATH_MAX + 64];

	if (dir)
		open_plugin_dir(broker, dir);
	/* Those of the helper's own installation; beside an embedder's helper, the first there are.
	 */
	for (size_t i = 0; !dir && !broker->n_plugins && i < sizeof places / sizeof *places; i++)
		if ((place == i || place == BRIG_NO_PLACE) &&
		    place_path(places[i].plugins, candidate, sizeof candidate) == 0)
			open_plugin_dir(broker, candidate);
}

const struct brig_plugin_file *brig_broker_plugin(const struct brig_broker *broker,
						  const char *name, size_t n)
{
	for (size_t i = 0; i < broker->n_plugins; i++)
		if (strlen(broker->plugins[i].name) == n &&
		    !memcmp(broker->plugins[i].name, name, n))
			return &broker->plugins[i];
	return NULL;
}
