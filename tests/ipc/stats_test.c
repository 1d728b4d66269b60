/* What is counted of each method, by a broker's end, on a clock that the test turns. */
#include "tests/ipc/pair.h"

#include "gtest_c.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROWS 16

static struct pair pair;

struct rows {
	size_t n;
	char names[ROWS][64];
	struct brig_stats rows[ROWS];
};

static void keep(void *user, const struct brig_stats *stats)
{
	struct rows *rows = user;

	if (rows->n == ROWS)
		return;
	(void)snprintf(rows->names[rows->n], sizeof rows->names[0], "%s", stats->name);
	rows->rows[rows->n++] = *stats;
}

static void read_rows(struct rows *rows)
{
	memset(rows, 0, sizeof *rows);
	ASSERT_OK(brig_stats_read(&pair.stats, keep, rows));
}

static const struct brig_stats *row_of(const struct rows *rows, const char *name)
{
	static const struct brig_stats none;

	for (size_t i = 0; i < rows->n; i++)
		if (!strcmp(name, rows->names[i]))
			return &rows->rows[i];
	return &none;
}

static void expect(const char *name, enum brig_stat stat, uint64_t wanted)
{
	static struct rows rows;

	read_rows(&rows);
	const uint64_t got = row_of(&rows, name)->n[stat];
	if (got != wanted)
		gtest_c_fail(__FILE__, __LINE__, "%s: %s: %llu, not %llu", name,
			     brig_stat_name(stat), (unsigned long long)got,
			     (unsigned long long)wanted);
}

static void begin(void)
{
	pair_open(&pair);
	pair_clock(&pair);
}

TEST_C(stats, count_calls_of_a_child)
{
	struct pair_outcome outcomes[2] = { { 0 } };

	begin();
	EXPECT_OK(pair_ask_echo(&pair, &outcomes[0], 0));
	(void)pair_pump(&pair.broker);
	(void)pair_pump(&pair.child);
	pair.way = PAIR_LATER;
	EXPECT_OK(pair_ask_echo(&pair, &outcomes[1], 0));
	(void)pair_pump(&pair.broker);
	expect("asked.echo", BRIG_STAT_COUNT, 2);
	expect("asked.echo", BRIG_STAT_BYTES_IN, 2 * sizeof(struct brig_frame));
	expect("asked.echo", BRIG_STAT_BYTES_OUT, sizeof(struct brig_frame));
	expect("asked.echo", BRIG_STAT_IN_FLIGHT, 1);
	EXPECT_OK(brig_refuse(&pair.calls[1], EIO, 0));
	expect("asked.echo", BRIG_STAT_IN_FLIGHT, 0);
	expect("asked.echo", BRIG_STAT_REFUSALS, 1);
	pair_close(&pair);
}

TEST_C(stats, count_calls_of_a_broker)
{
	struct pair_outcome outcomes[2] = { { 0 } };

	begin();
	EXPECT_OK(pair_poke(&pair, &outcomes[0]));
	expect("asked.poke", BRIG_STAT_IN_FLIGHT, 1);
	EXPECT_INT_EQ(1, brig_peer_run(&pair.child.peer, -1));
	(void)pair_pump(&pair.broker);
	expect("asked.poke", BRIG_STAT_COUNT, 1);
	expect("asked.poke", BRIG_STAT_BYTES_OUT, sizeof(struct brig_frame));
	expect("asked.poke", BRIG_STAT_BYTES_IN, sizeof(struct brig_frame));
	expect("asked.poke", BRIG_STAT_IN_FLIGHT, 0);
	const int64_t id = pair_poke(&pair, &outcomes[1]);
	EXPECT_OK(brig_call_cancel(&pair.broker.peer, id));
	expect("asked.poke", BRIG_STAT_CANCELS, 1);
	expect("asked.poke", BRIG_STAT_IN_FLIGHT, 1); /* the child has it still */
	brig_peer_finish(&pair.broker.peer);
	expect("asked.poke", BRIG_STAT_IN_FLIGHT, 0);
	pair_close(&pair);
}

