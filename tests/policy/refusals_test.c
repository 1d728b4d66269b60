/* What is wrong with a role file is said with its place, what was expected, and
 * the nearest name.
 */
#include "tests/policy/says.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- bytes ---- */

/* They would be shown on a terminal, which obeys them. */
TEST_C(refusal, control_characters)
{
	EXPECT_STR_EQ("EINVAL role:1:19: a control character, 0x1b",
		      REFUSAL("read: allow # red \33[31m\n"));
	EXPECT_STR_EQ("EINVAL role:2:8: a control character, 0x7f",
		      REFUSAL("role r\n# a del\177\n"));
	EXPECT_STR_EQ("EINVAL role:1:15: a control character, 0xc2",
		      REFUSAL("read: allow # \302\23331m\n"));
	EXPECT_STR_EQ("EINVAL role:1:16: a control character, 0x0d",
		      REFUSAL("read: allow # a\rb\n"));
}

TEST_C(refusal, not_of_tabs_line_ends_and_other_alphabets)
{
	struct brig_policy *policy =
		policy_of("role r\r\nread:\tallow # \302\240\303\244\r\n", NULL);

	EXPECT_PTR_NOT_NULL(policy);
	brig_policy_unref(policy);
}

/* ---- names that there are not ---- */

TEST_C(refusal, unknown_call_and_the_nearest)
{
	EXPECT_STR_EQ("EINVAL role:2:7: there is no system call 'wriet'; is it write?",
		      REFUSAL("role r\nread, wriet: allow # r\n"));
	EXPECT_STR_EQ("EINVAL role:1:1: there is no system call 'quux'",
		      REFUSAL("quux: allow # r\n"));
}

TEST_C(refusal, unknown_statement_and_the_nearest)
{
	EXPECT_STR_EQ("EINVAL role:1:1: there is no statement 'includ'; is it include?",
		      REFUSAL("includ base\n"));
	EXPECT_STR_EQ("EINVAL role:2:1: there is no statement 'quux'", REFUSAL("role r\nquux x\n"));
}

TEST_C(refusal, unknown_set_and_the_nearest)
{
	EXPECT_STR_EQ("EINVAL role:2:1: there is no set '@heep'; is it @heap?",
		      REFUSAL("include sets\n@heep: allow # r\n"));
	EXPECT_STR_EQ("EINVAL role:1:1: there is no set '@io'", REFUSAL("@io: allow # r\n"));
}

TEST_C(refusal, unknown_constant_and_the_nearest)
{
	EXPECT_STR_EQ("EINVAL role:1:28: there is no constant 'PROT_REED'; is it PROT_READ?",
		      REFUSAL("mmap: allow if prot subset PROT_REED # r\n"));
}

TEST_C(refusal, unknown_errno_and_the_nearest)
{
	EXPECT_STR_EQ("EINVAL role:1:13: there is no errno 'EACCESS'; is it EACCES?",
		      REFUSAL("read: errno EACCESS # r\n"));
	EXPECT_STR_EQ("EINVAL role:1:13: the name of an errno was expected, such as EACCES",
		      REFUSAL("read: errno 13 # r\n"));
	EXPECT_STR_EQ("EINVAL role:1:12: the name of an errno was expected, such as EACCES",
		      REFUSAL("read: errno # r\n"));
}

TEST_C(refusal, unknown_argument_and_those_that_there_are)
{
	EXPECT_STR_EQ("EINVAL role:1:16: read has no argument 'size'; it is "
		      "read(unsigned int fd, char *buf, size_t count)",
		      REFUSAL("read: allow if size == 3 # r\n"));
}

TEST_C(refusal, unknown_verdict)
{
	EXPECT_STR_EQ("EINVAL role:1:7: a verdict was expected: allow, log, notify, "
		      "errno NAME, "
		      "trap, report or kill",
		      REFUSAL("read: deny # r\n"));
}

TEST_C(refusal, unknown_comparison)
{
	EXPECT_STR_EQ("EINVAL role:1:19: a comparison was expected: == != < <= > >= "
		      "'in', 'subset', "
		      "'has', 'any' or '&'",
		      REFUSAL("read: allow if fd is 3 # r\n"));
}

