/*
 * Hostile bytes against rules: each rule's breach has its code and its field; and whatever passes
 * is what protobuf-c reads, within the memory that the schema promises.
 */
#include "ipc/dispatch/peer.h"
#include "ipc/dispatch/redact.h"
#include "ipc/dispatch/unpack.h"
#include "ipc/dispatch/utf8.h"
#include "every.brig.h"

#include "gtest_c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BYTES(...) ((const uint8_t[]){ __VA_ARGS__ }), sizeof((const uint8_t[]){ __VA_ARGS__ })

/* @field: of the innermost message; NULL: of none. */
static void expect(const struct brig_message_rules *rules, enum brig_bad_message wanted,
		   const char *field, const uint8_t *bytes, size_t n)
{
	uint8_t *exact = calloc(1, n + !n);
	struct brig_breach breach;

	if (n)
		memcpy(exact, bytes, n); /* so that a byte read past the end shows */
	const enum brig_bad_message bad = brig_rules_check(rules, exact, n, &breach);
	free(exact);
	if (bad != wanted)
		gtest_c_fail(__FILE__, __LINE__, "%s, not %s", brig_bad_message_text((int)bad),
			     brig_bad_message_text((int)wanted));
	EXPECT_STR_EQ(field ? field : "", breach.field ? breach.field->name : "");
}

static void refuses(enum brig_bad_message wanted, const char *field, const uint8_t *bytes, size_t n)
{
	expect(&every__every__rules, wanted, field, bytes, n);
}

static void accepts(const uint8_t *bytes, size_t n)
{
	expect(&every__every__rules, BRIG_BAD_NONE, NULL, bytes, n);
}

/* ---- encodings ---- */

TEST_C(encoding, nothing_is_a_message)
{
	accepts(NULL, 0);
}

TEST_C(encoding, each_field_passes)
{
	accepts(BYTES(0x08, 1, 0x10, 3, 0x18, 1, 0x20, 5, 0x28, 1, 0x30, 14, 0x3d, 9, 0, 0, 0, 0x41,
		      1, 0, 0, 0, 0, 0, 0, 0, 0x4d, 0, 0, 0x80, 0x3f, 0x51, 0, 0, 0, 0, 0, 0, 0xf0,
		      0x3f, 0x58, 5, 0x62, 1, 'a', 0x6a, 1, 0, 0x72, 1, 'b', 0x7a, 1, 'c'));
}

TEST_C(encoding, one_that_ends_within_a_field_is_bad)
{
	refuses(BRIG_BAD_ENCODING, "small", BYTES(0x10));
	refuses(BRIG_BAD_ENCODING, "large", BYTES(0x18, 0x80));
	refuses(BRIG_BAD_ENCODING, "fixed_small", BYTES(0x3d, 0, 0, 0));
	refuses(BRIG_BAD_ENCODING, "text", BYTES(0x62, 2, 'a'));
	refuses(BRIG_BAD_ENCODING, "text",
		BYTES(0x62, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1));
	refuses(BRIG_BAD_ENCODING, NULL, BYTES(0x80));
}

TEST_C(encoding, a_number_longer_than_needed_is_bad)
{
	refuses(BRIG_BAD_ENCODING, "large", BYTES(0x18, 0x81, 0x00));
	refuses(BRIG_BAD_ENCODING, NULL, BYTES(0x98, 0x00, 1));
	refuses(BRIG_BAD_ENCODING, "text", BYTES(0x62, 0x81, 0x00, 'a'));
}

TEST_C(encoding, a_number_of_more_than_64_bits_is_bad)
{
	accepts(BYTES(0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1));
	refuses(BRIG_BAD_ENCODING, "large",
		BYTES(0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2));
	refuses(BRIG_BAD_ENCODING, "large",
		BYTES(0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x81, 0));
}

TEST_C(encoding, another_wire_type_is_bad)
{
	refuses(BRIG_BAD_ENCODING, "small", BYTES(0x12, 1, 3));
	refuses(BRIG_BAD_ENCODING, "text", BYTES(0x60, 1));
	refuses(BRIG_BAD_ENCODING, "fixed_small", BYTES(0x39, 1, 0, 0, 0, 0, 0, 0, 0));
	refuses(BRIG_BAD_ENCODING, "small", BYTES(0x13, 0x14)); /* a group */
}

