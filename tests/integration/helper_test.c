/* The helper and the plugins: found once, held ever after, and of the library's own build. */
#include "tests/support/decode_once.h"

#include "gtest_c.h"

#include <brig/version.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char pnm[] = "P5 1 1 255\n\7";
static const unsigned char qoi[] = { 'q', 'o',  'i', 'f', 0, 0, 0, 1, 0, 0, 0, 1, 3,
				     0,   0xfe, 1,   2,   3, 0, 0, 0, 0, 0, 0, 0, 1 };

/* A file of the test's own; the path is valid until the next call. */
static const char *in_tmpdir(const char *name)
{
	static char path[4096];

	(void)snprintf(path, sizeof path, "%s/%s", test_tmpdir(), name);
	return path;
}

/* All of @path, and its size; the caller's to free. */
static char *read_whole(const char *path, size_t *ret_n)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *bytes = fd >= 0 && fstat(fd, &st) == 0 ? malloc((size_t)st.st_size) : NULL;

	if (bytes && read(fd, bytes, (size_t)st.st_size) == st.st_size)
		*ret_n = (size_t)st.st_size;
	if (fd >= 0)
		(void)close(fd);
	return bytes;
}

static void write_whole(const char *path, const void *bytes, size_t n, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	ASSERT_INT_GE(fd, 0);
	EXPECT_INT_EQ((long long)n, write(fd, bytes, n));
	EXPECT_INT_EQ(0, fchmod(fd, mode));
	EXPECT_INT_EQ(0, close(fd));
}

static void copy_file(const char *from, const char *name, mode_t mode)
{
	size_t n = 0;
	char *bytes = read_whole(from, &n);

	ASSERT_PTR_NOT_NULL(bytes);
	write_whole(in_tmpdir(name), bytes, n, mode);
	free(bytes);
}

static int create(const char *child_path, const char *plugin_dir, struct brig_broker **ret)
{
	const struct brig_broker_options options = { .size = sizeof options,
						     .child_path = child_path,
						     .plugin_dir = plugin_dir };

	return brig_broker_create(&options, ret);
}

static int refusal_of(const char *child_path)
{
	struct brig_broker *broker = NULL;
	int r = create(child_path, NULL, &broker);

	EXPECT_PTR_NULL(broker);
	brig_broker_destroy(broker);
	return r;
}

TEST_C(helper, that_is_missing_is_enoent)
{
	EXPECT_ERR(ENOENT, refusal_of(in_tmpdir("nothing")));
	EXPECT_ERR(ENOENT, refusal_of(""));
}

TEST_C(helper, that_is_no_regular_file_is_enoexec)
{
	EXPECT_ERR(ENOEXEC, refusal_of(test_tmpdir()));
	EXPECT_ERR(ENOEXEC, refusal_of("/dev/null"));
	ASSERT_INT_EQ(0, mkfifo(in_tmpdir("fifo"), 0755));
	EXPECT_ERR(ENOEXEC, refusal_of(in_tmpdir("fifo")));
}

TEST_C(helper, that_nobody_may_execute_is_enoexec)
{
	copy_file(BRIG_CHILD, "child", 0644);
	EXPECT_ERR(ENOEXEC, refusal_of(in_tmpdir("child")));
}

TEST_C(helper, that_is_no_program_is_enoexec)
{
	write_whole(in_tmpdir("child"), "hello", 5, 0755);
	EXPECT_ERR(ENOEXEC, refusal_of(in_tmpdir("child")));
}

/* A main() that forgot brig_child_run(), in the helper. */
TEST_C_CHILD(helper, starts_no_broker_of_its_own)
{
	char name[] = "brig-zygote";
	struct brig_broker *broker = NULL;

	program_invocation_name = name;
	EXPECT_ERR(ELOOP, brig_broker_create(NULL, &broker));
	EXPECT_PTR_NULL(broker);
}

TEST_C_CHILD(helper, that_cannot_be_opened_is_eacces)
{
	copy_file(BRIG_CHILD, "child", 0000);
	if (geteuid() == 0) /* to whom no mode is closed */
		ASSERT_INT_EQ(0, setresuid(60417, 60417, 60417));
	EXPECT_ERR(EACCES, refusal_of(in_tmpdir("child")));
}

/* A program that is its owner's alone, in a directory that is: root's helper is another user. */
TEST_C(helper, may_be_its_owners_alone)
{
	struct brig_broker *broker = NULL;
	struct outcome outcome;

	copy_file(BRIG_CHILD, "child", 0700);
	ASSERT_OK(create(in_tmpdir("child"), NULL, &broker));
	ASSERT_OK(outcome_start(broker, BRIG_PICTURE, 0, &outcome));
	EXPECT_OK(run_until_done(broker, &outcome, 1));
	EXPECT_INT_EQ(BRIG_DECODE_OK, outcome.status);
	outcome_finish(&outcome);
	brig_broker_destroy(broker);
}

