/* internal.h - what the shim's own files share. Not for tests. */
#ifndef THIRD_PARTY_GTEST_C_INTERNAL_H
#define THIRD_PARTY_GTEST_C_INTERNAL_H

#include "gtest_c.h"

#include <map>
#include <string>

namespace gtest_c
{

/* report.cc: what the test process and its children tell each other. */
struct Told {
	unsigned failures;
	unsigned skips;
};

struct Mark {
	bool set;         /* the child was inside DIES_HERE */
	std::string call; /* the last one entered, "" if none */
};

void report_open();
void report_begin(const gtest_c_test &test);
Told report_drain();
bool in_child();
void child_end(bool whole_body); /* never returns; report.cc says why it is not marked so */
bool child_ended_its_body();
Mark child_mark();
void fail_at(const char *file, int line, const std::string &message);

/* child.cc */
void run_in_child(const gtest_c_test &test);

/* gtest_c.cc */
const gtest_c_test *current_test();

/* surroundings.cc */
struct Settings {
	uint64_t seed;
	int deadline_ms;
};

bool settings_read(); /* false: it said on stderr which variable is wrong */
const Settings &settings();
void seed_print_once();
void seed_wanted_by_child();
bool tmpdir_create();
bool tmpdir_remove(std::string *why);
using Fds = std::map<int, std::string>;
bool fds_list(Fds *fds);

} // namespace gtest_c

#endif
