/* Policies by calls instead of text. */
#include "tests/policy/says.h"

#include <errno.h>
#include <string.h>

static struct brig_policy_builder *begun(void)
{
	struct brig_policy_builder *builder = NULL;

	EXPECT_OK(brig_policy_builder_create("mine", &builder));
	return builder;
}

static void expect_same(const struct brig_policy *a, const struct brig_policy *b)
{
	size_t n = 0, m = 0;
	const void *code = brig_policy_program(a, BRIG_AFTER_READY, &n);
	const void *other = brig_policy_program(b, BRIG_AFTER_READY, &m);

	ASSERT_UINT_EQ(n, m);
	EXPECT_MEM_EQ(code, other, n * sizeof(struct sock_filter));
}

TEST_C(builder, says_what_the_same_text_says)
{
	struct brig_policy *built = NULL;
	struct brig_policy_builder *builder = begun();
	struct brig_policy *written =
		policy_of("role mine\ninclude base\n@heap, read: allow # memory\n"
			  "mmap: allow if prot subset PROT_READ|PROT_WRITE else errno EACCES # m\n",
			  NULL);

	ASSERT_TRUE(builder && written);
	EXPECT_OK(brig_policy_builder_include(builder, "base"));
	EXPECT_OK(brig_policy_builder_add(builder, "@heap, read", "allow", "memory"));
	EXPECT_OK(brig_policy_builder_add(
		builder, "mmap", "allow if prot subset PROT_READ|PROT_WRITE else errno EACCES",
		"m"));
	EXPECT_OK(brig_policy_builder_build(builder, NULL, &built, NULL));
	brig_policy_builder_destroy(builder);
	ASSERT_PTR_NOT_NULL(built);
	expect_same(written, built);
	EXPECT_STR_EQ("mine", built->text.name);
	brig_policy_unref(built);
	brig_policy_unref(written);
}

TEST_C(builder, builds_again_after_it_built)
{
	struct brig_policy *first = NULL, *second = NULL;
	struct brig_policy_builder *builder = begun();

	ASSERT_PTR_NOT_NULL(builder);
	EXPECT_OK(brig_policy_builder_add(builder, "read", "allow", "first"));
	ASSERT_OK(brig_policy_builder_build(builder, NULL, &first, NULL));
	EXPECT_OK(brig_policy_builder_add(builder, "write", "allow", "second"));
	ASSERT_OK(brig_policy_builder_build(builder, NULL, &second, NULL));
	EXPECT_STR_EQ("EPERM", policy_says(first, BRIG_AFTER_READY, "write", ARGS(0)));
	EXPECT_STR_EQ("allow", policy_says(second, BRIG_AFTER_READY, "write", ARGS(0)));
	brig_policy_builder_destroy(builder);
	brig_policy_unref(first);
	brig_policy_unref(second);
}

TEST_C(builder, names_the_row_that_is_wrong)
{
	struct brig_policy *policy = NULL;
	struct brig_policy_error error = { 0 };
	struct brig_policy_builder *builder = begun();

	ASSERT_PTR_NOT_NULL(builder);
	EXPECT_OK(brig_policy_builder_add(builder, "raed", "allow", "why"));
	EXPECT_ERR(EINVAL, brig_policy_builder_build(builder, NULL, &policy, &error));
	EXPECT_STR_EQ("mine", error.file);
	EXPECT_UINT_EQ(2, error.line);
	EXPECT_STR_EQ("there is no system call 'raed'; is it read?", error.message);
	brig_policy_builder_destroy(builder);
}

TEST_C(builder, name_is_one_word)
{
	struct brig_policy_builder *builder = NULL;

	EXPECT_ERR(EINVAL, brig_policy_builder_create(NULL, &builder));
	EXPECT_ERR(EINVAL, brig_policy_builder_create("", &builder));
	EXPECT_ERR(EINVAL, brig_policy_builder_create("a\nb", &builder));
	EXPECT_ERR(EINVAL, brig_policy_builder_create("a # b", &builder));
	EXPECT_ERR(EINVAL, brig_policy_builder_create("a", NULL));
	EXPECT_PTR_NULL(builder);
	brig_policy_builder_destroy(NULL);
}

