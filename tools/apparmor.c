/* brig doctor --apparmor: the profile that is installed, with the paths of this very program. */
#include "command.h"
#include "tools/apparmor_profile.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where the library looks for it, in the same order: absolute, or from where this program is. */
static const char *const places[] = { BRIG_LIBEXECDIR "/brig-child", "../libexec/brig/brig-child",
				      "../bin/brig-child", "brig-child" };

static bool find_helper(const char *directory, char ret[PATH_MAX])
{
	char path[PATH_MAX * 2];

	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		const bool absolute = *places[i] == '/';

		(void)snprintf(path, sizeof path, "%s%s%s", absolute ? "" : directory,
			       absolute ? "" : "/", places[i]);
		if (access(path, R_OK) == 0 && realpath(path, ret))
			return true;
	}
	return false;
}

/* Characters that mean something else in a profile's paths. */
static bool can_be_written(const char *path)
{
	return !strpbrk(path, "\"\\*?[]{}^,@\n");
}

/* The text up to @token is printed, and @value for it; the rest is returned. */
static const char *fill_in(const char *text, const char *token, const char *value)
{
	const char *at = strstr(text, token);

	if (!at)
		return text;
	(void)printf("%.*s%s", (int)(at - text), text, value);
	return at + strlen(token);
}

int apparmor_print(void)
{
	char command[PATH_MAX], directory[PATH_MAX], helper[PATH_MAX];
	const char *rest = apparmor_profile;

	if (!realpath("/proc/self/exe", command))
		return complain(EXIT_SOME_FAILED, "/proc/self/exe can't be read");
	(void)snprintf(directory, sizeof directory, "%s", command);
	*strrchr(directory, '/') = '\0';
	if (!find_helper(directory, helper))
		return complain(EXIT_SOME_FAILED, "brig-child is not installed");
	if (!can_be_written(command) || !can_be_written(helper))
		return complain(EXIT_SOME_FAILED, "a profile can't name %s", helper);
	rest = fill_in(rest, "@BRIG_HELPER@", helper);
	rest = fill_in(rest, "@BRIG_COMMAND@", command);
	(void)fputs(rest, stdout);
	return EXIT_OK;
}
