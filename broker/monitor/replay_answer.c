/*
 * What a broker said to a child: what its pipeline says by itself (refusals of what comes too often
 * or takes too long, credit) is waited for; what its handlers and its embedder said is said again.
 */
#include "broker/monitor/replay.h"

#include "ipc/schema/services.brig.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CAME_MOST 1024

static const Brig__Ipc__Beginning stand_in = BRIG__IPC__BEGINNING__INIT; /* has no fields */

/* The channel's record hook: what the pipeline sends. */
void brig_replayed_sent(void *user, bool ours, const uint8_t *bytes, size_t n, size_t n_fds)
{
	struct brig_replayed *child = user;
	struct brig_replay_came **at = &child->came;
	(void)n_fds;

	if (!ours)
		return;
	struct brig_replay_came *came = malloc(sizeof *came + n);
	if (!came) {
		child->replay->error = -ENOMEM;
		return;
	}
	*came = (struct brig_replay_came){ .at_us = child->replay->now_us, .exact = child->exact };
	memcpy(&came->frame, bytes, sizeof came->frame);
	came->n = n - sizeof came->frame;
	memcpy(came->payload, bytes + sizeof came->frame, came->n);
	if (child->n_came == CAME_MOST)
		brig_replayed_take_came(child, &child->came);
	while (*at)
		at = &(*at)->next;
	*at = came;
	child->n_came++;
}

/* It came, and nothing on record explains it. */
void brig_replayed_take_came(struct brig_replayed *child, struct brig_replay_came **at)
{
	struct brig_replay_came *came = *at;
	char text[BRIG_REPLAY_TEXT];

	brig_replay_say_frame(child->replay, &came->frame, came->payload, came->n, text);
	*at = came->next;
	child->n_came--;
	free(came);
	brig_replay_differ(child, "nothing", text);
}

static bool is_recorded(const struct brig_replay_message *message)
{
	return message->n == message->length;
}

static const uint8_t *payload_of(const struct brig_replay_message *message)
{
	return message->bytes + sizeof message->frame;
}

static void compare(struct brig_replayed *child, const struct brig_replay_message *message,
		    const struct brig_replay_came *came)
{
	const bool exact = came->exact && is_recorded(message);
	const size_t n = message->n - sizeof message->frame;
	struct brig_frame got = came->frame;
	char expected[BRIG_REPLAY_TEXT], text[BRIG_REPLAY_TEXT], more[BRIG_REPLAY_TEXT + 32];
	const char *how = "";

	if (!exact)
		got.length = message->frame.length;
	if (message->frame.flags & BRIG_FRAME_SPILLED) {
		got.flags = message->frame.flags;
		got.n_fds++; /* the memory that it lay in */
	}
	const bool same = !memcmp(&got, &message->frame, sizeof got);
	if (same && (!exact || (came->n == n && !memcmp(came->payload, payload_of(message), n))))
		return;
	brig_replay_say_frame(child->replay, &message->frame, payload_of(message), n, expected);
	brig_replay_say_frame(child->replay, &came->frame, came->payload, came->n, text);
	if (!strcmp(expected, text))
		how = same ? ", of other bytes" : ", under another header";
	(void)snprintf(more, sizeof more, "%s%s", text, how);
	brig_replay_differ(child, expected, more);
}

/* Of what came, the first that answers to the same name. */
static bool meet(struct brig_replayed *child, const struct brig_replay_message *message)
{
	struct brig_replay_came **at = &child->came;

	while (*at &&
	       ((*at)->frame.kind != message->frame.kind || (*at)->frame.id != message->frame.id ||
		(*at)->frame.service != message->frame.service ||
		(*at)->frame.method != message->frame.method))
		at = &(*at)->next;
	struct brig_replay_came *came = *at;
	if (!came)
		return false;
	compare(child, message, came);
	*at = came->next;
	child->n_came--;
	free(came);
	return true;
}

static const struct brig_asked *find_asked(const struct brig_peer *peer, uint64_t id)
{
	for (unsigned int i = 0; id && i < peer->room_asked; i++)
		if (peer->asked[i].id == id)
			return &peer->asked[i];
	return NULL;
}

static const struct brig_pending *find_pending(const struct brig_peer *peer, uint64_t id)
{
	for (size_t i = 0; id && peer->pending && i < BRIG_CALLS_MAX; i++)
		if (peer->pending[i].id == id)
			return &peer->pending[i];
	return NULL;
}

/* What was said, or where that isn't on record or redacted, something that stands in. */
static const void *read_payload(struct brig_replayed *child,
				const struct brig_replay_message *message,
				const struct brig_message_rules *rules)
{
	struct brig_breach breach;
	enum brig_bad_message bad;
	const void *read = NULL;

	if (is_recorded(message) && rules && !(message->frame.flags & BRIG_FRAME_SPILLED))
		read = brig_unpack(&child->replay->arena, rules, payload_of(message),
				   message->n - sizeof message->frame, &breach, &bad);
	child->exact = read;
	if (!read)
		child->replay->result.unplayed[BRIG_UNPLAYED_FIELDS]++;
	return read ? read : &stand_in;
}

