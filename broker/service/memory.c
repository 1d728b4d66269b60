/* Memory that can be read in place, and how a child's comes to that: include/brig/memory.h. */
#include <brig/memory.h>

#include "broker/broker.h"
#include "broker/service/buffer.h"
#include "ipc/shm/rest.h"
#include "ipc/shm/surface.h"
#include "ipc/shm/taken.h"
#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

/* What was asked for may be less than the buffer has. */
struct brig_readonly {
	struct brig_buffer *buffer; /* at rest */
	size_t size;
};

struct brig_handoff {
	struct brig_buffer *buffer;
	size_t size;
};

static int readonly_wrap(int fd, size_t size, struct brig_readonly **ret)
{
	brig_auto_free struct brig_readonly *readonly = calloc(1, sizeof *readonly);

	if (!readonly)
		return -ENOMEM;
	readonly->size = size;
	int r = brig_buffer_wrap(fd, size, &readonly->buffer);
	if (r)
		return r;
	*ret = readonly;
	readonly = NULL;
	return 0;
}

/* What stays mapped for writing by @fill keeps it from being sealed. */
static int fill_and_seal(int fd, size_t n, int (*fill)(void *user, uint8_t *bytes, size_t n),
			 void *user)
{
	uint8_t *bytes;
	int r = brig_surface_map(fd, n, BRIG_MAP_WRITE, &bytes);

	if (r)
		return r;
	r = fill(user, bytes, n);
	(void)munmap(bytes, n);
	return r ? r : brig_shm_seal(fd, F_SEAL_WRITE | F_SEAL_SEAL);
}

int brig_readonly_fill(size_t n, int (*fill)(void *user, uint8_t *bytes, size_t n), void *user,
		       struct brig_readonly **ret)
{
	if (!n || !fill || !ret)
		return -EINVAL;
	brig_auto_fd int fd = brig_shm_create(n);
	if (fd < 0)
		return fd;
	int r = fill_and_seal(fd, n, fill, user);
	return r ? r : readonly_wrap(fd, n, ret);
}

static int copy_from(void *user, uint8_t *bytes, size_t n)
{
	memcpy(bytes, *(const void *const *)user, n);
	return 0;
}

int brig_readonly_create(const void *bytes, size_t n, struct brig_readonly **ret)
{
	return bytes ? brig_readonly_fill(n, copy_from, &bytes, ret) : -EINVAL;
}

int brig_readonly_take(int fd, size_t max_bytes, struct brig_readonly **ret)
{
	size_t size;

	if (!ret)
		return -EINVAL;
	int r = brig_shm_check(fd, max_bytes, F_SEAL_WRITE, 0, &size);
	return r ? r : readonly_wrap(fd, size, ret);
}

int brig_readonly_lend(struct brig_readonly *readonly)
{
	return brig_buffer_show(readonly->buffer);
}

int brig_readonly_bytes(struct brig_readonly *readonly, const uint8_t **ret, size_t *ret_n)
{
	int r = brig_buffer_map(readonly->buffer, readonly->size, ret);

	if (!r && ret_n)
		*ret_n = readonly->size;
	return r;
}

void brig_readonly_destroy(struct brig_readonly *readonly)
{
	if (!readonly)
		return;
	brig_buffer_give(readonly->buffer);
	free(readonly);
}

int brig_handoff_create(struct brig_child *child, size_t n, struct brig_handoff **ret)
{
	if (!child || !n || !ret)
		return -EINVAL;
	brig_auto_free struct brig_handoff *handoff = calloc(1, sizeof *handoff);
	if (!handoff)
		return -ENOMEM;
	handoff->size = n;
	const struct brig_principal whose = brig_child_principal(child);
	int r = brig_buffer_take(brig_child_broker(child)->pool, &whose, n, &handoff->buffer);
	if (r)
		return r;
	*ret = handoff;
	handoff = NULL;
	return 0;
}

/* One that was sealed by who made it is at rest already. */
static int check_handoff(int fd, size_t max_bytes, size_t *ret_size)
{
	int r = brig_shm_check(fd, max_bytes, F_SEAL_WRITE, 0, ret_size);

	if (r == -EPERM)
		r = brig_shm_check(fd, max_bytes, 0, F_SEAL_SEAL, ret_size);
	if (r)
		return r;
	return (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR ? 0 : -EPERM;
}

int brig_handoff_take(int fd, size_t max_bytes, struct brig_handoff **ret)
{
	size_t size;

	if (!ret)
		return -EINVAL;
	int r = check_handoff(fd, max_bytes, &size);
	if (r)
		return r;
	brig_auto_free struct brig_handoff *handoff = calloc(1, sizeof *handoff);
	if (!handoff)
		return -ENOMEM;
	handoff->size = size;
	r = brig_buffer_wrap(fd, size, &handoff->buffer);
	if (r)
		return r;
	*ret = handoff;
	handoff = NULL;
	return 0;
}

int brig_handoff_lend(struct brig_handoff *handoff)
{
	return brig_buffer_lend(handoff->buffer);
}

int brig_handoff_rest(struct brig_handoff **handoff, struct brig_readonly **ret)
{
	struct brig_handoff *resting = handoff ? *handoff : NULL;

	if (!resting || !ret)
		return -EINVAL;
	struct brig_readonly *readonly = calloc(1, sizeof *readonly);
	if (!readonly)
		return -ENOMEM;
	int r = brig_buffer_rest(resting->buffer);
	if (r) {
		free(readonly);
		return r;
	}
	*readonly = (struct brig_readonly){ resting->buffer, resting->size };
	free(resting);
	*handoff = NULL;
	*ret = readonly;
	return 0;
}

void brig_handoff_destroy(struct brig_handoff *handoff)
{
	if (!handoff)
		return;
	brig_buffer_give(handoff->buffer);
	free(handoff);
}
