/*
 * tests/ipc/pour.h - a child and its stream, as the tests of streams see them: what is written is
 * known by its place, so that what comes can be told from what was sent.
 */
#ifndef TESTS_IPC_POUR_H
#define TESTS_IPC_POUR_H

#include "pour.brig.h"
#include "tests/ipc/kid.h"

#include <brig/stream.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEGABYTE ((uint64_t)1000000)
#define MANY     (100 * MEGABYTE)

struct pour {
	struct brig_broker *broker;
	struct kid kid;
	struct brig_stream *stream;
	uint64_t wanted; /* bytes that are to be written */
	uint64_t bytes;  /* that came, or went */
	uint64_t pause;  /* after so many of them it pauses; 0: never */
	uint64_t wrong;  /* bytes that aren't what was written */
	bool cancel;     /* at the first chunk */
	bool dry;        /* it has no bytes now */
	bool file;       /* as of a file: that no byte was left is its end */
	bool failed;     /* it returns what read(2) does then */
	int rooms;       /* how often it was asked for some */
	int ends, error;
	uint64_t total;
};

/* MANY bytes at the most, without a time. */
struct brig_stream_options options_of(struct pour *pour);
/* A broker and a child of @role; another child of a broker that is there. */
void open_pour(struct pour *pour, const char *role);
void add_kid(struct pour *pour, struct brig_broker *b, const char *role);
/* A stream that the child writes, or reads, as @word says. */
void from(struct pour *pour, const struct brig_stream_options *options, const char *word,
	  uint64_t bytes);
void to(struct pour *pour, const struct brig_stream_options *options, const char *word);
void run_until_ended(struct pour *pour);
/* All that happens by itself. */
void run_until_idle(const struct pour *pour);

#endif
