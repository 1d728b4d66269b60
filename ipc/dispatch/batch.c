/* Several events in one packet (ipc/wire/batch.h): told one by one, taken one by one. */
#include "ipc/wire/batch.h"

#include "ipc/dispatch/peer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_BYTES 16384 /* what is larger goes alone */
#define WAITS_US    1000  /* a broker's, for more: then its loop sends what there is */

struct brig_batch {
	size_t n; /* with the header */
	unsigned int messages;
	uint8_t bytes[sizeof(struct brig_frame) + BATCH_BYTES];
};

enum brig_bad_message brig_batch_take(struct brig_peer *peer, const struct brig_frame *frame,
				      const struct brig_packet *packet)
{
	const uint8_t *payload = packet->bytes + sizeof *frame;
	enum brig_bad_message bad = brig_batch_check(payload, frame->length);
	struct brig_packet none = { .n_fds = 0 };
	struct brig_frame one;
	const uint8_t *bytes;
	size_t at = 0;

	if (!bad &&
	    (frame->service || frame->method || frame->id || frame->n_fds || frame->deadline_us))
		bad = BRIG_BAD_BATCH;
	if (bad) {
		brig_peer_record(peer, packet->bytes, packet->n, packet->n_fds);
		brig_stats_add(peer->stats, NULL, BRIG_STAT_BREACHES, 1);
		return bad;
	}
	peer->taken = 0;
	while (!bad && !peer->ended && brig_batch_next(payload, frame->length, &at, &one, &bytes)) {
		peer->taken++;
		brig_peer_record(peer, bytes, sizeof one + one.length, 0);
		bad = brig_peer_take_frame(peer, &one, bytes + sizeof one, &none);
	}
	return bad;
}

int brig_batch_begin(struct brig_peer *peer)
{
	if (peer->over)
		return -EPIPE;
	if (peer->batch)
		return -EALREADY;
	peer->batch = malloc(sizeof *peer->batch);
	if (!peer->batch)
		return -ENOMEM;
	peer->batch->n = sizeof(struct brig_frame);
	peer->batch->messages = 0;
	return 0;
}

int brig_batch_flush(struct brig_peer *peer)
{
	struct brig_batch *batch = peer->batch;
	struct brig_frame frame = { .version = BRIG_FRAME_VERSION, .kind = BRIG_KIND_BATCH };

	if (!batch || !batch->messages)
		return 0;
	const size_t skipped = batch->messages < BRIG_BATCH_LEAST ? sizeof frame : 0;
	const size_t n = batch->n - skipped;
	frame.length = (uint32_t)(batch->n - sizeof frame);
	memcpy(batch->bytes, &frame, sizeof frame);
	batch->messages = 0;
	batch->n = sizeof frame;
	return brig_peer_send_bytes(peer, batch->bytes + skipped, n, NULL, 0);
}

int brig_batch_end(struct brig_peer *peer)
{
	if (!peer->batch)
		return -ENOENT;
	const int r = brig_batch_flush(peer);
	free(peer->batch);
	peer->batch = NULL;
	return r;
}

/* Behind what waits already it would only wait longer. */
bool brig_batch_fits(const struct brig_peer *peer, const ProtobufCMessage *message, size_t n_fds)
{
	return peer->batch && !n_fds && !peer->channel.queued && peer->told < BRIG_WINDOW &&
	       protobuf_c_message_get_packed_size(message) <=
		       BATCH_BYTES - sizeof(struct brig_frame);
}

int brig_batch_add(struct brig_peer *peer, const struct brig_method *method,
		   const ProtobufCMessage *message)
{
	struct brig_frame frame = brig_call_header(method, 0);
	struct brig_batch *batch = peer->batch;
	int r = 0;

	frame.version = BRIG_FRAME_VERSION;
	frame.length = (uint32_t)protobuf_c_message_get_packed_size(message);
	const size_t n = sizeof frame + frame.length;
	if (n > sizeof batch->bytes - batch->n)
		r = brig_batch_flush(peer);
	if (r)
		return r;
	memcpy(batch->bytes + batch->n, &frame, sizeof frame);
	(void)protobuf_c_message_pack(message, batch->bytes + batch->n + sizeof frame);
	r = brig_peer_check_own(peer, method, false, batch->bytes + batch->n + sizeof frame,
				frame.length);
	if (r)
		return r;
	batch->n += n;
	peer->told += peer->self == BRIG_FROM_BROKER;
	brig_stats_add(peer->stats, method, BRIG_STAT_BYTES_OUT, n);
	if (++batch->messages == 1 && peer->wheel)
		brig_deadline_note(peer, brig_peer_now(peer) + WAITS_US);
	return batch->messages == BRIG_BATCH_MAX ? brig_batch_flush(peer) : 0;
}
