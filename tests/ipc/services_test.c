/* Services of an embedder's own, between a broker and real sealed children. */
#include "broker/broker.h"
#include "broker/process/direct.h"
#include "broker/service/buffer.h"
#include "ipc/dispatch/bad_message.h"
#include "ipc/dispatch/peer.h"
#include "tests/ipc/side.h"
#include "tests/support/outside.h"

#include <brig/child.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ASKED_OFTEN 400

/* Ends for that code and where it was; another child of the same broker neither knows nor cares. */
static void expect_breach(const char *act, enum brig_bad_message code, const char *where)
{
	struct side bad = { .give = { -1, -1 } }, other = { .give = { -1, -1 } };
	struct brig_broker *b = NULL;
	int journal = -1;

	ASSERT_OK(side_broker_recorded(&b, &journal));
	side_start(&bad, b);
	side_start(&other, b);
	side_tell(&bad, act);
	side_ends(&bad, BRIG_EXIT_BAD_MESSAGE, (int)code);
	EXPECT_INT_EQ(BRIG_LEVEL_FULL, bad.exit.level);
	EXPECT_STR_EQ(where, bad.exit.detail);
	EXPECT_STR_EQ("", bad.said);
	side_says(&other, "hello", "echoed 7");
	brig_broker_destroy(b);
	side_replay(journal);
	EXPECT_TRUE(other.exited);
	EXPECT_INT_EQ(BRIG_EXIT_POLICY_KILL, other.exit.class_);
}

/* ---- journals ---- */

/* What a program said until it is killed is there: nothing is closed yet. */
TEST_C_CHILD(recorded, is_in_the_file_before_the_next_is_said)
{
	struct side side = { .give = { -1, -1 } };
	struct brig_broker *b = NULL;
	char path[4096];

	ASSERT_INT_EQ(0, setenv("BRIG_TRACE_DIR", test_tmpdir(), 1));
	ASSERT_INT_EQ(0, setenv("BRIG_TRACE_PAYLOADS", "1", 1));
	ASSERT_OK(side_broker(&b));
	ASSERT_INT_EQ(0, unsetenv("BRIG_TRACE_DIR"));
	side_start(&side, b);
	side_says(&side, "hello", "echoed 7");
	(void)snprintf(path, sizeof path, "%s/%d-1.journal", test_tmpdir(), (int)getpid());
	int journal = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_INT_GE(journal, 0);
	side_replay(journal);
	brig_broker_destroy(b);
}

TEST_C_CHILD(recorded, is_nobody_where_it_cannot_be)
{
	struct brig_broker *b = NULL;

	ASSERT_INT_EQ(0, setenv("BRIG_TRACE_DIR", "/nowhere", 1));
	EXPECT_ERR(ENOENT, side_broker(&b));
	ASSERT_INT_EQ(0, setenv("BRIG_TRACE_DIR", "", 1));
	EXPECT_OK(side_broker(&b));
	brig_broker_destroy(b);
}

/* ---- calls ---- */

static void expect_saying(const char *act, const char *wanted)
{
	struct side side = { .give = { -1, -1 } };
	struct brig_broker *b = NULL;
	int journal = -1;

	ASSERT_OK(side_broker_recorded(&b, &journal));
	side_start(&side, b);
	side_says(&side, act, wanted);
	side_tell(&side, "end");
	side_ends(&side, BRIG_EXIT_CLEAN, 0);
	brig_broker_destroy(b);
	side_replay(journal);
}

TEST_C(services, sync_call_has_its_reply)
{
	expect_saying("hello", "echoed 7");
}

TEST_C(services, negative_errno_is_a_refusal)
{
	expect_saying("refuse", "refused 13");
}

TEST_C(services, sync_call_may_be_talked_over)
{
	struct side side = { .give = { -1, -1 } };
	struct brig_broker *b = NULL;

	ASSERT_OK(side_broker(&b));
	side_start(&side, b);
	side_tell(&side, "windy");
	RUN_UNTIL(&side, side.wokens == 100);
	EXPECT_INT_EQ(1, side.echoes);
	side_says(&side, "hello", "echoed 7");
	side_tell(&side, "end");
	side_ends(&side, BRIG_EXIT_CLEAN, 0);
	brig_broker_destroy(b);
}