TEST_C(stats, count_what_was_given_up)
{
	struct pair_outcome outcomes[3] = { { 0 } };

	begin();
	pair.way = PAIR_LATER;
	const int64_t id = pair_ask_echo(&pair, &outcomes[0], 0);
	EXPECT_OK(pair_ask_echo(&pair, &outcomes[1], 0));
	EXPECT_OK(pair_poke(&pair, &outcomes[2]));
	EXPECT_OK(brig_call_cancel(&pair.child.peer, id));
	(void)pair_pump(&pair.broker);
	expect("asked.echo", BRIG_STAT_CANCELS, 1);
	pair_pass(&pair, 10000000);
	expect("asked.echo", BRIG_STAT_MISSES, 1);
	expect("asked.poke", BRIG_STAT_MISSES, 1);
	expect("asked.echo", BRIG_STAT_REFUSALS, 0);
	expect("asked.echo", BRIG_STAT_IN_FLIGHT, 0);
	expect("asked", BRIG_STAT_MISSES, 2);
	pair_close(&pair);
}

TEST_C(stats, count_breaches_and_what_was_dropped)
{
	const Every__Empty nothing = EVERY__EMPTY__INIT;
	struct brig_frame frame = pair_frame(EVERY_ASKED_ECHO, 1);

	begin();
	while (!every_asked_wake(&pair.broker.peer, &nothing))
		;
	expect("asked.wake", BRIG_STAT_DROPPED, 1);
	frame.n_fds = 0;
	pair.broker.peer.state = BRIG_IN_READY;
	pair_send(&pair.child, &frame, NULL, 0);
	EXPECT_INT_EQ(BRIG_BAD_STATE, pair_pump(&pair.broker));
	expect("asked.echo", BRIG_STAT_BREACHES, 1);
	frame.method = 99;
	frame.id = 2;
	pair_send(&pair.child, &frame, NULL, 0);
	EXPECT_INT_EQ(BRIG_BAD_UNKNOWN_METHOD, pair_pump(&pair.broker));
	frame.version = 9;
	pair_send(&pair.child, &frame, NULL, 0);
	EXPECT_INT_EQ(BRIG_BAD_VERSION, pair_pump(&pair.broker));
	frame = pair_frame(EVERY_ASKED_POKE, 7);
	frame.kind = BRIG_KIND_REPLY;
	pair_send(&pair.child, &frame, NULL, 0);
	EXPECT_INT_EQ(BRIG_BAD_ID, pair_pump(&pair.broker));
	expect("asked", BRIG_STAT_BREACHES, 1);
	expect("", BRIG_STAT_BREACHES, 4);
	pair_close(&pair);
}

/* Neither of two slips is sent; the second call's refusal is. */
TEST_C(stats, leave_out_what_was_not_sent)
{
	struct pair_outcome outcome = { 0 };
	Every__Flood flood = EVERY__FLOOD__INIT;
	static struct rows rows;
	uint64_t answers = 0;

	begin();
	flood.how = 100;
	EXPECT_ERR(EINVAL, every_asked_order(&pair.broker.peer, &flood, STDIN_FILENO));
	expect("asked.order", BRIG_STAT_COUNT, 0);
	pair.way = PAIR_UNLAWFULLY;
	EXPECT_OK(pair_ask_echo(&pair, &outcome, 0));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	expect("asked.echo", BRIG_STAT_REFUSALS, 1);
	expect("asked.echo", BRIG_STAT_IN_FLIGHT, 0);
	read_rows(&rows);
	for (size_t i = 0; i < BRIG_LATENCY_BUCKETS; i++)
		answers += row_of(&rows, "asked.echo")->latency[i];
	EXPECT_UINT_EQ(1, answers);
	pair_close(&pair);
}

TEST_C(stats, come_in_order_with_their_sums)
{
	const Every__Empty nothing = EVERY__EMPTY__INIT;
	struct pair_outcome outcome = { 0 };
	static struct rows rows;

	begin();
	EXPECT_OK(pair_poke(&pair, &outcome));
	EXPECT_OK(every_asked_note(&pair.child.peer, &nothing));
	EXPECT_OK(pair_ask_echo(&pair, &outcome, 0));
	(void)pair_pump(&pair.broker);
	read_rows(&rows);
	ASSERT_UINT_EQ(5, rows.n);
	EXPECT_STR_EQ("asked.echo", rows.names[0]);
	EXPECT_STR_EQ("asked.note", rows.names[1]);
	EXPECT_STR_EQ("asked.poke", rows.names[2]);
	EXPECT_STR_EQ("asked", rows.names[3]);
	EXPECT_STR_EQ("", rows.names[4]);
	EXPECT_UINT_EQ(EVERY_ASKED_ID, rows.rows[3].service);
	EXPECT_UINT_EQ(0, rows.rows[3].method);
	EXPECT_UINT_EQ(3, rows.rows[3].n[BRIG_STAT_COUNT]);
	EXPECT_UINT_EQ(3, rows.rows[4].n[BRIG_STAT_COUNT]);
	pair_close(&pair);
}

