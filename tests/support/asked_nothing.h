/* tests/support/asked_nothing.h - for launches whose child is given no work: whatever it says is
 * bad. */
#ifndef TESTS_SUPPORT_ASKED_NOTHING_H
#define TESTS_SUPPORT_ASKED_NOTHING_H

#include "broker/process/process.h"

static inline enum brig_bad_message asked_nothing(void *user, struct brig_process *process,
						  const struct brig_frame *frame,
						  const uint8_t *payload)
{
	(void)user;
	(void)process;
	(void)frame;
	(void)payload;
	return BRIG_BAD_STATE;
}

#endif