TEST_C(encoding, numbers_of_a_repeated_field_are_packed)
{
	accepts(BYTES(0x8a, 1, 3, 1, 2, 3));
	refuses(BRIG_BAD_ENCODING, "numbers", BYTES(0x88, 1, 1));
}

TEST_C(encoding, field_zero_is_none)
{
	refuses(BRIG_BAD_ENCODING, NULL, BYTES(0x00, 1));
	refuses(BRIG_BAD_ENCODING, NULL, BYTES(0x80, 0x80, 0x80, 0x80, 0x10, 1));
}

TEST_C(encoding, an_unknown_field_is_bad)
{
	refuses(BRIG_BAD_UNKNOWN_FIELD, NULL, BYTES(0xc0, 1, 1));
	refuses(BRIG_BAD_UNKNOWN_FIELD, NULL, BYTES(0x9a, 1, 2, 0x18, 1)); /* within an inner */
}

/* Nothing of the schema lies so deep: what would be, is no number, which is there. */
TEST_C(encoding, deep_nesting_ends_where_the_schema_does)
{
	uint8_t deep[256];
	size_t at = sizeof deep;

	while (at >= 2) {
		const size_t inner = sizeof deep - at;

		deep[--at] = (uint8_t)(inner > 127 ? 127 : inner);
		deep[--at] = 0x0a;
		if (inner > 120)
			break;
	}
	expect(&every__deep__rules, BRIG_BAD_ENCODING, "number", deep + at, sizeof deep - at);
}

TEST_C(encoding, the_same_field_twice_is_bad)
{
	refuses(BRIG_BAD_TWICE, "small", BYTES(0x10, 3, 0x10, 4));
	refuses(BRIG_BAD_TWICE, "text", BYTES(0x62, 0, 0x62, 0));
	refuses(BRIG_BAD_TWICE, "inner", BYTES(0xa2, 1, 0, 0xa2, 1, 0));
	refuses(BRIG_BAD_TWICE, "numbers", BYTES(0x8a, 1, 1, 1, 0x8a, 1, 1, 1));
}

TEST_C(encoding, two_of_a_oneof_are_bad)
{
	accepts(BYTES(0xa8, 1, 7));
	refuses(BRIG_BAD_TWICE, "right", BYTES(0xa8, 1, 7, 0xb2, 1, 1, 'x'));
}

/* ---- numbers ---- */

TEST_C(number, out_of_its_range_is_bad)
{
	accepts(BYTES(0x10, 3));
	accepts(BYTES(0x10, 0xac, 2));
	refuses(BRIG_BAD_FIELD, "small", BYTES(0x10, 0xad, 2));
	refuses(BRIG_BAD_FIELD, "fixed_small", BYTES(0x3d, 10, 0, 0, 0));
}

/* protobuf-c takes the lower 32 bits: 2^32 + 3 would pass for 3. */
TEST_C(number, wider_than_its_type_is_bad)
{
	refuses(BRIG_BAD_FIELD, "small", BYTES(0x10, 0x83, 0x80, 0x80, 0x80, 0x10));
	refuses(BRIG_BAD_FIELD, "flag", BYTES(0x08, 2));
	refuses(BRIG_BAD_FIELD, "left", BYTES(0xa8, 1, 0x80, 0x80, 0x80, 0x80, 0x10));
	refuses(BRIG_BAD_ENUM, "colour", BYTES(0x58, 0x82, 0x80, 0x80, 0x80, 0x10));
}

TEST_C(number, signed_ones_have_both_ends)
{
	accepts(BYTES(0x20, 0xfb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1));
	refuses(BRIG_BAD_FIELD, "signed_small",
		BYTES(0x20, 0xfa, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1));
	refuses(BRIG_BAD_FIELD, "signed_small", BYTES(0x20, 6));
	/* Negative to 32 bits alone. */
	refuses(BRIG_BAD_FIELD, "signed_small", BYTES(0x20, 0xfb, 0xff, 0xff, 0xff, 0x0f));
	accepts(BYTES(0x30, 13));
	refuses(BRIG_BAD_FIELD, "zigzag", BYTES(0x30, 15));
	refuses(BRIG_BAD_FIELD, "zigzag", BYTES(0x30, 16));
}

