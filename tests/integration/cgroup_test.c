/*
 * Children in cgroups of their own. Needs a cgroup v2 directory in which groups may be made: that
 * of BRIG_TEST_CGROUP, or, as root, one below the hierarchy's root. What needs the memory and pids
 * controllers is skipped where that directory hasn't got them: enable them above it, as by
 * echo '+memory +pids +cpu' >/sys/fs/cgroup/cgroup.subtree_control
 */
#include "broker/process/process.h"
#include "ipc/schema/services.brig.h"
#include "ipc/schema/services.brig.h"
#include "tests/support/cgroup_dir.h"
#include "tests/support/decode_once.h"
#include "tests/support/outside.h"

#include "gtest_c.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

static void expect_empty(const char *dir)
{
	EXPECT_UINT_EQ(0, cgroup_count_below(dir, NULL));
	EXPECT_INT_EQ(0, rmdir(dir));
}

/* ---- a child in it ---- */

static int broker_of(const char *dir, const char *helper, bool optional, struct brig_broker **ret)
{
	const struct brig_broker_options options = { .size = sizeof options,
						     .child_path = helper,
						     .plugin_dir = BRIG_PLUGIN_DIR,
						     .cgroup = dir,
						     .cgroup_optional = optional };

	return brig_broker_create(&options, ret);
}

struct seen {
	bool ready, exited;
	const char *act; /* what it is told to do; NULL: its channel is closed */
	bool killed;     /* instead */
	int stranger;    /* moved into its group, too; 0: nobody */
	char group[600]; /* DIR/brig-…/instance */
	char proc[4096]; /* its /proc/<pid>/cgroup */
	char inside[64]; /* its group's cgroup.procs */
	char memory[64], swap[64], whole[64], processes[64], weight[64];
	pid_t pid;
	struct brig_exit exit;
};

static void keep(const char *group, const char *file, char ret[64])
{
	(void)snprintf(ret, 64, "%.63s", cgroup_read_from(cgroup_in(group, file)));
}

static void give(struct brig_process *process, const char *act)
{
	Brig__Ipc__JobStart start = BRIG__IPC__JOB_START__INIT;
	int fd = memfd_create("act", MFD_CLOEXEC);

	start.max_pixels = start.max_bytes = 1000;
	EXPECT_INT_EQ((long long)strlen(act), write(fd, act, strlen(act)));
	brig_process_enter(process, BRIG_STATE_LOCKED);
	EXPECT_OK(brig_job_start(&process->peer, &start, fd));
	(void)close(fd);
}

static void ready(void *user, struct brig_process *process)
{
	struct seen *seen = user;
	const char *dir = process->broker->cgroup.name;
	char link[64], path[300] = "", pid[16];

	seen->ready = true;
	seen->pid = process->pid;
	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", process->broker->cgroup.named);
	EXPECT_INT_GT(readlink(link, path, sizeof path - 1), 0);
	(void)snprintf(seen->group, sizeof seen->group, "%s/%s/%llu", path, dir,
		       (unsigned long long)process->exit.instance);
	(void)snprintf(link, sizeof link, "/proc/%d/cgroup", (int)process->pid);
	(void)snprintf(seen->proc, sizeof seen->proc, "%s", cgroup_read_from(link));
	keep(seen->group, "cgroup.procs", seen->inside);
	keep(seen->group, "memory.max", seen->memory);
	keep(seen->group, "memory.swap.max", seen->swap);
	keep(seen->group, "memory.oom.group", seen->whole);
	keep(seen->group, "pids.max", seen->processes);
	keep(seen->group, "cpu.weight", seen->weight);
	if (seen->stranger) {
		(void)snprintf(pid, sizeof pid, "%d", seen->stranger);
		cgroup_write_to(cgroup_in(seen->group, "cgroup.procs"), pid);
	}
	if (seen->act)
		give(process, seen->act);
	else if (seen->killed)
		EXPECT_INT_EQ(0, kill(process->pid, SIGKILL));
	else
		(void)shutdown(process->peer.channel.fd, SHUT_RDWR);
}

static void exited(void *user, struct brig_process *process, const struct brig_exit *exit)
{
	struct seen *seen = user;
	(void)process;

	seen->exited = true;
	seen->exit = *exit;
}

static void launch(struct brig_broker *broker, const struct brig_role *role,
		   enum brig_priority priority, struct seen *seen)
{
	static const struct brig_process_listener listener = { ready, exited };
	const struct brig_launch_request request = {
		.role = role, .plugin_fd = -1, .timeout_ms = 30000, .priority = priority
	};
	struct brig_process *process;

