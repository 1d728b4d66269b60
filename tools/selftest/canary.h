/* tools/selftest/canary.h - what attempts aim at: a process of the same user, in the fence. */
#ifndef TOOLS_SELFTEST_CANARY_H
#define TOOLS_SELFTEST_CANARY_H

#include "sandbox/selftest/attempt.h"

#include <sys/types.h>

#define CANARY_SECRET_BYTES 32

struct canary {
	pid_t pid; /* 0: there is none */
	int pidfd;
	unsigned char *memory; /* shared with it: the secret is at the same address there */
	unsigned char secret[CANARY_SECRET_BYTES];
	int file, stream, datagram, tcp;
	char path[128], socket[96];
	unsigned short port;
};

/* None. */
void canary_init(struct canary *canary);
/* A canary whose file lies in @dir. 0, or -errno and nothing is left. */
int canary_start(struct canary *canary, const char *dir);
void canary_stop(struct canary *canary);
/* What an attempt did to it; NULL: nothing. */
const char *canary_harm(const struct canary *canary);
void canary_describe(const struct canary *canary, struct brig_attempt_page *ret);

#endif
