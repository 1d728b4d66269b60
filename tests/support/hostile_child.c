/*
 * A real enemy: seals itself as every renderer does, and then does what the document says. "HOSTILE
 * crash" is what a decoder would do that a document took over.
 */
#include "renderer/image/job.h"
#include "renderer/plugin/host.h"
#include "renderer/runtime/runtime.h"
#include "tests/support/hostile.h"
#include "tests/support/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int hostile_tell(struct brig_client *client, const char *text)
{
	struct brig_decode_failure failure = { .error = BRIG_DECODE_ERROR_CORRUPT };

	(void)strncpy(failure.text, text, sizeof failure.text - 1);
	return brig_job_status(&failure, brig_tell_failed(client, 0, &failure));
}

int hostile_tell_error(struct brig_client *client, int error, const char *text)
{
	return hostile_tell(client, error ? strerrorname_np(error) : text);
}

int hostile_wait(struct brig_client *client)
{
	struct brig_packet packet;

	return brig_channel_receive(&client->peer.channel, client->buffer, true, &packet);
}

static int act_crash(struct brig_client *client)
{
	volatile uintptr_t nowhere = 16;
	(void)client;

	*(volatile int *)nowhere = 1;
	return 0;
}

static int act_abort(struct brig_client *client)
{
	(void)client;
	abort();
}

static int act_exit(struct brig_client *client)
{
	(void)client;
	return 7;
}

static int act_silent(struct brig_client *client)
{
	(void)client;
	return 0;
}

int hostile_loop(struct brig_client *client)
{
	volatile bool forever = true;
	(void)client;

	while (forever)
		;
	return 0;
}

static int act_memory(struct brig_client *client)
{
	const size_t step = 64u << 20;
	(void)client;

	for (;;) {
		char *memory = mmap(NULL, step, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (memory == MAP_FAILED)
			return 65;
		memory[0] = 1;
	}
}

static int act_huge(struct brig_client *client)
{
	const struct brig_canvas wanted = {
		.width = 0xffffffff, .height = 0xffffffff, .channels = 4, .depth = 16
	};
	struct brig_decode_failure failure = { 0 };
	struct brig_canvas canvas;
	uint32_t surface;

	if (brig_surface_ask(client, &wanted, &canvas, &surface, &failure) == 0)
		return hostile_tell(client, "got it");
	return hostile_tell(client,
			    failure.error == BRIG_DECODE_ERROR_TOO_LARGE ? "refused" : "other");
}

static int act_open(struct brig_client *client)
{
	int fd = (int)syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);

	return hostile_tell_error(client, fd >= 0 ? 0 : errno, "opened");
}

static int act_unlisted(struct brig_client *client)
{
	long r = syscall(SYS_getcwd, client->buffer, 100);

	return hostile_tell_error(client, r >= 0 ? 0 : errno, "allowed");
}

static int act_code(struct brig_client *client)
{
	void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return hostile_tell_error(client, code != MAP_FAILED ? 0 : errno, "mapped");
}

/* Its replies would block no more, and a stream of the broker's neither. */
static int act_nonblock(struct brig_client *client)
{
	long r = syscall(SYS_fcntl, client->peer.channel.fd, F_SETFL, O_NONBLOCK);

	return hostile_tell_error(client, r >= 0 ? 0 : errno, "set");
}

static int act_nonblock_ioctl(struct brig_client *client)
{
	int on = 1;
	long r = syscall(SYS_ioctl, client->peer.channel.fd, FIONBIO, &on);

	return hostile_tell_error(client, r >= 0 ? 0 : errno, "set");
}

static int act_stop(struct brig_client *client)
{
	long r = syscall(SYS_kill, 0, SIGSTOP);

	return hostile_tell_error(client, r >= 0 ? 0 : errno, "sent");
}

/* Gone for the broker, and still there. */
static int act_unplug(struct brig_client *client)
{
	(void)close(client->peer.channel.fd);
	return hostile_loop(client);
}

static int act_leave(struct brig_client *client)
{
	(void)close(client->peer.channel.fd);
	return 0;
}

static int act_ptrace(struct brig_client *client)
{
	(void)client;
	return (int)syscall(SYS_ptrace, 16, 1, 0, 0);
}

static int act_fork(struct brig_client *client)
{
	long r = syscall(SYS_clone, 17, NULL, NULL, NULL, 0);

	return hostile_tell_error(client, r >= 0 ? 0 : errno, "forked");
}

static int act_socket(struct brig_client *client)
{
	(void)client;
	return syscall(SYS_socket, 1, 1, 0) < 0 ? errno : 0;
}

