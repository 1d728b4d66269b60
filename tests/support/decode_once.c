#include "tests/support/decode_once.h"

#include "sandbox/base/cleanup.h"

#include "gtest_c.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void keep(void *user, const struct brig_decode_result *result)
{
	struct outcome *outcome = user;

	outcome->done = true;
	outcome->status = result->status;
	outcome->error = result->error;
	(void)snprintf(outcome->message, sizeof outcome->message, "%s", result->message);
	(void)snprintf(outcome->format, sizeof outcome->format, "%s", result->format);
	if (result->image)
		outcome->image = brig_image_ref(result->image);
	if (result->exit)
		outcome->exit = *result->exit;
	if (result->plugin_exit)
		outcome->plugin_exit = *result->plugin_exit;
	if (result->violation)
		outcome->violation = *result->violation;
	outcome->n_refusals = result->n_refusals;
	for (size_t i = 0; i < result->n_refusals && i < 8; i++) {
		(void)snprintf(outcome->refused[i], 64, "%.63s", result->refusals[i].name);
		(void)snprintf(outcome->why[i], 64, "%.63s", result->refusals[i].why);
	}
}

int outcome_start(struct brig_broker *broker, const char *path, int timeout_ms,
		  struct outcome *outcome)
{
	const struct brig_decode_request request = { .size = sizeof request,
						     .path = path,
						     .fd = -1,
						     .grant_dir = -1,
						     .timeout_ms = timeout_ms };

	memset(outcome, 0, sizeof *outcome);
	return brig_decode_start(broker, &request, keep, outcome, NULL);
}

int outcome_start_bytes(struct brig_broker *broker, const void *bytes, size_t n, const char *dir,
			struct outcome *outcome)
{
	brig_auto_fd int fd = memfd_create("document", MFD_CLOEXEC);
	brig_auto_fd int grant = dir ? open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	const struct brig_decode_request request = { .size = sizeof request,
						     .fd = fd,
						     .grant_dir = grant };

	memset(outcome, 0, sizeof *outcome);
	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n)
		return -errno;
	return brig_decode_start(broker, &request, keep, outcome, NULL);
}

int outcome_start_fd(struct brig_broker *broker, int fd, struct outcome *outcome)
{
	const struct brig_decode_request request = { .size = sizeof request,
						     .fd = fd,
						     .grant_dir = -1 };

	memset(outcome, 0, sizeof *outcome);
	return brig_decode_start(broker, &request, keep, outcome, NULL);
}

int run_until_done(struct brig_broker *broker, const struct outcome *outcomes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		while (!outcomes[i].done)
			if (brig_broker_run(broker, 60000) <= 0)
				return -ETIMEDOUT;
	return 0;
}

void outcome_finish(struct outcome *outcome)
{
	brig_image_unref(outcome->image);
	outcome->image = NULL;
}

int honest_broker(struct brig_broker **ret)
{
	const struct brig_broker_options options = { .size = sizeof options,
						     .child_path = BRIG_CHILD,
						     .plugin_dir = BRIG_PLUGIN_DIR };

	return brig_broker_create(&options, ret);
}

struct plugin_link {
	const char *name, *target;
};

/* A directory of the test's with these plugins; it may be there already. */
static int make_plugin_dir(const char *dir, const struct plugin_link *links, size_t n)
{
	char path[4200];

	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return -errno;
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(path, sizeof path, "%s/%s.so", dir, links[i].name);
		(void)unlink(path);
		if (symlink(links[i].target, path) < 0)
			return -errno;
	}
	return 0;
}

static int broker_of(const char *child, struct brig_broker **ret)
{
	static const struct plugin_link links[] = {
		{ "pnm", BRIG_PLUGIN_DIR "/pnm.so" },
		{ "hostile", BRIG_HOSTILE_PLUGIN_DIR "/nothing.so" },
		{ "stuck", BRIG_HOSTILE_PLUGIN_DIR "/loop.so" },
	};
	char dir[4096];
	const struct brig_broker_options options = { .size = sizeof options,
						     .child_path = child,
						     .plugin_dir = dir };

	(void)snprintf(dir, sizeof dir, "%s/for-hostile", test_tmpdir());
	int r = make_plugin_dir(dir, links, sizeof links / sizeof *links);
	return r ? r : brig_broker_create(&options, ret);
}

int hostile_broker(struct brig_broker **ret)
{
	return broker_of(BRIG_HOSTILE_CHILD, ret);
}

int hostile_codec_broker(struct brig_broker **ret)
{
	return broker_of(BRIG_HOSTILE_CODEC, ret);
}

int plugin_broker(const char *plugin, int launch_timeout_ms, struct brig_broker **ret)
{
	char dir[4096], hostile[4096];
	const struct plugin_link links[] = { { "pnm", hostile },
					     { "qoi", BRIG_PLUGIN_DIR "/qoi.so" } };
	const struct brig_broker_options options = { .size = sizeof options,
						     .child_path = BRIG_CHILD,
						     .plugin_dir = dir,
						     .launch_timeout_ms = launch_timeout_ms };

	(void)snprintf(dir, sizeof dir, "%s/plugins", test_tmpdir());
	(void)snprintf(hostile, sizeof hostile, "%s/%s.so", BRIG_HOSTILE_PLUGIN_DIR, plugin);
	int r = make_plugin_dir(dir, links, sizeof links / sizeof *links);
	return r ? r : brig_broker_create(&options, ret);
}

void expect_pixels(const char *what, const struct outcome *outcome, const struct reference *wanted)
{
	struct brig_image_info info;

	if (outcome->status != BRIG_DECODE_OK) {
		FAIL_C("%s: %s", what, outcome->message);
		return;
	}
	brig_image_describe(outcome->image, &info);
	EXPECT_UINT_EQ(wanted->width, info.width);
	EXPECT_UINT_EQ(wanted->height, info.height);
	EXPECT_UINT_EQ(wanted->channels, info.channels);
	EXPECT_UINT_EQ(wanted->depth, info.depth);
	EXPECT_MEM_EQ(wanted->pixels, info.pixels, info.stride * info.height);
}

const char *write_document(const char *name, const void *bytes, size_t n)
{
	static char path[4096];

	(void)snprintf(path, sizeof path, "%s/%s", test_tmpdir(), name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n)
		return NULL;
	(void)close(fd);
	return path;
}
