/* Real files through real renderers: the same pixels as the same library in this process. */
#include "sandbox/policy/policy.h"
#include "tests/support/decode_once.h"
#include "tests/support/reference.h"

#include "gtest_c.h"

#include <errno.h>
#include <ftw.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PNGS_WANTED 500

static struct {
	char *paths[PNGS_WANTED];
	size_t n;
} found; /* nftw's callback has no argument */

static int collect(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	size_t n = strlen(path);
	(void)ftw;

	if (type == FTW_F && n > 4 && !strcmp(path + n - 4, ".png") && st->st_size < (2 << 20) &&
	    found.n < PNGS_WANTED)
		found.paths[found.n++] = strdup(path);
	return found.n == PNGS_WANTED;
}

TEST_C(render, installed_pngs_are_identical)
{
	static struct outcome outcomes[PNGS_WANTED];
	struct brig_broker *broker = NULL;
	size_t compared = 0;

	(void)nftw("/usr/share", collect, 16, FTW_PHYS);
	if (found.n < 20)
		SKIP_C("pngs", "only %zu PNG files under /usr/share", found.n);
	ASSERT_OK(honest_broker(&broker));
	for (size_t i = 0; i < found.n; i++)
		EXPECT_OK(outcome_start(broker, found.paths[i], 0, &outcomes[i]));
	EXPECT_OK(run_until_done(broker, outcomes, found.n));
	for (size_t i = 0; i < found.n; i++) {
		struct reference reference = { 0 };

		if (reference_png(found.paths[i], &reference) == 0) {
			expect_pixels(found.paths[i], &outcomes[i], &reference);
			compared++;
		}
		free(reference.pixels);
		outcome_finish(&outcomes[i]);
		free(found.paths[i]);
	}
	printf("compared: %zu PNG files\n", compared);
	EXPECT_INT_GE((long long)compared, (long long)found.n - 5);
	found.n = 0;
	brig_broker_destroy(broker);
}

#define JPEGS 120

/* cjpeg's options for variant @i: sampling, quality, progression, restart markers. */
static void make_jpeg(size_t i, char *path, size_t size)
{
	static const char *const samplings[] = { "-sample 1x1", "-sample 2x1", "-sample 2x2",
						 "-sample 1x2", "-grayscale" };
	static const char *const qualities[] = { "30", "75", "98" };
	char command[8192];

	(void)snprintf(path, size, "%s/%zu.jpg", test_tmpdir(), i);
	(void)snprintf(command, sizeof command, "cjpeg %s -quality %s %s %s -outfile %s %s/%s.ppm",
		       samplings[i % 5], qualities[i / 5 % 3], i / 15 % 2 ? "-progressive" : "",
		       i / 30 % 2 ? "-restart 1" : "", path, test_tmpdir(),
		       i / 60 % 2 ? "odd" : "even");
	ASSERT_INT_EQ(0, system(command)); /* NOLINT(cert-env33-c): fixed words and our own path */
}

static void make_ppm(const char *name, unsigned int width, unsigned int height)
{
	static char bytes[64 + 3 * 256 * 256];
	int head = snprintf(bytes, 64, "P6 %u %u 255\n", width, height);
	size_t n = (size_t)width * height * 3;

	for (size_t i = 0; i < n; i++)
		bytes[(size_t)head + i] = (char)(i * i / 97 + i % 3 * 40);
	ASSERT_PTR_NOT_NULL(write_document(name, bytes, (size_t)head + n));
}

TEST_C(render, jpeg_variants_are_identical)
{
	static struct outcome outcomes[JPEGS];
	static char paths[JPEGS][4200];
	struct brig_broker *broker = NULL;

	make_ppm("even.ppm", 160, 128);
	make_ppm("odd.ppm", 157, 33);
	ASSERT_OK(honest_broker(&broker));
	for (size_t i = 0; i < JPEGS; i++) {
		make_jpeg(i, paths[i], sizeof paths[i]);
		EXPECT_OK(outcome_start(broker, paths[i], 0, &outcomes[i]));
	}
	EXPECT_OK(run_until_done(broker, outcomes, JPEGS));
	for (size_t i = 0; i < JPEGS; i++) {
		struct reference reference = { 0 };

		ASSERT_INT_EQ(0, reference_jpeg(paths[i], &reference));
		expect_pixels(paths[i], &outcomes[i], &reference);
		free(reference.pixels);
		outcome_finish(&outcomes[i]);
	}
	brig_broker_destroy(broker);
}

static const char ppm[] = "P6 2 1 255\n\1\2\3\4\5\6";
static const char sheet[] = "BRIG-SHEET 1\ncell 4x4\ngrid 3x2\na.ppm\n../x.png\n/etc/passwd\n"
			    "link.ppm\nfifo\ndir\n";

