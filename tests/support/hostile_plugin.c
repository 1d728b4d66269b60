/*
 * A hostile plugin. What its constructor does is chosen by the build (-DCONSTRUCTOR=...), since no
 * document is there yet; what its decode() does, by the document: "P5 HOSTILE crash".
 */
#include "ipc/schema/services.brig.h"
#include "ipc/schema/services.h"
#include "ipc/wire/frame.h"
#include "tests/support/sweep.h"

#include <brig/layers.h>
#include <brig/plugin.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CHANNEL 3

#ifndef PLUGIN_ABI
#define PLUGIN_ABI BRIG_PLUGIN_ABI
#endif

/* ---- constructors ---- */

/* What the constructor's attempts came to: errno, 0 where there was none. "report" shows it. */
static uint16_t attempts[16];
static size_t n_attempts;

static void attempt(long r)
{
	attempts[n_attempts++] = r < 0 ? (uint16_t)errno : 0;
}

__attribute__((unused)) static void attempt_map(const void *memory)
{
	attempt(memory == MAP_FAILED ? -1 : 0);
}

/* Only the build's choice is used. */
#define CHOICE __attribute__((unused)) static void

CHOICE nothing(void)
{
}

CHOICE files(void)
{
	attempt(syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY));
	attempt(syscall(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY));
	attempt(syscall(SYS_openat, AT_FDCWD, "/etc", O_RDONLY | O_DIRECTORY));
	attempt(syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY));
	attempt(syscall(SYS_openat, AT_FDCWD, "/new", O_WRONLY | O_CREAT, 0600));
	attempt(syscall(SYS_openat, AT_FDCWD, "/plugin.so", O_WRONLY));
	attempt(syscall(SYS_openat, AT_FDCWD, "/usr/lib/new", O_WRONLY | O_CREAT, 0600));
	attempt(syscall(SYS_mkdirat, AT_FDCWD, "/new", 0700));
	attempt(syscall(SYS_unlinkat, AT_FDCWD, "/plugin.so", 0));
	int fd = (int)syscall(SYS_openat, AT_FDCWD, "/etc/ld.so.cache", O_RDONLY);
	attempt(fd);
	attempt(close(fd));
}

/* Where anybody may write, whatever the root is. */
CHOICE writes(void)
{
	attempt(syscall(SYS_openat, AT_FDCWD, "/dev/null", O_WRONLY));
	attempt(syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC));
	attempt(syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY | O_TRUNC));
	attempt(syscall(SYS_openat, AT_FDCWD, "/tmp", O_TMPFILE | O_RDWR, 0600));
}

CHOICE calls(void)
{
	attempt(syscall(SYS_clone, 17, NULL, NULL, NULL, 0));
	attempt(syscall(SYS_clone3, NULL, 0));
	attempt(syscall(SYS_kill, -1, 9));
	attempt(syscall(SYS_memfd_create, "code", 0));
	attempt(syscall(SYS_setrlimit, 0, NULL));
	attempt(syscall(SYS_landlock_add_rule, -1, 0, NULL, 0));
}

/* Its end with the broker's, what others of its user may see of it, whom its channel signals. */
CHOICE loosen(void)
{
	attempt(syscall(SYS_prctl, PR_SET_PDEATHSIG, 0, 0, 0, 0));
	attempt(syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0));
	attempt(syscall(SYS_fcntl, CHANNEL, F_SETOWN, 0));
	attempt(syscall(SYS_close_range, CHANNEL + 1, ~0u, 0));
}

CHOICE code(void)
{
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	attempt_map(mmap(NULL, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	attempt(mprotect(memory, 4096, PROT_READ | PROT_EXEC));
	(void)munmap(memory, 4096);
}

CHOICE call_socket(void)
{
	(void)syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
}

CHOICE call_vfork(void)
{
	(void)syscall(SYS_vfork);
}

CHOICE call_execve(void)
{
	(void)syscall(SYS_execve, "/usr/lib/ld.so", NULL, NULL);
}

CHOICE call_ptrace(void)
{
	(void)syscall(SYS_ptrace, 16, 1, 0, 0);
}

CHOICE crash(void)
{
	volatile uintptr_t nowhere = 16;

	*(volatile int *)nowhere = 1;
}

CHOICE loop(void)
{
	for (volatile bool forever = true; forever;)
		;
}

CHOICE leave(void)
{
	_exit(0);
}

static void send_raw(const struct brig_frame *frame, const void *payload, size_t n, bool fd_too)
{
	uint8_t bytes[sizeof *frame + 128];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .bytes = { 0 } };
	struct iovec iov = { bytes, sizeof *frame + n };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

	memcpy(bytes, frame, sizeof *frame);
	memcpy(bytes + sizeof *frame, payload, n);
	if (fd_too) {
		const int fd = CHANNEL;

		message.msg_control = control.bytes;
		message.msg_controllen = sizeof control.bytes;
		*CMSG_FIRSTHDR(&message) = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof fd),
							     .cmsg_level = SOL_SOCKET,
							     .cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &fd, sizeof fd);
	}
	while (sendmsg(CHANNEL, &message, 0) < 0 && errno == ETOOMANYREFS)
		; /* those of others of its user lie unread */
}