/* And what comes too late is no breach. */
TEST_C(services, sync_call_ends_though_the_broker_is_stuck)
{
	struct side side = { .give = { -1, -1 } };
	struct brig_broker *b = NULL;

	ASSERT_OK(side_broker(&b));
	side_start(&side, b);
	side_says(&side, "hurry", "hurried -110");
	side_says(&side, "hello", "echoed 7");
	side_says(&side, "hurry", "hurried -110");
	side_tell(&side, "end");
	side_ends(&side, BRIG_EXIT_CLEAN, 0);
	brig_broker_destroy(b);
}

/* A slip of its program's is told to that. */
TEST_C(services, child_is_told_what_its_broker_would_not_take)
{
	expect_saying("slip", "measured -22");
}

TEST_C(services, lawful_product_passes)
{
	expect_saying("measure", "measured 0");
}

TEST_C(services, oneway_goes_both_ways)
{
	const Every__Empty empty = EVERY__EMPTY__INIT;
	struct side side = { .notes = 0 };
	struct brig_broker *b = NULL;

	ASSERT_OK(side_broker(&b));
	side_start(&side, b);
	EXPECT_OK(every_asked_wake(brig_child_peer(side.child), &empty));
	RUN_UNTIL(&side, side.said[0]);
	EXPECT_STR_EQ("woken 0", side.said);
	side_tell(&side, "note");
	RUN_UNTIL(&side, side.notes);
	EXPECT_INT_EQ(1, side.notes);
	brig_broker_destroy(b);
}

static void replied(void *user, struct brig_answer *answer, const Every__Empty *reply)
{
	struct side *side = user;

	side->replied = true;
	side->answer = answer->error;
	side->replies_after_exit += side->exited;
	EXPECT_TRUE((reply == NULL) == (answer->error != 0));
}

TEST_C(services, broker_asks_and_goes_on)
{
	const Every__Empty empty = EVERY__EMPTY__INIT;
	struct side side = { .answer = 1 };
	struct brig_broker *b = NULL;

	ASSERT_OK(side_broker(&b));
	side_start(&side, b);
	EXPECT_INT_GT(every_asked_poke(brig_child_peer(side.child), &empty, replied, &side), 0);
	EXPECT_FALSE(side.replied);
	RUN_UNTIL(&side, side.replied);
	EXPECT_INT_EQ(0, side.answer);
	brig_broker_destroy(b);
}

/* More answers than may lie unread, each read: a sealed child can't ask the kernel how many do. */
TEST_C(services, broker_asks_as_often_as_it_likes)
{
	const Every__Empty empty = EVERY__EMPTY__INIT;
	struct side side = { .answer = 0 };
	struct brig_broker *b = NULL;

	ASSERT_OK(side_broker(&b));
	side_start(&side, b);
	for (int i = 0; i < ASKED_OFTEN && !side.answer; i++) {
		side.replied = false;
		ASSERT_INT_GT(every_asked_poke(brig_child_peer(side.child), &empty, replied, &side),
			      0);
		RUN_UNTIL(&side, side.replied);
	}
	EXPECT_INT_EQ(0, side.answer);
	brig_broker_destroy(b);
}

/* on_exit is the last call. */
TEST_C(services, what_a_dead_child_owes_comes_before_its_end)
{
	const Every__Empty empty = EVERY__EMPTY__INIT;
	struct side side = { .answer = 1 };
	struct brig_broker *b = NULL;

	ASSERT_OK(side_broker(&b));
	side_start(&side, b);
	EXPECT_INT_GT(every_asked_poke(brig_child_peer(side.child), &empty, replied, &side), 0);
	brig_child_end(side.child);
	side_ends(&side, BRIG_EXIT_POLICY_KILL, 0);
	EXPECT_TRUE(side.replied);
	EXPECT_INT_EQ(-EPIPE, side.answer);
	EXPECT_INT_EQ(0, side.replies_after_exit);
	brig_broker_destroy(b);
}

static void owed(void *user, struct brig_answer *answer, const Every__Empty *reply)
{
	struct side *side = user;
	(void)reply;

	side->answer = answer->error;
	brig_child_end(side->child);
}

