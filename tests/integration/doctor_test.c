/* What brig/doctor.h finds on machines that lack one layer: a filter here stands in for them. */
#include "sandbox/layers/seal.h"
#include "sandbox/policy/policy.h"
#include "sandbox/selftest/probe.h"

#include <brig/doctor.h>

#include "gtest_c.h"

#include <errno.h>
#include <linux/prctl.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Linux 6.3; Debian 12's header stops before it. */
#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#endif

struct findings {
	struct brig_doctor_finding of[BRIG_LAYER_COUNT];
	int n;
	struct brig_doctor_ability abilities[BRIG_ABILITY_COUNT];
	int n_abilities;
};

static void keep(void *user, const struct brig_doctor_finding *finding)
{
	struct findings *findings = user;

	ASSERT_INT_LT(findings->n, BRIG_LAYER_COUNT);
	findings->of[findings->n++] = *finding;
}

static void keep_ability(void *user, const struct brig_doctor_ability *ability)
{
	struct findings *findings = user;

	ASSERT_INT_LT(findings->n_abilities, BRIG_ABILITY_COUNT);
	findings->abilities[findings->n_abilities++] = *ability;
}

/* The call, if its first argument is @first or that is 0, is answered so from here on. */
static void answer(int call, unsigned long first, uint32_t action)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	struct scmp_arg_cmp is_it = { .arg = 0, .op = SCMP_CMP_EQ };

	is_it.datum_a = first;
	ASSERT_PTR_NOT_NULL(filter);
	ASSERT_OK(seccomp_rule_add_array(filter, action, call, first ? 1 : 0, &is_it));
	ASSERT_OK(seccomp_load(filter));
	seccomp_release(filter);
}

static void refuse(int call, unsigned long first, int error)
{
	answer(call, first, SCMP_ACT_ERRNO((unsigned int)error));
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
	EXPECT_STR_EQ("", findings.of[BRIG_LAYER_USER_NS].remedy);
	EXPECT_INT_EQ(BRIG_STAGE_NONE, findings.of[BRIG_LAYER_USER_NS].stage);
	EXPECT_STR_CONTAINS(findings.of[BRIG_LAYER_LANDLOCK].detail, "ABI ");
}

TEST_C_CHILD(doctor, finds_every_ability_here)
{
	struct findings findings = { .n = 0 };

	EXPECT_INT_EQ(0, brig_doctor_abilities(keep_ability, &findings));
	EXPECT_INT_EQ(BRIG_ABILITY_COUNT, findings.n_abilities);
	EXPECT_STR_EQ("listener", findings.abilities[BRIG_ABILITY_LISTENER].name);
	EXPECT_STR_EQ("attestation", findings.abilities[BRIG_ABILITY_ATTESTATION].name);
	EXPECT_STR_EQ("", findings.abilities[BRIG_ABILITY_LISTENER].remedy);
}

TEST_C_CHILD(doctor, blames_one_layer_for_no_other)
{
	struct findings findings = { .n = 0 };

	refuse(SCMP_SYS(prctl), PR_SET_MDWE, EINVAL); /* as Linux before 6.3 does */
	EXPECT_INT_EQ(0, brig_doctor_run(keep, &findings));
	EXPECT_FALSE(findings.of[BRIG_LAYER_MDWE].required);
	expect(&findings, BRIG_LAYER_MDWE, EINVAL, BRIG_LAYER_MDWE);
	expect(&findings, BRIG_LAYER_SECCOMP, 0, BRIG_LAYER_SECCOMP);
	EXPECT_STR_CONTAINS(findings.of[BRIG_LAYER_MDWE].remedy, "needs Linux 6.3");
}

TEST_C_CHILD(doctor, says_what_a_layer_that_was_not_tried_lacks)
{
	struct findings findings = { .n = 0 };
	const struct brig_doctor_finding *user_ns = &findings.of[BRIG_LAYER_USER_NS];

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
	EXPECT_INT_EQ(BRIG_STAGE_USER_NS, user_ns->stage);
	EXPECT_STR_CONTAINS(user_ns->remedy, "an outer seccomp filter stands around");
	EXPECT_STR_CONTAINS(user_ns->remedy, "let it allow unshare(2)");
	EXPECT_TRUE(user_ns->required && !user_ns->alone);
	EXPECT_TRUE(findings.of[BRIG_LAYER_SECCOMP].alone && findings.of[BRIG_LAYER_UID].alone);
}

