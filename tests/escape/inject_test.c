/*
 * Each system call of the set-up fails once. Whatever comes of it, no child runs with less than it
 * would have had: it is refused by the name of its step and the errno, or it is sealed as before.
 *
 * BRIG_TEST_FULL: each call with each errno; else each call with one, by the seed.
 */
#include "broker/process/process.h"
#include "tests/escape/inject_rows.h"
#include "tests/escape/shot.h"
#include "tests/support/decode_once.h"
#include "tests/support/encode.h"

#include "gtest_c.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

struct matrix {
	const struct brig_role *role;
	int plugin_fd;
	struct seam *seam;
	struct encoded picture;
	struct shot before; /* nothing failed */
	size_t fds_before;  /* after a launch and a decode */
	struct seam_call calls[SEAM_CALLS_MAX];
	size_t n_calls;
	size_t stopped, sealed;
};

static const int errors[] = { ENOMEM, EPERM, EAGAIN, EINTR };
#define ERRORS (sizeof errors / sizeof *errors)

static const char *const phases[] = { "entering", "inside", "child", "vanishing" };

static void set_up(struct matrix *m, const struct brig_role *role, bool mounts_nothing)
{
	const struct png_variant tiny = { .color = 2, .depth = 8, .width = 4, .height = 4 };

	m->role = role;
	m->plugin_fd = role == &brig_role_plugin
			       ? open(BRIG_PLUGIN_DIR "/pnm.so", O_RDONLY | O_CLOEXEC)
			       : -1;
	m->seam = seam_share();
	ASSERT_PTR_NOT_NULL(m->seam);
	m->seam->role = role->launch == BRIG_LAUNCH_EXEC ? role->id : BRIG_ROLE_ZYGOTE;
	m->seam->mounts_nothing = mounts_nothing;
	ASSERT_OK(encode_png(&tiny, &m->picture));
}

static void tear_down(struct matrix *m)
{
	seam_unshare(m->seam);
	if (m->plugin_fd >= 0)
		(void)close(m->plugin_fd);
	free(m->picture.bytes);
}

/* What came of a launch and of a document after it, with one broker. */
struct run {
	struct shot shot;
	enum brig_decode_status decoded;
	size_t fds, zombies;
	bool none_left;
};

/* A helper that launched its one child ends by itself, some time. */
static void settle(const struct matrix *m, struct brig_broker *broker, struct run *run)
{
	const int quiet_ms = m->fds_before ? 10000 : 300;

	do {
		run->fds = shot_fds();
		run->zombies = shot_zombies();
	} while ((!m->fds_before || run->fds > m->fds_before || run->zombies) &&
		 brig_broker_run(broker, quiet_ms) > 0);
}

static int run_once(const struct matrix *m, struct run *run)
{
	const struct brig_broker_options options = { .size = sizeof options,
						     .child_path = BRIG_SEAM_CHILD,
						     .workers = 1 };
	struct brig_broker *broker = NULL;
	struct outcome outcome = { 0 };
	int r = brig_broker_create(&options, &broker);

	if (!r)
		r = shot_fire(broker, m->role, m->plugin_fd, &run->shot);
	m->seam->record = 0; /* what comes now is no launch of ours */
	if (!r)
		r = outcome_start_bytes(broker, m->picture.bytes, m->picture.n, NULL, &outcome);
	if (!r)
		r = run_until_done(broker, &outcome, 1);
	if (!r) {
		run->decoded = outcome.status;
		settle(m, broker, run);
		outcome_finish(&outcome);
	}
	brig_broker_destroy(broker);
	run->none_left = waitpid(-1, NULL, WNOHANG | __WALL) < 0 && errno == ECHILD;
	return r;
}