/* Nobody who hears of it can change how it ended. */
TEST_C(services, child_that_ended_can_not_be_ended)
{
	const Every__Empty empty = EVERY__EMPTY__INIT;
	struct side side = { .answer = 1 };
	struct brig_broker *b = NULL;

	ASSERT_OK(side_broker(&b));
	side_start(&side, b);
	const pid_t pid = brig_child_process(side.child)->pid;
	ASSERT_INT_EQ(0, kill(pid, SIGSTOP)); /* or it might answer */
	EXPECT_INT_GT(every_asked_poke(brig_child_peer(side.child), &empty, owed, &side), 0);
	ASSERT_INT_EQ(0, kill(pid, SIGKILL));
	side_ends(&side, BRIG_EXIT_CRASH, SIGKILL);
	EXPECT_INT_EQ(-EPIPE, side.answer);
	brig_broker_destroy(b);
}

/* It ended by itself: that its time was up by then is no cause. */
TEST_C(services, child_whose_end_is_late_was_not_ended_for_it)
{
	struct side side = { .notes = 0 };
	struct brig_broker *b = NULL;

	ASSERT_OK(side_broker(&b));
	side_start(&side, b);
	struct brig_process *process = brig_child_process(side.child);
	side_tell(&side, "end");
	ASSERT_TRUE(outside_readable(process->pidfd));
	brig_process_kill(process, BRIG_EXIT_HANG, 0);
	side_ends(&side, BRIG_EXIT_CLEAN, 0);
	brig_broker_destroy(b);
}

TEST_C(services, broker_that_is_destroyed_ends_its_children)
{
	struct side side = { .notes = 0 }, young = { .notes = 0 };
	struct brig_broker *b = NULL;

	ASSERT_OK(side_broker(&b));
	side_start(&side, b);
	ASSERT_OK(side_start_role(&young, b, "service", 2));
	brig_broker_destroy(b);
	EXPECT_INT_EQ(BRIG_EXIT_POLICY_KILL, side.exit.class_);
	EXPECT_INT_EQ(BRIG_EXIT_POLICY_KILL, young.exit.class_);
	EXPECT_FALSE(young.ready);
}

/* ---- breaches ---- */

TEST_C(services, events_faster_than_their_rate_are_bad)
{
	expect_breach("tick", BRIG_BAD_RATE, "asked.tick");
}

TEST_C(services, product_over_its_limit_is_bad)
{
	expect_breach("product", BRIG_BAD_PRODUCT, "asked.measure: every.Area");
}

TEST_C(services, handler_ends_a_caller_that_broke_the_protocol)
{
	expect_breach("breach", BRIG_BAD_HANDLE, "asked.echo");
}

TEST_C(services, method_of_an_earlier_state_is_bad)
{
	expect_breach("early", BRIG_BAD_STATE, "asked.early");
}

/* ---- starting ---- */

static void expect_program(const char *role)
{
	struct side side = { .notes = 0 };
	struct brig_broker *b = NULL;

	ASSERT_OK(side_broker(&b));
	ASSERT_OK(side_start_role(&side, b, role, 1));
	RUN_UNTIL(&side, side.ready);
	ASSERT_TRUE(side.ready);
	side_says(&side, "here", "here 0");
	brig_broker_destroy(b);
	EXPECT_STR_EQ(role, side.exit.role);
}

TEST_C(services, workers_run_a_program)
{
	expect_program("workers");
}

TEST_C(services, codecs_run_a_program)
{
	expect_program("codec");
}

TEST_C(services, renderers_run_a_program_that_only_serves)
{
	expect_program("renderer");
}

TEST_C(services, role_without_a_program_is_told)
{
	struct side side = { .notes = 0 };
	struct brig_broker *b = NULL;

	ASSERT_OK(side_broker(&b));
	ASSERT_OK(side_start_role(&side, b, "network", 1));
	side_ends(&side, BRIG_EXIT_LAUNCH_FAILED, 0);
	EXPECT_INT_EQ(BRIG_STAGE_HANDSHAKE, side.exit.stage);
	EXPECT_INT_EQ(ENOSYS, side.exit.error);
	EXPECT_FALSE(side.ready);
	brig_broker_destroy(b);
}

/* What is wrong with the one of @options that @change makes. */
static void expect_refused(int error, const char *fault,
			   void (*change)(struct brig_child_options *options, struct side *side))
{
	struct side side = { .notes = 0 };
	struct brig_child_options options = side_options(&side, "service", 2);
	struct brig_broker *b = NULL;
	const char *why = "";

	ASSERT_OK(side_broker(&b));
	options.ret_why = &why;
	change(&options, &side);
	EXPECT_ERR(error, brig_child_start(b, &options, &side.child));
	EXPECT_STR_CONTAINS(why, fault);
	EXPECT_PTR_NULL(side.child);
	brig_broker_destroy(b);
	EXPECT_FALSE(side.exited);
}

