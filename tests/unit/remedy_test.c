/* What is said on machines that this one isn't: each a row of what would be read there. */
#include "sandbox/selftest/machine.h"
#include "sandbox/selftest/probe.h"

#include <brig/doctor.h>

#include "gtest_c.h"

#include <errno.h>
#include <stdio.h>

static const struct brig_machine plain = {
	.kernel = "6.1.0-18-amd64",
	.uid = 1000,
	.ptrace_scope = BRIG_SETTING_UNKNOWN,
	.userns_clone = BRIG_SETTING_UNKNOWN,
	.apparmor_userns = BRIG_SETTING_UNKNOWN,
};

static void expect(const struct brig_machine *machine, struct brig_trouble trouble,
		   const char *wanted)
{
	char said[400] = "";

	brig_remedy(machine, &trouble, said, sizeof said);
	EXPECT_STR_CONTAINS(said, wanted);
}

static struct brig_trouble user_ns(enum brig_stage stage, int error)
{
	return (struct brig_trouble){ .layer = BRIG_LAYER_USER_NS, .stage = stage, .error = error };
}

static struct brig_trouble ability(int error)
{
	return (struct brig_trouble){ .layer = BRIG_LAYER_COUNT,
				      .stage = BRIG_STAGE_ATTEST,
				      .error = error };
}

static struct brig_trouble landlock(int error)
{
	return (struct brig_trouble){ .layer = BRIG_LAYER_LANDLOCK,
				      .stage = BRIG_STAGE_LANDLOCK,
				      .error = error };
}

TEST_C(remedy, names_debians_setting)
{
	struct brig_machine machine = plain;

	machine.userns_clone = 0;
	expect(&machine, user_ns(BRIG_STAGE_USER_NS, EPERM),
	       "sysctl -w kernel.unprivileged_userns_clone=1");
	machine.uid = 0; /* which has given root up by then */
	expect(&machine, user_ns(BRIG_STAGE_USER_NS, EPERM),
	       "sysctl -w kernel.unprivileged_userns_clone=1");
	machine.uid = 1000;
	machine.userns_clone = 1;
	expect(&machine, user_ns(BRIG_STAGE_USER_NS, EPERM), "nothing that can be seen");
}

/* Ubuntu 23.10 refuses unshare(2), 24.04 what comes next. */
TEST_C(remedy, names_apparmors_rule)
{
	struct brig_machine machine = plain;
	const struct brig_trouble mount = { .layer = BRIG_LAYER_MOUNT_NS,
					    .stage = BRIG_STAGE_MOUNT_NS,
					    .error = EACCES };

	machine.apparmor_userns = 1;
	expect(&machine, user_ns(BRIG_STAGE_USER_NS, EACCES), "brig doctor --apparmor");
	expect(&machine, user_ns(BRIG_STAGE_ID_MAP, EPERM), "brig doctor --apparmor");
	expect(&machine, mount, "brig doctor --apparmor");
	machine.apparmor_userns = 0;
	expect(&machine, user_ns(BRIG_STAGE_USER_NS, EPERM), "nothing that can be seen");
}

TEST_C(remedy, names_the_profile_that_confines)
{
	struct brig_machine machine = plain;
	const struct brig_trouble mount = { .layer = BRIG_LAYER_ROOT,
					    .stage = BRIG_STAGE_ROOT,
					    .error = EACCES };

	(void)snprintf(machine.confined, sizeof machine.confined, "docker-default (enforce)");
	expect(&machine, mount, "confined as 'docker-default (enforce)'");
	expect(&machine, mount, "--security-opt apparmor=unconfined");
}

TEST_C(remedy, names_a_chroot_only_if_it_is_known)
{
	struct brig_machine machine = plain;

	expect(&machine, user_ns(BRIG_STAGE_USER_NS, EPERM), "most likely this is a chroot");
	machine.chrooted = true;
	expect(&machine, user_ns(BRIG_STAGE_USER_NS, EPERM), "this process is in a chroot");
}