/* So many mappings, no two alike, that its libraries stand far behind them. */
static int act_crowd(struct brig_client *client)
{
	for (int i = 0; i < 8000; i++) {
		const int prot = i % 2 ? PROT_READ : PROT_READ | PROT_WRITE;
		const void *one = mmap(NULL, 4096, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (one == MAP_FAILED)
			return errno;
	}
	return act_socket(client);
}

#if defined(__x86_64__)
/* By itself, not by libc: to be found by its name, so it has one of its own. */
int hostile_own_socket(struct brig_client *client);

__attribute__((noinline)) int hostile_own_socket(struct brig_client *client)
{
	long r = SYS_socket;
	(void)client;

	__asm__ volatile("syscall"
			 : "+a"(r)
			 : "D"(2L), "S"(1L | O_CLOEXEC), "d"(0L)
			 : "rcx", "r11", "memory");
	return (int)r;
}

static int act_x32(struct brig_client *client)
{
	(void)client;
	return (int)syscall(0x40000000 | SYS_read, 0, NULL, 0);
}

static int act_int80(struct brig_client *client)
{
	long r = 20; /* getpid of i386 */
	(void)client;

	__asm__ volatile("int $0x80" : "+a"(r) : : "memory");
	return (int)r;
}
#endif

/* Memory that is really used, as fast as it can be had. */
static int act_fill(struct brig_client *client)
{
	const size_t step = 4u << 20;
	(void)client;

	for (int i = 0; i < 128; i++) {
		char *memory = mmap(NULL, step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				    -1, 0);

		if (memory == MAP_FAILED)
			return 65;
		memset(memory, 1, step);
	}
	return 0;
}

/* Be as urgent as the most urgent, again. */
static int act_hurry(struct brig_client *client)
{
	long r = syscall(SYS_setpriority, PRIO_PROCESS, 0, 0);

	if (r < 0 && errno == EPERM)
		r = syscall(SYS_ioprio_set, 1, 0, 2 << 13);
	return hostile_tell_error(client, r >= 0 ? 0 : errno, "hurried");
}

static const struct hostile_act acts[] = {
	{ "crash", act_crash },
	{ "abort", act_abort },
	{ "exit", act_exit },
	{ "silent", act_silent },
	{ "loop", hostile_loop },
	{ "wait", hostile_wait },
	{ "memory", act_memory },
	{ "huge", act_huge },
	{ "open", act_open },
	{ "unlisted", act_unlisted },
	{ "code", act_code },
	{ "nonblock", act_nonblock },
	{ "nonblock-ioctl", act_nonblock_ioctl },
	{ "stop", act_stop },
	{ "unplug", act_unplug },
	{ "leave", act_leave },
	{ "ptrace", act_ptrace },
	{ "fork", act_fork },
	{ "socket", act_socket },
	{ "crowd", act_crowd },
	{ "hurry", act_hurry },
	{ "fill", act_fill },
#if defined(__x86_64__)
	{ "own-socket", hostile_own_socket },
	{ "x32", act_x32 },
	{ "int80", act_int80 },
#endif
};

static const struct hostile_acts system_acts = { acts, sizeof acts / sizeof *acts };

/* "HOSTILE sweep", a byte 0, and the calls: what came of them becomes a picture one pixel high. */
static int sweep(struct brig_client *client, int document, off_t offset)
{
	static struct sweep_call calls[SWEEP_MAX];
	static uint16_t errors[SWEEP_MAX];
	ssize_t n = pread(document, calls, sizeof calls, offset);
	struct brig_canvas canvas, wanted = { .height = 1, .channels = 1, .depth = 16 };
	struct brig_decode_failure failure = { 0 };
	uint32_t surface;

	if (n < (ssize_t)sizeof *calls)
		return hostile_tell(client, "no calls");
	wanted.width = (uint32_t)((size_t)n / sizeof *calls);
	if (brig_surface_ask(client, &wanted, &canvas, &surface, &failure) < 0)
		return hostile_tell(client, "no surface");
	sweep_run(calls, wanted.width, errors);
	memcpy(canvas.pixels, errors, wanted.width * sizeof *errors);
	return brig_tell_finished(client, 0, surface, NULL, 0);
}

static int run(struct brig_client *client)
{
	static const struct hostile_acts *const all[] = { &system_acts, &hostile_wire_acts,
							  &hostile_surface_acts };
	/* May come before: files are granted then; or an honest renderer asks a codec. */
	static const char sheet[] = "BRIG-SHEET 1\n", png[] = "\x89PNG\r\n\x1a\n";
	char text[64] = { 0 };
	const char *word = text;
	struct brig_job job;

	if (brig_client_wait_job(client, &job) < 0)
		return 64;
	if (pread(job.fd, text, sizeof text - 1, 0) < 0)
		return 64;
	(void)lseek(job.fd, 0, SEEK_END); /* refused; and whose offset is it? */
	if (!strncmp(text, sheet, sizeof sheet - 1))
		word += sizeof sheet - 1;
	else if (!strncmp(text, png, sizeof png - 1))
		word += sizeof png - 1;
	if (strncmp(word, "HOSTILE ", 8) != 0)
		return hostile_tell(client, "no act");
	word += 8;
	if (!strcmp(word, "sweep"))
		return sweep(client, job.fd, (off_t)strlen(text) + 1);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		for (size_t j = 0; j < all[i]->n; j++)
			if (!strcmp(word, all[i]->rows[j].word))
				return all[i]->rows[j].run(client);
	return hostile_tell(client, "no such act");
}

/* One is the enemy, the others are honest: a hostile renderer has those, too. */
static const struct brig_role_main mains[BRIG_ROLE_COUNT] = {
#ifdef BRIG_HOSTILE_IS_CODEC
	[BRIG_ROLE_RENDERER] = { .warm_up = brig_decoders_warm_up, .run = brig_renderer_run },
	[BRIG_ROLE_CODEC] = { .run = run },
#else
	[BRIG_ROLE_RENDERER] = { .run = run },
	[BRIG_ROLE_CODEC] = { .run = brig_codec_run },
#endif
	[BRIG_ROLE_PLUGIN] = { .load = brig_plugin_load, .run = brig_plugin_run },
};

int main(int argc, char **argv)
{
	return brig_runtime_main(argc, argv, mains) < 0 ? 2 : 0;
}
