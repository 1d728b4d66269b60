/* Conditions: every operator, what is compared with what, and how wide that is. */
#include "tests/policy/says.h"

TEST_C(comparison, equal_and_not_equal)
{
	EXPECT_STR_EQ("allow", ROW_SAYS("read: allow if fd == 3", 3));
	EXPECT_STR_EQ("EPERM", ROW_SAYS("read: allow if fd == 3", 2));
	EXPECT_STR_EQ("EPERM", ROW_SAYS("read: allow if fd != 3", 3));
	EXPECT_STR_EQ("allow", ROW_SAYS("read: allow if fd != 3", 2));
}

TEST_C(comparison, less_and_greater)
{
	EXPECT_STR_EQ("allow", ROW_SAYS("read: allow if fd < 3", 2));
	EXPECT_STR_EQ("EPERM", ROW_SAYS("read: allow if fd < 3", 3));
	EXPECT_STR_EQ("allow", ROW_SAYS("read: allow if fd <= 3", 3));
	EXPECT_STR_EQ("EPERM", ROW_SAYS("read: allow if fd <= 3", 4));
	EXPECT_STR_EQ("allow", ROW_SAYS("read: allow if fd > 3", 4));
	EXPECT_STR_EQ("EPERM", ROW_SAYS("read: allow if fd > 3", 3));
	EXPECT_STR_EQ("allow", ROW_SAYS("read: allow if fd >= 3", 3));
	EXPECT_STR_EQ("EPERM", ROW_SAYS("read: allow if fd >= 3", 2));
}

TEST_C(comparison, is_unsigned)
{
	EXPECT_STR_EQ("EPERM", ROW_SAYS("socket: allow if family < 3", (uint64_t)-1));
	EXPECT_STR_EQ("allow", ROW_SAYS("socket: allow if family > 3", (uint64_t)-1));
}

TEST_C(comparison, int_argument_has_32_bits)
{
	EXPECT_STR_EQ("allow", ROW_SAYS("read: allow if fd == 3", 0xdeadbeef00000003));
	EXPECT_STR_EQ("EPERM", ROW_SAYS("read: allow if fd != 3", 0xdeadbeef00000003));
}

TEST_C(comparison, long_argument_has_64)
{
	EXPECT_STR_EQ("EPERM", ROW_SAYS("read: allow if count == 3", 0, 0, 0x100000003));
	EXPECT_STR_EQ("allow", ROW_SAYS("read: allow if count == 3", 0, 0, 3));
}

TEST_C(comparison, pointer_is_a_number_of_64_bits)
{
	EXPECT_STR_EQ("allow", ROW_SAYS("read: allow if buf == 0", 0));
	EXPECT_STR_EQ("EPERM", ROW_SAYS("read: allow if buf == 0", 0, 0x100000000));
}

TEST_C(comparison, negative_constant_is_that_of_an_int)
{
	EXPECT_STR_EQ("allow", ROW_SAYS("openat: allow if dfd == AT_FDCWD", 0xffffff9c));
	EXPECT_STR_EQ("allow", ROW_SAYS("openat: allow if dfd == -100", 0xffffffffffffff9c));
	EXPECT_STR_EQ("EPERM", ROW_SAYS("openat: allow if dfd == AT_FDCWD", 3));
}

TEST_C(comparison, negative_number_is_that_of_a_long)
{
	EXPECT_STR_EQ("allow", ROW_SAYS("lseek: allow if offset == -1", 0, UINT64_MAX));
	EXPECT_STR_EQ("EPERM", ROW_SAYS("lseek: allow if offset == -1", 0, UINT32_MAX));
}

TEST_C(comparison, numbers_are_decimal_hexadecimal_and_octal)
{
	EXPECT_STR_EQ("allow", ROW_SAYS("read: allow if fd == 0x1f", 31));
	EXPECT_STR_EQ("allow", ROW_SAYS("fchmod: allow if mode == 0644", 0, 0644));
}

TEST_C(comparison, subset_has_no_bit_but_these)
{
	const char *row = "mmap: allow if prot subset PROT_READ|PROT_WRITE";

	EXPECT_STR_EQ("allow", ROW_SAYS(row, 0, 0, 0));
	EXPECT_STR_EQ("allow", ROW_SAYS(row, 0, 0, 3));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, 0, 0, 4));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, 0, 0, 7));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, 0, 0, 0x100000003));
}