TEST_C(number, that_is_none_is_bad)
{
	refuses(BRIG_BAD_FIELD, "real", BYTES(0x4d, 0, 0, 0xc0, 0x7f));
	refuses(BRIG_BAD_FIELD, "real", BYTES(0x4d, 0, 0, 0x80, 0xff));
	refuses(BRIG_BAD_FIELD, "precise", BYTES(0x51, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f));
}

TEST_C(number, an_enum_has_its_values_only)
{
	accepts(BYTES(0x58, 0));
	accepts(BYTES(0x58, 2));
	accepts(BYTES(0x58, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1));
	refuses(BRIG_BAD_ENUM, "colour", BYTES(0x58, 1));
	refuses(BRIG_BAD_ENUM, "colour", BYTES(0x58, 6));
}

TEST_C(number, products_are_bounded)
{
	expect(&every__area__rules, BRIG_BAD_NONE, NULL, BYTES(8, 10, 16, 10, 24, 10));
	expect(&every__area__rules, BRIG_BAD_PRODUCT, NULL, BYTES(8, 10, 16, 10, 24, 11));
	expect(&every__area__rules, BRIG_BAD_PRODUCT, NULL, BYTES(8, 30, 16, 17, 24, 1));
	/* Left out is zero. */
	expect(&every__area__rules, BRIG_BAD_NONE, NULL, BYTES(16, 17, 24, 100));
	/* 2^31 * 2^31 * 4 is 0 to 64 bits. */
	expect(&every__area__rules, BRIG_BAD_PRODUCT, NULL,
	       BYTES(8, 0x80, 0x80, 0x80, 0x80, 8, 16, 0x80, 0x80, 0x80, 0x80, 8, 24, 4));
}

/* ---- text ---- */

TEST_C(text, is_as_long_as_allowed)
{
	accepts(BYTES(0x62, 16, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm',
		      'n', 'o', 'p'));
	refuses(BRIG_BAD_FIELD_LENGTH, "text",
		BYTES(0x62, 17, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm',
		      'n', 'o', 'p', 'q'));
}

TEST_C(text, with_a_nul_is_bad)
{
	refuses(BRIG_BAD_NUL, "text", BYTES(0x62, 3, 'a', 0, 'b'));
	refuses(BRIG_BAD_NUL, "path", BYTES(0x82, 1, 3, 'a', 0, 'b'));
	accepts(BYTES(0x6a, 3, 'a', 0, 'b')); /* bytes are bytes */
}

TEST_C(text, is_utf8)
{
	accepts(BYTES(0x62, 3, 0xe2, 0x82, 0xac));
	refuses(BRIG_BAD_UTF8, "text", BYTES(0x62, 2, 0xe2, 0x82));
	refuses(BRIG_BAD_UTF8, "text", BYTES(0x62, 2, 0xc0, 0xaf));
	refuses(BRIG_BAD_UTF8, "title", BYTES(0x72, 1, 0xff));
}

TEST_C(text, has_no_control_characters_where_it_is_shown)
{
	refuses(BRIG_BAD_CONTROL, "title", BYTES(0x72, 2, 0x1b, '['));
	refuses(BRIG_BAD_CONTROL, "title", BYTES(0x72, 1, 0x7f));
	refuses(BRIG_BAD_CONTROL, "title", BYTES(0x72, 2, 0xc2, 0x9b));
	accepts(BYTES(0x62, 1, '\n'));
}

TEST_C(text, a_basename_is_no_path)
{
	accepts(BYTES(0x7a, 3, 'a', '.', 'b'));
	accepts(BYTES(0x7a, 3, '.', '.', '.'));
	refuses(BRIG_BAD_BASENAME, "file", BYTES(0x7a, 3, 'a', '/', 'b'));
	refuses(BRIG_BAD_BASENAME, "file", BYTES(0x7a, 1, '.'));
	refuses(BRIG_BAD_BASENAME, "file", BYTES(0x7a, 2, '.', '.'));
	refuses(BRIG_BAD_BASENAME, "file", BYTES(0x7a, 2, 'a', 0));
}

