/*
 * brig/doctor.h - which layers this machine can give.
 *
 * Threads: any, but the process forks; not from a signal handler.
 * Blocking: up to ten seconds a layer at the very worst; a probe that hangs is killed.
 */
#ifndef BRIG_DOCTOR_H
#define BRIG_DOCTOR_H

#include <brig/export.h>
#include <brig/layers.h>

BRIG_BEGIN_DECLS

struct brig_doctor_finding {
	enum brig_layer layer;
	int error;        /* 0: tried in a throw-away child, and it holds; else positive errno */
	char detail[120]; /* one line, such as "ABI 7"; may be empty */
	/* If error: the layer that failed. Another one if that is its ground, so that this one
	 * couldn't be tried. */
	enum brig_layer cause;
	enum brig_want want; /* of a renderer: what isn't required may be missing */
};

/**
 * Try every layer, each in a throw-away child.
 *
 * @on_finding called once a layer, in order, with @user; the finding is borrowed.
 *
 * Returns the number of layers that a renderer requires and that are missing or couldn't be tried,
 * or -ENOMEM, -EAGAIN (can't fork), -EMFILE.
 */
BRIG_API BRIG_MUST_USE int
brig_doctor_run(void (*on_finding)(void *user, const struct brig_doctor_finding *f), void *user);

BRIG_END_DECLS

#endif
