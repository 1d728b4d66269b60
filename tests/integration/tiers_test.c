/* What a broker makes of machines that lack a layer: a filter here, or a mount, stands in for them.
 */
#include "broker/broker.h"
#include "tests/support/decode_once.h"

#include "gtest_c.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Linux 5.13; libseccomp 2.5.4 knows the name on some architectures only. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif

/* Linux 6.3; Debian 12's header stops before it. */
#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#endif

static const char pnm[] = "P5 1 1 255\n\7";

/* The call, if its first argument is @first or that is 0, fails with @error from here on. */
static void refuse_first(int call, unsigned long first, int error)
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

static void refuse(int call, int error)
{
	refuse_first(call, 0, error);
}

static void create(const char *helper, enum brig_level least, struct brig_broker **ret)
{
	const struct brig_broker_options options = { .size = sizeof options,
						     .child_path = helper,
						     .plugin_dir = BRIG_PLUGIN_DIR,
						     .least = least };

	ASSERT_OK(brig_broker_create(&options, ret));
}

static void decode(const char *helper, enum brig_level least, const void *bytes, size_t n,
		   struct outcome *ret)
{
	struct brig_broker *broker = NULL;

	create(helper, least, &broker);
	EXPECT_OK(outcome_start_bytes(broker, bytes, n, NULL, ret));
	EXPECT_OK(run_until_done(broker, ret, 1));
	outcome_finish(ret);
	brig_broker_destroy(broker);
}

static void expect_layer(const struct brig_exit *exit, enum brig_layer layer, enum brig_got got,
			 int error)
{
	if (exit->layers[layer].got != got || exit->layers[layer].error != error)
		gtest_c_fail(__FILE__, __LINE__, "%s is %d (%s), not %d (%s)",
			     brig_layer_name(layer), exit->layers[layer].got,
			     strerror(exit->layers[layer].error), got, strerror(error));
}

/* A renderer and a plugin, and what stood around both. */
static void expect_pnm(enum brig_level least, enum brig_level reached, struct outcome *ret)
{
	decode(BRIG_CHILD, least, pnm, sizeof pnm - 1, ret);
	EXPECT_STR_EQ("decoded", ret->message);
	EXPECT_INT_EQ(BRIG_DECODE_OK, ret->status);
	EXPECT_INT_EQ(reached, ret->exit.level);
	EXPECT_INT_EQ(reached, ret->plugin_exit.level);
	expect_layer(&ret->exit, BRIG_LAYER_SECCOMP, BRIG_ATTESTED, 0);
	expect_layer(&ret->exit, BRIG_LAYER_NO_NEW_PRIVS, BRIG_ATTESTED, 0);
	expect_layer(&ret->exit, BRIG_LAYER_FDS, ret->exit.layers[BRIG_LAYER_FDS].got, 0);
	EXPECT_INT_NE(BRIG_MISSING, ret->exit.layers[BRIG_LAYER_FDS].got);
}

static void expect_refused(enum brig_level least, enum brig_stage stage, int error)
{
	struct outcome outcome = { 0 };

	decode(BRIG_CHILD, least, pnm, sizeof pnm - 1, &outcome);
	EXPECT_INT_EQ(BRIG_DECODE_LAUNCH_FAILED, outcome.status);
	EXPECT_INT_EQ(BRIG_EXIT_LAUNCH_FAILED, outcome.exit.class_);
	EXPECT_STR_EQ(brig_stage_name(stage), brig_stage_name(outcome.exit.stage));
	EXPECT_INT_EQ(error, outcome.exit.error);
	EXPECT_INT_EQ(BRIG_LEVEL_NONE, outcome.exit.level);
}

/* What people read of a forbidden call stays the kernel's word at every level. */
static void expect_told(enum brig_level least)
{
	static const char word[] = "HOSTILE socket";
	struct outcome outcome = { 0 };

	decode(BRIG_HOSTILE_CHILD, least, word, sizeof word - 1, &outcome);
	EXPECT_INT_EQ(BRIG_EXIT_SECCOMP, outcome.exit.class_);
	EXPECT_INT_EQ(SYS_socket, outcome.exit.syscall);
}

TEST_C(tiers, names_go_both_ways)
{
	EXPECT_STR_EQ("none", brig_level_name(BRIG_LEVEL_NONE));
	EXPECT_INT_EQ(BRIG_LEVEL_SECCOMP_ONLY, brig_level_find("seccomp_only"));
	EXPECT_INT_EQ(BRIG_LEVEL_NO_USERNS, brig_level_find("no_userns"));
	EXPECT_INT_EQ(BRIG_LEVEL_FULL, brig_level_find("full"));
	EXPECT_INT_EQ(BRIG_LEVEL_NONE, brig_level_find("none"));
	EXPECT_STR_EQ("?", brig_level_name((enum brig_level)9));
}

