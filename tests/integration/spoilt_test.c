/*
 * Spoilt files through an honest broker: whatever is in them, each ends with a word about the file,
 * its renderer and plugin live to say it, and nothing is left.
 */
#include "tests/support/decode_once.h"

#include "gtest_c.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define FILES_MAX 1000
#define FLIPS     200
#define AT_ONCE   25

static void make_images(char *ret, size_t size)
{
	char command[8500];

	(void)snprintf(ret, size, "%s/images", test_tmpdir());
	ASSERT_INT_EQ(0, mkdir(ret, 0700));
	(void)snprintf(command, sizeof command, "%s %s --hostile", MAKE_IMAGES, ret);
	ASSERT_INT_EQ(0, system(command)); /* NOLINT(cert-env33-c): fixed words and our own path */
}

/* What may be said of a file; that a process died or none could be had is none of it. */
static bool is_about_the_file(const struct outcome *outcome)
{
	switch (outcome->status) {
	case BRIG_DECODE_OK:
		return outcome->image != NULL;
	case BRIG_DECODE_EMPTY:
		return true;
	case BRIG_DECODE_TOO_MANY_PIXELS:
	case BRIG_DECODE_NOT_AN_IMAGE:
	case BRIG_DECODE_TRUNCATED:
	case BRIG_DECODE_CORRUPT:
	case BRIG_DECODE_UNSUPPORTED:
	case BRIG_DECODE_NO_MEMORY:
		return outcome->exit.class_ == BRIG_EXIT_CLEAN &&
		       outcome->plugin_exit.class_ == BRIG_EXIT_CLEAN;
	default:
		return false;
	}
}

static void expect_nothing_left(void)
{
	errno = 0;
	EXPECT_INT_EQ(-1, waitpid(-1, NULL, WNOHANG | __WALL));
	EXPECT_INT_EQ(ECHILD, errno);
}

static void expect_still_fine(struct brig_broker *broker, const char *images)
{
	char path[4300];
	struct outcome outcome;

	(void)snprintf(path, sizeof path, "%s/album.sheet", images);
	EXPECT_OK(outcome_start(broker, path, 0, &outcome));
	EXPECT_OK(run_until_done(broker, &outcome, 1));
	EXPECT_INT_EQ(BRIG_DECODE_OK, outcome.status);
	EXPECT_UINT_EQ(0, outcome.n_refusals);
	outcome_finish(&outcome);
}

/* ---- the hostile set ---- */

struct set {
	char paths[FILES_MAX][4400];
	struct outcome outcomes[FILES_MAX];
	size_t n;
};

static void list(struct set *set, const char *dir)
{
	DIR *entries = opendir(dir);

	ASSERT_PTR_NOT_NULL(entries);
	for (const struct dirent *entry = readdir(entries); entry; entry = readdir(entries))
		if (entry->d_name[0] != '.' && set->n < FILES_MAX)
			(void)snprintf(set->paths[set->n++], sizeof set->paths[0], "%s/%.64s", dir,
				       entry->d_name);
	(void)closedir(entries);
}

/* Every file that was cut is called truncated; the first cut is at 0. */
static void check_set(const struct set *set, size_t statuses[BRIG_DECODE_STATUS_COUNT])
{
	for (size_t i = 0; i < set->n; i++) {
		const struct outcome *outcome = &set->outcomes[i];
		const char *name = strrchr(set->paths[i], '/') + 1;
		enum brig_decode_status wanted = outcome->status;

		statuses[outcome->status]++;
		if (!strncmp(name, "cut-", 4))
			wanted = strncmp(name, "cut-0000000", 11) ? BRIG_DECODE_TRUNCATED
								  : BRIG_DECODE_EMPTY;
		if (!is_about_the_file(outcome) || outcome->status != wanted)
			gtest_c_fail(__FILE__, __LINE__, "%s: %s", name, outcome->message);
	}
}

TEST_C(spoilt, hostile_set_is_told_as_what_it_is)
{
	static struct set set;
	size_t statuses[BRIG_DECODE_STATUS_COUNT] = { 0 };
	struct brig_broker *broker = NULL;
	char images[4200], hostile[4300];

	set.n = 0;
	make_images(images, sizeof images);
	(void)snprintf(hostile, sizeof hostile, "%s/hostile", images);
	list(&set, hostile);
	ASSERT_INT_GT((long long)set.n, 100);
	ASSERT_OK(honest_broker(&broker));
	for (size_t i = 0; i < set.n; i++)
		EXPECT_OK(outcome_start(broker, set.paths[i], 0, &set.outcomes[i]));
	EXPECT_OK(run_until_done(broker, set.outcomes, set.n));
	expect_still_fine(broker, images);
	brig_broker_destroy(broker);
	check_set(&set, statuses);
	for (int i = 0; i < BRIG_DECODE_STATUS_COUNT; i++)
		if (statuses[i])
			printf("%s: %zu\n", brig_decode_status_name((enum brig_decode_status)i),
			       statuses[i]);
	for (size_t i = 0; i < set.n; i++)
		outcome_finish(&set.outcomes[i]);
	expect_nothing_left();
}

