/*
 * ipc/wire/journal.h - the format of journals: a head, then records, little-endian, each with its
 * size in front, so that a reader skips kinds that it doesn't know. docs/JOURNAL.md says the same.
 */
#ifndef IPC_WIRE_JOURNAL_H
#define IPC_WIRE_JOURNAL_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define BRIG_JOURNAL_MAGIC "BRIGJRN1"
#define BRIG_JOURNAL_MOST  (1u << 17) /* bytes behind a record, which is more than any has */

struct brig_journal_head {
	char magic[8];
	uint32_t flags; /* BRIG_JOURNAL_… of brig/journal.h */
	uint32_t reserved;
	uint64_t started_us; /* CLOCK_REALTIME */
};

enum brig_journal_kind {
	/*
	 * The first time that it is heard of; its role's name follows, NUL, and two bytes each of
	 * the services that it is served. code: how many requests it may have in flight; in the
	 * upper half 1 if it lived before the journal began.
	 */
	BRIG_JOURNAL_CHILD = 1,
	/* Its header follows, and its payload if that is recorded; code: bytes of both, as sent. */
	BRIG_JOURNAL_MESSAGE = 2,
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

/* 0; -ENOMSG it is no journal; or -errno of reading. */
int brig_journal_read_head(FILE *in, struct brig_journal_head *ret);

/*
 * @bytes has room for BRIG_JOURNAL_MOST. 1 and *ret with *ret_n bytes behind it; 0 the end;
 * -EBADMSG it ends within a record, or none can be of that size; or -errno of reading.
 */
int brig_journal_read(FILE *in, struct brig_journal_record *ret, uint8_t *bytes, size_t *ret_n);

#endif
