/* Direct channels between real sealed children: made, policed and revoked by their broker. */
#include "broker/process/direct.h"
#include "ipc/dispatch/bad_message.h"
#include "every.brig.h"
#include "tests/ipc/two.h"
#include "tests/support/outside.h"

#include "gtest_c.h"

#include <brig/direct.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif

#define LOST_MS 10000 /* a second, ten-fold: it takes some ten milliseconds */

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void run_until_ended(struct two *two)
{
	while (!two->ends && kid_turn(&two->server))
		;
}

/* ---- calls ---- */

static void expect_calls(const char *caller, const char *server)
{
	struct two two = { .ends = 0 };

	two_join(&two, caller, server);
	if (strcmp(server, "service") != 0)
		kid_tell(&two.server, "serve");
	kid_answers(&two.caller, "add", "added 7");
	brig_broker_destroy(two.broker);
	EXPECT_INT_EQ(1, two.ends);
	EXPECT_INT_EQ(BRIG_LEVEL_FULL, two.caller.exit.level);
}

TEST_C(direct, service_calls_a_service)
{
	expect_calls("service", "service");
}

TEST_C(direct, renderer_calls_a_service)
{
	expect_calls("renderer", "service");
}

/* Two of three "seldom"s are within its rate; a header has 32 bytes, a number's field 2. */
TEST_C(direct, ends_count_what_passes)
{
	struct two two = { .ends = 0 };

	two_join(&two, "service", "service");
	kid_answers(&two.caller, "add", "added 7");
	kid_answers(&two.caller, "seldom", "seldom 11"); /* EAGAIN */
	kid_answers(&two.caller, "count talk.add", "add 1 0 1");
	kid_answers(&two.caller, "count talk.seldom", "seldom 3 1 3");
	kid_answers(&two.caller, "count ", "bytes 132 130");
	kid_answers(&two.server, "count talk.add", "add 1 0 1");
	kid_answers(&two.server, "count talk.seldom", "seldom 3 1 2");
	kid_answers(&two.server, "count ", "bytes 130 132");
	brig_broker_destroy(two.broker);
}

TEST_C(direct, renderer_calls_workers)
{
	expect_calls("renderer", "workers");
}

TEST_C(direct, service_calls_workers)
{
	expect_calls("service", "workers");
}

TEST_C(direct, each_end_learns_of_the_other_from_the_broker)
{
	struct two two = { .ends = 0 };
	char line[33];

	two_start(&two, "renderer", "service");
	ASSERT_OK(two_connect(&two, &talk_talk_service, NULL));
	kid_says(&two.server, "serves renderer 1");
	kid_says(&two.caller, "calls service 2");
	(void)snprintf(line, sizeof line, "added 7");
	kid_answers(&two.caller, "add", line);
	brig_broker_destroy(two.broker);
	EXPECT_UINT_EQ(1, two.caller.exit.instance);
	EXPECT_UINT_EQ(2, two.server.exit.instance);
}

/* Far more than there is credit for. */
TEST_C(direct, events_have_credit)
{
	struct two two = { .ends = 0 };

	two_join(&two, "service", "service");
	kid_answers(&two.caller, "notes", "told 0");
	kid_says(&two.server, "noted 1000");
	brig_broker_destroy(two.broker);
}

TEST_C(direct, serving_end_tells)
{
	struct two two = { .ends = 0 };

	two_join(&two, "service", "service");
	kid_answers(&two.server, "nudge", "nudged 0");
	kid_answers(&two.caller, "was nudged", "was nudged 1");
	brig_broker_destroy(two.broker);
}

TEST_C(direct, rate_of_a_method_holds)
{
	struct two two = { .ends = 0 };

	two_join(&two, "service", "service");
	kid_answers(&two.caller, "seldom", "seldom 11"); /* EAGAIN */
	kid_answers(&two.caller, "add", "added 7");
	brig_broker_destroy(two.broker);
}

/* Who waits for several has nothing unsent. */
TEST_C(direct, what_a_child_put_together_goes_out_before_it_waits)
{
	struct two two = { .ends = 0 };

	two_join(&two, "service", "service");
	kid_answers(&two.server, "batch", "batches 0");
	kid_answers(&two.server, "here", "here 1");
	brig_broker_destroy(two.broker);
}