/* ---- one byte is another ---- */

struct flip {
	size_t at;
	uint8_t with;
};

struct sample {
	const char *name, *images;
	struct brig_broker *broker;
	uint64_t random;
	size_t n, ok;
	uint8_t bytes[2 << 20];
};

static void read_sample(struct sample *sample)
{
	char path[4300];

	(void)snprintf(path, sizeof path, "%s/%s", sample->images, sample->name);
	FILE *file = fopen(path, "rbe");
	ASSERT_PTR_NOT_NULL(file);
	sample->n = fread(sample->bytes, 1, sizeof sample->bytes, file);
	(void)fclose(file);
	ASSERT_INT_GT((long long)sample->n, 0);
	ASSERT_INT_LT((long long)sample->n, (long long)sizeof sample->bytes);
}

static struct flip choose(struct sample *sample)
{
	/* Half of them where the headers are. */
	size_t n = test_random(&sample->random) % 2 && sample->n > 64 ? 64 : sample->n;

	return (struct flip){ test_random(&sample->random) % n,
			      (uint8_t)(1 + test_random(&sample->random) % 255) };
}

/* Every byte of a PNG is under a checksum, or is one: what was changed can't pass. */
static void check_flip(struct sample *sample, const struct flip *flip,
		       const struct outcome *outcome)
{
	bool ok = outcome->status == BRIG_DECODE_OK;
	bool passed = ok && strstr(sample->name, ".png");

	sample->ok += ok;
	if (!is_about_the_file(outcome) || passed)
		gtest_c_fail(__FILE__, __LINE__, "%s, byte %zu ^ %#x: %s", sample->name, flip->at,
			     flip->with, outcome->message);
}

static void flip_some(struct sample *sample)
{
	static struct outcome outcomes[AT_ONCE];
	struct flip flips[AT_ONCE];

	for (size_t i = 0; i < AT_ONCE; i++) {
		flips[i] = choose(sample);
		sample->bytes[flips[i].at] ^= flips[i].with;
		EXPECT_OK(outcome_start_bytes(sample->broker, sample->bytes, sample->n,
					      sample->images, &outcomes[i]));
		sample->bytes[flips[i].at] ^= flips[i].with;
	}
	EXPECT_OK(run_until_done(sample->broker, outcomes, AT_ONCE));
	for (size_t i = 0; i < AT_ONCE; i++) {
		check_flip(sample, &flips[i], &outcomes[i]);
		outcome_finish(&outcomes[i]);
	}
}

static void flip_sample(const char *name)
{
	static struct sample sample;
	char images[4200];

	make_images(images, sizeof images);
	sample = (struct sample){ .name = name, .images = images, .random = test_seed() };
	read_sample(&sample);
	ASSERT_OK(honest_broker(&sample.broker));
	for (int i = 0; i < FLIPS / AT_ONCE; i++)
		flip_some(&sample);
	expect_still_fine(sample.broker, images);
	brig_broker_destroy(sample.broker);
	printf("%s: %d flips, %zu still decode\n", name, FLIPS, sample.ok);
	expect_nothing_left();
}

#define FLIP(name, file)                                                                           \
	TEST_C(spoilt, name)                                                                       \
	{                                                                                          \
		flip_sample(file);                                                                 \
	}

FLIP(png_bytes_are_flipped, "fractal.png")
FLIP(palette_png_bytes_are_flipped, "palette.png")
FLIP(grey_png_bytes_are_flipped, "grey-1bit.png")
FLIP(interlaced_png_bytes_are_flipped, "grey-16bit.png")
FLIP(alpha_png_bytes_are_flipped, "alpha-16bit.png")
FLIP(jpeg_bytes_are_flipped, "photo.jpg")
FLIP(progressive_jpeg_bytes_are_flipped, "progressive.jpg")
FLIP(pnm_bytes_are_flipped, "picture.ppm")
FLIP(qoi_bytes_are_flipped, "small.qoi")
FLIP(sheet_bytes_are_flipped, "album.sheet")
