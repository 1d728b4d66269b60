/* Policies in the kernel: they hold, and are refused where they must not be loaded. */
#include "tests/policy/says.h"

#include <errno.h>
#include <linux/audit.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEADLINE_MS 60000

/* Everything but what a test is about: sanitizers' runtimes live under it too. */
#define REST "default benign allow\ndefault unknown allow\ndefault dangerous allow\n"

static const char refusing[] =
	REST "getppid: errno ENOTTY # a test\n"
	     "socket: allow if family == 1 else errno EAFNOSUPPORT # a test\n"
	     "acct: kill # a test\n";
static const char asking[] = REST "getppid: notify # a test\n";

static void no_new_privs(void)
{
	ASSERT_OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

TEST_C_CHILD(load, filter_refuses_with_its_errno)
{
	struct brig_policy *policy = policy_of(refusing, NULL);

	ASSERT_PTR_NOT_NULL(policy);
	no_new_privs();
	ASSERT_OK(brig_policy_load(policy, BRIG_AFTER_READY));
	EXPECT_INT_EQ(-1, syscall(SYS_getppid));
	EXPECT_INT_EQ(ENOTTY, errno);
	EXPECT_INT_EQ(-1, syscall(SYS_socket, 2, 1, 0));
	EXPECT_INT_EQ(EAFNOSUPPORT, errno);
	EXPECT_INT_GT(syscall(SYS_socket, 1, 1, 0), 2);
	EXPECT_INT_GT(syscall(SYS_getpid), 0);
}

TEST_C_DIES(load, killing_row_ends_the_process, SIGSYS)
{
	struct brig_policy *policy = policy_of(refusing, NULL);

	ASSERT_PTR_NOT_NULL(policy);
	no_new_privs();
	ASSERT_OK(brig_policy_load(policy, BRIG_AFTER_READY));
	DIES_HERE(syscall(SYS_acct, NULL));
}

TEST_C_CHILD(load, stages_add_up)
{
	struct brig_policy *policy =
		policy_of(REST "stage before-ready\nsocket: errno ENOTTY # first\n"
			       "stage after-ready\ngetppid, socket: errno ENOENT # then\n",
			  NULL);

	ASSERT_PTR_NOT_NULL(policy);
	no_new_privs();
	ASSERT_OK(brig_policy_load(policy, BRIG_BEFORE_READY));
	EXPECT_INT_GT(syscall(SYS_getppid), 0);
	EXPECT_INT_EQ(-1, syscall(SYS_socket, 1, 1, 0));
	EXPECT_INT_EQ(ENOTTY, errno);
	ASSERT_OK(brig_policy_load(policy, BRIG_AFTER_READY));
	EXPECT_INT_EQ(-1, syscall(SYS_getppid));
	EXPECT_INT_EQ(ENOENT, errno);
}

TEST_C_CHILD(load, unproven_policy_is_refused)
{
	const struct brig_policy_options unproven = { .size = sizeof unproven, .skip_proof = 1 };
	struct brig_policy *policy = policy_of(refusing, &unproven);

	ASSERT_PTR_NOT_NULL(policy);
	no_new_privs();
	EXPECT_ERR(EPERM, brig_policy_load(policy, BRIG_AFTER_READY));
	EXPECT_ERR(EPERM, brig_policy_load_listening(policy, BRIG_AFTER_READY));
	EXPECT_INT_EQ(0, prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
}

TEST_C_CHILD(load, foreign_architecture_is_refused)
{
	const struct brig_policy_options foreign = { .size = sizeof foreign,
						     .audit_arch =
							     brig_arch_native() == BRIG_ARCH_X86_64
								     ? AUDIT_ARCH_AARCH64
								     : AUDIT_ARCH_X86_64 };
	struct brig_policy *policy = policy_of(refusing, &foreign);

	ASSERT_PTR_NOT_NULL(policy);
	no_new_privs();
	EXPECT_ERR(ENOTSUP, brig_policy_load(policy, BRIG_AFTER_READY));
	EXPECT_ERR(ENOTSUP, brig_policy_load_listening(policy, BRIG_AFTER_READY));
	EXPECT_INT_EQ(0, prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
}

TEST_C_CHILD(load, stage_that_is_not_there_is_refused)
{
	struct brig_policy *policy = policy_of(refusing, NULL);

	ASSERT_PTR_NOT_NULL(policy);
	no_new_privs();
	EXPECT_ERR(EINVAL, brig_policy_load(policy, BRIG_BEFORE_READY));
	EXPECT_ERR(EINVAL, brig_policy_load(policy, BRIG_POLICY_STAGES));
	EXPECT_INT_EQ(0, prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
}

TEST_C_CHILD(load, needs_no_new_privs_of_an_ordinary_user)
{
	struct brig_policy *policy = policy_of(refusing, NULL);

	ASSERT_PTR_NOT_NULL(policy);
	if (geteuid() == 0)
		ASSERT_OK(setresuid(60417, 60417, 60417));
	ASSERT_INT_EQ(0, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	EXPECT_ERR(EACCES, brig_policy_load(policy, BRIG_AFTER_READY));
	EXPECT_ERR(EACCES, brig_policy_load_listening(policy, BRIG_AFTER_READY));
	EXPECT_INT_EQ(0, prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
}

/* What else is loaded is refused by a filter that looks at the flags: ENOTTY with LOG. */
static void expect_log_flag(const char *text, int error)
{
	const char refusing_log[] = REST "seccomp: errno ENOTTY if flags has "
					 "SECCOMP_FILTER_FLAG_LOG else errno ENOENT # a test\n";
	struct brig_policy *policy = policy_of(text, NULL);
	struct brig_policy *watching = policy_of(refusing_log, NULL);

	ASSERT_PTR_NOT_NULL(policy);
	ASSERT_PTR_NOT_NULL(watching);
	no_new_privs();
	ASSERT_OK(brig_policy_load(watching, BRIG_AFTER_READY));
	EXPECT_ERR(error, brig_policy_load(policy, BRIG_AFTER_READY));
	EXPECT_ERR(error, brig_policy_load_listening(policy, BRIG_AFTER_READY));
}

TEST_C_CHILD(load, audited_policy_is_logged)
{
	expect_log_flag(REST "audit on\ngetppid: errno ENOTTY # a test\n", ENOTTY);
}

TEST_C_CHILD(load, policy_is_not_logged_unless_it_says_so)
{
	expect_log_flag(REST "getppid: errno ENOTTY # a test\n", ENOENT);
}

/* ---- threads ---- */

struct sleeper {
	const struct brig_policy *own; /* a filter for this thread alone, before it is ready */
	sem_t ready, go;
	long result;
	int error;
};

static void *sleep_and_ask(void *user)
{
	struct sleeper *sleeper = user;

	if (sleeper->own) {
		const struct brig_program *program = &sleeper->own->programs[BRIG_AFTER_READY];
		const struct sock_fprog filter = { program->length,
						   (struct sock_filter *)(uintptr_t)program->code };

		EXPECT_INT_EQ(0, syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter));
	}
	(void)sem_post(&sleeper->ready);
	while (sem_wait(&sleeper->go) < 0)
		;
	sleeper->result = syscall(SYS_getppid);
	sleeper->error = errno;
	return NULL;
}

static void start(struct sleeper *sleeper, pthread_t *thread)
{
	ASSERT_OK(sem_init(&sleeper->ready, 0, 0));
	ASSERT_OK(sem_init(&sleeper->go, 0, 0));
	ASSERT_INT_EQ(0, pthread_create(thread, NULL, sleep_and_ask, sleeper));
	while (sem_wait(&sleeper->ready) < 0)
		;
}

static void finish(struct sleeper *sleeper, pthread_t thread)
{
	ASSERT_OK(sem_post(&sleeper->go));
	ASSERT_INT_EQ(0, pthread_join(thread, NULL));
}

TEST_C_CHILD(load, holds_for_threads_that_were_there)
{
	struct brig_policy *policy = policy_of(refusing, NULL);
	struct sleeper sleeper = { .own = NULL };
	pthread_t thread;

	ASSERT_PTR_NOT_NULL(policy);
	no_new_privs();
	start(&sleeper, &thread);
	ASSERT_OK(brig_policy_load(policy, BRIG_AFTER_READY));
	finish(&sleeper, thread);
	EXPECT_INT_EQ(-1, sleeper.result);
	EXPECT_INT_EQ(ENOTTY, sleeper.error);
}

TEST_C_CHILD(load, thread_with_a_filter_of_its_own_is_busy)
{
	struct brig_policy *policy = policy_of(refusing, NULL);
	struct sleeper sleeper = { .own = policy };
	pthread_t thread;

	ASSERT_PTR_NOT_NULL(policy);
	no_new_privs();
	start(&sleeper, &thread);
	EXPECT_ERR(EBUSY, brig_policy_load(policy, BRIG_AFTER_READY));
	EXPECT_ERR(EBUSY, brig_policy_load_listening(policy, BRIG_AFTER_READY));
	EXPECT_INT_GT(syscall(SYS_getppid), 0);
	finish(&sleeper, thread);
}

/* ---- listening ---- */

static _Noreturn void ask(void)
{
	long r = syscall(SYS_getppid);

	_exit(r == 4242 ? 0 : 1);
}

static void answer(int fd, pid_t asker)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	struct seccomp_notif asked = { 0 };
	struct seccomp_notif_resp told = { .val = 4242 };

	ASSERT_INT_EQ(1, poll(&wait, 1, DEADLINE_MS));
	ASSERT_OK(ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &asked));
	EXPECT_INT_EQ(SYS_getppid, asked.data.nr);
	EXPECT_INT_EQ(asker, asked.pid);
	told.id = asked.id;
	ASSERT_OK(ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &told));
}

TEST_C_CHILD(listening, notified_call_is_answered)
{
	struct brig_policy *policy = policy_of(asking, NULL);
	int status = -1;

	ASSERT_PTR_NOT_NULL(policy);
	no_new_privs();
	int fd = brig_policy_load_listening(policy, BRIG_AFTER_READY);
	ASSERT_INT_GT(fd, 2);
	pid_t pid = fork();
	if (pid == 0)
		ask();
	ASSERT_INT_GT(pid, 0);
	answer(fd, pid);
	ASSERT_INT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_INT_EQ(0, WEXITSTATUS(status));
}

TEST_C_CHILD(listening, second_listener_is_busy)
{
	struct brig_policy *policy = policy_of(asking, NULL);

	ASSERT_PTR_NOT_NULL(policy);
	no_new_privs();
	ASSERT_INT_GT(brig_policy_load_listening(policy, BRIG_AFTER_READY), 2);
	EXPECT_ERR(EBUSY, brig_policy_load_listening(policy, BRIG_AFTER_READY));
}

TEST_C_CHILD(listening, nobody_listens_to_a_plain_load)
{
	struct brig_policy *policy = policy_of(asking, NULL);

	ASSERT_PTR_NOT_NULL(policy);
	no_new_privs();
	ASSERT_OK(brig_policy_load(policy, BRIG_AFTER_READY));
	EXPECT_INT_EQ(-1, syscall(SYS_getppid));
	EXPECT_INT_EQ(ENOSYS, errno);
}
