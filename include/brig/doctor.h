/*
 * brig/doctor.h - what this machine can give: layers, abilities, and what stands in the way.
 *
 * Everything is tried in throw-away children of the calling process, so it holds for this process:
 * where a security module's rules go by program (AppArmor), brig-child may be allowed more.
 *
 * Threads: any, but the process forks; not from a signal handler.
 * Blocking: some milliseconds where nothing hangs. What hangs is killed: the first after ten
 * seconds, all further ones after one second each.
 * Kernel: any; what it lacks is the finding.
 */
#ifndef BRIG_DOCTOR_H
#define BRIG_DOCTOR_H

#include <brig/exit.h>
#include <brig/export.h>
#include <brig/layers.h>

#include <stdbool.h>

BRIG_BEGIN_DECLS

struct brig_doctor_finding {
	enum brig_layer layer;
	/* 0: tried in a throw-away child, and it holds; else positive errno. ETIMEDOUT: it hung. */
	int error;
	char detail[160]; /* one line, such as "ABI 7; errata corrected: 1 2 3"; or empty */
	/* If error: the layer that failed. Another one if that is its ground, so that this one
	 * couldn't be tried. */
	enum brig_layer cause;
	enum brig_stage stage; /* if error: the step of the cause that failed, or hung */
	bool required;         /* a renderer isn't run without it */
	bool alone;            /* it needs no user namespace */
	char remedy[400];      /* if error: what to do about the cause on this very machine */
};

/**
 * Try every layer, each in a throw-away child.
 *
 * @on_finding called once a layer, in order, with @user; the finding is borrowed.
 *
 * Returns the number of required layers that are missing or couldn't be tried, or -ENOMEM, -EAGAIN
 * (can't fork), -EMFILE.
 */
BRIG_API BRIG_MUST_USE int
brig_doctor_run(void (*on_finding)(void *user, const struct brig_doctor_finding *f), void *user);

/* What a broker does with a child from outside. */
enum brig_ability {
	BRIG_ABILITY_LISTENER,    /* it hears of a forbidden call before that runs */
	BRIG_ABILITY_ATTESTATION, /* it sees in /proc what stands around a child */
	BRIG_ABILITY_COUNT
};

struct brig_doctor_ability {
	enum brig_ability ability;
	const char *name;    /* constant, such as "listener" */
	const char *purpose; /* constant: one sentence */
	int error;           /* 0: done with a throw-away child; else positive errno */
	const char *step; /* if error: constant, what failed, such as "pidfd_getfd(2)"; else "" */
	/* Nothing is run without it. Not so where somebody outside listens already (EBUSY): there
	 * forbidden calls fail, and nobody is told. */
	bool required;
	char remedy[400]; /* if error: what to do on this very machine */
};

/**
 * Try every ability, each with a throw-away child.
 *
 * @on_ability called once an ability, in order, with @user; the ability is borrowed.
 *
 * Returns the number of abilities that are missing, or as brig_doctor_run().
 */
BRIG_API BRIG_MUST_USE int
brig_doctor_abilities(void (*on_ability)(void *user, const struct brig_doctor_ability *a),
		      void *user);

/**
 * Tell what is known of the surroundings: kernel, container, chroot, outer filter, settings. Only
 * what was read; a fact that is not told is not known to be false.
 *
 * @on_fact called once a fact with @user; name is a constant, value one line of printable ASCII,
 *          both borrowed.
 */
BRIG_API void brig_doctor_surroundings(void (*on_fact)(void *user, const char *name,
						       const char *value),
				       void *user);

BRIG_END_DECLS

#endif
