/* The table of system calls, against libseccomp's, the system's headers, and itself. */
#include "sandbox/policy/calls.h"

#include "gtest_c.h"

#include <linux/audit.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#define LAST_NUMBER 600
#define ALL_KNOW_TO 446 /* every version of libseccomp that we build with has all calls to here */

static const uint32_t libseccomps[BRIG_ARCH_COUNT] = { SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64 };

static const struct brig_call *find(const char *name)
{
	return brig_call_find(name, strlen(name));
}

static const char *nearest(const char *name)
{
	const struct brig_call *call = brig_call_nearest(name, strlen(name));

	return call ? call->name : "nothing";
}

/* "int flags", as the table's reader understands it: "flags 32 signed". */
static const char *argument(const char *name, unsigned int index, char *buf, size_t size)
{
	struct brig_call_argument got;
	const struct brig_call *call = find(name);

	if (!call || !brig_call_argument(call, index, &got))
		return "none";
	(void)snprintf(buf, size, "%s %u %s", got.name, got.bits,
		       got.is_signed ? "signed" : "unsigned");
	return buf;
}

#define EXPECT_ARGUMENT(want, name, index)                                                         \
	EXPECT_STR_EQ(want, argument(name, index, (char[64]){ "" }, 64))

TEST_C(calls, are_sorted_and_unique)
{
	size_t n;
	const struct brig_call *calls = brig_calls(&n);

	EXPECT_INT_EQ(383, n);
	for (size_t i = 1; i < n; i++) {
		if (strcmp(calls[i - 1].name, calls[i].name) >= 0)
			FAIL_C("%s comes before %s", calls[i - 1].name, calls[i].name);
	}
}

TEST_C(calls, have_a_number_of_their_own)
{
	size_t n;
	const struct brig_call *calls = brig_calls(&n);

	for (size_t i = 0; i < n; i++) {
		if (calls[i].number[0] == BRIG_CALL_NONE && calls[i].number[1] == BRIG_CALL_NONE)
			FAIL_C("%s is nowhere", calls[i].name);
		for (int arch = 0; arch < BRIG_ARCH_COUNT; arch++) {
			int number = calls[i].number[arch];

			/* Not the first row with this number: there are two. */
			if (number != BRIG_CALL_NONE &&
			    brig_call_by_number((enum brig_arch)arch, (uint32_t)number) !=
				    &calls[i])
				FAIL_C("%s: %d is another's, too", calls[i].name, number);
		}
	}
}

/* What libseccomp knows by a number is what the table has there. */
static void compare_with_libseccomp(enum brig_arch arch)
{
	int known = 0;

	for (int number = 0; number <= LAST_NUMBER; number++) {
		char *name = seccomp_syscall_resolve_num_arch(libseccomps[arch], number);
		const struct brig_call *call = brig_call_by_number(arch, (uint32_t)number);

		if (name) {
			known++;
			EXPECT_STR_EQ(name, call ? call->name : "nothing");
		} else if (call && number <= ALL_KNOW_TO && number != 335 && number != 336) {
			FAIL_C("libseccomp has nothing at %d, not %s", number, call->name);
		}
		free(name);
	}
	EXPECT_INT_LT(290, known);
}

TEST_C(calls, are_libseccomps_on_x86_64)
{
	compare_with_libseccomp(BRIG_ARCH_X86_64);
}

TEST_C(calls, are_libseccomps_on_aarch64)
{
	compare_with_libseccomp(BRIG_ARCH_AARCH64);
}

/* And what it knows to be missing on one, is missing. */
TEST_C(calls, are_absent_where_libseccomp_says_so)
{
	size_t n;
	const struct brig_call *calls = brig_calls(&n);

	for (size_t i = 0; i < n; i++) {
		for (int arch = 0; arch < BRIG_ARCH_COUNT; arch++) {
			int known =
				seccomp_syscall_resolve_name_arch(libseccomps[arch], calls[i].name);

			if (known == __NR_SCMP_ERROR)
				continue;
			if (calls[i].number[arch] != (known < 0 ? BRIG_CALL_NONE : known))
				FAIL_C("%s is %d, libseccomp says %d", calls[i].name,
				       calls[i].number[arch], known);
		}
	}
}

#define EXPECT_NUMBER(want, name_)                                                                 \
	EXPECT_INT_EQ(want, find(name_) ? find(name_)->number[brig_arch_native()] : -2)