	seen->ready = seen->exited = false;
	ASSERT_OK(brig_process_launch(broker, &request, &listener, seen, &process));
	while (!seen->exited && brig_broker_run(broker, 60000) > 0)
		;
	EXPECT_TRUE(seen->exited);
}

static void expect_state(const struct seen *seen, enum brig_want want, enum brig_got got, int error)
{
	const struct brig_layer_state *state = &seen->exit.layers[BRIG_LAYER_CGROUP_LIMITS];

	EXPECT_INT_EQ(want, state->want);
	EXPECT_INT_EQ(got, state->got);
	EXPECT_INT_EQ(error, state->error);
}

/* A role that asks for a group alone needs no controller. */
static struct brig_role unbounded(void)
{
	struct brig_role role = brig_role_renderer;

	memset(role.group_limits, 0, sizeof role.group_limits);
	return role;
}

static void expect_was_in(const struct seen *seen)
{
	char number[24];

	(void)snprintf(number, sizeof number, "%d\n", (int)seen->pid);
	EXPECT_STR_EQ(number, seen->inside);
	EXPECT_STR_CONTAINS(seen->proc, strstr(seen->group, "/brig-"));
	EXPECT_INT_EQ(-1, access(seen->group, F_OK));
	EXPECT_INT_EQ(ENOENT, errno);
}

TEST_C(cgroup, child_is_in_a_group_of_its_own)
{
	struct brig_broker *broker = NULL;
	struct brig_role role = unbounded();
	struct seen one = { .act = NULL }, other = { .act = NULL };
	char dir[DIR_LENGTH];

	NEEDS_CGROUP(dir);
	role.layers[BRIG_LAYER_CGROUP_LIMITS] = BRIG_REQUIRED;
	ASSERT_OK(broker_of(dir, BRIG_CHILD, true, &broker));
	launch(broker, &role, BRIG_PRIORITY_ROLE, &one);
	launch(broker, &role, BRIG_PRIORITY_ROLE, &other);
	EXPECT_UINT_EQ(0, cgroup_count_below(cgroup_in(dir, broker->cgroup.name), NULL));
	expect_was_in(&one);
	expect_was_in(&other);
	EXPECT_FALSE(!strcmp(one.group, other.group));
	expect_state(&one, BRIG_REQUIRED, BRIG_ATTESTED, 0);
	EXPECT_INT_EQ(BRIG_EXIT_LOST_BROKER, one.exit.class_);
	EXPECT_INT_EQ(BRIG_LEVEL_FULL, one.exit.level);
	brig_broker_destroy(broker);
	expect_empty(dir);
}

TEST_C(cgroup, stranger_in_a_child_s_group_is_killed)
{
	struct brig_broker *broker = NULL;
	const struct brig_role role = unbounded();
	struct seen seen = { .act = NULL };
	int status = 0;
	char dir[DIR_LENGTH];

	NEEDS_CGROUP(dir);
	pid_t stranger = fork();
	if (stranger == 0)
		for (;;)
			(void)pause();
	ASSERT_OK(broker_of(dir, BRIG_CHILD, true, &broker));
	int pidfd = (int)syscall(SYS_pidfd_open, stranger, 0);
	seen.stranger = stranger;
	launch(broker, &role, BRIG_PRIORITY_ROLE, &seen);
	EXPECT_TRUE(outside_readable(pidfd));
	(void)close(pidfd);
	EXPECT_INT_EQ(stranger, waitpid(stranger, &status, WNOHANG));
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	brig_broker_destroy(broker);
	expect_empty(dir);
}

TEST_C(cgroup, kill_from_outside_is_a_crash)
{
	struct brig_broker *broker = NULL;
	const struct brig_role role = unbounded();
	struct seen seen = { .killed = true };
	char dir[DIR_LENGTH];

	NEEDS_CGROUP(dir);
	ASSERT_OK(broker_of(dir, BRIG_CHILD, true, &broker));
	launch(broker, &role, BRIG_PRIORITY_ROLE, &seen);
	EXPECT_INT_EQ(BRIG_EXIT_CRASH, seen.exit.class_);
	EXPECT_INT_EQ(SIGKILL, seen.exit.code);
	brig_broker_destroy(broker);
	expect_empty(dir);
}

/* ---- whose groups they are ---- */

