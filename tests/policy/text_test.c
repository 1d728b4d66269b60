/* The language of role files: every statement and operator does what
 * docs/POLICY.md says. */
#include "sandbox/policy/shipped.h"
#include "tests/policy/says.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

static const struct brig_policy_options aarch64 = { .size = sizeof aarch64,
						    .audit_arch = 0xc00000b7 };

/* ---- verdicts ---- */

TEST_C(verdict, each_is_what_its_row_says)
{
	EXPECT_STR_EQ("allow", ROW_SAYS("read: allow", 0));
	EXPECT_STR_EQ("log", ROW_SAYS("read: log", 0));
	EXPECT_STR_EQ("notify", ROW_SAYS("read: notify", 0));
	EXPECT_STR_EQ("EACCES", ROW_SAYS("read: errno EACCES", 0));
	EXPECT_STR_EQ("trap", ROW_SAYS("read: trap", 0));
	EXPECT_STR_EQ("report", ROW_SAYS("read: report", 0));
	EXPECT_STR_EQ("kill", ROW_SAYS("read: kill", 0));
}

TEST_C(verdict, else_holds_where_the_condition_does_not)
{
	const char *row = "read: allow if fd == 3 else errno EACCES";

	EXPECT_STR_EQ("allow", ROW_SAYS(row, 3));
	EXPECT_STR_EQ("EACCES", ROW_SAYS(row, 4));
}

TEST_C(verdict, without_else_the_next_row_is_asked)
{
	const char *text = "role r\nread: allow if fd == 3 # a\nread: errno EACCES if fd == 4 # b\n"
			   "read: trap # c\n";

	EXPECT_STR_EQ("allow", SAYS(text, "read", 3));
	EXPECT_STR_EQ("EACCES", SAYS(text, "read", 4));
	EXPECT_STR_EQ("trap", SAYS(text, "read", 5));
}

TEST_C(verdict, after_the_last_row_the_class_decides)
{
	const char *text = "role r\ndefault benign trap\nread: allow if fd == 3 # a\n";

	EXPECT_STR_EQ("allow", SAYS(text, "read", 3));
	EXPECT_STR_EQ("trap", SAYS(text, "read", 4));
}

TEST_C(verdict, first_row_that_holds_decides)
{
	const char *text = "role r\nread: allow if fd <= 5 # a\nread: kill if fd <= 9 # b\n";

	EXPECT_STR_EQ("allow", SAYS(text, "read", 5));
	EXPECT_STR_EQ("kill", SAYS(text, "read", 6));
}

TEST_C(report, is_the_brokers_to_answer_unless_it_kills)
{
	const uint64_t args[BRIG_CALL_ARGUMENTS] = { 0 };
	const struct brig_verdict verdict = { .action = BRIG_ACTION_REPORT };
	struct brig_policy *asks = policy_of("report notify\nread: report # r\n", NULL);
	struct brig_policy *kills = policy_of("report kill\nread: report # r\n", NULL);

	ASSERT_TRUE(asks && kills);
	EXPECT_STR_EQ("report", policy_says(asks, BRIG_AFTER_READY, "read", args));
	EXPECT_STR_EQ("report", policy_says(kills, BRIG_AFTER_READY, "read", args));
	EXPECT_UINT_EQ(SECCOMP_RET_USER_NOTIF, brig_verdict_code(brig_policy_model(asks), verdict));
	EXPECT_UINT_EQ(SECCOMP_RET_KILL_PROCESS,
		       brig_verdict_code(brig_policy_model(kills), verdict));
	brig_policy_unref(asks);
	brig_policy_unref(kills);
}

/* ---- defaults ---- */

TEST_C(defaults, classes_have_their_own)
{
	EXPECT_STR_EQ("EPERM", SAYS("role r\n", "read", 0));
	EXPECT_STR_EQ("report", SAYS("role r\n", "ptrace", 0));
	EXPECT_STR_EQ("ENOSYS", SAYS("role r\n", "clone3", 0));
}