/* Newer than libseccomp 2.5.4: by the system's headers, as far as they go. */
TEST_C(calls, are_the_systems_where_it_knows_more)
{
	EXPECT_NUMBER(SYS_futex_waitv, "futex_waitv");
#ifdef SYS_set_mempolicy_home_node
	EXPECT_NUMBER(SYS_set_mempolicy_home_node, "set_mempolicy_home_node");
#endif
#ifdef SYS_cachestat
	EXPECT_NUMBER(SYS_cachestat, "cachestat");
#endif
#ifdef SYS_fchmodat2
	EXPECT_NUMBER(SYS_fchmodat2, "fchmodat2");
#endif
#ifdef SYS_map_shadow_stack
	EXPECT_NUMBER(SYS_map_shadow_stack, "map_shadow_stack");
#endif
#ifdef SYS_futex_requeue
	EXPECT_NUMBER(SYS_futex_wake, "futex_wake");
	EXPECT_NUMBER(SYS_futex_wait, "futex_wait");
	EXPECT_NUMBER(SYS_futex_requeue, "futex_requeue");
#endif
#ifdef SYS_listmount
	EXPECT_NUMBER(SYS_statmount, "statmount");
	EXPECT_NUMBER(SYS_listmount, "listmount");
#endif
#ifdef SYS_lsm_list_modules
	EXPECT_NUMBER(SYS_lsm_get_self_attr, "lsm_get_self_attr");
	EXPECT_NUMBER(SYS_lsm_set_self_attr, "lsm_set_self_attr");
	EXPECT_NUMBER(SYS_lsm_list_modules, "lsm_list_modules");
#endif
#ifdef SYS_mseal
	EXPECT_NUMBER(SYS_mseal, "mseal");
#endif
#ifdef SYS_removexattrat
	EXPECT_NUMBER(SYS_setxattrat, "setxattrat");
	EXPECT_NUMBER(SYS_getxattrat, "getxattrat");
	EXPECT_NUMBER(SYS_listxattrat, "listxattrat");
	EXPECT_NUMBER(SYS_removexattrat, "removexattrat");
#endif
#ifdef SYS_open_tree_attr
	EXPECT_NUMBER(SYS_open_tree_attr, "open_tree_attr");
#endif
#ifdef SYS_file_setattr
	EXPECT_NUMBER(SYS_file_getattr, "file_getattr");
	EXPECT_NUMBER(SYS_file_setattr, "file_setattr");
#endif
}

TEST_C(calls, since_linux_5_1_are_the_same_everywhere)
{
	size_t n;
	const struct brig_call *calls = brig_calls(&n);
	int newest = 0;

	for (size_t i = 0; i < n; i++) {
		if (calls[i].number[0] >= 424) {
			EXPECT_INT_EQ(calls[i].number[0], calls[i].number[1]);
			newest += calls[i].number[0] <= 469;
		}
	}
	EXPECT_INT_EQ(469 - 424 + 1, newest);
}

TEST_C(calls, have_prototypes_that_parse)
{
	size_t n;
	const struct brig_call *calls = brig_calls(&n);

	for (size_t i = 0; i < n; i++) {
		struct brig_call_argument got[BRIG_CALL_ARGUMENTS + 1];
		unsigned int want = calls[i].arguments[0] != '\0', found = 0;

		for (const char *p = calls[i].arguments; (p = strchr(p, ',')) != NULL; p++)
			want++;
		while (found <= BRIG_CALL_ARGUMENTS &&
		       brig_call_argument(&calls[i], found, &got[found])) {
			for (unsigned int j = 0; j < found; j++) {
				if (strcmp(got[j].name, got[found].name) == 0)
					FAIL_C("%s: %s twice", calls[i].name, got[j].name);
			}
			found++;
		}
		if (found != want || found > BRIG_CALL_ARGUMENTS)
			FAIL_C("%s(%s): %u of %u", calls[i].name, calls[i].arguments, found, want);
	}
}

TEST_C(calls, that_are_dangerous_say_why_and_no_others_do)
{
	size_t n;
	const struct brig_call *calls = brig_calls(&n);

	for (size_t i = 0; i < n; i++) {
		bool says = calls[i].why && calls[i].why[0] != '\0';

		if (says != (calls[i].class_ == BRIG_CLASS_DANGEROUS) || (calls[i].why && !says))
			FAIL_C("%s: %s", calls[i].name, calls[i].why ? calls[i].why : "no reason");
	}
}

TEST_C(calls, have_the_class_that_callers_need)
{
	EXPECT_INT_EQ(BRIG_CLASS_UNKNOWN, find("clone3")->class_);
	EXPECT_INT_EQ(BRIG_CLASS_UNKNOWN, find("statx")->class_);
	EXPECT_INT_EQ(BRIG_CLASS_UNKNOWN, find("close_range")->class_);
	EXPECT_INT_EQ(BRIG_CLASS_UNKNOWN, find("fchmodat2")->class_);
	EXPECT_INT_EQ(BRIG_CLASS_BENIGN, find("tgkill")->class_);
	EXPECT_INT_EQ(BRIG_CLASS_BENIGN, find("openat")->class_);
	EXPECT_INT_EQ(BRIG_CLASS_DANGEROUS, find("ptrace")->class_);
	EXPECT_INT_EQ(BRIG_CLASS_DANGEROUS, find("open_tree_attr")->class_);
}

