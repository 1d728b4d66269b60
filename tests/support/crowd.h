/* tests/support/crowd.h - descriptors that lie unread in a socket, on some user's account. */
#ifndef TESTS_SUPPORT_CROWD_H
#define TESTS_SUPPORT_CROWD_H

#include <sys/types.h>

/*
 * @n of them, sent by a process of @user (another than ours needs root). Returns the socket that
 * they lie in, or -errno; when it is closed they are gone.
 */
int crowd_of(uid_t user, unsigned int n);

#endif