TEST_C(refusal, unknown_layer)
{
	EXPECT_STR_EQ("EINVAL role:1:7: a layer was expected, 'namespaces' or 'all'; "
		      "'brig doctor' "
		      "lists them",
		      REFUSAL("layer landlok required\n"));
	EXPECT_STR_EQ("EINVAL role:1:16: one of these was expected: off, preferred, required",
		      REFUSAL("layer landlock on\n"));
}

TEST_C(refusal, unknown_limit)
{
	EXPECT_STR_EQ("EINVAL role:1:7: a limit was expected: memory, data, stack, "
		      "core, file-size, "
		      "locked, queues, cpu, descriptors or processes",
		      REFUSAL("limit memry 5 # r\n"));
}

TEST_C(refusal, unknown_words_of_other_statements)
{
	EXPECT_STR_EQ("EINVAL role:1:8: one of these was expected: fork, exec",
		      REFUSAL("launch spoon\n"));
	EXPECT_STR_EQ("EINVAL role:1:6: one of these was expected: empty, libraries",
		      REFUSAL("root full\n"));
	EXPECT_STR_EQ("EINVAL role:1:7: one of these was expected: before-ready, "
		      "after-ready, both",
		      REFUSAL("stage ready\n"));
	EXPECT_STR_EQ("EINVAL role:1:9: one of these was expected: benign, dangerous, unknown",
		      REFUSAL("default evil kill\n"));
	EXPECT_STR_EQ("EINVAL role:1:8: one of these was expected: notify, kill",
		      REFUSAL("report ask\n"));
	EXPECT_STR_EQ("EINVAL role:1:11: one of these was expected: lifecycle, "
		      "job, surface, "
		      "files, plugin, codec, join",
		      REFUSAL("interface fils\n"));
}

/* ---- values ---- */

TEST_C(refusal, value_wider_than_the_argument)
{
	EXPECT_STR_EQ("EINVAL role:1:22: 0x100000000 is wider than the argument's 32 bits",
		      REFUSAL("read: allow if fd == 0x100000000 # r\n"));
	EXPECT_STR_EQ("EINVAL role:1:22: 0xffffffff7fffffff is wider than the "
		      "argument's 32 bits",
		      REFUSAL("read: allow if fd == -2147483649 # r\n"));
	EXPECT_STR_EQ("EINVAL role:1:23: 0x100000000 is wider than the argument's 32 bits",
		      REFUSAL("read: allow if fd & ~(0x100000000) == 0 # r\n"));
	EXPECT_STR_EQ("EINVAL role:1:21: 0x100000000 is wider than the argument's 32 bits",
		      REFUSAL("read: allow if fd & ~0x100000000 == 0 # r\n"));
}

TEST_C(refusal, number_that_is_none)
{
	EXPECT_STR_CONTAINS(REFUSAL("lseek: allow if offset == 0x10000000000000000 # r\n"),
			    "EINVAL role:1:27: there is no constant '0x10000000000000000'");
	EXPECT_STR_CONTAINS(REFUSAL("lseek: allow if offset == 09 # r\n"),
			    "EINVAL role:1:27: there is no constant '09'");
	EXPECT_STR_EQ("EINVAL role:1:26: a number or a constant was expected",
		      REFUSAL("lseek: allow if offset == # r\n"));
}

TEST_C(refusal, mask_that_can_never_hold)
{
	EXPECT_STR_CONTAINS(REFUSAL("mmap: allow if prot & 2 == 3 # r\n"),
			    "the value has bits that the mask hasn't: it can never hold");
	EXPECT_STR_CONTAINS(REFUSAL("mmap: allow if prot & 2 in {2, 3} # r\n"),
			    "the value has bits that the mask hasn't: it can never hold");
}

