/* What include/brig/broker.h promises to the program that a broker is a guest in. */
#include "broker/process/process.h"
#include "ipc/schema/services.brig.h"
#include "tests/support/decode_once.h"
#include "tests/support/outside.h"

#include "gtest_c.h"

#include <brig/stats.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANY 100

static const char pnm[] = "P5 1 1 255\n\7";

/* What a signal handler of the embedder's did. */
static volatile sig_atomic_t handled, reaped;

static void handle(int signal_number, void (*handler)(int))
{
	/* Without SA_RESTART: whoever can't bear EINTR shows it. */
	const struct sigaction action = { .sa_handler = handler };

	ASSERT_INT_EQ(0, sigaction(signal_number, &action, NULL));
}

static void count(int signal_number)
{
	(void)signal_number;
	handled++;
}

static void reap_everything(int signal_number)
{
	int saved = errno;

	handled++;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		reaped++;
	errno = saved;
	(void)signal_number;
}

/* @n documents that are no image: each renderer says so and ends with status 0. */
static void expect_all_end(struct brig_broker *broker, size_t n, enum brig_exit_class class_)
{
	static struct outcome outcomes[MANY];
	const char *path = write_document("text", "hello", 5);

	for (size_t i = 0; i < n; i++)
		EXPECT_OK(outcome_start(broker, path, 0, &outcomes[i]));
	ASSERT_OK(run_until_done(broker, outcomes, n));
	for (size_t i = 0; i < n; i++) {
		EXPECT_INT_EQ(class_, outcomes[i].exit.class_);
		EXPECT_INT_EQ(BRIG_DECODE_NOT_AN_IMAGE, outcomes[i].status);
	}
}

static enum brig_exit_class clean_if_pidfd_tells(void)
{
	return outside_pidfd_tells() ? BRIG_EXIT_CLEAN : BRIG_EXIT_UNKNOWN;
}

TEST_C_CHILD(embedder, keeps_its_sigchld_handler)
{
	struct brig_broker *broker = NULL;
	struct sigaction after;

	handle(SIGCHLD, count);
	ASSERT_OK(honest_broker(&broker));
	expect_all_end(broker, 20, BRIG_EXIT_CLEAN);
	brig_broker_destroy(broker);
	EXPECT_INT_GT(handled, 0);
	ASSERT_INT_EQ(0, sigaction(SIGCHLD, NULL, &after));
	EXPECT_TRUE(after.sa_handler == count);
}

/* The kernel reaps, and between a child's end and that nobody knows its status. */
TEST_C_CHILD(embedder, may_ignore_sigchld)
{
	struct brig_broker *broker = NULL;

	(void)signal(SIGCHLD, SIG_IGN);
	ASSERT_OK(honest_broker(&broker));
	expect_all_end(broker, MANY, clean_if_pidfd_tells());
	brig_broker_destroy(broker);
}

TEST_C_CHILD(embedder, may_reap_everything_in_its_handler)
{
	struct brig_broker *broker = NULL;

	handle(SIGCHLD, reap_everything);
	ASSERT_OK(honest_broker(&broker));
	expect_all_end(broker, MANY, clean_if_pidfd_tells());
	brig_broker_destroy(broker);
	EXPECT_INT_GT(reaped, MANY / 2);
}

static void *reap_until_none_is_left(void *user)
{
	atomic_size_t *stolen = user;

	while (wait(NULL) > 0)
		atomic_fetch_add(stolen, 1);
	return NULL;
}

/* Tells of a child of its own that ends, and reaps it when it is told to. */
static int child_s_child(int tell, int go_on)
{
	const pid_t pid = fork();
	char byte;

	if (!pid)
		_exit(0);
	if (write(tell, &pid, sizeof pid) != sizeof pid || read(go_on, &byte, 1) != 0)
		return 1;
	return waitpid(pid, NULL, 0) == pid ? 0 : 1;
}

