/* tests/support/cgroup_dir.h - a cgroup v2 directory of the test's own. */
#ifndef TESTS_SUPPORT_CGROUP_DIR_H
#define TESTS_SUPPORT_CGROUP_DIR_H

#include "gtest_c.h"

#include <stdbool.h>
#include <stddef.h>

#define DIR_LENGTH 256

/* In which groups may be made: that of BRIG_TEST_CGROUP, or the hierarchy's root. */
const char *cgroup_above(void);
/* "DIR/name"; valid until four more were asked for. */
const char *cgroup_in(const char *dir, const char *name);
void cgroup_write_to(const char *path, const char *text);
/* Up to 4095 bytes, "" if it can't be read; valid until the next call. */
const char *cgroup_read_from(const char *path);
/* Make it. */
bool cgroup_directory(char ret[DIR_LENGTH]);
/* Of memory and of processes; if not, it is removed. */
bool cgroup_has_controllers(const char *dir);
/* How many groups it has; the last one's name to @ret_last (256 bytes), if not NULL. */
size_t cgroup_count_below(const char *path, char *ret_last);

#define NEEDS_CGROUP(dir)                                                                          \
	do {                                                                                       \
		if (!cgroup_directory(dir))                                                        \
			SKIP_C("cgroup", "no group can be made in %s", cgroup_above());            \
	} while (0)

#define NEEDS_CONTROLLERS(dir)                                                                     \
	do {                                                                                       \
		NEEDS_CGROUP(dir);                                                                 \
		if (!cgroup_has_controllers(dir))                                                  \
			SKIP_C("controllers", "%s lends no memory or no pids controller",          \
			       cgroup_above());                                                    \
	} while (0)

#endif
