/* Children of each priority, as the system counts it: proc_pid_stat(5) and ioprio_get(2). */
#include "broker/process/process.h"
#include "ipc/schema/services.brig.h"
#include "tests/support/decode_once.h"

#include "gtest_c.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BEST_EFFORT_5 (IOPRIO_CLASS_BE << IOPRIO_CLASS_SHIFT | 5)
#define IDLE          (IOPRIO_CLASS_IDLE << IOPRIO_CLASS_SHIFT)

struct seen {
	bool ready, exited;
	int nice, ioprio, raised; /* errno of making it urgent again; 0: done */
	struct brig_exit exit;
};

/* Field 19: the name before may have blanks, but is in brackets. */
static int nice_of(pid_t pid)
{
	char path[64], text[1024] = "";
	int nice = -100;

	(void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return nice;
	if (!fgets(text, sizeof text, file) || !strrchr(text, ')') ||
	    sscanf(strrchr(text, ')'),
		   ") %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
		   "%*s %*s %d",
		   &nice) != 1)
		nice = -100;
	(void)fclose(file);
	return nice;
}

static int ioprio_of(pid_t pid)
{
	return (int)syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, pid);
}

static void ready(void *user, struct brig_process *process)
{
	struct seen *seen = user;

	seen->ready = true;
	seen->nice = nice_of(process->pid);
	seen->ioprio = ioprio_of(process->pid);
	seen->raised = setpriority(PRIO_PROCESS, (id_t)process->pid, 0) < 0 ? errno : 0;
	(void)shutdown(process->peer.channel.fd, SHUT_RDWR);
}

static void exited(void *user, struct brig_process *process, const struct brig_exit *exit)
{
	struct seen *seen = user;
	(void)process;

	seen->exited = true;
	seen->exit = *exit;
}

static void launch_role(const struct brig_role *role, enum brig_priority priority, struct seen *ret)
{
	static const struct brig_process_listener listener = { ready, exited };
	const struct brig_launch_request request = {
		.role = role, .plugin_fd = -1, .timeout_ms = 30000, .priority = priority
	};
	struct brig_process *process;
	struct brig_broker *broker = NULL;

	*ret = (struct seen){ .ready = false };
	ASSERT_OK(honest_broker(&broker));
	ASSERT_OK(brig_process_launch(broker, &request, &listener, ret, &process));
	while (!ret->exited && brig_broker_run(broker, 60000) > 0)
		;
	brig_broker_destroy(broker);
	EXPECT_TRUE(ret->exited);
}

static void launch(enum brig_priority priority, struct seen *ret)
{
	launch_role(&brig_role_renderer, priority, ret);
}

static void expect_state(const struct seen *seen, enum brig_want want, enum brig_got got, int error)
{
	const struct brig_layer_state *state = &seen->exit.layers[BRIG_LAYER_PRIORITY];

	EXPECT_INT_EQ(want, state->want);
	EXPECT_INT_EQ(got, state->got);
	EXPECT_INT_EQ(error, state->error);
}

static int own_nice(void)
{
	return getpriority(PRIO_PROCESS, 0);
}

static int less_urgent(int nice)
{
	return own_nice() + nice < 19 ? own_nice() + nice : 19;
}

/* ---- each of them ---- */

TEST_C(priority, user_blocking_is_as_the_broker)
{
	struct seen seen;

	launch(BRIG_PRIORITY_USER_BLOCKING, &seen);
	EXPECT_TRUE(seen.ready);
	EXPECT_INT_EQ(own_nice(), seen.nice);
	EXPECT_INT_EQ(ioprio_of(0), seen.ioprio);
	expect_state(&seen, BRIG_OFF, BRIG_MISSING, 0);
}

TEST_C(priority, user_visible)
{
	struct seen seen;

	launch(BRIG_PRIORITY_USER_VISIBLE, &seen);
	EXPECT_TRUE(seen.ready);
	EXPECT_INT_EQ(less_urgent(5), seen.nice);
	EXPECT_INT_EQ(BEST_EFFORT_5, seen.ioprio);
	expect_state(&seen, BRIG_PREFERRED, BRIG_ATTESTED, 0);
}

TEST_C(priority, best_effort)
{
	struct seen seen;

	launch(BRIG_PRIORITY_BEST_EFFORT, &seen);
	EXPECT_TRUE(seen.ready);
	EXPECT_INT_EQ(less_urgent(15), seen.nice);
	EXPECT_INT_EQ(IDLE, seen.ioprio);
	expect_state(&seen, BRIG_PREFERRED, BRIG_ATTESTED, 0);
	/* Its user can't take that back: only a right does. */
	EXPECT_INT_EQ(geteuid() == 0 ? 0 : EACCES, seen.raised);
}

