/* surroundings.cc - what a test finds and must leave: seed, directory, open descriptors. */
#include "internal.h"

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <filesystem>
#include <sys/random.h>
#include <unistd.h>

namespace gtest_c
{
namespace
{

/* Less than ctest waits, so that it is told which test it was. */
constexpr int DEADLINE_MS = 600000;

Settings read_settings;
bool seed_printed;
std::string tmpdir; /* "" if the running test has none */

bool read_number(const char *variable, unsigned long long max, unsigned long long *number)
{
	const char *text = getenv(variable);
	char *rest;

	if (!text)
		return true;
	errno = 0;
	unsigned long long n = strtoull(text, &rest, 0);
	if (errno || *rest || rest == text || *text == '-' || n > max) {
		(void)fprintf(stderr, "%s=%s is not a number from 0 to %llu\n", variable, text,
			      max);
		return false;
	}
	*number = n;
	return true;
}

} // namespace

bool settings_read()
{
	unsigned long long seed = 0;
	unsigned long long deadline_ms = DEADLINE_MS;

	if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed) {
		perror("getrandom");
		return false;
	}
	if (!read_number("BRIG_TEST_SEED", ULLONG_MAX, &seed) ||
	    !read_number("BRIG_TEST_DEADLINE_MS", INT_MAX, &deadline_ms))
		return false;
	read_settings = { seed, (int)deadline_ms };
	return true;
}

const Settings &settings()
{
	return read_settings;
}

void seed_print_once()
{
	if (seed_printed)
		return;
	seed_printed = true;
	printf("seed: %llu\n", (unsigned long long)read_settings.seed);
	(void)fflush(stdout);
}

bool tmpdir_create()
{
	std::error_code error;
	const char *base = getenv("TMPDIR");
	std::string path = std::filesystem::absolute(base && *base ? base : "/tmp", error);

	path += "/brig-test-XXXXXX";
	if (error || !mkdtemp(path.data()))
		return false;
	tmpdir = path;
	return true;
}

bool tmpdir_remove(std::string *why)
{
	std::error_code error;

	if (tmpdir.empty())
		return true;
	std::filesystem::remove_all(tmpdir, error);
	*why = tmpdir + ": " + error.message();
	tmpdir.clear();
	return !error;
}

/* False if /proc can't tell. */
bool fds_list(Fds *fds)
{
	DIR *dir = opendir("/proc/self/fd");

	if (!dir)
		return false;
	while (const struct dirent *entry = readdir(dir)) {
		char target[PATH_MAX];
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] == '.' || fd == dirfd(dir))
			continue;
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof target);
		(*fds)[fd] = n < 0 ? std::string("?") : std::string(target, (size_t)n);
	}
	(void)closedir(dir);
	return true;
}

} // namespace gtest_c

using namespace gtest_c;

uint64_t test_seed(void)
{
	/* A child may not write; the test process prints it for the child. */
	if (in_child())
		seed_wanted_by_child();
	else
		seed_print_once();
	return read_settings.seed;
}

uint64_t test_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

const char *test_tmpdir(void)
{
	if (tmpdir.empty() && (in_child() || !tmpdir_create())) {
		gtest_c_fail(__FILE__, __LINE__, "no temporary directory could be made");
		return "/nonexistent/brig-test";
	}
	return tmpdir.c_str();
}
