/* Classes against brute force: every combination of outcomes that some value has is witnessed. */
#include "sandbox/policy/classes.h"

#include "gtest_c.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ATOMS   6
#define VECTORS 729 /* 3 to the ATOMS: less, equal, greater of each */
#define VALUES  65536u

static unsigned int outcomes(const struct brig_atoms *atoms, uint32_t value)
{
	unsigned int vector = 0;

	for (size_t i = 0; i < atoms->n; i++) {
		uint32_t masked = value & atoms->atoms[i].mask;
		unsigned int outcome = masked < atoms->atoms[i].k    ? 0u
				       : masked == atoms->atoms[i].k ? 1u
								     : 2u;

		vector = vector * 3 + outcome;
	}
	return vector;
}

static uint32_t random_word(uint64_t *random)
{
	const uint64_t word = test_random(random);

	switch (word % 4) {
	case 0:
		return (uint32_t)(word >> 32) & 0xffff;
	case 1:
		return 1u << (word >> 32) % 16;
	case 2:
		return (uint32_t)(word >> 32) & 0xf;
	default:
		return 0xffffu << (word >> 32) % 16 & 0xffff;
	}
}

/* Atoms over sixteen neighbouring bits. */
static void random_atoms(struct brig_atoms *atoms, unsigned int shift, uint64_t *random)
{
	const size_t n = 1 + test_random(random) % ATOMS;

	memset(atoms, 0, sizeof *atoms);
	for (size_t i = 0; i < n; i++) {
		uint32_t mask = test_random(random) % 2 ? 0xffff : random_word(random);
		uint32_t k = random_word(random);

		if (test_random(random) % 2)
			k &= mask;
		ASSERT_TRUE(brig_atoms_add(atoms, mask << shift, k << shift));
	}
}

static void expect_witnesses(const struct brig_atoms *atoms, unsigned int shift)
{
	bool reached[VECTORS] = { false }, witnessed[VECTORS] = { false };
	struct brig_classes *classes = malloc(sizeof *classes);

	ASSERT_PTR_NOT_NULL(classes);
	EXPECT_OK(brig_classes_find(atoms, classes));
	for (uint32_t value = 0; value < VALUES; value++)
		reached[outcomes(atoms, value << shift)] = true;
	for (size_t i = 0; i < classes->n; i++) {
		unsigned int vector = outcomes(atoms, classes->witnesses[i]);

		EXPECT_FALSE(witnessed[vector]); /* one of each is enough */
		witnessed[vector] = true;
	}
	EXPECT_MEM_EQ(reached, witnessed, sizeof reached);
	free(classes);
}

TEST_C(classes, every_combination_that_a_value_has_is_witnessed)
{
	uint64_t random = test_seed() + 3;

	for (int i = 0; i < 400; i++) {
		const unsigned int shift = (unsigned int)(test_random(&random) % 17);
		struct brig_atoms atoms;

		random_atoms(&atoms, shift, &random);
		expect_witnesses(&atoms, shift);
	}
}

TEST_C(classes, whole_words_have_three)
{
	struct brig_atoms atoms = { .n = 0 };
	struct brig_classes classes;

	ASSERT_TRUE(brig_atoms_add(&atoms, UINT32_MAX, 0x80000000));
	ASSERT_OK(brig_classes_find(&atoms, &classes));
	EXPECT_UINT_EQ(3, classes.n);
}

TEST_C(classes, ends_of_the_words_have_two)
{
	struct brig_atoms atoms = { .n = 0 };
	struct brig_classes classes;

	ASSERT_TRUE(brig_atoms_add(&atoms, UINT32_MAX, 0));
	ASSERT_OK(brig_classes_find(&atoms, &classes));
	EXPECT_UINT_EQ(2, classes.n);
	atoms.n = 0;
	ASSERT_TRUE(brig_atoms_add(&atoms, UINT32_MAX, UINT32_MAX));
	ASSERT_OK(brig_classes_find(&atoms, &classes));
	EXPECT_UINT_EQ(2, classes.n);
}

TEST_C(classes, bits_are_all_off_or_some_on)
{
	struct brig_atoms atoms = { .n = 0 };
	struct brig_classes classes;

	ASSERT_TRUE(brig_atoms_add_bits(&atoms, 0xf00));
	ASSERT_OK(brig_classes_find(&atoms, &classes));
	EXPECT_UINT_EQ(2, classes.n);
}

TEST_C(classes, no_comparisons_have_one)
{
	const struct brig_atoms atoms = { .n = 0 };
	struct brig_classes classes;

	ASSERT_OK(brig_classes_find(&atoms, &classes));
	EXPECT_UINT_EQ(1, classes.n);
}

TEST_C(classes, same_atom_is_kept_once_and_room_ends)
{
	struct brig_atoms atoms = { .n = 0 };

	for (uint32_t k = 0; k < BRIG_ATOMS_MAX; k++)
		EXPECT_TRUE(brig_atoms_add(&atoms, UINT32_MAX, k));
	EXPECT_TRUE(brig_atoms_add(&atoms, UINT32_MAX, 5));
	EXPECT_UINT_EQ(BRIG_ATOMS_MAX, atoms.n);
	EXPECT_FALSE(brig_atoms_add(&atoms, UINT32_MAX, BRIG_ATOMS_MAX));
}

/* Twelve bits, each looked at alone, are 4096 classes: more than there is room for. */
TEST_C(classes, too_many_are_refused)
{
	struct brig_atoms atoms = { .n = 0 };
	struct brig_classes classes;

	for (unsigned int bit = 0; bit < 12; bit++)
		ASSERT_TRUE(brig_atoms_add(&atoms, 1u << bit, 1u << bit));
	EXPECT_ERR(E2BIG, brig_classes_find(&atoms, &classes));
}
