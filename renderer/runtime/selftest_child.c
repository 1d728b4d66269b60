/*
 * brig-selftest-child, the helper binary of `brig selftest`: children that seal themselves as any
 * do, and then try to escape. Nothing but the escape suite starts it.
 */
#include "renderer/runtime/runtime.h"
#include "sandbox/base/cleanup.h"
#include "sandbox/selftest/attempt.h"

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

/* What they share comes first, then a file of the broker's: jobs, as documents would be. */
static int prepare(struct brig_client *client, struct brig_attempt_context *ret)
{
	struct brig_job page, granted;

	if (brig_client_wait_job(client, &page) < 0 || brig_client_wait_job(client, &granted) < 0)
		return -EPIPE;
	ret->page = mmap(NULL, sizeof *ret->page, PROT_READ | PROT_WRITE, MAP_SHARED, page.fd, 0);
	if (ret->page == MAP_FAILED)
		return -errno;
	brig_close_fd(&page.fd);
	ret->channel = client->peer.channel.fd;
	ret->granted = granted.fd;
	return 0;
}

static int attempt_run(struct brig_client *client)
{
	struct brig_attempt_context context;

	if (prepare(client, &context) < 0)
		return 1;
	brig_attempt_run(&context);
	return 0;
}

/* Of a role that has threads, the second tries. */
struct second {
	struct brig_attempt_context context;
	sem_t given, done;
};

static void *second_body(void *user)
{
	struct second *second = user;

	while (sem_wait(&second->given) < 0)
		;
	brig_attempt_run(&second->context);
	(void)sem_post(&second->done);
	return NULL;
}

static int second_start(void *user)
{
	struct brig_client *client = user;
	struct second *second = calloc(1, sizeof *second);

	if (!second || sem_init(&second->given, 0, 0) < 0 || sem_init(&second->done, 0, 0) < 0)
		return -ENOMEM; /* and this ends */
	client->threads = second;
	return brig_threads_start(1, second_body, second, NULL);
}

static int second_run(struct brig_client *client)
{
	struct second *second = client->threads;

	if (prepare(client, &second->context) < 0)
		return 1;
	(void)sem_post(&second->given);
	while (sem_wait(&second->done) < 0)
		;
	return 0;
}

/* A plugin's foreign code would come here; it stands behind the last filter, as that code does. */
static int nothing_to_load(void *user)
{
	(void)user;
	return 0;
}

/*
 * Of a role that can map nothing and be given nothing: the page is there before. No helper but
 * its own has that descriptor.
 */
static struct brig_attempt_page *inherited_page;

static void inherit_page(void)
{
	void *page = mmap(NULL, sizeof *inherited_page, PROT_READ | PROT_WRITE, MAP_SHARED,
			  BRIG_PLUGIN_FD, 0);

	inherited_page = page == MAP_FAILED ? NULL : page;
}

/* Whatever call comes first, it isn't one that it has: any counts. */
static int plain_run(struct brig_client *client)
{
	struct brig_attempt_context context = { .page = inherited_page,
						.channel = client->peer.channel.fd,
						.granted = -1 };

	if (!inherited_page || brig_client_wait_begin(client) < 0)
		return 1;
	brig_attempt_mark(&context, -1);
	brig_attempt_run(&context);
	return 0;
}

static const struct brig_role_main mains[BRIG_ROLE_COUNT] = {
	[BRIG_ROLE_RENDERER] = { .run = attempt_run },
	[BRIG_ROLE_CODEC] = { .run = attempt_run },
	[BRIG_ROLE_PLUGIN] = { .load = nothing_to_load, .run = attempt_run },
	[BRIG_ROLE_NETWORK] = { .run = attempt_run },
	[BRIG_ROLE_COMPUTE] = { .warm_up = inherit_page, .run = plain_run },
	[BRIG_ROLE_SERVICE] = { .run = attempt_run },
	[BRIG_ROLE_WORKERS] = { .start = second_start, .run = second_run },
};

int main(int argc, char **argv)
{
	/* What one layer holds alone shows only where the others are left out. */
	const struct brig_runtime_options options = { .mains = mains, .may_weaken = true };

	if (brig_runtime_run(argc, argv, &options) < 0)
		(void)fprintf(stderr, "brig-selftest-child is started by 'brig selftest'\n");
	return 2;
}
