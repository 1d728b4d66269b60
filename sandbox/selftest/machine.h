/*
 * sandbox/selftest/machine.h - what is known of the surroundings, by reading; and from that, what
 * to do about a thing that failed.
 */
#ifndef SANDBOX_SELFTEST_MACHINE_H
#define SANDBOX_SELFTEST_MACHINE_H

#include <brig/exit.h>
#include <brig/layers.h>

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define BRIG_SETTING_UNKNOWN (-1)

/* What is unknown is empty, false, or BRIG_SETTING_UNKNOWN: that says nothing. */
struct brig_machine {
	char kernel[66];
	uid_t uid;
	bool part_of_ids;    /* its user namespace has not all ids */
	char container[64];  /* its kind, and what says so */
	bool chrooted;       /* for sure */
	bool no_proc;        /* no procfs at /proc */
	bool sys_read_only;  /* /proc/sys is, or something else is mounted over it */
	char over_proc[96];  /* what else is mounted over parts of /proc: the first of it */
	char lsm[160];       /* the kernel's security modules */
	char confined[96];   /* the profile that confines this process */
	int seccomp;         /* 2: an outer filter stands around this process */
	int filters;         /* how many */
	int hidepid;         /* of /proc; 1 and more */
	int ptrace_scope;    /* kernel.yama.ptrace_scope */
	int userns_clone;    /* kernel.unprivileged_userns_clone, Debian's */
	int apparmor_userns; /* kernel.apparmor_restrict_unprivileged_userns */
	bool may_ptrace;     /* CAP_SYS_PTRACE is effective */
	char limit[40];      /* the first of user.max_*_namespaces that is 0 */
};

void brig_machine_look(struct brig_machine *ret);

/* What /proc/self/mountinfo tells: root directory, /proc, what is over it. */
void brig_machine_look_at_mounts(struct brig_machine *machine);

/* user.max_*_namespaces that is 0 and stops @layer; NULL if none does. */
const char *brig_machine_limit(enum brig_layer layer);

struct brig_trouble {
	enum brig_layer layer; /* that failed; BRIG_LAYER_COUNT: an ability did */
	enum brig_stage stage; /* BRIG_STAGE_ATTEST: an ability */
	int error;             /* positive */
};

/* One or two sentences for people: what is wrong on this machine, and what to do about it. */
void brig_remedy(const struct brig_machine *machine, const struct brig_trouble *trouble, char *ret,
		 size_t size);

/*
 * Is there the door of 32-bit programs, int 0x80? Where kernel or hypervisor leave it out it faults
 * before any filter is asked. Tried in a process of its own.
 */
bool brig_machine_gate32(void);

/* Can the processor be told to fault at cpuid (arch_prctl(2), ARCH_SET_CPUID)? Tried likewise. */
bool brig_machine_cpuid_faults(void);

#endif