TEST_C(refusal, comparison_that_can_never_hold)
{
	EXPECT_STR_EQ("EINVAL role:1:19: nothing is < 0x0", REFUSAL("read: allow if fd < 0 # r\n"));
	EXPECT_STR_EQ("EINVAL role:1:19: nothing is > 0xffffffff",
		      REFUSAL("read: allow if fd > 0xffffffff # r\n"));
	EXPECT_STR_EQ("EINVAL role:1:19: nothing has any of 0x0",
		      REFUSAL("read: allow if fd any 0 # r\n"));
}

TEST_C(refusal, range_that_holds_nothing)
{
	EXPECT_STR_EQ("EINVAL role:1:26: a range that holds nothing",
		      REFUSAL("read: allow if fd in 5..3 # r\n"));
	EXPECT_STR_EQ("EINVAL role:1:27: a range that holds nothing",
		      REFUSAL("read: allow if fd in {5..3} # r\n"));
}

TEST_C(refusal, list_that_is_open_or_empty)
{
	EXPECT_STR_EQ("EINVAL role:1:23: a number or a constant was expected",
		      REFUSAL("read: allow if fd in {} # r\n"));
	EXPECT_STR_EQ("EINVAL role:1:24: the row ends where '}' or ',' was expected",
		      REFUSAL("read: allow if fd in {1 # r\n"));
	EXPECT_STR_EQ("EINVAL role:1:30: '..' where '}' or ',' was expected",
		      REFUSAL("mmap: allow if prot & 7 in {1..2} # r\n"));
}

TEST_C(refusal, quantity_that_is_none)
{
	EXPECT_STR_EQ("EINVAL role:1:14: '5X' is no quantity: a number, and perhaps "
		      "one of KMGT",
		      REFUSAL("limit memory 5X # r\n"));
	EXPECT_STR_EQ("EINVAL role:1:12: '5K' is no quantity: a number, and perhaps one of smh",
		      REFUSAL("limit cpu  5K # r\n"));
	EXPECT_STR_EQ("EINVAL role:1:17: '5K' is no quantity: a number",
		      REFUSAL("limit processes 5K # r\n"));
	EXPECT_STR_CONTAINS(REFUSAL("limit memory 99999999999T # r\n"), "is no quantity");
	EXPECT_STR_EQ("EINVAL role:1:17: '5K' is no quantity: a number",
		      REFUSAL("group processes 5K # r\n"));
	EXPECT_STR_CONTAINS(REFUSAL("group processes 0 # r\n"), "no process fits into 0");
	EXPECT_STR_EQ("EINVAL role:1:1: every limit has its reason: end it with '# why'",
		      REFUSAL("group memory 1G\n"));
	EXPECT_STR_EQ("EINVAL role:1:7: one of these was expected: memory, processes",
		      REFUSAL("group cpu 1 # r\n"));
	EXPECT_STR_EQ("EINVAL role:1:10: one of these was expected: user-blocking, "
		      "user-visible, best-effort",
		      REFUSAL("priority fast\n"));
	EXPECT_STR_EQ("EINVAL role:1:13: a number from 1 to 64 was expected",
		      REFUSAL("descriptors 65\n"));
	EXPECT_STR_EQ("EINVAL role:1:11: a number from 0 to 1000 was expected",
		      REFUSAL("oom-score 1001\n"));
	EXPECT_STR_EQ("EINVAL role:1:11: a number from 0 to 1000 was expected",
		      REFUSAL("oom-score -1\n"));
	EXPECT_STR_EQ("EINVAL role:1:9: a number from 1 to 64 was expected",
		      REFUSAL("threads 0\n"));
}

TEST_C(refusal, threads_where_none_could_be_bound)
{
	EXPECT_STR_CONTAINS(REFUSAL("threads 2\n"),
			    "EINVAL role:1:9: a role with threads needs 'launch exec'");
	EXPECT_STR_CONTAINS(REFUSAL("launch exec\nthreads 2\nstage before-ready\n"),
			    "EINVAL role:2:9: a role with two filters has one thread");
	EXPECT_STR_EQ("allow", SAYS("threads 2\nlaunch exec\nread: allow # r\n", "read", 0));
	EXPECT_STR_EQ("allow", SAYS("threads 1\nread: allow # r\n", "read", 0));
}

