#include "ipc/dispatch/stats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST 32
#define EXACT       4 /* µs below this have a bucket each, and powers of two so many */

/* Where @method is, or belongs; there is room. */
static struct brig_method_stats **slot_of(const struct brig_stats_table *table,
					  const struct brig_method *method)
{
	const uint64_t hash = (uint64_t)(uintptr_t)method * 0x9e3779b97f4a7c15u >> 32;
	size_t at = hash & (table->n_slots - 1);

	while (table->slots[at] && table->slots[at]->method != method)
		at = (at + 1) & (table->n_slots - 1);
	return &table->slots[at];
}

static bool grow(struct brig_stats_table *table)
{
	const size_t n = table->n_slots ? 2 * table->n_slots : SLOTS_FIRST;
	struct brig_stats_table larger = { .slots = calloc(n, sizeof *larger.slots), .n_slots = n };

	if (!larger.slots)
		return false;
	for (size_t i = 0; i < table->n_slots; i++)
		if (table->slots[i])
			*slot_of(&larger, table->slots[i]->method) = table->slots[i];
	free(table->slots);
	table->slots = larger.slots;
	table->n_slots = n;
	return true;
}

static struct brig_method_stats *make(struct brig_stats_table *table,
				      const struct brig_method *method)
{
	if (2 * table->used >= table->n_slots && !grow(table))
		return NULL;
	struct brig_method_stats *stats = calloc(1, sizeof *stats);
	if (!stats)
		return NULL;
	stats->method = method;
	*slot_of(table, method) = stats;
	table->used++;
	return stats;
}

static struct brig_method_stats *find(struct brig_stats_table *table,
				      const struct brig_method *method)
{
	struct brig_method_stats *stats = table->n_slots ? *slot_of(table, method) : NULL;

	return stats ? stats : make(table, method);
}

void brig_stats_add(struct brig_stats_table *table, const struct brig_method *method,
		    enum brig_stat stat, uint64_t n)
{
	if (!table)
		return;
	if (!method) {
		table->other[stat] += n;
		return;
	}
	struct brig_method_stats *stats = find(table, method);
	if (stats)
		stats->n[stat] += n;
}

static size_t bucket_of(uint64_t us)
{
	if (us < EXACT)
		return us;
	const unsigned int power = 63 - (unsigned int)__builtin_clzll(us);
	const size_t bucket = (size_t)(power - 1) * EXACT + (us >> (power - 2) & (EXACT - 1));

	return bucket < BRIG_LATENCY_BUCKETS ? bucket : BRIG_LATENCY_BUCKETS - 1;
}

/* The most that a call in it took. */
static uint64_t bucket_us(size_t bucket)
{
	if (bucket < EXACT)
		return bucket;
	return ((EXACT + bucket % EXACT + 1) << (bucket / EXACT - 1)) - 1;
}

void brig_stats_took(struct brig_stats_table *table, const struct brig_method *method, uint64_t us)
{
	struct brig_method_stats *stats = table ? find(table, method) : NULL;

	if (stats)
		stats->latency[bucket_of(us)]++;
}

uint64_t brig_stats_latency_us(const struct brig_stats *stats, unsigned int permille)
{
	uint64_t all = 0, seen = 0;

	for (size_t i = 0; i < BRIG_LATENCY_BUCKETS; i++)
		all += stats->latency[i];
	if (!all)
		return 0;
	const uint64_t wanted = permille >= 1000 ? all : (all * permille + 999) / 1000;
	for (size_t i = 0; i < BRIG_LATENCY_BUCKETS; i++) {
		seen += stats->latency[i];
		if (seen && seen >= wanted)
			return bucket_us(i);
	}
	return bucket_us(BRIG_LATENCY_BUCKETS - 1);
}

const char *brig_stat_name(enum brig_stat stat)
{
	static const char *const names[BRIG_STATS_N] = {
		[BRIG_STAT_COUNT] = "count",         [BRIG_STAT_BYTES_IN] = "bytes-in",
		[BRIG_STAT_BYTES_OUT] = "bytes-out", [BRIG_STAT_REFUSALS] = "refusals",
		[BRIG_STAT_BREACHES] = "breaches",   [BRIG_STAT_CANCELS] = "cancels",
		[BRIG_STAT_MISSES] = "misses",       [BRIG_STAT_DROPPED] = "dropped",
		[BRIG_STAT_IN_FLIGHT] = "in-flight", [BRIG_STAT_PAUSES] = "pauses",
		[BRIG_STAT_QUEUED] = "queued",
	};

	return (unsigned int)stat < BRIG_STATS_N ? names[stat] : NULL;
}

static int by_number(const void *a, const void *b)
{
	const struct brig_method *x = (*(struct brig_method_stats *const *)a)->method;
	const struct brig_method *y = (*(struct brig_method_stats *const *)b)->method;

	if (x->service != y->service)
		return x->service < y->service ? -1 : 1;
	return x->method < y->method ? -1 : x->method > y->method;
}

static void add_up(struct brig_stats *sum, const struct brig_stats *one)
{
	for (size_t i = 0; i < BRIG_STATS_N; i++)
		sum->n[i] += one->n[i];
	for (size_t i = 0; i < BRIG_LATENCY_BUCKETS; i++)
		sum->latency[i] += one->latency[i];
}

static struct brig_stats row_of(const struct brig_method_stats *stats)
{
	struct brig_stats row = { .name = stats->method->name,
				  .service = stats->method->service,
				  .method = stats->method->method };

	memcpy(row.n, stats->n, sizeof row.n);
	memcpy(row.latency, stats->latency, sizeof row.latency);
	return row;
}

/* A service's rows from @at on, and their sum, which is added to @all. Returns where they end. */
static size_t read_service(struct brig_method_stats *const *sorted, size_t n, size_t at,
			   struct brig_stats *all,
			   void (*row)(void *user, const struct brig_stats *stats), void *user)
{
	const struct brig_method *first = sorted[at]->method;
	struct brig_stats sum = { .service = first->service };
	char name[64] = "";

	(void)strncpy(name, first->name, sizeof name - 1);
	name[strcspn(name, ".")] = '\0';
	sum.name = name;
	for (; at < n && sorted[at]->method->service == first->service; at++) {
		const struct brig_stats one = row_of(sorted[at]);

		row(user, &one);
		add_up(&sum, &one);
	}
	row(user, &sum);
	add_up(all, &sum);
	return at;
}

int brig_stats_read(const struct brig_stats_table *table,
		    void (*row)(void *user, const struct brig_stats *stats), void *user)
{
	struct brig_method_stats **sorted = calloc(table->used + 1, sizeof *sorted);
	struct brig_stats all = { .name = "" };
	size_t n = 0;

	if (!sorted)
		return -ENOMEM;
	memcpy(all.n, table->other, sizeof all.n);
	for (size_t i = 0; i < table->n_slots; i++)
		if (table->slots[i])
			sorted[n++] = table->slots[i];
	qsort(sorted, n, sizeof *sorted, by_number);
	for (size_t at = 0; at < n;)
		at = read_service(sorted, n, at, &all, row, user);
	row(user, &all);
	free(sorted);
	return 0;
}

void brig_stats_clear(struct brig_stats_table *table)
{
	for (size_t i = 0; i < table->n_slots; i++)
		free(table->slots[i]);
	free(table->slots);
	memset(table, 0, sizeof *table);
}
