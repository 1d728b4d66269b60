/* One end of a direct channel by itself; the other one is played by hand. */
#include "acts.brig.h"
#include "ipc/dispatch/peer.h"

#include "gtest_c.h"

#include <brig/direct.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct lone {
	struct brig_peer peer;
	uint8_t buffer[BRIG_PACKET_MAX];
	struct brig_arena arena;
	int theirs;
};

static struct lone *lone_create(enum brig_caller self)
{
	const struct timeval longest = { .tv_sec = 5 };
	struct lone *lone = calloc(1, sizeof *lone);
	int ours;

	EXPECT_OK(brig_channel_pair(false, &ours, &lone->theirs));
	EXPECT_OK(setsockopt(ours, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest));
	brig_peer_init(&lone->peer, self, ours);
	lone->peer.buffer = lone->buffer;
	lone->peer.arena = lone->peer.answer_arena = &lone->arena;
	lone->peer.direct = ACTS_ACTOR_ID;
	lone->peer.channel.own_time = true;
	return lone;
}

static void lone_destroy(struct lone *lone)
{
	brig_peer_finish(&lone->peer);
	(void)close(lone->theirs);
	free(lone);
}

/* Never the answer, but always something: each would begin the socket's time anew. */
TEST_C(direct_end, what_trickles_in_does_not_lengthen_a_call)
{
	const struct brig_frame credit = { .version = BRIG_FRAME_VERSION,
					   .kind = BRIG_KIND_CREDIT,
					   .id = 1 };
	struct lone *lone = lone_create(BRIG_FROM_CHILD);
	const Acts__None none = ACTS__NONE__INIT;
	const Acts__None *reply;
	struct brig_answer answer;

	lone->peer.credit = 0;
	const pid_t pid = fork();
	ASSERT_INT_GE(pid, 0);
	for (int i = 0; !pid && i < 60; i++) {
		(void)send(lone->theirs, &credit, sizeof credit, MSG_NOSIGNAL);
		(void)poll(NULL, 0, 50);
	}
	if (!pid)
		_exit(0);
	/* Of a method with 100 ms. */
	EXPECT_ERR(ETIMEDOUT, acts_actor_hurry_sync(&lone->peer, &none, &answer, &reply));
	EXPECT_INT_LT(lone->peer.credit, 40);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	lone_destroy(lone);
}

/* It may not go out however much room the socket has: that is nothing to wake up for. */
TEST_C(direct_end, what_waits_for_credit_does_not_keep_its_sender_awake)
{
	const struct brig_frame frame = { .kind = BRIG_KIND_EVENT, .service = ACTS_ACTOR_ID };
	const uint8_t *bytes = (const uint8_t *)&frame;
	struct lone *lone = lone_create(BRIG_FROM_BROKER);
	struct brig_peer *const peers[] = { &lone->peer };
	struct timespec before, after;
	bool ready;

	ASSERT_OK(brig_channel_hold(&lone->peer.channel, bytes, sizeof frame, NULL, 0));
	(void)clock_gettime(CLOCK_MONOTONIC, &before);
	EXPECT_INT_EQ(0, brig_peers_wait(peers, 1, &ready, 100));
	(void)clock_gettime(CLOCK_MONOTONIC, &after);
	EXPECT_INT_GE((after.tv_sec - before.tv_sec) * 1000 +
			      (after.tv_nsec - before.tv_nsec) / 1000000,
		      90);
	EXPECT_FALSE(ready);
	lone_destroy(lone);
}