/* While another thread is about to reap it, it is nobody's, and the kernel doesn't tell yet. */
TEST_C_CHILD(embedder, waits_for_the_end_that_another_reaps)
{
	struct brig_process process = { .pidfd = -1 };
	int told[2], go_on[2], status = 0;
	pid_t pid = 0;

	ASSERT_OK(pipe2(told, O_CLOEXEC));
	ASSERT_OK(pipe2(go_on, O_CLOEXEC));
	const pid_t between = fork();
	if (!between) {
		(void)close(go_on[1]);
		_exit(child_s_child(told[1], go_on[0]));
	}
	ASSERT_INT_EQ(sizeof pid, read(told[0], &pid, sizeof pid));
	process.pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	ASSERT_INT_LE(0, process.pidfd);
	EXPECT_TRUE(outside_readable(process.pidfd));
	if (outside_pidfd_tells()) {
		EXPECT_FALSE(brig_process_reap(&process));
		EXPECT_FALSE(brig_process_reap(&process));
		process.ended_us = 1; /* far too long ago */
		EXPECT_TRUE(brig_process_reap(&process));
		EXPECT_INT_EQ(BRIG_EXIT_UNKNOWN, process.exit.class_);
	}
	(void)close(go_on[1]);
	ASSERT_INT_EQ(between, waitpid(between, &status, 0));
	EXPECT_INT_EQ(0, status);
	EXPECT_TRUE(brig_process_reap(&process));
	EXPECT_INT_EQ(clean_if_pidfd_tells(), process.exit.class_);
	(void)close(process.pidfd);
	(void)close(told[0]);
	(void)close(told[1]);
	(void)close(go_on[0]);
}

TEST_C_CHILD(embedder, may_reap_everything_in_a_thread)
{
	struct brig_broker *broker = NULL;
	atomic_size_t stolen = 0;
	pthread_t thief;

	ASSERT_OK(honest_broker(&broker));
	/* The zygote lives, so there is a child to wait for. */
	ASSERT_INT_EQ(0, pthread_create(&thief, NULL, reap_until_none_is_left, &stolen));
	static struct outcome outcomes[MANY];
	for (size_t i = 0; i < MANY; i++)
		EXPECT_OK(
			outcome_start(broker, write_document("text", "hello", 5), 0, &outcomes[i]));
	ASSERT_OK(run_until_done(broker, outcomes, MANY));
	brig_broker_destroy(broker);
	ASSERT_INT_EQ(0, pthread_join(thief, NULL));
	for (size_t i = 0; i < MANY; i++) { /* whoever was first */
		EXPECT_TRUE(outcomes[i].exit.class_ == BRIG_EXIT_CLEAN ||
			    outcomes[i].exit.class_ == clean_if_pidfd_tells());
		EXPECT_INT_EQ(BRIG_DECODE_NOT_AN_IMAGE, outcomes[i].status);
	}
	EXPECT_INT_GT((long long)atomic_load(&stolen), 0);
}

TEST_C_CHILD(embedder, learns_of_a_crash_whoever_reaps)
{
	struct brig_broker *broker = NULL;
	struct outcome outcome;

	handle(SIGCHLD, reap_everything);
	ASSERT_OK(hostile_broker(&broker));
	ASSERT_OK(outcome_start(broker, write_document("x", "HOSTILE exit", 12), 0, &outcome));
	EXPECT_OK(run_until_done(broker, &outcome, 1));
	brig_broker_destroy(broker);
	EXPECT_INT_EQ(BRIG_DECODE_CHILD_DIED, outcome.status);
	if (outside_pidfd_tells()) {
		EXPECT_INT_EQ(BRIG_EXIT_CODE, outcome.exit.class_);
		EXPECT_INT_EQ(7, outcome.exit.code);
	} else {
		EXPECT_INT_EQ(BRIG_EXIT_UNKNOWN, outcome.exit.class_);
	}
}

#define PIDFD_GET_INFO_OF_64_BYTES 0xc040ff0bu

/* From here on this process's kernel is as one before 6.13, which knows no PIDFD_GET_INFO. */
static void forget_pidfd_info(void)
{
	const struct scmp_arg_cmp is_it = { .arg = 1,
					    .op = SCMP_CMP_EQ,
					    .datum_a = PIDFD_GET_INFO_OF_64_BYTES };
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	ASSERT_PTR_NOT_NULL(filter);
	ASSERT_OK(
		seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 1, &is_it));
	ASSERT_OK(seccomp_load(filter));
	seccomp_release(filter);
}

TEST_C_CHILD(embedder, gets_its_picture_though_no_kernel_tells_the_end)
{
	struct brig_broker *broker = NULL;
	struct outcome outcome;

	(void)signal(SIGCHLD, SIG_IGN);
	ASSERT_OK(honest_broker(&broker)); /* the helper is started: no filter of ours in it */
	forget_pidfd_info();
	ASSERT_OK(outcome_start(broker, BRIG_PICTURE, 0, &outcome));
	EXPECT_OK(run_until_done(broker, &outcome, 1));
	EXPECT_INT_EQ(BRIG_EXIT_UNKNOWN, outcome.exit.class_);
	EXPECT_INT_EQ(BRIG_DECODE_OK, outcome.status);
	EXPECT_PTR_NOT_NULL(outcome.image);
	outcome_finish(&outcome);
	brig_broker_destroy(broker);
}

