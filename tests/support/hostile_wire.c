/* Enemies that break the protocol, each in one way. */
#include "ipc/schema/services.brig.h"
#include "ipc/schema/services.h"
#include "renderer/image/job.h"
#include "tests/support/hostile.h"

#include <errno.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define EXTRA_MAX  8192
#define FDS_ATMOST 253 /* SCM_MAX_FD of the kernel */

static struct brig_frame request_frame(uint16_t service, uint16_t method)
{
	return (struct brig_frame){ .version = BRIG_FRAME_VERSION,
				    .kind = BRIG_KIND_REQUEST,
				    .service = service,
				    .method = method,
				    .id = 1 };
}

static struct brig_frame event_frame(uint16_t service, uint16_t method)
{
	struct brig_frame frame = request_frame(service, method);

	frame.kind = BRIG_KIND_EVENT;
	frame.id = 0;
	return frame;
}

/*
 * As they are: no length is made to fit. Descriptors: the channel itself, again and again. While
 * those of others of its user lie unread it tries again.
 */
static int send_raw(struct brig_client *client, const struct brig_frame *frame, const void *payload,
		    size_t n, size_t n_fds)
{
	uint8_t bytes[sizeof *frame + EXTRA_MAX] = { 0 };
	const int fds[BRIG_FDS_MAX] = { 3, 3, 3, 3 };
	int r;

	memcpy(bytes, frame, sizeof *frame);
	if (payload)
		memcpy(bytes + sizeof *frame, payload, n);
	do {
		r = brig_packet_send(client->peer.channel.fd, bytes, sizeof *frame + n, fds, n_fds,
				     true);
	} while (r == -ETOOMANYREFS);
	return r;
}

/* A header that is right for @payload, and then the wait for what comes of it. */
static int send_payload(struct brig_client *client, struct brig_frame frame, const void *payload,
			size_t n)
{
	frame.length = (uint32_t)n;
	(void)send_raw(client, &frame, payload, n, 0);
	return hostile_wait(client);
}

/* A request with the header that is right for it; no wait. */
static int send_request(struct brig_client *client, struct brig_frame frame,
			const ProtobufCMessage *message)
{
	uint8_t payload[EXTRA_MAX];

	frame.length = (uint32_t)protobuf_c_message_pack(message, payload);
	return send_raw(client, &frame, payload, frame.length, 0);
}

static struct brig_frame surface_frame(void)
{
	return request_frame(BRIG_SURFACE_ID, BRIG_SURFACE_CREATE);
}

static int act_short(struct brig_client *client)
{
	(void)brig_packet_send(client->peer.channel.fd, "abc", 3, NULL, 0, true);
	return hostile_wait(client);
}

static int act_empty(struct brig_client *client)
{
	(void)brig_packet_send(client->peer.channel.fd, "", 0, NULL, 0, true);
	return hostile_wait(client);
}

static int act_garbage(struct brig_client *client)
{
	uint8_t bytes[512];

	memset(bytes, 0xa5, sizeof bytes);
	(void)brig_packet_send(client->peer.channel.fd, bytes, sizeof bytes, NULL, 0, true);
	return hostile_wait(client);
}

static int act_flags(struct brig_client *client)
{
	struct brig_frame frame = surface_frame();

	frame.flags = 0x8000;
	return send_payload(client, frame, NULL, 0);
}

static int act_spill(struct brig_client *client)
{
	struct brig_frame frame = surface_frame();

	frame.flags = BRIG_FRAME_SPILLED;
	return send_payload(client, frame, NULL, 0);
}

static int act_reply(struct brig_client *client)
{
	struct brig_frame frame = surface_frame();

	frame.kind = BRIG_KIND_REPLY;
	return send_payload(client, frame, NULL, 0);
}

static int act_length(struct brig_client *client)
{
	struct brig_frame frame = surface_frame();

	frame.length = 60;
	(void)send_raw(client, &frame, NULL, 8, 0);
	return hostile_wait(client);
}

static int act_extra_fd(struct brig_client *client)
{
	const struct brig_frame frame = surface_frame();

	(void)send_raw(client, &frame, NULL, 0, 1);
	return hostile_wait(client);
}

static int act_missing_fd(struct brig_client *client)
{
	struct brig_frame frame = surface_frame();

	frame.n_fds = 1;
	(void)send_raw(client, &frame, NULL, 0, 0);
	return hostile_wait(client);
}

static int act_honest_fd(struct brig_client *client)
{
	struct brig_frame frame = surface_frame();

	frame.n_fds = 1;
	(void)send_raw(client, &frame, NULL, 0, 1);
	return hostile_wait(client);
}