/* ---- policed ---- */

static void expect_why(const char *caller, uint64_t first, const char *server, uint64_t second,
		       const char *text)
{
	const struct brig_broker_options options = { .size = sizeof options,
						     .child_path = DIRECT_CHILD };
	struct two two = { .ends = 0 };
	const char *why = "";

	ASSERT_OK(brig_broker_create(&options, &two.broker));
	kid_start(&two.caller, two.broker, caller, first);
	kid_start(&two.server, two.broker, server, second);
	EXPECT_ERR(EPERM, two_connect(&two, &talk_talk_service, &why));
	EXPECT_STR_CONTAINS(why, text);
	EXPECT_PTR_NULL(two.direct);
	kid_answers(&two.server, "here", "here 0");
	brig_broker_destroy(two.broker);
	EXPECT_INT_EQ(0, two.ends);
}

TEST_C(direct, another_principal_is_refused)
{
	expect_why("service", 7, "service", 8, "two principals");
}

TEST_C(direct, no_principal_is_none_in_common)
{
	expect_why("service", 0, "service", 0, "without a principal");
}

TEST_C(direct, pair_without_a_row_is_refused)
{
	expect_why("workers", 7, "renderer", 7, "no row");
}

TEST_C(direct, role_without_the_interface_is_refused)
{
	expect_why("renderer", 7, "codec", 7, "no row");
}

static void expect_fault(struct two *two, const struct brig_service *service, const char *text)
{
	const char *why = "";

	EXPECT_ERR(EINVAL, two_connect(two, service, &why));
	EXPECT_STR_EQ(text, why);
	EXPECT_ERR(EINVAL, two_connect(two, service, NULL));
}

TEST_C(direct, wrong_options_are_refused)
{
	static const char *const roles[] = { "service", NULL };
	struct brig_service below = talk_talk_service, one_role = talk_talk_service;
	struct two two = { .ends = 0 };
	const char *why = "";

	two_start(&two, "service", "workers");
	below.id = 63;
	one_role.roles = roles;
	expect_fault(&two, &below, "a service of Brig's own");
	expect_fault(&two, NULL, "no service");
	expect_fault(&two, &every_asked_service, "a method of the service carries descriptors");
	expect_fault(&two, &one_role, "the service's schema doesn't name the server's role");
	const struct brig_direct_options self = { .size = sizeof self,
						  .caller = two.caller.child,
						  .server = two.caller.child,
						  .service = &talk_talk_service };
	struct brig_direct_options other = self;
	EXPECT_ERR(EINVAL, brig_direct_connect(&self, &two.direct, &why));
	EXPECT_STR_EQ("a child isn't joined to itself", why);
	other.size--;
	EXPECT_ERR(EINVAL, brig_direct_connect(&other, &two.direct, &why));
	EXPECT_STR_EQ("another size, or without caller or server", why);
	brig_broker_destroy(two.broker);
}

TEST_C(direct, child_that_is_not_ready_or_is_ending_is_refused)
{
	struct two two = { .ends = 0 };
	struct kid young = { .ready = false };

	two_start(&two, "service", "service");
	ASSERT_OK(kid_begin(&young, two.broker, "service", TWO_PRINCIPAL));
	struct two with = { .caller = two.caller, .server = young };
	EXPECT_ERR(ENOTCONN, two_connect(&with, &talk_talk_service, NULL));
	brig_child_end(two.server.child);
	EXPECT_ERR(ENOTCONN, two_connect(&two, &talk_talk_service, NULL));
	brig_broker_destroy(two.broker);
}

/* One that its broker hasn't heard of being dead: the other gets an end, and does nothing wrong. */
TEST_C(direct, end_of_a_channel_that_never_was_costs_nobody)
{
	struct two two = { .ends = 0 };

	two_start(&two, "service", "service");
	const struct brig_process *dead = brig_child_process(two.caller.child);
	struct pollfd gone = { .fd = dead->peer.channel.fd, .events = POLLRDHUP };
	ASSERT_INT_EQ(0, kill(dead->pid, SIGKILL));
	ASSERT_INT_EQ(1, poll(&gone, 1, 20000));
	EXPECT_ERR(EPIPE, two_connect(&two, &talk_talk_service, NULL));
	kid_says(&two.server, "lost -32");
	kid_answers(&two.server, "here", "here 0");
	EXPECT_FALSE(two.server.exited);
	brig_broker_destroy(two.broker);
}