TEST_C(argument, has_the_width_that_the_kernel_reads)
{
	EXPECT_ARGUMENT("flags 32 signed", "openat", 2);
	EXPECT_ARGUMENT("filename 64 unsigned", "openat", 1);
	EXPECT_ARGUMENT("mode 32 unsigned", "openat", 3);
	EXPECT_ARGUMENT("prot 64 unsigned", "mmap", 2);
	EXPECT_ARGUMENT("off 64 unsigned", "mmap", 5);
	EXPECT_ARGUMENT("cmd 32 unsigned", "ioctl", 1);
	EXPECT_ARGUMENT("arg 64 unsigned", "fcntl", 2);
	EXPECT_ARGUMENT("option 32 signed", "prctl", 0);
	EXPECT_ARGUMENT("clone_flags 64 unsigned", "clone", 0);
	EXPECT_ARGUMENT("offset 64 signed", "lseek", 1);
	EXPECT_ARGUMENT("pos 64 signed", "pread64", 3);
	EXPECT_ARGUMENT("family 32 signed", "socket", 0);
	EXPECT_ARGUMENT("op 32 signed", "futex", 1);
	EXPECT_ARGUMENT("val 32 unsigned", "futex", 2);
	EXPECT_ARGUMENT("pid 64 signed", "ptrace", 1);
	EXPECT_ARGUMENT("tgid 32 signed", "tgkill", 0);
	EXPECT_ARGUMENT("which_clock 32 signed", "clock_gettime", 0);
	EXPECT_ARGUMENT("id 32 unsigned", "quotactl", 2);
	EXPECT_ARGUMENT("rule_type 32 unsigned", "landlock_add_rule", 1);
	EXPECT_ARGUMENT("argv 64 unsigned", "execve", 1);
	EXPECT_ARGUMENT("flags 32 signed", "pwritev2", 5);
}

TEST_C(argument, ends_with_the_prototype)
{
	EXPECT_ARGUMENT("none", "openat", 4);
	EXPECT_ARGUMENT("none", "openat", UINT32_MAX);
	EXPECT_ARGUMENT("none", "getpid", 0);
	EXPECT_ARGUMENT("none", "mmap", 6);
}

TEST_C(call, is_found_by_its_whole_name_alone)
{
	EXPECT_PTR_NOT_NULL(find("open"));
	EXPECT_PTR_NULL(find("ope"));
	EXPECT_PTR_NULL(find("opens"));
	EXPECT_PTR_NULL(find(""));
	EXPECT_PTR_NULL(find("OPEN"));
	EXPECT_STR_EQ("open", brig_call_find("openat2", 4)->name);
	EXPECT_PTR_NULL(brig_call_find("open\0at", 7));
	EXPECT_STR_EQ("_sysctl", find("_sysctl")->name);
	EXPECT_STR_EQ("writev", find("writev")->name);
}

TEST_C(call, is_found_by_a_number_that_it_has)
{
	EXPECT_STR_EQ("read", brig_call_by_number(BRIG_ARCH_X86_64, 0)->name);
	EXPECT_STR_EQ("io_setup", brig_call_by_number(BRIG_ARCH_AARCH64, 0)->name);
	EXPECT_STR_EQ("uprobe", brig_call_by_number(BRIG_ARCH_X86_64, 336)->name);
	EXPECT_PTR_NULL(brig_call_by_number(BRIG_ARCH_AARCH64, 336));
	EXPECT_PTR_NULL(brig_call_by_number(BRIG_ARCH_X86_64, 470));
	EXPECT_PTR_NULL(brig_call_by_number(BRIG_ARCH_AARCH64, UINT32_MAX));
	EXPECT_PTR_NULL(brig_call_by_number(BRIG_ARCH_X86_64, 0x40000000));
}

TEST_C(nearest, forgives_a_slip)
{
	EXPECT_STR_EQ("openat", nearest("opneat"));
	EXPECT_STR_EQ("open", nearest("opne"));
	EXPECT_STR_EQ("mprotect", nearest("mprotct"));
	EXPECT_STR_EQ("mmap", nearest("MMAP"));
	EXPECT_STR_EQ("rt_sigaction", nearest("rt_sigacton"));
	EXPECT_STR_EQ("read", nearest("read"));
}

TEST_C(nearest, has_nothing_to_say_to_nonsense)
{
	EXPECT_STR_EQ("nothing", nearest("zzzzqq"));
	EXPECT_STR_EQ("nothing", nearest(""));
	EXPECT_STR_EQ("nothing", nearest("qq"));
	EXPECT_STR_EQ("nothing", nearest("make_me_a_sandwich"));
	EXPECT_STR_EQ("nothing",
		      nearest("getpidgetpidgetpidgetpidgetpidgetpidgetpidgetpidgetpidgetpid"
			      "getpid"));
}

TEST_C(arch, has_the_name_and_number_that_the_kernel_gives_it)
{
	EXPECT_UINT_EQ(AUDIT_ARCH_X86_64, brig_arch_audit(BRIG_ARCH_X86_64));
	EXPECT_UINT_EQ(AUDIT_ARCH_AARCH64, brig_arch_audit(BRIG_ARCH_AARCH64));
	EXPECT_STR_EQ("x86_64", brig_arch_name(BRIG_ARCH_X86_64));
	EXPECT_STR_EQ("aarch64", brig_arch_name(BRIG_ARCH_AARCH64));
	EXPECT_UINT_EQ(libseccomps[brig_arch_native()], seccomp_arch_native());
}
