/* Brig's own: typed, checked against the schema's rules on both ends. */
#include "tests/bench/echo.h"

#include "echo.brig.h"
#include "ipc/dispatch/peer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct end {
	struct brig_peer peer;
	uint8_t buffer[BRIG_PACKET_MAX];
	struct brig_arena arena, answer_arena;
};

static struct end *end_create(enum brig_caller self, int fd, unsigned int poll_us)
{
	struct end *end = calloc(1, sizeof *end);

	if (!end)
		return NULL;
	brig_peer_init(&end->peer, self, fd);
	end->peer.buffer = end->buffer;
	end->peer.arena = &end->arena;
	end->peer.answer_arena = &end->answer_arena;
	end->peer.role = "service";
	end->peer.state = BRIG_IN_LOCKED;
	/* Of a broker the public API has no such thing: its loop waits for many at once. */
	brig_channel_poll_first(&end->peer.channel, poll_us, brig_cpus_online());
	return end;
}

static int echo(void *user, struct brig_request *call, const Bench__Block *request)
{
	(void)user;
	return bench_echo_echo_reply(call, request);
}

static int note(void *user, struct brig_request *call, const Bench__Block *block)
{
	(void)user;
	(void)call;
	(void)block;
	return 0;
}

static void want_write(void *user)
{
	(void)user; /* one reply at a time always fits */
}

static void send_failed(void *user, int error)
{
	(void)user;
	(void)error; /* the next receive shows it */
}

/* As a broker serves a child, but for its loop: one that has nothing else to wait for. */
static void serve(int fd, unsigned int poll_us)
{
	static const struct bench_echo_handlers handlers = BENCH_ECHO_HANDLERS(echo);
	static const struct bench_load_handlers load = BENCH_LOAD_HANDLERS(note);
	static const struct brig_served served[] = { { &bench_echo_service, &handlers, NULL },
						     { &bench_load_service, &load, NULL } };
	static const struct brig_peer_owner owner = { .want_write = want_write,
						      .send_failed = send_failed };
	struct end *end = end_create(BRIG_FROM_BROKER, fd, poll_us);
	struct brig_packet packet;
	const int on = 1;

	if (!end || setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0)
		return;
	end->peer.served = served;
	end->peer.n_served = 2;
	end->peer.owner = &owner;
	while (brig_channel_receive(&end->peer.channel, end->buffer, true, &packet) == 1 &&
	       !brig_peer_take(&end->peer, &packet))
		continue;
	brig_peer_finish(&end->peer);
	free(end);
}

static int open_client(int fd, unsigned int poll_us, void **ret)
{
	struct end *end = end_create(BRIG_FROM_CHILD, fd, poll_us);

	*ret = end;
	return end ? 0 : -ENOMEM;
}

static void close_client(void *client)
{
	struct end *end = client;

	brig_peer_finish(&end->peer);
	free(end);
}

static int call(void *client, unsigned int n)
{
	struct end *end = client;
	uint8_t bytes[ECHO_BYTES] = { 0 };
	Bench__Block request = BENCH__BLOCK__INIT;
	const Bench__Block *reply;
	struct brig_answer answer;

	request.data = (ProtobufCBinaryData){ sizeof bytes, bytes };
	while (n--) {
		const int r = bench_echo_echo_sync(&end->peer, &request, &answer, &reply);

		if (r || answer.error || reply->data.len != sizeof bytes)
			return r ? r : -EPROTO;
	}
	return 0;
}

static int tell(struct end *end, unsigned int n)
{
	uint8_t bytes[ECHO_BYTES] = { 0 };
	Bench__Block block = BENCH__BLOCK__INIT;
	int r = 0;

	block.data = (ProtobufCBinaryData){ sizeof bytes, bytes };
	while (!r && n--)
		r = bench_load_note(&end->peer, &block);
	return r;
}

/* All but the last call need no answer; that one's says that they were handled. */
static int tell_batched(void *client, unsigned int n)
{
	struct end *end = client;
	int r = brig_batch_begin(&end->peer);

	if (!r)
		r = tell(end, n - 1);
	if (!r)
		r = brig_batch_end(&end->peer);
	return r ? r : call(client, 1);
}

static int tell_singly(void *client, unsigned int n)
{
	const int r = tell(client, n - 1);

	return r ? r : call(client, 1);
}

const struct echo_transport echo_batched = { SOCK_SEQPACKET, serve, open_client, close_client,
					     tell_batched };
const struct echo_transport echo_singly = { SOCK_SEQPACKET, serve, open_client, close_client,
					    tell_singly };
const struct echo_transport echo_brig = { SOCK_SEQPACKET, serve, open_client, close_client, call };
