#include "spool.h"

#include <brig/broker.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHUNK 65536

struct spool {
	struct brig_broker *broker;
	uint64_t max_bytes;
	pthread_t thread;
	int stop;
	atomic_int result; /* -EAGAIN: not yet */
};

/* Bytes, 0 at the end, or -errno; -ECANCELED: it is to stop. */
static ssize_t read_some(const struct spool *spool, char *bytes, size_t n)
{
	struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN },
				{ .fd = spool->stop, .events = POLLIN } };
	ssize_t got = -1;

	do {
		if (poll(fds, 2, -1) > 0)
			got = fds[1].revents ? -ECANCELED : read(STDIN_FILENO, bytes, n);
	} while (got == -1 && errno == EINTR);
	return got == -1 ? -errno : got;
}

static int read_into(const struct spool *spool, int fd)
{
	char bytes[CHUNK];
	uint64_t total = 0;
	ssize_t n = 1;

	while (n > 0 && total <= spool->max_bytes) {
		n = read_some(spool, bytes, sizeof bytes);
		if (n > 0 && write(fd, bytes, (size_t)n) != n)
			return -EIO;
		total += n > 0 ? (uint64_t)n : 0;
	}
	if (n < 0)
		return (int)n;
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	return fcntl(fd, F_ADD_SEALS, seals) < 0 ? -EIO : 0;
}

static void *read_all(void *user)
{
	struct spool *spool = user;
	int fd = memfd_create("brig-stdin", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	const int r = fd < 0 ? -errno : read_into(spool, fd);

	if (r && fd >= 0)
		(void)close(fd);
	atomic_store(&spool->result, r ? r : fd);
	brig_broker_wake(spool->broker);
	return NULL;
}

int spool_start(struct brig_broker *broker, uint64_t max_bytes, struct spool **ret)
{
	struct spool *spool = calloc(1, sizeof *spool);
	int r = spool ? 0 : -ENOMEM;

	if (r)
		return r;
	spool->broker = broker;
	spool->max_bytes = max_bytes;
	atomic_init(&spool->result, -EAGAIN);
	spool->stop = eventfd(0, EFD_CLOEXEC);
	if (spool->stop < 0)
		r = -errno;
	else
		r = -pthread_create(&spool->thread, NULL, read_all, spool);
	if (r) {
		(void)close(spool->stop);
		free(spool);
		return r;
	}
	*ret = spool;
	return 0;
}

int spool_take(struct spool *spool)
{
	const int result = atomic_load(&spool->result);

	if (result >= 0)
		atomic_store(&spool->result, -ECANCELED);
	return result;
}

void spool_end(struct spool *spool)
{
	if (!spool)
		return;
	(void)eventfd_write(spool->stop, 1);
	(void)pthread_join(spool->thread, NULL);
	const int fd = spool_take(spool);
	if (fd >= 0)
		(void)close(fd);
	(void)close(spool->stop);
	free(spool);
}
