/*
 * ipc/wire/journal.h - the format of journals: a head, then records, little-endian, each with its
 * size in front, so that a reader skips kinds that it doesn't know. docs/JOURNAL.md says the same.
 */
#ifndef IPC_WIRE_JOURNAL_H
#define IPC_WIRE_JOURNAL_H

#include <stdint.h>

#define BRIG_JOURNAL_MAGIC "BRIGJRN1"

struct brig_journal_head {
	char magic[8];
	uint32_t flags; /* BRIG_JOURNAL_… of brig/journal.h */
	uint32_t reserved;
	uint64_t started_us; /* CLOCK_REALTIME */
};

enum brig_journal_kind {
	BRIG_JOURNAL_CHILD = 1,   /* the first time that it is heard of; its role's name follows */
	BRIG_JOURNAL_MESSAGE = 2, /* its header follows, and its payload if that is recorded */
	BRIG_JOURNAL_END = 3, /* code: enum brig_exit_class in the upper half, code in the lower */
};

struct brig_journal_record {
	uint32_t size; /* of this and what follows */
	uint8_t kind;
	uint8_t from_broker; /* 1: the broker said it; 0: the child */
	uint16_t n_fds;      /* that came along */
	uint64_t time_us;    /* since the journal began, CLOCK_MONOTONIC */
	uint64_t instance;
	uint64_t code;
};

_Static_assert(sizeof(struct brig_journal_head) == 24, "the head is 24 bytes");
_Static_assert(sizeof(struct brig_journal_record) == 32, "a record begins with 32 bytes");

#endif
