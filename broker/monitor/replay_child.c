/* One child of a journal, before a broker's end of a channel that leads nowhere. */
#include "broker/monitor/replay.h"

#include "ipc/dispatch/redact.h"
#include "ipc/schema/services.brig.h"

#include <brig/exit.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* Which messages change what a child may call: broker/process/child.c, broker/service/job.c. */
static const struct {
	uint16_t service, method;
	bool from_broker;
	uint32_t state;
} turns[] = {
	{ BRIG_LIFECYCLE_ID, BRIG_LIFECYCLE_BEGIN, true, BRIG_IN_LOCKED },
	{ BRIG_JOB_ID, BRIG_JOB_START, true, BRIG_IN_LOCKED },
	{ BRIG_JOB_ID, BRIG_JOB_FINISHED, false, 0 },
	{ BRIG_JOB_ID, BRIG_JOB_FAILED, false, 0 },
};

void brig_replayed_turn(struct brig_replayed *child, const struct brig_frame *frame,
			bool from_broker)
{
	for (size_t i = 0; i < sizeof turns / sizeof *turns; i++)
		if (turns[i].service == frame->service && turns[i].method == frame->method &&
		    turns[i].from_broker == from_broker && frame->kind == BRIG_KIND_EVENT)
			child->peer.state = turns[i].state;
}

/* ---- its beginning and its end ---- */

static uint64_t now(void *user)
{
	const struct brig_replay *replay = user;

	return replay->now_us;
}

static void arm(void *user, uint64_t at_us)
{
	(void)user;
	(void)at_us; /* the journal tells when */
}

static void want_write(void *user)
{
	(void)user;
}

static void send_failed(void *user, int error)
{
	struct brig_replayed *child = user;

	child->replay->error = error;
}

static const struct brig_wheel_clock journal_clock = { now, arm };
static const struct brig_peer_owner owner = { .want_write = want_write,
					      .send_failed = send_failed };

static const struct brig_role *find_role(const uint8_t *name, size_t n)
{
	for (uint32_t id = 0; id < BRIG_ROLE_COUNT; id++) {
		const struct brig_role *role = brig_role_get(id);

		if (strlen(role->name) == n && !memcmp(role->name, name, n))
			return role;
	}
	return NULL;
}

static int serve(struct brig_replayed *child, const uint8_t *ids, size_t n)
{
	const struct brig_replay_schema *schema = &child->replay->schema;

	if (n % 2 || n / 2 > BRIG_SERVED_MAX + 2)
		return -EBADMSG;
	for (size_t i = 0; i < n; i += 2) {
		const uint16_t id = (uint16_t)(ids[i] | ids[i + 1] << 8);
		const struct brig_service *service = brig_replay_service(schema, id);

		if (service)
			child->served[child->peer.n_served++].service = service;
		else
			child->unknown[child->n_unknown++] = id;
	}
	return 0;
}

static void open_peer(struct brig_replayed *child)
{
	struct brig_replay *replay = child->replay;
	struct brig_peer *peer = &child->peer;

	brig_wheel_init(&child->wheel, &journal_clock, replay);
	brig_quota_init(&child->quota, 0, 0);
	brig_peer_init(peer, BRIG_FROM_BROKER, -1);
	peer->buffer = replay->payload;
	peer->arena = peer->answer_arena = &replay->arena;
	peer->role = child->role->name;
	peer->interfaces = child->role->interfaces;
	peer->owner = &owner;
	peer->owner_user = child;
	peer->wheel = &child->wheel;
	peer->served = child->served;
	peer->state = BRIG_IN_LAUNCHING;
	peer->channel.record = brig_replayed_sent;
	peer->channel.record_user = child;
}

int brig_replayed_begin(struct brig_replay *replay, struct brig_replay_note *note, uint64_t code,
			const uint8_t *bytes, size_t n)
{
	const size_t name = strnlen((const char *)bytes, n);
	const struct brig_role *role = find_role(bytes, name);
	const uint32_t max_asked = (uint32_t)code;

	if (name == n || !max_asked || max_asked > BRIG_CALLS_MAX || note->live)
		return -EBADMSG;
	if (code >> 32 || !role) /* what it asked before isn't on record */
		return 0;
	struct brig_replayed *child = calloc(1, sizeof *child);
	if (!child)
		return -ENOMEM;
	child->replay = replay;
	child->note = note;
	child->role = role;
	child->exact = true;
	open_peer(child);
	child->peer.max_asked = max_asked;
	int r = serve(child, bytes + name + 1, n - name - 1);
	if (r) {
		brig_replayed_free(child);
		return r;
	}
	note->live = child;
	replay->result.children++;
	return 0;
}

