/*
 * tests/ipc/pair.h - a broker's peer and a child's over a real socket, in one process: what either
 * does is done when its turn comes.
 */
#ifndef TESTS_IPC_PAIR_H
#define TESTS_IPC_PAIR_H

#include "ipc/dispatch/peer.h"
#include "every.brig.h"

#define PAIR_NOTES 256

enum pair_way {
	PAIR_REPLY,
	PAIR_REFUSE,
	PAIR_LATER,
	PAIR_DIFFERENTLY,
	PAIR_BY_MISTAKE,
	PAIR_TOO_LARGE,
	PAIR_UNLAWFULLY,
	PAIR_BLAMING /* the same, and the caller ended for it */
};

struct pair_end {
	struct brig_peer peer;
	struct brig_served served;
	uint8_t buffer[BRIG_PACKET_MAX];
	struct brig_arena arena, answer_arena;
};

struct pair {
	struct pair_end broker, child;
	enum pair_way way;            /* in which requests are handled, on both sides */
	struct brig_request calls[8]; /* that were */
	unsigned int n_calls;
	unsigned int notes, wakes; /* events that came */
	unsigned int wakes_at[4];  /* what note was there when an event came */
	struct brig_wheel wheel;   /* of the broker's end, from pair_clock() on */
	uint64_t now_us;
	struct brig_stats_table stats;
	bool wants_write;
	int send_failed;
	char text[70000]; /* more than a message holds */
};

/* What came of a call. */
struct pair_outcome {
	struct pair *pair;
	unsigned int times;
	int error;
	uint32_t reason;
	uint32_t small;     /* of the reply, if it is an Every */
	unsigned int wakes; /* that had run by then */
};

void pair_open(struct pair *pair);
void pair_close(struct pair *pair);
/* From here on the broker's end counts, and has a clock, which is the test's. */
void pair_clock(struct pair *pair);
/* It goes on by @us, and what is due comes. */
void pair_pass(struct pair *pair, uint64_t us);

/* All that lies in the end's socket; the first breach, or BRIG_BAD_NONE. */
enum brig_bad_message pair_pump(struct pair_end *end);

void pair_echoed(void *user, struct brig_answer *answer, const Every__Every *reply);
void pair_done(void *user, struct brig_answer *answer, const Every__Empty *reply);

/* The child asks to echo an Every whose "small" is this, to measure nothing; the broker pokes. */
int64_t pair_ask_echo(struct pair *pair, struct pair_outcome *outcome, uint32_t small);
int64_t pair_ask_measure(struct pair *pair, struct pair_outcome *outcome);
int64_t pair_poke(struct pair *pair, struct pair_outcome *outcome);

/* A header as a child would make it for asked.echo, and what comes of one. */
struct brig_frame pair_frame(uint16_t method, uint64_t id);
void pair_send(struct pair_end *from, const struct brig_frame *frame, const int *fds, size_t n_fds);

/* Open descriptors of this process. */
size_t pair_count_fds(void);

/* Forks a child that runs @ask and ends; meanwhile this process is its broker. */
void pair_serve(struct pair *pair, void (*ask)(struct pair *pair));

#endif
