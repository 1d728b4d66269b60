/* broker/monitor/replay.h - what the files of brig_replay() share; include/brig/replay.h. */
#ifndef BROKER_MONITOR_REPLAY_H
#define BROKER_MONITOR_REPLAY_H

#include "ipc/dispatch/peer.h"
#include "ipc/dispatch/quota.h"
#include "ipc/wire/journal.h"
#include "sandbox/roles/role.h"

#include <brig/replay.h>

#include <stdbool.h>
#include <stdio.h>

/* By how much a loop may be late: what was due before is missed, what came before is unexplained.
 */
#define BRIG_REPLAY_LATE_US 1000000

/* replay_schema.c: services whose handlers are ours, and whose descriptors are pipes. */
struct brig_replay_schema {
	struct brig_service *services;
	struct brig_method *methods;
	size_t n_services;
};

int brig_replay_schema_make(struct brig_replay_schema *schema,
			    const struct brig_service *const *embedders);
void brig_replay_schema_free(struct brig_replay_schema *schema);
/* NULL: there is none. */
const struct brig_service *brig_replay_service(const struct brig_replay_schema *schema,
					       uint16_t id);
struct brig_method *brig_replay_method(const struct brig_replay_schema *schema, uint16_t service,
				       uint16_t method);

/* For payloads that aren't on record: rules that look at nothing, and @n bytes that keep them. */
extern const struct brig_message_rules brig_replay_any_rules;
void brig_replay_any(uint8_t *bytes, size_t n);
/* The same of an error's, whose rules are always the same. */
void brig_replay_any_refusal(uint8_t *bytes, size_t n);

struct brig_replayed;

/* What is known of a child before any of it is replayed. */
struct brig_replay_note {
	uint64_t instance;
	uint64_t last; /* number of the last record of what it said */
	bool ends;
	uint64_t code; /* of its end */
	struct brig_replayed *live;
};

struct brig_replay {
	const struct brig_replay_options *options;
	struct brig_replay_result result;
	struct brig_replay_schema schema;
	FILE *in;
	struct brig_journal_head head;
	void *notes;      /* tsearch(3)'s, of brig_replay_note */
	uint64_t records; /* that are whole */
	int damage;       /* what is behind those; 0: nothing */
	int error;        /* our own trouble */
	unsigned int n_live;
	uint64_t now_us;
	int right[2], wrong; /* descriptors that stand in: a pipe; what no method takes */
	struct brig_arena arena;
	uint8_t bytes[BRIG_JOURNAL_MOST];
	uint8_t payload[BRIG_PACKET_MAX];
};

/* One of the broker's messages that the pipeline sent, and that wasn't met on record yet. */
struct brig_replay_came {
	struct brig_replay_came *next;
	uint64_t at_us;
	bool exact; /* not with a payload that stood in */
	struct brig_frame frame;
	size_t n;
	uint8_t payload[];
};

/* replay_child.c: one child that lives in the journal. */
struct brig_replayed {
	struct brig_replay *replay;
	const struct brig_replay_note *note;
	const struct brig_role *role;
	struct brig_peer peer;
	struct brig_wheel wheel;
	struct brig_quota quota;
	struct brig_served served[BRIG_SERVED_MAX + 2];
	uint16_t unknown[BRIG_SERVED_MAX + 2]; /* services that it is served and we don't know */
	size_t n_unknown;
	int says;   /* the breach that its handler finds, by the journal's word */
	bool exact; /* what is sent is what was recorded */
	enum brig_bad_message bad;
	bool lost;      /* of a service that we don't know: the rest isn't replayed */
	bool unsettled; /* its breach is by what isn't on record */
	struct brig_replay_came *came;
	size_t n_came;
};

/* A message, a whole one or its header alone. */
struct brig_replay_message {
	const struct brig_journal_record *record;
	struct brig_frame frame;
	const uint8_t *bytes;
	size_t n;      /* of those */
	size_t length; /* as it was sent */
	bool last;     /* of a child that a bad message ended */
};

/* 0, or -EBADMSG: no broker wrote that. */
int brig_replayed_begin(struct brig_replay *replay, struct brig_replay_note *note, uint64_t code,
			const uint8_t *bytes, size_t n);
void brig_replayed_free(struct brig_replayed *child);
void brig_replayed_hears(struct brig_replayed *child, const struct brig_replay_message *message);
void brig_replayed_end(struct brig_replayed *child);
/* What changes what a child may call. */
void brig_replayed_turn(struct brig_replayed *child, const struct brig_frame *frame,
			bool from_broker);
/* What is long due comes, and what came long ago is told. */
void brig_replayed_pass(struct brig_replayed *child);
/* A service that it is served, and that nobody told us of. */
bool brig_replayed_knows(struct brig_replayed *child, const struct brig_frame *frame);

/* replay_answer.c: what the broker said, by the journal, and by the pipeline. */
void brig_replayed_said(struct brig_replayed *child, const struct brig_replay_message *message);
void brig_replayed_sent(void *user, bool ours, const uint8_t *bytes, size_t n, size_t n_fds);
void brig_replayed_take_came(struct brig_replayed *child, struct brig_replay_came **at);

/* replay_say.c */
#define BRIG_REPLAY_TEXT 160
void brig_replay_say_frame(const struct brig_replay *replay, const struct brig_frame *frame,
			   const uint8_t *payload, size_t n, char ret[BRIG_REPLAY_TEXT]);
void brig_replay_say_breach(int code, char ret[BRIG_REPLAY_TEXT]);
void brig_replay_differ(struct brig_replayed *child, const char *expected, const char *came);

#endif