void brig_replayed_free(struct brig_replayed *child)
{
	if (!child)
		return;
	brig_peer_finish(&child->peer);
	while (child->came) {
		struct brig_replay_came *came = child->came;

		child->came = came->next;
		free(came);
	}
	free(child);
}

/* ---- what it says ---- */

bool brig_replayed_knows(struct brig_replayed *child, const struct brig_frame *frame)
{
	for (size_t i = 0; i < child->n_unknown; i++)
		if (child->unknown[i] == frame->service && !brig_is_control(frame))
			child->lost = true;
	return !child->lost;
}

static int breach_of(const struct brig_replayed *child)
{
	const bool bad = child->note->code >> 32 == BRIG_EXIT_BAD_MESSAGE;

	return child->note->ends && bad ? (int)(uint32_t)child->note->code : BRIG_BAD_NONE;
}

/* Of the last message: what real handlers say of it, whose codes are theirs alone. */
static int handlers_word(const struct brig_replayed *child,
			 const struct brig_replay_message *message)
{
	const int code = breach_of(child);
	const struct brig_bad_row *row = brig_bad_message_row(code);

	if (!message->last || !row)
		return BRIG_BAD_NONE;
	if (message->frame.service == BRIG_LIFECYCLE_ID)
		return code == BRIG_BAD_STATE || code == BRIG_BAD_FIELD ? code : BRIG_BAD_NONE;
	return row->stage == BRIG_BAD_AT_HANDLER ? code : BRIG_BAD_NONE;
}

static void stand_in_fds(struct brig_replayed *child, const struct brig_replay_message *message,
			 struct brig_packet *packet)
{
	struct brig_replay *replay = child->replay;
	const bool wrong = message->last && breach_of(child) == BRIG_BAD_FD_KIND;

	for (size_t i = 0; i < message->record->n_fds; i++) {
		int fd = fcntl(wrong ? replay->wrong : replay->right[0], F_DUPFD_CLOEXEC, 0);

		if (fd < 0) {
			replay->error = -errno;
			return;
		}
		packet->fds[packet->n_fds++] = fd;
		replay->result.unplayed[BRIG_UNPLAYED_FDS]++;
	}
}

/* Is there a payload that says what was sent? What has secrets may be redacted, and broken by it.
 */
static bool has_payload(const struct brig_replay_message *message,
			const struct brig_message_rules *rules)
{
	struct brig_breach breach;

	if (message->n != message->length)
		return false;
	return !rules || !brig_has_secret(rules) ||
	       !brig_rules_check(rules, message->bytes + sizeof message->frame,
				 message->n - sizeof message->frame, &breach);
}

/* How many answers lay unread is the kernel's word at the time, and only the journal knows. */
static void settle_unread(struct brig_replayed *child, const struct brig_replay_message *message)
{
	const bool slow = message->last && breach_of(child) == BRIG_BAD_SLOW_READER;

	child->peer.channel.unread = message->frame.kind == BRIG_KIND_EVENT ? 1 : 0;
	if (!slow)
		return;
	child->peer.channel.unread = SIZE_MAX / 2;
	child->peer.unread_most = UINT32_MAX / 2;
}

static void take(struct brig_replayed *child, const struct brig_replay_message *message,
		 const uint8_t *bytes)
{
	struct brig_replay *replay = child->replay;
	struct brig_packet packet = { .bytes = bytes, .n = message->length };

	stand_in_fds(child, message, &packet);
	settle_unread(child, message);
	child->says = handlers_word(child, message);
	child->bad = brig_peer_take(&child->peer, &packet);
	child->says = BRIG_BAD_NONE;
	child->peer.channel.unread = 1;
	if (brig_quota_charge(&child->quota, replay->now_us, message->length))
		replay->result.pauses++;
	if (!child->bad)
		brig_replayed_turn(child, &message->frame, false);
}

/* It lay in memory that is gone; where its method allows that, else the pipeline tells. */
static bool is_spilled(const struct brig_replay_message *message, const struct brig_method *method)
{
	return message->frame.kind == BRIG_KIND_REQUEST &&
	       (message->frame.flags & BRIG_FRAME_SPILLED) && method &&
	       (method->flags & BRIG_METHOD_SPILL);
}

