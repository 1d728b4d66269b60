/*
 * sandbox/selftest/attempt.h - escape attempts, as data: what a child that was taken over would
 * try, run inside real sealed children. One row an attempt.
 */
#ifndef SANDBOX_SELFTEST_ATTEMPT_H
#define SANDBOX_SELFTEST_ATTEMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which groups of layers there are, by the letters of the table. A row names who should stop it. */
#define BRIG_GROUP_SECCOMP    'S'
#define BRIG_GROUP_NAMESPACES 'N' /* namespaces and the empty root */
#define BRIG_GROUP_RIGHTS     'C' /* capabilities, no_new_privs, ids */
#define BRIG_GROUP_LANDLOCK   'L'
#define BRIG_GROUP_LIMITS     'R' /* rlimits, cgroup */
#define BRIG_GROUP_FDS        'F'
#define BRIG_GROUP_BROKER     'B' /* what the broker checks of messages and descriptors */
#define BRIG_GROUP_MEMORY     'M' /* MDWE, not dumpable, TSC, ... */
#define BRIG_GROUP_KERNEL     'K' /* the kernel does it for anyone */

/* How a program ends that an attempt managed to start: it can't come back and tell. */
#define BRIG_ATTEMPT_EXECED 99

enum brig_attempt_state {
	BRIG_ATTEMPT_WAITS,   /* not begun */
	BRIG_ATTEMPT_MARKED,  /* about to make the call; if the child dies now, it died in it */
	BRIG_ATTEMPT_RETURNED /* and told what came of it */
};

/* What the child can know of the world outside, and what it tells: one page that both map. */
struct brig_attempt_page {
	/* Before: from the runner. */
	uint32_t attempt;        /* for brig_attempt_at() */
	int32_t canary_pid;      /* a process of the same user outside; never the runner itself */
	uint64_t canary_address; /* where in it 32 bytes lie; what writes there, writes the last */
	char canary_file[128];   /* absolute path of a readable and writable file outside */
	/*
	 * Name of an abstract stream socket on which the canary listens, without the NUL; a
	 * datagram socket of its has the same name with a "d" behind.
	 */
	char canary_socket[96];
	uint16_t canary_port; /* TCP port on 127.0.0.1 where it listens; 0: none */
	/* After: from the child. */
	volatile uint32_t state; /* enum brig_attempt_state */
	volatile int64_t call;   /* the number of the marked call */
	volatile int32_t
		error; /* positive errno with which it was refused; 0: it was NOT refused */
	volatile char text[256]; /* what it got, or why not; may be empty */
};

/* Who asks: the broker's end is reached by its channel. */
struct brig_attempt_context {
	struct brig_attempt_page *page;
	int channel; /* the SEQPACKET socket to the broker */
	int granted; /* a file of the broker's, read-only; -1: none */
};

struct brig_attempt {
	const char *id;     /* "62.reboot": of the table of attempts, and which of the row's */
	const char *what;   /* one line, for people */
	const char *groups; /* "SC": the groups, any of which should stop it alone */
	/*
	 * What must come of it in a sealed child with every layer, any of what '|' separates:
	 *
	 * KILL      dies in the marked call
	 * EPERM ... refused with that errno
	 * SIGILL ...  dies by that signal in the marked call
	 * BAD       the broker ends it for a bad message
	 * HARMLESS  any errno: nothing was gained, which run() itself checked
	 * OK        not refused: this is what the role is for
	 */
	const char *expected;
	/*
	 * The same for roles whose filters differ by design: "network: EAFNOSUPPORT; service:
	 * EPERM"; NULL: none.
	 */
	const char *by_role;
	/*
	 * What comes of it when the filter is off and another of the groups stands; NULL: none but
	 * the filter stops it.
	 */
	const char *behind;
	/*
	 * What may come of it with no layer at all, for who has every right in a user namespace of
	 * its own; NULL: OK. What else stands here: rights of the machine's root, the kernel's
	 * configuration, or what the kernel refuses to anyone.
	 */
	const char *unsealed;
	/*
	 * Runs in the child. Marks, tries, and returns 0 if it was not refused, or the positive
	 * errno. Makes only calls before the mark that every role allows.
	 */
	int (*run)(struct brig_attempt_context *context);
	/* What brig_attempt_plain() makes: one call and nothing else. */
	long call;
	uintptr_t args[6];
	/* An errno that comes only after the rights were checked: not refused. 0: none. */
	int reached;
	/* Is there such a door on this machine at all? NULL: on every one. */
	bool (*possible)(void);
};

/* Can this machine be attacked like that? Tried in a process of its own, once for each row. */
static inline bool brig_attempt_possible(const struct brig_attempt *row)
{
	return !row->possible || row->possible();
}

/* Attempt @index of all; NULL past the last. */
const struct brig_attempt *brig_attempt_at(size_t index);
size_t brig_attempts_count(void);
const struct brig_attempt *brig_attempt_find(const char *id);

/* For run(): from here on it counts; @call is SYS_... or another number that is tried. */
void brig_attempt_mark(struct brig_attempt_context *context, long call);
/* Mark and make the call; 0 or the positive errno. */
int brig_attempt_call(struct brig_attempt_context *context, long call, long a, long b, long c,
		      long d, long e, long f);
/* A run(): the call that stands in the row. */
int brig_attempt_plain(struct brig_attempt_context *context);
/* The child's side: run the row that the page names and write down what came of it. */
void brig_attempt_run(struct brig_attempt_context *context);

#endif
