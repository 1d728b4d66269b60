#include "progress.h"

#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BAR_CELLS 24

bool progress_wanted(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && (!term || strcmp(term, "dumb") != 0);
}

static int columns(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

void progress_show(size_t done, size_t total, const char *name)
{
	const char *no_color = getenv("NO_COLOR");
	bool color = !no_color || !*no_color;
	char bar[BAR_CELLS + 1], safe[256];
	size_t filled = total ? done * BAR_CELLS / total : BAR_CELLS;
	int room = columns() - BAR_CELLS - 30;

	for (size_t i = 0; i < BAR_CELLS; i++)
		bar[i] = i < filled ? '#' : '.';
	bar[BAR_CELLS] = '\0';
	(void)fprintf(stderr, "\r%s[%s]%s %zu/%zu %3zu%% %.*s\033[K", color ? "\033[32m" : "", bar,
		      color ? "\033[0m" : "", done, total, total ? done * 100 / total : 100,
		      room > 0 ? room : 0, escape_text(name, safe, sizeof safe));
	(void)fflush(stderr);
}

void progress_clear(void)
{
	(void)fputs("\r\033[K", stderr);
	(void)fflush(stderr);
}
