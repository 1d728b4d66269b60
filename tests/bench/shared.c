/*
 * Bytes that another process writes into shared memory, against a copy within one. Both ends have
 * it mapped already, as a recycled buffer is; who gets them looks at each page in either case.
 */
#include "tests/bench/bench.h"

#include "ipc/shm/surface.h"
#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define BYTES ((size_t)100 << 20)
#define PAGE  4096

struct shared {
	int fd, pid;
	uint8_t *theirs; /* what the other process writes, read-only here */
	uint8_t *from, *to;
};

static uint8_t *filled(uint8_t with)
{
	uint8_t *bytes = malloc(BYTES);

	if (bytes)
		memset(bytes, with, BYTES);
	return bytes;
}

static _Noreturn void write_when_told(int fd, int memory)
{
	const uint8_t *from = filled(1);
	uint8_t *to, byte;

	if (!from || brig_surface_map(memory, BYTES, BRIG_MAP_WRITE, &to) < 0)
		_exit(1);
	memcpy(to, from, BYTES);
	while (send(fd, "", 1, MSG_NOSIGNAL) == 1 && recv(fd, &byte, 1, 0) == 1)
		memcpy(to, from, BYTES);
	_exit(0);
}

/* That all of it is there. */
static int look(const uint8_t *bytes)
{
	size_t sum = 0;

	for (size_t i = 0; i < BYTES; i += PAGE)
		sum += ((const volatile uint8_t *)bytes)[i];
	return sum == BYTES / PAGE ? 0 : -EPROTO;
}

static int ours(void *state, uint64_t *ret_ns)
{
	const struct shared *shared = state;
	const uint64_t start = bench_now_ns();
	uint8_t byte = 0;

	if (send(shared->fd, &byte, 1, MSG_NOSIGNAL) != 1 || recv(shared->fd, &byte, 1, 0) != 1)
		return -EPIPE;
	const int r = look(shared->theirs);
	*ret_ns = bench_now_ns() - start;
	return r;
}

static int theirs(void *state, uint64_t *ret_ns)
{
	const struct shared *shared = state;
	const uint64_t start = bench_now_ns();

	memcpy(shared->to, shared->from, BYTES);
	const int r = look(shared->to);
	*ret_ns = bench_now_ns() - start;
	return r;
}

static void tear_down(void *state)
{
	struct shared *shared = state;

	brig_close_fd(&shared->fd);
	if (shared->pid > 0)
		(void)waitpid(shared->pid, NULL, 0);
	if (shared->theirs)
		(void)munmap(shared->theirs, BYTES);
	free(shared->from);
	free(shared->to);
	free(shared);
}

static int start(struct shared *shared)
{
	brig_auto_fd int memory = brig_shm_create(BYTES);
	uint8_t byte;
	int sv[2];

	if (memory < 0)
		return memory;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		return -errno;
	shared->fd = sv[0];
	shared->pid = fork();
	if (shared->pid == 0) {
		(void)close(sv[0]);
		write_when_told(sv[1], memory);
	}
	(void)close(sv[1]);
	if (shared->pid < 0)
		return -errno;
	if (recv(shared->fd, &byte, 1, 0) != 1)
		return -EPIPE;
	return brig_surface_map(memory, BYTES, BRIG_MAP_RESIDENT, &shared->theirs);
}

static int set_up(void **ret)
{
	struct shared *shared = calloc(1, sizeof *shared);

	if (!shared)
		return -ENOMEM;
	shared->fd = -1;
	int r = start(shared);
	shared->from = filled(1);
	shared->to = filled(0);
	if (!r && (!shared->from || !shared->to))
		r = -ENOMEM;
	if (r)
		tear_down(shared);
	else
		*ret = shared;
	return r;
}

static const struct bench_row rows[] = {
	{ "ipc-memory", "100 MiB from another process, through sealed shared memory in use",
	  "memcpy within one process", ours, theirs, 1 / 0.9, 40, 0, NULL },
};

const struct bench_group bench_shared = { set_up, tear_down, rows, sizeof rows / sizeof *rows };
