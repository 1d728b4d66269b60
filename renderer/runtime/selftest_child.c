/*
 * brig-selftest-child, the helper binary of `brig selftest`: children that seal themselves as any
 * do, and then try to escape. Nothing but the escape suite starts it.
 */
#include "renderer/runtime/runtime.h"
#include "sandbox/base/cleanup.h"
#include "sandbox/selftest/attempt.h"

#include <stdio.h>
#include <sys/mman.h>

/* What they share comes first, then a file of the broker's: jobs, as documents would be. */
static int attempt_run(struct brig_client *client)
{
	struct brig_attempt_context context = { .channel = client->channel.fd, .granted = -1 };
	struct brig_job page, granted;

	if (brig_client_wait_job(client, &page) < 0 || brig_client_wait_job(client, &granted) < 0)
		return 1;
	context.page =
		mmap(NULL, sizeof *context.page, PROT_READ | PROT_WRITE, MAP_SHARED, page.fd, 0);
	if (context.page == MAP_FAILED)
		return 1;
	brig_close_fd(&page.fd);
	context.granted = granted.fd;
	brig_attempt_run(&context);
	return 0;
}

/* A plugin's foreign code would come here; it stands behind the last filter, as that code does. */
static int nothing_to_load(void *user)
{
	(void)user;
	return 0;
}

static const struct brig_role_main mains[BRIG_ROLE_COUNT] = {
	[BRIG_ROLE_RENDERER] = { .run = attempt_run },
	[BRIG_ROLE_CODEC] = { .run = attempt_run },
	[BRIG_ROLE_PLUGIN] = { .load = nothing_to_load, .run = attempt_run },
	[BRIG_ROLE_NETWORK] = { .run = attempt_run },
	[BRIG_ROLE_SERVICE] = { .run = attempt_run },
};

int main(int argc, char **argv)
{
	/* What one layer holds alone shows only where the others are left out. */
	const struct brig_runtime_options options = { .mains = mains, .may_weaken = true };

	if (brig_runtime_run(argc, argv, &options) < 0)
		(void)fprintf(stderr, "brig-selftest-child is started by 'brig selftest'\n");
	return 2;
}