TEST_C(defaults, can_be_said)
{
	const char *text = "role r\ndefault benign allow\ndefault dangerous trap\n"
			   "default unknown errno EACCES\n";

	EXPECT_STR_EQ("allow", SAYS(text, "read", 0));
	EXPECT_STR_EQ("trap", SAYS(text, "ptrace", 0));
	EXPECT_STR_EQ("EACCES", SAYS(text, "clone3", 0));
}

TEST_C(defaults, last_one_counts)
{
	EXPECT_STR_EQ("trap", SAYS("default benign allow\ndefault benign trap\n", "read", 0));
}

TEST_C(defaults, number_that_has_no_name_is_unknown)
{
	struct brig_policy *policy = policy_of("default unknown trap\n", NULL);

	ASSERT_PTR_NOT_NULL(policy);
	EXPECT_INT_EQ(BRIG_ACTION_TRAP,
		      brig_policy_verdict(policy, BRIG_AFTER_READY, 9999, ARGS(0), NULL).action);
	brig_policy_unref(policy);
}

TEST_C(defaults, x32_numbers_are_killed_whatever_the_default)
{
	const char *text = "default unknown allow\ndefault benign allow\ndefault dangerous allow\n";
	struct brig_policy *policy = policy_of(text, NULL);

	ASSERT_PTR_NOT_NULL(policy);
	EXPECT_INT_EQ(
		BRIG_ACTION_KILL,
		brig_policy_verdict(policy, BRIG_AFTER_READY, 0x40000000, ARGS(0), NULL).action);
	brig_policy_unref(policy);
}

TEST_C(defaults, foreign_architecture_is_killed_whatever_the_default)
{
	const char *text = "default unknown allow\ndefault benign allow\ndefault dangerous allow\n";
	const struct seccomp_data data = { .nr = 1, .arch = 0x40000003 /* i386 */ };
	struct brig_policy *policy = policy_of(text, NULL);
	uint32_t code = 0;

	ASSERT_PTR_NOT_NULL(policy);
	EXPECT_TRUE(brig_program_run(&policy->programs[BRIG_AFTER_READY], &data, &code));
	EXPECT_UINT_EQ(SECCOMP_RET_KILL_PROCESS, code);
	brig_policy_unref(policy);
}

/* ---- calls, sets, twins ---- */

TEST_C(calls, several_share_a_row)
{
	const char *text = "role r\nread, write: allow # io\n";

	EXPECT_STR_EQ("allow", SAYS(text, "read", 0));
	EXPECT_STR_EQ("allow", SAYS(text, "write", 0));
	EXPECT_STR_EQ("EPERM", SAYS(text, "lseek", 0));
}

TEST_C(calls, condition_is_read_for_each_call_by_its_own_arguments)
{
	const char *text = "role r\nread, pwrite64: allow if count == 1 # third of both\n";

	EXPECT_STR_EQ("allow", SAYS(text, "read", 0, 0, 1));
	EXPECT_STR_EQ("allow", SAYS(text, "pwrite64", 0, 0, 1));
	EXPECT_STR_EQ("EPERM", SAYS(text, "pwrite64", 1, 1, 2));
}

TEST_C(calls, number_is_one_of_this_architectures)
{
	struct brig_policy *policy = policy_of("9999: allow # tried\n0x100: trap # hex\n", NULL);

	ASSERT_PTR_NOT_NULL(policy);
	EXPECT_INT_EQ(BRIG_ACTION_ALLOW,
		      brig_policy_verdict(policy, BRIG_AFTER_READY, 9999, ARGS(0), NULL).action);
	EXPECT_INT_EQ(BRIG_ACTION_TRAP,
		      brig_policy_verdict(policy, BRIG_AFTER_READY, 0x100, ARGS(0), NULL).action);
	brig_policy_unref(policy);
}

