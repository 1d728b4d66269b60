/* The table of constants, against what the headers say here and now. */
#include "sandbox/policy/constants.h"

#include "gtest_c.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

/* Made by the build, with scripts/make-constants --rows. */
static const struct row {
	const char *name;
	enum brig_arch arch;
	uint64_t value;
} rows[] = {
#include "constants_here.h"
};

static const struct brig_constant *find(const char *name)
{
	return brig_constant_find(name, strlen(name));
}

static const char *nearest(const char *name)
{
	const struct brig_constant *constant = brig_constant_nearest(name, strlen(name));

	return constant ? constant->name : "nothing";
}

static uint64_t value(const char *name, enum brig_arch arch)
{
	const struct brig_constant *constant = find(name);

	return constant && constant->known[arch] ? constant->value[arch] : 0xdead;
}

static size_t count_known(enum brig_arch arch)
{
	size_t n, known = 0;
	const struct brig_constant *constants = brig_constants(&n);

	for (size_t i = 0; i < n; i++)
		known += constants[i].known[arch];
	return known;
}

/* Newer headers may have more names, and a few may have gone; they can't have other values. */
static void compare_with_headers(enum brig_arch arch)
{
	size_t same = 0;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct brig_constant *constant = find(rows[i].name);

		if (rows[i].arch != arch || !constant || !constant->known[arch])
			continue;
		if (constant->value[arch] == rows[i].value)
			same++;
		else
			FAIL_C("%s is %#llx, the headers say %#llx", rows[i].name,
			       (unsigned long long)constant->value[arch],
			       (unsigned long long)rows[i].value);
	}
	EXPECT_INT_LT(count_known(arch) * 98 / 100, same);
}

TEST_C(constants, are_sorted_and_known_somewhere)
{
	size_t n;
	const struct brig_constant *constants = brig_constants(&n);

	EXPECT_INT_LT(2500, n);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && strcmp(constants[i - 1].name, constants[i].name) >= 0)
			FAIL_C("%s comes before %s", constants[i - 1].name, constants[i].name);
		if (!constants[i].known[0] && !constants[i].known[1])
			FAIL_C("%s is nowhere", constants[i].name);
	}
}

TEST_C(constants, are_what_the_headers_say_here)
{
	compare_with_headers(brig_arch_native());
}

/* Compared where there is a compiler for it; a machine that only tests needn't have one. */
TEST_C(constants, are_what_the_headers_say_elsewhere)
{
	enum brig_arch arch = 1 - brig_arch_native();
	size_t there = 0;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		there += rows[i].arch == arch;
	if (there > 0)
		compare_with_headers(arch);
}

TEST_C(constants, differ_where_the_architectures_do)
{
	EXPECT_UINT_EQ(0200000, value("O_DIRECTORY", BRIG_ARCH_X86_64));
	EXPECT_UINT_EQ(040000, value("O_DIRECTORY", BRIG_ARCH_AARCH64));
	EXPECT_UINT_EQ(O_DIRECTORY, value("O_DIRECTORY", brig_arch_native()));
	EXPECT_UINT_EQ(0x40, value("MAP_32BIT", BRIG_ARCH_X86_64));
	EXPECT_FALSE(find("MAP_32BIT")->known[BRIG_ARCH_AARCH64]);
	EXPECT_UINT_EQ(0x10, value("PROT_BTI", BRIG_ARCH_AARCH64));
	EXPECT_FALSE(find("PROT_BTI")->known[BRIG_ARCH_X86_64]);
}

/* glibc says 0 on x86-64, where the kernel's filters see 0100000. */
TEST_C(constants, are_the_kernels_where_libc_says_otherwise)
{
	EXPECT_UINT_EQ(0100000, value("O_LARGEFILE", BRIG_ARCH_X86_64));
	EXPECT_UINT_EQ(0400000, value("O_LARGEFILE", BRIG_ARCH_AARCH64));
}

TEST_C(constants, extend_the_sign_of_their_type_alone)
{
	EXPECT_UINT_EQ(UINT64_MAX - 99, value("AT_FDCWD", BRIG_ARCH_X86_64));
	EXPECT_UINT_EQ(UINT64_MAX - 99, value("AT_FDCWD", BRIG_ARCH_AARCH64));
	EXPECT_UINT_EQ(0x80000000, value("EPOLLET", BRIG_ARCH_X86_64));
	EXPECT_UINT_EQ(0x80000000, value("SECCOMP_RET_KILL_PROCESS", BRIG_ARCH_AARCH64));
	EXPECT_UINT_EQ(UINT64_MAX, value("RLIM_INFINITY", BRIG_ARCH_X86_64));
}

