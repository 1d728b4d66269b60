/* tests/support/hostile.h - what the acts of hostile_child share. */
#ifndef TESTS_SUPPORT_HOSTILE_H
#define TESTS_SUPPORT_HOSTILE_H

#include "renderer/runtime/client.h"

#include <stddef.h>

struct hostile_act {
	const char *word; /* "HOSTILE word" in the document */
	/* Returns the exit status, if it returns. */
	int (*run)(struct brig_client *client);
};

struct hostile_acts {
	const struct hostile_act *rows;
	size_t n;
};

extern const struct hostile_acts hostile_wire_acts;    /* break the protocol */
extern const struct hostile_acts hostile_surface_acts; /* lie about pixels */

/* Say @text as the reason of a failure, which the broker shows; and end in peace. */
int hostile_tell(struct brig_client *client, const char *text);
/* Tell the name of @error (positive errno), or @text if it is 0. */
int hostile_tell_error(struct brig_client *client, int error, const char *text);
/* Until the broker says something, or ends it. */
int hostile_wait(struct brig_client *client);
/* Until the broker ends it; not a look at what it says. */
int hostile_loop(struct brig_client *client);

#endif
