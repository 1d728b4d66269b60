/* A large photo, from file to pixels: a process of its own against none, and against djpeg. */
#include "tests/bench/bench.h"

#include "ipc/shm/surface.h"
#include "renderer/image/decoder.h"
#include "sandbox/base/cleanup.h"

#include <brig/decode.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH  4000u
#define HEIGHT 3000u
#define PAGE   4096u

struct photo {
	struct brig_broker *broker;
	char dir[4096];
	char path[4200];
	uint8_t *warm; /* the in-process side's pixels, used again and again */
	bool done;
	enum brig_decode_status status;
	uint64_t touched; /* one byte a page, so that the pixels are there and not only promised */
};

static uint64_t touch(const uint8_t *pixels, size_t size)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < size; i += PAGE)
		sum += *(const volatile uint8_t *)(pixels + i);
	return sum;
}

static void done(void *user, const struct brig_decode_result *result)
{
	struct photo *photo = user;
	struct brig_image_info info;

	photo->done = true;
	photo->status = result->status;
	if (!result->image)
		return;
	brig_image_describe(result->image, &info);
	photo->touched = touch(info.pixels, info.stride * info.height);
}

static int decode_ours(void *state, uint64_t *ret_ns)
{
	struct photo *photo = state;
	const struct brig_decode_request request = {
		.size = sizeof request, .path = photo->path, .fd = -1, .grant_dir = -1
	};
	const uint64_t start = bench_now_ns();

	photo->done = false;
	int r = brig_decode_start(photo->broker, &request, done, photo, NULL);
	if (r)
		return r;
	while (!photo->done)
		if (brig_broker_run(photo->broker, 60000) <= 0)
			return -ETIMEDOUT;
	*ret_ns = bench_now_ns() - start;
	return photo->status == BRIG_DECODE_OK ? 0 : -EIO;
}

static int warm_surface(void *user, uint32_t width, uint32_t height, uint32_t channels,
			uint32_t depth, struct brig_canvas *ret,
			struct brig_decode_failure *failure)
{
	struct photo *photo = user;
	struct brig_geometry geometry = {
		.width = width, .height = height, .channels = channels, .depth = depth
	};

	if (!brig_geometry_fill(&geometry, BRIG_DECODE_MAX_PIXELS))
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_TOO_LARGE, "over the limit");
	if (!photo->warm)
		photo->warm = malloc(geometry.size);
	if (!photo->warm)
		return brig_decode_fail(failure, BRIG_DECODE_ERROR_NO_MEMORY, "no memory");
	*ret = (struct brig_canvas){ photo->warm, geometry.stride, width, height, channels, depth };
	return 0;
}

static int decode_here(void *state, uint64_t *ret_ns)
{
	struct photo *photo = state;
	const struct brig_sink sink = { warm_surface, photo };
	const uint64_t start = bench_now_ns();
	struct brig_decode_failure failure = { 0 };
	struct brig_canvas canvas;
	struct brig_input input;
	brig_auto_fd int fd = open(photo->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	int r = brig_input_init(&input, fd);
	if (!r && brig_jpeg_decode(&input, &sink, &canvas, &failure) < 0)
		r = -EIO;
	if (!r)
		photo->touched = touch(canvas.pixels, canvas.stride * canvas.height);
	brig_input_finish(&input);
	*ret_ns = bench_now_ns() - start;
	return r;
}

static int decode_djpeg(void *state, uint64_t *ret_ns)
{
	static char djpeg[] = "djpeg", out[] = "-outfile", null[] = "/dev/null";
	struct photo *photo = state;
	char *const argv[] = { djpeg, out, null, photo->path, NULL };

	return bench_command(argv, NULL, ret_ns);
}

static void tear_down(void *state)
{
	struct photo *photo = state;

	brig_broker_destroy(photo->broker);
	bench_dir_remove(photo->dir);
	free(photo->warm);
	free(photo);
}

static int set_up(void **ret)
{
	struct photo *photo = calloc(1, sizeof *photo);

	if (!photo)
		return -ENOMEM;
	int r = bench_dir_create(photo->dir, sizeof photo->dir);
	(void)snprintf(photo->path, sizeof photo->path, "%s/photo.jpg", photo->dir);
	if (!r)
		r = bench_write_photo(photo->path, WIDTH, HEIGHT);
	if (!r)
		r = bench_broker_create(&photo->broker);
	if (r) {
		tear_down(photo);
		return r;
	}
	*ret = photo;
	return 0;
}

#define OURS "12-megapixel JPEG, file to pixels that were read, in a fresh renderer"

static const struct bench_row rows[] = {
	{ "photo-inprocess", OURS, "the same decoder in-process, into a warm buffer", decode_ours,
	  decode_here, 1.10, 40, 0, NULL },
	{ "photo-djpeg", OURS, "djpeg -outfile /dev/null, unsandboxed", decode_ours, decode_djpeg,
	  1, 40, 0, NULL },
};

const struct bench_group bench_photo = { set_up, tear_down, rows, sizeof rows / sizeof *rows };
