/* broken_checks.c - each check, failing on purpose: gtest_c_selftest reads what it says. */
#include "gtest_c.h"

#include <errno.h>
#include <string.h>

TEST_C(checks, int_eq)
{
	int apples = 3;

	EXPECT_INT_EQ(4, apples);
}

TEST_C(checks, int_ne)
{
	EXPECT_INT_NE(5, 5);
}

TEST_C(checks, int_lt)
{
	EXPECT_INT_LT(5, 5);
}

TEST_C(checks, int_le)
{
	EXPECT_INT_LE(6, 5);
}

TEST_C(checks, int_gt)
{
	EXPECT_INT_GT(5, 5);
}

TEST_C(checks, int_ge)
{
	EXPECT_INT_GE(4, 5);
}

TEST_C(checks, uint_eq)
{
	EXPECT_UINT_EQ(UINT64_MAX, UINT64_C(16));
}

TEST_C(checks, str_eq)
{
	EXPECT_STR_EQ("cat", "dog");
}

TEST_C(checks, str_eq_with_null)
{
	EXPECT_STR_EQ("cat", NULL);
}

TEST_C(checks, str_contains)
{
	EXPECT_STR_CONTAINS("haystack", "needle");
}

TEST_C(checks, mem_eq)
{
	EXPECT_MEM_EQ("abcd", "abXd", 4);
}

TEST_C(checks, ptr_null)
{
	const char *letter = "a";

	EXPECT_PTR_NULL(letter);
}

TEST_C(checks, ptr_not_null)
{
	const char *letter = NULL;

	EXPECT_PTR_NOT_NULL(letter);
}

TEST_C(checks, is_true)
{
	EXPECT_TRUE(1 > 2);
}

TEST_C(checks, is_false)
{
	EXPECT_FALSE(2 > 1);
}

TEST_C(checks, ok)
{
	EXPECT_OK(-EACCES);
}

TEST_C(checks, err)
{
	EXPECT_ERR(EINVAL, -EPERM);
}

TEST_C(checks, err_on_success)
{
	EXPECT_ERR(EINVAL, 0);
}

/* Cut, not overrun. */
TEST_C(checks, long_strings)
{
	char a[5000];
	char b[5000];

	memset(a, 'a', sizeof a);
	memset(b, 'b', sizeof b);
	a[sizeof a - 1] = '\0';
	b[sizeof b - 1] = '\0';
	EXPECT_STR_EQ(a, b);
}

/* Each leaves the body: "went on" must not be printed by any. */
#define ASSERT_LEAVES(name, assertion)                                                             \
	TEST_C(leaves, name)                                                                       \
	{                                                                                          \
		assertion;                                                                         \
		FAIL_C("went on");                                                                 \
	}

ASSERT_LEAVES(int_eq, ASSERT_INT_EQ(1, 2))
ASSERT_LEAVES(int_ne, ASSERT_INT_NE(1, 1))
ASSERT_LEAVES(int_lt, ASSERT_INT_LT(1, 1))
ASSERT_LEAVES(int_le, ASSERT_INT_LE(2, 1))
ASSERT_LEAVES(int_gt, ASSERT_INT_GT(1, 1))
ASSERT_LEAVES(int_ge, ASSERT_INT_GE(1, 2))
ASSERT_LEAVES(uint_eq, ASSERT_UINT_EQ(1, 2))
ASSERT_LEAVES(str_eq, ASSERT_STR_EQ("a", "b"))
ASSERT_LEAVES(str_contains, ASSERT_STR_CONTAINS("a", "b"))
ASSERT_LEAVES(mem_eq, ASSERT_MEM_EQ("a", "b", 1))
ASSERT_LEAVES(ptr_null, ASSERT_PTR_NULL("a"))
ASSERT_LEAVES(ptr_not_null, ASSERT_PTR_NOT_NULL(NULL))
ASSERT_LEAVES(is_true, ASSERT_TRUE(0))
ASSERT_LEAVES(is_false, ASSERT_FALSE(1))
ASSERT_LEAVES(ok, ASSERT_OK(-1))
ASSERT_LEAVES(err, ASSERT_ERR(EPERM, 0))
ASSERT_LEAVES(fail, FAIL_C("left"))
