#include "tools/selftest/world.h"

#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define LAUNCH_MS   30000
#define CARELESS_FD 20 /* past those that the helper is given */

static void bystander_ready(void *user, struct brig_process *process)
{
	struct world *world = user;
	(void)process;

	world->bystander_ready = true;
}

static void bystander_exited(void *user, struct brig_process *process, const struct brig_exit *exit)
{
	struct world *world = user;
	(void)process;

	world->bystander = NULL;
	(void)brig_exit_describe(exit, world->why, sizeof world->why);
}

static int launch_bystander(struct world *world)
{
	static const struct brig_process_listener listener = { bystander_ready, bystander_exited };
	const struct brig_launch_request request = { .role = &brig_role_renderer,
						     .plugin_fd = -1,
						     .timeout_ms = LAUNCH_MS };
	int r = brig_process_launch(world->broker, &request, &listener, world, &world->bystander);

	while (!r && world->bystander && !world->bystander_ready)
		if (brig_broker_run(world->broker, 2 * LAUNCH_MS) <= 0)
			return -ETIMEDOUT;
	return r ? r : world->bystander ? 0 : -ECHILD;
}

static int create_broker(struct world *world)
{
	const struct selftest_column *column = world->column;
	/* Nobody but who is in a user namespace of its own can give its bounding set up. */
	const bool weak = column->ablation && (column->off & (1u << BRIG_LAYER_USER_NS));
	const struct brig_broker_options options = { .size = sizeof options,
						     .child_path = world->selftest->child_path,
						     .plugin_dir = WORLD_DIR,
						     .workers = 1,
						     .least = weak ? BRIG_LEVEL_NO_USERNS
								   : column->tier };

	return brig_broker_create_without(&options, world->column->off, &world->broker);
}

static int make_granted(struct world *world)
{
	static const char text[] = "a file that the broker granted\n";
	brig_auto_fd int fd =
		open(WORLD_DIR "/granted", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, sizeof text) != sizeof text)
		return -errno;
	world->granted = open(WORLD_DIR "/granted", O_RDONLY | O_CLOEXEC);
	return world->granted < 0 ? -errno : 0;
}

static int open_steps(struct world *world)
{
	int r = canary_start(&world->canary, WORLD_DIR);

	if (!r) {
		world->careless = fcntl(world->canary.file, F_DUPFD, CARELESS_FD);
		r = world->careless < 0 ? -errno : make_granted(world);
	}
	if (r) {
		(void)snprintf(world->why, sizeof world->why, "no canary");
		return r;
	}
	r = create_broker(world);
	if (r)
		(void)snprintf(world->why, sizeof world->why, "no broker");
	return r ? r : launch_bystander(world);
}

int world_open(struct world *world, const struct selftest *selftest,
	       const struct selftest_column *column)
{
	*world = (struct world){
		.selftest = selftest, .column = column, .granted = -1, .careless = -1
	};
	canary_init(&world->canary);
	return open_steps(world);
}

/* Being pid 1 here, we are its only process that this doesn't end; what dies becomes our child. */
static void sweep(void)
{
	do {
		(void)kill(-1, SIGKILL);
	} while (waitpid(-1, NULL, 0) > 0 || errno == EINTR);
}

void world_close(struct world *world)
{
	if (world->bystander)
		brig_process_kill(world->bystander, BRIG_EXIT_POLICY_KILL, 0);
	while (world->bystander && brig_broker_run(world->broker, LAUNCH_MS) > 0)
		;
	brig_broker_destroy(world->broker);
	canary_stop(&world->canary);
	brig_close_fd(&world->granted);
	brig_close_fd(&world->careless);
	sweep();
}

static bool has_ended(int pidfd)
{
	struct pollfd look = { .fd = pidfd, .events = POLLIN };

	return poll(&look, 1, 0) != 0;
}

const char *world_harm(struct world *world)
{
	if (!world->bystander || has_ended(world->bystander->pidfd))
		return "an honest child of the same broker was ended";
	return canary_harm(&world->canary);
}
