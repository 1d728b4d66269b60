/*
 * Who waits for an answer doesn't for ever: what the other end asked is refused in time, and what
 * we asked is given up. One node of the wheel a peer stands for all of its calls.
 */
#include "ipc/dispatch/peer.h"

#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

uint64_t brig_peer_now(const struct brig_peer *peer)
{
	struct timespec now = { .tv_sec = 0 };

	if (peer->wheel)
		return brig_wheel_now(peer->wheel);
	/* Not through the vdso: sealed processes may not read the time stamp counter. */
	if (syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now) < 0)
		return 0;
	return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

uint64_t brig_deadline_of(const struct brig_method *method, const struct brig_frame *frame,
			  uint64_t now_us)
{
	const uint64_t limit_us = (uint64_t)method->deadline_ms * 1000;

	if (!frame->deadline_us || frame->deadline_us > limit_us)
		return now_us + limit_us;
	return now_us + frame->deadline_us;
}

static struct brig_peer *peer_of(struct brig_wheel_node *node)
{
	return (struct brig_peer *)((char *)node - offsetof(struct brig_peer, deadline));
}

static void due(struct brig_wheel_node *node)
{
	struct brig_peer *peer = peer_of(node);
	const uint64_t now_us = brig_wheel_now(peer->wheel);
	uint64_t next_us = UINT64_MAX;

	(void)brig_batch_flush(peer);
	brig_crowd_turn(peer, now_us);
	for (unsigned int i = 0; i < peer->room_asked; i++) {
		const struct brig_asked *asked = &peer->asked[i];

		if (asked->id && asked->deadline_us <= now_us)
			brig_asked_give_up(peer, asked, ETIMEDOUT);
		else if (asked->id && asked->deadline_us < next_us)
			next_us = asked->deadline_us;
	}
	for (unsigned int i = 0; peer->pending && i < BRIG_CALLS_MAX; i++) {
		struct brig_pending *pending = &peer->pending[i];

		if (!pending->id || !pending->on_reply)
			continue;
		if (pending->deadline_us <= now_us)
			brig_pending_give_up(peer, pending, -ETIMEDOUT);
		else if (pending->deadline_us < next_us)
			next_us = pending->deadline_us;
	}
	if (next_us != UINT64_MAX)
		brig_deadline_note(peer, next_us);
	brig_credit_give(peer);
}

/* A call that ends before its deadline leaves the node as it is: one look too many, later. */
void brig_deadline_note(struct brig_peer *peer, uint64_t deadline_us)
{
	if (!peer->wheel || peer->over ||
	    (brig_wheel_runs(&peer->deadline) && peer->deadline.due_us <= deadline_us))
		return;
	peer->deadline.due = due;
	brig_wheel_start(peer->wheel, &peer->deadline, deadline_us);
}