TEST_C(remedy, names_a_kernel_without_user_namespaces)
{
	expect(&plain, user_ns(BRIG_STAGE_USER_NS, EINVAL), "CONFIG_USER_NS");
	expect(&plain, user_ns(BRIG_STAGE_USER_NS, EINVAL), "6.1.0-18-amd64");
}

TEST_C(remedy, names_a_masked_proc)
{
	struct brig_machine machine = plain;

	machine.sys_read_only = true;
	expect(&machine, user_ns(BRIG_STAGE_NO_NESTED, EROFS), "systempaths=unconfined");
	expect(&machine, user_ns(BRIG_STAGE_NO_NESTED, EACCES), "unmask=ALL");
	machine.no_proc = true;
	expect(&machine, user_ns(BRIG_STAGE_ID_MAP, ENOENT), "mount -t proc proc /proc");
}

TEST_C(remedy, tells_old_from_unbuilt_from_off)
{
	struct brig_machine machine = plain;

	expect(&machine, landlock(ENOSYS), "CONFIG_SECURITY_LANDLOCK");
	(void)snprintf(machine.lsm, sizeof machine.lsm, "lockdown,capability,yama,apparmor");
	expect(&machine, landlock(EOPNOTSUPP),
	       "boot with lsm=landlock,lockdown,capability,yama,apparmor");
	(void)snprintf(machine.kernel, sizeof machine.kernel, "5.10.0-28-amd64");
	expect(&machine, landlock(ENOSYS), "needs Linux 5.13; this is 5.10.0-28-amd64");
}

TEST_C(remedy, names_what_hides_a_child)
{
	struct brig_machine machine = plain;

	expect(&machine, ability(EBUSY), "one listener");
	machine.hidepid = 2;
	expect(&machine, ability(ENOENT), "hidepid=2");
	machine.ptrace_scope = 3;
	expect(&machine, ability(EPERM), "kernel.yama.ptrace_scope is 3");
	machine.ptrace_scope = 1;
	machine.hidepid = 0;
	machine.uid = 0;
	expect(&machine, ability(EPERM), "--cap-add SYS_PTRACE");
}

TEST_C(remedy, is_the_steps_own_where_nothing_is_known)
{
	const struct brig_trouble none = { .layer = BRIG_LAYER_RLIMITS,
					   .stage = BRIG_STAGE_RLIMITS,
					   .error = EPERM };

	expect(&plain, none, brig_stage_remedy(BRIG_STAGE_RLIMITS, EPERM));
	expect(&plain, user_ns(BRIG_STAGE_USER_NS, EAGAIN), "short of memory, files or processes");
}

TEST_C(remedy, says_so_where_it_hangs)
{
	struct brig_machine machine = plain;

	expect(&machine, user_ns(BRIG_STAGE_USER_NS, ETIMEDOUT), "outside of debuggers");
	machine.seccomp = 2;
	expect(&machine, user_ns(BRIG_STAGE_USER_NS, ETIMEDOUT), "must answer or allow unshare(2)");
}

static const char *described(int abi, int errata)
{
	static char text[sizeof((struct brig_doctor_finding *)0)->detail];

	brig_landlock_describe(abi, errata, text, sizeof text);
	return text;
}

TEST_C(landlock, tells_what_is_corrected_and_what_is_not)
{
	EXPECT_STR_EQ("ABI 7; errata corrected: 1 2 3", described(7, 7));
	EXPECT_STR_EQ("ABI 7; errata corrected: 1 2; not: 3", described(7, 3));
	EXPECT_STR_EQ("ABI 6; errata corrected: 1; not: 2 3", described(6, 1));
	EXPECT_STR_EQ("ABI 5, which can't stop signals and abstract sockets; not: 1 3",
		      described(5, 0));
	EXPECT_STR_EQ("ABI 8; errata corrected: 1 2 3 4", described(8, 15));
	EXPECT_STR_EQ("ABI 6; it can't tell which errata are corrected", described(6, -EINVAL));
}

TEST_C(landlock, tells_what_an_older_one_does_not_hold)
{
	EXPECT_STR_EQ("ABI 2, which can't stop truncating, TCP, device ioctls, "
		      "signals and abstract sockets; it can't tell which errata are corrected",
		      described(2, -EINVAL));
}
