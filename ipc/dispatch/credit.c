/*
 * Events of a child are bounded by credit, as requests are by their replies. It may send so many;
 * each time that half of them was handled the broker gives them back, as soon as it has read what
 * it was given before. So who sends few never hears of it, who sends many waits for its broker,
 * and who doesn't care runs into the bound.
 *
 * A child gives back what its broker says unasked in the same way, once it was handled, so that
 * what comes while a call waits is bounded. What is more waits in the broker.
 */
#include "ipc/dispatch/peer.h"

#include <errno.h>

#define LOOK_AGAIN_US 10000 /* it may have read its credit, but not all that came behind */
/* What is told has no deadline of its own; so long a direct channel waits for credit for it. */
#define TELL_US 10000000

enum brig_bad_message brig_credit_check(const struct brig_peer *peer)
{
	return peer->owed >= BRIG_WINDOW ? BRIG_BAD_CREDIT : BRIG_BAD_NONE;
}

void brig_credit_give(struct brig_peer *peer)
{
	const struct brig_frame frame = { .kind = BRIG_KIND_CREDIT, .id = peer->owed };

	if (peer->owed < BRIG_WINDOW / 2 || peer->over)
		return;
	/* A sealed child may not look; its broker gives it no more to count than it can. */
	if (peer->self == BRIG_FROM_BROKER && !peer->direct && peer->given &&
	    brig_channel_unread(&peer->channel)) {
		if (peer->wheel)
			brig_deadline_note(peer, brig_peer_now(peer) + LOOK_AGAIN_US);
		return;
	}
	peer->owed = 0;
	peer->given = true;
	(void)brig_peer_send(peer, &frame, NULL, NULL, 0);
}

void brig_credit_owe(struct brig_peer *peer)
{
	peer->owed++;
	brig_credit_give(peer);
}

/* What is said to a child unasked. An answer is what it waits for, and never waits itself. */
static bool is_unasked(enum brig_frame_kind kind)
{
	return kind == BRIG_KIND_EVENT || kind == BRIG_KIND_REQUEST || kind == BRIG_KIND_CANCEL;
}

bool brig_credit_holds(struct brig_peer *peer, enum brig_frame_kind kind)
{
	if (peer->self != BRIG_FROM_BROKER || !is_unasked(kind))
		return false;
	if (peer->channel.held || peer->told >= BRIG_WINDOW)
		return true;
	peer->told++;
	return false;
}

void brig_credit_handled(struct brig_peer *peer, const struct brig_frame *frame)
{
	if (peer->self == BRIG_FROM_CHILD && is_unasked((enum brig_frame_kind)frame->kind))
		brig_credit_owe(peer);
}

static enum brig_bad_message given_back(struct brig_peer *peer, uint64_t n)
{
	if (!n || n > peer->told)
		return BRIG_BAD_CREDIT;
	peer->told -= (unsigned int)n;
	const unsigned int room = BRIG_WINDOW - peer->told;
	const unsigned int released = room < peer->channel.n_held ? room : peer->channel.n_held;
	peer->told += released;
	(void)brig_peer_sent(peer, brig_channel_release(&peer->channel, released));
	return BRIG_BAD_NONE;
}

/* The number stands where other kinds have their id. */
enum brig_bad_message brig_credited(struct brig_peer *peer, const struct brig_frame *frame)
{
	if (frame->length || frame->n_fds)
		return BRIG_BAD_SIZE;
	if (peer->self == BRIG_FROM_BROKER)
		return given_back(peer, frame->id);
	if (!frame->id || frame->id > BRIG_WINDOW - peer->credit)
		return BRIG_BAD_CREDIT;
	peer->credit += (unsigned int)frame->id;
	return BRIG_BAD_NONE;
}

int brig_credit_take(struct brig_peer *peer)
{
	struct brig_packet packet;
	struct brig_frame frame;
	int r = peer->credit ? 0 : brig_batch_flush(peer);

	peer->until_us = peer->direct ? brig_peer_now(peer) + TELL_US : 0;
	while (!r && !peer->credit) {
		r = brig_peer_receive(peer, true, &packet, &frame);
		if (!r && !brig_is_control(&frame))
			r = brig_put_by(peer, &frame, &packet);
	}
	peer->until_us = 0;
	if (r == -ETIMEDOUT)
		peer->over = true;
	if (!r)
		peer->credit--;
	return r;
}
