#include "tests/escape/fleet.h"

#include "broker/process/process.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

static void ready(void *user, struct brig_process *process)
{
	struct fleet *fleet = user;

	fleet->ready++;
	if (fleet->at)
		fleet->at(fleet->user, process);
	(void)shutdown(process->peer.channel.fd, SHUT_RDWR);
}

static void ready_to_stay(void *user, struct brig_process *process)
{
	struct fleet *fleet = user;
	(void)process;

	fleet->ready++;
}

static void exited(void *user, struct brig_process *process, const struct brig_exit *exit)
{
	struct fleet *fleet = user;
	char why[256];
	(void)process;

	fleet->in_flight--;
	if (exit->class_ == BRIG_EXIT_LOST_BROKER) {
		fleet->ended++;
		return;
	}
	if (exit->class_ == BRIG_EXIT_HANG) {
		fleet->late++;
		return;
	}
	fleet->odd++;
	fleet->odd_exit = *exit;
	(void)brig_exit_describe(exit, why, sizeof why);
	(void)printf("an odd end: it %s\n", why);
}

static int launch(struct fleet *fleet, const struct brig_process_listener *listener,
		  struct brig_process **ret)
{
	const bool plugin = fleet->role == &brig_role_plugin;
	const struct brig_launch_request request = { .role = fleet->role ? fleet->role
									 : &brig_role_renderer,
						     .plugin_fd = plugin ? fleet->plugin_fd : -1,
						     .timeout_ms = 300000 };
	int r = brig_process_launch(fleet->broker, &request, listener, fleet, ret);

	fleet->in_flight += !r;
	return r;
}

/* Until no more than @most are left. */
static int drain(struct fleet *fleet, size_t most)
{
	while (fleet->in_flight > most)
		if (brig_broker_run(fleet->broker, 60000) <= 0)
			return -ETIMEDOUT;
	return 0;
}

int fleet_run(struct fleet *fleet, size_t n, size_t at_once)
{
	static const struct brig_process_listener listener = { ready, exited };
	const size_t kept = fleet->in_flight;
	struct brig_process *process;
	int r = 0;

	for (size_t i = 0; !r && i < n; i++) {
		r = launch(fleet, &listener, &process);
		if (!r)
			r = drain(fleet, kept + at_once - 1);
	}
	return r ? r : drain(fleet, kept);
}

int fleet_keep(struct fleet *fleet, struct brig_process **ret)
{
	static const struct brig_process_listener listener = { ready_to_stay, exited };
	const size_t before = fleet->ready, odd = fleet->odd;
	int r = launch(fleet, &listener, ret);

	while (!r && fleet->ready == before && fleet->odd == odd)
		if (brig_broker_run(fleet->broker, 60000) <= 0)
			r = -ETIMEDOUT;
	return r ? r : fleet->ready == before ? -ECHILD : 0;
}

int fleet_end(struct fleet *fleet, struct brig_process *process)
{
	const size_t left = fleet->in_flight - 1;

	(void)shutdown(process->peer.channel.fd, SHUT_RDWR);
	return drain(fleet, left);
}
