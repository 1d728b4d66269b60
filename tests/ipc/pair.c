#include "tests/ipc/pair.h"

#include "gtest_c.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

static void note_call(struct pair *pair, const struct brig_request *call)
{
	if (pair->n_calls < sizeof pair->calls / sizeof *pair->calls)
		pair->calls[pair->n_calls++] = *call;
}

static int echo(void *user, struct brig_request *call, const Every__Every *request)
{
	struct pair *pair = user;
	Every__Every reply = EVERY__EVERY__INIT;

	note_call(pair, call);
	reply.small = request->small;
	if (pair->way == PAIR_LATER)
		return 0;
	if (pair->way == PAIR_REFUSE)
		return -EACCES;
	if (pair->way == PAIR_BY_MISTAKE)
		return EACCES;
	if (pair->way == PAIR_TOO_LARGE) {
		memset(pair->text, 'x', sizeof pair->text - 1);
		reply.text = pair->text;
	}
	if (pair->way == PAIR_UNLAWFULLY || pair->way == PAIR_BLAMING)
		reply.signed_small = 6;
	if (pair->way == PAIR_BLAMING) {
		EXPECT_ERR(EINVAL, every_asked_echo_reply(call, &reply));
		return BRIG_BREACH_HANDLE;
	}
	if (pair->way == PAIR_DIFFERENTLY)
		return brig_refuse(call, EIO, 77);
	return every_asked_echo_reply(call, &reply);
}

static int empty(struct pair *pair, struct brig_request *call)
{
	const Every__Empty reply = EVERY__EMPTY__INIT;

	note_call(pair, call);
	if (pair->way == PAIR_LATER)
		return 0;
	return brig_reply(call, call->method, &reply, NULL, 0);
}

static int measure(void *user, struct brig_request *call, const Every__Area *request)
{
	(void)request;
	return empty(user, call);
}

static int note(void *user, struct brig_request *call, const Every__Empty *request)
{
	struct pair *pair = user;
	(void)request;

	EXPECT_UINT_EQ(0, call->id);
	pair->notes++;
	return 0;
}

static int pass(void *user, struct brig_request *call, const Every__Empty *request)
{
	const struct pair *pair = user;
	const Every__Empty reply = EVERY__EMPTY__INIT;
	(void)request;

	note_call(user, call);
	if (pair->way == PAIR_LATER)
		return 0;
	int fd = eventfd(0, EFD_CLOEXEC);
	int r = every_asked_pass_reply(call, &reply, fd);
	(void)close(fd);
	return r;
}

static int often(void *user, struct brig_request *call, const Every__Empty *request)
{
	(void)request;
	return empty(user, call);
}

static int fill(void *user, struct brig_request *call, const Every__Large *request)
{
	(void)request;
	return note(user, call, NULL);
}

static int wake(void *user, struct brig_request *call, const Every__Empty *request)
{
	struct pair *pair = user;
	(void)call;
	(void)request;

	pair->wakes_at[pair->wakes++ % 4] = pair->n_calls;
	return 0;
}

static int poke(void *user, struct brig_request *call, const Every__Empty *request)
{
	(void)request;
	return empty(user, call);
}

static int order(void *user, struct brig_request *call, const Every__Flood *request)
{
	(void)user;
	(void)call;
	(void)request;
	return -ENOSYS;
}

static const struct every_asked_handlers handlers =
	EVERY_ASKED_HANDLERS(echo, measure, note, pass, note, often, note, fill, note);
static const struct every_asked_child_handlers child_handlers =
	EVERY_ASKED_CHILD_HANDLERS(wake, poke, order);

static void want_write(void *user)
{
	struct pair *pair = user;

	pair->wants_write = true;
}

static void send_failed(void *user, int error)
{
	struct pair *pair = user;

	pair->send_failed = error;
}

static const struct brig_peer_owner owner = { .want_write = want_write,
					      .send_failed = send_failed };

static void end_open(struct pair_end *end, enum brig_caller self, int fd, const void *handlers_,
		     struct pair *pair)
{
	end->served = (struct brig_served){ &every_asked_service, handlers_, pair };
	brig_peer_init(&end->peer, self, fd);
	end->peer.buffer = end->buffer;
	end->peer.arena = &end->arena;
	end->peer.answer_arena = &end->answer_arena;
	end->peer.served = &end->served;
	end->peer.n_served = 1;
	end->peer.role = "service";
	end->peer.state = BRIG_IN_LOCKED;
	end->peer.owner = &owner;
	end->peer.owner_user = pair;
}

