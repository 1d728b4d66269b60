/*
 * sandbox/roles/sanitizer_rows.h - rows that only sanitizer builds need: their runtimes report to
 * stderr, look at themselves in /proc (and cope without), and change signal stacks. Included in the
 * middle of a role's table.
 */
ALLOW_CALL(write, "sanitizer reports on stderr"), ALLOW_CALL(getpid, "sanitizer reports"),
	ALLOW_CALL(gettid, "sanitizer reports"),
	ALLOW_CALL(sigaltstack, "sanitizer runtimes at noreturn functions"),
	ALLOW_CALL(rt_sigprocmask, "sanitizer runtimes"),
	ALLOW_CALL(rt_sigaction, "sanitizer runtimes"), ALLOW_CALL(sched_yield, "sanitizer locks"),
	DENY_CALL(prctl, EPERM, "sanitizers name mappings and cope"),
	DENY_CALL(openat, ENOENT, "sanitizers look at /proc/self and cope"),
	DENY_CALL(open, ENOENT, "sanitizers look at /proc/self and cope"),
	DENY_CALL(readlink, ENOENT, "sanitizers look at /proc/self and cope"),
	DENY_CALL(newfstatat, ENOENT, "sanitizers look for their options and cope"),
