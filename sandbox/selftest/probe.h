/*
 * sandbox/selftest/probe.h - something is tried in a throw-away child, which may do to itself what
 * it likes, hang, or be killed for it.
 */
#ifndef SANDBOX_SELFTEST_PROBE_H
#define SANDBOX_SELFTEST_PROBE_H

#include <brig/doctor.h>

/* In memory that both see: so where a child hung shows, too. */
struct brig_probe_report {
	enum brig_stage stage; /* that it is at, or that failed */
	enum brig_layer layer;
	const char *step; /* the same of an ability: a constant */
	int answer;       /* of an ability's subject: its listener's number, or -errno */
	bool done;
	int error;
	char detail[160];
};

/* How long what hangs is waited for. */
struct brig_probe_patience {
	int first_ms; /* the first that does */
	int later_ms; /* all further ones: most likely it is the same again */
	bool lost;    /* one did */
};

/*
 * Run @body in a child, until it returns 0 or -errno. Returns 0 and *ret, with error positive:
 * ETIMEDOUT if it hung, EPERM if a filter killed it, EPROTO if something else did. Returns -errno
 * if it couldn't be started.
 */
int brig_probe(int (*body)(struct brig_probe_report *report, const void *data), const void *data,
	       struct brig_probe_patience *patience, struct brig_probe_report *ret);

/* The same as brig/doctor.h's, with another patience. */
int brig_doctor_run_within(struct brig_probe_patience *patience,
			   void (*on_finding)(void *user, const struct brig_doctor_finding *f),
			   void *user);
int brig_doctor_abilities_within(struct brig_probe_patience *patience,
				 void (*on_ability)(void *user,
						    const struct brig_doctor_ability *a),
				 void *user);

/* ---- what is tried ---- */

/* Any uid that is nobody's: only a throw-away child has it, and only when root asks. */
#define BRIG_PROBE_UID 0x70ffffffu

/* @data is an enum brig_layer. */
int brig_probe_layer(struct brig_probe_report *report, const void *data);
/* For people, of the two that brig_landlock_abi() and _errata() return. */
void brig_landlock_describe(int abi, int errata, char *ret, size_t size);
/* It needs nothing but the process itself: no namespace, no capability. */
bool brig_layer_stands_alone(enum brig_layer layer);

int brig_probe_listener(struct brig_probe_report *report, const void *data);
/* A layer of the broker's. */
int brig_probe_priority(struct brig_probe_report *report);
int brig_probe_cgroup_limits(struct brig_probe_report *report);
int brig_probe_attestation(struct brig_probe_report *report, const void *data);

#endif
