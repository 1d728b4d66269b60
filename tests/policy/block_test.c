/* Argument blocks where arithmetic goes wrong: at the ends, and across the
 * middle of 64 bits. */
#include "tests/policy/says.h"

#include <stdio.h>
#include <string.h>

#define OFFSET(value) 0, (value)

TEST_C(range, begins_at_zero)
{
	const char *row = "lseek: allow if offset in 0..5";

	EXPECT_STR_EQ("allow", ROW_SAYS(row, OFFSET(0)));
	EXPECT_STR_EQ("allow", ROW_SAYS(row, OFFSET(5)));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, OFFSET(6)));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, OFFSET(0x100000000)));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, OFFSET(UINT64_MAX)));
}

TEST_C(range, is_zero_alone)
{
	EXPECT_STR_EQ("allow", ROW_SAYS("lseek: allow if offset in 0..0", OFFSET(0)));
	EXPECT_STR_EQ("EPERM", ROW_SAYS("lseek: allow if offset in 0..0", OFFSET(1)));
	EXPECT_STR_EQ("EPERM", ROW_SAYS("lseek: allow if offset in 0..0", OFFSET(0x100000000)));
}

TEST_C(range, ends_at_the_largest)
{
	const char *row = "lseek: allow if offset in 0xfffffffffffffffe..0xffffffffffffffff";

	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, OFFSET(UINT64_MAX - 2)));
	EXPECT_STR_EQ("allow", ROW_SAYS(row, OFFSET(UINT64_MAX - 1)));
	EXPECT_STR_EQ("allow", ROW_SAYS(row, OFFSET(UINT64_MAX)));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, OFFSET(UINT32_MAX)));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, OFFSET(0)));
}

TEST_C(range, is_everything)
{
	const char *row = "lseek: allow if offset in 0..0xffffffffffffffff";

	EXPECT_STR_EQ("allow", ROW_SAYS(row, OFFSET(0)));
	EXPECT_STR_EQ("allow", ROW_SAYS(row, OFFSET(UINT64_MAX)));
	EXPECT_STR_EQ("allow", ROW_SAYS("read: allow if fd >= 0", UINT32_MAX));
	EXPECT_STR_EQ("allow", ROW_SAYS("read: allow if fd <= 0xffffffff", UINT32_MAX));
}

TEST_C(range, crosses_the_border_of_the_halves)
{
	const char *row = "lseek: allow if offset in 0xffffffff..0x100000000";

	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, OFFSET(0xfffffffe)));
	EXPECT_STR_EQ("allow", ROW_SAYS(row, OFFSET(0xffffffff)));
	EXPECT_STR_EQ("allow", ROW_SAYS(row, OFFSET(0x100000000)));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, OFFSET(0x100000001)));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, OFFSET(0)));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, OFFSET(0x1ffffffff)));
}

TEST_C(range, has_a_lower_half_that_is_less_at_its_end)
{
	const char *row = "lseek: allow if offset in 0x100000009..0x300000002";

	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, OFFSET(0x100000008)));
	EXPECT_STR_EQ("allow", ROW_SAYS(row, OFFSET(0x100000009)));
	EXPECT_STR_EQ("allow", ROW_SAYS(row, OFFSET(0x200000000)));
	EXPECT_STR_EQ("allow", ROW_SAYS(row, OFFSET(0x2ffffffff)));
	EXPECT_STR_EQ("allow", ROW_SAYS(row, OFFSET(0x300000002)));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, OFFSET(0x300000003)));
}

TEST_C(bound, less_than_a_whole_upper_half)
{
	EXPECT_STR_EQ("allow",
		      ROW_SAYS("lseek: allow if offset < 0x100000000", OFFSET(0xffffffff)));
	EXPECT_STR_EQ("EPERM",
		      ROW_SAYS("lseek: allow if offset < 0x100000000", OFFSET(0x100000000)));
	EXPECT_STR_EQ("EPERM", ROW_SAYS("lseek: allow if offset > 0xffffffff", OFFSET(0xffffffff)));
	EXPECT_STR_EQ("allow",
		      ROW_SAYS("lseek: allow if offset > 0xffffffff", OFFSET(0x100000000)));
}

