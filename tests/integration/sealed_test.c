/* A sealed child as the system sees it: what attestation reads, and what it can't. */
#include "broker/process/process.h"
#include "ipc/schema/services.brig.h"
#include "tests/support/decode_once.h"
#include "tests/support/outside.h"

#include "gtest_c.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static const char pnm[] = "P5 1 1 255\n\7";

/* What @pid's /proc/<pid>/@file is called; valid until the next call. */
static const char *proc_path(pid_t pid, const char *file)
{
	static char path[96];

	(void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
	return path;
}

static void expect_status(pid_t pid, unsigned int filters)
{
	EXPECT_UINT_EQ(2, outside_status(pid, "Seccomp", 10));
	EXPECT_UINT_EQ(filters, outside_status(pid, "Seccomp_filters", 10));
	EXPECT_UINT_EQ(1, outside_status(pid, "NoNewPrivs", 10));
	EXPECT_UINT_EQ(1, outside_status(pid, "Threads", 10));
	EXPECT_UINT_EQ(0, outside_status(pid, "CapInh", 16));
	EXPECT_UINT_EQ(0, outside_status(pid, "CapPrm", 16));
	EXPECT_UINT_EQ(0, outside_status(pid, "CapEff", 16));
	EXPECT_UINT_EQ(0, outside_status(pid, "CapBnd", 16));
	EXPECT_UINT_EQ(0, outside_status(pid, "CapAmb", 16));
	EXPECT_UINT_EQ((unsigned long long)getpid(), outside_status(pid, "PPid", 10));
	if (geteuid() == 0)
		EXPECT_INT_GE((long long)outside_status(pid, "Uid", 10), 0x70000000);
	else
		EXPECT_UINT_EQ(geteuid(), outside_status(pid, "Uid", 10));
}

static void expect_own_namespace(pid_t pid, const char *name)
{
	char file[32], theirs[64] = "", ours[64] = "";

	(void)snprintf(file, sizeof file, "ns/%s", name);
	ASSERT_INT_GT(readlink(proc_path(pid, file), theirs, sizeof theirs - 1), 0);
	ASSERT_INT_GT(readlink(proc_path(getpid(), file), ours, sizeof ours - 1), 0);
	EXPECT_STR_CONTAINS(theirs, name);
	EXPECT_FALSE(!strcmp(ours, theirs));
}

/* By its pidfd or by its links: the same. */
static void expect_same_namespaces(const struct brig_process *process)
{
	int proc = open(proc_path(process->pid, "."), O_PATH | O_DIRECTORY | O_CLOEXEC);
	ino_t by_link[BRIG_NAMESPACES], by_pidfd[BRIG_NAMESPACES];

	ASSERT_INT_EQ(0, brig_namespaces_read(-1, proc, by_link));
	ASSERT_INT_EQ(0, brig_namespaces_read(process->pidfd, proc, by_pidfd));
	EXPECT_INT_EQ(0, memcmp(by_link, by_pidfd, sizeof by_link));
	(void)close(proc);
}

static void expect_namespaces(pid_t pid)
{
	expect_own_namespace(pid, "user");
	expect_own_namespace(pid, "pid");
	expect_own_namespace(pid, "mnt");
	expect_own_namespace(pid, "net");
	expect_own_namespace(pid, "ipc");
	expect_own_namespace(pid, "uts");
	expect_own_namespace(pid, "cgroup");
}

/* What descriptor @n of @pid is, by looking through the link and not at its text. */
static void stat_fd(pid_t pid, int n, struct stat *ret)
{
	char file[32];

	(void)snprintf(file, sizeof file, "fd/%d", n);
	memset(ret, 0, sizeof *ret);
	EXPECT_INT_EQ(0, stat(proc_path(pid, file), ret));
}

/* A listener stood at 4 until the document came. */
static void expect_fds(pid_t pid, const char *document, int document_fd)
{
#ifdef BRIG_SANITIZED
	const int nulls = 2; /* sanitizers report on stderr */
#else
	const int nulls = 3;
#endif
	struct stat st, wanted;
	DIR *fds = opendir(proc_path(pid, "fd"));
	int n = 0;

	ASSERT_PTR_NOT_NULL(fds);
	for (const struct dirent *entry = readdir(fds); entry; entry = readdir(fds))
		n += entry->d_name[0] != '.';
	(void)closedir(fds);
	EXPECT_INT_EQ(5, n);
	for (int fd = 0; fd < nulls; fd++) {
		stat_fd(pid, fd, &st);
		EXPECT_TRUE(S_ISCHR(st.st_mode));
		EXPECT_UINT_EQ(makedev(1, 3), st.st_rdev);
	}
	stat_fd(pid, 3, &st);
	EXPECT_TRUE(S_ISSOCK(st.st_mode));
	stat_fd(pid, document_fd, &st);
	ASSERT_INT_EQ(0, stat(document, &wanted));
	EXPECT_TRUE(S_ISREG(st.st_mode));
	EXPECT_UINT_EQ(wanted.st_ino, st.st_ino);
	EXPECT_UINT_EQ(wanted.st_dev, st.st_dev);
}

static int oom_score(pid_t pid)
{
	FILE *file = fopen(proc_path(pid, "oom_score_adj"), "re");
	int score = -1;

	if (!file)
		return -errno;
	if (fscanf(file, "%d", &score) != 1)
		score = -EIO;
	(void)fclose(file);
	return score;
}

/* When memory runs out it goes before its broker. */
static void expect_oom_score(const struct brig_process *process)
{
	int own = oom_score(getpid());

	EXPECT_INT_EQ(300, process->role->oom_score_adj);
	EXPECT_INT_EQ(own > 300 ? own : 300, oom_score(process->pid));
}

/* To anyone but root it is closed: not dumpable. */
static void expect_closed(pid_t pid)
{
	EXPECT_PTR_NULL(opendir(proc_path(pid, "fd")));
	EXPECT_INT_EQ(EACCES, errno);
	EXPECT_INT_EQ(-1, open(proc_path(pid, "environ"), O_RDONLY | O_CLOEXEC));
	EXPECT_INT_EQ(EACCES, errno);
}

/* pid 1 of a namespace would ignore these; their handlers end it, and come from its zygote. */
static void expect_handlers(pid_t pid)
{
	const uint64_t wanted = 1ull << (SIGABRT - 1) | 1ull << (SIGTERM - 1) |
				1ull << (SIGXCPU - 1) | 1ull << (SIGXFSZ - 1);

	EXPECT_UINT_EQ(wanted, outside_status(pid, "SigCgt", 16) & wanted);
	EXPECT_UINT_EQ(0, outside_status(pid, "SigBlk", 16));
}

static void expect_sealed(const struct brig_process *process, const char *document)
{
	expect_status(process->pid, process->role->n_filters);
	expect_namespaces(process->pid);
	expect_same_namespaces(process);
	expect_handlers(process->pid);
	if (geteuid() == 0) {
		expect_fds(process->pid, document, process->role->listens ? 5 : 4);
		expect_oom_score(process);
	} else {
		expect_closed(process->pid);
	}
}

/* Who is to be looked at when it asks for its picture's memory, and how. */
struct look {
	struct brig_broker *broker;
	const char *role, *document;
	void (*at)(const struct brig_process *process, const char *document);
	int taken;
};

/* The process has its document and waits for the answer, which comes after this returns. */
static void look_when_it_asks(void *user, const uint8_t *bytes, size_t n)
{
	struct look *look = user;
	const struct brig_process *process = look->broker->processes;
	struct brig_frame frame;

	if (n < sizeof frame)
		return;
	memcpy(&frame, bytes, sizeof frame);
	if (frame.service != BRIG_SURFACE_ID || frame.method != BRIG_SURFACE_CREATE)
		return;
	while (process && strcmp(process->role->name, look->role) != 0)
		process = process->next;
	ASSERT_PTR_NOT_NULL(process);
	EXPECT_INT_EQ(BRIG_STATE_LOCKED, process->state);
	look->taken++;
	look->at(process, look->document);
}

static void decode_and_look(struct look *look)
{
	struct outcome outcome;

	ASSERT_OK(honest_broker(&look->broker));
	look->broker->tap = look_when_it_asks;
	look->broker->tap_user = look;
	ASSERT_OK(outcome_start(look->broker, look->document, 0, &outcome));
	EXPECT_OK(run_until_done(look->broker, &outcome, 1));
	EXPECT_INT_EQ(BRIG_DECODE_OK, outcome.status); /* none the worse for being looked at */
	EXPECT_INT_EQ(1, look->taken);
	outcome_finish(&outcome);
	brig_broker_destroy(look->broker);
}

static void at_renderer(const struct brig_process *process, const char *document)
{
	EXPECT_STR_EQ("brig-renderer", outside_name(process->pid));
	expect_sealed(process, document);
}

TEST_C(sealed, renderer)
{
	struct look look = { .role = "renderer", .document = BRIG_PICTURE, .at = at_renderer };

	decode_and_look(&look);
}

static void at_plugin(const struct brig_process *process, const char *document)
{
	EXPECT_STR_EQ("brig-plugin", outside_name(process->pid));
	expect_sealed(process, document);
}

TEST_C(sealed, plugin)
{
	struct look look = { .role = "plugin", .at = at_plugin };

	look.document = write_document("a.pgm", pnm, sizeof pnm - 1);
	decode_and_look(&look);
}

/* The zygote has a filter and nothing to regain; it is the renderer's sibling. */
static void at_zygote(const struct brig_process *process, const char *document)
{
	pid_t pids[8];
	size_t n = outside_children(getpid(), pids, 8);
	(void)document;

	ASSERT_UINT_EQ(2, n);
	pid_t zygote = pids[0] == process->pid ? pids[1] : pids[0];
	EXPECT_STR_EQ("brig-zygote", outside_name(zygote));
	EXPECT_UINT_EQ(2, outside_status(zygote, "Seccomp", 10));
	EXPECT_UINT_EQ(1, outside_status(zygote, "NoNewPrivs", 10));
	EXPECT_UINT_EQ(0, outside_status(zygote, "CapInh", 16));
	EXPECT_UINT_EQ(0, outside_status(zygote, "CapBnd", 16));
	EXPECT_UINT_EQ(0, outside_status(zygote, "CapAmb", 16));
}

TEST_C(sealed, zygote)
{
	struct look look = { .role = "renderer", .document = BRIG_PICTURE, .at = at_zygote };

	decode_and_look(&look);
}