/* ---- the form of rows ---- */

TEST_C(refusal, missing_reason)
{
	EXPECT_STR_EQ("EINVAL role:2:1: every row has its reason: end it with '# why'",
		      REFUSAL("role r\nread: allow\n"));
	EXPECT_STR_EQ("EINVAL role:1:1: every row has its reason: end it with '# why'",
		      REFUSAL("read: allow #  \n"));
	EXPECT_STR_EQ("EINVAL role:1:1: every limit has its reason: end it with '# why'",
		      REFUSAL("limit core 0\n"));
}

TEST_C(refusal, row_that_ends_too_early_or_too_late)
{
	EXPECT_STR_EQ("EINVAL role:1:5: the row ends where ':' and a verdict was expected",
		      REFUSAL("read # r\n"));
	EXPECT_STR_EQ("EINVAL role:1:13: 'fd' where the row should end",
		      REFUSAL("read: allow fd == 3 # r\n"));
	EXPECT_STR_EQ("EINVAL role:1:13: 'x' where the row should end", REFUSAL("launch fork x\n"));
	EXPECT_STR_EQ("EINVAL role:1:22: the row ends where ')' was expected",
		      REFUSAL("read: allow if (fd==1 # r\n"));
}

TEST_C(refusal, byte_that_means_nothing)
{
	EXPECT_STR_EQ("EINVAL role:1:5: a byte 0x3b that means nothing here",
		      REFUSAL("read; allow # r\n"));
	EXPECT_STR_EQ("EINVAL role:2:1: a byte 0xc3 that means nothing here",
		      REFUSAL("role r\n\xc3\xa4: allow # r\n"));
}

TEST_C(refusal, line_of_a_row_of_several)
{
	EXPECT_STR_EQ("EINVAL role:3:9: there is no system call 'lsek'; is it lseek?",
		      REFUSAL("role r\nread,\n        lsek: allow # r\n"));
}

TEST_C(refusal, numbered_call_has_no_arguments_and_no_company)
{
	EXPECT_STR_EQ("EINVAL role:1:16: a call that is named by number has no named arguments",
		      REFUSAL("999:  allow if fd == 3 # r\n"));
	EXPECT_STR_EQ("EINVAL role:1:4: ',' where ':' and a verdict was expected",
		      REFUSAL("999, 998: allow # r\n"));
	EXPECT_STR_CONTAINS(REFUSAL("0x40000000: allow # x32\n"),
			    "EINVAL role:1:1: there is no system call '0x40000000'");
}

TEST_C(refusal, brackets_that_are_too_deep)
{
	EXPECT_STR_EQ("EINVAL role:1:33: more than 16 brackets",
		      REFUSAL("read: allow if (((((((((((((((((fd == 1))))))))))))))))) # r\n"));
}

TEST_C(refusal, set_that_is_none)
{
	EXPECT_STR_EQ("EINVAL role:1:5: the name of a set begins with '@'",
		      REFUSAL("set io = read\n"));
	EXPECT_STR_EQ("EINVAL role:1:9: 'read' where '=' and the calls was expected",
		      REFUSAL("set @io read\n"));
	EXPECT_STR_EQ("EINVAL role:1:12: a set has names, no numbers", REFUSAL("set @io = 3\n"));
}

/* ---- whose word counts ---- */

TEST_C(refusal, row_that_never_decides)
{
	EXPECT_STR_EQ("EINVAL role:3:1: read: this row never decides: one before it does "
		      "(role:2)",
		      REFUSAL("role r\nread: allow # a\nread: kill if fd == 3 # b\n"));
	EXPECT_STR_EQ("EINVAL role:3:1: read: this row never decides: one before it does "
		      "(role:2)",
		      REFUSAL("role r\nread: allow if fd == 1 else kill # a\nread: allow # b\n"));
}

