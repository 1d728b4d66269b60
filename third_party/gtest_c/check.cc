/*
 * check.cc - the comparisons. They run in sealed children too: nothing here allocates or makes a
 * system call.
 */
#include "internal.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace
{

constexpr size_t SHOWN = 600; /* of a string: two must fit into one report */

bool holds(gtest_c_order order, long long left, long long right)
{
	switch (order) {
	case GTEST_C_EQ:
		return left == right;
	case GTEST_C_NE:
		return left != right;
	case GTEST_C_LT:
		return left < right;
	case GTEST_C_LE:
		return left <= right;
	case GTEST_C_GT:
		return left > right;
	case GTEST_C_GE:
		return left >= right;
	}
	return false;
}

const char *symbol(gtest_c_order order)
{
	static const char *const symbols[] = { "==", "!=", "<", "<=", ">", ">=" };

	return symbols[order];
}

/* " (-EACCES: Permission denied)" if @value is a negative errno, else "". Never translated. */
struct ErrnoText {
	char text[96];

	explicit ErrnoText(long long value)
	{
		const char *name = nullptr;

		text[0] = '\0';
		if (value < 0 && value > -4096)
			name = strerrorname_np((int)-value);
		if (name)
			(void)snprintf(text, sizeof text, " (-%s: %s)", name,
				       strerrordesc_np((int)-value));
	}
};

/* A string as the report shows it. */
struct Quoted {
	char text[SHOWN];

	explicit Quoted(const char *s)
	{
		if (!s)
			(void)snprintf(text, sizeof text, "NULL");
		else
			(void)snprintf(text, sizeof text, "\"%.*s\"%s", (int)SHOWN - 8, s,
				       strlen(s) > SHOWN - 8 ? "..." : "");
	}
};

/* Up to 16 bytes, in hexadecimal. */
struct Hex {
	char text[16 * 3 + 1];

	Hex(const unsigned char *bytes, size_t n)
	{
		text[0] = '\0';
		for (size_t i = 0; i < std::min<size_t>(n, 16); i++)
			(void)snprintf(text + 3 * i, 4, " %02x", bytes[i]);
	}
};

} // namespace

bool gtest_c_int(const gtest_c_place *place, gtest_c_order order, long long left, long long right)
{
	if (holds(order, left, right))
		return true;
	gtest_c_fail(place->file, place->line,
		     "%s %s %s doesn't hold:\n  left:  %lld\n  right: %lld", place->left,
		     symbol(order), place->right, left, right);
	return false;
}

bool gtest_c_uint(const gtest_c_place *place, unsigned long long want, unsigned long long got)
{
	if (want == got)
		return true;
	gtest_c_fail(place->file, place->line,
		     "%s\n  want: %llu = 0x%llx (%s)\n  got:  %llu = 0x%llx", place->right, want,
		     want, place->left, got, got);
	return false;
}

bool gtest_c_str(const gtest_c_place *place, const char *want, const char *got)
{
	if (want == got || (want && got && strcmp(want, got) == 0))
		return true;
	gtest_c_fail(place->file, place->line, "%s\n  want: %s\n  got:  %s", place->right,
		     Quoted(want).text, Quoted(got).text);
	return false;
}

bool gtest_c_contains(const gtest_c_place *place, const char *hay, const char *needle)
{
	if (hay && needle && strstr(hay, needle))
		return true;
	gtest_c_fail(place->file, place->line, "%s doesn't contain\n  want: %s\n  in:   %s",
		     place->left, Quoted(needle).text, Quoted(hay).text);
	return false;
}

bool gtest_c_mem(const gtest_c_place *place, const void *want, const void *got, size_t bytes)
{
	if (bytes == 0)
		return true;
	if (!want || !got) {
		if (want == got)
			return true;
		gtest_c_fail(place->file, place->line, "%s is NULL",
			     want ? place->right : place->left);
		return false;
	}

	auto *w = static_cast<const unsigned char *>(want);
	auto *g = static_cast<const unsigned char *>(got);
	size_t at = (size_t)(std::mismatch(w, w + bytes, g).first - w);
	if (at == bytes)
		return true;
	gtest_c_fail(place->file, place->line,
		     "%s differs from byte %zu of %zu on:\n  want:%s\n  got: %s", place->right, at,
		     bytes, Hex(w + at, bytes - at).text, Hex(g + at, bytes - at).text);
	return false;
}

bool gtest_c_null(const gtest_c_place *place, bool want_null, const void *got)
{
	if ((got == nullptr) == want_null)
		return true;
	gtest_c_fail(place->file, place->line, "%s is %p, want %s", place->right, got,
		     want_null ? "NULL" : "anything but NULL");
	return false;
}

bool gtest_c_bool(const gtest_c_place *place, bool want, bool got)
{
	if (want == got)
		return true;
	gtest_c_fail(place->file, place->line, "%s is %s, want %s", place->right,
		     got ? "true" : "false", want ? "true" : "false");
	return false;
}

bool gtest_c_ok(const gtest_c_place *place, long long got)
{
	if (got >= 0)
		return true;
	gtest_c_fail(place->file, place->line, "%s\n  want: success\n  got:  %lld%s", place->right,
		     got, ErrnoText(got).text);
	return false;
}

bool gtest_c_err(const gtest_c_place *place, int want_errno, long long got)
{
	if (got == -(long long)want_errno)
		return true;
	gtest_c_fail(place->file, place->line, "%s\n  want: %d%s\n  got:  %lld%s", place->right,
		     -want_errno, ErrnoText(-want_errno).text, got, ErrnoText(got).text);
	return false;
}
