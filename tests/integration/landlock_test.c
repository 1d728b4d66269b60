/* What Landlock must hold of a role that may connect, where it is all that stands before TCP. */
#include "sandbox/layers/seal.h"
#include "sandbox/roles/role.h"

#include "gtest_c.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>

/* The step, of a kernel whose Landlock is @abi; ours has at least that. */
static int restricted(const char *role, int abi, bool net_ns)
{
	const struct brig_tier tier = { .least = BRIG_LEVEL_NO_USERNS };
	struct brig_seal seal;
	uint32_t id = 0;

	while (strcmp(brig_role_get(id)->name, role) != 0)
		id++;
	brig_seal_init(&seal, brig_role_get(id), &tier);
	seal.landlock_abi = abi;
	seal.layers[BRIG_LAYER_NET_NS].got = net_ns ? BRIG_CLAIMED : BRIG_MISSING;
	EXPECT_OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	return brig_step_landlock(&seal);
}

static void expect_no_files(void)
{
	EXPECT_INT_EQ(-1, open("/etc/passwd", O_RDONLY | O_CLOEXEC));
	EXPECT_INT_EQ(EACCES, errno);
}

TEST_C_CHILD(landlock, without_tcp_is_none_for_who_may_connect)
{
	EXPECT_ERR(EPROTONOSUPPORT, restricted("network", 3, false));
	expect_no_files();
}

TEST_C_CHILD(landlock, without_tcp_is_enough_behind_a_namespace)
{
	EXPECT_OK(restricted("network", 3, true));
	expect_no_files();
}

TEST_C_CHILD(landlock, without_tcp_is_enough_for_who_connects_nowhere)
{
	EXPECT_OK(restricted("service", 3, false));
	expect_no_files();
}

TEST_C_CHILD(landlock, with_tcp_is_enough_for_who_may_connect)
{
	if (brig_landlock_abi() < 4) {
		SKIP_C("tcp", "this kernel's Landlock knows no TCP");
		return;
	}
	EXPECT_OK(restricted("network", 4, false));
	expect_no_files();
}