static void wait_for_the_end(void)
{
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

	while (recvmsg(CHANNEL, &message, 0) > 0 || errno == EAGAIN)
		;
}

CHOICE garbage(void)
{
	struct brig_frame frame;

	memset(&frame, 0xa5, sizeof frame);
	send_raw(&frame, "", 0, false);
	wait_for_the_end();
}

/* "I am sealed", before it is: every layer fine, four descriptors open, and maybe a listener. */
__attribute__((unused)) static void send_sealed(uint8_t listener)
{
	uint8_t sealed[2 + BRIG_LAYER_COUNT + 4] = { 0x0a, BRIG_LAYER_COUNT };
	const struct brig_frame frame = { .version = BRIG_FRAME_VERSION,
					  .kind = BRIG_KIND_EVENT,
					  .service = BRIG_LIFECYCLE_ID,
					  .method = BRIG_LIFECYCLE_SEALED,
					  .length = sizeof sealed };

	sealed[2 + BRIG_LAYER_COUNT] = 0x10;
	sealed[2 + BRIG_LAYER_COUNT + 1] = 4;
	sealed[2 + BRIG_LAYER_COUNT + 2] = 0x18;
	sealed[2 + BRIG_LAYER_COUNT + 3] = listener;
	send_raw(&frame, sealed, sizeof sealed, false);
}

CHOICE forge(void)
{
	send_sealed(0);
	wait_for_the_end();
}

/* With a filter of its own, that allows all, in the last one's place: the number is right. */
__attribute__((unused)) static void pass_for_sealed(uint8_t listener)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	const struct sock_fprog program = { 1, &allow };
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		_exit(1);
	send_sealed(listener);
	ssize_t n;
	do {
		n = recvmsg(CHANNEL, &message, 0);
	} while (n < 0 && errno == EAGAIN);
	if (n > 0) /* its work */
		call_socket();
	_exit(2);
}

CHOICE forge_filter(void)
{
	pass_for_sealed(0);
}

/* One descriptor more than it may have, which it says is a listener: its role has none. */
CHOICE forge_listener(void)
{
	const long fd = syscall(SYS_openat, AT_FDCWD, "/etc/ld.so.cache", O_RDONLY);

	if (fd < 0)
		_exit(3);
	pass_for_sealed((uint8_t)fd);
}

__attribute__((constructor)) static void construct(void)
{
	CONSTRUCTOR();
}

/* ---- decode() ---- */

static uint8_t input[64 + SWEEP_MAX * sizeof(struct sweep_call)];
static size_t input_bytes;

static size_t stride; /* of the one surface */

static void *ask(const struct brig_plugin_host *host, uint32_t width, uint32_t height)
{
	return host->surface(host->user, width, height, 1, 16, &stride);
}

static int give(const struct brig_plugin_host *host, const uint16_t *values, size_t n)
{
	void *pixels = ask(host, (uint32_t)n, 1);

	if (!pixels)
		return -1;
	memcpy(pixels, values, n * sizeof *values);
	return 0;
}

static int act_report(const struct brig_plugin_host *host)
{
	return give(host, attempts, n_attempts);
}

static int act_sweep(const struct brig_plugin_host *host)
{
	static struct sweep_call wanted[SWEEP_MAX];
	static uint16_t errors[SWEEP_MAX];
	const size_t start = strlen((const char *)input) + 1;
	const size_t n = (input_bytes - start) / sizeof *wanted;

	memcpy(wanted, input + start, n * sizeof *wanted);
	sweep_run(wanted, n, errors);
	return give(host, errors, n);
}

static int act_crash(const struct brig_plugin_host *host)
{
	(void)host;
	crash();
	return 0;
}

static int act_loop(const struct brig_plugin_host *host)
{
	(void)host;
	loop();
	return 0;
}

