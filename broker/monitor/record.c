/* Exit records, for people. */
#include <brig/exit.h>

#include "ipc/dispatch/bad_message.h"
#include "sandbox/policy/calls.h"

#include <stdio.h>
#include <string.h>

static const char *const names[BRIG_EXIT_CLASS_COUNT] = {
	[BRIG_EXIT_CLEAN] = "clean",
	[BRIG_EXIT_CODE] = "exit",
	[BRIG_EXIT_CRASH] = "crash",
	[BRIG_EXIT_SECCOMP] = "seccomp",
	[BRIG_EXIT_OOM] = "oom",
	[BRIG_EXIT_HANG] = "hang",
	[BRIG_EXIT_BAD_MESSAGE] = "bad_message",
	[BRIG_EXIT_QUOTA] = "quota",
	[BRIG_EXIT_POLICY_KILL] = "policy_kill",
	[BRIG_EXIT_LAUNCH_FAILED] = "launch_failed",
	[BRIG_EXIT_LOST_BROKER] = "lost_broker",
	[BRIG_EXIT_UNKNOWN] = "unknown",
};

const char *brig_exit_class_name(enum brig_exit_class class_)
{
	return (unsigned int)class_ < BRIG_EXIT_CLASS_COUNT ? names[class_] : "?";
}

static const struct brig_call *find_call(uint32_t audit_arch, int64_t number)
{
	for (int arch = 0; arch < BRIG_ARCH_COUNT; arch++)
		if (brig_arch_audit((enum brig_arch)arch) == audit_arch && number >= 0)
			return brig_call_by_number((enum brig_arch)arch, (uint32_t)number);
	return NULL;
}

const char *brig_call_name(uint32_t audit_arch, int64_t number)
{
	const struct brig_call *call = find_call(audit_arch, number);

	return call ? call->name : NULL;
}

/* "socket(0x1, 0x1, 0x0)": what the kernel told before the call ran. */
static int describe_call(const struct brig_exit *exit, char *buffer, size_t size)
{
	const struct brig_call *call = find_call(exit->arch, exit->syscall);
	struct brig_call_argument argument;
	char args[160] = "";
	size_t at = 0;

	if (exit->syscall < 0)
		return snprintf(buffer, size, "was killed for a forbidden system call");
	for (unsigned int i = 0; i < 6 && (!call || brig_call_argument(call, i, &argument)); i++)
		at += (size_t)snprintf(args + at, sizeof args - at, "%s0x%llx", i ? ", " : "",
				       (unsigned long long)exit->args[i]);
	return call ? snprintf(buffer, size, "was killed for a forbidden system call: %s(%s)",
			       call->name, args)
		    : snprintf(buffer, size, "was killed for a forbidden system call: %lld(%s)",
			       (long long)exit->syscall, args);
}

static int describe(const struct brig_exit *exit, char *buffer, size_t size)
{
	switch (exit->class_) {
	case BRIG_EXIT_CLEAN:
		return snprintf(buffer, size, "ended cleanly");
	case BRIG_EXIT_CODE:
		return snprintf(buffer, size, "ended with status %d", exit->code);
	case BRIG_EXIT_CRASH:
		return snprintf(buffer, size, "crashed (signal %d, %s)%s", exit->code,
				strsignal(exit->code), exit->claimed ? ", as it says" : "");
	case BRIG_EXIT_SECCOMP:
		return describe_call(exit, buffer, size);
	case BRIG_EXIT_OOM:
		return snprintf(buffer, size, "ran out of memory");
	case BRIG_EXIT_HANG:
		return snprintf(buffer, size, "was killed: its time was up");
	case BRIG_EXIT_BAD_MESSAGE:
		return snprintf(buffer, size, "was killed for a bad message (%d, %s)%s%s",
				exit->code, brig_bad_message_text(exit->code),
				*exit->detail ? ": " : "", exit->detail);
	case BRIG_EXIT_QUOTA:
		return snprintf(buffer, size, "was killed: over its quota");
	case BRIG_EXIT_POLICY_KILL:
		return snprintf(buffer, size, "was ended by the broker");
	case BRIG_EXIT_LAUNCH_FAILED:
		return snprintf(buffer, size, "never ran: stage %s: %s%s%s",
				brig_stage_name(exit->stage), strerror(exit->error),
				*exit->detail ? ": " : "", exit->detail);
	case BRIG_EXIT_LOST_BROKER:
		return snprintf(buffer, size, "lost the broker, as it says");
	case BRIG_EXIT_UNKNOWN:
	case BRIG_EXIT_CLASS_COUNT:
		break;
	}
	return snprintf(buffer, size, "ended, and the kernel doesn't say how");
}

size_t brig_exit_describe(const struct brig_exit *exit, char *buffer, size_t size)
{
	int n = describe(exit, buffer, size);

	return n < 0 ? 0 : (size_t)n;
}
