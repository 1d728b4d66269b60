#include "tests/escape/memory.h"

#include "sandbox/base/cleanup.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#define CHUNK (1u << 20)
/* Shadow memory of sanitizers is terabytes; no mapping of ours is this large. */
#define MAPPING_MAX (4ull << 30)

struct mapping {
	uint64_t begin, end;
	bool readable;
	const char *name; /* in the line */
};

static FILE *open_maps(pid_t pid)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
	return fopen(path, "re");
}

/* Not by /proc/<pid>/mem: that file is root's where the process is not dumpable. */
static ssize_t read_at(pid_t pid, uint64_t at, void *ret, size_t n)
{
	const struct iovec ours = { .iov_base = ret, .iov_len = n };
	const struct iovec theirs = { .iov_base = (void *)(uintptr_t)at, .iov_len = n };

	return process_vm_readv(pid, &ours, 1, &theirs, 1, 0);
}

static bool next_mapping(FILE *maps, char *line, size_t size, struct mapping *ret)
{
	char *at;

	if (!fgets(line, (int)size, maps))
		return false;
	line[strcspn(line, "\n")] = '\0';
	ret->begin = strtoull(line, &at, 16);
	ret->end = *at ? strtoull(at + 1, &at, 16) : 0;
	ret->readable = at[0] == ' ' && at[1] == 'r';
	/* address perms offset dev inode name */
	for (int i = 0; i < 4; i++)
		at += strspn(at, " "), at += strcspn(at, " ");
	ret->name = at + strspn(at, " ");
	return true;
}

struct scan {
	pid_t pid;
	char *buffer; /* CHUNK and a needle's length */
	const void *needle;
	size_t n;
	struct search *search;
};

/* Chunks overlap by a needle's length, less one. */
static void scan_mapping(struct scan *scan, const struct mapping *mapping)
{
	for (uint64_t at = mapping->begin; at < mapping->end; at += CHUNK) {
		const uint64_t left = mapping->end - at;
		const size_t want = left < CHUNK + scan->n - 1 ? (size_t)left : CHUNK + scan->n - 1;
		const ssize_t got = read_at(scan->pid, at, scan->buffer, want);
		const char *rest = scan->buffer;

		if (got <= 0)
			continue; /* the kernel's own pages */
		scan->search->bytes += (size_t)got < CHUNK ? (size_t)got : CHUNK;
		while ((rest = memmem(rest, (size_t)(scan->buffer + got - rest), scan->needle,
				      scan->n))) {
			scan->search->found++;
			rest++;
		}
	}
}

int memory_search(pid_t pid, const void *bytes, size_t n, struct search *ret)
{
	brig_auto_free char *buffer = malloc(CHUNK + n);
	struct scan scan = { pid, buffer, bytes, n, ret };
	struct mapping mapping;
	char line[4600];

	memset(ret, 0, sizeof *ret);
	if (!buffer)
		return -ENOMEM;
	FILE *maps = open_maps(pid);
	if (!maps)
		return -errno;
	while (next_mapping(maps, line, sizeof line, &mapping))
		if (mapping.readable && mapping.end - mapping.begin <= MAPPING_MAX)
			scan_mapping(&scan, &mapping);
	(void)fclose(maps);
	return 0;
}

/* The kernel leaves { AT_RANDOM, address } near the stack's end: the last such pair is it. */
static int read_random(pid_t pid, const struct mapping *stack, struct layout *ret)
{
	uint64_t words[2048];
	const ssize_t n = read_at(pid, stack->end - sizeof words, words, sizeof words);

	if (n != sizeof words)
		return n < 0 ? -errno : -EIO;
	for (size_t i = sizeof words / sizeof *words - 1; i > 0; i--)
		if (words[i - 1] == AT_RANDOM && words[i] >= stack->begin && words[i] < stack->end)
			return read_at(pid, words[i], ret->random, sizeof ret->random) ==
					       sizeof ret->random
				       ? 0
				       : -EIO;
	return -ENOENT;
}

static void note(uint64_t *ret, const struct mapping *mapping)
{
	if (!*ret)
		*ret = mapping->begin;
}

int layout_read(pid_t pid, struct layout *ret)
{
	struct mapping mapping, stack = { 0 };
	char line[4600];

	memset(ret, 0, sizeof *ret);
	FILE *maps = open_maps(pid);
	if (!maps)
		return -errno;
	while (next_mapping(maps, line, sizeof line, &mapping)) {
		if (strstr(mapping.name, "libc.so"))
			note(&ret->libc, &mapping);
		else if (!strcmp(mapping.name, "[stack]"))
			stack = mapping;
		else if (!strcmp(mapping.name, "[heap]"))
			note(&ret->heap, &mapping);
		else if (*mapping.name == '/')
			note(&ret->program, &mapping); /* the first file of all is the program */
	}
	(void)fclose(maps);
	ret->stack = stack.begin;
	return ret->program && ret->libc && ret->stack ? read_random(pid, &stack, ret) : -ENOENT;
}

bool layout_shares(const struct layout *a, const struct layout *b)
{
	return a->program == b->program || a->libc == b->libc || a->stack == b->stack ||
	       (a->heap && a->heap == b->heap) || !memcmp(a->random, b->random, sizeof a->random);
}
