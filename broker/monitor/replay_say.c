/* What a replay tells, in words. */
#include "broker/monitor/replay.h"

#include "ipc/schema/services.brig.h"

#include <inttypes.h>
#include <string.h>

const char *brig_unplayed_text(enum brig_unplayed what)
{
	static const char *const texts[BRIG_UNPLAYED_COUNT] = {
		[BRIG_UNPLAYED_CHILD] = "messages of children whose beginning or role isn't known",
		[BRIG_UNPLAYED_SERVICE] = "messages from a service that isn't known here on",
		[BRIG_UNPLAYED_FIELDS] = "messages whose payload isn't on record: their fields",
		[BRIG_UNPLAYED_FDS] = "descriptors, for which others stood in",
		[BRIG_UNPLAYED_BREACH] = "breaches by what isn't on record",
		[BRIG_UNPLAYED_AFTER] = "messages after a breach",
	};

	return (unsigned int)what < BRIG_UNPLAYED_COUNT ? texts[what] : "?";
}

static const char *kind_name(uint8_t kind)
{
	static const char *const names[] = { [BRIG_KIND_REQUEST] = "request",
					     [BRIG_KIND_REPLY] = "reply",
					     [BRIG_KIND_ERROR] = "error",
					     [BRIG_KIND_EVENT] = "event",
					     [BRIG_KIND_CANCEL] = "cancel" };

	return kind >= BRIG_KIND_REQUEST && kind <= BRIG_KIND_CANCEL ? names[kind] : "message";
}

/* Of a refusal that keeps the rules the errno comes first, in one byte or two; NULL: it isn't one.
 */
static const char *error_name(const uint8_t *payload, size_t n)
{
	struct brig_breach breach;

	if (n < 2 || payload[0] != 0x08 ||
	    brig_rules_check(&brig__ipc__refusal__rules, payload, n, &breach))
		return NULL;
	return strerrorname_np(payload[1] & 0x80 ? (payload[1] & 0x7f) | payload[2] << 7
						 : payload[1]);
}

void brig_replay_say_frame(const struct brig_replay *replay, const struct brig_frame *frame,
			   const uint8_t *payload, size_t n, char ret[BRIG_REPLAY_TEXT])
{
	const struct brig_method *method =
		brig_replay_method(&replay->schema, frame->service, frame->method);
	const char *error = frame->kind == BRIG_KIND_ERROR ? error_name(payload, n) : NULL;
	char name[64], id[32] = "", fds[32] = "";

	if (brig_is_control(frame)) {
		if (frame->kind == BRIG_KIND_CREDIT)
			(void)snprintf(ret, BRIG_REPLAY_TEXT, "credit of %" PRIu64, frame->id);
		else
			(void)snprintf(ret, BRIG_REPLAY_TEXT, "crowded");
		return;
	}
	if (method)
		(void)snprintf(name, sizeof name, "%.63s", method->name);
	else
		(void)snprintf(name, sizeof name, "%u.%u", frame->service, frame->method);
	if (frame->id)
		(void)snprintf(id, sizeof id, " #%" PRIu64, frame->id);
	if (frame->n_fds)
		(void)snprintf(fds, sizeof fds, ", %u descriptor%s", frame->n_fds,
			       frame->n_fds == 1 ? "" : "s");
	(void)snprintf(ret, BRIG_REPLAY_TEXT, "%s %s%s%s%s, %u bytes%s", name,
		       kind_name(frame->kind), id, error ? " " : "", error ? error : "",
		       frame->length, fds);
}

void brig_replay_say_breach(int code, char ret[BRIG_REPLAY_TEXT])
{
	const struct brig_bad_row *row = brig_bad_message_row(code);

	if (code)
		(void)snprintf(ret, BRIG_REPLAY_TEXT, "bad message %d (%s)", code,
			       row ? row->name : "?");
	else
		(void)snprintf(ret, BRIG_REPLAY_TEXT, "no breach");
}

void brig_replay_differ(struct brig_replayed *child, const char *expected, const char *came)
{
	struct brig_replay *replay = child->replay;
	const struct brig_replay_difference difference = { .time_us = replay->now_us,
							   .child = child->note->instance,
							   .role = child->role->name,
							   .expected = expected,
							   .came = came };

	replay->result.differences++;
	if (replay->options->difference)
		replay->options->difference(replay->options->user, &difference);
}