TEST_C(comparison, has_every_one_of_the_bits)
{
	const char *row = "mmap: allow if prot has PROT_READ|PROT_WRITE";

	EXPECT_STR_EQ("allow", ROW_SAYS(row, 0, 0, 7));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, 0, 0, 5));
}

TEST_C(comparison, any_has_one_of_the_bits)
{
	const char *row = "mmap: allow if prot any PROT_WRITE|PROT_EXEC";

	EXPECT_STR_EQ("allow", ROW_SAYS(row, 0, 0, 2));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, 0, 0, 1));
}

TEST_C(comparison, mask_looks_at_its_bits_alone)
{
	EXPECT_STR_EQ("allow", ROW_SAYS("mmap: allow if prot & 6 == 2", 0, 0, 3));
	EXPECT_STR_EQ("EPERM", ROW_SAYS("mmap: allow if prot & 6 == 2", 0, 0, 7));
	EXPECT_STR_EQ("EPERM", ROW_SAYS("mmap: allow if prot & 6 != 2", 0, 0, 3));
	EXPECT_STR_EQ("allow", ROW_SAYS("mmap: allow if prot & 6 != 2", 0, 0, 7));
	EXPECT_STR_EQ("allow", ROW_SAYS("mmap: allow if prot & 6 in {0, 4}", 0, 0, 5));
	EXPECT_STR_EQ("EPERM", ROW_SAYS("mmap: allow if prot & 6 in {0, 4}", 0, 0, 2));
}

TEST_C(comparison, inverted_mask_looks_at_the_others)
{
	const char *row = "futex: allow if op & ~FUTEX_PRIVATE_FLAG in {FUTEX_WAIT, FUTEX_WAKE}";
	const char *several = "socket: allow if type & ~(SOCK_CLOEXEC|SOCK_NONBLOCK) == 1";

	EXPECT_STR_EQ("allow", ROW_SAYS(row, 0, 129));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, 0, 130));
	EXPECT_STR_EQ("allow", ROW_SAYS(several, 0, 02000001));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(several, 0, 02000002));
}

TEST_C(comparison, inverted_top_bit_fits_an_int)
{
	EXPECT_STR_EQ("allow", ROW_SAYS("socket: allow if type & ~0x80000000 == 1", 0, 0x80000001));
	EXPECT_STR_EQ("allow", ROW_SAYS("socket: allow if type & ~(0x80000000|2) == 1", 0, 3));
}

TEST_C(comparison, range_has_both_its_ends)
{
	EXPECT_STR_EQ("EPERM", ROW_SAYS("read: allow if fd in 3..5", 2));
	EXPECT_STR_EQ("allow", ROW_SAYS("read: allow if fd in 3..5", 3));
	EXPECT_STR_EQ("allow", ROW_SAYS("read: allow if fd in 3..5", 5));
	EXPECT_STR_EQ("EPERM", ROW_SAYS("read: allow if fd in 3..5", 6));
}

TEST_C(comparison, list_has_values_and_ranges)
{
	const char *row = "read: allow if fd in {1, 5..7, 9}";

	EXPECT_STR_EQ("allow", ROW_SAYS(row, 1));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, 2));
	EXPECT_STR_EQ("allow", ROW_SAYS(row, 6));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, 8));
	EXPECT_STR_EQ("allow", ROW_SAYS(row, 9));
}

TEST_C(condition, and_binds_more_than_or)
{
	const char *row = "socket: allow if family == 1 and type == 2 or protocol == 3";

	EXPECT_STR_EQ("allow", ROW_SAYS(row, 1, 2, 0));
	EXPECT_STR_EQ("allow", ROW_SAYS(row, 9, 9, 3));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, 1, 9, 0));
}

TEST_C(condition, brackets_bind_most)
{
	const char *row = "socket: allow if family == 1 and (type == 2 or protocol == 3)";

	EXPECT_STR_EQ("allow", ROW_SAYS(row, 1, 9, 3));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, 9, 9, 3));
}

TEST_C(condition, goes_on_over_lines)
{
	const char *text = "role r\nsocket: allow if family in {1,\n\t2} and\n\ttype ==\t3 # why\n";

	EXPECT_STR_EQ("allow", SAYS(text, "socket", 2, 3));
	EXPECT_STR_EQ("EPERM", SAYS(text, "socket", 3, 3));
}