static void record(struct matrix *m)
{
	struct run run = { 0 };

	m->seam->record = 1;
	ASSERT_OK(run_once(m, &run));
	EXPECT_TRUE(run.shot.ready);
	EXPECT_INT_EQ(BRIG_LEVEL_FULL, run.shot.exit.level);
	EXPECT_INT_EQ(BRIG_DECODE_OK, run.decoded);
	EXPECT_STR_CONTAINS(run.shot.seen, "leads a session");
	EXPECT_STR_CONTAINS(run.shot.seen, "NoNewPrivs:\t1");
	m->before = run.shot;
	m->fds_before = run.fds;
	m->n_calls = atomic_load(&m->seam->n_calls);
	ASSERT_INT_LT((long long)m->n_calls, SEAM_CALLS_MAX);
	memcpy(m->calls, m->seam->calls, sizeof m->calls);
}

/* What the kernel says of speculation is the one layer that shows here and may be missing. */
static bool looks_as_before(const struct matrix *m, const struct shot *shot, enum brig_layer lacks)
{
	const char *a = m->before.seen, *b = shot->seen;

	while (*a && *b) {
		const size_t n = strcspn(a, "\n"), k = strcspn(b, "\n");
		const bool may_differ = lacks == BRIG_LAYER_SPECULATION &&
					!strncmp(a, "Speculation", strlen("Speculation")) &&
					!strncmp(b, "Speculation", strlen("Speculation"));

		if (!may_differ && (n != k || memcmp(a, b, n) != 0))
			return false;
		a += n + (a[n] != '\0');
		b += k + (b[k] != '\0');
	}
	return !*a && !*b;
}

/* But for one layer; BRIG_LAYER_COUNT: for none. */
static bool is_sealed_but_for(const struct matrix *m, const struct shot *shot,
			      enum brig_layer lacks)
{
	bool same = shot->ready && shot->exit.level == BRIG_LEVEL_FULL &&
		    shot->exit.class_ == BRIG_EXIT_LOST_BROKER && looks_as_before(m, shot, lacks);

	for (int i = 0; i < BRIG_LAYER_COUNT; i++)
		same = same && (i == (int)lacks ||
				(shot->exit.layers[i].got == m->before.exit.layers[i].got &&
				 shot->exit.layers[i].error == m->before.exit.layers[i].error));
	return same;
}

static bool is_sealed_as_before(const struct matrix *m, const struct shot *shot)
{
	return is_sealed_but_for(m, shot, BRIG_LAYER_COUNT);
}

/* Where the machine hasn't got it, what failed first may be the machine's. */
static bool lacks_one(const struct matrix *m, enum brig_layer layer, int error,
		      const struct shot *shot)
{
	const struct brig_layer_state *state = &shot->exit.layers[layer];
	const struct brig_layer_state *before = &m->before.exit.layers[layer];

	return is_sealed_but_for(m, shot, layer) && state->want == BRIG_PREFERRED &&
	       state->got == BRIG_MISSING &&
	       (state->error == error ||
		(before->got == BRIG_MISSING && state->error == before->error));
}

static bool stopped_at(const struct shot *shot, enum brig_stage stage, int error)
{
	return !shot->ready && shot->exit.class_ == BRIG_EXIT_LAUNCH_FAILED &&
	       shot->exit.level == BRIG_LEVEL_NONE && shot->exit.stage == stage &&
	       shot->exit.error == error;
}

static bool is_as_wanted(const struct matrix *m, const struct inject_row *row, int error,
			 const struct shot *shot)
{
	switch (row->want) {
	case INJECT_STOPS:
		return stopped_at(shot, row->stage, error);
	case INJECT_AGAIN:
		return error == EINTR ? is_sealed_as_before(m, shot)
				      : stopped_at(shot, row->stage, error);
	case INJECT_NOTHING:
		return is_sealed_as_before(m, shot);
	case INJECT_LOSES:
		return is_sealed_as_before(m, shot) ||
		       (error != EINTR && stopped_at(shot, row->stage, EPIPE));
	case INJECT_SEES:
		return error == EPERM ? is_sealed_as_before(m, shot)
				      : stopped_at(shot, row->stage, ENOTRECOVERABLE);
	case INJECT_LEAVES:
		return error == EPERM ? is_sealed_as_before(m, shot)
				      : stopped_at(shot, row->stage, error);
	case INJECT_EMPTY:
		return m->role->root == BRIG_ROOT_EMPTY ? is_sealed_as_before(m, shot)
							: stopped_at(shot, row->stage, error);
	case INJECT_LACKS:
		return lacks_one(m, brig_stage_layer(row->stage), error, shot);
	}
	return false;
}

