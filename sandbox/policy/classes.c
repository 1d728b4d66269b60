#include "sandbox/policy/classes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Two bits an atom: what the bits so far say of it. */
enum { SAME, LESS, GREATER };
#define WORDS (BRIG_ATOMS_MAX * 2 / 64)

struct state {
	uint64_t words[WORDS];
	uint32_t value;
};

#define STATES_MAX BRIG_CLASSES_MAX
#define SLOTS      (STATES_MAX * 4)

struct layer {
	struct state states[STATES_MAX];
	size_t n;
	uint16_t slots[SLOTS]; /* index + 1 by hash; 0: free */
};

bool brig_atoms_add(struct brig_atoms *atoms, uint32_t mask, uint32_t k)
{
	for (size_t i = 0; i < atoms->n; i++)
		if (atoms->atoms[i].mask == mask && atoms->atoms[i].k == k)
			return true;
	if (atoms->n == BRIG_ATOMS_MAX)
		return false;
	atoms->atoms[atoms->n++] = (struct brig_atom){ mask, k };
	return true;
}

bool brig_atoms_add_bits(struct brig_atoms *atoms, uint32_t k)
{
	return brig_atoms_add(atoms, k, 0);
}

static unsigned int get(const struct state *state, size_t atom)
{
	return (unsigned int)(state->words[atom / 32] >> (atom % 32 * 2)) & 3;
}

static void set(struct state *state, size_t atom, unsigned int outcome)
{
	state->words[atom / 32] |= (uint64_t)outcome << (atom % 32 * 2);
}

static struct state step(const struct brig_atoms *atoms, const struct state *before,
			 unsigned int bit, uint32_t one)
{
	struct state after = *before;

	after.value |= one << bit;
	for (size_t i = 0; i < atoms->n; i++) {
		const uint32_t mine = one & (atoms->atoms[i].mask >> bit);
		const uint32_t its = (atoms->atoms[i].k >> bit) & 1;

		if (get(before, i) == SAME && mine != its)
			set(&after, i, mine < its ? LESS : GREATER);
	}
	return after;
}

static size_t hash(const struct state *state)
{
	uint64_t h = 0x9e3779b97f4a7c15ull;

	for (size_t i = 0; i < WORDS; i++)
		h = (h ^ state->words[i]) * 0xff51afd7ed558ccdull, h ^= h >> 29;
	return (size_t)(h % SLOTS);
}

static bool keep(struct layer *layer, const struct state *state)
{
	size_t slot = hash(state);

	for (; layer->slots[slot]; slot = (slot + 1) % SLOTS)
		if (!memcmp(layer->states[layer->slots[slot] - 1].words, state->words,
			    sizeof state->words))
			return true;
	if (layer->n == STATES_MAX)
		return false;
	layer->states[layer->n] = *state;
	layer->slots[slot] = (uint16_t)++layer->n;
	return true;
}

static bool next_layer(const struct brig_atoms *atoms, const struct layer *from, struct layer *to,
		       unsigned int bit)
{
	to->n = 0;
	memset(to->slots, 0, sizeof to->slots);
	for (size_t i = 0; i < from->n; i++)
		for (uint32_t one = 0; one < 2; one++) {
			const struct state state = step(atoms, &from->states[i], bit, one);

			if (!keep(to, &state))
				return false;
		}
	return true;
}

int brig_classes_find(const struct brig_atoms *atoms, struct brig_classes *ret)
{
	struct layer *layers = calloc(2, sizeof *layers);
	bool fits = true;

	if (!layers)
		return -ENOMEM;
	layers[0].n = 1; /* nothing is known of the one value 0 */
	for (unsigned int bit = 32; fits && bit-- > 0;)
		fits = next_layer(atoms, &layers[(31 - bit) & 1], &layers[(32 - bit) & 1], bit);
	ret->n = fits ? layers[0].n : 0;
	for (size_t i = 0; i < ret->n; i++)
		ret->witnesses[i] = layers[0].states[i].value;
	free(layers);
	return fits ? 0 : -E2BIG;
}