TEST_C(direct, one_child_has_so_many_at_a_time)
{
	struct two two = { .ends = 0 };
	struct brig_direct *first, *more;

	two_start(&two, "service", "service");
	const struct brig_direct_options options = { .size = sizeof options,
						     .caller = two.caller.child,
						     .server = two.server.child,
						     .service = &talk_talk_service };
	ASSERT_OK(brig_direct_connect(&options, &first, NULL));
	for (int i = 1; i < BRIG_DIRECT_MAX; i++)
		ASSERT_OK(brig_direct_connect(&options, &more, NULL));
	EXPECT_ERR(EAGAIN, brig_direct_connect(&options, &more, NULL));
	brig_direct_revoke(first);
	EXPECT_OK(brig_direct_connect(&options, &more, NULL));
	brig_broker_destroy(two.broker);
}

/* ---- its end ---- */

TEST_C(direct, revoked_channel_is_dead_for_both)
{
	struct two two = { .ends = 0 };

	two_join(&two, "service", "service");
	kid_answers(&two.caller, "add", "added 7");
	kid_tell(&two.caller, "deaf"); /* it keeps its end, and tries */
	kid_answers(&two.caller, "here", "here 1");
	brig_direct_revoke(two.direct);
	kid_says(&two.server, "lost -32");
	kid_answers(&two.caller, "add", "failed -32");
	kid_answers(&two.server, "here", "here 0");
	brig_broker_destroy(two.broker);
	EXPECT_INT_EQ(0, two.ends);
}

TEST_C(direct, what_was_not_read_is_revoked_too)
{
	struct two two = { .ends = 0 };

	two_join(&two, "service", "service");
	kid_tell(&two.server, "deaf");
	kid_answers(&two.server, "here", "here 1");
	kid_answers(&two.caller, "note", "told 0");
	brig_direct_revoke(two.direct);
	kid_tell(&two.server, "hear");
	kid_says(&two.server, "lost -32");
	kid_answers(&two.server, "noted", "noted 0");
	brig_broker_destroy(two.broker);
}

TEST_C(direct, death_of_one_ends_it_for_the_other)
{
	struct two two = { .ends = 0 };

	two_join(&two, "renderer", "service");
	brig_child_end(two.caller.child);
	run_until_ended(&two);
	EXPECT_INT_EQ(BRIG_DIRECT_CHILD_ENDED, two.ended.why);
	EXPECT_TRUE(two.by_caller);
	kid_says(&two.server, "lost -32");
	kid_answers(&two.server, "here", "here 0");
	brig_broker_destroy(two.broker);
	EXPECT_INT_EQ(1, two.ends);
}

TEST_C(direct, either_may_close_it)
{
	struct two two = { .ends = 0 };

	two_join(&two, "renderer", "service");
	kid_tell(&two.caller, "close");
	run_until_ended(&two);
	EXPECT_INT_EQ(BRIG_DIRECT_CLOSED, two.ended.why);
	EXPECT_TRUE(two.by_caller);
	EXPECT_INT_EQ(0, two.ended.code);
	kid_says(&two.server, "lost -32");
	brig_broker_destroy(two.broker);
	EXPECT_INT_EQ(1, two.ends);
}

/* ---- enemies ---- */

/* It ends the channel, with the code, and nobody's process. */
static void expect_accused(const char *act, const char *line, enum brig_bad_message code)
{
	struct two two = { .ends = 0 };

	two_join(&two, "service", "service");
	kid_answers(&two.caller, act, line);
	run_until_ended(&two);
	EXPECT_INT_EQ(BRIG_DIRECT_ACCUSED, two.ended.why);
	EXPECT_INT_EQ((int)code, two.ended.code);
	EXPECT_FALSE(two.by_caller);
	kid_says(&two.server, "lost -71");
	kid_answers(&two.server, "here", "here 0");
	kid_answers(&two.caller, "here", "here 0");
	brig_broker_destroy(two.broker);
}