static void inject(struct matrix *m, const struct seam_call *call, int error)
{
	const struct inject_row *row = inject_row_of(call);
	struct run run = { 0 };
	char end[256];

	if (!row)
		FAIL_C("%s: no row says what %s is for", phases[call->phase], call->label);
	m->seam->phase = call->phase;
	m->seam->n = call->n;
	atomic_store(&m->seam->failed, 0);
	m->seam->error = error;
	ASSERT_OK(run_once(m, &run));
	m->seam->error = 0;
	(void)brig_exit_describe(&run.shot.exit, end, sizeof end);
	if (!atomic_load(&m->seam->failed))
		FAIL_C("%s: %s #%u never came", phases[call->phase], call->label, call->n);
	if (!is_as_wanted(m, row, error, &run.shot))
		FAIL_C("%s: %s #%u, %s: %s (%s)\n%s\nbefore:\n%s", phases[call->phase], call->label,
		       call->n, strerrorname_np(error), end,
		       run.shot.ready ? "ready" : "never ready", run.shot.seen, m->before.seen);
	if (run.decoded != BRIG_DECODE_OK || run.fds > m->fds_before || run.zombies ||
	    !run.none_left)
		FAIL_C("%s: %s #%u, %s: decode %d, %zu descriptors after %zu, %zu zombies%s",
		       phases[call->phase], call->label, call->n, strerrorname_np(error),
		       run.decoded, run.fds, m->fds_before, run.zombies,
		       run.none_left ? "" : ", children left");
	m->stopped += !run.shot.ready;
	m->sealed += run.shot.ready;
}

static void print_calls(const struct matrix *m)
{
	for (size_t i = 0; i < m->n_calls; i++) {
		const struct inject_row *row = inject_row_of(&m->calls[i]);

		printf("%s #%u: %s: %s\n", phases[m->calls[i].phase], m->calls[i].n,
		       m->calls[i].label,
		       !row         ? "?"
		       : row->stage ? brig_stage_name(row->stage)
				    : row->why);
	}
}

static void run_matrix(const struct brig_role *role, bool mounts_nothing)
{
	static struct matrix matrix;
	struct matrix *m = &matrix;

	memset(m, 0, sizeof *m);
	set_up(m, role, mounts_nothing);
	record(m);
	print_calls(m);
	EXPECT_INT_GT((long long)m->n_calls, 80);
	for (size_t i = 0; i < m->n_calls; i++)
		for (size_t e = 0; e < ERRORS; e++)
			if (test_is_long() || e == (i + test_seed()) % ERRORS)
				inject(m, &m->calls[i], errors[e]);
	printf("%zu calls: %zu launches stopped by name, %zu sealed as before\n", m->n_calls,
	       m->stopped, m->sealed);
	tear_down(m);
}

TEST_C(inject, each_call_under_a_renderer)
{
	run_matrix(&brig_role_renderer, false);
}

TEST_C(inject, each_call_under_a_codec)
{
	run_matrix(&brig_role_codec, false);
}

TEST_C(inject, each_call_under_a_plugin)
{
	run_matrix(&brig_role_plugin, false);
}

TEST_C(inject, each_call_under_threads)
{
	run_matrix(&brig_role_workers, false);
}

/* By the second way to an empty root, and to a limit that was lower already. */
TEST_C_CHILD(inject, each_call_where_less_is_allowed)
{
	const struct rlimit lower = { .rlim_cur = 3000, .rlim_max = 3000 };

	ASSERT_INT_EQ(0, setrlimit(RLIMIT_CPU, &lower));
	run_matrix(&brig_role_renderer, true);
}