TEST_C_CHILD(priority, adds_to_the_broker_s_own_as_far_as_it_goes)
{
	struct seen seen;

	ASSERT_INT_EQ(0, setpriority(PRIO_PROCESS, 0, 10));
	ASSERT_INT_EQ(0, syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IDLE));
	launch(BRIG_PRIORITY_USER_VISIBLE, &seen);
	EXPECT_INT_EQ(15, seen.nice);
	EXPECT_INT_EQ(IDLE, seen.ioprio);
	launch(BRIG_PRIORITY_BEST_EFFORT, &seen);
	EXPECT_INT_EQ(19, seen.nice);
	expect_state(&seen, BRIG_PREFERRED, BRIG_ATTESTED, 0);
}

TEST_C(priority, of_its_role_where_none_is_asked_for)
{
	struct brig_role role = brig_role_renderer;
	struct seen seen;

	role.priority = BRIG_PRIORITY_BEST_EFFORT;
	launch_role(&role, BRIG_PRIORITY_ROLE, &seen);
	EXPECT_INT_EQ(less_urgent(15), seen.nice);
	launch_role(&role, BRIG_PRIORITY_USER_BLOCKING, &seen);
	EXPECT_INT_EQ(own_nice(), seen.nice);
}

TEST_C(priority, names_are_found)
{
	EXPECT_INT_EQ(BRIG_PRIORITY_USER_VISIBLE, brig_priority_find("user-visible"));
	EXPECT_INT_EQ(BRIG_PRIORITY_COUNT, brig_priority_find("fast"));
	EXPECT_STR_EQ("best-effort", brig_priority_name(BRIG_PRIORITY_BEST_EFFORT));
	EXPECT_STR_EQ("?", brig_priority_name(BRIG_PRIORITY_COUNT));
}

/* ---- where it can't be set ---- */

static void answer(int call, uint32_t action)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	ASSERT_PTR_NOT_NULL(filter);
	ASSERT_OK(seccomp_rule_add_array(filter, action, call, 0, NULL));
	ASSERT_OK(seccomp_load(filter));
	seccomp_release(filter);
}

TEST_C_CHILD(priority, that_is_refused_is_said_to_be_missing)
{
	struct seen seen;

	answer(SCMP_SYS(ioprio_set), SCMP_ACT_ERRNO(EPERM));
	launch(BRIG_PRIORITY_BEST_EFFORT, &seen);
	EXPECT_TRUE(seen.ready);
	expect_state(&seen, BRIG_PREFERRED, BRIG_MISSING, EPERM);
}

/* The call is answered as if it were done. */
TEST_C_CHILD(priority, that_only_seems_to_be_set_is_not_attested)
{
	struct seen seen;

	answer(SCMP_SYS(setpriority), SCMP_ACT_ERRNO(0));
	launch(BRIG_PRIORITY_BEST_EFFORT, &seen);
	expect_state(&seen, BRIG_PREFERRED, BRIG_MISSING, EPERM);
}

TEST_C_CHILD(priority, that_is_required_and_refused_runs_nothing)
{
	struct brig_role role = brig_role_renderer;
	struct seen seen;

	role.layers[BRIG_LAYER_PRIORITY] = BRIG_REQUIRED;
	answer(SCMP_SYS(setpriority), SCMP_ACT_ERRNO(EPERM));
	launch_role(&role, BRIG_PRIORITY_BEST_EFFORT, &seen);
	EXPECT_FALSE(seen.ready);
	EXPECT_INT_EQ(BRIG_EXIT_LAUNCH_FAILED, seen.exit.class_);
	EXPECT_INT_EQ(BRIG_STAGE_PRIORITY, seen.exit.stage);
	EXPECT_INT_EQ(EPERM, seen.exit.error);
}

/* ---- of jobs ---- */

static int start(struct brig_broker *broker, const char *path, enum brig_priority priority,
		 brig_decode_done *done, void *user)
{
	const struct brig_decode_request request = { .size = sizeof request,
						     .path = path,
						     .fd = -1,
						     .grant_dir = -1,
						     .priority = priority };

	return brig_decode_start(broker, &request, done, user, NULL);
}