TEST_C(builder, strings_that_begin_a_line_or_a_comment_are_refused)
{
	struct brig_policy_builder *builder = begun();

	ASSERT_PTR_NOT_NULL(builder);
	EXPECT_ERR(EINVAL, brig_policy_builder_include(builder, "base\nread: allow # x"));
	EXPECT_ERR(EINVAL, brig_policy_builder_include(builder, "base # x"));
	EXPECT_ERR(EINVAL, brig_policy_builder_include(builder, NULL));
	EXPECT_ERR(EINVAL, brig_policy_builder_add(builder, "read: allow # x", "kill", "why"));
	EXPECT_ERR(EINVAL, brig_policy_builder_add(builder, "read\nwrite", "kill", "why"));
	EXPECT_ERR(EINVAL, brig_policy_builder_add(builder, "read", "kill # x", "why"));
	EXPECT_ERR(EINVAL, brig_policy_builder_add(builder, "read", "kill\rwrite: allow", "why"));
	EXPECT_ERR(EINVAL, brig_policy_builder_add(builder, "read", "kill", "a\nwrite: allow # b"));
	EXPECT_ERR(EINVAL, brig_policy_builder_add(builder, "read", "kill", ""));
	EXPECT_ERR(EINVAL, brig_policy_builder_add(builder, "read", "kill", NULL));
	EXPECT_ERR(EINVAL, brig_policy_builder_add(builder, NULL, "kill", "why"));
	EXPECT_ERR(EINVAL, brig_policy_builder_add(builder, "read", NULL, "why"));
	brig_policy_builder_destroy(builder);
}

/* What is no row fails to build: no string adds an allowance that its own call doesn't show. */
static void expect_no_policy(const char *calls, const char *rule)
{
	struct brig_policy *policy = NULL;
	struct brig_policy_builder *builder = begun();

	ASSERT_PTR_NOT_NULL(builder);
	EXPECT_OK(brig_policy_builder_add(builder, calls, rule, "why"));
	EXPECT_OK(brig_policy_builder_add(builder, "write", "kill", "never"));
	EXPECT_ERR(EINVAL, brig_policy_builder_build(builder, NULL, &policy, NULL));
	brig_policy_unref(policy);
	brig_policy_builder_destroy(builder);
}

TEST_C(builder, strings_that_would_be_more_than_a_row_do_not_build)
{
	expect_no_policy("read: allow", "kill");
	expect_no_policy("read: allow if fd == 3 or fd", "kill");
	expect_no_policy("include base", "allow");
	expect_no_policy("default benign allow", "allow");
	expect_no_policy("stage before-ready", "allow");
	expect_no_policy("set @x = read", "allow");
	expect_no_policy("parameter x = y", "allow");
	expect_no_policy("needs read", "allow");
	expect_no_policy("read,", "allow");
	expect_no_policy("read", "allow,");
	expect_no_policy("read", "allow if fd == 3 and");
	expect_no_policy("read", "allow if fd in {3,");
	expect_no_policy("read", "allow: write");
	expect_no_policy("read", "allow read: allow");
	expect_no_policy(" ", "allow");
	expect_no_policy("read", " ");
}

TEST_C(builder, reason_may_say_anything)
{
	struct brig_policy *policy = NULL;
	struct brig_policy_row row;
	struct brig_policy_builder *builder = begun();

	ASSERT_PTR_NOT_NULL(builder);
	EXPECT_OK(brig_policy_builder_add(builder, "read", "allow", "a # b: write: allow, ${x}"));
	EXPECT_OK(brig_policy_builder_add(builder, "lseek", "allow", "ends in a comma,"));
	EXPECT_OK(brig_policy_builder_add(builder, "getpid", "allow", "last"));
	ASSERT_OK(brig_policy_builder_build(builder, NULL, &policy, NULL));
	ASSERT_OK(brig_policy_row(policy, BRIG_AFTER_READY, 0, &row));
	EXPECT_STR_EQ("a # b: write: allow, ${x}", row.why);
	EXPECT_STR_EQ("EPERM", policy_says(policy, BRIG_AFTER_READY, "write", ARGS(0)));
	EXPECT_STR_EQ("allow", policy_says(policy, BRIG_AFTER_READY, "getpid", ARGS(0)));
	brig_policy_unref(policy);
	brig_policy_builder_destroy(builder);
}