TEST_C(refusal, included_files_that_disagree)
{
	char path[4096];

	(void)role_file("a.policy", "role a\nread: allow # a\n", path);
	(void)role_file("b.policy", "role b\n\nread: kill # b\n", path);
	(void)role_file("c.policy", "role c\ninclude a\ninclude b\n", path);
	EXPECT_STR_CONTAINS(file_refusal(path).text, "b.policy:3:1: read: two included files say "
						     "different things of it, neither nearer: give "
						     "it a row of your own");
	EXPECT_STR_CONTAINS(file_refusal(path).text, "a.policy:2)");
	(void)role_file("c.policy", "role c\ninclude a\ninclude b\nread: trap # settled\n", path);
	EXPECT_STR_EQ("", file_refusal(path).text);
}

/* ---- parameters ---- */

static struct refusal with_parameter(const char *text, const char *name, const char *value)
{
	const struct brig_policy_parameter parameter = { name, value };
	const struct brig_policy_options options = { .size = sizeof options,
						     .parameters = &parameter,
						     .n_parameters = 1 };

	return refusal_of(text, strlen(text), &options);
}

TEST_C(refusal, parameter_that_was_not_declared)
{
	EXPECT_STR_EQ("EINVAL role:1:24: there is no parameter write: declare it "
		      "above by 'parameter "
		      "write = DEFAULT'",
		      REFUSAL("mkdirat: allow    when ${write} == yes # r\n"));
	EXPECT_STR_EQ("EINVAL role:1:21: a parameter is written ${name}",
		      REFUSAL("read: allow if fd < $top # r\n"));
}

TEST_C(refusal, parameter_that_must_be_given)
{
	EXPECT_STR_EQ("EINVAL role:1:11: the parameter write has no default: give it by --set "
		      "write=VALUE",
		      REFUSAL("parameter write # r\n"));
}

TEST_C(refusal, parameter_that_the_role_has_not)
{
	EXPECT_STR_EQ("EINVAL role:0:0: the role has no parameter 'wrte'; is it write?",
		      with_parameter("parameter write = no\n", "wrte", "yes").text);
	EXPECT_STR_EQ("EINVAL role:0:0: the role has no parameter 'write'",
		      with_parameter("role r\n", "write", "yes").text);
}

TEST_C(refusal, parameter_that_is_more_than_a_word)
{
	static const char *const values[] = { "",  "1 or fd == 2", "1,2", "}", "|",
					      "#", "yes\nread",    ":",   "&", "\x1b[31m" };

	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		EXPECT_STR_EQ("EINVAL role:1:11: the value of the parameter top is no single word",
			      with_parameter("parameter top = 3\nread: allow if fd == ${top} # d\n",
					     "top", values[i])
				      .text);
}

TEST_C(refusal, parameter_without_name_or_value)
{
	EXPECT_STR_CONTAINS(with_parameter("role r\n", NULL, "x").text, "EINVAL ");
	EXPECT_STR_CONTAINS(with_parameter("parameter x = 1\n", "x", NULL).text, "EINVAL ");
}

TEST_C(refusal, when_that_is_no_comparison)
{
	EXPECT_STR_EQ("EINVAL role:2:13: 'when ${name} == word' or '!=' ends a row, "
		      "with nothing "
		      "behind it",
		      REFUSAL("parameter a = 1\nread: allow when ${a} # r\n"));
}

/* ---- what the proofs find ---- */

TEST_C(refusal, need_that_is_refused)
{
	EXPECT_STR_EQ("EINVAL role:2:1: write(1)(0xa5a5a5a5a5a5a5a5, 0xa5a5a5a5a5a5a5a5, "
		      "0xa5a5a5a5a5a5a5a5, 0xa5a5a5a5a5a5a5a5, 0xa5a5a5a5a5a5a5a5, "
		      "0xa5a5a5a5a5a5a5a5): is needed, and is not allowed; the row that needs "
		      "it "
		      "is named",
		      REFUSAL("read: allow # r\nneeds read, write\n"));
	EXPECT_STR_CONTAINS(REFUSAL("read: allow if fd == 3 # r\nneeds read\n"),
			    "EINVAL role:2:1: ");
	EXPECT_STR_CONTAINS(REFUSAL("read: allow if fd == 3 # r\nneeds read if fd in 3..4\n"),
			    "EINVAL role:2:1: read(0)(0xa5a5a5a500000004, ");
}