TEST_C_CHILD(embedder, keeps_its_own_child)
{
	struct brig_broker *broker = NULL;
	int status = 0;

	pid_t before = fork();
	if (before == 0)
		_exit(42);
	ASSERT_OK(honest_broker(&broker));
	pid_t during = fork();
	if (during == 0)
		_exit(43);
	expect_all_end(broker, 5, BRIG_EXIT_CLEAN);
	brig_broker_destroy(broker);
	ASSERT_INT_EQ(before, waitpid(before, &status, 0));
	EXPECT_INT_EQ(42, WEXITSTATUS(status));
	ASSERT_INT_EQ(during, waitpid(during, &status, 0));
	EXPECT_INT_EQ(43, WEXITSTATUS(status));
	EXPECT_INT_EQ(-1, waitpid(-1, NULL, WNOHANG | __WALL));
	EXPECT_INT_EQ(ECHILD, errno);
}

/* The broker's only child that works, once it does. */
static struct brig_process *run_until_locked(struct brig_broker *broker)
{
	while (!broker->processes || broker->processes->state != BRIG_STATE_LOCKED)
		if (brig_broker_run(broker, 60000) <= 0)
			return NULL;
	return broker->processes;
}

/* Its first request is read, and before it is answered nobody is left. */
static void kill_asker(void *user, const uint8_t *bytes, size_t n)
{
	struct brig_broker *broker = user;
	const struct brig_process *process = broker->processes;
	struct brig_frame frame;

	ASSERT_UINT_EQ(1, n >= sizeof frame);
	memcpy(&frame, bytes, sizeof frame);
	if (frame.service != BRIG_SURFACE_ID)
		return;
	ASSERT_PTR_NOT_NULL(process);
	EXPECT_INT_EQ(0, kill(process->pid, SIGKILL));
	EXPECT_TRUE(outside_readable(process->pidfd));
}

/* (Linux raises no SIGPIPE for SEQPACKET sockets; the broker doesn't count on that.) */
TEST_C_CHILD(embedder, survives_replies_to_the_dead)
{
	struct brig_broker *broker = NULL;
	struct outcome outcome;

	(void)signal(SIGPIPE, SIG_DFL);
	ASSERT_OK(honest_broker(&broker));
	broker->tap = kill_asker;
	broker->tap_user = broker;
	ASSERT_OK(outcome_start(broker, BRIG_PICTURE, 0, &outcome));
	EXPECT_OK(run_until_done(broker, &outcome, 1));
	EXPECT_INT_EQ(BRIG_EXIT_CRASH, outcome.exit.class_);
	EXPECT_INT_EQ(SIGKILL, outcome.exit.code);
	brig_broker_destroy(broker);
}

struct signals {
	struct sigaction actions[65];
	sigset_t blocked;
};

static void read_signals(struct signals *ret)
{
	memset(ret, 0, sizeof *ret);
	for (int i = 1; i < 65; i++)
		(void)sigaction(i, NULL, &ret->actions[i]); /* glibc keeps 32 and 33 */
	ASSERT_INT_EQ(0, pthread_sigmask(SIG_SETMASK, NULL, &ret->blocked));
}

static void expect_same_signals(const struct signals *before)
{
	struct signals after;

	read_signals(&after);
	for (int i = 1; i < 65; i++) {
		EXPECT_TRUE(before->actions[i].sa_handler == after.actions[i].sa_handler);
		EXPECT_INT_EQ(before->actions[i].sa_flags, after.actions[i].sa_flags);
		EXPECT_INT_EQ(sigismember(&before->blocked, i), sigismember(&after.blocked, i));
	}
}

TEST_C_CHILD(embedder, keeps_its_signals)
{
	struct brig_broker *broker = NULL;
	struct signals before;
	sigset_t some;

	handle(SIGUSR1, count);
	(void)sigemptyset(&some);
	(void)sigaddset(&some, SIGUSR2);
	ASSERT_INT_EQ(0, pthread_sigmask(SIG_BLOCK, &some, NULL));
	read_signals(&before);
	ASSERT_OK(honest_broker(&broker));
	expect_same_signals(&before);
	expect_all_end(broker, 3, BRIG_EXIT_CLEAN);
	expect_same_signals(&before);
	brig_broker_destroy(broker);
	expect_same_signals(&before);
}

