/*
 * tests/bench/bench.h - what is measured against what: a table of rows, one file a group of them.
 *
 * The machine is taken to be noisy, so a row's two sides are run in turn (A, B, A, B, …), and only
 * ratios within one run mean anything.
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <brig/broker.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Do it once, and say how long what counts took. 0 or -errno. */
typedef int bench_measure(void *state, uint64_t *ret_ns);

struct bench_row {
	const char *name;
	const char *ours_text, *theirs_text;
	bench_measure *ours, *theirs;
	double goal; /* ours / theirs, at most */
	unsigned int pairs;
	/* After each side, so that neither pays for what the kernel still tears down of the other's
	 * namespaces. */
	unsigned int settle_ms;
	/* What else is to be said of it; NULL: nothing. */
	void (*note)(const void *state, char *ret, size_t size);
};

/* Rows that need the same things. */
struct bench_group {
	int (*set_up)(void **ret); /* 0 and *ret, or -errno */
	void (*tear_down)(void *state);
	const struct bench_row *rows;
	size_t n_rows;
};

extern const struct bench_group bench_spawn;
extern const struct bench_group bench_photo;
extern const struct bench_group bench_calls;
extern const struct bench_group bench_ipc;
extern const struct bench_group bench_loop;
extern const struct bench_group bench_flood;
extern const struct bench_group bench_decode;
extern const struct bench_group bench_bomb;
extern const struct bench_group bench_shared;

/* Of the times of one side, or of the ratios of the pairs. */
struct bench_spread {
	double p10, median, p90;
};

struct bench_result {
	const struct bench_row *row;
	unsigned int pairs;
	struct bench_spread ours_us, theirs_us, ratio;
	double ratio_of_medians;
	char note[512]; /* "": none */
};

/* report.c: sorts @values. */
struct bench_spread bench_spread_of(double *values, size_t n);
void bench_print_markdown(const struct bench_result *results, size_t n);
/* 0 or -errno. */
int bench_write_json(const char *path, const struct bench_result *results, size_t n);

/* peers.c */
uint64_t bench_now_ns(void);
int bench_broker_create(struct brig_broker **ret);
/* Run a command to its end, with @path open for reading as descriptor 9 unless it is NULL. */
int bench_command(char *const argv[], const char *path, uint64_t *ret_ns);
/* A new directory below TMPDIR; removed with all its files by the second. */
int bench_dir_create(char *ret, size_t size);
void bench_dir_remove(const char *dir);

/* bare.c: a fork server (a program, by its path) that seals nothing, reached as a zygote is. */
struct bench_bare;
int bench_bare_create(const char *program, struct bench_bare **ret);
void bench_bare_destroy(struct bench_bare *bare);
/* To the child's first message, and on to its reaping. Either may be NULL. */
int bench_bare_fork(struct bench_bare *bare, uint64_t *ret_first_ns, uint64_t *ret_reaped_ns);

/* picture.c: a JPEG that looks like a photo: quality 90, 4:2:0. 0 or -errno. */
int bench_write_photo(const char *path, uint32_t width, uint32_t height);

#endif
