/* tools/output.h - a file that appears whole or not at all. */
#ifndef TOOLS_OUTPUT_H
#define TOOLS_OUTPUT_H

#include <stdbool.h>

struct output {
	int fd; /* to be written */
	char *path;
	char *temporary; /* NULL while the file has no name */
};

/* A device, a FIFO, a directory is there: replacing it would take it away from everybody. */
bool output_is_special(const char *path);
/* Open a nameless file (or a temporary one) beside @path. 0 or -errno; -EEXIST: it is special. */
int output_open(struct output *output, const char *path);
/* Give it its name, replacing what was there. 0 or -errno. */
int output_commit(struct output *output);
/* Forget what was not committed; leaves no file. */
void output_close(struct output *output);

#endif