TEST_C(constants, have_what_policies_ask_for)
{
	EXPECT_UINT_EQ(0x5412, value("TIOCSTI", BRIG_ARCH_X86_64));
	EXPECT_UINT_EQ(0x5412, value("TIOCSTI", BRIG_ARCH_AARCH64));
	EXPECT_UINT_EQ(4, value("PROT_EXEC", BRIG_ARCH_X86_64));
	EXPECT_UINT_EQ(0x10000000, value("CLONE_NEWUSER", BRIG_ARCH_AARCH64));
	EXPECT_UINT_EQ(8, value("MFD_NOEXEC_SEAL", BRIG_ARCH_X86_64));
	EXPECT_UINT_EQ(65, value("PR_SET_MDWE", BRIG_ARCH_AARCH64));
	EXPECT_UINT_EQ(38, value("AF_ALG", BRIG_ARCH_X86_64));
	EXPECT_UINT_EQ(1, value("SOCK_STREAM", BRIG_ARCH_X86_64));
	EXPECT_UINT_EQ(128, value("FUTEX_PRIVATE_FLAG", BRIG_ARCH_X86_64));
	EXPECT_UINT_EQ(1, value("MADV_RANDOM", BRIG_ARCH_X86_64));
	EXPECT_UINT_EQ(31, value("SIGSYS", BRIG_ARCH_AARCH64));
	EXPECT_UINT_EQ(1, value("LANDLOCK_RULE_PATH_BENEATH", BRIG_ARCH_X86_64));
	EXPECT_UINT_EQ(0x40086602, value("FS_IOC_SETFLAGS", BRIG_ARCH_X86_64));
	EXPECT_UINT_EQ(1, value("GRND_NONBLOCK", BRIG_ARCH_AARCH64));
	EXPECT_UINT_EQ(TIOCSCTTY, value("TIOCSCTTY", brig_arch_native()));
	EXPECT_UINT_EQ(F_ADD_SEALS, value("F_ADD_SEALS", brig_arch_native()));
}

TEST_C(constant, is_found_by_its_whole_name_alone)
{
	EXPECT_PTR_NOT_NULL(find("O_RDONLY"));
	EXPECT_PTR_NULL(find("O_RDONL"));
	EXPECT_PTR_NULL(find("O_RDONLYS"));
	EXPECT_PTR_NULL(find(""));
	EXPECT_STR_EQ("PROT_READ", brig_constant_find("PROT_READ|PROT_WRITE", 9)->name);
}

TEST_C(constant_nearest, forgives_a_slip_but_no_nonsense)
{
	EXPECT_STR_EQ("PROT_EXEC", nearest("PROT_EXCE"));
	EXPECT_STR_EQ("PROT_EXEC", nearest("prot_exec"));
	EXPECT_STR_EQ("MAP_ANONYMOUS", nearest("MAP_ANONYMUOS"));
	EXPECT_STR_EQ("nothing", nearest("WHATEVER_YOU_LIKE"));
	EXPECT_STR_EQ("nothing", nearest("zzzzqq"));
}

TEST_C(errno_name, is_libcs_for_every_number)
{
	int known = 0;

	for (int number = 1; number <= 4095; number++) {
		const char *want = strerrorname_np(number);
		const char *got = brig_errno_name(number);

		EXPECT_STR_EQ(want ? want : "nothing", got ? got : "nothing");
		if (got) {
			known++;
			EXPECT_INT_EQ(number, brig_errno_number(got, strlen(got)));
		}
	}
	EXPECT_INT_EQ(131, known);
}

TEST_C(errno_name, is_none_of_what_else_begins_with_e)
{
	EXPECT_INT_EQ(13, brig_errno_number("EACCES", 6));
	EXPECT_STR_EQ("EACCES", brig_errno_name(13));
	EXPECT_INT_EQ(EAGAIN, brig_errno_number("EWOULDBLOCK", 11));
	EXPECT_INT_EQ(EOPNOTSUPP, brig_errno_number("ENOTSUP", 7));
	EXPECT_STR_EQ("EPERM", brig_errno_name(1));
	EXPECT_INT_EQ(0, brig_errno_number("EPOLLIN", 7));
	EXPECT_INT_EQ(0, brig_errno_number("EFD_NONBLOCK", 12));
	EXPECT_INT_EQ(0, brig_errno_number("EWHATEVER", 9));
	EXPECT_INT_EQ(0, brig_errno_number("O_CREAT", 7));
	EXPECT_PTR_NULL(brig_errno_name(0));
	EXPECT_PTR_NULL(brig_errno_name(-13));
	EXPECT_PTR_NULL(brig_errno_name(4096));
}
