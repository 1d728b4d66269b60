/* tools/ipc/trace.h - a journal as it is read, record by record, and the forms it is shown in. */
#ifndef TOOLS_IPC_TRACE_H
#define TOOLS_IPC_TRACE_H

#include "ipc/wire/frame.h"
#include "ipc/wire/journal.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define LANES      129 /* calls in flight, both ways, and one that more share */
#define ROLE_MAX   32
#define METHOD_MAX 64

struct child {
	uint64_t instance;
	char role[ROLE_MAX];
	/* Of trace events: its own bar, of trace->records, until it has ended; tracks with a name.
	 */
	json_t *life;
	unsigned int n_lanes;
	uint64_t lane_free_us[LANES + 1]; /* since when no call is in it */
};

struct asked {
	uint64_t instance, id, time_us;
	bool by_broker;
	unsigned int lane;
	char method[METHOD_MAX];
	uint32_t bytes;
	unsigned int n_fds;
};

/* One record, as it is told. */
struct line {
	const struct brig_journal_record *record;
	const char *role;
	const char *kind;
	char method[METHOD_MAX];
	struct brig_frame frame; /* of messages */
	const uint8_t *payload;
	size_t n_payload;
	bool answers; /* a request that is on record */
	uint64_t took_us;
	unsigned int lane; /* of calls that answers: those of one lane never overlap */
	char ended[64];
};

struct trace {
	FILE *in;
	struct brig_journal_head head;
	struct child *children;
	size_t n_children;
	struct asked *asked;
	size_t n_asked;
	void (*show)(struct trace *trace, const struct line *line);
	json_t *records;
	json_t *names;    /* tools/ipc/names.h; NULL: only Brig's own are known */
	uint64_t last_us; /* when the last record was written */
};

/* NULL: the journal doesn't tell of its beginning. */
struct child *child_of(const struct trace *trace, uint64_t instance);

/* Adds the trace events of a record to trace->records. */
void show_events(struct trace *trace, const struct line *line);

/* Adds those of calls and children that the journal doesn't see the end of. */
void finish_events(struct trace *trace);

#endif
