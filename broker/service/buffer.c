#include "broker/service/buffer.h"

#include "broker/broker.h"
#include "ipc/shm/rest.h"
#include "ipc/shm/surface.h"
#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

struct brig_buffer {
	struct brig_buffer *next;
	struct brig_pool *pool; /* NULL: none */
	struct brig_principal whose;
	int fd; /* a description of our own: no child ever has it */
	size_t size;
	uint8_t *pixels; /* read-only, kept while it lies unused; NULL: not mapped */
	bool resident;
	bool others; /* have our description, too, so it proves nothing */
	bool read;   /* somebody may look at the pixels */
	bool alone;  /* no description is left but ours */
	bool sealed; /* F_SEAL_WRITE, for good */
};

struct brig_pool {
	pthread_mutex_t lock;
	struct brig_workers *workers; /* NULL: closed */
	struct brig_buffer *clean;
	size_t idle_bytes;
	unsigned int idle;    /* clean, or being cleared */
	unsigned int buffers; /* all that were made here and live */
};

int brig_pool_create(struct brig_workers *workers, struct brig_pool **ret)
{
	struct brig_pool *pool = calloc(1, sizeof *pool);

	if (!pool)
		return -ENOMEM;
	(void)pthread_mutex_init(&pool->lock, NULL);
	pool->workers = workers;
	*ret = pool;
	return 0;
}

/* Unlocks; the last to leave a closed pool frees it. */
static void pool_leave(struct brig_pool *pool)
{
	bool over = !pool->workers && !pool->buffers;

	pthread_mutex_unlock(&pool->lock);
	if (!over)
		return;
	(void)pthread_mutex_destroy(&pool->lock);
	free(pool);
}

static void unmap(struct brig_buffer *buffer)
{
	if (buffer->pixels)
		(void)munmap(buffer->pixels, buffer->size);
	buffer->pixels = NULL;
}

/* Under its pool's lock, if it has one. */
static void destroy(struct brig_buffer *buffer)
{
	if (buffer->pool)
		buffer->pool->buffers--;
	unmap(buffer);
	brig_close_fd(&buffer->fd);
	free(buffer);
}

static void leave_idle(struct brig_pool *pool, const struct brig_buffer *buffer)
{
	pool->idle--;
	pool->idle_bytes -= buffer->size;
}

static bool same(const struct brig_principal *a, const struct brig_principal *b)
{
	return a->role == b->role && a->number == b->number;
}

static struct brig_buffer *remove_clean(struct brig_pool *pool, struct brig_buffer **at)
{
	struct brig_buffer *buffer = *at;

	*at = buffer->next;
	leave_idle(pool, buffer);
	return buffer;
}

void brig_pool_close(struct brig_pool *pool)
{
	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->workers = NULL;
	while (pool->clean)
		destroy(remove_clean(pool, &pool->clean));
	pool_leave(pool);
}

size_t brig_pool_idle(struct brig_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	size_t bytes = pool->idle_bytes;
	pthread_mutex_unlock(&pool->lock);
	return bytes;
}

/* The smallest that will do. */
static struct brig_buffer *take_clean(struct brig_pool *pool, const struct brig_principal *whose,
				      size_t size)
{
	struct brig_buffer **best = NULL;

	for (struct brig_buffer **at = &pool->clean; *at; at = &(*at)->next)
		if (same(&(*at)->whose, whose) && (*at)->size >= size && (*at)->size / 2 <= size &&
		    (!best || (*at)->size < (*best)->size))
			best = at;
	return best ? remove_clean(pool, best) : NULL;
}

static int buffer_create(size_t size, struct brig_buffer **ret)
{
	brig_auto_fd int first = brig_shm_create(size);

	if (first < 0)
		return first;
	/* That of memfd_create() itself isn't counted as a writer, so it can't hold a lease. */
	brig_auto_fd int fd = brig_shm_reopen(first, O_RDWR);
	if (fd < 0)
		return fd;
	/* Whoever opens it while we hold a lease: a signal that nobody dies of. */
	(void)fcntl(fd, F_SETSIG, SIGURG);
	struct brig_buffer *buffer = calloc(1, sizeof *buffer);
	if (!buffer)
		return -ENOMEM;
	buffer->fd = brig_steal_fd(&fd);
	buffer->size = size;
	*ret = buffer;
	return 0;
}

int brig_buffer_take(struct brig_pool *pool, const struct brig_principal *whose, size_t size,
		     struct brig_buffer **ret)
{
	static const struct brig_principal images = { NULL, 0 };

	if (!pool || size < BRIG_POOL_LEAST)
		return buffer_create(size, ret);
	pthread_mutex_lock(&pool->lock);
	struct brig_buffer *buffer = take_clean(pool, whose ? whose : &images, size);
	int r = buffer ? 0 : buffer_create(size, &buffer);
	if (!r && !buffer->pool) {
		buffer->pool = pool;
		buffer->whose = whose ? *whose : images;
		pool->buffers++;
	}
	pthread_mutex_unlock(&pool->lock);
	if (!r)
		*ret = buffer;
	return r;
}