TEST_C(refusal, need_that_is_met)
{
	EXPECT_STR_EQ("", REFUSAL("read: allow if fd in 2..5 # r\nneeds read if fd in 3..4\n"));
	EXPECT_STR_EQ("", REFUSAL("read: log # r\nneeds read\n"));
}

TEST_C(refusal, need_is_of_the_first_filter)
{
	const char *text = "needs getpid\nstage before-ready\ngetpid: allow # start\n";

	EXPECT_STR_EQ("", REFUSAL(text));
}

TEST_C(refusal, more_after_ready_than_before)
{
	EXPECT_STR_CONTAINS(REFUSAL("stage before-ready\nread: kill # no\nstage after-ready\n"
				    "read: allow # late\n"),
			    "is allowed after ready, but the filter of before ready, which stays, "
			    "refuses it");
	EXPECT_STR_CONTAINS(REFUSAL("stage before-ready\nread: kill # no\nstage after-ready\n"
				    "read: allow # late\n"),
			    "EINVAL role:4:1: read(0)");
}

TEST_C(refusal, row_before_ready_that_refuses_what_the_class_allows_after)
{
	EXPECT_STR_CONTAINS(REFUSAL("default benign allow\nstage before-ready\nread: kill # no\n"),
			    "EINVAL role:3:1: read(0)");
}

/* Four registers and two halves with nine classes and more each. */
#define COMPLEX                                                                                    \
	"futex_wait: allow if uaddr in {1, 5, 9, 13} and val in {1, 5, 9, 13} and "                \
	"mask in {1, 5, 9, 13} and timespec in {1, 5, 9, 13} and flags in {1, 5, 9, 13} and "      \
	"clockid in {1, 5, 9, 13} # complex\n"

TEST_C(refusal, row_that_is_too_complex_is_named)
{
	const char *wanted = "E2BIG role:2:1: futex_wait(455)";

	EXPECT_STR_CONTAINS(REFUSAL("read: allow # r\n" COMPLEX), wanted);
	EXPECT_STR_CONTAINS(REFUSAL("read: allow # r\n" COMPLEX), "too many cases to prove");
}

TEST_C(refusal, row_that_is_too_complex_for_stages_is_named)
{
	const char *text = "read: allow # r\n" COMPLEX "stage before-ready\nwrite: allow # w\n";

	EXPECT_STR_CONTAINS(REFUSAL(text), "E2BIG role:2:1: futex_wait(455)");
	EXPECT_STR_CONTAINS(REFUSAL(text), "too many cases to prove");
}

TEST_C(refusal, block_that_is_too_long_names_its_row)
{
	char text[8192] = "role r\nioctl: allow if cmd in {0";
	size_t n = strlen(text);

	for (unsigned int i = 1; i < 300; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, ", %u", 2 * i);
	(void)snprintf(text + n, sizeof text - n, "} # many\n");
	EXPECT_STR_CONTAINS(REFUSAL(text), "E2BIG role:2:1: ioctl(16)");
	EXPECT_STR_CONTAINS(REFUSAL(text), "more than a filter can hold");
}

/* Calls whose arguments are looked at alike share it: so each has a value of its own. */
TEST_C(refusal, filter_that_is_too_long_names_the_row_that_made_it)
{
	static const char *const calls[] = { "read",      "write",     "close",      "fstat",
					     "lseek",     "ioctl",     "pread64",    "pwrite64",
					     "fcntl",     "flock",     "fsync",      "fdatasync",
					     "ftruncate", "getdents",  "getdents64", "fchmod",
					     "fchown",    "fadvise64", "fallocate",  "fstatfs",
					     "fgetxattr", "flistxattr" };
	static char text[65536];
	size_t n = (size_t)snprintf(text, sizeof text, "role r\n");

	for (unsigned int call = 0; call < sizeof calls / sizeof *calls; call++) {
		n += (size_t)snprintf(text + n, sizeof text - n, "%s: allow if fd in {%u",
				      calls[call], 2 * call);
		for (unsigned int i = 1; i < 200; i++)
			n += (size_t)snprintf(text + n, sizeof text - n, ", %u", 100 + 2 * i);
		n += (size_t)snprintf(text + n, sizeof text - n, "} # many\n");
	}
	EXPECT_STR_CONTAINS(REFUSAL(text), "E2BIG role:");
	EXPECT_STR_CONTAINS(REFUSAL(text), "more than a filter can hold");
}

