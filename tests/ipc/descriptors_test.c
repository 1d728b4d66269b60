/* Descriptors that a child passes: the right kinds are owned once and closed once, others end it.
 */
#include "broker/broker.h"
#include "ipc/dispatch/bad_message.h"
#include "sandbox/base/cleanup.h"
#include "tests/ipc/side.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static size_t count_fds(void)
{
	DIR *entries = opendir("/proc/self/fd");
	size_t n = 0;

	while (entries && readdir(entries))
		n++;
	if (entries)
		(void)closedir(entries);
	return n;
}

static int sealed_memory(void)
{
	int fd = memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	(void)fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
	return fd;
}

static int half_sealed_memory(void)
{
	int fd = memfd_create("half", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	(void)fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK);
	return fd;
}

static int unsealed_memory(void)
{
	return memfd_create("unsealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

static int pipe_end(void)
{
	int ends[2] = { -1, -1 };

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	(void)close(ends[1]);
	return ends[0];
}

static int regular_file(void)
{
	return open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
}

static int directory(void)
{
	return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int path_only(void)
{
	return open("/proc/self/exe", O_PATH | O_CLOEXEC);
}

static int path_of_a_pipe(void)
{
	brig_auto_fd int end = pipe_end();
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", end);
	return open(path, O_PATH | O_CLOEXEC);
}

static int device(void)
{
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

static int epoll(void)
{
	return epoll_create1(EPOLL_CLOEXEC);
}

static int pidfd(void)
{
	return (int)syscall(SYS_pidfd_open, getpid(), 0);
}

static int internet_socket(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int event(void)
{
	return eventfd(0, EFD_CLOEXEC);
}

static int pair_end(void)
{
	int ends[2] = { -1, -1 };

	(void)socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
	(void)close(ends[1]);
	return ends[0];
}

/* What the broker itself opens meanwhile, for its zygote and for the helper that is over, is there
 * or gone. */
static void settle(struct side *side)
{
	struct side forked = { .notes = 0 };

	ASSERT_OK(side_start_role(&forked, side->broker, "codec", 1));
	RUN_UNTIL(&forked, forked.ready);
	brig_child_end(forked.child);
	side_ends(&forked, BRIG_EXIT_POLICY_KILL, 0);
	while (side->broker->zygotes != side->broker->zygote)
		ASSERT_INT_EQ(1, brig_broker_run(side->broker, TURN_MS));
}

static void give(struct side *side, int memory, int pipe_)
{
	ASSERT_INT_GE(memory, 0);
	ASSERT_INT_GE(pipe_, 0);
	side->give[0] = memory;
	side->give[1] = pipe_;
}

/* What comes in is owned once and closed once: so many of them that a leak shows. */
TEST_C(descriptors, right_kinds_pass_and_none_is_left)
{
	brig_auto_fd int memory = sealed_memory();
	brig_auto_fd int end = pipe_end();
	struct side side = { .passes = 0 };
	struct brig_broker *b = NULL;
	int journal = -1;

	ASSERT_OK(side_broker_recorded(&b, &journal));
	side_start(&side, b);
	give(&side, memory, end);
	settle(&side);
	const size_t before = count_fds();
	for (int i = 0; i < 10; i++)
		side_says(&side, "pass", "passed 1");
	EXPECT_UINT_EQ(before, count_fds());
	EXPECT_INT_EQ(10, side.passes);
	brig_broker_destroy(b);
	side_replay(journal);
}

/* The shim around every test looks whether one was left open, or closed twice. */
static void expect_wrong(int (*make_memory)(void), int (*make_pipe)(void))
{
	brig_auto_fd int memory = make_memory();
	brig_auto_fd int end = make_pipe();
	struct side side = { .passes = 0 };
	struct brig_broker *b = NULL;
	int journal = -1;

	ASSERT_OK(side_broker_recorded(&b, &journal));
	side_start(&side, b);
	give(&side, memory, end);
	settle(&side);
	const size_t before = count_fds();
	side_tell(&side, "pass");
	side_ends(&side, BRIG_EXIT_BAD_MESSAGE, BRIG_BAD_FD_KIND);
	EXPECT_INT_EQ(0, side.passes);
	/* Its channel, pidfd and listener went with it. */
	EXPECT_UINT_EQ(before - 3, count_fds());
	brig_broker_destroy(b);
	side_replay(journal);
}

#define WRONG(name, make_memory, make_pipe)                                                        \
	TEST_C(descriptors, name##_is_bad)                                                         \
	{                                                                                          \
		expect_wrong(make_memory, make_pipe);                                              \
	}

WRONG(unsealed_memory, unsealed_memory, pipe_end)
WRONG(half_sealed_memory, half_sealed_memory, pipe_end)
WRONG(file_for_memory, regular_file, pipe_end)
WRONG(directory_for_memory, directory, pipe_end)
WRONG(path_for_memory, path_only, pipe_end)
WRONG(device_for_memory, device, pipe_end)
WRONG(epoll_for_memory, epoll, pipe_end)
WRONG(pidfd_for_memory, pidfd, pipe_end)
WRONG(internet_socket_for_memory, internet_socket, pipe_end)
WRONG(eventfd_for_memory, event, pipe_end)
WRONG(pipe_for_memory, pipe_end, pipe_end)
WRONG(memory_for_a_pipe, sealed_memory, sealed_memory)
WRONG(file_for_a_pipe, sealed_memory, regular_file)
WRONG(directory_for_a_pipe, sealed_memory, directory)
WRONG(path_for_a_pipe, sealed_memory, path_only)
WRONG(path_of_a_pipe_for_one, sealed_memory, path_of_a_pipe)
WRONG(device_for_a_pipe, sealed_memory, device)
WRONG(epoll_for_a_pipe, sealed_memory, epoll)
WRONG(pidfd_for_a_pipe, sealed_memory, pidfd)
WRONG(internet_socket_for_a_pipe, sealed_memory, internet_socket)
WRONG(eventfd_for_a_pipe, sealed_memory, event)
WRONG(socketpair_for_a_pipe, sealed_memory, pair_end)

/* ---- those of a child's answers ---- */

static void lent(void *user, struct brig_answer *answer, const Acts__None *reply)
{
	struct side *side = user;
	(void)reply;

	side->replied = true;
	side->answer = answer->error;
	side->passes += (int)answer->n_fds;
}

static void ask_for_pipe(struct side *side, struct brig_broker *broker, const char *what)
{
	Acts__Word word = ACTS__WORD__INIT;
	char text[33];

	(void)snprintf(text, sizeof text, "%s", what);
	word.word = text;
	ASSERT_OK(side_start_role(side, broker, "service", 3));
	RUN_UNTIL(side, side->ready);
	ASSERT_INT_GT(acts_lender_lend(brig_child_peer(side->child), &word, lent, side), 0);
	RUN_UNTIL(side, side->replied);
}

TEST_C(descriptors, answer_with_its_kind_is_taken)
{
	struct side side = { .answer = 1 };
	struct brig_broker *broker = NULL;
	int ends[2];

	ASSERT_OK(pipe2(ends, O_CLOEXEC));
	side.give[0] = memfd_create("lent", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	ASSERT_OK(fcntl(side.give[0], F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW));
	side.give[1] = ends[0];
	ASSERT_OK(side_broker(&broker));
	ask_for_pipe(&side, broker, "pipe");
	EXPECT_INT_EQ(0, side.answer);
	EXPECT_INT_EQ(1, side.passes);
	brig_broker_destroy(broker);
	(void)close(side.give[0]);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

TEST_C(descriptors, answer_with_another_kind_is_bad)
{
	struct side side = { .answer = 1 };
	struct brig_broker *broker = NULL;

	ASSERT_OK(side_broker(&broker));
	ask_for_pipe(&side, broker, "null");
	side_ends(&side, BRIG_EXIT_BAD_MESSAGE, BRIG_BAD_FD_KIND);
	EXPECT_INT_EQ(-EPIPE, side.answer);
	EXPECT_INT_EQ(0, side.passes);
	brig_broker_destroy(broker);
}