static void decode(const char *path, struct outcome *outcome)
{
	struct brig_broker *broker = NULL;

	ASSERT_OK(honest_broker(&broker));
	EXPECT_OK(outcome_start(broker, path, 0, outcome));
	EXPECT_OK(run_until_done(broker, outcome, 1));
	brig_broker_destroy(broker);
}

/* A link to @path in the test's directory won't do: a sheet gets regular files. */
static void copy_picture(const char *path, const char *name)
{
	static char bytes[1 << 20];
	FILE *file = fopen(path, "rbe");

	ASSERT_PTR_NOT_NULL(file);
	size_t n = fread(bytes, 1, sizeof bytes, file);
	(void)fclose(file);
	ASSERT_INT_GT((long long)n, 0);
	ASSERT_PTR_NOT_NULL(write_document(name, bytes, n));
}

/* A cell as large as the picture: what the codec hands over are the picture's own pixels. */
TEST_C(render, codec_decodes_the_pictures_of_a_sheet)
{
	static const char one[] = "BRIG-SHEET 1\ncell 640x240\ngrid 1x1\na.png\n";
	struct reference reference = { 0 };
	struct outcome outcome;
	struct brig_image_info info;

	copy_picture(BRIG_PICTURE, "a.png");
	decode(write_document("s.sheet", one, sizeof one - 1), &outcome);
	ASSERT_INT_EQ(BRIG_DECODE_OK, outcome.status);
	EXPECT_UINT_EQ(0, outcome.n_refusals);
	EXPECT_STR_EQ("codec", outcome.plugin_exit.role);
	EXPECT_INT_EQ(BRIG_EXIT_CLEAN, outcome.plugin_exit.class_);
	EXPECT_INT_EQ(BRIG_ATTESTED, outcome.plugin_exit.layers[BRIG_LAYER_SECCOMP].got);
	ASSERT_INT_EQ(0, reference_png(BRIG_PICTURE, &reference));
	brig_image_describe(outcome.image, &info);
	ASSERT_UINT_EQ(640, info.width);
	ASSERT_UINT_EQ(240, info.height);
	ASSERT_UINT_EQ(4, reference.channels);
	EXPECT_MEM_EQ(reference.pixels, info.pixels, (size_t)640 * 240 * 4);
	free(reference.pixels);
	outcome_finish(&outcome);
}

TEST_C(render, plugin_decodes_pnm)
{
	struct outcome outcome;
	struct brig_image_info info;

	decode(write_document("a.ppm", ppm, sizeof ppm - 1), &outcome);
	ASSERT_INT_EQ(BRIG_DECODE_OK, outcome.status);
	EXPECT_STR_EQ("pnm", outcome.format);
	EXPECT_STR_EQ("plugin", outcome.plugin_exit.role);
	EXPECT_INT_EQ(BRIG_EXIT_CLEAN, outcome.plugin_exit.class_);
	EXPECT_INT_EQ(BRIG_ATTESTED, outcome.plugin_exit.layers[BRIG_LAYER_SECCOMP].got);
	brig_image_describe(outcome.image, &info);
	ASSERT_UINT_EQ(2, info.width);
	EXPECT_MEM_EQ("\1\2\3\4\5\6", info.pixels, 6);
	outcome_finish(&outcome);
}

TEST_C(render, sheet_gets_what_is_beneath_it_only)
{
	char path[4200];
	struct outcome outcome;

	(void)write_document("a.ppm", ppm, sizeof ppm - 1);
	(void)snprintf(path, sizeof path, "%s/link.ppm", test_tmpdir());
	ASSERT_INT_EQ(0, symlink("a.ppm", path));
	(void)snprintf(path, sizeof path, "%s/fifo", test_tmpdir());
	ASSERT_INT_EQ(0, mkfifo(path, 0600));
	(void)snprintf(path, sizeof path, "%s/dir", test_tmpdir());
	ASSERT_INT_EQ(0, mkdir(path, 0700));
	decode(write_document("s.sheet", sheet, sizeof sheet - 1), &outcome);
	ASSERT_INT_EQ(BRIG_DECODE_OK, outcome.status);
	ASSERT_UINT_EQ(5, outcome.n_refusals);
	EXPECT_STR_EQ("../x.png", outcome.refused[0]);
	EXPECT_STR_CONTAINS(outcome.why[0], "leads out");
	EXPECT_STR_EQ("/etc/passwd", outcome.refused[1]);
	EXPECT_STR_CONTAINS(outcome.why[1], "leads out");
	EXPECT_STR_EQ("link.ppm", outcome.refused[2]);
	EXPECT_STR_CONTAINS(outcome.why[2], "symbolic link");
	EXPECT_STR_CONTAINS(outcome.why[3], "FIFO");
	EXPECT_STR_CONTAINS(outcome.why[4], "directory");
	outcome_finish(&outcome);
}