/* The whole pipeline, but for the fields of what isn't on record. */
static void take_blind(struct brig_replayed *child, const struct brig_replay_message *message,
		       struct brig_method *method)
{
	uint8_t *bytes = child->replay->payload;
	const size_t n = message->length - sizeof message->frame;
	const bool refusal = message->frame.kind == BRIG_KIND_ERROR;
	const struct brig_bad_row *row = brig_bad_message_row(breach_of(child));

	memcpy(bytes, &message->frame, sizeof message->frame);
	bytes[offsetof(struct brig_frame, flags)] &= (uint8_t)~BRIG_FRAME_SPILLED;
	(refusal ? brig_replay_any_refusal : brig_replay_any)(bytes + sizeof message->frame, n);
	child->replay->result.unplayed[BRIG_UNPLAYED_FIELDS]++;
	child->unsettled = message->last && row &&
			   (row->stage == BRIG_BAD_AT_FIELDS ||
			    (is_spilled(message, method) &&
			     (row->code == BRIG_BAD_SPILL || row->code == BRIG_BAD_SIZE)));
	if (!method) {
		take(child, message, bytes);
		return;
	}
	const struct brig_message_rules *request = method->request, *reply = method->reply;
	method->request = &brig_replay_any_rules;
	method->reply = reply ? &brig_replay_any_rules : NULL;
	take(child, message, bytes);
	method->request = request;
	method->reply = reply;
}

/* A good one is on record as its messages. What lies in a bad one no schema knows, so none is kept.
 */
static bool is_bad_batch(const struct brig_replay_message *message)
{
	return message->frame.kind == BRIG_KIND_BATCH && message->last &&
	       message->length > sizeof message->frame;
}

void brig_replayed_hears(struct brig_replayed *child, const struct brig_replay_message *message)
{
	struct brig_method *method = brig_replay_method(
		&child->replay->schema, message->frame.service, message->frame.method);
	const struct brig_message_rules *rules = NULL;

	child->replay->result.from_child++;
	if (is_bad_batch(message)) {
		child->unsettled = true;
		return;
	}
	if (method && message->frame.kind != BRIG_KIND_ERROR)
		rules = message->frame.kind == BRIG_KIND_REPLY ? method->reply : method->request;
	if (has_payload(message, rules) && !is_spilled(message, method))
		take(child, message, message->bytes);
	else
		take_blind(child, message, method);
}

/* ---- time, and what is left ---- */

/* What is due by longer than a loop can be late came then, and should be on record by now. */
static void come_late(struct brig_replayed *child, uint64_t due_us)
{
	struct brig_replay_came **at = &child->came;

	while (*at)
		at = &(*at)->next;
	brig_wheel_turn(&child->wheel);
	for (; *at; at = &(*at)->next)
		(*at)->at_us = due_us;
}

void brig_replayed_pass(struct brig_replayed *child)
{
	const uint64_t now_us = child->replay->now_us, due_us = child->wheel.armed_us;

	if (due_us < now_us && now_us - due_us > BRIG_REPLAY_LATE_US)
		come_late(child, due_us);
	while (child->came && child->came->at_us + BRIG_REPLAY_LATE_US < now_us)
		brig_replayed_take_came(child, &child->came);
}

static bool was_unsettled(const struct brig_replayed *child, int code)
{
	return child->lost || child->unsettled || code == BRIG_BAD_TRUNCATED ||
	       code == BRIG_BAD_SLOW_READER;
}

void brig_replayed_end(struct brig_replayed *child)
{
	struct brig_replay *replay = child->replay;
	const int expected = breach_of(child);
	char text[BRIG_REPLAY_TEXT], came[BRIG_REPLAY_TEXT];

	if (expected && child->bad == (enum brig_bad_message)expected) {
		replay->result.breaches++;
	} else if (expected && !child->bad && was_unsettled(child, expected)) {
		replay->result.unplayed[BRIG_UNPLAYED_BREACH]++;
	} else if (expected || child->bad) {
		brig_replay_say_breach(expected, text);
		brig_replay_say_breach((int)child->bad, came);
		brig_replay_differ(child, text, came);
	}
	while (child->came && !expected && !child->lost)
		brig_replayed_take_came(child, &child->came);
}
