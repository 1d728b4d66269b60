/* kill -9 of the broker itself: nothing of it lives on, and no half of a file is left. */
#include "tests/support/outside.h"

#include "gtest_c.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FILES       500
#define ROUNDS      8
#define CHILDREN    64
#define LONGEST_MS  300
#define LOOKS       1000
#define DEADLINE_S  60
#define PATH_LENGTH 4200

struct orphans {
	char inputs[FILES][PATH_LENGTH];
	char *argv[FILES + 8];
	char out[PATH_LENGTH];
	size_t seen, zygotes, renderers, written;
};

/* brig render --jobs 4 IN... -o OUT/ */
static void make_command(struct orphans *orphans, size_t n)
{
	static char words[][16] = { "brig", "render", "--jobs", "4", "-o" };
	size_t at = 0;

	for (; at < 4; at++)
		orphans->argv[at] = words[at];
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(orphans->inputs[i], PATH_LENGTH, "%s/%zu.png", test_tmpdir(), i);
		ASSERT_INT_EQ(0, symlink(BRIG_PICTURE, orphans->inputs[i]));
		orphans->argv[at++] = orphans->inputs[i];
	}
	orphans->argv[at++] = words[4];
	orphans->argv[at++] = orphans->out;
	orphans->argv[at] = NULL;
}

static pid_t start_command(const struct orphans *orphans)
{
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		(void)dup2(null, STDOUT_FILENO);
		(void)dup2(null, STDERR_FILENO);
		(void)execv(BRIG_COMMAND, orphans->argv);
		_exit(127);
	}
	return pid;
}

static int open_pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* All that the broker is the parent of, those included that its zygote cloned for it. */
static size_t hold_children(struct orphans *orphans, pid_t broker, int *ret)
{
	pid_t pids[CHILDREN];
	size_t n = outside_children(broker, pids, CHILDREN), held = 0;

	for (size_t i = 0; i < n; i++) {
		const char *name = outside_name(pids[i]);

		orphans->zygotes += !strcmp(name, "brig-zygote");
		orphans->renderers += !strcmp(name, "brig-renderer");
		ret[held] = open_pidfd(pids[i]);
		held += ret[held] >= 0; /* else it was over already */
	}
	orphans->seen += held;
	return held;
}

static bool is_whole_png(int dir, const char *name)
{
	static const uint8_t head[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n',
					0,    0,   0,   13,  'I',  'H',  'D',  'R' };
	static const uint8_t tail[] = { 0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xae, 0x42, 0x60, 0x82 };
	uint8_t first[sizeof head] = { 0 }, last[sizeof tail] = { 0 };
	struct stat st = { .st_size = 0 };
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	bool whole = fstat(fd, &st) == 0 && pread(fd, first, sizeof first, 0) == sizeof first &&
		     pread(fd, last, sizeof last, st.st_size - (off_t)sizeof last) == sizeof last;
	(void)close(fd);
	return whole && !memcmp(first, head, sizeof head) && !memcmp(last, tail, sizeof tail);
}

static void expect_whole_files(struct orphans *orphans)
{
	DIR *entries = opendir(orphans->out);

	ASSERT_PTR_NOT_NULL(entries);
	for (const struct dirent *e = readdir(entries); e; e = readdir(entries)) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		orphans->written++;
		if (e->d_name[0] == '.' || !is_whole_png(dirfd(entries), e->d_name))
			gtest_c_fail(__FILE__, __LINE__, "%s is left", e->d_name);
	}
	(void)closedir(entries);
}

/* Orphans come to this process: it sees each of them end, also those that came after the look. */
static void expect_no_orphans(void)
{
	(void)alarm(DEADLINE_S);
	while (waitpid(-1, NULL, __WALL) > 0)
		;
	EXPECT_INT_EQ(ECHILD, errno);
	(void)alarm(0);
}

/* Every other time the moment counts from the first file, however slow the machine. */
static void wait_for_moment(pid_t broker, int first_file, int moment_ms)
{
	struct pollfd end = { .fd = open_pidfd(broker), .events = POLLIN };

	if (first_file >= 0)
		EXPECT_TRUE(outside_readable(first_file));
	EXPECT_INT_EQ(0, poll(&end, 1, moment_ms)); /* it works on */
	(void)close(end.fd);
}

