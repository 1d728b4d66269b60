/* What the escape suite thinks of an end: an attempt that got through, or for another reason. */
#include "tools/selftest/trial.h"

#include <gtest_c.h>

#include <errno.h>
#include <linux/audit.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

static const struct brig_attempt killed = { .id = "killed", .groups = "S", .expected = "KILL" };
static const struct brig_attempt refused = { .id = "refused",
					     .groups = "SN",
					     .expected = "EPERM|EACCES",
					     .by_role = "codec: ENOSYS; plugin: OK" };
static const struct brig_attempt harmless = { .id = "harmless",
					      .groups = "K",
					      .expected = "HARMLESS" };
static const struct brig_attempt bad = { .id = "bad", .groups = "B", .expected = "BAD" };
static const struct brig_attempt faults = { .id = "faults", .groups = "M", .expected = "SIGSEGV" };

static struct trial returned(const struct brig_attempt *attempt, int error)
{
	return (struct trial){
		.attempt = attempt,
		.state = BRIG_ATTEMPT_RETURNED,
		.error = error,
		.exit = { .class_ = BRIG_EXIT_CLEAN, .syscall = -1, .level = BRIG_LEVEL_FULL }
	};
}

static struct trial died(const struct brig_attempt *attempt, enum brig_exit_class class_, int code)
{
	struct trial trial = returned(attempt, 0);

	trial.state = BRIG_ATTEMPT_MARKED;
	trial.call = SYS_ptrace;
	trial.exit.class_ = class_;
	trial.exit.code = code;
	return trial;
}

static struct selftest_result judge_in(const struct trial *trial, enum brig_level tier,
				       uint32_t off)
{
	const struct selftest_column column = { .tier = tier,
						.role = &brig_role_renderer,
						.off = off };
	struct trial copy = *trial;
	struct selftest_result result;

	copy.exit.level = tier;
	trial_judge(&copy, &column, &result);
	return result;
}

static struct selftest_result judge_as(const struct trial *trial, enum brig_role_id role)
{
	const struct selftest_column column = { .tier = BRIG_LEVEL_FULL,
						.role = brig_role_get(role) };
	struct selftest_result result;

	trial_judge(trial, &column, &result);
	return result;
}

static struct selftest_result judge(const struct trial *trial)
{
	return judge_as(trial, BRIG_ROLE_RENDERER);
}

TEST_C(judge, holds_where_the_filter_killed_the_marked_call)
{
	struct trial trial = died(&killed, BRIG_EXIT_SECCOMP, SIGSYS);

	EXPECT_INT_EQ(SELFTEST_HELD, judge(&trial).verdict);
	trial.exit.arch = AUDIT_ARCH_X86_64;
	trial.exit.syscall = SYS_ptrace;
	EXPECT_INT_EQ(SELFTEST_HELD, judge(&trial).verdict);
}

TEST_C(judge, tells_another_killed_call_from_the_marked_one)
{
	struct trial trial = died(&killed, BRIG_EXIT_SECCOMP, SIGSYS);

	trial.exit.arch = AUDIT_ARCH_X86_64;
	trial.exit.syscall = SYS_socket;
	const struct selftest_result result = judge(&trial);
	EXPECT_INT_EQ(SELFTEST_OTHERWISE, result.verdict);
	EXPECT_STR_EQ("KILL in another call", result.got);
	EXPECT_TRUE(strstr(result.why, "socket"));
}

TEST_C(judge, counts_no_kill_before_the_attempt_began)
{
	struct trial trial = died(&killed, BRIG_EXIT_SECCOMP, SIGSYS);

	trial.state = BRIG_ATTEMPT_WAITS;
	EXPECT_INT_EQ(SELFTEST_UNTRIED, judge(&trial).verdict);
}

TEST_C(judge, calls_it_an_escape_when_nothing_refused)
{
	const struct trial trial = returned(&refused, 0);

	EXPECT_INT_EQ(SELFTEST_ESCAPED, judge(&trial).verdict);
	EXPECT_STR_EQ("not refused", judge(&trial).got);
}

TEST_C(judge, calls_a_program_that_was_started_an_escape)
{
	const struct trial trial = died(&refused, BRIG_EXIT_CODE, BRIG_ATTEMPT_EXECED);

	EXPECT_INT_EQ(SELFTEST_ESCAPED, judge(&trial).verdict);
}

TEST_C(judge, calls_harm_to_others_an_escape_whatever_it_says)
{
	struct trial trial = returned(&refused, EPERM);

	trial.harm = "the canary was ended or stopped";
	EXPECT_INT_EQ(SELFTEST_ESCAPED, judge(&trial).verdict);
	EXPECT_STR_EQ(trial.harm, judge(&trial).why);
}

TEST_C(judge, wants_one_of_the_stated_errnos)
{
	const struct trial stated = returned(&refused, EACCES), other = returned(&refused, ENOENT),
			   first = returned(&refused, EPERM);

	EXPECT_INT_EQ(SELFTEST_HELD, judge(&stated).verdict);
	EXPECT_INT_EQ(SELFTEST_OTHERWISE, judge(&other).verdict);
	EXPECT_STR_EQ("ENOENT", judge(&other).got);
	EXPECT_INT_EQ(SELFTEST_HELD, judge(&first).verdict);
}

TEST_C(judge, takes_what_its_row_says_of_a_role)
{
	const struct trial stated = returned(&refused, ENOSYS), through = returned(&refused, 0);

	EXPECT_INT_EQ(SELFTEST_OTHERWISE, judge(&stated).verdict);
	EXPECT_INT_EQ(SELFTEST_HELD, judge_as(&stated, BRIG_ROLE_CODEC).verdict);
	EXPECT_INT_EQ(SELFTEST_ESCAPED, judge_as(&through, BRIG_ROLE_CODEC).verdict);
	EXPECT_INT_EQ(SELFTEST_HELD, judge_as(&through, BRIG_ROLE_PLUGIN).verdict);
}