TEST_C_CHILD(tiers, nothing_runs_below_the_least)
{
	refuse(SCMP_SYS(unshare), ENOSPC);
	expect_refused(BRIG_LEVEL_FULL, BRIG_STAGE_USER_NS, ENOSPC);
	expect_refused(BRIG_LEVEL_NONE, BRIG_STAGE_USER_NS, ENOSPC); /* the default is full */
	refuse(SYS_landlock_create_ruleset, EOPNOTSUPP);
	expect_refused(BRIG_LEVEL_NO_USERNS, BRIG_STAGE_LANDLOCK, EOPNOTSUPP);
#ifndef BRIG_SANITIZED /* a sanitizer's start-up asks for limits, too */
	refuse(SCMP_SYS(setrlimit), EPERM);
	refuse(SCMP_SYS(prlimit64), EPERM);
	expect_refused(BRIG_LEVEL_SECCOMP_ONLY, BRIG_STAGE_RLIMITS, EPERM);
#endif
}

TEST_C_CHILD(tiers, without_user_namespaces_landlock_and_the_filter_stand)
{
	struct outcome outcome = { 0 };

	refuse(SCMP_SYS(unshare), ENOSPC);
	expect_pnm(BRIG_LEVEL_NO_USERNS, BRIG_LEVEL_NO_USERNS, &outcome);
	expect_layer(&outcome.exit, BRIG_LAYER_USER_NS, BRIG_MISSING, ENOSPC);
	expect_layer(&outcome.exit, BRIG_LAYER_MOUNT_NS, BRIG_MISSING, ENOSPC);
	expect_layer(&outcome.exit, BRIG_LAYER_ROOT, BRIG_MISSING, ENOSPC);
	expect_layer(&outcome.exit, BRIG_LAYER_PID_NS, BRIG_MISSING, EPERM);
	expect_layer(&outcome.exit, BRIG_LAYER_LANDLOCK, BRIG_CLAIMED, 0);
	EXPECT_INT_EQ(BRIG_PREFERRED, outcome.exit.layers[BRIG_LAYER_USER_NS].want);
	expect_told(BRIG_LEVEL_NO_USERNS);
}

TEST_C_CHILD(tiers, without_landlock_the_filter_stands)
{
	struct outcome outcome = { 0 };

	refuse(SCMP_SYS(unshare), EPERM);
	refuse(SYS_landlock_create_ruleset, ENOSYS);
	expect_pnm(BRIG_LEVEL_SECCOMP_ONLY, BRIG_LEVEL_SECCOMP_ONLY, &outcome);
	expect_layer(&outcome.exit, BRIG_LAYER_USER_NS, BRIG_MISSING, EPERM);
	expect_layer(&outcome.exit, BRIG_LAYER_LANDLOCK, BRIG_MISSING, ENOSYS);
	expect_told(BRIG_LEVEL_SECCOMP_ONLY);
}

/* The least is no wish: what can be had is put on. */
TEST_C_CHILD(tiers, more_than_the_least_is_put_on)
{
	struct outcome outcome = { 0 };

	expect_pnm(BRIG_LEVEL_SECCOMP_ONLY, BRIG_LEVEL_FULL, &outcome);
	expect_layer(&outcome.exit, BRIG_LAYER_PID_NS, BRIG_ATTESTED, 0);
	expect_layer(&outcome.exit, BRIG_LAYER_ROOT, BRIG_ATTESTED, 0);
}

/* As before Linux 6.3, where filters alone keep code out. */
TEST_C_CHILD(tiers, no_level_needs_mdwe)
{
	struct outcome outcome = { 0 };

	refuse_first(SCMP_SYS(prctl), PR_SET_MDWE, EINVAL);
	expect_pnm(BRIG_LEVEL_FULL, BRIG_LEVEL_FULL, &outcome);
	expect_layer(&outcome.exit, BRIG_LAYER_MDWE, BRIG_MISSING, EINVAL);
	expect_layer(&outcome.plugin_exit, BRIG_LAYER_MDWE, BRIG_MISSING, EINVAL);
}

/* Landlock is missing, namespaces are there: it is not NO_USERNS then. */
TEST_C_CHILD(tiers, a_level_has_all_of_those_before)
{
	struct outcome outcome = { 0 };

	refuse(SYS_landlock_create_ruleset, EOPNOTSUPP);
	expect_pnm(BRIG_LEVEL_SECCOMP_ONLY, BRIG_LEVEL_SECCOMP_ONLY, &outcome);
	expect_layer(&outcome.exit, BRIG_LAYER_PID_NS, BRIG_ATTESTED, 0);
}