static enum brig_decode_status status_of(const void *bytes, size_t n)
{
	struct outcome outcome;

	decode(write_document("input", bytes, n), &outcome);
	outcome_finish(&outcome);
	return outcome.status;
}

TEST_C(render, bad_input_is_named)
{
	struct outcome outcome;

	EXPECT_INT_EQ(BRIG_DECODE_EMPTY, status_of("", 0));
	EXPECT_INT_EQ(BRIG_DECODE_NOT_AN_IMAGE, status_of("hello, world", 12));
	EXPECT_INT_EQ(BRIG_DECODE_TRUNCATED, status_of("\x89PNG\r\n\x1a\n", 8));
	EXPECT_INT_EQ(BRIG_DECODE_TRUNCATED, status_of(ppm, sizeof ppm - 3));
	EXPECT_INT_EQ(BRIG_DECODE_TOO_MANY_PIXELS, status_of("P5 60000 60000 255\n", 19));
	decode(test_tmpdir(), &outcome);
	EXPECT_INT_EQ(BRIG_DECODE_NOT_REGULAR, outcome.status);
	decode("/nonexistent", &outcome);
	EXPECT_INT_EQ(BRIG_DECODE_CANNOT_OPEN, outcome.status);
	EXPECT_INT_EQ(ENOENT, outcome.error);
}

/* Everything that the broker promises to have seen, it has seen; as root and as anyone. */
TEST_C(render, layers_are_attested)
{
	static const enum brig_layer attested[] = {
		BRIG_LAYER_UID,     BRIG_LAYER_USER_NS,   BRIG_LAYER_MOUNT_NS,
		BRIG_LAYER_NET_NS,  BRIG_LAYER_IPC_NS,    BRIG_LAYER_UTS_NS,
		BRIG_LAYER_ROOT,    BRIG_LAYER_CGROUP_NS, BRIG_LAYER_PID_NS,
		BRIG_LAYER_CAPS,    BRIG_LAYER_SECCOMP,   BRIG_LAYER_NO_NEW_PRIVS,
		BRIG_LAYER_RLIMITS, BRIG_LAYER_DUMPABLE,
	};
	struct outcome outcome;

	decode(write_document("a", "hello", 5), &outcome);
	EXPECT_INT_EQ(BRIG_LEVEL_FULL, outcome.exit.level);
	for (size_t i = 0; i < sizeof attested / sizeof *attested; i++)
		EXPECT_INT_EQ(BRIG_ATTESTED, outcome.exit.layers[attested[i]].got);
	EXPECT_INT_EQ(BRIG_CLAIMED, outcome.exit.layers[BRIG_LAYER_LANDLOCK].got);
}

/* As in a container, or a service with SystemCallFilter=. */
TEST_C_CHILD(render, works_behind_a_filter_of_the_embedders)
{
	static const struct sock_filter allow[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	const struct brig_program filter = { .code = allow, .length = 1 };
	struct outcome outcome;

	ASSERT_INT_EQ(0, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	ASSERT_OK(brig_program_load(&filter));
	decode(write_document("a.ppm", ppm, sizeof ppm - 1), &outcome);
	EXPECT_INT_EQ(BRIG_DECODE_OK, outcome.status);
	EXPECT_INT_EQ(BRIG_ATTESTED, outcome.exit.layers[BRIG_LAYER_SECCOMP].got);
	EXPECT_INT_EQ(BRIG_ATTESTED, outcome.plugin_exit.layers[BRIG_LAYER_SECCOMP].got);
	outcome_finish(&outcome);
}

/* As in a supervised container: there can be one listener only (seccomp(2): EBUSY). */
TEST_C_CHILD(render, works_where_somebody_listens_already)
{
	static const struct sock_filter allow[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	const struct brig_program filter = { .code = allow, .length = 1 };
	struct outcome outcome;

	ASSERT_INT_EQ(0, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	ASSERT_OK(brig_program_load_listening(&filter));
	decode(BRIG_PICTURE, &outcome);
	EXPECT_INT_EQ(BRIG_DECODE_OK, outcome.status);
	EXPECT_INT_EQ(BRIG_ATTESTED, outcome.exit.layers[BRIG_LAYER_SECCOMP].got);
	outcome_finish(&outcome);
}

TEST_C(render, leaves_no_child_behind)
{
	struct outcome outcome;

	decode(write_document("a", "hello", 5), &outcome);
	errno = 0;
	EXPECT_INT_EQ(-1, waitpid(-1, NULL, WNOHANG | __WALL));
	EXPECT_INT_EQ(ECHILD, errno);
}