/* Unicode 15, table 3-7, its corners. */
TEST_C(text, utf8_is_well_formed)
{
	static const struct {
		const char *bytes;
		bool right;
	} rows[] = {
		{ "", true },
		{ "plain", true },
		{ "twelve bytes", true },
		{ "\xc2\x80", true },
		{ "\xc1\xbf", false },
		{ "\xe0\xa0\x80", true },
		{ "\xe0\x9f\xbf", false },
		{ "\xed\x9f\xbf", true },
		{ "\xed\xa0\x80", false },
		{ "\xee\x80\x80", true },
		{ "\xf0\x90\x80\x80", true },
		{ "\xf0\x8f\xbf\xbf", false },
		{ "\xf4\x8f\xbf\xbf", true },
		{ "\xf4\x90\x80\x80", false },
		{ "\xf5\x80\x80\x80", false },
		{ "\x80", false },
		{ "\xe2\x82", false },
		{ "eight!!\xe2\x82\xac", true },
		{ "eight!!\xe2\x28\xac", false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (brig_is_utf8((const uint8_t *)rows[i].bytes, strlen(rows[i].bytes)) !=
		    rows[i].right)
			gtest_c_fail(__FILE__, __LINE__, "row %zu", i);
}

/* ---- counts and needs ---- */

TEST_C(count, of_elements_is_bounded)
{
	refuses(BRIG_BAD_ELEMENTS, "numbers", BYTES(0x8a, 1, 4, 1, 2, 3, 4));
	refuses(BRIG_BAD_ELEMENTS, "words", BYTES(0x92, 1, 0, 0x92, 1, 0, 0x92, 1, 0));
	refuses(BRIG_BAD_ELEMENTS, "inners", BYTES(0x9a, 1, 0, 0x9a, 1, 0, 0x9a, 1, 0));
	accepts(BYTES(0x92, 1, 0, 0x9a, 1, 0, 0x92, 1, 0, 0x9a, 1, 0)); /* in turns */
}

TEST_C(count, elements_keep_their_rules)
{
	refuses(BRIG_BAD_FIELD, "numbers", BYTES(0x8a, 1, 2, 0xe9, 7));
	refuses(BRIG_BAD_FIELD_LENGTH, "words", BYTES(0x92, 1, 5, 'a', 'b', 'c', 'd', 'e'));
	refuses(BRIG_BAD_FIELD, "number", BYTES(0x9a, 1, 2, 8, 101));
	refuses(BRIG_BAD_UTF8, "name", BYTES(0xa2, 1, 3, 0x12, 1, 0xff));
}

static const uint8_t needed[] = { 8, 1, 0x12, 1, 'a', 0x1a, 1, 0, 0x22, 0, 0x2a, 0 };

TEST_C(needed, one_that_has_all_passes)
{
	expect(&every__needed__rules, BRIG_BAD_NONE, NULL, needed, sizeof needed);
}

TEST_C(needed, one_without_a_field_is_bad)
{
	expect(&every__needed__rules, BRIG_BAD_MISSING, "number", needed + 2, sizeof needed - 2);
	expect(&every__needed__rules, BRIG_BAD_MISSING, "name",
	       BYTES(8, 1, 0x1a, 1, 0, 0x22, 0, 0x2a, 0));
	expect(&every__needed__rules, BRIG_BAD_MISSING, "list",
	       BYTES(8, 1, 0x12, 1, 'a', 0x22, 0, 0x2a, 0));
	expect(&every__needed__rules, BRIG_BAD_MISSING, "inners",
	       BYTES(8, 1, 0x12, 1, 'a', 0x1a, 1, 0, 0x2a, 0));
	expect(&every__needed__rules, BRIG_BAD_MISSING, "inner", needed, sizeof needed - 2);
}

TEST_C(needed, one_with_an_empty_field_is_bad)
{
	expect(&every__needed__rules, BRIG_BAD_FIELD, "number", BYTES(8, 0));
	expect(&every__needed__rules, BRIG_BAD_FIELD_LENGTH, "name", BYTES(8, 1, 0x12, 0));
	expect(&every__needed__rules, BRIG_BAD_MISSING, "list", BYTES(8, 1, 0x12, 1, 'a', 0x1a, 0));
}

/* 1 MiB of empty sub-messages is 88 MB to protobuf-c: here it ends at the third. */
TEST_C(count, a_bomb_ends_at_its_first_element_too_many)
{
	const size_t n = 1u << 20;
	uint8_t *bomb = malloc(n);
	struct brig_breach breach;
	struct timespec before, after;

	for (size_t i = 0; i + 3 <= n; i += 3)
		memcpy(bomb + i, "\x9a\x01", 3);
	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
	EXPECT_INT_EQ(BRIG_BAD_ELEMENTS, brig_rules_check(&every__every__rules, bomb, n, &breach));
	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
	EXPECT_INT_LT((after.tv_sec - before.tv_sec) * 1000000000L + after.tv_nsec - before.tv_nsec,
		      10000000L);
	free(bomb);
}

/* ---- what is secret ---- */

TEST_C(redaction, leaves_nothing_of_a_secret)
{
	uint8_t bytes[] = {
		0x10, 5, 0x62, 2, 'o', 'k', 0xba, 1, 3, 'k', 'e', 'y',
	};
	const uint8_t wanted[] = { 0x10, 5, 0x62, 2, 'o', 'k', 0xba, 1, 3, 0, 0, 0 };

	brig_redact(&every__every__rules, bytes, sizeof bytes);
	EXPECT_MEM_EQ(wanted, bytes, sizeof bytes);
}

/* What isn't such a message may hide one: nothing of it is kept. */
TEST_C(redaction, leaves_nothing_of_what_breaks_the_rules)
{
	static const uint8_t zeros[8];
	uint8_t bad[] = { 0xba, 1, 9, 'k', 'e', 'y', 1, 2 }, unknown[] = { 1, 2, 3, 4, 5, 6, 7, 8 };

	brig_redact(&every__every__rules, bad, sizeof bad);
	EXPECT_MEM_EQ(zeros, bad, sizeof bad);
	brig_redact(NULL, unknown, sizeof unknown);
	EXPECT_MEM_EQ(zeros, unknown, sizeof unknown);
}

/* There is none to be hidden, and the bytes tell what was wrong. */
TEST_C(redaction, keeps_what_breaks_rules_without_secrets)
{
	uint8_t bad[] = { 0x08, 1, 0x08 };

	EXPECT_FALSE(brig_has_secret(&every__empty__rules));
	EXPECT_TRUE(brig_has_secret(&every__every__rules));
	brig_redact(&every__empty__rules, bad, sizeof bad);
	EXPECT_MEM_EQ("\10\1\10", bad, sizeof bad);
}

TEST_C(redaction, finds_secrets_at_the_end_of_all_kinds)
{
	uint8_t bytes[] = { 0x08, 1, 0x3d, 9, 0, 0,    0, 0x41, 1, 0, 0,    0, 0, 0,   0,  0,
			    0x8a, 1, 2,    1, 2, 0x9a, 1, 2,    8, 7, 0xba, 1, 2, 's', 's' };

	brig_redact(&every__every__rules, bytes, sizeof bytes);
	EXPECT_INT_EQ(0, bytes[sizeof bytes - 1] | bytes[sizeof bytes - 2]);
	EXPECT_INT_EQ(7, bytes[sizeof bytes - 6]);
}

/* ---- what passes is what protobuf-c reads ---- */

static struct brig_arena arena;

/* To the byte: what protobuf-c makes of it, packed again. */
static bool as_protobuf_c(const struct brig_message_rules *rules, const uint8_t *bytes, size_t n,
			  const uint8_t *packed, size_t n_packed)
{
	ProtobufCMessage *theirs = protobuf_c_message_unpack(rules->descriptor, NULL, n, bytes);
	uint8_t again[4096];

	if (!theirs)
		return false;
	const bool same = protobuf_c_message_get_packed_size(theirs) == n_packed &&
			  protobuf_c_message_pack(theirs, again) == n_packed &&
			  !memcmp(packed, again, n_packed);
	protobuf_c_message_free_unpacked(theirs, NULL);
	return same;
}

static bool reads_the_same(const struct brig_message_rules *rules, const uint8_t *bytes, size_t n)
{
	uint8_t again[4096];
	enum brig_bad_message bad;
	struct brig_breach breach;
	const ProtobufCMessage *message = brig_unpack(&arena, rules, bytes, n, &breach, &bad);

	if (!message)
		return bad != BRIG_BAD_ENCODING || brig_rules_check(rules, bytes, n, &breach);
	const size_t size = protobuf_c_message_get_packed_size(message);
	return !message->n_unknown_fields && size <= sizeof again && size <= rules->max_bytes &&
	       protobuf_c_message_pack(message, again) == size &&
	       !brig_rules_check(rules, again, size, &breach) &&
	       as_protobuf_c(rules, bytes, n, again, size);
}

static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static const uint8_t whole[] = {
	0x08, 1,    0x10, 3,    0x18, 1, 0x20, 5,    0x30, 14,   0x3d, 9,    0,    0, 0,    0x41, 1,
	0,    0,    0,    0,    0,    0, 0,    0x4d, 0,    0,    0x80, 0x3f, 0x51, 0, 0,    0,    0,
	0,    0,    0xf0, 0x3f, 0x58, 5, 0x62, 1,    'a',  0x6a, 1,    0,    0x72, 1, 'b',  0x7a, 1,
	'c',  0x8a, 1,    2,    1,    2, 0x92, 1,    1,    'w',  0x9a, 1,    2,    8, 7,    0x92, 1,
	0,    0x9a, 1,    5,    8,    9, 0x12, 1,    'n',  0xa2, 1,    2,    8,    9, 0xa8, 1,    4
};

/* A whole message whose bytes are turned, cut and joined at random. */
TEST_C(differential, what_passes_unpacks_to_the_same)
{
	uint64_t state = (uint64_t)time(NULL) << 20 | 1;
	size_t passed = 0;

	printf("seed: %llu\n", (unsigned long long)state);
	for (int i = 0; i < 200000; i++) {
		uint8_t bytes[sizeof whole];
		size_t n = sizeof whole - random_next(&state) % 8;
		struct brig_breach breach;

		memcpy(bytes, whole, sizeof whole);
		for (uint64_t turns = random_next(&state) % 4; turns; turns--)
			bytes[random_next(&state) % n] = (uint8_t)random_next(&state);
		passed += !brig_rules_check(&every__every__rules, bytes, n, &breach);
		if (!reads_the_same(&every__every__rules, bytes, n))
			FAIL_C("case %d", i);
		/* Of what doesn't pass it is expected that nothing is out of bounds. */
		(void)brig_unpack_checked(&arena, &every__every__descriptor, bytes, n);
	}
	printf("%zu of 200000 passed\n", passed);
	EXPECT_INT_GT((long long)passed, 1000);
}

TEST_C(unpacking, each_element_has_its_place)
{
	const uint8_t bytes[] = { 8, 1,  0x12, 1, 'a', 0x1a, 2,    1, 2, 0x22, 2,    8, 11, 0x22, 2,
				  8, 12, 0x2a, 2, 8,   15,   0x22, 2, 8, 13,   0x22, 2, 8,  14 };
	enum brig_bad_message bad;
	struct brig_breach breach;
	const Every__Needed *needs = (const void *)brig_unpack(&arena, &every__needed__rules, bytes,
							       sizeof bytes, &breach, &bad);

	ASSERT_PTR_NOT_NULL(needs);
	ASSERT_INT_EQ(4, (long long)needs->n_inners);
	EXPECT_TRUE(needs->inners[0]->base.descriptor == &every__inner__descriptor);
	EXPECT_INT_EQ(11, needs->inners[0]->number);
	EXPECT_INT_EQ(12, needs->inners[1]->number);
	EXPECT_INT_EQ(13, needs->inners[2]->number);
	EXPECT_INT_EQ(14, needs->inners[3]->number);
	EXPECT_INT_EQ(15, needs->inner->number);
	ASSERT_INT_EQ(2, (long long)needs->n_list);
	EXPECT_INT_EQ(2, needs->list[1]);
}
