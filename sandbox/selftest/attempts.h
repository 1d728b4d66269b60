/*
 * sandbox/selftest/attempts.h - what the tables of attempts share: short forms of rows, and small
 * steps of attacks. Short words that policies and kernels have in common stand here once.
 */
#ifndef SANDBOX_SELFTEST_ATTEMPTS_H
#define SANDBOX_SELFTEST_ATTEMPTS_H

#include "sandbox/selftest/attempt.h"

#include <sys/syscall.h>

struct brig_attempt_table {
	const struct brig_attempt *rows;
	size_t n;
};

extern const struct brig_attempt_table brig_attempts_broker;
extern const struct brig_attempt_table brig_attempts_calls;
extern const struct brig_attempt_table brig_attempts_doors;
extern const struct brig_attempt_table brig_attempts_files;
extern const struct brig_attempt_table brig_attempts_limits;
extern const struct brig_attempt_table brig_attempts_memory;
extern const struct brig_attempt_table brig_attempts_network;
extern const struct brig_attempt_table brig_attempts_processes;
extern const struct brig_attempt_table brig_attempts_rights;

#define ATTEMPT_TABLE(name)                                                                        \
	const struct brig_attempt_table name = { rows, sizeof rows / sizeof *rows }

/* For rows: a number and arguments, and a pointer among them. */
#define PLAIN(number, ...) .run = brig_attempt_plain, .call = (number), .args = { __VA_ARGS__ }
#define AT(pointer)        ((uintptr_t)(pointer))
#define MINUS(n)           ((uintptr_t) - (intptr_t)(n))

/* What sanitizer builds lay over the roles (sandbox/roles/sanitizer.policy) changes these. */
#ifdef BRIG_SANITIZED
#define PRCTL_ENDS      "EPERM"
#define OPENAT_IS       "ENOENT|EACCES|EPERM"
#define LIBC_LOOKS      "ENOENT|EACCES|EPERM"
#define ALLOWED_TO_ASAN "|OK"
#define ALLOWED_KILL    "|KILL"
#else
#define PRCTL_ENDS      "KILL"
#define OPENAT_IS       "EACCES"
#define LIBC_LOOKS      "EPERM"
#define ALLOWED_TO_ASAN ""
#define ALLOWED_KILL    ""
#endif
#define OPENAT_BY_ROLE "codec: " LIBC_LOOKS "; service: " LIBC_LOOKS

/* Raw: libc's own may make other calls, and before the mark that would be the end. */
long brig_attempt_raw(long call, long a, long b, long c, long d, long e, long f);
#define RAW6(call, a, b, c, d, e, f, ...)                                                          \
	brig_attempt_raw(call, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define RAW(...) RAW6(__VA_ARGS__, 0, 0, 0, 0, 0, 0)
/* Mark, and make the call: its result, or -errno. */
#define TRY(context, call, ...)                                                                    \
	(brig_attempt_mark(context, call), RAW6(call, __VA_ARGS__, 0, 0, 0, 0, 0, 0))

/* -errno becomes errno, everything else 0: it was not refused. */
int brig_attempt_refusal(long result);
/* What it got, or why it got nothing. */
void brig_attempt_say(struct brig_attempt_context *context, const char *text);
/* The canary's file with @tail behind its name, or another process's way to it before it. */
const char *brig_attempt_path(const struct brig_attempt_context *context, const char *head,
			      const char *tail, char *ret, size_t size);
/* /proc/<canary>/@name; "" if there is no canary. */
const char *brig_attempt_proc(const struct brig_attempt_context *context, const char *name,
			      char *ret, size_t size);
/* A pidfd of the canary, or -errno with pidfd_open marked. */
long brig_attempt_canary_pidfd(struct brig_attempt_context *context);

#endif
