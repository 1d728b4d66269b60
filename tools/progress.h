/* tools/progress.h - a bar on a terminal, nothing in a pipe. */
#ifndef TOOLS_PROGRESS_H
#define TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

bool progress_wanted(void);
void progress_show(size_t done, size_t total, const char *name);
void progress_clear(void);

#endif
