/* gtest_c.cc - registers the C tests with Google Test, and is main(). */
#include "internal.h"

#include <gtest/gtest.h>

#include <cstdio>

namespace gtest_c
{
namespace
{

/*
 * Constructors of C files run before Google Test's own: they only fill this list, which needs no
 * constructor itself, and main() registers.
 */
gtest_c_test *first_test;
gtest_c_test **end_of_tests = &first_test;
const gtest_c_test *running;

class CTest : public testing::Test
{
      public:
	explicit CTest(const gtest_c_test &test) : test(test)
	{
	}

      protected:
	void SetUp() override
	{
		running = &test;
		report_begin(test);
		if (!fds_list(&before))
			FAIL() << "/proc/self/fd can't be read";
	}

	void TestBody() override
	{
		if (test.kind != GTEST_C_HERE) {
			(void)tmpdir_create(); /* the child may be unable to, later on */
			run_in_child(test);
			return;
		}
		test.body();
		if (in_child()) {
			gtest_c_fail(test.file, test.line,
				     "a forked process came back out of the body: end it by _exit");
			child_end(false);
		}
		(void)report_drain();
	}

	void TearDown() override
	{
		std::string why;

		if (!tmpdir_remove(&why))
			fail_at(test.file, test.line, "not removed: " + why);
		compare_fds();
	}

      private:
	const gtest_c_test &test;
	Fds before;

	void compare_fds()
	{
		Fds after;

		if (!fds_list(&after))
			fail_at(test.file, test.line, "/proc/self/fd can't be read any more");
		for (const auto &[fd, target] : after) {
			auto old = before.find(fd);
			if (old == before.end())
				fail_at(test.file, test.line,
					"left open: fd " + std::to_string(fd) + " -> " + target);
			else if (old->second != target)
				fail_at(test.file, test.line,
					"replaced: fd " + std::to_string(fd) + " -> " + target +
						", was " + old->second);
		}
		for (const auto &[fd, target] : before)
			if (after.find(fd) == after.end())
				fail_at(test.file, test.line,
					"closed, though not the test's: fd " + std::to_string(fd) +
						" -> " + target);
	}
};

unsigned register_all()
{
	unsigned n = 0;

	for (const gtest_c_test *t = first_test; t; t = t->next, n++)
		testing::RegisterTest(t->suite, t->name, nullptr, nullptr, t->file, t->line,
				      [t]() -> CTest * { return new CTest(*t); });
	return n;
}

} // namespace

const gtest_c_test *current_test()
{
	return running;
}

} // namespace gtest_c

void gtest_c_register(gtest_c_test *test)
{
	*gtest_c::end_of_tests = test;
	gtest_c::end_of_tests = &test->next;
}

int main(int argc, char **argv)
{
	testing::InitGoogleTest(&argc, argv);
	if (!gtest_c::settings_read())
		return 2;
	gtest_c::report_open();
	if (gtest_c::register_all() == 0) {
		(void)fprintf(stderr, "%s: no tests in it\n", argv[0]);
		return 2;
	}
	return RUN_ALL_TESTS();
}
