/* include/brig/policy.h: what embedders may rely on, but for builders and loading. */
#include "tests/policy/says.h"

#include <errno.h>
#include <linux/audit.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

static const char text[] =
	"role example\n"
	"lseek: trap # b\n"
	"read: allow if fd == 3 and count < 9 else errno EACCES # only that one\n"
	"9999: kill # never\n";

TEST_C(row, tells_all_that_was_written)
{
	struct brig_policy *policy = policy_of(text, NULL);
	struct brig_policy_row row;

	ASSERT_PTR_NOT_NULL(policy);
	ASSERT_OK(brig_policy_row(policy, BRIG_AFTER_READY, 0, &row));
	EXPECT_UINT_EQ(SYS_read, row.number);
	EXPECT_STR_EQ("read", row.call);
	EXPECT_INT_EQ(BRIG_ACTION_ALLOW, row.verdict.action);
	EXPECT_TRUE(row.has_otherwise);
	EXPECT_INT_EQ(BRIG_ACTION_ERRNO, row.otherwise.action);
	EXPECT_INT_EQ(EACCES, row.otherwise.error);
	EXPECT_STR_EQ("fd == 3 and count < 9", row.condition);
	EXPECT_STR_EQ("only that one", row.why);
	EXPECT_STR_EQ("role", row.file);
	EXPECT_UINT_EQ(3, row.line);
	brig_policy_unref(policy);
}

TEST_C(row, order_is_by_number_and_has_an_end)
{
	struct brig_policy *policy = policy_of(text, NULL);
	struct brig_policy_row row = { 0 };

	ASSERT_PTR_NOT_NULL(policy);
	ASSERT_OK(brig_policy_row(policy, BRIG_AFTER_READY, 1, &row));
	EXPECT_STR_EQ("lseek", row.call);
	EXPECT_STR_EQ("", row.condition);
	EXPECT_FALSE(row.has_otherwise);
	ASSERT_OK(brig_policy_row(policy, BRIG_AFTER_READY, 2, &row));
	EXPECT_UINT_EQ(9999, row.number);
	EXPECT_STR_EQ("", row.call);
	EXPECT_ERR(ENOENT, brig_policy_row(policy, BRIG_AFTER_READY, 3, &row));
	brig_policy_unref(policy);
}

TEST_C(verdict, names_the_row_that_decides)
{
	struct brig_policy *policy = policy_of(text, NULL);
	int row = 7;

	ASSERT_PTR_NOT_NULL(policy);
	struct brig_verdict verdict =
		brig_policy_verdict(policy, BRIG_AFTER_READY, SYS_read, ARGS(4), &row);
	EXPECT_INT_EQ(BRIG_ACTION_ERRNO, verdict.action);
	EXPECT_INT_EQ(EACCES, verdict.error);
	EXPECT_INT_EQ(0, row);
	(void)brig_policy_verdict(policy, BRIG_AFTER_READY, 9999, ARGS(0), &row);
	EXPECT_INT_EQ(2, row);
	(void)brig_policy_verdict(policy, BRIG_AFTER_READY, SYS_write, ARGS(0), &row);
	EXPECT_INT_EQ(-1, row);
	brig_policy_unref(policy);
}

TEST_C(program, is_there_for_stages_that_are)
{
	struct brig_policy *policy = policy_of(text, NULL);
	size_t n = 0, none = 77;

	ASSERT_PTR_NOT_NULL(policy);
	EXPECT_PTR_NOT_NULL(brig_policy_program(policy, BRIG_AFTER_READY, &n));
	EXPECT_INT_GT((long long)n, 10);
	EXPECT_INT_LE((long long)n, 4096);
	EXPECT_PTR_NULL(brig_policy_program(policy, BRIG_BEFORE_READY, &none));
	EXPECT_UINT_EQ(77, none);
	brig_policy_unref(policy);
}

TEST_C(policy, lives_until_its_last_reference_goes)
{
	struct brig_policy *policy = policy_of(text, NULL);

	ASSERT_PTR_NOT_NULL(policy);
	ASSERT_TRUE(brig_policy_ref(policy) == policy);
	brig_policy_unref(policy);
	EXPECT_STR_EQ("trap", policy_says(policy, BRIG_AFTER_READY, "lseek", ARGS(0)));
	brig_policy_unref(policy);
	brig_policy_unref(NULL);
}

TEST_C(policy, shipped_roles_open_by_name)
{
	static const char *const names[] = { "renderer", "plugin",  "codec",  "network", "compute",
					     "service",  "workers", "zygote", "broker" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct brig_policy *policy = NULL;

		EXPECT_OK(brig_policy_open(names[i], NULL, &policy, NULL));
		brig_policy_unref(policy);
	}
}

/*
 * Each of these keeps pages of memory that isn't mapped any more, and F_SEAL_WRITE waits for them
 * on the broker's thread (ipc/shm/rest.h).
 */
