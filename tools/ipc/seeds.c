/* A journal as a fuzzer's corpus: a file a message, named by method and content. */
#include "tools/ipc/seeds.h"
#include "tools/ipc/services.h"

#include <brig/fuzz.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct corpus {
	int dir;
	unsigned int different;
	bool failed;
};

/* FNV-1a: the same message twice is one file. */
static uint64_t hash(const uint8_t *data, size_t n)
{
	uint64_t value = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < n; i++)
		value = (value ^ data[i]) * UINT64_C(0x100000001b3);
	return value;
}

static void write_seed(void *user, const struct brig_method *method, const uint8_t *data, size_t n)
{
	struct corpus *corpus = user;
	char name[128];

	(void)snprintf(name, sizeof name, "%.64s-%016" PRIx64, method->name, hash(data, n));
	int fd = openat(corpus->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			0644);
	if (fd < 0) {
		corpus->failed |= errno != EEXIST;
		return;
	}
	corpus->failed |= write(fd, data, n) != (ssize_t)n;
	corpus->failed |= close(fd) < 0;
	corpus->different++;
}

int64_t seeds_write(int fd, const char *dir, unsigned int *ret_different)
{
	struct corpus corpus = { .dir = -1 };

	(void)mkdir(dir, 0755);
	corpus.dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (corpus.dir < 0)
		return -ENOTDIR;
	const int64_t n = brig_fuzz_seeds(own_services, fd, write_seed, &corpus);
	(void)close(corpus.dir);
	*ret_different = corpus.different;
	return corpus.failed ? -ENOTDIR : n;
}
