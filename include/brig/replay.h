/*
 * brig/replay.h - a journal, executed again: what its children said goes through the same pipeline
 * that a broker has, on a clock that follows the journal, and what comes of it is compared with
 * what was recorded. docs/JOURNAL.md tells what is executed, and what is taken from the journal.
 *
 * Threads: any; a call is its caller's alone. Signal handlers: no. Blocking: on the file system.
 * Minimum kernel: any. Nothing of it reads a clock or starts a thread: the same file gives the same
 * result each time.
 */
#ifndef BRIG_REPLAY_H
#define BRIG_REPLAY_H

#include <brig/schema.h>

BRIG_BEGIN_DECLS

/* What can't be executed again, since it isn't on record. Stable numbers; new ones are added. */
enum brig_unplayed {
	BRIG_UNPLAYED_CHILD,   /* messages of children whose beginning or role isn't known */
	BRIG_UNPLAYED_SERVICE, /* messages from the first one of a service that isn't known on */
	BRIG_UNPLAYED_FIELDS,  /* messages whose payload isn't on record: all but their fields */
	BRIG_UNPLAYED_FDS,     /* descriptors, for which others stood in */
	BRIG_UNPLAYED_BREACH,  /* breaches by what isn't on record: taken from the journal */
	BRIG_UNPLAYED_AFTER, /* messages after a breach, or after a difference that ended a child */
	BRIG_UNPLAYED_COUNT
};

/* Valid until the callback returns. */
struct brig_replay_difference {
	uint64_t time_us; /* since the journal began */
	uint64_t child;   /* its instance */
	const char *role;
	const char *expected; /* what is on record: "surface.create reply #1, 16 bytes" */
	const char *came;     /* what came instead: "nothing" */
};

struct brig_replay_options {
	size_t size; /* sizeof(struct brig_replay_options) */
	/* Of the embedder's, generated constants; borrowed, NULL ends them. NULL: Brig's alone. */
	const struct brig_service *const *services;
	uint64_t child; /* this one alone; 0: all */
	void (*difference)(void *user, const struct brig_replay_difference *difference); /* or NULL
											  */
	void *user;
};

struct brig_replay_result {
	uint64_t children;    /* that were replayed */
	uint64_t from_child;  /* messages that went through the pipeline */
	uint64_t from_broker; /* messages that were compared */
	uint64_t breaches;    /* that came again, with the same code */
	uint64_t pauses;      /* how often a quota would have stopped reading */
	uint64_t span_us;     /* the journal's last time */
	uint64_t differences;
	uint64_t unplayed[BRIG_UNPLAYED_COUNT];
};

/**
 * Replay a journal.
 *
 * @fd      borrowed, read from its start, which moves its offset; a file, not a pipe.
 * @options borrowed; NULL: all children, no callback.
 * @ret     written also where the journal is damaged: what came before was replayed.
 *
 * Returns 0 (differences are in @ret), or -EINVAL bad options, -ENOMSG it is no journal, -EBADMSG
 * it ends within a record, or a record can't be one of a broker's, -E2BIG more children at a time
 * than a broker has, -ESPIPE, -EMFILE, -ENOMEM, -EIO and what else read(2) says.
 */
BRIG_API BRIG_MUST_USE int brig_replay(int fd, const struct brig_replay_options *options,
				       struct brig_replay_result *ret);

/**
 * Returns a phrase, constant: "descriptors, for which others stood in"; "?" if there is none.
 */
BRIG_API const char *brig_unplayed_text(enum brig_unplayed what);

BRIG_END_DECLS

#endif