/* Whatever is answered, the method's done() of a replay calls nobody. */
static void on_reply(void)
{
}

static int say_call(struct brig_replayed *child, const struct brig_replay_message *message,
		    const struct brig_method *method, const void *said, const int *fds)
{
	const size_t n_fds = message->frame.n_fds;

	if (message->frame.kind == BRIG_KIND_EVENT)
		return brig_tell(&child->peer, method, said, fds, n_fds);
	const int64_t id = brig_call_start(&child->peer, method, said, fds, n_fds, on_reply, NULL);
	return id < 0 ? (int)id : 0;
}

static int say_reply(struct brig_replayed *child, const struct brig_replay_message *message,
		     const void *said, const int *fds)
{
	const struct brig_asked *asked = find_asked(&child->peer, message->frame.id);

	if (!asked)
		return -ENOENT;
	const struct brig_request call = { .peer = &child->peer,
					   .method = asked->method,
					   .id = asked->id };
	const size_t memory = message->frame.flags & BRIG_FRAME_SPILLED && message->frame.n_fds;

	return brig_reply(&call, call.method, said, fds, message->frame.n_fds - memory);
}

/* What stands in keeps no rules of its method. */
static int say_typed(struct brig_replayed *child, const struct brig_replay_message *message,
		     const int *fds)
{
	const bool is_reply = message->frame.kind == BRIG_KIND_REPLY;
	struct brig_method *method = brig_replay_method(
		&child->replay->schema, message->frame.service, message->frame.method);

	if (!method)
		return -ENOSYS;
	const struct brig_message_rules *request = method->request, *reply = method->reply;
	const void *said = read_payload(child, message, is_reply ? reply : request);
	if (!child->exact)
		method->request = method->reply = NULL;
	const int r = is_reply ? say_reply(child, message, said, fds)
			       : say_call(child, message, method, said, fds);
	method->request = request;
	method->reply = reply;
	return r;
}

/* A handler's, unless its time is up: then it is the pipeline's own. */
static int say_refusal(struct brig_replayed *child, const struct brig_replay_message *message)
{
	const struct brig_asked *asked = find_asked(&child->peer, message->frame.id);

	if (!asked)
		return -ENOENT;
	const struct brig_request call = { .peer = &child->peer,
					   .method = asked->method,
					   .id = asked->id };
	const bool due = asked->deadline_us <= child->replay->now_us;
	const void *said = read_payload(child, message, &brig__ipc__refusal__rules);
	const Brig__Ipc__Refusal *refusal = said;
	if (due && (!child->exact || refusal->error == ETIMEDOUT)) {
		child->exact = true;
		brig_wheel_turn(&child->wheel);
		return 0;
	}
	return child->exact ? brig_refuse(&call, (int)refusal->error, refusal->reason)
			    : brig_refuse(&call, EIO, 0);
}

static int say_cancel(struct brig_replayed *child, const struct brig_replay_message *message)
{
	const struct brig_pending *pending = find_pending(&child->peer, message->frame.id);

	if (!pending)
		return -ENOENT;
	if (pending->deadline_us > child->replay->now_us)
		return brig_call_cancel(&child->peer, (int64_t)pending->id);
	brig_wheel_turn(&child->wheel);
	return 0;
}

/* It had read what it was given before: that the kernel tells, and only the journal knows. */
static int say_credit(struct brig_replayed *child)
{
	child->peer.channel.unread = 0;
	brig_credit_give(&child->peer);
	child->peer.channel.unread = 1;
	return 0;
}

static int say(struct brig_replayed *child, const struct brig_replay_message *message)
{
	int fds[BRIG_FDS_MAX];

	for (size_t i = 0; i < BRIG_FDS_MAX; i++)
		fds[i] = child->replay->right[0];
	child->replay->result.unplayed[BRIG_UNPLAYED_FDS] += message->frame.n_fds;
	switch (message->frame.kind) {
	case BRIG_KIND_REQUEST:
	case BRIG_KIND_EVENT:
	case BRIG_KIND_REPLY:
		return say_typed(child, message, fds);
	case BRIG_KIND_ERROR:
		return say_refusal(child, message);
	case BRIG_KIND_CANCEL:
		return say_cancel(child, message);
	case BRIG_KIND_CREDIT:
		return say_credit(child);
	case BRIG_KIND_CROWDED:
		brig_crowd_answer(&child->peer);
		return 0;
	default:
		return -ENOSYS;
	}
}

void brig_replayed_said(struct brig_replayed *child, const struct brig_replay_message *message)
{
	char expected[BRIG_REPLAY_TEXT], came[BRIG_REPLAY_TEXT] = "nothing";

	child->replay->result.from_broker++;
	if (meet(child, message))
		return;
	const int r = say(child, message);
	child->exact = true;
	brig_replayed_turn(child, &message->frame, true);
	if (meet(child, message))
		return;
	if (r)
		(void)snprintf(came, sizeof came, "nothing: %s", strerrorname_np(-r));
	brig_replay_say_frame(child->replay, &message->frame, payload_of(message),
			      message->n - sizeof message->frame, expected);
	brig_replay_differ(child, expected, came);
}