TEST_C(cgroup, of_a_dead_broker_is_removed_by_the_next)
{
	struct brig_broker *broker = NULL;
	char dir[DIR_LENGTH];
	int status;

	NEEDS_CGROUP(dir);
	pid_t pid = fork();
	if (pid == 0) {
		if (broker_of(dir, BRIG_CHILD, true, &broker) < 0 ||
		    mkdirat(broker->cgroup.own, "7", 0755) < 0)
			_exit(1);
		(void)raise(SIGKILL);
	}
	ASSERT_INT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_UINT_EQ(1, cgroup_count_below(dir, NULL));
	ASSERT_OK(broker_of(dir, BRIG_CHILD, true, &broker));
	EXPECT_UINT_EQ(1, cgroup_count_below(dir, NULL));
	EXPECT_INT_EQ(0, access(cgroup_in(dir, broker->cgroup.name), F_OK));
	brig_broker_destroy(broker);
	expect_empty(dir);
}

TEST_C(cgroup, of_a_living_broker_stays)
{
	struct brig_broker *first = NULL, *second = NULL;
	char dir[DIR_LENGTH];

	NEEDS_CGROUP(dir);
	ASSERT_OK(broker_of(dir, BRIG_CHILD, true, &first));
	ASSERT_OK(broker_of(dir, BRIG_CHILD, true, &second));
	EXPECT_UINT_EQ(2, cgroup_count_below(dir, NULL));
	EXPECT_INT_EQ(0, access(cgroup_in(dir, first->cgroup.name), F_OK));
	brig_broker_destroy(first);
	EXPECT_INT_EQ(0, access(cgroup_in(dir, second->cgroup.name), F_OK));
	brig_broker_destroy(second);
	expect_empty(dir);
}

/* ---- what can't be had ---- */

TEST_C(cgroup, that_is_no_cgroup_is_refused)
{
	struct brig_broker *broker = NULL;

	EXPECT_ERR(EMEDIUMTYPE, broker_of(test_tmpdir(), BRIG_CHILD, true, &broker));
	EXPECT_ERR(ENOENT, broker_of("/nowhere/at/all", BRIG_CHILD, true, &broker));
	EXPECT_STR_CONTAINS(brig_layer_remedy(BRIG_LAYER_CGROUP_LIMITS, EMEDIUMTYPE),
			    "no directory of cgroup v2");
}

/* One that has what is needed lends it out only where it is said so. */
TEST_C(cgroup, without_controllers_runs_nothing_unless_that_is_allowed)
{
	struct brig_broker *broker = NULL;
	struct seen seen = { .act = NULL };
	char dir[DIR_LENGTH], below[DIR_LENGTH + 8];

	NEEDS_CGROUP(dir);
	(void)snprintf(below, sizeof below, "%s/below", dir);
	ASSERT_INT_EQ(0, mkdir(below, 0755)); /* nothing is enabled for it */
	EXPECT_ERR(EOPNOTSUPP, broker_of(below, BRIG_CHILD, false, &broker));
	EXPECT_UINT_EQ(0, cgroup_count_below(below, NULL));
	ASSERT_OK(broker_of(below, BRIG_CHILD, true, &broker));
	launch(broker, &brig_role_renderer, BRIG_PRIORITY_ROLE, &seen);
	EXPECT_TRUE(seen.ready);
	expect_was_in(&seen); /* all the same */
	expect_state(&seen, BRIG_PREFERRED, BRIG_MISSING, EOPNOTSUPP);
	brig_broker_destroy(broker);
	EXPECT_INT_EQ(0, rmdir(below));
	expect_empty(dir);
}

TEST_C(cgroup, that_is_required_and_has_no_controllers_runs_nothing)
{
	struct brig_broker *broker = NULL;
	struct brig_role role = brig_role_renderer;
	struct seen seen = { .act = NULL };
	char dir[DIR_LENGTH], below[DIR_LENGTH + 8];

	NEEDS_CGROUP(dir);
	(void)snprintf(below, sizeof below, "%s/below", dir);
	ASSERT_INT_EQ(0, mkdir(below, 0755));
	role.layers[BRIG_LAYER_CGROUP_LIMITS] = BRIG_REQUIRED;
	ASSERT_OK(broker_of(below, BRIG_CHILD, true, &broker));
	launch(broker, &role, BRIG_PRIORITY_ROLE, &seen);
	EXPECT_FALSE(seen.ready);
	EXPECT_INT_EQ(BRIG_EXIT_LAUNCH_FAILED, seen.exit.class_);
	EXPECT_INT_EQ(BRIG_STAGE_CGROUP_LIMITS, seen.exit.stage);
	EXPECT_INT_EQ(EOPNOTSUPP, seen.exit.error);
	brig_broker_destroy(broker);
	EXPECT_INT_EQ(0, rmdir(below));
	expect_empty(dir);
}

