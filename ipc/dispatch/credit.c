/*
 * Events of a child are bounded by credit, as requests are by their replies. It may send so many;
 * each time that half of them was handled the broker gives them back, as soon as it has read what
 * it was given before. So who sends few never hears of it, who sends many waits for its broker,
 * and who doesn't care runs into the bound.
 */
#include "ipc/dispatch/peer.h"

#include <errno.h>

#define LOOK_AGAIN_US 10000 /* it may have read its credit, but not all that came behind */

enum brig_bad_message brig_credit_check(const struct brig_peer *peer)
{
	return peer->owed >= BRIG_WINDOW ? BRIG_BAD_CREDIT : BRIG_BAD_NONE;
}

void brig_credit_give(struct brig_peer *peer)
{
	const struct brig_frame frame = { .kind = BRIG_KIND_CREDIT, .id = peer->owed };

	if (peer->owed < BRIG_WINDOW / 2 || peer->over)
		return;
	/* A child may not look (see reads_slowly()). */
	if (peer->given && !peer->direct && brig_channel_unread(&peer->channel)) {
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

/* The number stands where other kinds have their id. */
enum brig_bad_message brig_credited(struct brig_peer *peer, const struct brig_frame *frame)
{
	if (peer->self != BRIG_FROM_CHILD)
		return BRIG_BAD_KIND;
	if (frame->length || frame->n_fds)
		return BRIG_BAD_SIZE;
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

	while (!r && !peer->credit) {
		r = brig_peer_receive(peer, true, &packet, &frame);
		if (!r && frame.kind != BRIG_KIND_CREDIT)
			r = brig_kept_add(peer, &packet);
	}
	if (!r)
		peer->credit--;
	return r;
}