static void lets_hold_pages(const char *role)
{
	static const char *const holders[] = {
		"vmsplice",       "splice",           "tee",
		"sendfile",       "io_setup",         "io_submit",
		"io_uring_setup", "io_uring_enter",   "userfaultfd",
		"ptrace",         "process_vm_readv", "process_vm_writev"
	};
	struct brig_policy *policy = NULL;

	ASSERT_OK(brig_policy_open(role, NULL, &policy, NULL));
	for (size_t i = 0; i < sizeof holders / sizeof *holders; i++)
		if (!strcmp("allow", policy_says(policy, BRIG_AFTER_READY, holders[i], ARGS(0))))
			FAIL_C("%s has %s", role, holders[i]);
	if (!strcmp("allow", policy_says(policy, BRIG_AFTER_READY, "setsockopt",
					 ARGS(0, SOL_SOCKET, SO_ZEROCOPY))))
		FAIL_C("%s has SO_ZEROCOPY", role);
	brig_policy_unref(policy);
}

TEST_C(policy, lets_no_child_hold_pages_that_it_has_unmapped)
{
	static const char *const roles[] = { "renderer", "plugin",  "codec",  "network",
					     "compute",  "service", "workers" };

	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
		lets_hold_pages(roles[i]);
}

TEST_C(policy, is_of_the_architecture_that_was_asked_for)
{
	const struct brig_policy_options arm = { .size = sizeof arm,
						 .audit_arch = AUDIT_ARCH_AARCH64 };
	struct brig_policy *policy = policy_of("read: allow # r\n", &arm);
	struct brig_policy_row row;

	ASSERT_PTR_NOT_NULL(policy);
	ASSERT_OK(brig_policy_row(policy, BRIG_AFTER_READY, 0, &row));
	EXPECT_UINT_EQ(63, row.number);
	brig_policy_unref(policy);
}

TEST_C(options, that_are_wrong_are_refused)
{
	struct brig_policy *policy = NULL;
	struct brig_policy_options options = { .size = sizeof options - 1 };

	EXPECT_ERR(EINVAL, brig_policy_parse("r", "", 0, &options, &policy, NULL));
	options = (struct brig_policy_options){ .size = sizeof options, .audit_arch = 1 };
	EXPECT_ERR(EINVAL, brig_policy_parse("r", "", 0, &options, &policy, NULL));
	options = (struct brig_policy_options){ .size = sizeof options, .n_parameters = 1 };
	EXPECT_ERR(EINVAL, brig_policy_parse("r", "", 0, &options, &policy, NULL));
	EXPECT_ERR(EINVAL, brig_policy_parse(NULL, "", 0, NULL, &policy, NULL));
	EXPECT_ERR(EINVAL, brig_policy_parse("r", NULL, 0, NULL, &policy, NULL));
	EXPECT_ERR(EINVAL, brig_policy_parse("r", "", 0, NULL, NULL, NULL));
	EXPECT_ERR(EINVAL, brig_policy_open(NULL, NULL, &policy, NULL));
	EXPECT_PTR_NULL(policy);
}

/* ---- one filter under another ---- */

static int prove_under(const char *outer_text, const char *inner_text,
		       struct brig_policy_error *error)
{
	struct brig_policy *outer = policy_of(outer_text, NULL);
	struct brig_policy *inner = policy_of(inner_text, NULL);
	int r = outer && inner ? brig_policy_make_above(inner, outer, error) : -ENOMEM;

	brig_policy_unref(outer);
	brig_policy_unref(inner);
	return r;
}

TEST_C(prove_under, holds_if_the_outer_allows_as_much)
{
	struct brig_policy_error error;

	EXPECT_OK(prove_under("default benign allow\ndefault unknown allow\n",
			      "read: allow # r\nwrite: allow if fd == 3 # w\n", &error));
	EXPECT_OK(prove_under("read: allow if fd <= 5 # r\n", "read: allow if fd in 2..5 # r\n",
			      &error));
}

TEST_C(prove_under, names_the_row_that_the_outer_refuses)
{
	struct brig_policy_error error = { 0 };

	EXPECT_ERR(EPERM, prove_under("default benign allow\nwrite: kill # no\n",
				      "role r\nread: allow # r\nwrite: allow # w\n", &error));
	EXPECT_STR_EQ("role", error.file);
	EXPECT_UINT_EQ(3, error.line);
	EXPECT_STR_CONTAINS(error.message, "write(1)");
}

TEST_C(prove_under, one_argument_too_many_is_found)
{
	struct brig_policy_error error = { 0 };

	EXPECT_ERR(EPERM, prove_under("read: allow if fd <= 5 # r\n",
				      "read: allow if fd in 2..6 # r\n", &error));
	EXPECT_STR_CONTAINS(error.message, "read(0)(0xa5a5a5a500000006, ");
}

TEST_C(prove_under, default_is_an_allowance_too)
{
	struct brig_policy_error error = { 0 };

	EXPECT_ERR(EPERM, prove_under("default benign allow\ngetpid: trap # no\n",
				      "default benign allow\n", &error));
	EXPECT_UINT_EQ(0, error.line);
	EXPECT_STR_CONTAINS(error.message, "getpid(39)");
}