static int act_memory(const struct brig_plugin_host *host)
{
	const void *memory = NULL;
	(void)host;

	while (memory != MAP_FAILED)
		memory = mmap(NULL, 64u << 20, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	_exit(65);
}

static int act_garbage(const struct brig_plugin_host *host)
{
	(void)host;
	garbage();
	return 0;
}

static const struct brig_frame surface_frame = { .version = BRIG_FRAME_VERSION,
						 .kind = BRIG_KIND_REQUEST,
						 .service = BRIG_SURFACE_ID,
						 .method = BRIG_SURFACE_CREATE,
						 .id = 1000,
						 .length = 8 };
static const uint8_t surface_bytes[] = { 8, 1, 16, 1, 24, 1, 32, 8 };

/* The host refuses a second one; so past the host. */
static int act_two_surfaces(const struct brig_plugin_host *host)
{
	if (!ask(host, 1, 1) || ask(host, 1, 1))
		return -1;
	send_raw(&surface_frame, surface_bytes, sizeof surface_bytes, false);
	wait_for_the_end();
	return 0;
}

static int act_extra_fd(const struct brig_plugin_host *host)
{
	(void)host;
	send_raw(&surface_frame, surface_bytes, sizeof surface_bytes, true);
	wait_for_the_end();
	return 0;
}

/* The plugin's role has no files to ask for: the same as if there were none. */
static int act_files(const struct brig_plugin_host *host)
{
	struct brig_frame frame = surface_frame;
	(void)host;

	frame.service = BRIG_FILES_ID;
	frame.method = BRIG_FILES_OPEN;
	send_raw(&frame, surface_bytes, sizeof surface_bytes, false);
	wait_for_the_end();
	return 0;
}

static int act_no_surface(const struct brig_plugin_host *host)
{
	(void)host;
	return 0;
}

/* The same lie, past the host. */
static int act_finish(const struct brig_plugin_host *host)
{
	static const uint8_t surface1[] = { 8, 1 };
	const struct brig_frame frame = { .version = BRIG_FRAME_VERSION,
					  .kind = BRIG_KIND_EVENT,
					  .service = BRIG_JOB_ID,
					  .method = BRIG_JOB_FINISHED,
					  .length = sizeof surface1 };
	(void)host;

	send_raw(&frame, surface1, sizeof surface1, false);
	wait_for_the_end();
	return 0;
}

static int act_no_pixels(const struct brig_plugin_host *host)
{
	return ask(host, 100, 100) ? 0 : -1;
}

/* The largest picture there may be. */
static int act_largest(const struct brig_plugin_host *host)
{
	return host->surface(host->user, 10000, 10000, 4, 16, &stride) ? 0 : -1;
}

/* Rows as far apart as it likes, not as it was told. */
static int act_stride(const struct brig_plugin_host *host)
{
	uint8_t *pixels = ask(host, 16, 16);

	for (size_t y = 0; pixels && y < 16; y++)
		memset(pixels + (y << 26), 0xaa, 1u << 26);
	return 0;
}

static int act_nothing_wide(const struct brig_plugin_host *host)
{
	return ask(host, 0, 100) ? 0 : -1;
}

static int act_channels(const struct brig_plugin_host *host)
{
	return host->surface(host->user, 1, 1, 9, 8, &stride) ? 0 : -1;
}

static int act_reason(const struct brig_plugin_host *host)
{
	char text[100000];

	memset(text, 27, sizeof text - 1);
	text[sizeof text - 1] = '\0';
	host->fail(host->user, (enum brig_plugin_error)99, text);
	host->fail(host->user, BRIG_PLUGIN_TRUNCATED, NULL);
	return 0;
}

static const struct {
	const char *word;
	int (*run)(const struct brig_plugin_host *host);
} acts[] = {
	{ "report", act_report },
	{ "sweep", act_sweep },
	{ "crash", act_crash },
	{ "loop", act_loop },
	{ "memory", act_memory },
	{ "garbage", act_garbage },
	{ "two-surfaces", act_two_surfaces },
	{ "extra-fd", act_extra_fd },
	{ "files", act_files },
	{ "no-surface", act_no_surface },
	{ "finish", act_finish },
	{ "no-pixels", act_no_pixels },
	{ "largest", act_largest },
	{ "stride", act_stride },
	{ "nothing-wide", act_nothing_wide },
	{ "channels", act_channels },
	{ "reason", act_reason },
};

static int decode(const struct brig_plugin_host *host)
{
	ssize_t n = host->read(host->user, input, sizeof input - 1);

	input_bytes = n > 0 ? (size_t)n : 0;
	if (strncmp((const char *)input, "P5 HOSTILE ", 11) != 0)
		return -1;
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (!strcmp((const char *)input + 11, acts[i].word))
			return acts[i].run(host);
	return -1;
}

#ifdef NEEDS_NOWHERE
int hostile_nowhere(void);
#endif

#ifndef NO_ENTRY
const struct brig_plugin *brig_plugin_entry(void)
{
	static const struct brig_plugin plugin = { PLUGIN_ABI, sizeof plugin, "pnm", decode };

#ifdef NEEDS_NOWHERE
	if (hostile_nowhere())
		return NULL;
#endif
	return &plugin;
}
#else
BRIG_PLUGIN_EXPORT int (*const unused)(const struct brig_plugin_host *host) = decode;
#endif
