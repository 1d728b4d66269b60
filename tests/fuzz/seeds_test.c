/*
 * What real renderers say, seen by the test-only tap. With BRIG_SEEDS=DIR in the environment it is
 * written there as seeds of renderer_session.c's form.
 */
#include "broker/broker.h"
#include "ipc/schema/services.brig.h"
#include "tests/support/decode_once.h"

#include "gtest_c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct recording {
	uint8_t bytes[65536];
	size_t n;
};

static void keep(void *user, const uint8_t *bytes, size_t n)
{
	struct recording *recording = user;
	struct brig_frame frame;

	if (n < sizeof frame || recording->n + 3 + n > sizeof recording->bytes)
		return;
	memcpy(&frame, bytes, sizeof frame);
	if (frame.service == BRIG_LIFECYCLE_ID)
		return; /* the session begins after the seal */
	recording->bytes[recording->n++] = 0;
	recording->bytes[recording->n++] = (uint8_t)n;
	recording->bytes[recording->n++] = (uint8_t)(n >> 8);
	memcpy(recording->bytes + recording->n, bytes, n);
	recording->n += n;
}

static void write_seed(const struct recording *recording, const char *name)
{
	const char *dir = getenv("BRIG_SEEDS");
	char path[4096];

	if (!dir)
		return;
	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *file = fopen(path, "wbe");
	ASSERT_PTR_NOT_NULL(file);
	EXPECT_UINT_EQ(recording->n, fwrite(recording->bytes, 1, recording->n, file));
	EXPECT_INT_EQ(0, fclose(file));
}

static void record(const char *path, const char *name, uint16_t service)
{
	static struct recording recording;
	struct brig_broker *broker = NULL;
	struct outcome outcome;
	struct brig_frame first;

	recording.n = 0;
	ASSERT_OK(honest_broker(&broker));
	broker->tap = keep;
	broker->tap_user = &recording;
	EXPECT_OK(outcome_start(broker, path, 0, &outcome));
	EXPECT_OK(run_until_done(broker, &outcome, 1));
	outcome_finish(&outcome);
	brig_broker_destroy(broker);
	ASSERT_INT_GE((long long)recording.n, 3 + (long long)sizeof first);
	memcpy(&first, recording.bytes + 3, sizeof first);
	EXPECT_UINT_EQ(service, first.service);
	write_seed(&recording, name);
}

TEST_C(seeds, picture_asks_for_a_surface)
{
	record(BRIG_PICTURE, "picture", BRIG_SURFACE_ID);
}

TEST_C(seeds, plugin_picture_asks_for_a_plugin)
{
	record(write_document("a.ppm", "P6 1 1 255\n123", 14), "plugin", BRIG_PLUGIN_ID);
}

TEST_C(seeds, sheet_asks_for_a_surface_and_files)
{
	static const char sheet[] = "BRIG-SHEET 1\ncell 4x4\ngrid 3x2\na.ppm\n../x\nb\n";

	(void)write_document("a.ppm", "P6 1 1 255\n123", 14);
	record(write_document("s.sheet", sheet, sizeof sheet - 1), "sheet", BRIG_SURFACE_ID);
}

TEST_C(seeds, text_fails)
{
	record(write_document("text", "hello", 5), "failed", BRIG_JOB_ID);
}
