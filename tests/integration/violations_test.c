/* What is told of a forbidden call: each field, how often, and when. */
#include "broker/broker.h"
#include "broker/monitor/violation.h"
#include "sandbox/policy/shipped.h"
#include "sandbox/selftest/machine.h"
#include "tests/support/decode_once.h"

#include "gtest_c.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#define TOLD_MAX 32

struct told {
	struct brig_violation violations[TOLD_MAX];
	size_t n;
	const struct outcome *outcome; /* of the only job: not done yet when it is told */
	bool too_late;
};

static void on_violation(void *user, const struct brig_violation *violation)
{
	struct told *told = user;

	told->too_late = told->too_late || (told->outcome && told->outcome->done);
	if (told->n < TOLD_MAX)
		told->violations[told->n++] = *violation;
}

static int make_broker(const char *child, const char *plugins, struct told *told,
		       struct brig_broker **ret)
{
	const struct brig_broker_options options = { .size = sizeof options,
						     .child_path = child,
						     .plugin_dir = plugins,
						     .on_violation = on_violation,
						     .user = told };

	return brig_broker_create(&options, ret);
}

static void decode(struct brig_broker *broker, const char *document, struct outcome *ret)
{
	EXPECT_OK(outcome_start(broker, write_document("document", document, strlen(document)),
				60000, ret));
	EXPECT_OK(run_until_done(broker, ret, 1));
}

/* The one violation of a renderer that does what the word says. */
static void provoke(const char *word, struct brig_violation *ret, struct outcome *ret_outcome)
{
	struct told told = { .outcome = ret_outcome };
	struct brig_broker *broker = NULL;
	char document[64];

	memset(ret, 0, sizeof *ret);
	(void)snprintf(document, sizeof document, "HOSTILE %s", word);
	ASSERT_OK(make_broker(BRIG_HOSTILE_CHILD, BRIG_PLUGIN_DIR, &told, &broker));
	decode(broker, document, ret_outcome);
	brig_broker_destroy(broker);
	EXPECT_INT_EQ(BRIG_EXIT_SECCOMP, ret_outcome->exit.class_);
	EXPECT_FALSE(told.too_late);
	ASSERT_UINT_EQ(1, told.n);
	*ret = told.violations[0];
	EXPECT_MEM_EQ(ret, &ret_outcome->violation, sizeof *ret);
}

/* Line @line of a shipped text. */
static void line_of(const char *name, unsigned int line, char *ret, size_t size)
{
	const struct brig_shipped *shipped = brig_shipped_find(name);

	*ret = '\0';
	ASSERT_PTR_NOT_NULL(shipped);
	const char *at = shipped->text;
	for (; at && line > 1; line--) {
		at = strchr(at, '\n');
		at += at != NULL;
	}
	ASSERT_PTR_NOT_NULL(at);
	(void)snprintf(ret, size, "%.*s", (int)strcspn(at, "\n"), at);
}

