/* Receiving looks before it sleeps: for as long as it may, and never with one CPU alone. */
#include "ipc/dispatch/peer.h"

#include "gtest_c.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS 100

static uint8_t buffer[BRIG_PACKET_MAX];

static uint64_t now_ns(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Whose receiving gives up after WAIT_MS. */
static void pair(struct brig_channel *channel, int *ret_theirs)
{
	const struct timeval limit = { .tv_usec = WAIT_MS * 1000 };
	int ours;

	ASSERT_OK(brig_channel_pair(false, &ours, ret_theirs));
	ASSERT_OK(setsockopt(ours, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
	brig_channel_init(channel, ours);
	channel->own_time = true;
}

/* Returns what it ran on a CPU, while nothing came. */
static uint64_t wait_in_vain(struct brig_channel *channel)
{
	const uint64_t start = now_ns(CLOCK_MONOTONIC), ran = now_ns(CLOCK_THREAD_CPUTIME_ID);
	struct brig_packet packet;

	EXPECT_INT_EQ(-EAGAIN, brig_channel_receive(channel, buffer, true, &packet));
	EXPECT_INT_GE((long long)(now_ns(CLOCK_MONOTONIC) - start), WAIT_MS * 1000000ll * 9 / 10);
	return now_ns(CLOCK_THREAD_CPUTIME_ID) - ran;
}

TEST_C(polling, ends_at_its_bound_and_sleeps)
{
	struct brig_channel channel;
	int theirs;

	pair(&channel, &theirs);
	brig_channel_poll_first(&channel, 1000, 2);
	const uint64_t ran_ns = wait_in_vain(&channel);
	EXPECT_INT_GT((long long)channel.polls, 0);
	/* 1 ms of polling, ten-fold; far from the 100 ms that it waited. */
	EXPECT_INT_LT((long long)ran_ns, 10000000ll);
	brig_channel_finish(&channel);
	(void)close(theirs);
}

TEST_C(polling, is_not_done_unless_asked_for)
{
	struct brig_channel channel;
	int theirs;

	pair(&channel, &theirs);
	(void)wait_in_vain(&channel);
	EXPECT_INT_EQ(0, (long long)channel.polls);
	brig_channel_finish(&channel);
	(void)close(theirs);
}

TEST_C(polling, is_not_done_with_one_cpu)
{
	struct brig_channel channel;
	int theirs;

	pair(&channel, &theirs);
	brig_channel_poll_first(&channel, 50, 1);
	(void)wait_in_vain(&channel);
	EXPECT_INT_EQ(0, (long long)channel.polls);
	brig_channel_finish(&channel);
	(void)close(theirs);
}

TEST_C(polling, takes_what_is_there_and_sees_the_end)
{
	struct brig_channel channel;
	struct brig_packet packet;
	int theirs;

	pair(&channel, &theirs);
	brig_channel_poll_first(&channel, 50, 2);
	ASSERT_OK(brig_packet_send(theirs, "word", 4, NULL, 0, true));
	ASSERT_INT_EQ(1, brig_channel_receive(&channel, buffer, true, &packet));
	EXPECT_INT_EQ(4, (long long)packet.n);
	(void)close(theirs);
	EXPECT_INT_EQ(0, brig_channel_receive(&channel, buffer, true, &packet));
	EXPECT_INT_EQ(0, (long long)channel.polls);
	brig_channel_finish(&channel);
}

TEST_C(polling, is_for_children_and_bounded)
{
	static struct brig_peer peer;

	brig_peer_init(&peer, BRIG_FROM_CHILD, -1);
	peer.cpus = 2;
	EXPECT_INT_EQ(1, brig_peer_poll_first(&peer, 50));
	EXPECT_INT_EQ(50, peer.channel.poll_us);
	EXPECT_INT_EQ(-EINVAL, brig_peer_poll_first(&peer, 51));
	EXPECT_INT_EQ(0, brig_peer_poll_first(&peer, 0));
	EXPECT_INT_EQ(0, peer.channel.poll_us);
	peer.cpus = 1;
	EXPECT_INT_EQ(0, brig_peer_poll_first(&peer, 50));
	peer.cpus = 0;
	EXPECT_INT_EQ(0, brig_peer_poll_first(&peer, 50));
	brig_peer_init(&peer, BRIG_FROM_BROKER, -1);
	peer.cpus = 2;
	EXPECT_INT_EQ(-EINVAL, brig_peer_poll_first(&peer, 50));
}
