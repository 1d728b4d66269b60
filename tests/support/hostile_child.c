/*
 * A real enemy: seals itself as every renderer does, and then does what the document says. "HOSTILE
 * crash" is what a decoder would do that a document took over.
 */
#include "ipc/schema/services.h"
#include "renderer/image/job.h"
#include "renderer/runtime/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

struct act {
	const char *word;
	int (*run)(struct brig_client *client);
};

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

static int act_loop(struct brig_client *client)
{
	volatile bool forever = true;
	(void)client;

	while (forever)
		;
	return 0;
}

static int act_wait(struct brig_client *client)
{
	struct brig_packet packet;

	return brig_channel_receive(&client->channel, client->buffer, true, &packet);
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

static int send_raw(struct brig_client *client, const struct brig_frame *frame, size_t extra,
		    size_t n_fds)
{
	uint8_t bytes[sizeof *frame + 64] = { 0 };
	int fds[BRIG_FDS_MAX] = { 3, 3, 3, 3 };

	memcpy(bytes, frame, sizeof *frame);
	return brig_packet_send(client->channel.fd, bytes, sizeof *frame + extra, fds, n_fds, true);
}

static struct brig_frame request_frame(uint16_t service, uint16_t method)
{
	return (struct brig_frame){ .version = BRIG_FRAME_VERSION,
				    .kind = BRIG_KIND_REQUEST,
				    .service = service,
				    .method = method,
				    .id = 1 };
}

static int act_short(struct brig_client *client)
{
	(void)brig_packet_send(client->channel.fd, "abc", 3, NULL, 0, true);
	return act_wait(client);
}

static int act_garbage(struct brig_client *client)
{
	uint8_t bytes[512];

	memset(bytes, 0xa5, sizeof bytes);
	(void)brig_packet_send(client->channel.fd, bytes, sizeof bytes, NULL, 0, true);
	return act_wait(client);
}

static int act_length(struct brig_client *client)
{
	struct brig_frame frame = request_frame(BRIG_SERVICE_SURFACE, BRIG_SURFACE_CREATE);

	frame.length = 60;
	(void)send_raw(client, &frame, 8, 0);
	return act_wait(client);
}

static int act_extra_fd(struct brig_client *client)
{
	struct brig_frame frame = request_frame(BRIG_SERVICE_SURFACE, BRIG_SURFACE_CREATE);

	(void)send_raw(client, &frame, 0, 1);
	return act_wait(client);
}

static int act_missing_fd(struct brig_client *client)
{
	struct brig_frame frame = request_frame(BRIG_SERVICE_SURFACE, BRIG_SURFACE_CREATE);

	frame.n_fds = 1;
	(void)send_raw(client, &frame, 0, 0);
	return act_wait(client);
}

static int act_honest_fd(struct brig_client *client)
{
	struct brig_frame frame = request_frame(BRIG_SERVICE_SURFACE, BRIG_SURFACE_CREATE);

	frame.n_fds = 1;
	(void)send_raw(client, &frame, 0, 1);
	return act_wait(client);
}

static int act_method(struct brig_client *client)
{
	struct brig_frame frame = request_frame(31, 1);

	(void)send_raw(client, &frame, 0, 0);
	return act_wait(client);
}

static int act_sealed_again(struct brig_client *client)
{
	struct brig_frame frame = request_frame(BRIG_SERVICE_LIFECYCLE, BRIG_LIFECYCLE_SEALED);

	frame.kind = BRIG_KIND_EVENT;
	frame.id = 0;
	(void)send_raw(client, &frame, 0, 0);
	return act_wait(client);
}

static int act_reply(struct brig_client *client)
{
	struct brig_frame frame = request_frame(BRIG_SERVICE_SURFACE, BRIG_SURFACE_CREATE);

	frame.kind = BRIG_KIND_REPLY;
	(void)send_raw(client, &frame, 0, 0);
	return act_wait(client);
}

/* Lawful requests, as fast as it can, and never a look at a reply. */
static int act_flood(struct brig_client *client)
{
	Brig__Ipc__SurfaceCreate create = BRIG__IPC__SURFACE_CREATE__INIT;
	struct brig_frame frame = request_frame(BRIG_SERVICE_SURFACE, BRIG_SURFACE_CREATE);
	uint8_t bytes[sizeof frame + 64];

	create.width = create.height = 1u << 30;
	create.channels = 4;
	create.depth = 8;
	frame.length = (uint32_t)brig__ipc__surface_create__pack(&create, bytes + sizeof frame);
	int r = 0;
	for (; !r; frame.id++) {
		memcpy(bytes, &frame, sizeof frame);
		r = brig_packet_send(client->channel.fd, bytes, sizeof frame + frame.length, NULL,
				     0, true);
	}
	return 0;
}

static int act_handle(struct brig_client *client)
{
	struct brig_frame frame = request_frame(BRIG_SERVICE_DECODE, BRIG_DECODE_FINISHED);

	frame.kind = BRIG_KIND_EVENT;
	frame.id = 0;
	(void)send_raw(client, &frame, 0, 0);
	return act_wait(client);
}

static int tell(struct brig_client *client, const char *text)
{
	struct brig_decode_failure failure = { .error = BRIG_DECODE_ERROR_CORRUPT };

	(void)strncpy(failure.text, text, sizeof failure.text - 1);
	return brig_job_status(&failure, brig_job_failed(client, 0, &failure));
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
		return tell(client, "got it");
	return tell(client, failure.error == BRIG_DECODE_ERROR_TOO_LARGE ? "refused" : "other");
}

static int act_open(struct brig_client *client)
{
	int fd = (int)syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);

	return tell(client, fd >= 0 ? "opened" : strerrorname_np(errno));
}