TEST_C(calls, those_an_architecture_lacks_have_no_row_there)
{
	struct brig_policy *policy = policy_of("open, openat: allow # files\n", &aarch64);
	struct brig_policy_row row;

	ASSERT_PTR_NOT_NULL(policy);
	EXPECT_STR_EQ("no such call", policy_says(policy, BRIG_AFTER_READY, "open", ARGS(0)));
	EXPECT_STR_EQ("allow", policy_says(policy, BRIG_AFTER_READY, "openat", ARGS(0)));
	ASSERT_OK(brig_policy_row(policy, BRIG_AFTER_READY, 0, &row));
	EXPECT_STR_EQ("openat", row.call);
	EXPECT_ERR(ENOENT, brig_policy_row(policy, BRIG_AFTER_READY, 1, &row));
	brig_policy_unref(policy);
}

TEST_C(sets, stand_for_their_members)
{
	const char *text = "role r\nset @mine = getpid, getuid\nset @more = @mine, getgid\n"
			   "@more: allow # who it is\n";

	EXPECT_STR_EQ("allow", SAYS(text, "getpid", 0));
	EXPECT_STR_EQ("allow", SAYS(text, "getgid", 0));
	EXPECT_STR_EQ("EPERM", SAYS(text, "getppid", 0));
}

TEST_C(sets, that_have_one_twin_have_all)
{
	const char *text = "role r\ntwins poll, ppoll\nset @wait = poll\n@wait: allow # w\n";

	EXPECT_STR_EQ("allow", SAYS(text, "ppoll", 0));
}

TEST_C(sets, twins_matter_to_sets_alone)
{
	const char *text = "role r\ntwins poll, ppoll\npoll: allow # w\n";

	EXPECT_STR_EQ("EPERM", SAYS(text, "ppoll", 0));
}

TEST_C(sets, row_before_a_sets_row_decides_its_own_call)
{
	const char *text = "role r\nset @io = read, write\nread: kill # first\n@io: allow # rest\n";

	EXPECT_STR_EQ("kill", SAYS(text, "read", 0));
	EXPECT_STR_EQ("allow", SAYS(text, "write", 0));
}

/* ---- whose word counts ---- */

TEST_C(include, brings_rows_and_sets)
{
	EXPECT_STR_EQ("allow", SAYS("role r\ninclude base\n@heap: allow # malloc\n", "brk", 0));
	EXPECT_STR_EQ("report", SAYS("role r\ninclude base\n", "socket", 0));
}

TEST_C(include, nearest_file_decides_alone)
{
	const char *text = "role r\ninclude decoder\nmmap: errno EACCES if prot == 1 # mine\n";

	EXPECT_STR_EQ("EACCES", SAYS(text, "mmap", 0, 0, 1));
	/* decoder would allow it: it isn't asked. */
	EXPECT_STR_EQ("EPERM", SAYS(text, "mmap", 0, 0, 2));
}

TEST_C(include, place_in_the_file_does_not_matter_to_rows)
{
	EXPECT_STR_EQ("allow", SAYS("role r\nsocket: allow # mine\ninclude base\n", "socket", 0));
}

TEST_C(include, finds_files_beside_the_one_that_includes)
{
	char path[4096];
	struct brig_policy *policy = NULL;

	(void)role_file("part.policy", "role part\nread: trap # part's\n", path);
	(void)role_file("whole.policy", "role whole\ninclude part\n", path);
	ASSERT_OK(brig_policy_open(path, NULL, &policy, NULL));
	EXPECT_STR_EQ("trap", policy_says(policy, BRIG_AFTER_READY, "read", ARGS(0)));
	EXPECT_STR_EQ("whole", policy->text.name);
	brig_policy_unref(policy);
}

TEST_C(include, may_lead_upwards)
{
	char path[4096], inner[4096];
	struct brig_policy *policy = NULL;

	(void)role_file("common.policy", "role common\nread: trap # common\n", path);
	(void)snprintf(inner, sizeof inner, "%s/roles", test_tmpdir());
	ASSERT_OK(mkdir(inner, 0755));
	(void)role_file("roles/mine.policy", "role mine\ninclude ../common.policy\n", path);
	ASSERT_OK(brig_policy_open(path, NULL, &policy, NULL));
	EXPECT_STR_EQ("trap", policy_says(policy, BRIG_AFTER_READY, "read", ARGS(0)));
	brig_policy_unref(policy);
}

