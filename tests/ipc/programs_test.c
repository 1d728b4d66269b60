/* The programs of an embedder's helper, looked at before any is started. */
#include "acts.brig.h"
#include "ipc/dispatch/peer.h"

#include "gtest_c.h"

#include <brig/child.h>

#include <errno.h>

static int act(void *user, struct brig_request *call, const Acts__Word *word)
{
	(void)user;
	(void)call;
	(void)word;
	return 0;
}

static void *thread(void *user)
{
	return user;
}

/* In a process that is no helper: what is wrong shows before one is started. */
static int run_program(const char *role, const struct brig_served *served, size_t n,
		       void *(*body)(void *user))
{
	const struct brig_child_program program = {
		.role = role, .served = served, .n_served = n, .thread = body
	};
	char name[] = "test";
	char *argv[] = { name, NULL };

	return brig_child_run(1, argv, &program, 1);
}

static const struct acts_actor_child_handlers acts = ACTS_ACTOR_CHILD_HANDLERS(act);
static const struct acts_actor_child_handlers no_act = ACTS_ACTOR_CHILD_HANDLERS(NULL);
static const struct brig_served lawful = { &acts_actor_service, &acts, NULL };
static const struct brig_served twice[] = { { &acts_actor_service, &acts, NULL },
					    { &acts_actor_service, &acts, NULL } };
static const struct brig_served unhandled = { &acts_actor_service, &no_act, NULL };

TEST_C(programs, no_helper_goes_on)
{
	EXPECT_ERR(ENOENT, run_program("service", &lawful, 1, NULL));
	EXPECT_ERR(ENOENT, run_program("workers", NULL, 0, thread));
}

TEST_C(programs, roles_that_run_none_are_refused)
{
	EXPECT_ERR(EINVAL, run_program("nobody", NULL, 0, NULL));
	EXPECT_ERR(EINVAL, run_program("zygote", NULL, 0, NULL));
	EXPECT_ERR(EINVAL, run_program("plugin", NULL, 0, NULL));
	EXPECT_ERR(EINVAL, run_program(NULL, NULL, 0, NULL));
}

TEST_C(programs, threads_are_the_roles)
{
	EXPECT_ERR(EINVAL, run_program("service", NULL, 0, thread));
	EXPECT_ERR(EINVAL, run_program("workers", NULL, 0, NULL));
}

TEST_C(programs, services_with_a_hole_are_refused)
{
	EXPECT_ERR(EINVAL, run_program("service", &unhandled, 1, NULL));
	EXPECT_ERR(EINVAL, run_program("service", twice, 2, NULL));
	EXPECT_ERR(EINVAL, run_program("service", &lawful, BRIG_SERVED_MAX + 1, NULL));
}

TEST_C(programs, one_role_has_one)
{
	const struct brig_child_program both[] = { { .role = "service" }, { .role = "service" } };
	char name[] = "test";
	char *argv[] = { name, NULL };

	EXPECT_ERR(EINVAL, brig_child_run(1, argv, both, 2));
}

TEST_C(programs, serve_in_a_child_what_has_no_hole)
{
	struct brig_peer child, broker_;

	brig_peer_init(&child, BRIG_FROM_CHILD, -1);
	brig_peer_init(&broker_, BRIG_FROM_BROKER, -1);
	EXPECT_OK(brig_serve(&child, &lawful, 1));
	EXPECT_UINT_EQ(1, child.n_served);
	EXPECT_ERR(EINVAL, brig_serve(&child, &unhandled, 1));
	EXPECT_ERR(EINVAL, brig_serve(&broker_, NULL, 0));
	EXPECT_UINT_EQ(1, child.n_served);
	EXPECT_OK(brig_serve(&child, NULL, 0));
	EXPECT_UINT_EQ(0, child.n_served);
}
