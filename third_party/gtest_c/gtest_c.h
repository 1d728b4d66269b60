/*
 * gtest_c.h - write tests in C, run them by Google Test.
 *
 *	TEST_C(frame, refuses_a_short_header)       runs in the test process
 *	TEST_C_CHILD(root, has_no_files)            runs in a forked child
 *	TEST_C_DIES(policy, socket_kills, SIGSYS)   runs in a forked child that must die in
 *DIES_HERE()
 *
 * Around every test the open descriptors of the test process are compared: one that was left open,
 * or closed though the test hadn't opened it, fails the test. A child isn't checked for that: it
 * may have sealed itself, and what it holds goes away with it.
 *
 * A child's failures come back through shared memory, not through a descriptor, and without a
 * system call: so a child reports from behind any filter, and after it closed all it had. A
 * process that a test forks by itself reports the same way, but must end by _exit(), and the test
 * must wait for it. A child that ends before the end of its body fails, whatever its status.
 *
 * Environment:
 *	BRIG_TEST_SEED         decimal or 0x..; what test_seed() returns
 *	BRIG_TEST_DEADLINE_MS  after which a child is killed, in milliseconds; 600000
 *	TMPDIR                 where test_tmpdir() is made
 */
#ifndef THIRD_PARTY_GTEST_C_GTEST_C_H
#define THIRD_PARTY_GTEST_C_GTEST_C_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- helpers for test bodies ---- */

/* The seed of this run; a line "seed: N" is printed for the first test that asks. */
uint64_t test_seed(void);

/* The next number of the sequence (splitmix64) that @state stands for; start from test_seed(). */
uint64_t test_random(uint64_t *state);

/*
 * A fresh directory (absolute path) for the running test, removed with all that is in it after
 * the test. It exists already when a child's body begins; a test that forks by itself asks for it
 * before that. If it can't be made, the test fails and the path returned doesn't exist.
 */
const char *test_tmpdir(void);

/* ---- below the macros; not for tests to use by name ---- */

enum gtest_c_kind { GTEST_C_HERE, GTEST_C_CHILD, GTEST_C_DIES };
enum gtest_c_order { GTEST_C_EQ, GTEST_C_NE, GTEST_C_LT, GTEST_C_LE, GTEST_C_GT, GTEST_C_GE };

struct gtest_c_test {
	const char *suite;
	const char *name;
	const char *file;
	int line;
	enum gtest_c_kind kind;
	int signal; /* GTEST_C_DIES: what it must die by */
	void (*body)(void);
	struct gtest_c_test *next;
};

/* Where a check stands, and its two arguments as they were written. */
struct gtest_c_place {
	const char *file;
	int line;
	const char *left;
	const char *right;
};

void gtest_c_register(struct gtest_c_test *test);

bool gtest_c_int(const struct gtest_c_place *place, enum gtest_c_order order, long long left,
		 long long right);
bool gtest_c_uint(const struct gtest_c_place *place, unsigned long long want,
		  unsigned long long got);
bool gtest_c_str(const struct gtest_c_place *place, const char *want, const char *got);
bool gtest_c_contains(const struct gtest_c_place *place, const char *hay, const char *needle);
bool gtest_c_mem(const struct gtest_c_place *place, const void *want, const void *got,
		 size_t bytes);
bool gtest_c_null(const struct gtest_c_place *place, bool want_null, const void *got);
bool gtest_c_bool(const struct gtest_c_place *place, bool want, bool got);
bool gtest_c_ok(const struct gtest_c_place *place, long long got);
bool gtest_c_err(const struct gtest_c_place *place, int want_errno, long long got);

