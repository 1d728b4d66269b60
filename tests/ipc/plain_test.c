/* Children that have read and write alone: role compute, which speaks like any other. */
#include "acts.brig.h"
#include "gtest_c.h"
#include "ipc/dispatch/bad_message.h"
#include "tests/ipc/side.h"

#include <signal.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* One child as its broker sees it; side's own knows the other services. */
struct plain {
	struct side side;
	int turned;
};

/* Its text, turned round. */
static int turn(void *user, struct brig_request *call, const Acts__Word *word)
{
	Acts__Word reply = ACTS__WORD__INIT;
	const size_t n = strlen(word->word);
	struct plain *plain = user;
	char text[33] = "";

	for (size_t i = 0; i < n; i++)
		text[i] = word->word[n - 1 - i];
	plain->turned++;
	reply.word = text;
	return acts_plain_turn_reply(call, &reply);
}

static int did(void *user, struct brig_request *call, const Acts__Word *word)
{
	struct plain *plain = user;
	(void)call;

	(void)snprintf(plain->side.said, sizeof plain->side.said, "%s", word->word);
	return 0;
}

static const struct acts_plain_handlers handlers = ACTS_PLAIN_HANDLERS(turn, did);

static void start(struct plain *plain, struct brig_broker *broker)
{
	struct brig_child_options options = side_options(&plain->side, "compute", 1);

	plain->side.served[0] = (struct brig_served){ &acts_plain_service, &handlers, plain };
	plain->side.broker = broker;
	ASSERT_OK(brig_child_start(broker, &options, &plain->side.child));
	RUN_UNTIL(&plain->side, plain->side.ready);
	ASSERT_TRUE(plain->side.ready);
}

static void tell(struct plain *plain, const char *text)
{
	Acts__Word word = ACTS__WORD__INIT;
	char copy[33];

	(void)snprintf(copy, sizeof copy, "%s", text);
	word.word = copy;
	plain->side.said[0] = '\0';
	ASSERT_PTR_NOT_NULL(plain->side.child);
	EXPECT_OK(acts_plain_order(brig_child_peer(plain->side.child), &word));
}

TEST_C(plain, compute_calls_and_is_told)
{
	struct plain plain = { .turned = 0 };
	struct brig_broker *broker = NULL;

	ASSERT_OK(side_broker(&broker));
	start(&plain, broker);
	for (int i = 1; i <= 3; i++) {
		tell(&plain, "draw");
		RUN_UNTIL(&plain.side, plain.side.said[0]);
		EXPECT_STR_EQ("ward", plain.side.said);
		EXPECT_INT_EQ(i, plain.turned);
	}
	tell(&plain, "end");
	side_ends(&plain.side, BRIG_EXIT_CLEAN, 0);
	EXPECT_INT_EQ(BRIG_LEVEL_FULL, plain.side.exit.level);
	brig_broker_destroy(broker);
}

/* recvmsg and sendmsg are among what it hasn't got. */
static void expect_killed(const char *act)
{
	struct plain plain = { .turned = 0 };
	struct brig_broker *broker = NULL;

	ASSERT_OK(side_broker(&broker));
	start(&plain, broker);
	tell(&plain, act);
	side_ends(&plain.side, BRIG_EXIT_SECCOMP, SIGSYS);
	EXPECT_STR_EQ("", plain.side.said);
	brig_broker_destroy(broker);
}

TEST_C(plain, compute_makes_no_socket)
{
	expect_killed("socket");
}

TEST_C(plain, compute_sends_no_descriptor)
{
	expect_killed("sendmsg");
}

TEST_C(plain, compute_reads_no_other_descriptor)
{
	expect_killed("read 4");
}

/* So it can't be refused to, either: its complaint could only be a lie. */
TEST_C(plain, compute_does_not_complain_that_none_pass)
{
	struct plain plain = { .turned = 0 };
	struct brig_broker *broker = NULL;

	ASSERT_OK(side_broker(&broker));
	start(&plain, broker);
	tell(&plain, "crowded");
	side_ends(&plain.side, BRIG_EXIT_BAD_MESSAGE, BRIG_BAD_KIND);
	brig_broker_destroy(broker);
}

static void came_back(void *user, struct brig_answer *answer, const Acts__Word *reply)
{
	struct plain *plain = user;

	(void)snprintf(plain->side.said, sizeof plain->side.said, "%s",
		       reply ? reply->word : strerror(answer->error));
}

static void expect_back(char *text, const char *wanted)
{
	struct plain plain = { .turned = 0 };
	struct brig_broker *broker = NULL;
	Acts__Word word = ACTS__WORD__INIT;

	word.word = text;
	ASSERT_OK(side_broker(&broker));
	start(&plain, broker);
	ASSERT_INT_GT(acts_plain_back(brig_child_peer(plain.side.child), &word, came_back, &plain),
		      0);
	RUN_UNTIL(&plain.side, plain.side.said[0]);
	EXPECT_STR_EQ(wanted, plain.side.said);
	brig_broker_destroy(broker);
}

TEST_C(plain, compute_is_asked)
{
	char text[] = "there and back";

	expect_back(text, text);
}

/* Its handler's slip is a refusal: it goes on, and its broker need not wait. */
TEST_C(plain, reply_that_its_schema_forbids_is_a_refusal)
{
	char text[] = "longer";

	expect_back(text, strerror(EINVAL));
}