TEST_C(direct, breach_ends_the_channel_alone)
{
	expect_accused("wrong", "failed -32", BRIG_BAD_FIELD);
}

/* Its own stub tells it, and the other end hears nothing. */
TEST_C(direct, slip_ends_nothing)
{
	struct two two = { .ends = 0 };

	two_join(&two, "service", "service");
	kid_answers(&two.caller, "slip", "failed -22");
	kid_answers(&two.caller, "add", "added 7");
	EXPECT_INT_EQ(0, two.ends);
	brig_broker_destroy(two.broker);
}

static bool kernel_refuses_rights(void)
{
	int value;
	socklen_t n = sizeof value;
	const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	const bool there = getsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, &value, &n) == 0;

	(void)close(fd);
	return there;
}

TEST_C(direct, descriptors_do_not_pass)
{
	struct two two = { .ends = 0 };

	if (!kernel_refuses_rights()) {
		expect_accused("pass", "passed 0", BRIG_BAD_FD_KIND);
		return;
	}
	two_join(&two, "service", "service");
	kid_answers(&two.caller, "pass", "passed -1"); /* EPERM */
	kid_answers(&two.caller, "add", "added 7");
	brig_broker_destroy(two.broker);
}

/* As before Linux 6.16. */
static void let_rights_pass(void)
{
	const int on = 1;

	for (int fd = 0; fd < 256; fd++)
		(void)setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, &on, sizeof on);
}

/* Not who got them, nor who complains. */
TEST_C(direct, descriptors_that_keep_others_from_passing_any_end_who_sent_them)
{
	struct two two = { .ends = 0 };

	two_join(&two, "service", "service");
	let_rights_pass();
	kid_tell(&two.server, "deaf");
	kid_answers(&two.server, "here", "here 1");
	for (int i = 0; i < 65; i++)
		kid_answers(&two.caller, "pass", "passed 0");
	kid_tell(&two.server, "complain");
	if (!getuid()) { /* they are two users, and keep nothing from each other */
		kid_says(&two.server, "complained 0");
		EXPECT_FALSE(two.caller.exited);
	} else {
		while (!two.caller.exited && kid_turn(&two.caller))
			;
		EXPECT_INT_EQ(BRIG_EXIT_BAD_MESSAGE, two.caller.exit.class_);
		EXPECT_INT_EQ(BRIG_BAD_SLOW_READER, two.caller.exit.code);
		EXPECT_STR_CONTAINS(two.caller.exit.detail, "65 descriptors lie unread");
	}
	EXPECT_FALSE(two.server.exited);
	brig_broker_destroy(two.broker);
}

TEST_C(direct, server_that_never_answers_costs_its_caller_the_deadline)
{
	struct two two = { .ends = 0 };

	two_join(&two, "renderer", "service");
	kid_answers(&two.caller, "stall", "stalled -110"); /* ETIMEDOUT */
	kid_answers(&two.caller, "add", "failed -32");
	kid_tell(&two.caller, "close");
	run_until_ended(&two);
	EXPECT_INT_EQ(BRIG_DIRECT_CLOSED, two.ended.why);
	EXPECT_TRUE(two.by_caller);
	kid_answers(&two.server, "here", "lost -32");
	brig_broker_destroy(two.broker);
}

/* Its answers fill the socket and the queue; the server goes on. */
TEST_C(direct, caller_that_never_reads_is_left)
{
	struct two two = { .ends = 0 };

	two_join(&two, "service", "service");
	kid_tell(&two.caller, "deaf");
	kid_tell(&two.caller, "hoard");
	run_until_ended(&two);
	EXPECT_INT_EQ(BRIG_DIRECT_ACCUSED, two.ended.why);
	EXPECT_INT_EQ(BRIG_BAD_SLOW_READER, two.ended.code);
	kid_says(&two.server, "lost -71");
	kid_answers(&two.server, "here", "here 0");
	brig_broker_destroy(two.broker);
}