TEST_C(bound, largest_alone)
{
	const char *row = "lseek: allow if offset >= 0xffffffffffffffff";

	EXPECT_STR_EQ("allow", ROW_SAYS(row, OFFSET(UINT64_MAX)));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, OFFSET(0xfffffffeffffffff)));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, OFFSET(0xfffffffffffffffe)));
}

TEST_C(not_equal, differs_in_one_half_only)
{
	const char *row = "lseek: allow if offset != 0x500000007";

	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, OFFSET(0x500000007)));
	EXPECT_STR_EQ("allow", ROW_SAYS(row, OFFSET(0x500000008)));
	EXPECT_STR_EQ("allow", ROW_SAYS(row, OFFSET(0x600000007)));
	EXPECT_STR_EQ("allow", ROW_SAYS(row, OFFSET(7)));
}

TEST_C(not_equal, is_zero)
{
	EXPECT_STR_EQ("EPERM", ROW_SAYS("lseek: allow if offset != 0", OFFSET(0)));
	EXPECT_STR_EQ("allow", ROW_SAYS("lseek: allow if offset != 0", OFFSET(0x100000000)));
	EXPECT_STR_EQ("allow", ROW_SAYS("lseek: allow if offset != 0", OFFSET(1)));
}

TEST_C(mask, lies_in_the_upper_half)
{
	const char *row = "lseek: allow if offset & 0xff00000000 == 0x100000000";

	EXPECT_STR_EQ("allow", ROW_SAYS(row, OFFSET(0x1deadbeef)));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, OFFSET(0x3deadbeef)));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, OFFSET(0xdeadbeef)));
}

TEST_C(mask, lies_in_both_halves)
{
	const char *row = "lseek: allow if offset & 0xf0000000f != 0x100000002";

	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, OFFSET(0x100000012)));
	EXPECT_STR_EQ("allow", ROW_SAYS(row, OFFSET(0x200000012)));
	EXPECT_STR_EQ("allow", ROW_SAYS(row, OFFSET(0x100000011)));
}

TEST_C(mask, is_one_bit)
{
	EXPECT_STR_EQ("allow", ROW_SAYS("lseek: allow if offset has 0x8000000000000000",
					OFFSET(0x8000000000000001)));
	EXPECT_STR_EQ("EPERM", ROW_SAYS("lseek: allow if offset has 0x8000000000000000",
					OFFSET(0x7fffffffffffffff)));
	EXPECT_STR_EQ("EPERM",
		      ROW_SAYS("lseek: allow if offset & 0x100000000 == 0", OFFSET(0x100000000)));
}

TEST_C(mask, is_nothing_at_all)
{
	EXPECT_STR_EQ("allow", ROW_SAYS("lseek: allow if offset & 0 == 0", OFFSET(UINT64_MAX)));
	EXPECT_STR_EQ("allow", ROW_SAYS("lseek: allow if offset has 0", OFFSET(5)));
	EXPECT_STR_EQ("EPERM", ROW_SAYS("lseek: allow if offset & 0 != 0", OFFSET(UINT64_MAX)));
}

TEST_C(subset, of_64_bits)
{
	const char *row = "clone: allow if clone_flags subset 0x300000003";

	EXPECT_STR_EQ("allow", ROW_SAYS(row, 0x300000003));
	EXPECT_STR_EQ("allow", ROW_SAYS(row, 0));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, 0x400000000));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, 4));
}

TEST_C(any, of_64_bits)
{
	const char *row = "clone: allow if clone_flags any 0x300000003";

	EXPECT_STR_EQ("allow", ROW_SAYS(row, 0x100000000));
	EXPECT_STR_EQ("allow", ROW_SAYS(row, 2));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, 0xfffffffcfffffffc));
	EXPECT_STR_EQ("EPERM", ROW_SAYS(row, 0));
}