void gtest_c_fail(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void gtest_c_skip(const char *file, int line, const char *feature, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void gtest_c_mark(const char *file, int line, const char *call);
void gtest_c_unmark(void);

#ifdef __cplusplus
}
#else

/* ---- tests ---- */

#define TEST_C(suite, name)       GTEST_C_TEST_(suite##_##name, #suite, #name, GTEST_C_HERE, 0)
#define TEST_C_CHILD(suite, name) GTEST_C_TEST_(suite##_##name, #suite, #name, GTEST_C_CHILD, 0)
#define TEST_C_DIES(suite, name, signal_)                                                          \
	GTEST_C_TEST_(suite##_##name, #suite, #name, GTEST_C_DIES, signal_)

/* suite and name are pasted and quoted one level up: a suite may be called linux, or errno. */
#define GTEST_C_TEST_(id, suite_, name_, kind_, signal_)                                           \
	static void gtest_c_body_##id(void);                                                       \
	__attribute__((constructor)) static void gtest_c_register_##id(void)                       \
	{                                                                                          \
		static struct gtest_c_test test = {                                                \
			.suite = suite_,                                                           \
			.name = name_,                                                             \
			.file = __FILE__,                                                          \
			.line = __LINE__,                                                          \
			.kind = kind_,                                                             \
			.signal = signal_,                                                         \
			.body = gtest_c_body_##id,                                                 \
		};                                                                                 \
		gtest_c_register(&test);                                                           \
	}                                                                                          \
	static void gtest_c_body_##id(void)

/*
 * The one call, in TEST_C_DIES, that the child must die in. Keep the arguments simple: a system
 * call that they make counts as part of the call.
 */
#define DIES_HERE(expr)                                                                            \
	do {                                                                                       \
		gtest_c_mark(__FILE__, __LINE__, #expr);                                           \
		_Pragma("GCC diagnostic push")                                                     \
			_Pragma("GCC diagnostic ignored \"-Wunused-result\"")(void)(expr);         \
		_Pragma("GCC diagnostic pop") gtest_c_unmark();                                    \
	} while (0)

/* Fails and leaves the body. */
#define FAIL_C(...)                                                                                \
	do {                                                                                       \
		gtest_c_fail(__FILE__, __LINE__, __VA_ARGS__);                                     \
		return;                                                                            \
	} while (0)

/*
 * Leaves the body because the kernel lacks @feature (one word, such as "core-scheduling"), and
 * prints "BRIG-SKIP suite.name feature: reason". The reason is a printf format and its arguments.
 */
#define SKIP_C(feature, ...)                                                                       \
	do {                                                                                       \
		gtest_c_skip(__FILE__, __LINE__, feature, __VA_ARGS__);                            \
		return;                                                                            \
	} while (0)

/*
 * ---- checks ----
 *
 * EXPECT_ goes on after a failure, ASSERT_ leaves the void function that it stands in. Arguments
 * are evaluated once. Order is as written: INT_LT(a, b) holds if a < b. OK holds for 0 and above;
 * ERR(EINVAL, f()) holds if f() returned -EINVAL. errno is as it was, after a check that fails too.
 */
#define EXPECT_INT_EQ(want, got)   GTEST_C_EXPECT_(GTEST_C_INT_(EQ, want, #want, got, #got))
#define ASSERT_INT_EQ(want, got)   GTEST_C_ASSERT_(GTEST_C_INT_(EQ, want, #want, got, #got))
#define EXPECT_INT_NE(want, got)   GTEST_C_EXPECT_(GTEST_C_INT_(NE, want, #want, got, #got))
#define ASSERT_INT_NE(want, got)   GTEST_C_ASSERT_(GTEST_C_INT_(NE, want, #want, got, #got))
#define EXPECT_INT_LT(left, right) GTEST_C_EXPECT_(GTEST_C_INT_(LT, left, #left, right, #right))
#define ASSERT_INT_LT(left, right) GTEST_C_ASSERT_(GTEST_C_INT_(LT, left, #left, right, #right))
#define EXPECT_INT_LE(left, right) GTEST_C_EXPECT_(GTEST_C_INT_(LE, left, #left, right, #right))
#define ASSERT_INT_LE(left, right) GTEST_C_ASSERT_(GTEST_C_INT_(LE, left, #left, right, #right))
#define EXPECT_INT_GT(left, right) GTEST_C_EXPECT_(GTEST_C_INT_(GT, left, #left, right, #right))
#define ASSERT_INT_GT(left, right) GTEST_C_ASSERT_(GTEST_C_INT_(GT, left, #left, right, #right))
#define EXPECT_INT_GE(left, right) GTEST_C_EXPECT_(GTEST_C_INT_(GE, left, #left, right, #right))
#define ASSERT_INT_GE(left, right) GTEST_C_ASSERT_(GTEST_C_INT_(GE, left, #left, right, #right))

#define EXPECT_UINT_EQ(want, got) GTEST_C_EXPECT_(GTEST_C_UINT_(want, #want, got, #got))
#define ASSERT_UINT_EQ(want, got) GTEST_C_ASSERT_(GTEST_C_UINT_(want, #want, got, #got))

#define EXPECT_STR_EQ(want, got) GTEST_C_EXPECT_(gtest_c_str(GTEST_C_AT_(#want, #got), want, got))
#define ASSERT_STR_EQ(want, got) GTEST_C_ASSERT_(gtest_c_str(GTEST_C_AT_(#want, #got), want, got))
#define EXPECT_STR_CONTAINS(hay, needle)                                                           \
	GTEST_C_EXPECT_(gtest_c_contains(GTEST_C_AT_(#hay, #needle), hay, needle))
#define ASSERT_STR_CONTAINS(hay, needle)                                                           \
	GTEST_C_ASSERT_(gtest_c_contains(GTEST_C_AT_(#hay, #needle), hay, needle))

#define EXPECT_MEM_EQ(want, got, bytes)                                                            \
	GTEST_C_EXPECT_(gtest_c_mem(GTEST_C_AT_(#want, #got), want, got, (size_t)(bytes)))
#define ASSERT_MEM_EQ(want, got, bytes)                                                            \
	GTEST_C_ASSERT_(gtest_c_mem(GTEST_C_AT_(#want, #got), want, got, (size_t)(bytes)))

#define EXPECT_PTR_NULL(got)     GTEST_C_EXPECT_(GTEST_C_NULL_(true, got, #got))
#define ASSERT_PTR_NULL(got)     GTEST_C_ASSERT_(GTEST_C_NULL_(true, got, #got))
#define EXPECT_PTR_NOT_NULL(got) GTEST_C_EXPECT_(GTEST_C_NULL_(false, got, #got))
#define ASSERT_PTR_NOT_NULL(got) GTEST_C_ASSERT_(GTEST_C_NULL_(false, got, #got))

#define EXPECT_TRUE(cond)  GTEST_C_EXPECT_(GTEST_C_BOOL_(true, cond, #cond))
#define ASSERT_TRUE(cond)  GTEST_C_ASSERT_(GTEST_C_BOOL_(true, cond, #cond))
#define EXPECT_FALSE(cond) GTEST_C_EXPECT_(GTEST_C_BOOL_(false, cond, #cond))
#define ASSERT_FALSE(cond) GTEST_C_ASSERT_(GTEST_C_BOOL_(false, cond, #cond))

#define EXPECT_OK(expr) GTEST_C_EXPECT_(gtest_c_ok(GTEST_C_AT_("", #expr), (long long)(expr)))
#define ASSERT_OK(expr) GTEST_C_ASSERT_(gtest_c_ok(GTEST_C_AT_("", #expr), (long long)(expr)))
#define EXPECT_ERR(want_errno, expr)                                                               \
	GTEST_C_EXPECT_(gtest_c_err(GTEST_C_AT_(#want_errno, #expr), want_errno, (long long)(expr)))
#define ASSERT_ERR(want_errno, expr)                                                               \
	GTEST_C_ASSERT_(gtest_c_err(GTEST_C_AT_(#want_errno, #expr), want_errno, (long long)(expr)))

#define GTEST_C_EXPECT_(check) ((void)(check))
#define GTEST_C_ASSERT_(check)                                                                     \
	do {                                                                                       \
		if (!(check))                                                                      \
			return;                                                                    \
	} while (0)
#define GTEST_C_AT_(left, right) (&(const struct gtest_c_place){ __FILE__, __LINE__, left, right })
#define GTEST_C_INT_(order, left, left_text, right, right_text)                                    \
	gtest_c_int(GTEST_C_AT_(left_text, right_text), GTEST_C_##order, (long long)(left),        \
		    (long long)(right))
#define GTEST_C_UINT_(want, want_text, got, got_text)                                              \
	gtest_c_uint(GTEST_C_AT_(want_text, got_text), (unsigned long long)(want),                 \
		     (unsigned long long)(got))
#define GTEST_C_NULL_(want, got, got_text)                                                         \
	gtest_c_null(GTEST_C_AT_("", got_text), want, (const void *)(got))
#define GTEST_C_BOOL_(want, cond, cond_text)                                                       \
	gtest_c_bool(GTEST_C_AT_("", cond_text), want, (cond) ? true : false)

#endif
#endif