/* What sha256sum(1) says of the texts, one behind the other. */
static void sum_of(const char *const names[], size_t n, char ret[65])
{
	char path[4096], command[4200];

	(void)snprintf(path, sizeof path, "%s/texts", test_tmpdir());
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ASSERT_OK(fd);
	for (size_t i = 0; i < n; i++) {
		const char *text = brig_shipped_find(names[i])->text;

		EXPECT_INT_EQ((long long)strlen(text), write(fd, text, strlen(text)));
	}
	(void)close(fd);
	(void)snprintf(command, sizeof command, "sha256sum '%s'", path);
	FILE *out = popen(command, "re"); /* NOLINT(cert-env33-c): a path of the test's own */
	ASSERT_PTR_NOT_NULL(out);
	EXPECT_INT_EQ(1, fscanf(out, "%64s", ret));
	(void)pclose(out);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

TEST_C(violations, a_row_of_the_role_is_named)
{
	static const char *const texts[] = { "renderer", "decoder", "base", "sets" };
	const uint64_t before = now_ns();
	struct outcome outcome;
	struct brig_violation v;
	char line[200], sum[65] = "";

	provoke("socket", &v, &outcome);
	EXPECT_STR_EQ("renderer", v.role);
	sum_of(texts, 4, sum);
	EXPECT_STR_EQ(sum, v.policy);
	EXPECT_UINT_EQ(outcome.exit.instance, v.instance);
	EXPECT_INT_EQ(1, v.trusted);
	EXPECT_STR_EQ("", v.unknown);
	EXPECT_TRUE(before <= v.time_ns && v.time_ns <= now_ns());
	EXPECT_UINT_EQ(1, v.count);
	EXPECT_STR_EQ("brig-renderer", v.thread);
	EXPECT_UINT_EQ(brig_arch_audit(brig_arch_native()), v.arch);
	EXPECT_INT_EQ(SYS_socket, v.call);
	EXPECT_STR_EQ("socket", v.name);
	EXPECT_UINT_EQ(AF_UNIX, v.args[0]);
	EXPECT_UINT_EQ(SOCK_STREAM, v.args[1]);
	EXPECT_UINT_EQ(0, v.args[2]);
	EXPECT_STR_EQ("socket(family=AF_UNIX, type=SOCK_STREAM, protocol=0)", v.text);
	EXPECT_STR_EQ("base", v.rule_file);
	line_of(v.rule_file, v.rule_line, line, sizeof line);
	EXPECT_STR_CONTAINS(line, "socket, connect:  report");
	EXPECT_STR_CONTAINS(line, v.reason);
	EXPECT_STR_EQ("the network is the broker's", v.reason);
	EXPECT_STR_EQ("benign", v.class_);
	EXPECT_UINT_EQ(outcome.exit.address, v.address);
	EXPECT_STR_CONTAINS(v.module, "libc");
	EXPECT_STR_EQ("syscall", v.symbol);
	EXPECT_STR_CONTAINS(v.suggestion, "socket: allow if family == AF_UNIX and "
					  "type == SOCK_STREAM and protocol == 0 else report # ");
	EXPECT_UINT_EQ(0, v.suggestion_line);
}

TEST_C(violations, a_class_is_named_where_no_row_is)
{
	struct outcome outcome;
	struct brig_violation v;

	provoke("ptrace", &v, &outcome);
	EXPECT_INT_EQ(SYS_ptrace, v.call);
	EXPECT_STR_EQ("ptrace(request=PTRACE_ATTACH, pid=1, addr=0, data=0)", v.text);
	EXPECT_STR_EQ("", v.rule_file);
	EXPECT_UINT_EQ(0, v.rule_line);
	EXPECT_STR_EQ("dangerous", v.class_);
	EXPECT_STR_EQ(brig_call_find("ptrace", 6)->why, v.reason);
	EXPECT_STR_CONTAINS(v.suggestion, "ptrace: allow if request == PTRACE_ATTACH and "
					  "pid == 1 and addr == 0 and data == 0 # ");
}

#if defined(__x86_64__)
TEST_C(violations, the_function_that_made_it_is_named)
{
	struct outcome outcome;
	struct brig_violation v;

	provoke("own-socket", &v, &outcome);
	EXPECT_STR_EQ("socket(family=AF_INET, type=SOCK_CLOEXEC|SOCK_STREAM, protocol=0)", v.text);
	EXPECT_STR_EQ("hostile_own_socket", v.symbol);
	EXPECT_INT_GT(v.symbol_offset, 0);
	EXPECT_INT_LT(v.symbol_offset, 200);
	EXPECT_STR_CONTAINS(v.module, "hostile_child");
	EXPECT_INT_GT(v.module_offset, 0);
}
#endif

#if defined(__x86_64__)
/* Who is root runs a copy in memory of what is its owner's alone; its name is no file's. */
TEST_C(violations, the_function_of_a_helper_without_a_name_is_found)
{
	struct told told = { 0 };
	struct brig_broker *broker = NULL;
	struct outcome outcome;
	char helper[4096], command[8400];

	(void)snprintf(helper, sizeof helper, "%s/helper", test_tmpdir());
	(void)snprintf(command, sizeof command, "cp '%s' '%s' && chmod 0700 '%s'",
		       BRIG_HOSTILE_CHILD, helper, helper);
	ASSERT_INT_EQ(0, system(command)); /* NOLINT(cert-env33-c): paths of the test's own */
	ASSERT_OK(make_broker(helper, BRIG_PLUGIN_DIR, &told, &broker));
	ASSERT_INT_EQ(0, unlink(helper));
	decode(broker, "HOSTILE own-socket", &outcome);
	EXPECT_STR_EQ("hostile_own_socket", outcome.violation.symbol);
	EXPECT_STR_CONTAINS(outcome.violation.module, "(deleted)");
	brig_broker_destroy(broker);
}
#endif

/* What a child can make large is looked at no further than is said. */
TEST_C(violations, a_crowd_of_mappings_is_not_looked_through)
{
	struct outcome outcome;
	struct brig_violation v;

	provoke("crowd", &v, &outcome);
	EXPECT_INT_EQ(1, v.trusted);
	EXPECT_STR_EQ("socket", v.name);
	EXPECT_STR_EQ("base", v.rule_file);
	EXPECT_STR_EQ("brig-renderer", v.thread);
	EXPECT_STR_EQ("", v.module);
	EXPECT_STR_EQ("", v.symbol);
	EXPECT_STR_CONTAINS(v.unknown, "it has more mappings than are looked at");
}

/* A codec's death is none of its sheet's, which goes on. */
TEST_C(violations, a_job_that_goes_on_has_it_too)
{
	static const char sheet[] = "BRIG-SHEET 1\ncell 4x4\ngrid 1x1\na.png\n";
	static const char codec[] = "\x89PNG\r\n\x1a\nHOSTILE socket";
	struct told told = { 0 };
	struct brig_broker *broker = NULL;
	struct outcome outcome;

	ASSERT_OK(make_broker(BRIG_HOSTILE_CODEC, BRIG_PLUGIN_DIR, &told, &broker));
	ASSERT_PTR_NOT_NULL(write_document("a.png", codec, sizeof codec - 1));
	decode(broker, sheet, &outcome);
	EXPECT_INT_EQ(BRIG_DECODE_OK, outcome.status);
	EXPECT_INT_EQ(BRIG_EXIT_CLEAN, outcome.exit.class_);
	EXPECT_STR_EQ("codec", outcome.violation.role);
	EXPECT_STR_EQ("socket", outcome.violation.name);
	EXPECT_UINT_EQ(1, told.n);
	outcome_finish(&outcome);
	brig_broker_destroy(broker);
}

/* The parts that the first has, as people read them. */
TEST_C(violations, people_read_all_of_it)
{
	struct outcome outcome;
	struct brig_violation v;
	char text[4096], small[10];

	provoke("socket", &v, &outcome);
	size_t n = brig_violation_describe(&v, text, sizeof text);
	EXPECT_UINT_EQ(strlen(text), n);
	EXPECT_STR_CONTAINS(text, "made a forbidden system call: socket(family=AF_UNIX, ");
	EXPECT_STR_CONTAINS(text, "\n  rule: base:");
	EXPECT_STR_CONTAINS(text, ": the network is the broker's\n");
	EXPECT_STR_CONTAINS(text, ", in syscall+0x");
	EXPECT_STR_CONTAINS(text, "the thread calls itself \"brig-renderer\"");
	EXPECT_STR_CONTAINS(text, v.policy);
	EXPECT_STR_CONTAINS(text, "at the end of renderer.policy:\n    socket: allow if ");
	for (size_t i = 0; i < n; i++)
		EXPECT_TRUE(text[i] == '\n' || (text[i] >= 0x20 && text[i] < 0x7f));
	EXPECT_UINT_EQ(n, brig_violation_describe(&v, small, sizeof small));
	EXPECT_UINT_EQ(sizeof small - 1, strlen(small));
	EXPECT_UINT_EQ(n, brig_violation_describe(&v, NULL, 0));
}

static void provoke_kill(const char *document, const char *plugins, const char *child,
			 struct brig_violation *ret, struct outcome *outcome)
{
	struct told told = { .outcome = outcome };
	struct brig_broker *broker = NULL;

	memset(ret, 0, sizeof *ret);
	ASSERT_OK(make_broker(child, plugins, &told, &broker));
	decode(broker, document, outcome);
	brig_broker_destroy(broker);
	EXPECT_FALSE(told.too_late);
	ASSERT_UINT_EQ(1, told.n);
	*ret = told.violations[0];
	EXPECT_INT_EQ(0, ret->trusted);
	EXPECT_INT_EQ(-1, ret->call);
	EXPECT_STR_EQ("", ret->text);
	EXPECT_STR_EQ("", ret->suggestion);
	EXPECT_UINT_EQ(64, strlen(ret->policy));
}

/* A plugin's code runs before its filter is complete: a listener could be its own. */
TEST_C(violations, a_role_that_kills_says_so)
{
	struct outcome outcome;
	struct brig_violation v;
	char dir[4096], plugin[4200], text[4096];

	(void)snprintf(dir, sizeof dir, "%s/plugins", test_tmpdir());
	ASSERT_INT_EQ(0, mkdir(dir, 0755));
	(void)snprintf(plugin, sizeof plugin, "%s/pnm.so", dir);
	ASSERT_INT_EQ(0, symlink(BRIG_HOSTILE_PLUGIN_DIR "/call_socket.so", plugin));
	provoke_kill("P5 HOSTILE report", dir, BRIG_CHILD, &v, &outcome);
	EXPECT_INT_EQ(BRIG_EXIT_SECCOMP, outcome.plugin_exit.class_);
	EXPECT_UINT_EQ(outcome.plugin_exit.instance, v.instance);
	EXPECT_STR_EQ("plugin", v.role);
	EXPECT_STR_CONTAINS(v.unknown, "the role kills at once ('report kill')");
	(void)brig_violation_describe(&v, text, sizeof text);
	EXPECT_STR_CONTAINS(text, "\n  not known: which call: the role kills at once");
}

#if defined(__x86_64__)
TEST_C(violations, a_foreign_architecture_is_told_without_its_call)
{
	struct outcome outcome;
	struct brig_violation v;

	if (!brig_machine_gate32())
		SKIP_C("gate32", "int 0x80 faults on this machine, whoever tries");
	provoke_kill("HOSTILE int80", BRIG_PLUGIN_DIR, BRIG_HOSTILE_CHILD, &v, &outcome);
	EXPECT_INT_EQ(BRIG_EXIT_SECCOMP, outcome.exit.class_);
	EXPECT_STR_EQ("renderer", v.role);
	EXPECT_STR_CONTAINS(v.unknown, "a foreign architecture");
}

/* Then a call that is reported fails; one that kills still does, and why it isn't known is told. */
TEST_C_CHILD(violations, who_is_not_heard_is_told)
{
	static const struct sock_filter allow[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	const struct brig_program filter = { .code = allow, .length = 1 };
	struct outcome outcome;
	struct brig_violation v;

	if (!brig_machine_gate32())
		SKIP_C("gate32", "int 0x80 faults on this machine, whoever tries");
	ASSERT_INT_EQ(0, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	ASSERT_OK(brig_program_load_listening(&filter));
	provoke_kill("HOSTILE int80", BRIG_PLUGIN_DIR, BRIG_HOSTILE_CHILD, &v, &outcome);
	EXPECT_STR_CONTAINS(v.unknown, "somebody outside listens");
}
#endif

/* The broker may not read what its listener has: the child doesn't wait for its deadline. */
TEST_C_CHILD(violations, a_call_that_cannot_be_read_is_one)
{
	static const struct sock_filter no_receive[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SECCOMP_IOCTL_NOTIF_RECV, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
	};
	const struct brig_program filter = { .code = no_receive,
					     .length = sizeof no_receive / sizeof *no_receive };
	struct outcome outcome;
	struct brig_violation v;

	ASSERT_INT_EQ(0, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	ASSERT_OK(brig_program_load(&filter));
	provoke_kill("HOSTILE socket", BRIG_PLUGIN_DIR, BRIG_HOSTILE_CHILD, &v, &outcome);
	EXPECT_INT_EQ(BRIG_EXIT_SECCOMP, outcome.exit.class_);
	EXPECT_INT_EQ(-1, outcome.exit.syscall);
	EXPECT_STR_CONTAINS(v.unknown, "could not be read");
}

/* ---- how often ---- */

TEST_C(violations, a_storm_is_told_by_powers_of_two)
{
	static const uint64_t counts[] = { 1, 2, 4, 8, 16 };
	static struct outcome outcomes[20];
	struct told told = { 0 };
	struct brig_broker *broker = NULL;
	uint64_t seen = 0;

	ASSERT_OK(make_broker(BRIG_HOSTILE_CHILD, BRIG_PLUGIN_DIR, &told, &broker));
	for (size_t i = 0; i < 20; i++)
		EXPECT_OK(outcome_start(broker, write_document("ptrace", "HOSTILE ptrace", 14),
					60000, &outcomes[i]));
	EXPECT_OK(run_until_done(broker, outcomes, 20));
	ASSERT_UINT_EQ(5, told.n);
	for (size_t i = 0; i < 5; i++)
		EXPECT_UINT_EQ(counts[i], told.violations[i].count);
	/* Each job has its own, whatever was told. */
	for (size_t i = 0; i < 20; i++) {
		EXPECT_STR_EQ("ptrace", outcomes[i].violation.name);
		seen |= 1ull << outcomes[i].violation.count;
	}
	EXPECT_UINT_EQ(((1ull << 20) - 1) << 1, seen);
	brig_broker_destroy(broker);
}

TEST_C(violations, kinds_are_bounded)
{
	static struct brig_tally tally;
	struct brig_violation v = { .role = "renderer", .rule_file = "base", .rule_line = 1 };
	unsigned int told = 0;

	for (v.call = 0; v.call < BRIG_VIOLATION_KINDS; v.call++) {
		told += brig_tally_add(&tally, &v);
		EXPECT_UINT_EQ(1, v.count);
	}
	EXPECT_INT_EQ(BRIG_VIOLATION_KINDS, told);
	for (int64_t i = 0; i < 1000; i++) {
		v.call = 1000 + i;
		told += brig_tally_add(&tally, &v);
		EXPECT_UINT_EQ((uint64_t)i + 1, v.count);
	}
	EXPECT_INT_EQ(BRIG_VIOLATION_KINDS + 10, told); /* 1, 2, 4, … 512 */
	v.call = 0; /* was there before, and is counted by itself */
	EXPECT_TRUE(brig_tally_add(&tally, &v));
	EXPECT_UINT_EQ(2, v.count);
	EXPECT_FALSE(brig_tally_add(&tally, &v));
}

TEST_C(violations, kinds_differ_by_role_call_and_rule)
{
	static struct brig_tally tally;
	const struct brig_violation base = { .role = "renderer", .rule_file = "base", .call = 1 };
	struct brig_violation role = base, call = base, line = base, first = base;

	(void)snprintf(role.role, sizeof role.role, "codec");
	call.call = 2;
	line.rule_line = 2;
	EXPECT_TRUE(brig_tally_add(&tally, &first));
	EXPECT_TRUE(brig_tally_add(&tally, &role));
	EXPECT_TRUE(brig_tally_add(&tally, &call));
	EXPECT_TRUE(brig_tally_add(&tally, &line));
	EXPECT_UINT_EQ(1, line.count);
	first.args[0] = 7; /* arguments are no difference */
	EXPECT_TRUE(brig_tally_add(&tally, &first));
	EXPECT_UINT_EQ(2, first.count);
}

/* An embedder that was compiled before there was a callback goes on without one. */
TEST_C(violations, options_of_an_older_size_are_taken)
{
	const struct brig_broker_options options = {
		.size = offsetof(struct brig_broker_options, on_violation),
		.child_path = BRIG_HOSTILE_CHILD,
		.plugin_dir = BRIG_PLUGIN_DIR,
		.least = BRIG_LEVEL_SECCOMP_ONLY, /* the number was full's then */
		.on_violation = (void (*)(void *, const struct brig_violation *))(uintptr_t)16,
	};
	struct brig_broker *broker = NULL;
	struct outcome outcome;

	ASSERT_OK(brig_broker_create(&options, &broker));
	EXPECT_INT_EQ(BRIG_LEVEL_FULL, broker->tier.least);
	decode(broker, "HOSTILE socket", &outcome);
	EXPECT_INT_EQ(BRIG_EXIT_SECCOMP, outcome.exit.class_);
	EXPECT_STR_EQ("socket", outcome.violation.name);
	brig_broker_destroy(broker);
}

/* ---- what a child chooses ---- */

TEST_C(violations, bytes_of_a_child_are_quoted)
{
	static const char hostile[] = "\x1b[31m\n\"\\\0\x80\xff ~";
	char text[72], small[8];

	brig_violation_quote(text, sizeof text, hostile, sizeof hostile - 1);
	EXPECT_STR_EQ("\\x1b[31m\\x0a\\x22\\x5c\\x00\\x80\\xff ~", text);
	brig_violation_quote(small, sizeof small, hostile, sizeof hostile - 1);
	EXPECT_STR_EQ("\\x1b[31", small);
	brig_violation_quote(small, sizeof small, "abcdef\x1b", 7); /* never half of a quote */
	EXPECT_STR_EQ("abcdef", small);
	for (int byte = 0; byte < 256; byte++) {
		const char one = (char)byte;
		const bool plain = byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';

		brig_violation_quote(text, sizeof text, &one, 1);
		EXPECT_UINT_EQ(plain ? 1 : 4, strlen(text));
	}
	memset(text, 0, sizeof text);
	brig_violation_quote(text, sizeof text, "\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1", 16);
	EXPECT_UINT_EQ(64, strlen(text)); /* the longest name of a thread has room */
}

#define MAPS                                                                                       \
	"1000-2000 r--p 00000000 fe:01 77    /lib/x.so\n"                                          \
	"2000-3000 r-xp 00001000 fe:01 77    /lib/x y.so\n"                                        \
	"3000-4000 rw-p 00002000 fe:01 77    /lib/x.so\n"                                          \
	"4000-5000 r-xp 00000000 00:00 0 \n"                                                       \
	"5000-6000 r-xp 00000000 fe:01 78    /cut"

static bool find(uint64_t address, struct brig_witness *ret)
{
	char maps[] = MAPS;

	memset(ret, 0, sizeof *ret);
	return brig_witness_find(ret, maps, address);
}

TEST_C(violations, mappings_are_read_with_care)
{
	struct brig_witness witness;

	EXPECT_TRUE(find(0x2010, &witness));
	EXPECT_STR_EQ("/lib/x y.so", witness.path);
	EXPECT_UINT_EQ(0x1010, witness.offset);
	EXPECT_UINT_EQ(77, witness.inode);
	EXPECT_UINT_EQ(makedev(0xfe, 1), witness.device);
	EXPECT_FALSE(find(0x1010, &witness)); /* not to be run: a file of the child's choice */
	EXPECT_FALSE(find(0x3010, &witness));
	EXPECT_TRUE(find(0x4010, &witness));
	EXPECT_STR_EQ("(no file)", witness.path);
	EXPECT_UINT_EQ(0, witness.inode);
	EXPECT_FALSE(find(0x5010, &witness)); /* the line was cut off */
	EXPECT_FALSE(find(0x9000, &witness));
}

TEST_C(violations, who_is_not_there_is_not_looked_at)
{
	struct brig_witness witness;

	brig_witness_see(&witness, 0, 0, 0x1000);
	EXPECT_STR_EQ("its process can't be looked at", witness.unknown);
	EXPECT_UINT_EQ(0, witness.n_thread);
	brig_witness_see(&witness, getpid(), getpid(), (uintptr_t)find);
	EXPECT_PTR_NULL(witness.unknown);
	EXPECT_STR_CONTAINS(witness.path, "violations_test");
	brig_witness_see(&witness, getpid(), getpid(), 16);
	EXPECT_STR_CONTAINS(witness.unknown, "nothing that may be run");
	EXPECT_STR_EQ("", witness.path);
}
