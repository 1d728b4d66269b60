/* What is known of the surroundings, in words. */
#include "sandbox/selftest/machine.h"

#include <brig/doctor.h>

#include <stdio.h>

struct teller {
	void (*on_fact)(void *user, const char *name, const char *value);
	void *user;
};

static void tell(const struct teller *teller, const char *name, const char *value)
{
	if (value[0])
		teller->on_fact(teller->user, name, value);
}

static void tell_number(const struct teller *teller, const char *name, int value)
{
	char text[16];

	if (value == BRIG_SETTING_UNKNOWN)
		return;
	(void)snprintf(text, sizeof text, "%d", value);
	teller->on_fact(teller->user, name, text);
}

static void tell_who(const struct teller *teller, const struct brig_machine *machine)
{
	char text[64];

	(void)snprintf(text, sizeof text, "%u", machine->uid);
	tell(teller, "uid", text);
	if (machine->part_of_ids)
		tell(teller, "user_namespace", "an own one, with a part of the ids");
	if (machine->seccomp == 2) {
		(void)snprintf(text, sizeof text, "%d around this process", machine->filters);
		tell(teller, "outer_filters", text);
	}
}

static void tell_proc(const struct teller *teller, const struct brig_machine *machine)
{
	char text[160];

	if (machine->no_proc)
		tell(teller, "proc", "missing");
	if (machine->sys_read_only)
		tell(teller, "proc_sys", "read-only, or something is mounted over it");
	if (machine->over_proc[0]) {
		(void)snprintf(text, sizeof text, "something is mounted over %s",
			       machine->over_proc);
		tell(teller, "masked", text);
	}
	if (machine->hidepid)
		tell_number(teller, "hidepid", machine->hidepid);
}

void brig_doctor_surroundings(void (*on_fact)(void *user, const char *name, const char *value),
			      void *user)
{
	const struct teller teller = { on_fact, user };
	struct brig_machine machine;

	brig_machine_look(&machine);
	tell(&teller, "kernel", machine.kernel);
	tell_who(&teller, &machine);
	tell(&teller, "container", machine.container);
	if (machine.chrooted)
		tell(&teller, "chroot", "the root directory is not that of the mounts");
	tell_proc(&teller, &machine);
	tell(&teller, "security_modules", machine.lsm);
	tell(&teller, "confined_by", machine.confined);
	tell(&teller, "limit_of_0", machine.limit);
	tell_number(&teller, "kernel.yama.ptrace_scope", machine.ptrace_scope);
	tell_number(&teller, "kernel.unprivileged_userns_clone", machine.userns_clone);
	tell_number(&teller, "kernel.apparmor_restrict_unprivileged_userns",
		    machine.apparmor_userns);
}