static int act_unlisted(struct brig_client *client)
{
	long r = syscall(SYS_getcwd, client->buffer, 100);

	return tell(client, r >= 0 ? "allowed" : strerrorname_np(errno));
}

static int act_code(struct brig_client *client)
{
	void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return tell(client, code != MAP_FAILED ? "mapped" : strerrorname_np(errno));
}

static int act_ptrace(struct brig_client *client)
{
	(void)client;
	return (int)syscall(SYS_ptrace, 16, 1, 0, 0);
}

static int act_fork(struct brig_client *client)
{
	long r = syscall(SYS_clone, 17, NULL, NULL, NULL, 0);

	return tell(client, r >= 0 ? "forked" : strerrorname_np(errno));
}

static int act_socket(struct brig_client *client)
{
	(void)client;
	return (int)syscall(SYS_socket, 1, 1, 0);
}

#if defined(__x86_64__)
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

static const struct act acts[] = {
	{ "crash", act_crash },
	{ "abort", act_abort },
	{ "exit", act_exit },
	{ "silent", act_silent },
	{ "loop", act_loop },
	{ "wait", act_wait },
	{ "memory", act_memory },
	{ "short", act_short },
	{ "garbage", act_garbage },
	{ "length", act_length },
	{ "extra-fd", act_extra_fd },
	{ "missing-fd", act_missing_fd },
	{ "honest-fd", act_honest_fd },
	{ "method", act_method },
	{ "sealed-again", act_sealed_again },
	{ "reply", act_reply },
	{ "flood", act_flood },
	{ "handle", act_handle },
	{ "huge", act_huge },
	{ "open", act_open },
	{ "unlisted", act_unlisted },
	{ "code", act_code },
	{ "ptrace", act_ptrace },
	{ "fork", act_fork },
	{ "socket", act_socket },
#if defined(__x86_64__)
	{ "x32", act_x32 },
	{ "int80", act_int80 },
#endif
};

static int run(struct brig_client *client)
{
	char text[64] = { 0 };
	struct brig_job job;

	if (brig_client_wait_job(client, &job) < 0)
		return 64;
	if (read(job.fd, text, sizeof text - 1) < 0)
		return 64;
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (!strncmp(text, "HOSTILE ", 8) && !strcmp(text + 8, acts[i].word))
			return acts[i].run(client);
	return tell(client, "no such act");
}

static const struct brig_role_main mains[BRIG_ROLE_COUNT] = {
	[BRIG_ROLE_RENDERER] = { .run = run },
};

int main(int argc, char **argv)
{
	return brig_runtime_main(argc, argv, mains) < 0 ? 2 : 0;
}