TEST_C(direct, channel_of_others_can_not_be_ended)
{
	struct two two = { .ends = 0 };
	struct kid third = { .ready = false };

	two_join(&two, "service", "service");
	kid_start(&third, two.broker, "service", TWO_PRINCIPAL);
	kid_tell(&third, "part with another's");
	kid_answers(&third, "here", "here 0");
	EXPECT_INT_EQ(0, two.ends);
	kid_answers(&two.caller, "add", "added 7");
	kid_tell(&third, "part with none");
	while (!third.exited && kid_turn(&third))
		;
	EXPECT_INT_EQ(BRIG_EXIT_BAD_MESSAGE, third.exit.class_);
	EXPECT_INT_EQ(BRIG_BAD_HANDLE, third.exit.code);
	kid_answers(&two.caller, "add", "added 7");
	brig_broker_destroy(two.broker);
}

/* ---- a broker that is gone ---- */

#define LOST_ROLES 5
#define LOST_MAX   32

struct lost {
	struct kid idle[LOST_ROLES], busy;
	struct two two;
};

/* Idle ones of each role, one in a loop, one in a call that nobody answers, two that are joined. */
static _Noreturn void be_a_broker(int told)
{
	static const char *const roles[LOST_ROLES] = { "renderer", "codec", "workers", "network",
						       "service" };
	static struct lost lost;

	two_join(&lost.two, "renderer", "service");
	for (size_t i = 0; i < LOST_ROLES; i++) {
		kid_start(&lost.idle[i], lost.two.broker, roles[i], 0);
		kid_answers(&lost.idle[i], "here", "here 0");
	}
	kid_start(&lost.busy, lost.two.broker, "service", 0);
	kid_answers(&lost.busy, "spin", "spinning 0");
	kid_answers(&lost.two.caller, "add", "added 7");
	kid_tell(&lost.two.server, "deaf");
	kid_answers(&lost.two.server, "here", "here 1");
	kid_tell(&lost.two.caller, "wait");
	kid_says(&lost.two.caller, "waiting 0");
	if (write(told, "", 1) == 1)
		while (brig_broker_run(lost.two.broker, -1) >= 0)
			;
	_exit(1);
}

/* How many of them have this name. */
static int named(const pid_t *pids, size_t n, const char *name)
{
	int found = 0;

	for (size_t i = 0; i < n; i++)
		found += !strcmp(outside_name(pids[i]), name);
	return found;
}

TEST_C_CHILD(direct, children_of_every_role_that_lost_their_broker_end)
{
	struct pollfd ends[LOST_MAX];
	pid_t pids[LOST_MAX];
	int told[2], status;

	ASSERT_OK(pipe2(told, O_CLOEXEC));
	ASSERT_INT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
	const pid_t pid = fork();
	if (!pid)
		be_a_broker(told[1]);
	ASSERT_TRUE(outside_readable(told[0]));
	const size_t n = outside_children(pid, pids, LOST_MAX);
	EXPECT_INT_EQ(2, named(pids, n, "brig-renderer"));
	EXPECT_INT_EQ(1, named(pids, n, "brig-codec"));
	EXPECT_INT_EQ(1, named(pids, n, "brig-workers"));
	EXPECT_INT_EQ(1, named(pids, n, "brig-network"));
	EXPECT_INT_EQ(3, named(pids, n, "brig-service"));
	EXPECT_INT_GT(named(pids, n, "brig-zygote"), 0);
	for (size_t i = 0; i < n; i++) {
		ends[i] = (struct pollfd){ .fd = (int)syscall(SYS_pidfd_open, pids[i], 0),
					   .events = POLLIN };
		ASSERT_INT_GE(ends[i].fd, 0);
		EXPECT_INT_EQ(0, poll(&ends[i], 1, 0));
	}
	EXPECT_INT_EQ(0, kill(pid, SIGKILL));
	const int64_t killed_ms = now_ms();
	for (size_t i = 0; i < n; i++) {
		const int64_t left_ms = killed_ms + LOST_MS - now_ms();

		EXPECT_INT_EQ(1, poll(&ends[i], 1, left_ms > 0 ? (int)left_ms : 0));
		(void)close(ends[i].fd);
	}
	printf("%zu processes ended %d ms after their broker\n", n, (int)(now_ms() - killed_ms));
	EXPECT_INT_EQ(pid, waitpid(pid, &status, 0));
}
