/*
 * brig/violation.h - a forbidden system call, as one record that a person can act on.
 *
 * What the kernel tells of the call comes from before it ran (seccomp_unotify(2)). The child waits
 * in it meanwhile, is looked at from outside, and is killed: no such call is ever let through.
 * Threads: any, the functions are pure. Signal handlers: no. Blocking: never.
 */
#ifndef BRIG_VIOLATION_H
#define BRIG_VIOLATION_H

#include <brig/export.h>

#include <stddef.h>
#include <stdint.h>

BRIG_BEGIN_DECLS

/* How many kinds a broker keeps apart, see brig_violation.count; all others are one more. */
#define BRIG_VIOLATION_KINDS 64

/*
 * Every string ends in NUL and has printable ASCII alone: what a child or a file could choose is
 * quoted, "\x1b" for a byte that is none, a quote or a backslash. "" is not known.
 */
struct brig_violation {
	char role[32];
	/* SHA-256 of the role's shipped text and of the texts that it includes, in the order in
	   which they are read: what `cat renderer.policy decoder.policy base.policy sets.policy |
	   sha256sum` prints. What only sanitizer builds add is not part of it. */
	char policy[65];
	uint64_t instance; /* as in brig_exit */
	int trusted;       /* 1: call, arguments and address are the kernel's word. 0: the call is
			      not known, only that the process died of one (SIGSYS), or made one */
	char unknown[200]; /* what is not known, and why; "" if all is */
	uint64_t time_ns;  /* CLOCK_REALTIME, when the broker was told */
	uint64_t count;    /* the how manieth of its kind (role, call, rule) in this broker */
	char thread[72];   /* the name of the thread that made it, by the child's word */

	uint32_t arch; /* AUDIT_ARCH_… */
	int64_t call;  /* -1: not known */
	char name[32]; /* "socket" */
	uint64_t args[6];
	char text[400]; /* "socket(family=AF_UNIX, type=SOCK_STREAM, protocol=0)" */

	char rule_file[64];     /* whose row refused it: "base" is sandbox/roles/base.policy */
	unsigned int rule_line; /* 0: no row names it; its class decided */
	char class_[16];        /* "dangerous", "benign", "unknown" */
	char reason[256];       /* the row's, or why the class is what it is */

	uint64_t address;       /* of the instruction behind the call */
	char module[256];       /* the file that was mapped there: its path, or the path's end */
	uint64_t module_offset; /* of the address in that file */
	char symbol[128];       /* the function there */
	uint64_t symbol_offset; /* of the address in the function */

	/* Rows for the role's file that allow this call with these arguments and no others; what
	   stands behind "#" is for a person to write. Pointers, and values of 64 bits from 4 GiB
	   on, which are addresses mostly, are left open. */
	char suggestion[1024];
	unsigned int suggestion_line; /* of the role's file, above which they belong; 0: the end */
};

/**
 * Write it for people: several lines, each but the last ended by a line feed.
 *
 * @violation borrowed.
 * @buffer    borrowed, @size bytes; always ends in NUL if @size > 0. 4096 are enough.
 *
 * Returns the length that the whole has, as snprintf does.
 */
BRIG_API size_t brig_violation_describe(const struct brig_violation *violation, char *buffer,
					size_t size);

BRIG_END_DECLS

#endif
