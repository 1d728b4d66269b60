#include "ipc/dispatch/peer.h"

#include "ipc/dispatch/spill.h"
#include "ipc/dispatch/unpack.h"
#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SMALL_PACKET 1024 /* bytes, on the stack */

void brig_peer_init(struct brig_peer *peer, enum brig_caller self, int fd)
{
	memset(peer, 0, sizeof *peer);
	brig_channel_init(&peer->channel, fd);
	peer->self = self;
	peer->next_id = 1;
	peer->max_asked = BRIG_CALLS_MAX;
	peer->last_kept = &peer->kept;
	peer->asked = &peer->one_asked;
	peer->room_asked = 1;
	peer->credit = BRIG_WINDOW;
}

void brig_peer_finish(struct brig_peer *peer)
{
	peer->over = true;
	brig_wheel_stop(&peer->deadline);
	brig_pending_end_all(peer, -EPIPE);
	brig_asked_clear(peer);
	free(peer->batch);
	peer->batch = NULL;
	free(peer->rates);
	peer->rates = NULL;
	peer->n_rates = 0;
	brig_kept_clear(peer);
	brig_spill_finish(peer);
	brig_channel_finish(&peer->channel);
}

const ProtobufCMessage *brig_unpack(struct brig_arena *arena,
				    const struct brig_message_rules *rules, const uint8_t *payload,
				    size_t n, struct brig_breach *ret,
				    enum brig_bad_message *ret_bad)
{
	*ret_bad = brig_rules_check(rules, payload, n, ret);
	if (*ret_bad)
		return NULL;
	const ProtobufCMessage *message = brig_unpack_checked(arena, rules->descriptor, payload, n);
	/* What keeps the rules fits the arena: the generated code asserts it. */
	if (!message)
		*ret_bad = BRIG_BAD_ENCODING;
	return message;
}

bool brig_is_control(const struct brig_frame *frame)
{
	return frame->kind == BRIG_KIND_CREDIT || frame->kind == BRIG_KIND_CROWDED;
}

enum brig_bad_message brig_controlled(struct brig_peer *peer, const struct brig_frame *frame)
{
	return frame->kind == BRIG_KIND_CREDIT ? brig_credited(peer, frame)
					       : brig_crowded(peer, frame);
}

enum brig_bad_message brig_peer_take_frame(struct brig_peer *peer, const struct brig_frame *frame,
					   const uint8_t *payload, struct brig_packet *packet)
{
	enum brig_bad_message bad = BRIG_BAD_KIND;

	peer->method = NULL;
	peer->breach = (struct brig_breach){ NULL, NULL };
	if (frame->kind == BRIG_KIND_REQUEST || frame->kind == BRIG_KIND_EVENT) {
		bad = brig_incoming(peer, frame, payload, packet);
		if (!bad)
			brig_credit_handled(peer, frame);
		return bad;
	}
	if (frame->kind == BRIG_KIND_REPLY || frame->kind == BRIG_KIND_ERROR)
		bad = brig_answered(peer, frame, payload, packet);
	else if (frame->kind == BRIG_KIND_CANCEL)
		bad = brig_cancelled(peer, frame);
	else if (brig_is_control(frame))
		bad = brig_controlled(peer, frame);
	if (bad)
		brig_stats_add(peer->stats, NULL, BRIG_STAT_BREACHES, 1);
	else
		brig_credit_handled(peer, frame);
	return bad;
}

static enum brig_bad_message take_packet(struct brig_peer *peer, struct brig_packet *packet)
{
	struct brig_frame frame;
	const enum brig_bad_message bad =
		brig_frame_parse(packet->bytes, packet->n, packet->n_fds, &frame);

	if (!bad && frame.kind == BRIG_KIND_BATCH)
		return brig_batch_take(peer, &frame, packet);
	brig_peer_record(peer, packet->bytes, packet->n, packet->n_fds);
	if (!bad)
		return brig_peer_take_frame(peer, &frame, packet->bytes + sizeof frame, packet);
	brig_stats_add(peer->stats, NULL, BRIG_STAT_BREACHES, 1);
	return bad;
}

enum brig_bad_message brig_peer_take(struct brig_peer *peer, struct brig_packet *packet)
{
	peer->taken = 1;
	peer->method = NULL;
	const enum brig_bad_message bad = take_packet(peer, packet);

	if (bad) {
		peer->bad = bad;
		peer->over |= peer->direct;
	}
	brig_packet_close(packet);
	return bad;
}

void brig_peer_describe_breach(const struct brig_peer *peer, char *buffer, size_t size)
{
	const struct brig_message_rules *message = peer->method ? peer->breach.message : NULL;
	const struct brig_field_rule *field = message ? peer->breach.field : NULL;

	(void)snprintf(buffer, size, "%s%s%s%s%s", peer->method ? peer->method->name : "",
		       message ? ": " : "", message ? message->name : "", field ? "." : "",
		       field ? field->name : "");
}

/* A direct channel's SO_SNDTIMEO. */
static int in_time(const struct brig_peer *peer, int r)
{
	return peer->direct && r == -EAGAIN ? -ETIMEDOUT : r;
}

