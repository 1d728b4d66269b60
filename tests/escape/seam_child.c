/* brig-child with a seam: honest in all it does. */
#include "tests/escape/seam.h"

#include "renderer/image/decoder.h"
#include "renderer/image/job.h"
#include "renderer/plugin/host.h"
#include "renderer/runtime/runtime.h"
#include "sandbox/layers/exit_status.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

static int run_renderer(struct brig_client *client)
{
	seam_over();
	return brig_renderer_run(client);
}

static int run_codec(struct brig_client *client)
{
	seam_over();
	return brig_codec_run(client);
}

static int run_plugin(struct brig_client *client)
{
	seam_over();
	return brig_plugin_run(client);
}

/* Threads that work until the broker goes, and then end under the filter. */
struct crew {
	pthread_t threads[64];
	unsigned int n;
	sem_t over;
};

static void *work(void *user)
{
	struct crew *crew = user;

	while (sem_wait(&crew->over) < 0)
		;
	return user;
}

static int start_workers(void *user)
{
	struct brig_client *client = user;
	struct crew *crew = calloc(1, sizeof *crew);
	const unsigned int n = brig_role_workers.threads - 1 + seam_more();
	int r = crew && sem_init(&crew->over, 0, 0) == 0 ? 0 : -ENOMEM;

	client->threads = crew;
	for (; !r && crew->n < n; crew->n++)
		r = brig_threads_start(1, work, crew, &crew->threads[crew->n]);
	return r;
}

static int run_workers(struct brig_client *client)
{
	struct crew *crew = client->threads;
	struct brig_job job;

	seam_over();
	(void)brig_client_wait_job(client, &job); /* none comes */
	for (unsigned int i = 0; i < crew->n; i++)
		(void)sem_post(&crew->over);
	for (unsigned int i = 0; i < crew->n; i++)
		if (pthread_join(crew->threads[i], NULL))
			return 1;
	return BRIG_STATUS_LOST_BROKER;
}

static const struct brig_role_main mains[BRIG_ROLE_COUNT] = {
	[BRIG_ROLE_RENDERER] = { .warm_up = brig_decoders_warm_up, .run = run_renderer },
	[BRIG_ROLE_CODEC] = { .run = run_codec },
	[BRIG_ROLE_PLUGIN] = { .load = brig_plugin_load, .run = run_plugin },
	[BRIG_ROLE_WORKERS] = { .start = start_workers, .run = run_workers },
};

int main(int argc, char **argv)
{
	seam_open(argc, argv);
	return brig_runtime_main(argc, argv, mains) < 0 ? 2 : 0;
}
