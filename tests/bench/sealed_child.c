/* The helper of sealed.c: a child that calls and times that, or floods, as it is told. */
#include "echo.brig.h"
#include "tests/bench/echo.h"

#include <brig/child.h>

#include <stdbool.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define CALLS_MAX 1000

static bool flooding;

/* Not through the vdso: it may not read the cycle counter. */
static uint64_t now_ns(void)
{
	struct timespec now = { .tv_sec = 0 };

	(void)syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int call_once(struct brig_peer *peer)
{
	uint8_t bytes[ECHO_BYTES] = { 0 };
	Bench__Block request = BENCH__BLOCK__INIT;
	const Bench__Block *reply;
	struct brig_answer answer;

	request.data = (ProtobufCBinaryData){ sizeof bytes, bytes };
	const int r = bench_echo_echo_sync(peer, &request, &answer, &reply);
	return r ? r : -answer.error;
}

static int measure(void *user, struct brig_request *call, const Bench__Order *order)
{
	static uint32_t ns[CALLS_MAX];
	Bench__Took took = BENCH__TOOK__INIT;
	const uint32_t calls = order->calls;
	(void)user;

	for (uint32_t i = 0; i < calls; i++) {
		const uint64_t start = now_ns();
		const int r = call_once(call->peer);
		const uint64_t lasted = now_ns() - start;

		if (r)
			return r;
		ns[i] = lasted < UINT32_MAX ? (uint32_t)lasted : UINT32_MAX;
	}
	took.ns = ns;
	took.n_ns = calls;
	return bench_load_measure_reply(call, &took);
}

static int flood(void *user, struct brig_request *call, const Bench__Nothing *nothing)
{
	(void)user;
	(void)call;
	(void)nothing;
	flooding = true;
	return 0;
}

static int stop(void *user, struct brig_request *call, const Bench__Nothing *nothing)
{
	(void)user;
	flooding = false;
	return bench_load_stop_reply(call, nothing);
}

static int tell(struct brig_peer *peer)
{
	uint8_t bytes[ECHO_BYTES] = { 0 };
	Bench__Block block = BENCH__BLOCK__INIT;

	block.data = (ProtobufCBinaryData){ sizeof bytes, bytes };
	return bench_load_note(peer, &block);
}

static int run(struct brig_peer *broker, void *user)
{
	int r = 0;
	(void)user;

	/* What comes meanwhile is kept when it waits for credit. */
	while (r >= 0) {
		r = flooding ? tell(broker) : 0;
		if (r >= 0)
			r = brig_peer_run(broker, flooding ? 0 : -1);
	}
	return 1;
}

static const struct bench_load_child_handlers handlers =
	BENCH_LOAD_CHILD_HANDLERS(measure, flood, stop);
static const struct brig_served served[] = {
	{ &bench_echo_service, NULL, NULL },
	{ &bench_load_service, &handlers, NULL },
};
static const struct brig_child_program program = {
	.role = "service", .served = served, .n_served = 2, .run = run
};

int main(int argc, char **argv)
{
	return brig_child_run(argc, argv, &program, 1) < 0 ? 2 : 0;
}
