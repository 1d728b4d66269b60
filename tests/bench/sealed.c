/* Calls of children that are really sealed, through the loop of a real broker. */
#include "tests/bench/bench.h"
#include "tests/bench/echo.h"

#include "echo.brig.h"

#include <brig/process.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS 300  /* of which the mean counts */
#define TAIL  1000 /* of which the 99th percentile does */

struct child {
	struct brig_child *child;
	bool ready, exited;
};

struct sealed {
	struct echo_cpus cpus;
	struct echo raw;
	struct brig_broker *broker;
	struct child honest, flooder;
	uint32_t ns[TAIL];
	size_t n;
	unsigned int answers; /* that came of what the broker asked */
	int error;
	uint64_t notes; /* of the flood */
	uint64_t calls; /* meanwhile */
};

static int echo(void *user, struct brig_request *call, const Bench__Block *request)
{
	(void)user;
	return bench_echo_echo_reply(call, request);
}

static int note(void *user, struct brig_request *call, const Bench__Block *block)
{
	struct sealed *sealed = user;
	(void)call;
	(void)block;

	sealed->notes++;
	return 0;
}

static void ready(void *user, struct brig_child *child)
{
	struct child *side = user;
	(void)child;

	side->ready = true;
}

static void ended(void *user, struct brig_child *child, const struct brig_exit *exit)
{
	struct child *side = user;
	(void)child;
	(void)exit;

	side->exited = true;
	side->child = NULL;
}

static int start(struct sealed *sealed, struct child *child)
{
	static const struct bench_echo_handlers echo_handlers = BENCH_ECHO_HANDLERS(echo);
	static const struct bench_load_handlers load_handlers = BENCH_LOAD_HANDLERS(note);
	static const struct brig_child_listener listener = { ready, ended };
	const struct brig_served served[] = { { &bench_echo_service, &echo_handlers, sealed },
					      { &bench_load_service, &load_handlers, sealed } };
	const struct brig_child_options options = { .size = sizeof options,
						    .role = "service",
						    .served = served,
						    .n_served = 2,
						    .listener = &listener,
						    .user = child };
	int r = brig_child_start(sealed->broker, &options, &child->child);

	while (r >= 0 && !child->ready && !child->exited)
		r = brig_broker_run(sealed->broker, -1);
	if (r >= 0 && !child->ready)
		r = -ECHILD;
	return r < 0 ? r : 0;
}

static void tear_down(void *state)
{
	struct sealed *sealed = state;

	brig_broker_destroy(sealed->broker);
	echo_stop(&sealed->raw);
	echo_unpin(&sealed->cpus);
	free(sealed);
}

static int set_up(void **ret, bool one_cpu)
{
	const struct brig_broker_options options = { .size = sizeof options,
						     .child_path = BENCH_SEALED_CHILD };
	struct sealed *sealed = calloc(1, sizeof *sealed);
	int r = sealed ? echo_pin(&sealed->cpus) : -ENOMEM;

	if (!r)
		r = echo_start(&sealed->raw, &echo_raw, sealed->cpus.first, 0);
	if (!r && !one_cpu)
		echo_unpin(&sealed->cpus);
	if (!r)
		r = brig_broker_create(&options, &sealed->broker);
	if (!r)
		r = start(sealed, &sealed->honest);
	if (!r && !one_cpu)
		r = start(sealed, &sealed->flooder);
	if (!r)
		*ret = sealed;
	else if (sealed)
		tear_down(sealed);
	return r;
}

static int set_up_one_cpu(void **ret)
{
	return set_up(ret, true);
}

static int set_up_all_cpus(void **ret)
{
	return set_up(ret, false);
}

static void measured(void *user, struct brig_answer *answer, const Bench__Took *took)
{
	struct sealed *sealed = user;

	sealed->answers++;
	sealed->error = answer->error;
	if (!took)
		return;
	sealed->n = took->n_ns;
	memcpy(sealed->ns, took->ns, took->n_ns * sizeof *took->ns);
}

static void stopped(void *user, struct brig_answer *answer, const Bench__Nothing *nothing)
{
	struct sealed *sealed = user;
	(void)nothing;

	sealed->answers++;
	sealed->error = answer->error;
}

/* @asked: as the stub returned it. Until its answer is there. */
static int wait_for(struct sealed *sealed, int64_t asked)
{
	const unsigned int before = sealed->answers;
	int r = asked < 0 ? (int)asked : 0;

	while (r >= 0 && sealed->answers == before)
		r = brig_broker_run(sealed->broker, -1);
	if (r < 0)
		return r;
	return sealed->error > 0 ? -sealed->error : sealed->error;
}

static int measure(struct sealed *sealed, uint32_t calls)
{
	Bench__Order order = BENCH__ORDER__INIT;
	struct brig_child *child = sealed->honest.child;

	order.calls = calls;
	if (!child)
		return -ECHILD;
	const int r = wait_for(
		sealed, bench_load_measure(brig_child_peer(child), &order, measured, sealed));
	return r || sealed->n == calls ? r : -EPROTO;
}

static int ours(void *state, uint64_t *ret_ns)
{
	struct sealed *sealed = state;
	const int r = measure(sealed, CALLS);
	uint64_t sum = 0;

	for (size_t i = 0; !r && i < sealed->n; i++)
		sum += sealed->ns[i];
	*ret_ns = sum / CALLS;
	return r;
}

static int raw(void *state, uint64_t *ret_ns)
{
	return echo_measure(&((struct sealed *)state)->raw, CALLS, ret_ns);
}

static int compare(const void *left, const void *right)
{
	const uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

static int alone(void *state, uint64_t *ret_ns)
{
	struct sealed *sealed = state;
	const int r = measure(sealed, TAIL);

	qsort(sealed->ns, sealed->n, sizeof *sealed->ns, compare);
	*ret_ns = sealed->ns[TAIL * 99 / 100];
	return r;
}

static int flooded(void *state, uint64_t *ret_ns)
{
	const Bench__Nothing nothing = BENCH__NOTHING__INIT;
	struct sealed *sealed = state;
	struct brig_child *child = sealed->flooder.child;
	const uint64_t before = sealed->notes;

	if (!child)
		return -ECHILD;
	int r = bench_load_flood(brig_child_peer(child), &nothing);
	while (r >= 0 && sealed->notes == before)
		r = brig_broker_run(sealed->broker, -1);
	if (r >= 0)
		r = alone(sealed, ret_ns);
	sealed->calls += TAIL;
	if (!r)
		r = wait_for(sealed,
			     bench_load_stop(brig_child_peer(child), &nothing, stopped, sealed));
	return r;
}

static void flood_note(const void *state, char *ret, size_t size)
{
	const struct sealed *sealed = state;

	(void)snprintf(ret, size, "%.1f messages of the flood were handled for each call",
		       (double)sealed->notes / (double)sealed->calls);
}

static const struct bench_row loop_rows[] = {
	{ "ipc-loop",
	  "64 bytes there and back, of a sealed child through its broker's loop, one CPU; mean "
	  "of 300",
	  "raw SEQPACKET send and recv", ours, raw, 1.5, 100, 0, NULL },
};
static const struct bench_row flood_rows[] = {
	{ "ipc-flood", "99th percentile of 1,000 such calls while another sealed child floods",
	  "the same while it doesn't", flooded, alone, 3, 40, 0, flood_note },
};

const struct bench_group bench_loop = { set_up_one_cpu, tear_down, loop_rows,
					sizeof loop_rows / sizeof *loop_rows };
const struct bench_group bench_flood = { set_up_all_cpus, tear_down, flood_rows,
					 sizeof flood_rows / sizeof *flood_rows };
