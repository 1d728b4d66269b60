/* A child that has several channels: which of them has said something. */
#include "ipc/dispatch/peer.h"

#include <brig/direct.h>

#include <errno.h>
#include <poll.h>

/* What other ends haven't read goes on as they read it. */
static void flush(struct brig_peer *const *peers, const struct pollfd *polled, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((polled[i].revents & POLLOUT) && brig_channel_flush(&peers[i]->channel) < 0)
			peers[i]->over = true;
}

static bool is_ready(const struct brig_peer *peer, const struct pollfd *polled)
{
	return peer->n_kept || peer->over || (polled->revents & ~POLLOUT);
}

int brig_peers_wait(struct brig_peer *const *peers, size_t n, bool *ret_ready, int timeout_ms)
{
	struct pollfd polled[BRIG_DIRECT_MAX + 1];
	int ready = 0;

	if (!n || n > BRIG_DIRECT_MAX + 1 || timeout_ms < -1)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		if (peers[i]->self != BRIG_FROM_CHILD && !peers[i]->direct)
			return -EINVAL;
		if (brig_batch_flush(peers[i]) < 0)
			peers[i]->over = true;
		/* What is held waits for credit, not for room. */
		const short out = peers[i]->channel.first ? POLLOUT : 0;

		polled[i] = (struct pollfd){ .fd = peers[i]->channel.fd, .events = POLLIN | out };
		if (peers[i]->n_kept || peers[i]->over)
			timeout_ms = 0;
	}
	if (poll(polled, n, timeout_ms) < 0)
		return errno == EINTR ? 0 : -errno;
	flush(peers, polled, n);
	for (size_t i = 0; i < n; i++) {
		ret_ready[i] = is_ready(peers[i], &polled[i]);
		ready += ret_ready[i];
	}
	return ready;
}
