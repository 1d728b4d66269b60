/* Rows that are suggested allow what was seen, and nothing else. */
#include "sandbox/policy/policy.h"
#include "sandbox/base/sha256.h"
#include "sandbox/policy/shipped.h"
#include "sandbox/policy/spell.h"

#include "gtest_c.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

static struct brig_policy *make(const char *text, bool prove)
{
	const struct brig_policy_options options = { .size = sizeof options, .skip_proof = !prove };
	struct brig_policy_error error;
	struct brig_policy *policy = NULL;

	if (brig_policy_parse("test", text, strlen(text), &options, &policy, &error) < 0)
		gtest_c_fail(__FILE__, __LINE__, "%s:%u: %s in\n%s", error.file, error.line,
			     error.message, text);
	return policy;
}

/* @rows in @text above @line, or at its end. */
static void put_rows(const char *text, const char *rows, unsigned int line, char *ret, size_t size)
{
	const char *at = text;

	for (unsigned int i = 1; i < line; i++)
		at = strchr(at, '\n') + 1;
	if (!line)
		at = text + strlen(text);
	(void)snprintf(ret, size, "%.*s%s%s\n%s", (int)(at - text), text, line ? "" : "\n", rows,
		       at);
}

static struct brig_verdict verdict_of(const struct brig_policy *policy, uint32_t number,
				      const uint64_t *args)
{
	return brig_policy_verdict(policy, BRIG_AFTER_READY, number, args, NULL);
}

static void expect_same(const struct brig_policy *a, const struct brig_policy *b, uint32_t number,
			const uint64_t *args)
{
	const struct brig_verdict x = verdict_of(a, number, args), y = verdict_of(b, number, args);

	if (x.action != y.action || x.error != y.error)
		gtest_c_fail(__FILE__, __LINE__, "call %u: %s became %s", number,
			     brig_action_name(x.action), brig_action_name(y.action));
}

/* Is it pinned? As the header says. */
static bool is_open(const struct brig_call *call, unsigned int i, const uint64_t *args)
{
	const char *text = call->arguments;
	struct brig_call_argument argument;

	if (!brig_call_argument(call, i, &argument))
		return true;
	for (unsigned int at = 0; at < i; at++)
		text = strchr(text, ',') + 1;
	return memchr(text, '*', strcspn(text, ",")) ||
	       (argument.bits == 64 && args[i] >> 32 && args[i] < (uint64_t)-4095);
}

/* The text with what is suggested: the call is allowed, and whatever differs in a scalar is as
 * before. */
static void check(const char *text, uint32_t number, const uint64_t *args, bool prove,
		  const char *wanted)
{
	static char with[BRIG_FILE_BYTES_MAX];
	const struct brig_call *call = brig_call_by_number(brig_arch_native(), number);
	struct brig_policy *before = make(text, false), *after = NULL;
	char rows[1024] = "";
	unsigned int line = 0;

	if (!before)
		return;
	EXPECT_OK(brig_rows_suggest(&before->text, number, args, rows, sizeof rows, &line));
	EXPECT_STR_CONTAINS(rows, wanted);
	put_rows(text, rows, line, with, sizeof with);
	after = make(with, prove);
	if (after)
		EXPECT_INT_EQ(BRIG_ACTION_ALLOW, verdict_of(after, number, args).action);
	for (unsigned int i = 0; after && i < BRIG_CALL_ARGUMENTS; i++) {
		uint64_t other[BRIG_CALL_ARGUMENTS];

		memcpy(other, args, sizeof other);
		other[i] ^= 1;
		if (is_open(call, i, args))
			EXPECT_INT_EQ(BRIG_ACTION_ALLOW, verdict_of(after, number, other).action);
		else
			expect_same(before, after, number, other);
	}
	for (uint32_t i = 0; after && i < 500; i++)
		if (i != number)
			expect_same(before, after, i, args);
	brig_policy_unref(after);
	brig_policy_unref(before);
}

static const char *shipped(const char *name)
{
	return brig_shipped_find(name)->text;
}

TEST_C(spell, row_is_added_to_an_included_one)
{
	const uint64_t args[6] = { AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0 };

	check(shipped("renderer"), SYS_socket, args, true,
	      "socket: allow if family == AF_UNIX and type == SOCK_CLOEXEC|SOCK_STREAM and "
	      "protocol == 0 else report # why");
}

TEST_C(spell, row_is_added_where_none_is)
{
	const uint64_t args[6] = { 16, 1, 0x7fff00000000, 0 };

	check(shipped("codec"), SYS_ptrace, args, true,
	      "ptrace: allow if request == PTRACE_ATTACH and pid == 1 and data == 0 # why");
}

TEST_C(spell, row_keeps_what_an_included_one_allows)
{
	const uint64_t args[6] = { 0x7fff00000000, FUTEX_REQUEUE | FUTEX_PRIVATE_FLAG, 1, 1, 0, 0 };

	check(shipped("renderer"), SYS_futex, args, true,
	      "futex: allow if op == FUTEX_REQUEUE|FUTEX_PRIVATE_FLAG and val == 1 and val3 == 0 # "
	      "why it "
	      "is needed, which a person has to say\nfutex: allow if op & ~FUTEX_PRIVATE_FLAG in "
	      "{ FUTEX_WAIT, FUTEX_WAKE } # stdio and malloc");
}