/* A packet longer than any message may be. */
static int act_long_packet(struct brig_client *client)
{
	static uint8_t bytes[BRIG_PACKET_MAX + 1];
	struct brig_frame frame = surface_frame();

	frame.length = BRIG_PAYLOAD_MAX + 1;
	memcpy(bytes, &frame, sizeof frame);
	(void)brig_packet_send(client->peer.channel.fd, bytes, sizeof bytes, NULL, 0, true);
	return hostile_wait(client);
}

/* As many descriptors as the kernel lets through. */
static int act_many_fds(struct brig_client *client)
{
	static union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(FDS_ATMOST * sizeof(int))];
	} control;
	struct brig_frame frame = surface_frame();
	struct iovec iov = { .iov_base = &frame, .iov_len = sizeof frame };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof control.bytes };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&message);

	frame.n_fds = FDS_ATMOST;
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(FDS_ATMOST * sizeof(int));
	for (size_t i = 0; i < FDS_ATMOST; i++)
		memcpy(CMSG_DATA(cmsg) + i * sizeof(int), &client->peer.channel.fd, sizeof(int));
	while (sendmsg(client->peer.channel.fd, &message, MSG_NOSIGNAL) < 0)
		if (errno != ETOOMANYREFS)
			return hostile_tell(client, "not sent");
	return hostile_wait(client);
}

static int act_method(struct brig_client *client)
{
	return send_payload(client, request_frame(31, 1), NULL, 0);
}

static int act_sealed_again(struct brig_client *client)
{
	return send_payload(client, event_frame(BRIG_LIFECYCLE_ID, BRIG_LIFECYCLE_SEALED), NULL, 0);
}

/* It said how it ended; then it wants memory. */
static int act_late(struct brig_client *client)
{
	(void)hostile_tell(client, "over");
	return send_payload(client, surface_frame(), NULL, 0);
}

static int act_size(struct brig_client *client)
{
	static const uint8_t zeros[100];

	return send_payload(client, surface_frame(), zeros, sizeof zeros);
}

/* One file more than a sheet may call broken. */
static int act_elements(struct brig_client *client)
{
	static uint8_t broken[3 + BRIG_BROKEN_MAX + 1] = { 26, 0x81, 0x20 };

	return send_payload(client, event_frame(BRIG_JOB_ID, BRIG_JOB_FINISHED), broken,
			    sizeof broken);
}

/* Of two widths a careless reader would check one and use the other. */
static int act_twice(struct brig_client *client)
{
	static const uint8_t two[] = { 8, 1, 8, 2, 16, 1, 24, 1, 32, 8 };

	return send_payload(client, surface_frame(), two, sizeof two);
}

static int act_missing(struct brig_client *client)
{
	static const uint8_t no_channels[] = { 8, 1, 16, 1, 32, 8 };

	return send_payload(client, surface_frame(), no_channels, sizeof no_channels);
}

static int act_empty_name(struct brig_client *client)
{
	static const uint8_t name[] = { 10, 0 };

	return send_payload(client, request_frame(BRIG_FILES_ID, BRIG_FILES_OPEN), name,
			    sizeof name);
}

static int fail_with(struct brig_client *client, const char *text)
{
	uint8_t failed[32] = { 8, 3, 26, (uint8_t)strlen(text) };

	memcpy(failed + 4, text, strlen(text));
	return send_payload(client, event_frame(BRIG_JOB_ID, BRIG_JOB_FAILED), failed,
			    4 + strlen(text));
}

static int act_utf8(struct brig_client *client)
{
	return fail_with(client, "\xc0\xaf"); /* an overlong slash */
}

static int act_control(struct brig_client *client)
{
	return fail_with(client, "\x1b[2J");
}

static int act_basename(struct brig_client *client)
{
	static const uint8_t path[] = { 18, 4, '.', '.', '/', 'x' };

	return send_payload(client, request_frame(BRIG_PLUGIN_ID, BRIG_PLUGIN_DECODE), path,
			    sizeof path);
}

/* An answer to what the broker never asked. */
static int act_dead_id(struct brig_client *client)
{
	struct brig_frame frame = surface_frame();

	frame.kind = BRIG_KIND_ERROR;
	frame.id = 7;
	return send_payload(client, frame, NULL, 0);
}

/* What was never asked can't be cancelled. */
static int act_cancel_nothing(struct brig_client *client)
{
	struct brig_frame frame = surface_frame();

	frame.kind = BRIG_KIND_CANCEL;
	frame.id = 99;
	return send_payload(client, frame, NULL, 0);
}

