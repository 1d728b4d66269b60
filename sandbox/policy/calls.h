/*
 * sandbox/policy/calls.h - every system call by name: its number on each architecture, its class,
 * and its arguments as the kernel's prototype names them.
 *
 * Data, not code: a new system call is a row in calls.c. Numbers are ours and not libseccomp's, so
 * that a policy means the same whichever version is installed; a test compares the two.
 */
#ifndef SANDBOX_POLICY_CALLS_H
#define SANDBOX_POLICY_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum brig_arch { BRIG_ARCH_X86_64, BRIG_ARCH_AARCH64, BRIG_ARCH_COUNT };

/* What a role that does not list a call says of it. */
enum brig_call_class {
	BRIG_CLASS_BENIGN,    /* refused with EPERM: callers cope */
	BRIG_CLASS_DANGEROUS, /* no honest child makes it: reported, and the process ends */
	BRIG_CLASS_UNKNOWN, /* not there: ENOSYS. Newer than what libc can do without, and clone3 */
};

#define BRIG_CALL_NONE      (-1) /* the architecture hasn't got it */
#define BRIG_CALL_ARGUMENTS 6

struct brig_call {
	const char *name;
	int number[BRIG_ARCH_COUNT]; /* BRIG_CALL_NONE where there is none */
	enum brig_call_class class_;
	const char *arguments; /* "int dfd, const char *filename, int flags, umode_t mode"; "" */
	const char *why;       /* dangerous: what it gives an attacker; else NULL */
};

struct brig_call_argument {
	char name[24];
	unsigned int bits; /* 32 or 64: what the kernel reads of the register */
	bool is_signed;    /* an int, a long: a negative constant may be compared with it */
};

/* The whole table, sorted by name. */
const struct brig_call *brig_calls(size_t *ret_n);

/* By name (@n bytes) or by number; NULL if there is none. */
const struct brig_call *brig_call_find(const char *name, size_t n);
const struct brig_call *brig_call_by_number(enum brig_arch arch, uint32_t number);

/* The call whose name is most like @name, for "did you mean"; NULL if nothing is near. */
const struct brig_call *brig_call_nearest(const char *name, size_t n);

/* Argument @index (0..5) of a call; false if it takes fewer. */
bool brig_call_argument(const struct brig_call *call, unsigned int index,
			struct brig_call_argument *ret);

/* AUDIT_ARCH_… of an architecture; its name, "x86_64"; the one this was built for. */
uint32_t brig_arch_audit(enum brig_arch arch);
const char *brig_arch_name(enum brig_arch arch);
enum brig_arch brig_arch_native(void);

#endif