TEST_C(include, of_one_file_by_two_ways_counts_once)
{
	const char *text = "role r\ninclude base\ninclude decoder\ninclude base\n";

	EXPECT_STR_EQ("report", SAYS(text, "socket", 0));
}

TEST_C(include, two_files_that_agree_do_not_conflict)
{
	char path[4096];
	struct brig_policy *policy = NULL;

	(void)role_file("a.policy", "role a\nread: allow # a\n", path);
	(void)role_file("b.policy", "role b\nread: allow # b\n", path);
	(void)role_file("c.policy", "role c\ninclude a\ninclude b\n", path);
	ASSERT_OK(brig_policy_open(path, NULL, &policy, NULL));
	EXPECT_STR_EQ("allow", policy_says(policy, BRIG_AFTER_READY, "read", ARGS(0)));
	brig_policy_unref(policy);
}

/* ---- stages ---- */

static const char staged[] = "role r\nread: allow # always\nwrite: errno EACCES # at last\n"
			     "stage before-ready\nwrite: allow # at first\ngetpid: allow # start\n"
			     "stage after-ready\ngetpid: errno EACCES # no more\n"
			     "stage both\nlseek: trap # always\n";

TEST_C(stage, own_rows_come_before_those_of_both)
{
	EXPECT_STR_EQ("allow", says_of(staged, NULL, BRIG_BEFORE_READY, "write", ARGS(0)));
	EXPECT_STR_EQ("EACCES", says_of(staged, NULL, BRIG_AFTER_READY, "write", ARGS(0)));
	EXPECT_STR_EQ("allow", says_of(staged, NULL, BRIG_BEFORE_READY, "getpid", ARGS(0)));
	EXPECT_STR_EQ("EACCES", says_of(staged, NULL, BRIG_AFTER_READY, "getpid", ARGS(0)));
}

TEST_C(stage, rows_of_both_hold_in_both)
{
	EXPECT_STR_EQ("allow", says_of(staged, NULL, BRIG_BEFORE_READY, "read", ARGS(0)));
	EXPECT_STR_EQ("allow", says_of(staged, NULL, BRIG_AFTER_READY, "read", ARGS(0)));
	EXPECT_STR_EQ("trap", says_of(staged, NULL, BRIG_BEFORE_READY, "lseek", ARGS(0)));
	EXPECT_STR_EQ("trap", says_of(staged, NULL, BRIG_AFTER_READY, "lseek", ARGS(0)));
}

TEST_C(stage, role_without_rows_before_ready_has_one_filter)
{
	struct brig_policy *one = policy_of("read: allow # r\n", NULL);
	struct brig_policy *two = policy_of(staged, NULL);

	ASSERT_TRUE(one && two);
	EXPECT_FALSE(brig_policy_has_stage(one, BRIG_BEFORE_READY));
	EXPECT_TRUE(brig_policy_has_stage(one, BRIG_AFTER_READY));
	EXPECT_TRUE(brig_policy_has_stage(two, BRIG_BEFORE_READY));
	EXPECT_TRUE(brig_policy_has_stage(two, BRIG_AFTER_READY));
	EXPECT_FALSE(brig_policy_has_stage(two, BRIG_POLICY_STAGES));
	brig_policy_unref(one);
	brig_policy_unref(two);
}

TEST_C(stage, ends_with_its_file)
{
	char path[4096];
	struct brig_policy *policy = NULL;

	(void)role_file("a.policy", "role a\nstage before-ready\ngetpid: allow # a\n", path);
	(void)role_file("b.policy", "role b\ninclude a\nread: allow # after, too\n", path);
	ASSERT_OK(brig_policy_open(path, NULL, &policy, NULL));
	EXPECT_STR_EQ("allow", policy_says(policy, BRIG_AFTER_READY, "read", ARGS(0)));
	EXPECT_STR_EQ("EPERM", policy_says(policy, BRIG_AFTER_READY, "getpid", ARGS(0)));
	brig_policy_unref(policy);
}

