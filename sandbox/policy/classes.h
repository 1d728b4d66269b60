/*
 * sandbox/policy/classes.h - what a row of comparisons can tell apart: of all 2^32 values one
 * witness for each combination of outcomes that some value has.
 */
#ifndef SANDBOX_POLICY_CLASSES_H
#define SANDBOX_POLICY_CLASSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BRIG_ATOMS_MAX   256 /* as many as a block has instructions */
#define BRIG_CLASSES_MAX 2048

/* (value & mask) compared with k: less, equal and greater are told apart. */
struct brig_atom {
	uint32_t mask, k;
};

struct brig_atoms {
	struct brig_atom atoms[BRIG_ATOMS_MAX];
	size_t n;
};

struct brig_classes {
	uint32_t witnesses[BRIG_CLASSES_MAX];
	size_t n;
};

/* False if there is no room. An atom that is there already is not added again. */
bool brig_atoms_add(struct brig_atoms *atoms, uint32_t mask, uint32_t k);

/* Is there a bit that is set in both? As an atom: (value & k) compared with 0. */
bool brig_atoms_add_bits(struct brig_atoms *atoms, uint32_t k);

/*
 * Witnesses of every class: exact, by going through the 32 bits from the highest and keeping one
 * value for each state that all comparisons together can be in. 0, -E2BIG or -ENOMEM.
 */
int brig_classes_find(const struct brig_atoms *atoms, struct brig_classes *ret);

#endif