#define REFUSED(name, error, fault, ...)                                                           \
	static void change_##name(struct brig_child_options *o, struct side *side)                 \
	{                                                                                          \
		(void)o;                                                                           \
		(void)side;                                                                        \
		__VA_ARGS__;                                                                       \
	}                                                                                          \
	TEST_C(services, name##_is_refused)                                                        \
	{                                                                                          \
		expect_refused(error, fault, change_##name);                                       \
	}

static const struct every_asked_handlers hole =
	EVERY_ASKED_HANDLERS(side_echo, side_measure, NULL, side_pass, side_note, side_often,
			     side_note, side_fill, side_note);
static const struct brig_service below = { .name = "below", .id = 63 };

REFUSED(another_size, EINVAL, "", o->size--)
REFUSED(size_of_none_that_ever_was, EINVAL, "", o->size -= 4)
REFUSED(unknown_role, EINVAL, "none of that name", o->role = "nobody")
REFUSED(no_role, EINVAL, "none of that name", o->role = NULL)
REFUSED(zygote, EINVAL, "runs no program", o->role = "zygote")
REFUSED(plugin, EINVAL, "runs no program", o->role = "plugin")
REFUSED(descriptors_over_a_plain_channel, EINVAL, "passes descriptors", o->role = "compute",
	o->n_served = 1)
REFUSED(service_that_does_not_name_the_role, EINVAL, "doesn't name the role", o->role = "codec")
REFUSED(service_of_brigs_own, EINVAL, "below 64", side->served[1].service = &below)
REFUSED(same_service_twice, EINVAL, "two services of one id", side->served[1] = side->served[0])
REFUSED(method_without_a_handler, EINVAL, "a method without a handler",
	side->served[1].handlers = &hole)
REFUSED(service_without_handlers, EINVAL, "a method without a handler",
	side->served[1].handlers = NULL)
REFUSED(row_without_a_service, EINVAL, "a row without a service", side->served[1].service = NULL)
REFUSED(no_rows_where_some_are_said, EINVAL, "served: NULL", o->served = NULL)
REFUSED(too_many_calls, EINVAL, "max_asked", o->max_asked = 65)
REFUSED(too_long_a_launch, EINVAL, "timeout_ms", o->timeout_ms = 60001)
REFUSED(no_priority, EINVAL, "priority", o->priority = BRIG_PRIORITY_COUNT)
REFUSED(reserved_bits, EINVAL, "reserved", o->reserved = 1)

/* A program that was built before there were principals. */
TEST_C(services, older_size_is_understood)
{
	struct side side = { .notes = 0 };
	struct brig_child_options options = side_options(&side, "service", 2);

	ASSERT_OK(side_broker(&side.broker));
	options.size = offsetof(struct brig_child_options, ret_why);
	options.role = "nobody";
	EXPECT_ERR(EINVAL, brig_child_start(side.broker, &options, &side.child));
	options.role = "service";
	options.size = offsetof(struct brig_child_options, principal);
	options.principal = 7; /* isn't there, for whoever reads it by its size */
	ASSERT_OK(brig_child_start(side.broker, &options, &side.child));
	EXPECT_UINT_EQ(0, brig_child_principal(side.child).number);
	RUN_UNTIL(&side, side.ready);
	side_says(&side, "hello", "echoed 7");
	brig_broker_destroy(side.broker);
}

TEST_C(services, more_children_than_the_broker_may_have_are_refused)
{
	const struct brig_broker_options one = { .size = sizeof one,
						 .child_path = SERVICES_CHILD,
						 .max_children = 1 };
	struct side first = { .notes = 0 }, second = { .notes = 0 };
	struct brig_broker *b = NULL;

	ASSERT_OK(brig_broker_create(&one, &b));
	side_start(&first, b);
	EXPECT_ERR(EAGAIN, side_start_role(&second, b, "service", 2));
	brig_child_end(first.child);
	side_ends(&first, BRIG_EXIT_POLICY_KILL, 0);
	side_start(&second, b);
	brig_broker_destroy(b);
}

/* ---- versions ---- */

/* The child speaks version 3, and understands 2. */
static void start_version(struct side *side, struct brig_service *service)
{
	struct brig_child_options options = side_options(side, "service", 2);

	side->served[1].service = service;
	ASSERT_OK(side_broker(&side->broker));
	ASSERT_OK(brig_child_start(side->broker, &options, &side->child));
	RUN_UNTIL(side, side->ready);
}

static void expect_misfit(uint16_t version, uint16_t oldest, uint64_t hash, const char *text)
{
	struct brig_service service = every_asked_service;
	struct side side = { .notes = 0 };
	char line[256];

	service.version = version;
	service.oldest = oldest;
	service.hash ^= hash;
	start_version(&side, &service);
	side_ends(&side, BRIG_EXIT_LAUNCH_FAILED, 0);
	EXPECT_INT_EQ(BRIG_STAGE_HANDSHAKE, side.exit.stage);
	EXPECT_INT_EQ(EPROTONOSUPPORT, side.exit.error);
	EXPECT_INT_EQ(BRIG_LEVEL_NONE, side.exit.level);
	EXPECT_FALSE(side.ready);
	(void)brig_exit_describe(&side.exit, line, sizeof line);
	EXPECT_STR_CONTAINS(line, text);
	brig_broker_destroy(side.broker);
}

static void expect_fit(uint16_t version, uint16_t oldest)
{
	struct brig_service service = every_asked_service;
	struct side side = { .notes = 0 };

	service.version = version;
	service.oldest = oldest;
	service.hash++;
	start_version(&side, &service);
	ASSERT_TRUE(side.ready);
	side_says(&side, "hello", "echoed 7");
	brig_broker_destroy(side.broker);
}

TEST_C(versions, newer_broker_that_forgot_the_childs_is_refused)
{
	expect_misfit(9, 4, 1, "service asked: broker's version 9 (from 4), child's 3 (from 2)");
}

TEST_C(versions, older_broker_that_the_child_forgot_is_refused)
{
	expect_misfit(1, 1, 1, "service asked: broker's version 1 (from 1), child's 3 (from 2)");
}

TEST_C(versions, same_version_of_another_schema_is_refused)
{
	expect_misfit(3, 2, 1, "service asked: two schemas of version 3");
}

TEST_C(versions, newer_broker_that_understands_the_childs_goes_on)
{
	expect_fit(4, 3);
}

TEST_C(versions, older_broker_that_the_child_understands_goes_on)
{
	expect_fit(2, 2);
}

/* ---- a broker that is gone ---- */

static _Noreturn void be_a_broker(int told)
{
	struct side side = { .notes = 0 };
	struct brig_broker *b = NULL;
	int r = side_broker(&b);

	if (!r)
		r = side_start_role(&side, b, "service", 2);
	while (r >= 0 && !side.ready)
		r = brig_broker_run(b, TURN_MS);
	if (r >= 0)
		side_tell(&side, "hello");
	while (r >= 0 && !side.said[0])
		r = brig_broker_run(b, TURN_MS);
	if (r >= 0 && write(told, side.said, 1) != 1)
		r = -EPIPE;
	while (r >= 0)
		r = brig_broker_run(b, -1);
	_exit(1);
}

/* A sealed one, by its name; -1: there is none. */
static int hold_service(pid_t parent)
{
	pid_t pids[16];
	const size_t n = outside_children(parent, pids, 16);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(outside_name(pids[i]), "brig-service"))
			return (int)syscall(SYS_pidfd_open, pids[i], 0);
	return -1;
}

TEST_C_CHILD(services, child_that_lost_its_broker_ends)
{
	int told[2], status;

	ASSERT_OK(pipe2(told, O_CLOEXEC));
	ASSERT_INT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
	const pid_t pid = fork();
	if (!pid)
		be_a_broker(told[1]);
	ASSERT_TRUE(outside_readable(told[0]));
	struct pollfd end = { .fd = hold_service(pid), .events = POLLIN };
	ASSERT_INT_GE(end.fd, 0);
	EXPECT_INT_EQ(0, poll(&end, 1, 0));
	EXPECT_INT_EQ(0, kill(pid, SIGKILL));
	EXPECT_INT_EQ(1, poll(&end, 1, TURN_MS));
	EXPECT_INT_EQ(pid, waitpid(pid, &status, 0));
	(void)close(end.fd);
}
