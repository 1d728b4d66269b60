#include "tools/selftest/trial.h"

#include "broker/service/job.h"
#include "ipc/schema/services.brig.h"
#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LAUNCH_MS 30000
#define STUCK_MS  60000

/*
 * The broker's side of one child: messages go the way that a document's do, through the interface
 * of its role to the handlers, so that what the broker checks is what it checks of a decoder.
 */
struct session {
	struct brig_decode job; /* never on the broker's list: nobody but us frees or tells of it */
	struct brig_attempt_page *page;
	int page_fd;
	struct world *world;
	struct brig_exit exit;
	bool over;
};

static void ready(void *user, struct brig_process *process)
{
	static const Brig__Ipc__Beginning beginning = BRIG__IPC__BEGINNING__INIT;
	struct session *session = user;
	struct brig_job_side *side = &session->job.renderer;

	side->process = process;
	/* It has the page since before its seal, for want of a way to get it later. */
	if (process->role->plain_channel) {
		brig_process_enter(process, BRIG_STATE_LOCKED);
		(void)brig_lifecycle_begin(&process->peer, &beginning);
		return;
	}
	brig_job_begin(side, session->page_fd);
	brig_job_begin(side, session->world->granted);
}

static void exited(void *user, struct brig_process *process, const struct brig_exit *exit)
{
	struct session *session = user;
	(void)process;

	session->job.renderer.process = NULL;
	session->exit = *exit;
	session->over = true;
	if (session->job.plugin.process)
		brig_process_kill(session->job.plugin.process, BRIG_EXIT_POLICY_KILL, 0);
}

static int make_page(struct session *session, size_t attempt)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
	brig_auto_fd int fd = memfd_create("brig-attempt", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, sizeof *session->page) < 0 || fcntl(fd, F_ADD_SEALS, seals) < 0)
		return -errno;
	session->page =
		mmap(NULL, sizeof *session->page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (session->page == MAP_FAILED)
		return -errno;
	session->page_fd = brig_steal_fd(&fd);
	session->page->attempt = (uint32_t)attempt;
	canary_describe(&session->world->canary, session->page);
	return 0;
}

static int launch(struct session *session)
{
	static const struct brig_process_listener listener = { ready, exited };
	struct world *world = session->world;
	const struct brig_role *role = world->column->role;
	const struct brig_launch_request request = { .role = role,
						     .plugin_fd = role->plain_channel
									  ? session->page_fd
									  : world->granted,
						     .offer = &brig_job_offer,
						     .offer_user = &session->job.renderer,
						     .timeout_ms = LAUNCH_MS };
	struct brig_process *process;

	return brig_process_launch(world->broker, &request, &listener, session, &process);
}

static void session_free(struct session *session)
{
	struct brig_decode *job = &session->job;

	for (size_t i = 0; i < job->n_files; i++)
		free(job->files[i].name);
	free(job->files);
	brig_surface_drop(&job->renderer.surface);
	brig_surface_drop(&job->plugin.surface);
	brig_surface_drop(&job->lent);
	brig_close_fd(&job->last_file);
	brig_close_fd(&session->page_fd);
	if (session->page != MAP_FAILED)
		(void)munmap(session->page, sizeof *session->page);
	free(session);
}

/* Nobody points to the session any more once it is over; till then it can't be freed. */
static int run(struct session *session)
{
	const struct brig_decode *job = &session->job;

	while (!session->over || job->working || job->plugin.process)
		if (brig_broker_run(session->world->broker, STUCK_MS) <= 0)
			return -ETIMEDOUT;
	return 0;
}

static struct session *session_create(struct world *world, int attempt_ms)
{
	struct session *session = calloc(1, sizeof *session);

	if (!session)
		return NULL;
	session->world = world;
	session->page = MAP_FAILED;
	session->page_fd = -1;
	session->job.broker = world->broker;
	session->job.fd = session->job.grant_dir = session->job.last_file = -1;
	session->job.renderer.job = session->job.plugin.job = &session->job;
	session->job.max_pixels = 1u << 20;
	session->job.max_bytes = 1u << 20;
	session->job.timeout_ms = attempt_ms;
	session->job.fit_width = session->job.fit_height = 64;
	return session;
}

int trial_run(struct world *world, size_t attempt, int attempt_ms, struct trial *ret)
{
	struct session *session = session_create(world, attempt_ms);

	if (!session)
		return -ENOMEM;
	int r = make_page(session, attempt);
	if (!r)
		r = launch(session);
	if (!r)
		r = run(session);
	if (r == -ETIMEDOUT)
		return r; /* the broker still has it: its end is the fence's */
	if (!r) {
		*ret = (struct trial){ .attempt = brig_attempt_at(attempt),
				       .state = session->page->state,
				       .call = session->page->call,
				       .error = session->page->error,
				       .exit = session->exit };
		for (size_t i = 0; i < sizeof ret->text - 1; i++)
			ret->text[i] = session->page->text[i];
		ret->harm = world_harm(world);
	}
	session_free(session);
	return r;
}
