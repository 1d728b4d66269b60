/* tools/render.h - the parts of brig render. */
#ifndef TOOLS_RENDER_H
#define TOOLS_RENDER_H

#include "output.h"

#include <brig/decode.h>

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct options {
	char **inputs;
	size_t n_inputs;
	const char *output;
	uint64_t max_pixels, max_bytes;
	unsigned int jobs;
	int timeout_ms;
	enum brig_level least; /* NONE: the default */
	enum brig_priority priority;
	const char *cgroup; /* NULL: none */
	bool cgroup_optional;
	const char *trace; /* a journal's file; NULL: none */
	bool trace_payloads;
	bool json, quiet, verbose, help;
};

/* EXIT_OK, or EXIT_USAGE after saying why. Borrows from @argv. */
int options_parse(struct options *options, int argc, char **argv);

struct render;

struct task {
	struct render *render;
	const char *input;
	char *output; /* owned; NULL: standard output */
	bool failed;
	struct brig_image *image;
	struct output file;
	int write_error;
	/* what to tell */
	enum brig_decode_status status;
	char *message, *format;
	struct brig_image_info info;
	bool has_exit, has_plugin_exit;
	struct brig_exit exit, plugin_exit;
	struct brig_violation *violation; /* owned; NULL: none */
	uint64_t elapsed_us;
	json_t *refused;
};

struct render {
	struct options options;
	struct brig_broker *broker;
	struct task *tasks;
	size_t n_tasks, next, running, done;
	bool bar, no_sandbox;
	struct task *piped; /* whose standard input is being read; NULL: none */
	struct spool *spool;
};

/* Output names, and every usage error that can be seen before any work. EXIT_OK or EXIT_USAGE. */
int plan_make(struct render *render);

/* One line a file, as it ends. */
void report_task(struct render *render, const struct task *task);
/* What is known of a forbidden call that ended one of its processes; nothing if none did. */
void report_violation(const struct render *render, const struct task *task);
json_t *violation_json(const struct brig_violation *violation);
struct brig_violation *violation_copy(const struct brig_violation *violation);
/* The last line, or the JSON document. */
void report_end(struct render *render);

#endif