TEST_C_CHILD(doctor, tells_landlock_that_is_off)
{
	struct findings findings = { .n = 0 };

	refuse(SCMP_SYS(landlock_create_ruleset), 0, EOPNOTSUPP);
	EXPECT_INT_EQ(1, brig_doctor_run(keep, &findings));
	expect(&findings, BRIG_LAYER_LANDLOCK, EOPNOTSUPP, BRIG_LAYER_LANDLOCK);
	EXPECT_STR_EQ("", findings.of[BRIG_LAYER_LANDLOCK].detail);
	EXPECT_STR_CONTAINS(findings.of[BRIG_LAYER_LANDLOCK].remedy, "boot with lsm=landlock,");
}

/* Here it is a filter, and the filter is what is blamed. */
TEST_C_CHILD(doctor, tells_landlock_that_is_filtered)
{
	struct findings findings = { .n = 0 };

	refuse(SCMP_SYS(landlock_create_ruleset), 0, ENOSYS);
	EXPECT_INT_EQ(1, brig_doctor_run(keep, &findings));
	expect(&findings, BRIG_LAYER_LANDLOCK, ENOSYS, BRIG_LAYER_LANDLOCK);
	EXPECT_STR_CONTAINS(findings.of[BRIG_LAYER_LANDLOCK].remedy, "outer seccomp filter");
	EXPECT_STR_CONTAINS(findings.of[BRIG_LAYER_LANDLOCK].remedy, "the landlock_* calls");
}

TEST_C_CHILD(doctor, survives_a_filter_that_kills)
{
	struct findings findings = { .n = 0 };

	answer(SCMP_SYS(pivot_root), 0, SCMP_ACT_KILL_PROCESS);
	EXPECT_INT_EQ(3, brig_doctor_run(keep, &findings));
	expect(&findings, BRIG_LAYER_ROOT, EPERM, BRIG_LAYER_ROOT);
	expect(&findings, BRIG_LAYER_PID_NS, EPERM, BRIG_LAYER_ROOT);
	expect(&findings, BRIG_LAYER_CAPS, EPERM, BRIG_LAYER_ROOT);
	EXPECT_INT_EQ(BRIG_STAGE_ROOT, findings.of[BRIG_LAYER_ROOT].stage);
	EXPECT_STR_CONTAINS(findings.of[BRIG_LAYER_ROOT].detail, "answered by SIGSYS");
	EXPECT_STR_CONTAINS(findings.of[BRIG_LAYER_ROOT].remedy, "pivot_root(2)");
}

/* A filter whose listener never answers: the call waits for ever. */
static void stick(int call)
{
	const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct brig_program program = { .code = code, .length = 4 };

	ASSERT_OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	ASSERT_OK(brig_program_load_listening(&program));
}

TEST_C_CHILD(doctor, does_not_hang_where_a_layer_does)
{
	struct brig_probe_patience patience = { .first_ms = 3000, .later_ms = 1000 };
	struct findings findings = { .n = 0 };

	stick(SCMP_SYS(pivot_root));
	EXPECT_INT_EQ(3, brig_doctor_run_within(&patience, keep, &findings));
	EXPECT_TRUE(patience.lost);
	expect(&findings, BRIG_LAYER_CGROUP_NS, 0, BRIG_LAYER_CGROUP_NS);
	expect(&findings, BRIG_LAYER_ROOT, ETIMEDOUT, BRIG_LAYER_ROOT);
	expect(&findings, BRIG_LAYER_PID_NS, ETIMEDOUT, BRIG_LAYER_ROOT);
	expect(&findings, BRIG_LAYER_SECCOMP, 0, BRIG_LAYER_SECCOMP);
	EXPECT_INT_EQ(BRIG_STAGE_ROOT, findings.of[BRIG_LAYER_ROOT].stage);
	EXPECT_STR_EQ("no answer within 3000 ms", findings.of[BRIG_LAYER_ROOT].detail);
	EXPECT_STR_EQ("no answer within 1000 ms", findings.of[BRIG_LAYER_PID_NS].detail);
	EXPECT_STR_CONTAINS(findings.of[BRIG_LAYER_ROOT].remedy, "supervisor");
	/* Nothing of it is left. */
	EXPECT_INT_EQ(-1, waitpid(-1, NULL, WNOHANG));
	EXPECT_INT_EQ(ECHILD, errno);
}

