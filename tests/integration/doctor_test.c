/* What brig/doctor.h finds on machines that lack one layer: a filter here stands in for them. */
#include <brig/doctor.h>

#include "gtest_c.h"

#include <errno.h>
#include <linux/prctl.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>

/* Linux 6.3; Debian 12's header stops before it. */
#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#endif

struct findings {
	struct brig_doctor_finding of[BRIG_LAYER_COUNT];
	int n;
};

static void keep(void *user, const struct brig_doctor_finding *finding)
{
	struct findings *findings = user;

	ASSERT_INT_LT(findings->n, BRIG_LAYER_COUNT);
	findings->of[findings->n++] = *finding;
}

/* The call, if its first argument is @first or that is 0, fails with @error from here on. */
static void refuse(int call, unsigned long first, int error)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	struct scmp_arg_cmp is_it = { .arg = 0, .op = SCMP_CMP_EQ };

	is_it.datum_a = first;
	ASSERT_PTR_NOT_NULL(filter);
	ASSERT_OK(seccomp_rule_add_array(filter, SCMP_ACT_ERRNO((unsigned int)error), call,
					 first ? 1 : 0, &is_it));
	ASSERT_OK(seccomp_load(filter));
	seccomp_release(filter);
}

static void expect(const struct findings *findings, enum brig_layer layer, int error,
		   enum brig_layer cause)
{
	const struct brig_doctor_finding *finding = &findings->of[layer];

	EXPECT_INT_EQ(layer, finding->layer);
	EXPECT_INT_EQ(error, finding->error);
	EXPECT_STR_EQ(brig_layer_name(cause), brig_layer_name(finding->cause));
}

TEST_C_CHILD(doctor, finds_every_layer_here)
{
	struct findings findings = { .n = 0 };

	EXPECT_INT_EQ(0, brig_doctor_run(keep, &findings));
	EXPECT_INT_EQ(BRIG_LAYER_COUNT, findings.n);
}

TEST_C_CHILD(doctor, blames_one_layer_for_no_other)
{
	struct findings findings = { .n = 0 };

	refuse(SCMP_SYS(prctl), PR_SET_MDWE, EINVAL); /* as Linux before 6.3 does */
	EXPECT_INT_EQ(1, brig_doctor_run(keep, &findings));
	expect(&findings, BRIG_LAYER_MDWE, EINVAL, BRIG_LAYER_MDWE);
	expect(&findings, BRIG_LAYER_SECCOMP, 0, BRIG_LAYER_SECCOMP);
}

TEST_C_CHILD(doctor, says_what_a_layer_that_was_not_tried_lacks)
{
	struct findings findings = { .n = 0 };

	refuse(SCMP_SYS(unshare), 0, EPERM); /* as a container's filter does */
	/* User, five more namespaces, root, pid namespace and capabilities. */
	EXPECT_INT_EQ(9, brig_doctor_run(keep, &findings));
	expect(&findings, BRIG_LAYER_USER_NS, EPERM, BRIG_LAYER_USER_NS);
	expect(&findings, BRIG_LAYER_MOUNT_NS, EPERM, BRIG_LAYER_USER_NS);
	expect(&findings, BRIG_LAYER_PID_NS, EPERM, BRIG_LAYER_USER_NS);
	expect(&findings, BRIG_LAYER_CAPS, EPERM, BRIG_LAYER_USER_NS);
	expect(&findings, BRIG_LAYER_RLIMITS, 0, BRIG_LAYER_RLIMITS);
	expect(&findings, BRIG_LAYER_LANDLOCK, 0, BRIG_LAYER_LANDLOCK);
	expect(&findings, BRIG_LAYER_SECCOMP, 0, BRIG_LAYER_SECCOMP);
}
