/* sandbox/policy/nearest.c - names in sorted tables. */
#include "sandbox/policy/nearest.h"

#include <stdbool.h>
#include <string.h>

#define LONGEST_NAME 63
#define MOST_SLIPS   3

/* One line of the table of distances: of each beginning of a name to one of the other's. */
struct distances {
	unsigned int to[LONGEST_NAME + 1];
};

static const char *name_of(const struct brig_names *names, size_t i)
{
	const char *const *row = (const void *)((const char *)names->rows + i * names->size);

	return *row;
}

static int compare(const char *name, size_t n, const char *other)
{
	size_t n_other = strlen(other);
	int order = memcmp(name, other, n < n_other ? n : n_other);

	return order != 0 ? order : (n > n_other) - (n < n_other);
}

const void *brig_names_find(const struct brig_names *names, const char *name, size_t n)
{
	size_t low = 0, high = names->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(name, n, name_of(names, middle));

		if (order == 0)
			return (const char *)names->rows + middle * names->size;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static int fold(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* Levenshtein's distance, where an exchange of neighbours counts as one. */
static unsigned int distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
	struct distances two_up = { { 0 } }, up = { { 0 } }, line = { { 0 } };

	for (unsigned int j = 0; j <= n_b; j++)
		line.to[j] = j;
	for (size_t i = 1; i <= n_a; i++) {
		two_up = up;
		up = line;
		line.to[0] = (unsigned int)i;
		for (size_t j = 1; j <= n_b; j++) {
			bool same = fold(a[i - 1]) == fold(b[j - 1]);

			line.to[j] =
				least(up.to[j - 1] + !same, least(up.to[j], line.to[j - 1]) + 1);
			if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
			    fold(a[i - 2]) == fold(b[j - 1]))
				line.to[j] = least(line.to[j], two_up.to[j - 2] + 1);
		}
	}
	return line.to[n_b];
}

const void *brig_names_nearest(const struct brig_names *names, const char *name, size_t n)
{
	size_t most = n / 3 < MOST_SLIPS ? n / 3 : MOST_SLIPS;
	const void *found = NULL;

	if (n > LONGEST_NAME)
		return NULL;
	for (size_t i = 0, best = most + 1; i < names->count && best > 0; i++) {
		const char *other = name_of(names, i);
		size_t n_other = strlen(other);

		if (n_other > LONGEST_NAME || n_other > n + most || n > n_other + most)
			continue;
		size_t slips = distance(name, n, other, n_other);
		if (slips < best) {
			best = slips;
			found = (const char *)names->rows + i * names->size;
		}
	}
	return found;
}