TEST_C(judge, takes_what_stands_behind_only_where_the_filter_is_off_or_the_tier_is_less)
{
	const uint32_t no_filter = 1u << BRIG_LAYER_SECCOMP;
	const struct brig_attempt row = { .expected = "KILL", .behind = "ESRCH|EPERM" };
	const struct trial trial = returned(&row, ESRCH), dead = died(&row, BRIG_EXIT_SECCOMP, 31);

	EXPECT_INT_EQ(SELFTEST_OTHERWISE, judge_in(&trial, BRIG_LEVEL_FULL, 0).verdict);
	EXPECT_INT_EQ(SELFTEST_HELD, judge_in(&trial, BRIG_LEVEL_FULL, no_filter).verdict);
	EXPECT_INT_EQ(SELFTEST_OTHERWISE, judge_in(&dead, BRIG_LEVEL_FULL, no_filter).verdict);
	EXPECT_INT_EQ(SELFTEST_HELD, judge_in(&trial, BRIG_LEVEL_NO_USERNS, 0).verdict);
	EXPECT_INT_EQ(SELFTEST_HELD, judge_in(&dead, BRIG_LEVEL_NO_USERNS, 0).verdict);
}

TEST_C(judge, takes_any_errno_of_what_is_harmless_but_no_success)
{
	const struct trial stated = returned(&harmless, ENOSYS), through = returned(&harmless, 0);

	EXPECT_INT_EQ(SELFTEST_HELD, judge(&stated).verdict);
	EXPECT_INT_EQ(SELFTEST_ESCAPED, judge(&through).verdict);
}

TEST_C(judge, takes_a_bad_message_that_had_gone_out_for_stopped)
{
	struct trial trial = returned(&bad, 0);

	EXPECT_INT_EQ(SELFTEST_ESCAPED, judge(&trial).verdict);
	trial.exit.class_ = BRIG_EXIT_BAD_MESSAGE;
	trial.exit.code = 8;
	EXPECT_INT_EQ(SELFTEST_HELD, judge(&trial).verdict);
	trial.attempt = &refused;
	EXPECT_INT_EQ(SELFTEST_ESCAPED, judge(&trial).verdict);
}

TEST_C(judge, wants_the_stated_signal)
{
	const struct trial stated = died(&faults, BRIG_EXIT_CRASH, SIGSEGV),
			   other = died(&faults, BRIG_EXIT_CRASH, SIGBUS);

	EXPECT_INT_EQ(SELFTEST_HELD, judge(&stated).verdict);
	EXPECT_INT_EQ(SELFTEST_OTHERWISE, judge(&other).verdict);
	EXPECT_STR_EQ("SIGBUS", judge(&other).got);
}

TEST_C(judge, takes_a_hang_for_no_refusal)
{
	const struct trial trial = died(&refused, BRIG_EXIT_HANG, 0);

	EXPECT_INT_EQ(SELFTEST_OTHERWISE, judge(&trial).verdict);
	EXPECT_STR_EQ("hung", judge(&trial).got);
}

TEST_C(judge, takes_no_child_of_another_tier)
{
	struct trial trial = returned(&refused, EPERM);

	trial.exit.level = BRIG_LEVEL_NO_USERNS;
	EXPECT_INT_EQ(SELFTEST_UNTRIED, judge(&trial).verdict);
	EXPECT_STR_EQ("tier no_userns", judge(&trial).got);
}

/* ---- a role whose every call is fatal ---- */

TEST_C(judge, wants_death_where_a_role_has_no_call_that_fails)
{
	struct trial denied = returned(&refused, EPERM);
	struct trial dead = died(&refused, BRIG_EXIT_SECCOMP, SIGSYS);

	EXPECT_INT_EQ(SELFTEST_OTHERWISE, judge_as(&denied, BRIG_ROLE_COMPUTE).verdict);
	EXPECT_INT_EQ(SELFTEST_HELD, judge_as(&dead, BRIG_ROLE_COMPUTE).verdict);
	EXPECT_INT_EQ(SELFTEST_OTHERWISE, judge_as(&dead, BRIG_ROLE_RENDERER).verdict);
}

TEST_C(judge, wants_of_the_kernel_there_what_it_wants_elsewhere)
{
	struct trial useless = returned(&harmless, ENOENT);
	struct trial through = returned(&harmless, 0);

	EXPECT_INT_EQ(SELFTEST_HELD, judge_as(&useless, BRIG_ROLE_COMPUTE).verdict);
	EXPECT_INT_EQ(SELFTEST_ESCAPED, judge_as(&through, BRIG_ROLE_COMPUTE).verdict);
}

/* ---- what says nothing yet, on a machine that is busy ---- */

TEST_C(judge, knows_who_was_late)
{
	struct trial hung = died(&killed, BRIG_EXIT_HANG, 0);
	struct trial slow = died(&killed, BRIG_EXIT_LAUNCH_FAILED, 0);
	struct trial refused_launch = slow;
	struct trial dead = died(&killed, BRIG_EXIT_SECCOMP, SIGSYS);

	slow.exit.error = ETIMEDOUT;
	refused_launch.exit.error = EPERM;
	EXPECT_INT_EQ(1, trial_late(&hung));
	EXPECT_INT_EQ(1, trial_late(&slow));
	EXPECT_INT_EQ(0, trial_late(&refused_launch));
	EXPECT_INT_EQ(0, trial_late(&dead));
}