struct job {
	struct brig_broker *broker;
	bool done;
	enum brig_decode_status status;
	char message[200];
	int nice[BRIG_ROLE_COUNT]; /* of who asked for memory */
};

static void done(void *user, const struct brig_decode_result *result)
{
	struct job *job = user;

	job->done = true;
	job->status = result->status;
	(void)snprintf(job->message, sizeof job->message, "%s", result->message);
}

static void look_when_it_asks(void *user, const uint8_t *bytes, size_t n)
{
	struct job *job = user;
	struct brig_frame frame;

	if (n < sizeof frame)
		return;
	memcpy(&frame, bytes, sizeof frame);
	if (frame.service != BRIG_SURFACE_ID)
		return;
	for (const struct brig_process *p = job->broker->processes; p; p = p->next)
		job->nice[p->role->id] = nice_of(p->pid);
}

static void run(struct job *job)
{
	while (!job->done && brig_broker_run(job->broker, 60000) > 0)
		;
	brig_broker_destroy(job->broker);
	EXPECT_TRUE(job->done);
}

TEST_C(priority, of_a_job_is_its_plugin_s)
{
	static const char pnm[] = "P5 1 1 255\n\7";
	struct job job = { .broker = NULL };

	ASSERT_OK(honest_broker(&job.broker));
	job.broker->tap = look_when_it_asks;
	job.broker->tap_user = &job;
	ASSERT_OK(start(job.broker, write_document("a.pgm", pnm, sizeof pnm - 1),
			BRIG_PRIORITY_BEST_EFFORT, done, &job));
	run(&job);
	EXPECT_INT_EQ(BRIG_DECODE_OK, job.status);
	EXPECT_INT_EQ(less_urgent(15), job.nice[BRIG_ROLE_RENDERER]);
	EXPECT_INT_EQ(less_urgent(15), job.nice[BRIG_ROLE_PLUGIN]);
}

TEST_C(priority, can_t_be_raised_by_the_child)
{
	static const char act[] = "HOSTILE hurry";
	struct job job = { .broker = NULL };

	ASSERT_OK(hostile_broker(&job.broker));
	ASSERT_OK(start(job.broker, write_document("act", act, sizeof act - 1),
			BRIG_PRIORITY_BEST_EFFORT, done, &job));
	run(&job);
	EXPECT_STR_CONTAINS(job.message, "(EPERM)");
}

TEST_C(priority, is_none_of_the_known_and_refused)
{
	struct job job = { .broker = NULL };

	ASSERT_OK(honest_broker(&job.broker));
	EXPECT_ERR(EINVAL, start(job.broker, BRIG_PICTURE, BRIG_PRIORITY_COUNT, done, &job));
	brig_broker_destroy(job.broker);
}

/* As a program that was built before there were priorities hands it over. */
TEST_C(priority, of_an_older_request_is_the_role_s)
{
	struct brig_decode_request request;
	struct job job = { .broker = NULL };

	memset(&request, 0xff, sizeof request);
	request.size = offsetof(struct brig_decode_request, priority);
	request.path = BRIG_PICTURE;
	request.fd = request.grant_dir = -1;
	request.max_pixels = request.max_bytes = 0;
	request.timeout_ms = 0;
	EXPECT_UINT_EQ(48, request.size);
	ASSERT_OK(honest_broker(&job.broker));
	job.broker->tap = look_when_it_asks;
	job.broker->tap_user = &job;
	ASSERT_OK(brig_decode_start(job.broker, &request, done, &job, NULL));
	run(&job);
	EXPECT_INT_EQ(BRIG_DECODE_OK, job.status);
	EXPECT_INT_EQ(own_nice(), job.nice[BRIG_ROLE_RENDERER]);
}

/* Spawning must not become slower: whoever made one of these calls would die. */
TEST_C_CHILD(priority, of_the_broker_itself_costs_no_call)
{
	struct job job = { .broker = NULL };

	ASSERT_OK(honest_broker(&job.broker));
	answer(SCMP_SYS(setpriority), SCMP_ACT_KILL_PROCESS);
	answer(SCMP_SYS(getpriority), SCMP_ACT_KILL_PROCESS);
	answer(SCMP_SYS(ioprio_set), SCMP_ACT_KILL_PROCESS);
	answer(SCMP_SYS(ioprio_get), SCMP_ACT_KILL_PROCESS);
	ASSERT_OK(start(job.broker, BRIG_PICTURE, BRIG_PRIORITY_ROLE, done, &job));
	run(&job);
	EXPECT_INT_EQ(BRIG_DECODE_OK, job.status);
}