TEST_C(verdicts, same_on_both_sides)
{
	EXPECT_STR_EQ("allow", ROW_SAYS("read: allow if fd == 3 else allow", 3));
	EXPECT_STR_EQ("allow", ROW_SAYS("read: allow if fd == 3 else allow", 4));
}

TEST_C(verdicts, of_every_kind_in_one_block)
{
	const char *text = "role r\nread: allow if fd == 0 # a\nread: log if fd == 1 # b\n"
			   "read: notify if fd == 2 # c\nread: errno EACCES if fd == 3 # d\n"
			   "read: errno ENOENT if fd == 4 # e\nread: trap if fd == 5 # f\n"
			   "read: kill if fd == 6 # g\n";

	EXPECT_STR_EQ("allow", SAYS(text, "read", 0));
	EXPECT_STR_EQ("log", SAYS(text, "read", 1));
	EXPECT_STR_EQ("notify", SAYS(text, "read", 2));
	EXPECT_STR_EQ("EACCES", SAYS(text, "read", 3));
	EXPECT_STR_EQ("ENOENT", SAYS(text, "read", 4));
	EXPECT_STR_EQ("trap", SAYS(text, "read", 5));
	EXPECT_STR_EQ("kill", SAYS(text, "read", 6));
	EXPECT_STR_EQ("EPERM", SAYS(text, "read", 7));
}

/* "ioctl: allow if cmd in {0, 2, 4, …}" of @n values. */
static void write_list(char *text, size_t size, unsigned int n)
{
	size_t at = (size_t)snprintf(text, size, "role r\nioctl: allow if cmd in {0");

	for (unsigned int i = 1; i < n; i++)
		at += (size_t)snprintf(text + at, size - at, ", %u", 2 * i);
	(void)snprintf(text + at, size - at, "} # many\n");
}

TEST_C(list, has_two_hundred_values)
{
	char text[8192];

	write_list(text, sizeof text, 200);
	EXPECT_STR_EQ("allow", SAYS(text, "ioctl", 0, 0));
	EXPECT_STR_EQ("EPERM", SAYS(text, "ioctl", 0, 1));
	EXPECT_STR_EQ("allow", SAYS(text, "ioctl", 0, 200));
	EXPECT_STR_EQ("EPERM", SAYS(text, "ioctl", 0, 397));
	EXPECT_STR_EQ("allow", SAYS(text, "ioctl", 0, 398));
	EXPECT_STR_EQ("EPERM", SAYS(text, "ioctl", 0, 400));
}

/* A jump reaches 255 instructions: as many values are the last that fit. */
TEST_C(list, longest_that_fits_is_right)
{
	char text[8192];
	unsigned int n = 300;

	do {
		write_list(text, sizeof text, --n);
	} while (n && *REFUSAL(text));
	EXPECT_INT_GE(n, 250);
	EXPECT_STR_EQ("allow", SAYS(text, "ioctl", 0, 0));
	EXPECT_STR_EQ("allow", SAYS(text, "ioctl", 0, 2 * (n - 1)));
	EXPECT_STR_EQ("EPERM", SAYS(text, "ioctl", 0, 2 * n));
}

/* Two ways through each of its values: 2 to the 60 ways through the block. */
TEST_C(list, has_sixty_values_of_64_bits)
{
	char text[8192];
	size_t at = (size_t)snprintf(text, sizeof text, "role r\nlseek: allow if offset in {0");

	for (unsigned int i = 1; i < 60; i++)
		at += (size_t)snprintf(text + at, sizeof text - at, ", %u", 2 * i);
	(void)snprintf(text + at, sizeof text - at, "} # many\n");
	EXPECT_STR_EQ("allow", SAYS(text, "lseek", OFFSET(0)));
	EXPECT_STR_EQ("EPERM", SAYS(text, "lseek", OFFSET(1)));
	EXPECT_STR_EQ("allow", SAYS(text, "lseek", OFFSET(118)));
	EXPECT_STR_EQ("EPERM", SAYS(text, "lseek", OFFSET(120)));
	EXPECT_STR_EQ("EPERM", SAYS(text, "lseek", OFFSET(0x100000000)));
}