/* The root is that of a process that is gone, and as empty. A plugin needs libraries: none runs. */
TEST_C_CHILD(tiers, where_nothing_may_be_mounted_the_root_is_empty_all_the_same)
{
	struct brig_broker *broker = NULL;
	struct outcome outcome = { 0 };

	refuse(SCMP_SYS(mount), EPERM);
	create(BRIG_CHILD, BRIG_LEVEL_FULL, &broker);
	EXPECT_OK(outcome_start(broker, BRIG_PICTURE, 60000, &outcome));
	EXPECT_OK(run_until_done(broker, &outcome, 1));
	EXPECT_INT_EQ(BRIG_DECODE_OK, outcome.status);
	EXPECT_INT_EQ(BRIG_LEVEL_FULL, outcome.exit.level);
	expect_layer(&outcome.exit, BRIG_LAYER_ROOT, BRIG_ATTESTED, 0);
	outcome_finish(&outcome);
	EXPECT_OK(outcome_start_bytes(broker, pnm, sizeof pnm - 1, NULL, &outcome));
	EXPECT_OK(run_until_done(broker, &outcome, 1));
	EXPECT_INT_EQ(BRIG_EXIT_LAUNCH_FAILED, outcome.plugin_exit.class_);
	EXPECT_STR_EQ("root", brig_stage_name(outcome.plugin_exit.stage));
	outcome_finish(&outcome);
	brig_broker_destroy(broker);
}

static void write_line(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	ASSERT_INT_GE(fd, 0);
	EXPECT_INT_EQ((long long)strlen(text), write(fd, text, strlen(text)));
	(void)close(fd);
}

/* A mount namespace where we may mount; an ordinary user's is in a user namespace of its own. */
static void enter_mounts(void)
{
	const uid_t uid = geteuid();
	const gid_t gid = getegid();
	char line[64];

	ASSERT_INT_EQ(0, unshare(uid ? CLONE_NEWUSER | CLONE_NEWNS : CLONE_NEWNS));
	if (uid) {
		write_line("/proc/self/setgroups", "deny");
		(void)snprintf(line, sizeof line, "%u %u 1\n", uid, uid);
		write_line("/proc/self/uid_map", line);
		(void)snprintf(line, sizeof line, "%u %u 1\n", gid, gid);
		write_line("/proc/self/gid_map", line);
	}
	ASSERT_INT_EQ(0, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
}

/* As in containers: the limit on user namespaces can't be set, and the root keeps them out. */
TEST_C_CHILD(tiers, a_read_only_proc_sys_is_no_hindrance)
{
	struct outcome outcome = { 0 };

	enter_mounts();
	ASSERT_INT_EQ(0, mount("/proc/sys", "/proc/sys", NULL, MS_BIND | MS_REC, NULL));
	ASSERT_INT_EQ(0, mount(NULL, "/proc/sys", NULL,
			       MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
			       NULL));
	ASSERT_INT_EQ(-1, open("/proc/sys/user/max_user_namespaces", O_WRONLY | O_CLOEXEC));
	expect_pnm(BRIG_LEVEL_FULL, BRIG_LEVEL_FULL, &outcome);
	expect_layer(&outcome.exit, BRIG_LAYER_USER_NS, BRIG_ATTESTED, 0);
}

/* Nobody but a helper of a test's may be told to leave a layer out. */
TEST_C_CHILD(tiers, the_helper_that_ships_leaves_nothing_out)
{
	const struct brig_broker_options options = { .size = sizeof options,
						     .child_path = BRIG_CHILD,
						     .plugin_dir = BRIG_PLUGIN_DIR };
	struct brig_broker *broker = NULL;
	struct outcome outcome = { 0 };

	ASSERT_OK(brig_broker_create_without(&options, 1u << BRIG_LAYER_SECCOMP, &broker));
	EXPECT_OK(outcome_start(broker, BRIG_PICTURE, 60000, &outcome));
	EXPECT_OK(run_until_done(broker, &outcome, 1));
	EXPECT_INT_EQ(BRIG_DECODE_LAUNCH_FAILED, outcome.status);
	EXPECT_STR_EQ("spawn", brig_stage_name(outcome.exit.stage));
	EXPECT_INT_EQ(EPERM, outcome.exit.error);
	outcome_finish(&outcome);
	brig_broker_destroy(broker);
}