struct left_behind {
	const char *path;
	int pidfd;
};

static void *create_and_leave(void *user)
{
	struct left_behind *left = user;
	struct brig_broker *broker = NULL;
	static struct outcome outcome;

	if (hostile_broker(&broker) == 0 && outcome_start(broker, left->path, 0, &outcome) == 0) {
		const struct brig_process *process = run_until_locked(broker);

		left->pidfd = process ? dup(process->pidfd) : -1;
	}
	return NULL;
}

TEST_C_CHILD(embedder, loses_its_children_with_the_thread)
{
	struct left_behind left = { .path = write_document("x", "HOSTILE wait", 12), .pidfd = -1 };
	pthread_t creator;

	ASSERT_INT_EQ(0, pthread_create(&creator, NULL, create_and_leave, &left));
	ASSERT_INT_EQ(0, pthread_join(creator, NULL));
	ASSERT_INT_GE(left.pidfd, 0);
	EXPECT_TRUE(outside_readable(left.pidfd));
}

TEST_C_CHILD(embedder, gets_all_the_descriptors_it_may_have)
{
	struct brig_broker *broker = NULL;
	struct rlimit limit, after;

	ASSERT_INT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = 64;
	ASSERT_INT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	ASSERT_OK(honest_broker(&broker));
	ASSERT_INT_EQ(0, getrlimit(RLIMIT_NOFILE, &after));
	EXPECT_UINT_EQ(limit.rlim_max, after.rlim_cur);
	EXPECT_UINT_EQ(limit.rlim_max, after.rlim_max);
	brig_broker_destroy(broker);
}

/* Descriptors 0, 1 and 2 are then the broker's own: none may be mistaken. */
TEST_C_CHILD(embedder, may_have_closed_its_standard_streams)
{
	struct brig_broker *broker = NULL;
	struct outcome outcome;
	const char *path = write_document("a.pgm", pnm, sizeof pnm - 1);

	(void)close(STDIN_FILENO);
	(void)close(STDOUT_FILENO);
	(void)close(STDERR_FILENO);
	ASSERT_OK(honest_broker(&broker));
	ASSERT_OK(outcome_start(broker, path, 0, &outcome));
	EXPECT_OK(run_until_done(broker, &outcome, 1));
	EXPECT_INT_EQ(BRIG_DECODE_OK, outcome.status);
	outcome_finish(&outcome);
	brig_broker_destroy(broker);
}

struct counted {
	uint64_t surfaces, answered_us, finished, all;
	uint64_t in_flight, breaches;
};

static void count_row(void *user, const struct brig_stats *stats)
{
	struct counted *counted = user;

	if (!strcmp("surface.create", stats->name)) {
		counted->surfaces = stats->n[BRIG_STAT_COUNT];
		counted->answered_us = brig_stats_latency_us(stats, 500);
	} else if (!strcmp("job.finished", stats->name)) {
		counted->finished = stats->n[BRIG_STAT_COUNT];
	} else if (!*stats->name) {
		counted->all = stats->n[BRIG_STAT_COUNT];
		counted->in_flight = stats->n[BRIG_STAT_IN_FLIGHT];
		counted->breaches = stats->n[BRIG_STAT_BREACHES];
	}
}

TEST_C(broker, tells_what_its_children_asked)
{
	struct brig_broker *broker = NULL;
	struct outcome outcomes[2] = { { 0 } };
	struct counted counted = { 0 };

	ASSERT_OK(honest_broker(&broker));
	for (size_t i = 0; i < 2; i++)
		EXPECT_OK(outcome_start(broker, BRIG_PICTURE, 60000, &outcomes[i]));
	EXPECT_OK(run_until_done(broker, outcomes, 2));
	EXPECT_ERR(EINVAL, brig_broker_stats(broker, NULL, NULL));
	EXPECT_OK(brig_broker_stats(broker, count_row, &counted));
	EXPECT_UINT_EQ(2, counted.surfaces);
	EXPECT_INT_LT(0, (long long)counted.answered_us);
	EXPECT_UINT_EQ(2, counted.finished);
	EXPECT_UINT_EQ(8, counted.all); /* sealed, start, create and finished, twice */
	EXPECT_UINT_EQ(0, counted.in_flight);
	EXPECT_UINT_EQ(0, counted.breaches);
	for (size_t i = 0; i < 2; i++)
		outcome_finish(&outcomes[i]);
	brig_broker_destroy(broker);
}