/* ---- files ---- */

TEST_C(refusal, include_of_itself)
{
	char path[4096];

	(void)role_file("a.policy", "role a\ninclude b\n", path);
	(void)role_file("b.policy", "role b\n include a\n", path);
	EXPECT_STR_CONTAINS(file_refusal(path).text, "a.policy:2:9: 'b' includes itself");
	EXPECT_STR_CONTAINS(file_refusal(path).text, "EINVAL ");
}

TEST_C(refusal, include_that_is_too_deep)
{
	char path[4096], name[32], text[64];

	for (int i = 0; i < 9; i++) {
		(void)snprintf(name, sizeof name, "f%d.policy", i);
		(void)snprintf(text, sizeof text, "role f%d\ninclude f%d\n", i, i - 1);
		(void)role_file(name, i ? text : "role f0\n", path);
	}
	EXPECT_STR_CONTAINS(file_refusal(path).text, "f1.policy:2:9: files are included 8 deep");
}

TEST_C(refusal, include_that_is_not_there_and_the_nearest)
{
	EXPECT_STR_EQ("EINVAL role:1:9: 'bsae' can't be included: there is no such "
		      "role or file; is "
		      "it base?",
		      REFUSAL("include bsae\n"));
	EXPECT_STR_EQ("EINVAL role:1:9: 'quux' can't be included: there is no such "
		      "role or file",
		      REFUSAL("include quux\n"));
}

TEST_C(refusal, role_that_is_not_there_and_the_nearest)
{
	EXPECT_STR_EQ("ENOENT rendrer:0:0: there is no such role or file; is it renderer?",
		      file_refusal("rendrer").text);
	EXPECT_STR_EQ("ENOENT ./x.policy:0:0: there is no such role or file",
		      file_refusal("./x.policy").text);
}

TEST_C(refusal, directory)
{
	EXPECT_STR_EQ("EISDIR /usr/share:0:0: Is a directory", file_refusal("/usr/share").text);
}

TEST_C_CHILD(refusal, file_that_cannot_be_read)
{
	char path[4096];

	(void)role_file("secret.policy", "role r\n", path);
	ASSERT_OK(chmod(path, 0));
	if (geteuid() == 0) {
		ASSERT_OK(chmod(test_tmpdir(), 0755));
		ASSERT_OK(setresuid(60417, 60417, 60417));
	}
	EXPECT_STR_CONTAINS(file_refusal(path).text, "EACCES ");
	EXPECT_STR_CONTAINS(file_refusal(path).text, "secret.policy:0:0: Permission denied");
}

TEST_C(refusal, file_that_is_too_large)
{
	const size_t n = 256 << 10;
	char path[4096], *text = calloc(1, n + 2);

	ASSERT_PTR_NOT_NULL(text);
	memset(text, '\n', n + 1);
	EXPECT_STR_EQ("", refusal_of(text, n, NULL).text);
	EXPECT_STR_EQ("E2BIG role:0:0: more than 262144 bytes", refusal_of(text, n + 1, NULL).text);
	(void)role_file("large.policy", text, path);
	EXPECT_STR_CONTAINS(file_refusal(path).text, "E2BIG ");
	EXPECT_STR_CONTAINS(file_refusal(path).text, "large.policy:0:0: more than 262144 bytes");
	EXPECT_STR_CONTAINS(file_refusal("/dev/zero").text,
			    "/dev/zero:0:0: more than 262144 bytes");
	free(text);
}

TEST_C(refusal, zero_byte)
{
	const char text[] = "role r\nread\0: allow # r\n";

	EXPECT_STR_EQ("EINVAL role:2:5: a zero byte", refusal_of(text, sizeof text - 1, NULL).text);
}