TEST_C_CHILD(doctor, does_not_hang_where_an_ability_does)
{
	struct brig_probe_patience patience = { .first_ms = 3000, .later_ms = 1000 };
	struct findings findings = { .n = 0 };

	stick(SCMP_SYS(readlinkat));
	EXPECT_INT_EQ(2, brig_doctor_abilities_within(&patience, keep_ability, &findings));
	EXPECT_INT_EQ(ETIMEDOUT, findings.abilities[BRIG_ABILITY_ATTESTATION].error);
	EXPECT_STR_EQ("reading /proc/PID/ns", findings.abilities[BRIG_ABILITY_ATTESTATION].step);
	EXPECT_STR_CONTAINS(findings.abilities[BRIG_ABILITY_ATTESTATION].remedy, "supervisor");
	/* Who listens to us leaves no room for a listener of ours, which isn't needed. */
	EXPECT_INT_EQ(EBUSY, findings.abilities[BRIG_ABILITY_LISTENER].error);
	EXPECT_STR_EQ("seccomp(2) with a listener", findings.abilities[BRIG_ABILITY_LISTENER].step);
	EXPECT_FALSE(findings.abilities[BRIG_ABILITY_LISTENER].required);
	EXPECT_STR_CONTAINS(findings.abilities[BRIG_ABILITY_LISTENER].remedy,
			    "forbidden calls fail, and nobody is told");
}

TEST_C_CHILD(doctor, tells_that_no_listener_can_be_taken)
{
	struct findings findings = { .n = 0 };
	const struct brig_doctor_ability *listener = &findings.abilities[BRIG_ABILITY_LISTENER];

	refuse(SCMP_SYS(pidfd_getfd), 0, EPERM);
	EXPECT_INT_EQ(1, brig_doctor_abilities(keep_ability, &findings));
	EXPECT_INT_EQ(EPERM, listener->error);
	EXPECT_STR_EQ("pidfd_getfd(2)", listener->step);
	EXPECT_TRUE(listener->required);
	EXPECT_STR_CONTAINS(listener->remedy, "let it allow seccomp(2), pidfd_getfd(2)");
}

/* What the command says, told from behind the filters that stand here. */
static void expect_tier(const char *wanted)
{
	char said[32768] = "";
	FILE *command = popen(BRIG_COMMAND " doctor --json", "re");

	ASSERT_PTR_NOT_NULL(command);
	said[fread(said, 1, sizeof said - 1, command)] = '\0';
	EXPECT_INT_EQ(3 << 8, pclose(command));
	EXPECT_STR_CONTAINS(said, wanted);
}

TEST_C_CHILD(tier, without_namespaces_is_no_userns)
{
	refuse(SCMP_SYS(unshare), 0, EPERM);
	expect_tier("\"tier\": \"no_userns\"");
}

TEST_C_CHILD(tier, without_landlock_too_is_seccomp_only)
{
	refuse(SCMP_SYS(unshare), 0, EPERM);
	refuse(SCMP_SYS(landlock_create_ruleset), 0, ENOSYS);
	expect_tier("\"tier\": \"seccomp_only\"");
}

TEST_C_CHILD(tier, without_what_needs_no_namespace_is_none)
{
	refuse(SCMP_SYS(prctl), PR_SET_DUMPABLE, EPERM);
	expect_tier("\"tier\": \"none\"");
}

TEST_C_CHILD(tier, without_a_listener_to_be_taken_is_none)
{
	refuse(SCMP_SYS(pidfd_getfd), 0, EPERM);
	expect_tier("\"tier\": \"none\"");
}

/* It is sent then, and needn't be taken. */
TEST_C_CHILD(tier, without_namespaces_no_listener_has_to_be_taken)
{
	refuse(SCMP_SYS(unshare), 0, EPERM);
	refuse(SCMP_SYS(pidfd_getfd), 0, EPERM);
	expect_tier("\"tier\": \"no_userns\"");
}

static int stop_itself(struct brig_probe_report *report, const void *data)
{
	(void)report;
	(void)data;
	return raise(SIGSTOP);
}

static int crash(struct brig_probe_report *report, const void *data)
{
	report->stage = BRIG_STAGE_MDWE;
	(void)data;
	return raise(SIGKILL);
}

TEST_C_CHILD(probe, ends_a_child_that_is_stopped)
{
	struct brig_probe_patience patience = { .first_ms = 500, .later_ms = 100 };
	struct brig_probe_report report = { .stage = BRIG_STAGE_NONE };

	ASSERT_OK(brig_probe(stop_itself, NULL, &patience, &report));
	EXPECT_INT_EQ(ETIMEDOUT, report.error);
	EXPECT_INT_EQ(-1, waitpid(-1, NULL, WNOHANG));
	EXPECT_INT_EQ(ECHILD, errno);
}

TEST_C_CHILD(probe, tells_where_a_child_was_killed)
{
	struct brig_probe_patience patience = { .first_ms = 10000, .later_ms = 10000 };
	struct brig_probe_report report = { .stage = BRIG_STAGE_NONE };

	ASSERT_OK(brig_probe(crash, NULL, &patience, &report));
	EXPECT_INT_EQ(EPROTO, report.error);
	EXPECT_INT_EQ(BRIG_STAGE_MDWE, report.stage);
	EXPECT_STR_CONTAINS(report.detail, "signal 9");
	EXPECT_FALSE(patience.lost);
}
