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
static enum brig_bad_message packet(struct brig_decode *job, struct brig_process *process,
				    const uint8_t *bytes, size_t n, size_t n_fds)
{
	uint8_t *exact = malloc(n ? n : 1);
	struct brig_frame frame;

	if (!exact)
		return BRIG_BAD_ENCODING;
	if (n)
		memcpy(exact, bytes, n);
	enum brig_bad_message bad = brig_frame_parse(exact, n, n_fds, &frame);
	/* What the header promises must be there: an arena would hide a short over-read. */
	if (!bad && frame.length != n - sizeof frame)
		abort();
	if (!bad)
		bad = brig_job_message(&job->renderer, process, &frame, exact + sizeof frame);
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

	brig_channel_init(&process.channel, -1);
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
	broker->jobs = job;
	broker->active_jobs = 1;
	for (size_t at = 0; at + 3 <= size && !process.ending;) {
		size_t n = (size_t)data[at + 1] | (size_t)data[at + 2] << 8;

		if (n > size - at - 3)
			n = size - at - 3;
		if (packet(job, &process, data + at + 3, n, data[at] & 15))
			break;
		run_work(broker);
		at += 3 + n;
	}
	job->cancelled = true;
	job->renderer.process = NULL;
	brig_channel_finish(&process.channel);
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
