/*
 * What the broker knows, no child knows: a secret of its heap, stack, environment and arguments is
 * nowhere in the memory of a renderer, codec, plugin or zygote, nor is anything where it is in the
 * broker. All that a child can read is read.
 */
#include "broker/process/process.h"
#include "tests/escape/fleet.h"
#include "tests/escape/memory.h"
#include "tests/support/decode_once.h"
#include "tests/support/outside.h"

#include "gtest_c.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#define VARIABLE    "BRIG_TEST_SECRET"
#define SECRET_SIZE 33 /* 32 digits */

static void make_secret(char ret[SECRET_SIZE])
{
	unsigned char bytes[16];

	ASSERT_INT_EQ(sizeof bytes, getrandom(bytes, sizeof bytes, 0));
	for (size_t i = 0; i < sizeof bytes; i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", bytes[i]);
}

/* Sealed children of each role, and their zygote. */
struct children {
	struct fleet fleet;
	struct brig_process *renderer, *codec, *plugin;
	pid_t zygote;
};

static void find_zygote(struct children *children)
{
	pid_t pids[16];
	const size_t n = outside_children(getpid(), pids, 16);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(outside_name(pids[i]), "brig-zygote"))
			children->zygote = pids[i];
}

static void start(struct children *children)
{
	struct fleet *fleet = &children->fleet;

	ASSERT_OK(honest_broker(&fleet->broker));
	ASSERT_OK(fleet_keep(fleet, &children->renderer));
	find_zygote(children); /* the helper of a plugin is called so, too */
	ASSERT_INT_GT(children->zygote, 0);
	fleet->role = &brig_role_codec;
	ASSERT_OK(fleet_keep(fleet, &children->codec));
	fleet->role = &brig_role_plugin;
	fleet->plugin_fd = open(BRIG_PLUGIN_DIR "/pnm.so", O_RDONLY | O_CLOEXEC);
	ASSERT_OK(fleet_keep(fleet, &children->plugin));
}

static void end(struct children *children)
{
	EXPECT_OK(fleet_end(&children->fleet, children->renderer));
	EXPECT_OK(fleet_end(&children->fleet, children->codec));
	EXPECT_OK(fleet_end(&children->fleet, children->plugin));
	EXPECT_UINT_EQ(3, children->fleet.ended);
	(void)close(children->fleet.plugin_fd);
	brig_broker_destroy(children->fleet.broker);
}

static void expect_unknown(const char *who, pid_t pid, const char *secret)
{
	struct search search;

	ASSERT_OK(memory_search(pid, secret, strlen(secret), &search));
	printf("%s: %zu KiB read\n", who, search.bytes >> 10);
	EXPECT_INT_GT((long long)search.bytes, 2 << 20);
	EXPECT_UINT_EQ(0, search.found);
}

static void search_children(const char *secret)
{
	struct children children = { .zygote = 0 };
	char stack[SECRET_SIZE];
	char *heap = strdup(secret);
	struct search here;

	memcpy(stack, secret, sizeof stack);
	ASSERT_PTR_NOT_NULL(heap);
	ASSERT_OK(memory_search(getpid(), secret, strlen(secret), &here));
	EXPECT_INT_GE((long long)here.found, 4); /* environment, arguments, heap, stack */
	start(&children);
	expect_unknown("renderer", children.renderer->pid, secret);
	expect_unknown("codec", children.codec->pid, secret);
	expect_unknown("plugin", children.plugin->pid, secret);
	expect_unknown("zygote", children.zygote, secret);
	end(&children);
	EXPECT_STR_EQ(secret, heap); /* they were there all the time */
	EXPECT_STR_EQ(secret, stack);
	free(heap);
}

/* What it said, but so that nobody counts its tests. */
static void print_quoted(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[1024];

	while (file && fgets(line, sizeof line, file))
		printf("| %s", line);
	if (file)
		(void)fclose(file);
}

/* Once more, as a process that has it among its arguments. */
static void run_again(const char *secret)
{
	char path[4200];
	int status = -1;

	(void)snprintf(path, sizeof path, "%s/said", test_tmpdir());
	pid_t pid = fork();

	if (pid == 0) {
		char name[] = "secret_test", filter[] = "--gtest_filter=secret.reaches_no_child";
		char argument[SECRET_SIZE], variable[64];
		char *const argv[] = { name, filter, argument, NULL };

		memcpy(argument, secret, sizeof argument);
		(void)snprintf(variable, sizeof variable, VARIABLE "=%s", secret);
		int said = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (said < 0 || dup2(said, STDOUT_FILENO) < 0 || putenv(variable))
			_exit(126);
		(void)execv("/proc/self/exe", argv);
		_exit(127);
	}
	ASSERT_INT_GT(pid, 0);
	ASSERT_INT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_INT_EQ(0, status);
	print_quoted(path);
}

TEST_C(secret, reaches_no_child)
{
	const char *given = getenv(VARIABLE); /* NOLINT(concurrency-mt-unsafe) */
	char secret[SECRET_SIZE];

	if (given) {
		search_children(given);
		return;
	}
	make_secret(secret);
	run_again(secret);
}

static bool is_found(struct brig_broker *broker, const char *secret)
{
	const uint64_t deadline_us = brig_now_us() + 30u * 1000 * 1000;
	struct search search = { 0 };
	int r = 0;

	do {
		const struct brig_process *process = broker->processes;

		if (process && process->state == BRIG_STATE_LOCKED)
			r = memory_search(process->pid, secret, strlen(secret), &search);
	} while (!r && !search.found && brig_now_us() < deadline_us &&
		 brig_broker_run(broker, 20) >= 0);
	EXPECT_OK(r);
	return search.found > 0;
}

/* The search can find: what a document says is in the renderer that reads it. */
TEST_C(secret, of_a_document_is_found_in_its_renderer)
{
	char document[64] = "HOSTILE wait", secret[SECRET_SIZE];
	struct brig_broker *broker = NULL;
	struct outcome outcome;

	make_secret(secret);
	memcpy(document + strlen(document) + 1, secret, sizeof secret);
	ASSERT_OK(hostile_broker(&broker));
	ASSERT_OK(outcome_start_bytes(broker, document, sizeof document, NULL, &outcome));
	EXPECT_TRUE(is_found(broker, secret));
	brig_broker_destroy(broker);
	EXPECT_INT_EQ(BRIG_DECODE_CANCELLED, outcome.status);
	outcome_finish(&outcome);
}

static void expect_own_layout(pid_t pid, const struct layout *ours, struct layout *ret)
{
	ASSERT_OK(layout_read(pid, ret));
	EXPECT_FALSE(layout_shares(ours, ret));
}

/* Addresses, and the random bytes that canaries are made of. */
TEST_C(secret, is_the_brokers_layout)
{
	struct children children = { .zygote = 0 };
	struct layout ours, renderer, plugin, zygote;

	ASSERT_OK(layout_read(getpid(), &ours));
	EXPECT_TRUE(layout_shares(&ours, &ours));
	start(&children);
	expect_own_layout(children.renderer->pid, &ours, &renderer);
	expect_own_layout(children.plugin->pid, &ours, &plugin);
	expect_own_layout(children.zygote, &ours, &zygote);
	EXPECT_FALSE(layout_shares(&renderer, &plugin));
	/* As the threat model says: those of one zygote share it. */
	EXPECT_UINT_EQ(zygote.program, renderer.program);
	EXPECT_MEM_EQ(zygote.random, renderer.random, sizeof zygote.random);
	end(&children);
}
