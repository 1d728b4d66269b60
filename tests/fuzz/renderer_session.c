/*
 * Everything that a renderer can reach: header, dispatch and every handler, in-process, over a
 * memory channel. The input is a row of packets: one byte of descriptors passed (0..15), two bytes
 * of length, the bytes. Each packet lies in memory of exactly its size, so that a length that is
 * believed reads past the end where the sanitizer sees it.
 */
#include "broker/service/job.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void done(void *user, const struct brig_decode_result *result)
{
	(void)user;
	(void)result;
}

/* The one way in, as broker/process/process.c's take_packet() goes. */
static enum brig_bad_message packet(struct brig_process *process, const uint8_t *bytes, size_t n,
				    size_t n_fds)
{
	uint8_t *exact = malloc(n ? n : 1);
	struct brig_packet packet = { .bytes = exact, .n = n };

	if (!exact)
		return BRIG_BAD_ENCODING;
	if (n)
		memcpy(exact, bytes, n);
	while (packet.n_fds < n_fds && packet.n_fds < BRIG_FDS_MAX)
		packet.fds[packet.n_fds++] = dup(STDERR_FILENO);
	const enum brig_bad_message bad = brig_peer_take(&process->peer, &packet);
	free(exact);
	return bad;
}

static void run_work(struct brig_broker *broker)
{
	while (broker->jobs && broker->jobs->working)
		if (brig_loop_run(broker->loop, 1000) <= 0)
			break;
}

static void session(struct brig_broker *broker, const uint8_t *data, size_t size)
{
	struct brig_decode *job = calloc(1, sizeof *job);
	struct brig_process process = { .broker = broker,
					.role = &brig_role_renderer,
					.state = BRIG_STATE_LOCKED,
					.pidfd = -1,
					.child_fd = -1 };

	struct brig_served served[BRIG_SERVED_MAX];
	struct brig_peer *peer = &process.peer;
	*job = (struct brig_decode){ .broker = broker,
				     .active = true,
				     .fd = -1,
				     .last_file = -1,
				     .grant_dir = open("/usr/share", O_PATH | O_CLOEXEC),
				     .max_pixels = 1 << 16,
				     .max_bytes = 1 << 20,
				     .on_done = done };
	job->renderer = (struct brig_job_side){ .job = job, .process = &process };
	job->plugin.job = job;
	for (size_t i = 0; i < brig_job_offer.n; i++) {
		served[i] = brig_job_offer.rows[i];
		served[i].user = &job->renderer;
	}
	brig_peer_init(peer, BRIG_FROM_BROKER, -1);
	peer->arena = peer->answer_arena = &broker->arena;
	peer->buffer = broker->buffer;
	peer->served = served;
	peer->n_served = brig_job_offer.n;
	peer->role = process.role->name;
	peer->interfaces = process.role->interfaces;
	brig_process_enter(&process, BRIG_STATE_LOCKED);
	broker->jobs = job;
	broker->active_jobs = 1;
	for (size_t at = 0; at + 3 <= size && !process.ending;) {
		size_t n = (size_t)data[at + 1] | (size_t)data[at + 2] << 8;

		if (n > size - at - 3)
			n = size - at - 3;
		if (packet(&process, data + at + 3, n, data[at] & 15))
			break;
		run_work(broker);
		at += 3 + n;
	}
	job->cancelled = true;
	job->renderer.process = NULL;
	brig_peer_finish(peer);
	brig_job_step(job);
}

static void woken(void *workers)
{
	brig_workers_run_done(workers);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct brig_broker *broker;

	if (!broker) { /* no helper and no plugins: nothing is launched */
		broker = calloc(1, sizeof *broker);
		broker->helper_fd = -1;
		if (brig_loop_create(&broker->loop) < 0 ||
		    brig_workers_create(1, broker->loop, &broker->workers) < 0)
			abort();
		brig_loop_on_wake(broker->loop, woken, broker->workers);
	}
	session(broker, data, size);
	return 0;
}