static int act_credit(struct brig_client *client)
{
	struct brig_frame frame = surface_frame();

	frame.kind = BRIG_KIND_CREDIT;
	frame.id = 1000; /* more than it was told */
	return send_payload(client, frame, NULL, 0);
}

static int act_kind(struct brig_client *client)
{
	struct brig_frame frame = surface_frame();

	frame.kind = BRIG_KIND_LAST + 1;
	return send_payload(client, frame, NULL, 0);
}

/* Of nothing: what else is in a bad one no journal keeps, so that no replay could tell. */
static int act_batch(struct brig_client *client)
{
	const struct brig_frame frame = { .version = BRIG_FRAME_VERSION, .kind = BRIG_KIND_BATCH };

	return send_payload(client, frame, NULL, 0);
}

static int act_encoding(struct brig_client *client)
{
	static const uint8_t endless[] = { 0x08, 0x80 };

	return send_payload(client, surface_frame(), endless, sizeof endless);
}

static int act_unknown_field(struct brig_client *client)
{
	static const uint8_t field15[] = { 0x78, 0x01 };

	return send_payload(client, surface_frame(), field15, sizeof field15);
}

static int act_channels(struct brig_client *client)
{
	static const uint8_t nine[] = { 8, 1, 16, 1, 24, 9, 32, 8 };

	return send_payload(client, surface_frame(), nine, sizeof nine);
}

static int act_nul_name(struct brig_client *client)
{
	static const uint8_t name[] = { 10, 3, 'a', 0, 'b' };

	return send_payload(client, request_frame(BRIG_FILES_ID, BRIG_FILES_OPEN), name,
			    sizeof name);
}

static int act_format(struct brig_client *client)
{
	static const uint8_t format99[] = { 8, 1, 16, 99 };

	return send_payload(client, event_frame(BRIG_JOB_ID, BRIG_JOB_FINISHED), format99,
			    sizeof format99);
}

/* The plugin that it wants gets never ready, so nothing was answered when it asks again. */
static int act_in_flight(struct brig_client *client)
{
	Brig__Ipc__PluginDecode decode = BRIG__IPC__PLUGIN_DECODE__INIT;
	struct brig_frame second = surface_frame();

	decode.file = BRIG_FILE_DOCUMENT;
	decode.plugin.data = (uint8_t *)(uintptr_t) "stuck";
	decode.plugin.len = 5;
	(void)send_request(client, request_frame(BRIG_PLUGIN_ID, BRIG_PLUGIN_DECODE), &decode.base);
	second.id++;
	return send_payload(client, second, NULL, 0);
}

static int ask_surface(struct brig_client *client, uint32_t side, uint32_t *ret)
{
	const struct brig_canvas wanted = {
		.width = side, .height = side, .channels = 1, .depth = 8
	};
	struct brig_decode_failure failure = { 0 };
	struct brig_canvas canvas;

	return brig_surface_ask(client, &wanted, &canvas, ret, &failure);
}

static int act_replay(struct brig_client *client)
{
	uint32_t surface;

	if (ask_surface(client, 1, &surface) < 0)
		return hostile_tell(client, "no surface");
	return send_payload(client, surface_frame(), NULL, 0); /* id 1, as the one before */
}

static int act_event_id(struct brig_client *client)
{
	struct brig_frame frame = event_frame(BRIG_JOB_ID, BRIG_JOB_FINISHED);

	frame.id = 1;
	return send_payload(client, frame, NULL, 0);
}

static int act_handle(struct brig_client *client)
{
	return send_payload(client, event_frame(BRIG_JOB_ID, BRIG_JOB_FINISHED), NULL, 0);
}

/* Its surface is its own; the file that it calls broken is none. */
static int act_broken(struct brig_client *client)
{
	uint32_t surface, file = 7;

	if (ask_surface(client, 1, &surface) == 0)
		(void)brig_tell_finished(client, 0, surface, &file, 1);
	return hostile_wait(client);
}

static int act_plugin_file(struct brig_client *client)
{
	static const uint8_t file9[] = { 8, 9, 18, 3, 'p', 'n', 'm' };

	return send_payload(client, request_frame(BRIG_PLUGIN_ID, BRIG_PLUGIN_DECODE), file9,
			    sizeof file9);
}

static int act_two_surfaces(struct brig_client *client)
{
	uint32_t surface;

	for (int i = 0; i < 2; i++)
		if (ask_surface(client, 1, &surface) < 0)
			return hostile_tell(client, "no surface");
	return hostile_wait(client);
}