/* ---- parameters ---- */

static const char ftp[] = "role ftp\nparameter write = no # may clients upload\n"
			  "mkdirat: allow when ${write} == yes # uploads\n"
			  "unlinkat: trap when ${write} != yes # none\n";

static const char *ftp_says(const char *value, const char *call)
{
	const struct brig_policy_parameter write = { "write", value };
	const struct brig_policy_options options = { .size = sizeof options,
						     .parameters = &write,
						     .n_parameters = 1 };

	return says_of(ftp, &options, BRIG_AFTER_READY, call, ARGS(0));
}

TEST_C(parameter, has_its_default)
{
	EXPECT_STR_EQ("EPERM", SAYS(ftp, "mkdirat", 0));
	EXPECT_STR_EQ("trap", SAYS(ftp, "unlinkat", 0));
}

TEST_C(parameter, when_keeps_a_row_or_drops_it)
{
	EXPECT_STR_EQ("allow", ftp_says("yes", "mkdirat"));
	EXPECT_STR_EQ("EPERM", ftp_says("yes", "unlinkat"));
	EXPECT_STR_EQ("EPERM", ftp_says("no", "mkdirat"));
	EXPECT_STR_EQ("trap", ftp_says("maybe", "unlinkat"));
}

TEST_C(parameter, stands_for_a_number)
{
	const char *text = "parameter top = 3\nread: allow if fd <= ${top} # d\n";

	EXPECT_STR_EQ("allow", SAYS(text, "read", 3));
	EXPECT_STR_EQ("EPERM", SAYS(text, "read", 4));
}

TEST_C(parameter, first_declaration_counts)
{
	const char *text = "parameter v = 1\nparameter v = 2\nread: allow if fd == ${v} # d\n";

	EXPECT_STR_EQ("allow", SAYS(text, "read", 1));
	EXPECT_STR_EQ("EPERM", SAYS(text, "read", 2));
}

/* ---- statements that are not about calls ---- */

TEST_C(statement, each_is_kept)
{
	struct brig_policy *policy = policy_of("role full\nlaunch exec\nroot libraries\n"
					       "interface lifecycle, files\ndescriptors 5\n"
					       "threads 3\nchannel plain\n"
					       "oom-score 7\npriority best-effort\n"
					       "layer all required\n"
					       "layer landlock preferred\nlayer namespaces off\n",
					       NULL);

	ASSERT_PTR_NOT_NULL(policy);
	const struct brig_text *text = &policy->text;
	EXPECT_STR_EQ("full", text->name);
	EXPECT_STR_EQ("brig-full", text->process_name);
	EXPECT_INT_EQ(BRIG_LAUNCH_EXEC, text->launch);
	EXPECT_INT_EQ(BRIG_ROOT_LIBRARIES, text->root);
	EXPECT_UINT_EQ(BRIG_INTERFACE_LIFECYCLE | BRIG_INTERFACE_FILES, text->interfaces);
	EXPECT_UINT_EQ(5, text->fds);
	EXPECT_UINT_EQ(3, text->threads);
	EXPECT_TRUE(text->plain_channel);
	EXPECT_INT_EQ(7, text->oom_score_adj);
	EXPECT_INT_EQ(BRIG_PRIORITY_BEST_EFFORT, text->priority);
	EXPECT_INT_EQ(BRIG_REQUIRED, text->layers[BRIG_LAYER_SECCOMP]);
	EXPECT_INT_EQ(BRIG_PREFERRED, text->layers[BRIG_LAYER_LANDLOCK]);
	EXPECT_INT_EQ(BRIG_OFF, text->layers[BRIG_LAYER_USER_NS]);
	EXPECT_INT_EQ(BRIG_OFF, text->layers[BRIG_LAYER_PID_NS]);
	brig_policy_unref(policy);
}

