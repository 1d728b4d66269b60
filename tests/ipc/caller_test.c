/* A handler that serves many children: who calls is told by the socket that it came by. */
#include "ipc/dispatch/peer.h"
#include "tests/ipc/side.h"

static int note_for_caller(void *user, struct brig_request *call, const Every__Empty *empty)
{
	struct side *caller = brig_child_user(brig_peer_child(call->peer));
	(void)user;
	(void)empty;

	EXPECT_TRUE(caller->child == brig_peer_child(call->peer));
	caller->notes++;
	return 0;
}

TEST_C(caller, is_known_to_a_handler)
{
	static const struct every_asked_handlers handlers =
		EVERY_ASKED_HANDLERS(side_echo, side_measure, note_for_caller, side_pass, side_note,
				     side_often, side_note, side_fill, side_note);
	struct side sides[2] = { { .notes = 0 }, { .notes = 0 } };
	struct brig_broker *b = NULL;
	uint64_t instance;

	ASSERT_OK(side_broker(&b));
	for (int i = 0; i < 2; i++) {
		struct brig_child_options options = side_options(&sides[i], "service", 2);

		sides[i].served[1] = (struct brig_served){ &every_asked_service, &handlers, NULL };
		sides[i].broker = b;
		ASSERT_OK(brig_child_start(b, &options, &sides[i].child));
		RUN_UNTIL(&sides[i], sides[i].ready);
	}
	side_tell(&sides[1], "note");
	RUN_UNTIL(&sides[1], sides[1].notes);
	EXPECT_INT_EQ(0, sides[0].notes);
	side_tell(&sides[0], "note");
	RUN_UNTIL(&sides[0], sides[0].notes);
	EXPECT_INT_EQ(1, sides[1].notes);
	instance = brig_child_instance(sides[0].child);
	EXPECT_TRUE(instance != brig_child_instance(sides[1].child));
	side_tell(&sides[0], "end");
	side_ends(&sides[0], BRIG_EXIT_CLEAN, 0);
	EXPECT_UINT_EQ(instance, sides[0].exit.instance);
	brig_broker_destroy(b);
}

TEST_C(caller, is_none_where_the_peer_is_no_brokers)
{
	struct brig_peer peer;

	brig_peer_init(&peer, BRIG_FROM_CHILD, -1);
	EXPECT_PTR_NULL(brig_peer_child(&peer));
	EXPECT_PTR_NULL(brig_peer_child(NULL));
}