TEST_C(cgroup, none_named_says_so)
{
	struct brig_broker *broker = NULL;
	struct brig_role role = brig_role_renderer;
	struct outcome outcome;
	struct seen seen = { .act = NULL };

	ASSERT_OK(honest_broker(&broker));
	ASSERT_OK(outcome_start(broker, BRIG_PICTURE, 0, &outcome));
	EXPECT_OK(run_until_done(broker, &outcome, 1));
	seen.exit = outcome.exit;
	expect_state(&seen, BRIG_PREFERRED, BRIG_MISSING, ENOENT);
	outcome_finish(&outcome);
	role.layers[BRIG_LAYER_CGROUP_LIMITS] = BRIG_REQUIRED;
	launch(broker, &role, BRIG_PRIORITY_ROLE, &seen);
	EXPECT_INT_EQ(BRIG_STAGE_CGROUP_LIMITS, seen.exit.stage);
	EXPECT_INT_EQ(ENOENT, seen.exit.error);
	brig_broker_destroy(broker);
}

static void kill_for(int call)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	ASSERT_PTR_NOT_NULL(filter);
	ASSERT_OK(seccomp_rule_add_array(filter, SCMP_ACT_KILL_PROCESS, call, 0, NULL));
	ASSERT_OK(seccomp_load(filter));
	seccomp_release(filter);
}

TEST_C_CHILD(cgroup, none_named_costs_no_call)
{
	struct brig_broker *broker = NULL;
	struct outcome outcome;

	ASSERT_OK(honest_broker(&broker));
	kill_for(SCMP_SYS(mkdirat));
	kill_for(SCMP_SYS(unlinkat));
	ASSERT_OK(outcome_start(broker, BRIG_PICTURE, 0, &outcome));
	EXPECT_OK(run_until_done(broker, &outcome, 1));
	EXPECT_INT_EQ(BRIG_DECODE_OK, outcome.status);
	outcome_finish(&outcome);
	brig_broker_destroy(broker);
}

/* ---- options ---- */

TEST_C(cgroup, options_of_older_programs_name_none)
{
	struct brig_broker_options options;
	struct brig_broker *broker = NULL;

	memset(&options, 0xff, sizeof options);
	memset(&options, 0, offsetof(struct brig_broker_options, cgroup));
	options.size = offsetof(struct brig_broker_options, cgroup);
	options.child_path = BRIG_CHILD;
	ASSERT_OK(brig_broker_create(&options, &broker));
	EXPECT_INT_EQ(-1, broker->cgroup.named);
	brig_broker_destroy(broker);
	options.size = sizeof options;
	options.cgroup = NULL;
	options.reserved = 0;
	EXPECT_ERR(EINVAL, brig_broker_create(&options, &broker)); /* cgroup_optional: no such */
}

/* ---- delegated to an ordinary user ---- */

static void become_nobody(void)
{
	ASSERT_INT_EQ(0, setresgid(NOBODY, NOBODY, NOBODY));
	ASSERT_INT_EQ(0, setresuid(NOBODY, NOBODY, NOBODY));
	ASSERT_INT_EQ(0, prctl(PR_SET_DUMPABLE, 1));
}

static void chown_to_nobody(const char *dir)
{
	ASSERT_INT_EQ(0, chown(dir, NOBODY, NOBODY));
	ASSERT_INT_EQ(0, chown(cgroup_in(dir, "cgroup.procs"), NOBODY, NOBODY));
	ASSERT_INT_EQ(0, chown(cgroup_in(dir, "cgroup.subtree_control"), NOBODY, NOBODY));
}

/* The test's tree may be closed to others: the helper is one that is open already. */
static const char *open_helper(void)
{
	static char path[32];
	int fd = open(BRIG_CHILD, O_RDONLY);

	EXPECT_INT_GE(fd, 0);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return path;
}