static void expect_decoded(struct brig_broker *broker, const char *path, const char *format)
{
	struct outcome outcome;

	ASSERT_OK(outcome_start(broker, path, 0, &outcome));
	ASSERT_OK(run_until_done(broker, &outcome, 1));
	EXPECT_INT_EQ(BRIG_DECODE_OK, outcome.status);
	EXPECT_STR_EQ(format, outcome.format);
	outcome_finish(&outcome);
}

TEST_C(helper, may_be_deleted_after_create)
{
	struct brig_broker *broker = NULL;
	char plugins[4096];

	copy_file(BRIG_CHILD, "child", 0755);
	(void)snprintf(plugins, sizeof plugins, "%s", in_tmpdir("plugins"));
	ASSERT_INT_EQ(0, mkdir(plugins, 0755));
	copy_file(BRIG_PLUGIN_DIR "/qoi.so", "plugins/qoi.so", 0644);
	copy_file(BRIG_PLUGIN_DIR "/pnm.so", "plugins/pnm.so", 0644);
	ASSERT_OK(create(in_tmpdir("child"), plugins, &broker));
	ASSERT_INT_EQ(0, unlink(in_tmpdir("plugins/qoi.so")));
	ASSERT_INT_EQ(0, unlink(in_tmpdir("plugins/pnm.so")));
	ASSERT_INT_EQ(0, rmdir(plugins));
	ASSERT_INT_EQ(0, unlink(in_tmpdir("child")));
	expect_decoded(broker, BRIG_PICTURE, "png");
	expect_decoded(broker, write_document("a.qoi", qoi, sizeof qoi), "qoi");
	expect_decoded(broker, write_document("a.pgm", pnm, sizeof pnm - 1), "pnm");
	brig_broker_destroy(broker);
}

/* A copy of the helper that says another build id. */
static void write_other_build(const char *name)
{
	const char *id = brig_build_id();
	size_t n = 0, patched = 0;
	char *bytes = read_whole(BRIG_CHILD, &n);

	ASSERT_PTR_NOT_NULL(bytes);
	for (char *at = bytes; (at = memmem(at, n - (size_t)(at - bytes), id, 64)); patched++)
		at[0] = at[0] == '0' ? '1' : '0';
	EXPECT_INT_GT((long long)patched, 0);
	write_whole(in_tmpdir(name), bytes, n, 0755);
	free(bytes);
}

TEST_C(helper, of_another_build_is_refused)
{
	struct brig_broker *broker = NULL;
	struct outcome outcome;

	write_other_build("other");
	ASSERT_OK(create(in_tmpdir("other"), NULL, &broker));
	ASSERT_OK(outcome_start(broker, BRIG_PICTURE, 0, &outcome));
	EXPECT_OK(run_until_done(broker, &outcome, 1));
	EXPECT_INT_EQ(BRIG_DECODE_LAUNCH_FAILED, outcome.status);
	EXPECT_INT_EQ(BRIG_EXIT_LAUNCH_FAILED, outcome.exit.class_);
	EXPECT_INT_EQ(BRIG_STAGE_HANDSHAKE, outcome.exit.stage);
	EXPECT_INT_EQ(EPROTONOSUPPORT, outcome.exit.error);
	EXPECT_INT_EQ(BRIG_LEVEL_NONE, outcome.exit.level);
	EXPECT_STR_CONTAINS(outcome.message, "stage handshake");
	const char *remedy = brig_stage_remedy(BRIG_STAGE_HANDSHAKE, EPROTONOSUPPORT);
	EXPECT_STR_CONTAINS(remedy, "brig-child");
	EXPECT_STR_CONTAINS(remedy, "library");
	EXPECT_STR_CONTAINS(remedy, "one build");
	brig_broker_destroy(broker);
}

TEST_C(helper, that_is_none_is_told_how_to_be_one)
{
	struct brig_broker *broker = NULL;
	struct outcome outcome;

	ASSERT_OK(create("/bin/true", NULL, &broker));
	ASSERT_OK(outcome_start(broker, BRIG_PICTURE, 0, &outcome));
	EXPECT_OK(run_until_done(broker, &outcome, 1));
	EXPECT_INT_EQ(BRIG_EXIT_LAUNCH_FAILED, outcome.exit.class_);
	EXPECT_STR_CONTAINS(outcome.exit.detail, "main() calls no brig_child_run() first");
	brig_broker_destroy(broker);
}