TEST_C(spell, row_stands_above_the_roles_own)
{
	static const char one[] = "role mine\ninclude base\n\n"
				  "socket: allow if family == AF_INET else report # mine\n";
	const uint64_t args[6] = { AF_UNIX, SOCK_DGRAM, 0 };
	struct brig_policy *policy = make(one, true);
	char rows[1024];
	unsigned int line = 0;

	ASSERT_PTR_NOT_NULL(policy);
	ASSERT_OK(brig_rows_suggest(&policy->text, SYS_socket, args, rows, sizeof rows, &line));
	EXPECT_UINT_EQ(4, line);
	brig_policy_unref(policy);
	check(one, SYS_socket, args, true,
	      "socket: allow if family == AF_UNIX and type == SOCK_DGRAM and protocol == 0 # why");
}

TEST_C(spell, too_long_a_row_is_none)
{
	const uint64_t args[6] = { AF_UNIX, SOCK_STREAM, 0 };
	struct brig_policy *policy = make(shipped("renderer"), false);
	char rows[40];
	unsigned int line = 7;

	ASSERT_PTR_NOT_NULL(policy);
	EXPECT_ERR(E2BIG,
		   brig_rows_suggest(&policy->text, SYS_socket, args, rows, sizeof rows, &line));
	EXPECT_UINT_EQ(7, line);
	brig_policy_unref(policy);
}

static uint64_t some_value(uint64_t *seed)
{
	const uint64_t random = test_random(seed);

	switch (random >> 61) {
	case 0:
		return 0;
	case 1:
		return random & 0xff;
	case 2:
		return random & 0xffff;
	case 3:
		return (uint64_t) - (int64_t)(random & 0xff);
	case 4:
		return 1ull << (random & 63);
	case 5:
		return random & 0xffffffff;
	default:
		return random;
	}
}

/* Whatever is called: names and numbers mean what was seen. */
TEST_C(spell, row_for_any_call_means_that_call)
{
	uint64_t seed = test_seed();
	uint64_t args[BRIG_CALL_ARGUMENTS];
	size_t n;
	const struct brig_call *calls = brig_calls(&n);

	for (size_t i = 0; i < n; i++) {
		if (calls[i].number[brig_arch_native()] < 0)
			continue;
		for (int j = 0; j < BRIG_CALL_ARGUMENTS; j++)
			args[j] = some_value(&seed);
		check("role any\ninclude base\n", (uint32_t)calls[i].number[brig_arch_native()],
		      args, false, ": allow");
	}
}

static void expect_spelt(const char *wanted, uint32_t number, const uint64_t args[6])
{
	char text[400];

	brig_call_spell(brig_arch_native(), number, args, text, sizeof text);
	EXPECT_STR_EQ(wanted, text);
}

TEST_C(spell, calls_are_as_people_write_them)
{
	expect_spelt("openat(dfd=AT_FDCWD, filename=0x1000, flags=O_CLOEXEC|O_RDWR, mode=0)",
		     SYS_openat,
		     (const uint64_t[6]){ (uint64_t)AT_FDCWD, 0x1000, O_RDWR | O_CLOEXEC, 0 });
	expect_spelt("futex(uaddr=NULL, op=FUTEX_WAIT|FUTEX_PRIVATE_FLAG, val=3, utime=NULL, "
		     "uaddr2=NULL, val3=0xffffffff)",
		     SYS_futex,
		     (const uint64_t[6]){ 0, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 3, 0, 0, ~0ull });
	expect_spelt("kill(pid=-1, sig=SIGKILL)", SYS_kill, (const uint64_t[6]){ ~0ull, 9 });
	expect_spelt("getpid()", SYS_getpid, (const uint64_t[6]){ 1 });
	expect_spelt("9999(0x1, 0x0, 0x0, 0x0, 0x0, 0x2)", 9999,
		     (const uint64_t[6]){ 1, 0, 0, 0, 0, 2 });
}

TEST_C(spell, what_does_not_fit_is_left_out)
{
	char text[24];

	brig_call_spell(brig_arch_native(), SYS_socket, (const uint64_t[6]){ 1, 1, 0 }, text,
			sizeof text);
	EXPECT_STR_EQ("socket(family=...)", text);
}

/* FIPS 180-2, appendix B. */
TEST_C(spell, sums_are_those_of_the_standard)
{
	static char million[1000000];
	struct brig_sha256 hash;
	char sum[65];

	brig_sha256_init(&hash);
	brig_sha256_end(&hash, sum);
	EXPECT_STR_EQ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", sum);
	brig_sha256_init(&hash);
	brig_sha256_add(&hash, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56);
	brig_sha256_end(&hash, sum);
	EXPECT_STR_EQ("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1", sum);
	memset(million, 'a', sizeof million);
	brig_sha256_init(&hash);
	brig_sha256_add(&hash, million, sizeof million);
	brig_sha256_end(&hash, sum);
	EXPECT_STR_EQ("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", sum);
}