static bool has_renderer(pid_t broker)
{
	pid_t pids[CHILDREN];
	size_t n = outside_children(broker, pids, CHILDREN);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(outside_name(pids[i]), "brig-renderer"))
			return true;
	return false;
}

/* A stopped broker reaps nobody: what is seen now is there when it is killed. */
static void stop_with_renderer(pid_t broker)
{
	const struct timespec pause = { .tv_nsec = 100000 };

	for (int look = 0; look < LOOKS; look++) {
		EXPECT_INT_EQ(0, kill(broker, SIGSTOP));
		if (has_renderer(broker))
			return;
		EXPECT_INT_EQ(0, kill(broker, SIGCONT));
		(void)nanosleep(&pause, NULL);
	}
}

static void kill_one(struct orphans *orphans, int round, int moment_ms)
{
	int held[CHILDREN], status = 0;

	(void)snprintf(orphans->out, sizeof orphans->out, "%s/out%d/", test_tmpdir(), round);
	ASSERT_INT_EQ(0, mkdir(orphans->out, 0700));
	int watch = inotify_init1(IN_CLOEXEC);
	ASSERT_INT_GE(inotify_add_watch(watch, orphans->out, IN_CREATE), 0);
	pid_t broker = start_command(orphans);
	ASSERT_INT_GT(broker, 0);
	wait_for_moment(broker, round % 2 ? watch : -1, moment_ms);
	(void)close(watch);
	if (round % 2)
		stop_with_renderer(broker);
	size_t n = hold_children(orphans, broker, held);
	EXPECT_INT_EQ(0, kill(broker, SIGKILL));
	ASSERT_INT_EQ(broker, waitpid(broker, &status, 0));
	EXPECT_INT_EQ(SIGKILL, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	for (size_t i = 0; i < n; i++) {
		EXPECT_TRUE(outside_readable(held[i]));
		(void)close(held[i]);
	}
	expect_no_orphans();
	expect_whole_files(orphans);
}

TEST_C_CHILD(orphans, none_outlives_a_killed_broker)
{
	static struct orphans orphans;
	uint64_t random = test_seed();

	ASSERT_INT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
	make_command(&orphans, FILES);
	for (int round = 0; round < ROUNDS; round++)
		kill_one(&orphans, round, 1 + (int)(test_random(&random) % LONGEST_MS));
	printf("%d brokers killed over %zu processes, %zu files were there\n", ROUNDS, orphans.seen,
	       orphans.written);
	(void)fflush(stdout);
	EXPECT_INT_GT((long long)orphans.zygotes, 0);
	EXPECT_INT_GT((long long)orphans.renderers, 0);
	EXPECT_INT_GT((long long)orphans.written, 0);
}

/* So no moment is the wrong one to die in: a new file has its last name or none. */
TEST_C(orphans, a_new_file_never_has_another_name)
{
	static struct orphans orphans;
	_Alignas(struct inotify_event) char events[4096];
	char name[64] = "";
	int status = 0, others = 0;

	(void)snprintf(orphans.out, sizeof orphans.out, "%s/out/", test_tmpdir());
	ASSERT_INT_EQ(0, mkdir(orphans.out, 0700));
	make_command(&orphans, 1);
	int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	ASSERT_INT_GE(inotify_add_watch(watch, orphans.out, IN_CREATE | IN_MOVED_TO), 0);
	pid_t broker = start_command(&orphans);
	ASSERT_INT_EQ(broker, waitpid(broker, &status, 0));
	EXPECT_INT_EQ(0, status);
	ssize_t n = read(watch, events, sizeof events);
	for (ssize_t at = 0; at < n;) {
		const struct inotify_event *event = (const void *)(events + at);

		others += !!strcmp(event->name, "0.png");
		(void)snprintf(name, sizeof name, "%.60s", event->name);
		at += (ssize_t)(sizeof *event + event->len);
	}
	(void)close(watch);
	EXPECT_STR_EQ("0.png", name);
	EXPECT_INT_EQ(0, others);
}
