/* One small message, from its bytes to a checked struct, against protobuf-c alone. */
#include "tests/bench/bench.h"
#include "tests/bench/count.h"

#include "echo.brig.h"
#include "ipc/dispatch/peer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGES 1000

struct decode {
	struct brig_arena arena;
	uint8_t bytes[256];
	size_t n;
	uint64_t our_mallocs, their_mallocs; /* a message */
};

static size_t write_mixed(uint8_t *bytes)
{
	static char name[] = "summer/holidays-2026.jpeg";
	static uint8_t digest[32] = { 1, 2, 3 };
	static uint32_t offsets[] = { 0, 130, 4000, 70000 };
	Bench__Mixed mixed = BENCH__MIXED__INIT;
	Bench__Point origin = BENCH__POINT__INIT;

	mixed.id = 1234567;
	mixed.width = 4000;
	mixed.height = 3000;
	mixed.resident = 1;
	mixed.colour = BENCH__COLOUR__BLUE;
	mixed.scale = 0.75;
	mixed.name = name;
	mixed.digest = (ProtobufCBinaryData){ sizeof digest, digest };
	mixed.n_offsets = sizeof offsets / sizeof *offsets;
	mixed.offsets = offsets;
	origin.x = -17;
	origin.y = 400;
	mixed.origin = &origin;
	return bench__mixed__pack(&mixed, bytes);
}

static int ours_once(struct decode *decode)
{
	enum brig_bad_message bad;
	struct brig_breach breach;

	return brig_unpack(&decode->arena, &bench__mixed__rules, decode->bytes, decode->n, &breach,
			   &bad)
		       ? 0
		       : -EPROTO;
}

static int theirs_once(const struct decode *decode)
{
	Bench__Mixed *mixed = bench__mixed__unpack(NULL, decode->n, decode->bytes);

	if (!mixed)
		return -EPROTO;
	bench__mixed__free_unpacked(mixed, NULL);
	return 0;
}

static int ours(void *state, uint64_t *ret_ns)
{
	const uint64_t start = bench_now_ns();
	int r = 0;

	for (int i = 0; !r && i < MESSAGES; i++)
		r = ours_once(state);
	*ret_ns = bench_now_ns() - start;
	return r;
}

static int theirs(void *state, uint64_t *ret_ns)
{
	const uint64_t start = bench_now_ns();
	int r = 0;

	for (int i = 0; !r && i < MESSAGES; i++)
		r = theirs_once(state);
	*ret_ns = bench_now_ns() - start;
	return r;
}

static void note(const void *state, char *ret, size_t size)
{
	const struct decode *decode = state;

	if (decode->our_mallocs == UINT64_MAX)
		(void)snprintf(ret, size, "%zu bytes; mallocs can't be counted with sanitizers",
			       decode->n);
	else
		(void)snprintf(ret, size,
			       "%zu bytes; %" PRIu64 " mallocs a message, protobuf-c %" PRIu64,
			       decode->n, decode->our_mallocs, decode->their_mallocs);
}

static int set_up(void **ret)
{
	struct decode *decode = calloc(1, sizeof *decode);

	if (!decode)
		return -ENOMEM;
	decode->n = write_mixed(decode->bytes);
	count_start();
	int r = ours_once(decode);
	decode->our_mallocs = count_stop();
	count_start();
	if (!r)
		r = theirs_once(decode);
	decode->their_mallocs = count_stop();
	if (r)
		free(decode);
	else
		*ret = decode;
	return r;
}

static const struct bench_row rows[] = {
	{ "ipc-decode", "1,000 messages of ten fields checked against their rules and unpacked",
	  "protobuf-c's unpack and free alone", ours, theirs, 1, 200, 0, note },
};

const struct bench_group bench_decode = { set_up, free, rows, sizeof rows / sizeof *rows };