/* In a process of its own: it gives up root, and the test has to clean up. */
static int in_nobody(const char *dir, bool inside)
{
	const char *helper = open_helper();
	const struct brig_role role = unbounded();
	struct brig_broker *broker = NULL;
	struct seen seen = { .act = NULL };
	char number[16];

	(void)snprintf(number, sizeof number, "%d", (int)getpid());
	if (inside)
		cgroup_write_to(cgroup_in(dir, "main/cgroup.procs"), number);
	become_nobody();
	int r = broker_of(dir, helper, true, &broker);
	if (r < 0)
		return -r;
	launch(broker, &role, BRIG_PRIORITY_ROLE, &seen);
	brig_broker_destroy(broker);
	return seen.exit.layers[BRIG_LAYER_CGROUP_LIMITS].got == BRIG_ATTESTED
		       ? 0
		       : seen.exit.layers[BRIG_LAYER_CGROUP_LIMITS].error;
}

static int status_of_nobody(const char *dir, bool inside)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(in_nobody(dir, inside));
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_C(cgroup, delegated_to_an_ordinary_user)
{
	char dir[DIR_LENGTH];

	if (geteuid() != 0)
		SKIP_C("root", "only root can delegate a group");
	NEEDS_CGROUP(dir);
	EXPECT_INT_EQ(EACCES, status_of_nobody(dir, false)); /* nothing is delegated */
	ASSERT_INT_EQ(0, mkdir(cgroup_in(dir, "main"), 0755));
	chown_to_nobody(dir);
	/* Its children would come from a group that it has no say in. */
	EXPECT_INT_EQ(EACCES, status_of_nobody(dir, false));
	EXPECT_INT_EQ(0, status_of_nobody(dir, true));
	EXPECT_INT_EQ(0, rmdir(cgroup_in(dir, "main")));
	expect_empty(dir);
}

/* ---- where the controllers are ---- */

TEST_C(cgroup, bounds_are_the_role_s)
{
	struct brig_broker *broker = NULL;
	struct seen seen = { .act = NULL };
	char dir[DIR_LENGTH];

	NEEDS_CONTROLLERS(dir);
	ASSERT_OK(broker_of(dir, BRIG_CHILD, false, &broker));
	launch(broker, &brig_role_renderer, BRIG_PRIORITY_BEST_EFFORT, &seen);
	expect_was_in(&seen);
	expect_state(&seen, BRIG_REQUIRED, BRIG_ATTESTED, 0);
	EXPECT_STR_EQ("3221225472\n", seen.memory);
	EXPECT_STR_EQ("1\n", seen.whole);
	EXPECT_STR_EQ("1\n", seen.processes);
	EXPECT_TRUE(!seen.swap[0] || !strcmp(seen.swap, "0\n"));      /* a kernel without swap */
	EXPECT_TRUE(!seen.weight[0] || !strcmp(seen.weight, "10\n")); /* a group without cpu */
	brig_broker_destroy(broker);
	expect_empty(dir);
}

TEST_C(cgroup, memory_that_runs_out_is_class_oom)
{
	struct brig_broker *broker = NULL;
	struct brig_role role = brig_role_renderer;
	struct seen seen = { .act = "HOSTILE fill" };
	char dir[DIR_LENGTH];

	NEEDS_CONTROLLERS(dir);
	role.group_limits[BRIG_CGROUP_MEMORY] = 32u << 20;
	ASSERT_OK(broker_of(dir, BRIG_HOSTILE_CHILD, false, &broker));
	launch(broker, &role, BRIG_PRIORITY_ROLE, &seen);
	EXPECT_TRUE(seen.ready);
	EXPECT_INT_EQ(BRIG_EXIT_OOM, seen.exit.class_);
	EXPECT_INT_EQ(SIGKILL, seen.exit.code);
	EXPECT_INT_EQ(0, seen.exit.claimed);
	brig_broker_destroy(broker);
	expect_empty(dir);
}

TEST_C(cgroup, that_has_processes_of_its_own_is_refused)
{
	struct brig_broker *broker = NULL;
	char dir[DIR_LENGTH], number[16];

	NEEDS_CONTROLLERS(dir);
	pid_t pid = fork();
	if (pid == 0)
		for (;;)
			(void)pause();
	(void)snprintf(number, sizeof number, "%d", (int)pid);
	cgroup_write_to(cgroup_in(dir, "cgroup.procs"), number);
	EXPECT_ERR(EBUSY, broker_of(dir, BRIG_CHILD, false, &broker));
	EXPECT_INT_EQ(0, kill(pid, SIGKILL));
	EXPECT_INT_EQ(pid, waitpid(pid, NULL, 0));
	expect_empty(dir);
}