int brig_buffer_wrap(int fd, size_t size, struct brig_buffer **ret)
{
	brig_auto_fd int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (own < 0)
		return -errno;
	struct brig_buffer *buffer = calloc(1, sizeof *buffer);
	if (!buffer)
		return -ENOMEM;
	const int seals = fcntl(own, F_GET_SEALS);
	buffer->fd = brig_steal_fd(&own);
	buffer->size = size;
	buffer->others = true;
	buffer->sealed = seals >= 0 && (seals & F_SEAL_WRITE);
	*ret = buffer;
	return 0;
}

bool brig_buffer_resident(const struct brig_buffer *buffer)
{
	return buffer->resident;
}

int brig_buffer_lend(struct brig_buffer *buffer)
{
	buffer->alone = false;
	return brig_shm_reopen(buffer->fd, O_RDWR);
}

int brig_buffer_rest(struct brig_buffer *buffer)
{
	if (buffer->sealed)
		return 0;
	buffer->alone = !buffer->others && brig_shm_alone(buffer->fd);
	return buffer->alone ? 0 : brig_buffer_seal(buffer);
}

int brig_buffer_seal(struct brig_buffer *buffer)
{
	if (buffer->sealed)
		return 0;
	if (!buffer->read)
		unmap(buffer); /* that it could be made writable is enough to hold the seal up */
	int r = brig_shm_seal(buffer->fd, F_SEAL_WRITE);
	buffer->sealed = !r;
	return r;
}

int brig_buffer_show(struct brig_buffer *buffer)
{
	int r = brig_buffer_seal(buffer);

	return r ? r : brig_shm_reopen(buffer->fd, O_RDONLY);
}

int brig_buffer_map(struct brig_buffer *buffer, size_t size, const uint8_t **ret)
{
	if ((!buffer->alone && !buffer->sealed) || size > buffer->size)
		return -EPERM;
	const unsigned int flags = buffer->sealed ? BRIG_MAP_SEALED : 0;
	int r = buffer->pixels ? 0
			       : brig_surface_map(buffer->fd, buffer->size, flags, &buffer->pixels);
	if (!r) {
		buffer->read = true;
		*ret = buffer->pixels;
	}
	return r;
}

/* All of it: a child may have written beyond its picture. */
static bool clear(const struct brig_buffer *buffer)
{
	static const uint8_t zeros[1u << 16];
	size_t at = 0;

	while (at < buffer->size) {
		size_t left = buffer->size - at;
		ssize_t n = pwrite(buffer->fd, zeros, left < sizeof zeros ? left : sizeof zeros,
				   (off_t)at);

		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

static void clear_work(void *user)
{
	struct brig_buffer *buffer = user;
	struct brig_pool *pool = buffer->pool;

	pthread_mutex_lock(&pool->lock);
	bool cleared = pool->workers != NULL;
	pthread_mutex_unlock(&pool->lock);
	cleared = cleared && clear(buffer);
	pthread_mutex_lock(&pool->lock);
	if (cleared && pool->workers) {
		buffer->resident = true;
		buffer->next = pool->clean;
		pool->clean = buffer;
	} else {
		leave_idle(pool, buffer);
		destroy(buffer);
	}
	pool_leave(pool);
}

static bool has_room(const struct brig_pool *pool, size_t size)
{
	return pool->idle < BRIG_POOL_BUFFERS && size <= BRIG_POOL_BYTES - pool->idle_bytes;
}

/* Of others', what has lain here the longest: they may never come again. */
static void make_room(struct brig_pool *pool, const struct brig_buffer *buffer)
{
	while (!has_room(pool, buffer->size)) {
		struct brig_buffer **oldest = NULL;

		for (struct brig_buffer **at = &pool->clean; *at; at = &(*at)->next)
			if (!same(&(*at)->whose, &buffer->whose))
				oldest = at;
		if (!oldest)
			return;
		destroy(remove_clean(pool, oldest));
	}
}

/* Of what was alone at rest, as much as may lie unused. */
static bool keep(struct brig_pool *pool, struct brig_buffer *buffer)
{
	if (!pool->workers || !buffer->alone || buffer->sealed || buffer->size > BRIG_POOL_BYTES)
		return false;
	make_room(pool, buffer);
	if (!has_room(pool, buffer->size))
		return false;
	buffer->alone = buffer->read = false;
	if (brig_workers_add(pool->workers, clear_work, NULL, buffer) < 0)
		return false;
	pool->idle++;
	pool->idle_bytes += buffer->size;
	return true;
}

void brig_buffer_give(struct brig_buffer *buffer)
{
	if (!buffer)
		return;
	struct brig_pool *pool = buffer->pool;
	if (!pool) {
		destroy(buffer);
		return;
	}
	pthread_mutex_lock(&pool->lock);
	if (!keep(pool, buffer))
		destroy(buffer);
	pool_leave(pool);
}
