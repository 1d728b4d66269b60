/* A typed, checked call there and back, against other transports, on one CPU and across two. */
#include "tests/bench/bench.h"
#include "tests/bench/echo.h"

#include <errno.h>
#include <stdlib.h>

#define CALLS   300
#define POLL_US 50

enum { OURS, RAW, SDBUS, DBUS, OURS_ACROSS, OURS_POLLING, BATCHED, SINGLY, RAW_ONEWAY, N_ECHOES };
enum { CAPNP, GRPC, N_PROGRAMS };

static const struct {
	const struct echo_transport *transport; /* NULL: wasn't built */
	bool across;
	unsigned int poll_us;
} echoes[N_ECHOES] = {
	[OURS] = { &echo_brig, false, 0 },
	[RAW] = { &echo_raw, false, 0 },
#ifdef BENCH_SDBUS
	[SDBUS] = { &echo_sdbus, false, 0 },
#endif
#ifdef BENCH_DBUS
	[DBUS] = { &echo_dbus, false, 0 },
#endif
	[OURS_ACROSS] = { &echo_brig, true, 0 },
	[OURS_POLLING] = { &echo_brig, true, POLL_US },
	[BATCHED] = { &echo_batched, false, 0 },
	[SINGLY] = { &echo_singly, false, 0 },
	[RAW_ONEWAY] = { &echo_raw_oneway, false, 0 },
};

#ifndef BENCH_CAPNP
#define BENCH_CAPNP NULL
#endif
#ifndef BENCH_GRPC
#define BENCH_GRPC NULL
#endif
static const char *const programs[N_PROGRAMS] = { [CAPNP] = BENCH_CAPNP, [GRPC] = BENCH_GRPC };

struct ipc {
	struct echo_cpus cpus;
	struct echo echoes[N_ECHOES];
	struct echo_program programs[N_PROGRAMS];
};

static void tear_down(void *state)
{
	struct ipc *ipc = state;

	for (int i = 0; i < N_ECHOES; i++)
		echo_stop(&ipc->echoes[i]);
	for (int i = 0; i < N_PROGRAMS; i++)
		echo_program_stop(&ipc->programs[i]);
	echo_unpin(&ipc->cpus);
	free(ipc);
}

static int set_up(void **ret)
{
	struct ipc *ipc = calloc(1, sizeof *ipc);
	int r = ipc ? echo_pin(&ipc->cpus) : -ENOMEM;

	/* Programs first: what they start inherits nothing of the others. */
	for (int i = 0; !r && i < N_PROGRAMS; i++)
		if (programs[i])
			r = echo_program_start(&ipc->programs[i], programs[i]);
	for (int i = 0; !r && i < N_ECHOES; i++)
		if (echoes[i].transport)
			r = echo_start(&ipc->echoes[i], echoes[i].transport,
				       echoes[i].across ? ipc->cpus.last : ipc->cpus.first,
				       echoes[i].poll_us);
	if (!r)
		*ret = ipc;
	else if (ipc)
		tear_down(ipc);
	return r;
}

#define MEASURE(name, index)                                                                       \
	static int name(void *state, uint64_t *ret_ns)                                             \
	{                                                                                          \
		return echo_measure(&((struct ipc *)state)->echoes[index], CALLS, ret_ns);         \
	}

#define MEASURE_PROGRAM(name, index)                                                               \
	static int name(void *state, uint64_t *ret_ns)                                             \
	{                                                                                          \
		return echo_program_measure(&((struct ipc *)state)->programs[index], CALLS,        \
					    ret_ns);                                               \
	}

MEASURE(ours, OURS)
MEASURE(raw, RAW)
#ifdef BENCH_SDBUS
MEASURE(sdbus, SDBUS)
#endif
#ifdef BENCH_DBUS
MEASURE(dbus, DBUS)
#endif
#ifdef BENCH_WITH_CAPNP
MEASURE_PROGRAM(capnp, CAPNP)
#endif
#ifdef BENCH_WITH_GRPC
MEASURE_PROGRAM(grpc, GRPC)
#endif
MEASURE(across, OURS_ACROSS)
MEASURE(polling, OURS_POLLING)
MEASURE(batched, BATCHED)
MEASURE(singly, SINGLY)
MEASURE(raw_oneway, RAW_ONEWAY)

#define CALL "64 bytes there and back, typed and checked on both ends, one CPU; mean of 300"

#define ONEWAY "64 bytes one way, typed and checked, one CPU; mean of 300"

static const struct bench_row rows[] = {
	{ "ipc-call", CALL, "raw SEQPACKET send and recv", ours, raw, 1.3, 100, 0, NULL },
#ifdef BENCH_SDBUS
	{ "ipc-call-sdbus", CALL, "sd-bus, peer to peer", ours, sdbus, 1 / 1.4, 100, 0, NULL },
#endif
#ifdef BENCH_DBUS
	{ "ipc-call-libdbus", CALL, "libdbus, a private connection", ours, dbus, 1 / 2.0, 100, 0,
	  NULL },
#endif
#ifdef BENCH_WITH_CAPNP
	{ "ipc-call-capnp", CALL, "Cap'n Proto RPC over a Unix socket", ours, capnp, 1 / 3.5, 60, 0,
	  NULL },
#endif
#ifdef BENCH_WITH_GRPC
	{ "ipc-call-grpc", CALL, "gRPC over a Unix socket", ours, grpc, 1 / 8.0, 60, 0, NULL },
#endif
	{ "ipc-across", "the same across two CPUs, both ends polling up to 50 us before they block",
	  "the same, blocking at once", polling, across, 1 / 10.0, 100, 0, NULL },
	{ "ipc-batch", ONEWAY ", batched", "raw SEQPACKET, one send and one recv each", batched,
	  raw_oneway, 1 / 2.0, 100, 0, NULL },
	{ "ipc-batch-single", ONEWAY ", batched", "the same, a packet each", batched, singly,
	  1 / 2.0, 100, 0, NULL },
};

const struct bench_group bench_ipc = { set_up, tear_down, rows, sizeof rows / sizeof *rows };