void pair_open(struct pair *pair)
{
	int ours = -1, theirs = -1;

	memset(pair, 0, sizeof *pair);
	ASSERT_OK(brig_channel_pair(false, &ours, &theirs));
	end_open(&pair->broker, BRIG_FROM_BROKER, ours, &handlers, pair);
	end_open(&pair->child, BRIG_FROM_CHILD, theirs, &child_handlers, pair);
}

void pair_close(struct pair *pair)
{
	brig_peer_finish(&pair->child.peer);
	brig_peer_finish(&pair->broker.peer);
	brig_stats_clear(&pair->stats);
}

static uint64_t now(void *user)
{
	const struct pair *pair = user;

	return pair->now_us;
}

static void arm(void *user, uint64_t at_us)
{
	(void)user;
	(void)at_us; /* the test knows when */
}

void pair_clock(struct pair *pair)
{
	static const struct brig_wheel_clock clock = { now, arm };

	pair->now_us = 5000000;
	brig_wheel_init(&pair->wheel, &clock, pair);
	pair->broker.peer.wheel = &pair->wheel;
	pair->broker.peer.stats = &pair->stats;
}

void pair_pass(struct pair *pair, uint64_t us)
{
	pair->now_us += us;
	brig_wheel_turn(&pair->wheel);
}

enum brig_bad_message pair_pump(struct pair_end *end)
{
	struct brig_packet packet;
	enum brig_bad_message bad = BRIG_BAD_NONE;

	while (!bad && brig_channel_receive(&end->peer.channel, end->buffer, false, &packet) == 1)
		bad = brig_peer_take(&end->peer, &packet);
	return bad;
}

static void done(struct pair_outcome *outcome, struct brig_answer *answer)
{
	outcome->times++;
	outcome->error = answer->error;
	outcome->reason = answer->reason;
	if (outcome->pair)
		outcome->wakes = outcome->pair->wakes;
}

void pair_echoed(void *user, struct brig_answer *answer, const Every__Every *reply)
{
	struct pair_outcome *outcome = user;

	done(outcome, answer);
	if (reply)
		outcome->small = reply->small;
}

void pair_done(void *user, struct brig_answer *answer, const Every__Empty *reply)
{
	(void)reply;
	done(user, answer);
}

struct brig_frame pair_frame(uint16_t method, uint64_t id)
{
	return (struct brig_frame){ .version = BRIG_FRAME_VERSION,
				    .kind = id ? BRIG_KIND_REQUEST : BRIG_KIND_EVENT,
				    .service = EVERY_ASKED_ID,
				    .method = method,
				    .id = id };
}

void pair_send(struct pair_end *from, const struct brig_frame *frame, const int *fds, size_t n_fds)
{
	EXPECT_OK(brig_packet_send(from->peer.channel.fd, frame, sizeof *frame, fds, n_fds, false));
}

size_t pair_count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	while (dir && readdir(dir)) /* NOLINT(concurrency-mt-unsafe) */
		n++;
	if (dir)
		(void)closedir(dir);
	return n;
}

void pair_serve(struct pair *pair, void (*ask)(struct pair *pair))
{
	int status = 0;
	const pid_t pid = fork();

	ASSERT_INT_NE(-1, pid);
	if (pid == 0) {
		(void)close(pair->broker.peer.channel.fd);
		ask(pair);
		_exit(0);
	}
	(void)close(pair->child.peer.channel.fd);
	pair->child.peer.channel.fd = -1;
	for (;;) {
		struct brig_packet packet;
		struct pollfd end = { .fd = pair->broker.peer.channel.fd, .events = POLLIN };

		if (poll(&end, 1, 60000) <= 0 ||
		    brig_channel_receive(&pair->broker.peer.channel, pair->broker.buffer, false,
					 &packet) != 1)
			break;
		EXPECT_INT_EQ(BRIG_BAD_NONE, brig_peer_take(&pair->broker.peer, &packet));
	}
	ASSERT_INT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_INT_EQ(0, status);
}

int64_t pair_ask_echo(struct pair *pair, struct pair_outcome *outcome, uint32_t small)
{
	Every__Every request = EVERY__EVERY__INIT;

	outcome->pair = pair;
	request.small = small;
	return every_asked_echo(&pair->child.peer, &request, pair_echoed, outcome);
}

int64_t pair_ask_measure(struct pair *pair, struct pair_outcome *outcome)
{
	const Every__Area request = EVERY__AREA__INIT;

	return every_asked_measure(&pair->child.peer, &request, pair_done, outcome);
}

int64_t pair_poke(struct pair *pair, struct pair_outcome *outcome)
{
	const Every__Empty request = EVERY__EMPTY__INIT;

	return every_asked_poke(&pair->broker.peer, &request, pair_done, outcome);
}