int brig_peer_sent(struct brig_peer *peer, int r)
{
	if (r == 1 && peer->channel.crowded)
		brig_crowd_wait(peer);
	else if (r == 1)
		peer->owner->want_write(peer->owner_user);
	else if (r == -ENOBUFS && brig_crowd_excuses(peer))
		return r;
	else if (r < 0 && r != -EPIPE && r != -EMSGSIZE)
		peer->owner->send_failed(peer->owner_user, r);
	return r < 0 ? r : 0;
}

int brig_peer_check_own(struct brig_peer *peer, const struct brig_method *method, bool answer,
			const uint8_t *payload, size_t n)
{
	const struct brig_message_rules *rules = answer ? method->reply : method->request;

	peer->method = method;
	peer->breach = (struct brig_breach){ NULL, NULL };
	if (!answer && n > method->max_bytes)
		return -EMSGSIZE;
	return rules && brig_rules_check(rules, payload, n, &peer->breach) ? -EINVAL : 0;
}

int brig_peer_check_fds(struct brig_peer *peer, const struct brig_method *method, const int *fds,
			size_t n)
{
	for (size_t i = 0; peer->self == BRIG_FROM_BROKER && i < n; i++)
		if (fcntl(fds[i], F_GETFD) < 0) {
			peer->method = method;
			peer->breach = (struct brig_breach){ NULL, NULL };
			return -EBADF;
		}
	return 0;
}

/* A child looks at no descriptor, for which its role may have no call: the kernel says EBADF. */
bool brig_went_nowhere(int r)
{
	return r == -EMSGSIZE || r == -EINVAL || r == -EBADF;
}

/* What says no more than that it is over, or where it lies, is Brig's own to write. */
static bool is_typed(const struct brig_frame *frame)
{
	return !(frame->flags & BRIG_FRAME_SPILLED) &&
	       (frame->kind == BRIG_KIND_REQUEST || frame->kind == BRIG_KIND_EVENT ||
		frame->kind == BRIG_KIND_REPLY);
}

int brig_peer_send_bytes(struct brig_peer *peer, const uint8_t *bytes, size_t n, const int *fds,
			 size_t n_fds)
{
	int r;

	if (peer->self == BRIG_FROM_BROKER)
		return brig_peer_sent(peer,
				      brig_channel_send(&peer->channel, bytes, n, fds, n_fds));
	r = brig_channel_send_waiting(&peer->channel, bytes, n, fds, n_fds);
	if (r == -ETOOMANYREFS && !peer->direct)
		r = brig_crowd_send(peer, bytes, n, fds, n_fds);
	return in_time(peer, r);
}

/* @method is NULL for what is no call, nor an answer. */
static int send_packet(struct brig_peer *peer, const struct brig_method *method,
		       const struct brig_frame *frame, const uint8_t *bytes, size_t n,
		       const int *fds, size_t n_fds)
{
	int r = 0;

	if (method && is_typed(frame))
		r = brig_peer_check_own(peer, method, frame->kind == BRIG_KIND_REPLY,
					bytes + sizeof *frame, n - sizeof *frame);
	if (r)
		return r;
	r = brig_credit_holds(peer, (enum brig_frame_kind)frame->kind)
		    ? brig_peer_sent(peer, brig_channel_hold(&peer->channel, bytes, n, fds, n_fds))
		    : brig_peer_send_bytes(peer, bytes, n, fds, n_fds);
	if (!r && method)
		brig_stats_add(peer->stats, method, BRIG_STAT_BYTES_OUT, n);
	return r;
}

/* What is small takes no memory; a broker's buffer may have what is being answered. */
static int send_any(struct brig_peer *peer, const struct brig_method *method,
		    const struct brig_frame *frame, const ProtobufCMessage *message, const int *fds,
		    size_t n_fds)
{
	const size_t n = brig_packet_size(message);
	uint8_t small[SMALL_PACKET];
	brig_auto_free uint8_t *large = NULL;
	uint8_t *to = peer->self == BRIG_FROM_CHILD ? peer->buffer : small;
	const int r = brig_batch_flush(peer);

	if (r < 0)
		return r;
	if (n > BRIG_PACKET_MAX)
		return -EMSGSIZE;
	if (to == small && n > sizeof small)
		to = large = malloc(n);
	if (!to)
		return brig_peer_sent(peer, -ENOMEM);
	(void)brig_packet_write(to, frame, message, n_fds);
	return send_packet(peer, method, frame, to, n, fds, n_fds);
}

int brig_peer_send(struct brig_peer *peer, const struct brig_frame *frame,
		   const ProtobufCMessage *message, const int *fds, size_t n_fds)
{
	return send_any(peer, NULL, frame, message, fds, n_fds);
}

int brig_peer_send_of(struct brig_peer *peer, const struct brig_method *method,
		      const struct brig_frame *frame, const ProtobufCMessage *message,
		      const int *fds, size_t n_fds)
{
	return brig_spill_needed(method, message)
		       ? brig_spill_send(peer, method, frame, message, fds, n_fds)
		       : send_any(peer, method, frame, message, fds, n_fds);
}
