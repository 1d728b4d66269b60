/*
 * report.cc - how a child's failures reach the test process.
 *
 * A ring of records in shared memory, rather than a pipe: a child under test closes descriptors
 * that it doesn't know, counts those that it has, and forbids itself write(). Storing needs none
 * of that, and what was stored outlives the child.
 */
#include "internal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace gtest_c
{
namespace
{

constexpr uint32_t RECORDS = 256;

enum class Kind { failure, skip };

struct Record {
	std::atomic<bool> complete; /* false: its writer was killed half way */
	Kind kind;
	int line;
	char file[256];
	char feature[64];
	char text[1700];
};

struct Shared {
	std::atomic<uint32_t> taken; /* records handed out since the start */
	std::atomic<bool> ended_its_body;
	std::atomic<bool> wants_seed;
	std::atomic<bool> marked;
	char call[512];
	Record records[RECORDS];
};

Shared *shared;
uint32_t drained;

/*
 * The kernel zeroes this page in every new process, and only there: so a raw clone() is noticed
 * like a fork(), without asking for a pid, which a filter may forbid or a namespace may change.
 */
volatile unsigned char *zero_in_children;
bool dies_in_child; /* the running test is a TEST_C_DIES */

void *map_or_exit(size_t bytes, int sharing)
{
	void *p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		perror("gtest_c: mmap");
		exit(2);
	}
	return p;
}

void store(Kind kind, const char *file, int line, const char *feature, const char *text)
{
	uint32_t ticket = shared->taken.fetch_add(1);

	/* Beyond the ring nothing is overwritten: report_drain() sees by the count that it was. */
	if (ticket - drained >= RECORDS)
		return;
	Record &r = shared->records[ticket % RECORDS];
	r.kind = kind;
	r.line = line;
	(void)snprintf(r.file, sizeof r.file, "%s", file);
	(void)snprintf(r.feature, sizeof r.feature, "%s", feature);
	(void)snprintf(r.text, sizeof r.text, "%s", text);
	r.complete.store(true, std::memory_order_release);
}

void skip_here(const char *file, int line, const char *feature, const char *reason)
{
	const gtest_c_test *test = current_test();
	std::string one_line(reason);

	std::replace(one_line.begin(), one_line.end(), '\n', ' ');
	printf("BRIG-SKIP %s.%s %s: %s\n", test->suite, test->name, feature, one_line.c_str());
	(void)fflush(stdout);
	GTEST_SKIP() << file << ":" << line << ": " << feature << ": " << one_line;
}

void deliver(const Record &r, Told *told)
{
	if (!r.complete.load(std::memory_order_acquire)) {
		told->failures++;
		ADD_FAILURE() << "a child was reporting when it was ended: its text is lost";
	} else if (r.kind == Kind::skip) {
		told->skips++;
		skip_here(r.file, r.line, r.feature, r.text);
	} else {
		told->failures++;
		fail_at(r.file, r.line, r.text);
	}
}

} // namespace

void report_open()
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	shared = static_cast<Shared *>(map_or_exit(sizeof *shared, MAP_SHARED));
	void *private_page = map_or_exit(page, MAP_PRIVATE);
	if (madvise(private_page, page, MADV_WIPEONFORK) < 0) {
		perror("gtest_c: madvise(MADV_WIPEONFORK)");
		exit(2);
	}
	zero_in_children = static_cast<unsigned char *>(private_page);
	*zero_in_children = 1;
}

bool in_child()
{
	return *zero_in_children == 0;
}

/* Hands to Google Test what children have reported since the last time. */
Told report_drain()
{
	uint32_t taken = shared->taken.load();
	uint32_t there = std::min(taken - drained, RECORDS);
	Told told = {};

	for (uint32_t i = 0; i < there; i++) {
		Record &r = shared->records[(drained + i) % RECORDS];
		deliver(r, &told);
		r.complete.store(false);
	}
	if (taken - drained > there) {
		told.failures++;
		ADD_FAILURE() << "and " << taken - drained - there << " more reports";
	}
	drained = taken;
	if (shared->wants_seed.exchange(false))
		seed_print_once();
	return told;
}

void seed_wanted_by_child()
{
	shared->wants_seed.store(true);
}

void report_begin(const gtest_c_test &test)
{
	dies_in_child = test.kind == GTEST_C_DIES;
	shared->ended_its_body.store(false);
	shared->marked.store(false);
	shared->call[0] = '\0';
}

/*
 * Neither marked noreturn nor ended by _exit(): before a call that is, AddressSanitizer calls
 * sigaltstack(), which a filter may kill for. SYS_exit comes second, for a filter that knows it
 * only.
 */
void child_end(bool whole_body)
{
	int status = whole_body ? 0 : 1;

	(void)fflush(stdout);
	shared->ended_its_body.store(whole_body);
	for (;;) {
		(void)syscall(SYS_exit_group, status);
		(void)syscall(SYS_exit, status);
	}
}

bool child_ended_its_body()
{
	return shared->ended_its_body.load();
}

Mark child_mark()
{
	return { shared->marked.load(), shared->call };
}

void fail_at(const char *file, int line, const std::string &message)
{
	ADD_FAILURE_AT(file, line) << message;
}

} // namespace gtest_c

using namespace gtest_c;

void gtest_c_fail(const char *file, int line, const char *format, ...)
{
	int saved = errno;
	char text[sizeof Record::text];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (in_child())
		store(Kind::failure, file, line, "", text);
	else
		fail_at(file, line, text);
	errno = saved;
}

void gtest_c_skip(const char *file, int line, const char *feature, const char *format, ...)
{
	char text[sizeof Record::text];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (in_child())
		store(Kind::skip, file, line, feature, text);
	else
		skip_here(file, line, feature, text);
}

void gtest_c_mark(const char *file, int line, const char *call)
{
	if (!in_child() || !dies_in_child) {
		gtest_c_fail(file, line, "DIES_HERE(%s) outside of TEST_C_DIES", call);
		return;
	}
	(void)snprintf(shared->call, sizeof shared->call, "%s:%d: %s", file, line, call);
	shared->marked.store(true);
}

void gtest_c_unmark(void)
{
	shared->marked.store(false);
}
