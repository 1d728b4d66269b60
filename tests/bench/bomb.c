/* What a hostile peer can have us look at before we refuse it: as much as fits, wrong at its end.
 */
#include "tests/bench/bench.h"

#include "echo.brig.h"
#include "ipc/dispatch/peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRIES 31

/* Writes backwards, as lengths come before what they count. */
struct writer {
	uint8_t bytes[BRIG_PAYLOAD_MAX];
	size_t at;
};

struct bomb {
	const char *name;
	const struct brig_message_rules *rules;
	void (*write)(struct writer *writer);
};

static void put(struct writer *writer, uint8_t byte)
{
	writer->bytes[--writer->at] = byte;
}

static void put_varint(struct writer *writer, uint64_t value)
{
	uint8_t bytes[10];
	size_t n = 0;

	do {
		bytes[n++] = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
		value >>= 7;
	} while (value);
	while (n)
		put(writer, bytes[--n]);
}

/* What was put since @end is field @number. */
static void put_head(struct writer *writer, unsigned int number, size_t end)
{
	put_varint(writer, end - writer->at);
	put_varint(writer, number << 3 | 2);
}

static void put_unknown(struct writer *writer)
{
	put(writer, 1);
	put_varint(writer, 60 << 3);
}

/* Text of two bytes a character, all well; then a number that is out of its range. */
static void write_text(struct writer *writer)
{
	put(writer, 2);
	put(writer, 2 << 3);
	const size_t end = writer->at;
	for (int i = 0; i < 32500; i++) {
		put(writer, 0xa9);
		put(writer, 0xc3);
	}
	put_head(writer, 1, end);
}

static void write_bad_utf8(struct writer *writer)
{
	const size_t end = writer->at;

	put(writer, 0xff);
	for (int i = 0; i < 32499; i++) {
		put(writer, 0xa9);
		put(writer, 0xc3);
	}
	put_head(writer, 1, end);
}

static void write_numbers(struct writer *writer)
{
	const size_t end = writer->at;

	put(writer, 0x80); /* ends within it */
	for (int i = 0; i < 6499; i++)
		put_varint(writer, UINT64_MAX);
	put_head(writer, 1, end);
}

static void write_colours(struct writer *writer)
{
	const size_t end = writer->at;

	put(writer, 3); /* none */
	for (int i = 0; i < 7999; i++)
		put(writer, 2);
	put_head(writer, 1, end);
}

static void write_elements(struct writer *writer)
{
	put_unknown(writer);
	for (int i = 0; i < 400; i++) {
		const size_t end = writer->at;

		put_varint(writer, UINT32_MAX);
		put(writer, 2 << 3);
		put_varint(writer, UINT32_MAX);
		put(writer, 1 << 3);
		put_head(writer, 1, end);
	}
}

/* In the order that is the worst to look them up. */
static void write_fields(struct writer *writer)
{
	const ProtobufCMessageDescriptor *many = &bench__many__descriptor;

	put_unknown(writer);
	for (int i = 0; i < 24; i++) {
		const size_t end = writer->at;

		for (unsigned int f = 0; f < many->n_fields; f++) {
			put(writer, 1);
			put_varint(writer, many->fields[f].id << 3);
		}
		put_head(writer, 1, end);
	}
}

static void write_deep(struct writer *writer)
{
	const size_t end = writer->at;

	write_text(writer);
	for (int i = 0; i < 5; i++)
		put_head(writer, 1, end);
}

static const struct bomb bombs[] = {
	{ "text, a number behind it", &bench__text__rules, write_text },
	{ "text, its last byte", &bench__text__rules, write_bad_utf8 },
	{ "numbers", &bench__numbers__rules, write_numbers },
	{ "enums", &bench__colours__rules, write_colours },
	{ "elements, an unknown field behind them", &bench__elements__rules, write_elements },
	{ "fields in the worst order", &bench__fields__rules, write_fields },
	{ "six messages deep", &bench__deep__rules, write_deep },
};

#define N_BOMBS (sizeof bombs / sizeof *bombs)

struct state {
	struct brig_arena arena;
	struct writer writers[N_BOMBS];
	double us[N_BOMBS];
	size_t costliest;
};

static int refuse(struct state *state, size_t i, uint64_t *ret_ns)
{
	const struct writer *writer = &state->writers[i];
	const uint64_t start = bench_now_ns();
	struct brig_breach breach;
	enum brig_bad_message bad;

	(void)brig_unpack(&state->arena, bombs[i].rules, writer->bytes + writer->at,
			  sizeof writer->bytes - writer->at, &breach, &bad);
	*ret_ns = bench_now_ns() - start;
	return bad ? 0 : -EPROTO;
}

static int try(struct state *state, size_t i)
{
	double us[TRIES];

	state->writers[i].at = sizeof state->writers[i].bytes;
	bombs[i].write(&state->writers[i]);
	for (int t = 0; t < TRIES; t++) {
		uint64_t ns;
		const int r = refuse(state, i, &ns);

		if (r)
			return r;
		us[t] = (double)ns / 1000;
	}
	state->us[i] = bench_spread_of(us, TRIES).median;
	if (state->us[i] > state->us[state->costliest])
		state->costliest = i;
	return 0;
}

static int ours(void *state, uint64_t *ret_ns)
{
	return refuse(state, ((const struct state *)state)->costliest, ret_ns);
}

static int aim(void *state, uint64_t *ret_ns)
{
	(void)state;
	*ret_ns = 1000000;
	return 0;
}

static void note(const void *user, char *ret, size_t size)
{
	const struct state *state = user;
	size_t n = 0;

	for (size_t i = 0; i < N_BOMBS && n < size; i++)
		n += (size_t)snprintf(
			ret + n, size - n, "%s%s (%zu bytes) %.0f us", i ? "; " : "", bombs[i].name,
			sizeof state->writers[i].bytes - state->writers[i].at, state->us[i]);
}

static int set_up(void **ret)
{
	struct state *state = calloc(1, sizeof *state);
	int r = state ? 0 : -ENOMEM;

	for (size_t i = 0; !r && i < N_BOMBS; i++)
		r = try(state, i);
	if (r)
		free(state);
	else
		*ret = state;
	return r;
}

static const struct bench_row rows[] = {
	{ "ipc-bomb", "the costliest message to refuse of several, wrong at its end",
	  "1 ms, the aim", ours, aim, 1, 100, 0, note },
};

const struct bench_group bench_bomb = { set_up, free, rows, sizeof rows / sizeof *rows };