TEST_C(statement, limits_have_units)
{
	struct brig_policy *policy = policy_of("limit memory 2M # m\nlimit cpu 2h # c\n"
					       "limit core 0 # d\nlimit core 7K # again\n"
					       "limit data 1G # x\nlimit data none\n",
					       NULL);

	ASSERT_PTR_NOT_NULL(policy);
	const struct brig_limit_row *limits = policy->text.limits;
	ASSERT_UINT_EQ(3, policy->text.n_limits);
	EXPECT_INT_EQ(RLIMIT_AS, limits[0].resource);
	EXPECT_UINT_EQ(2u << 20, limits[0].value);
	EXPECT_INT_EQ(RLIMIT_CPU, limits[1].resource);
	EXPECT_UINT_EQ(7200, limits[1].value);
	EXPECT_INT_EQ(RLIMIT_CORE, limits[2].resource);
	EXPECT_UINT_EQ(7u << 10, limits[2].value);
	EXPECT_STR_EQ("again", limits[2].why);
	brig_policy_unref(policy);
}

TEST_C(statement, group_has_units_and_is_taken_back)
{
	struct brig_policy *policy = policy_of("group memory 3M # m\ngroup processes 4 # p\n"
					       "group processes none\n",
					       NULL);

	ASSERT_PTR_NOT_NULL(policy);
	EXPECT_UINT_EQ(3u << 20, policy->text.group_limits[BRIG_CGROUP_MEMORY]);
	EXPECT_UINT_EQ(0, policy->text.group_limits[BRIG_CGROUP_PROCESSES]);
	brig_policy_unref(policy);
}

TEST_C(statement, role_of_the_outermost_file_counts)
{
	struct brig_policy *early = policy_of("role early\ninclude base\n", NULL);
	struct brig_policy *late = policy_of("include base\nrole late\n", NULL);

	ASSERT_TRUE(early && late);
	EXPECT_STR_EQ("early", early->text.name);
	EXPECT_STR_EQ("late", late->text.name);
	EXPECT_STR_EQ("brig-late", late->text.process_name);
	brig_policy_unref(early);
	brig_policy_unref(late);
}

/* ---- the overlay of sanitizer builds ---- */

static int lay(const char *over, const char *text, struct brig_policy **ret,
	       struct brig_policy_error *error)
{
	struct brig_text_file file = { 0 }, overlay = { 0 };

	EXPECT_OK(brig_source_copy("role", text, strlen(text), &file));
	EXPECT_OK(brig_source_copy("overlay", over, strlen(over), &overlay));
	return brig_policy_make(&file, &overlay, NULL, ret, error);
}

TEST_C(overlay, outweighs_the_role)
{
	struct brig_policy *policy = NULL;

	ASSERT_OK(lay("limit memory none\nwrite: allow # reports\n",
		      "role r\ninclude base\nlimit memory 1M # m\nwrite: kill # none\n"
		      "read: allow # r\n",
		      &policy, NULL));
	EXPECT_STR_EQ("allow", policy_says(policy, BRIG_AFTER_READY, "write", ARGS(0)));
	EXPECT_STR_EQ("allow", policy_says(policy, BRIG_AFTER_READY, "read", ARGS(0)));
	EXPECT_STR_EQ("r", policy->text.name);
	for (size_t i = 0; i < policy->text.n_limits; i++)
		EXPECT_INT_NE(RLIMIT_AS, policy->text.limits[i].resource);
	brig_policy_unref(policy);
}

TEST_C(overlay, is_freed_if_the_role_is_wrong)
{
	struct brig_policy_error error;
	struct brig_policy *policy = NULL;

	EXPECT_ERR(EINVAL, lay("write: allow # reports\n", "raed: allow # r\n", &policy, &error));
	EXPECT_STR_EQ("role", error.file);
	EXPECT_ERR(EINVAL, lay("wriet: allow # reports\n", "read: allow # r\n", &policy, &error));
	EXPECT_STR_EQ("overlay", error.file);
}