static int ask_file(struct brig_client *client, const char *name)
{
	Brig__Ipc__FileOpen open = BRIG__IPC__FILE_OPEN__INIT;
	const Brig__Ipc__FileOpened *opened;
	struct brig_answer answer;

	open.name.data = (uint8_t *)(uintptr_t)name;
	open.name.len = strlen(name);
	return brig_files_open_sync(&client->peer, &open, &answer, &opened);
}

/* One name after the other, each answered: more than a sheet has cells. */
static int act_files(struct brig_client *client)
{
	while (ask_file(client, "nowhere") == 0)
		;
	return hostile_wait(client);
}

/* Lawful requests, as fast as it can, and never a look at a reply; the next id, or 0 at its end. */
static uint64_t flood(struct brig_client *client, uint64_t max)
{
	Brig__Ipc__SurfaceCreate create = BRIG__IPC__SURFACE_CREATE__INIT;
	struct brig_frame frame = surface_frame();

	create.width = create.height = 1u << 30;
	create.channels = 4;
	create.depth = 8;
	for (; frame.id <= max; frame.id++)
		if (send_request(client, frame, &create.base))
			return 0;
	return frame.id;
}

static int act_flood(struct brig_client *client)
{
	return (int)flood(client, UINT32_MAX);
}

/* Its socket is full of replies, one more is on its way, and then it seems to hang up. */
static int act_empty_full(struct brig_client *client)
{
	Brig__Ipc__FileOpen open = BRIG__IPC__FILE_OPEN__INIT;
	struct brig_frame frame = request_frame(BRIG_FILES_ID, BRIG_FILES_OPEN);

	open.name.data = (uint8_t *)(uintptr_t) "x";
	open.name.len = 1;
	frame.id = flood(client, 310);
	(void)send_request(client, frame, &open.base);
	(void)brig_packet_send(client->peer.channel.fd, "", 0, NULL, 0, true);
	return hostile_loop(client);
}

/* Descriptors that it never takes from its socket: the kernel counts them for its whole user. */
static int act_hoard(struct brig_client *client)
{
	Brig__Ipc__FileOpen open = BRIG__IPC__FILE_OPEN__INIT;
	struct brig_frame frame = request_frame(BRIG_FILES_ID, BRIG_FILES_OPEN);
	const struct timespec pause = { .tv_nsec = 10000000 }; /* for later replies */
	struct msghdr look = { .msg_iov = NULL };              /* at the first, without taking it */
	uint32_t word = 0;

	open.name.data = (uint8_t *)(uintptr_t) "hoard";
	open.name.len = 5;
	for (; frame.id <= 270; frame.id++) {
		(void)send_request(client, frame, &open.base);
		(void)recvmsg(client->peer.channel.fd, &look, MSG_PEEK);
		(void)syscall(SYS_futex, &word, FUTEX_WAIT, 0, &pause);
	}
	return (int)syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL);
}

static const struct hostile_act acts[] = {
	{ "short", act_short },
	{ "empty", act_empty },
	{ "garbage", act_garbage },
	{ "flags", act_flags },
	{ "spill", act_spill },
	{ "reply", act_reply },
	{ "length", act_length },
	{ "extra-fd", act_extra_fd },
	{ "missing-fd", act_missing_fd },
	{ "honest-fd", act_honest_fd },
	{ "long-packet", act_long_packet },
	{ "many-fds", act_many_fds },
	{ "method", act_method },
	{ "sealed-again", act_sealed_again },
	{ "late", act_late },
	{ "size", act_size },
	{ "elements", act_elements },
	{ "twice", act_twice },
	{ "missing", act_missing },
	{ "empty-name", act_empty_name },
	{ "utf8", act_utf8 },
	{ "control", act_control },
	{ "basename", act_basename },
	{ "dead-id", act_dead_id },
	{ "cancel-nothing", act_cancel_nothing },
	{ "credit", act_credit },
	{ "kind", act_kind },
	{ "batch", act_batch },
	{ "encoding", act_encoding },
	{ "unknown-field", act_unknown_field },
	{ "channels", act_channels },
	{ "nul-name", act_nul_name },
	{ "format", act_format },
	{ "in-flight", act_in_flight },
	{ "replay", act_replay },
	{ "event-id", act_event_id },
	{ "handle", act_handle },
	{ "broken", act_broken },
	{ "plugin-file", act_plugin_file },
	{ "two-surfaces", act_two_surfaces },
	{ "files", act_files },
	{ "flood", act_flood },
	{ "empty-full", act_empty_full },
	{ "hoard", act_hoard },
};

const struct hostile_acts hostile_wire_acts = { acts, sizeof acts / sizeof *acts };