/* ---- latencies ---- */

static void answered_after(uint64_t us)
{
	struct pair_outcome outcome = { 0 };

	pair.n_calls = 0;
	EXPECT_OK(pair_ask_echo(&pair, &outcome, 0));
	(void)pair_pump(&pair.broker);
	pair.now_us += us;
	EXPECT_OK(brig_refuse(&pair.calls[0], EIO, 0));
	(void)pair_pump(&pair.child);
}

TEST_C(latencies, are_those_of_answers)
{
	static struct rows rows;

	begin();
	pair.way = PAIR_LATER;
	for (int i = 0; i < 98; i++)
		answered_after(100);
	answered_after(5000);
	answered_after(70000);
	read_rows(&rows);
	const struct brig_stats *echo = row_of(&rows, "asked.echo");
	EXPECT_UINT_EQ(111, brig_stats_latency_us(echo, 500));
	EXPECT_UINT_EQ(5119, brig_stats_latency_us(echo, 990));
	EXPECT_UINT_EQ(81919, brig_stats_latency_us(echo, 1000));
	EXPECT_UINT_EQ(111, brig_stats_latency_us(row_of(&rows, ""), 500));
	EXPECT_UINT_EQ(0, brig_stats_latency_us(row_of(&rows, "asked.note"), 500));
	pair_close(&pair);
}

TEST_C(latencies, of_what_was_given_up_are_none)
{
	struct pair_outcome outcome = { 0 };
	static struct rows rows;

	begin();
	const int64_t id = pair_poke(&pair, &outcome);
	EXPECT_OK(brig_call_cancel(&pair.broker.peer, id));
	pair.now_us += 500000;
	EXPECT_INT_EQ(1, brig_peer_run(&pair.child.peer, -1));
	EXPECT_INT_EQ(BRIG_BAD_NONE, pair_pump(&pair.broker));
	expect("asked.poke", BRIG_STAT_IN_FLIGHT, 0);
	read_rows(&rows);
	EXPECT_UINT_EQ(0, brig_stats_latency_us(row_of(&rows, "asked.poke"), 500));
	pair_close(&pair);
}

/* A bucket holds what it says, and nothing is a quarter off, up to the longest deadline. */
TEST_C(latencies, are_at_most_a_quarter_off)
{
	struct brig_stats_table table = { 0 };
	static struct rows rows;

	for (uint64_t us = 0; us <= 600000000; us = us + 1 + us / 7) {
		brig_stats_took(&table, &every_asked_service.methods[0], us);
		memset(&rows, 0, sizeof rows);
		ASSERT_OK(brig_stats_read(&table, keep, &rows));
		const uint64_t said = brig_stats_latency_us(&rows.rows[0], 500);
		if (said < us || said - us > us / 4)
			gtest_c_fail(__FILE__, __LINE__, "%llu is said to be %llu",
				     (unsigned long long)us, (unsigned long long)said);
		brig_stats_clear(&table);
	}
}

TEST_C(table, holds_as_many_methods_as_there_are)
{
	struct brig_stats_table table = { 0 };
	struct brig_method *methods = calloc(1000, sizeof *methods);
	uint64_t seen = 0;

	ASSERT_PTR_NOT_NULL(methods);
	for (size_t i = 0; i < 1000; i++)
		for (size_t n = 0; n <= i; n++)
			brig_stats_add(&table, &methods[i], BRIG_STAT_COUNT, 1);
	EXPECT_UINT_EQ(1000, table.used);
	for (size_t i = 0; i < table.n_slots; i++)
		if (table.slots[i]) {
			const size_t at = (size_t)(table.slots[i]->method - methods);

			EXPECT_UINT_EQ(at + 1, table.slots[i]->n[BRIG_STAT_COUNT]);
			seen++;
		}
	EXPECT_UINT_EQ(1000, seen);
	brig_stats_clear(&table);
	free(methods);
}

TEST_C(names, are_there_for_every_number)
{
	for (int i = 0; i < BRIG_STATS_N; i++)
		EXPECT_PTR_NOT_NULL(brig_stat_name((enum brig_stat)i));
	EXPECT_PTR_NULL(brig_stat_name(BRIG_STATS_N));
	EXPECT_STR_EQ("misses", brig_stat_name(BRIG_STAT_MISSES));
}
