/*
 * broker/service/job.h - one document: its renderer, the plugin that may help, the surfaces
 * between, and what the renderer may ask for meanwhile.
 */
#ifndef BROKER_SERVICE_JOB_H
#define BROKER_SERVICE_JOB_H

#include "broker/process/process.h"
#include "broker/service/buffer.h"
#include "broker/service/image.h"
#include "ipc/schema/services.brig.h"
#include "ipc/shm/surface.h"

#include <brig/decode.h>

#define BRIG_JOB_RETRIES_MAX 20
#define BRIG_JOB_FILES_MAX   4096         /* as many as a sheet has cells */
#define BRIG_JOB_LENT_MAX    (4ull << 30) /* bytes: no more fits into a renderer (RLIMIT_AS) */

struct brig_job_file {
	char *name;
	const char *why; /* NULL: nothing is wrong with it */
	int error;
};

struct brig_job_surface {
	uint32_t id; /* 0: none */
	struct brig_buffer *buffer;
	struct brig_geometry geometry;
};

/* What a process of the job may do is decided by which of the two it is. */
struct brig_job_side {
	struct brig_decode *job;
	struct brig_process *process; /* NULL: not started or over */
	struct brig_job_surface surface;
	bool started, finished, over;
	enum brig_decode_status status;
	char text[201];
	uint32_t format;
	struct brig_exit exit;
};

struct brig_decode {
	struct brig_broker *broker;
	struct brig_decode *next;
	char *path;
	int fd, grant_dir;
	uint64_t max_pixels, max_bytes;
	int timeout_ms;
	enum brig_priority priority;
	brig_decode_done *on_done;
	void *user;
	uint64_t started_us;
	uint64_t deadline_us; /* the renderer's; 0: it isn't ready */

	bool active, cancelled, told;
	unsigned int retries;           /* launches that a zygote's death swallowed */
	unsigned int working;           /* tasks on workers that still point here */
	enum brig_decode_status status; /* when it ended before a renderer decided */
	int error;
	struct brig_job_side renderer,
		plugin;                 /* plugin: or a codec, whichever was asked for last */
	struct brig_request asked;      /* what waits for the plugin; id 0: nothing */
	uint32_t plugin_file;           /* which file it decodes */
	uint32_t fit_width, fit_height; /* into which cell; 0: as it is */
	bool document_given;            /* to a plugin, once */
	uint32_t last_given;            /* the file that a plugin was asked for last; 0: none */
	struct brig_job_surface lent;   /* a plugin's surface, at rest, for the renderer */
	uint64_t lent_bytes;            /* of all that were lent: a renderer may keep them */
	uint32_t next_surface;

	struct brig_violation *violation; /* the first of its processes; NULL: none */
	struct brig_job_file *files;
	size_t n_files; /* file n of the protocol is files[n - 1] */
	int last_file;  /* the descriptor of the last one; earlier ones are closed */
	unsigned int file_requests;
};

/* What a renderer or plugin may call, each with a side as user: broker/service/interface.c */
extern const struct brig_offer brig_job_offer;

int brig_surface_create_request(void *side, struct brig_request *call,
				const Brig__Ipc__SurfaceCreate *wanted);
int brig_files_open_request(void *side, struct brig_request *call, const Brig__Ipc__FileOpen *open);
int brig_plugin_decode_request(void *side, struct brig_request *call,
			       const Brig__Ipc__PluginDecode *decode);
int brig_codec_decode_request(void *side, struct brig_request *call,
			      const Brig__Ipc__CodecDecode *decode);
int brig_job_finished_event(void *side, struct brig_request *call,
			    const Brig__Ipc__JobFinished *finished);
int brig_job_failed_event(void *side, struct brig_request *call,
			  const Brig__Ipc__JobFailed *failed);

/* Send the job to a process that is ready. */
void brig_job_begin(struct brig_job_side *side, int fd);
/*
 * How long a plugin may still take, in milliseconds: three quarters of what its renderer has left,
 * so that the renderer can tell of a plugin that hangs.
 */
int brig_plugin_time_ms(const struct brig_decode *job);
/* The plugin's part is over, one way or the other: answer the renderer. */
void brig_plugin_over(struct brig_decode *job);
/* Look whether anything still runs; if not, the last callback. */
void brig_job_step(struct brig_decode *job);
/* The document is open, or status says why not. */
void brig_job_opened(struct brig_decode *job);
/* Begin what waits, as far as the limit on children allows. */
void brig_jobs_advance(struct brig_broker *broker);

/* Its numbers, with a descriptor to lend; for the replies of who made it. -errno, or 0 and *ret_fd,
 * the caller's. */
int brig_surface_lend(const struct brig_job_surface *surface, Brig__Ipc__SurfaceMade *ret,
		      int *ret_fd);
void brig_surface_drop(struct brig_job_surface *surface);

/* Printable ASCII of what a child wrote, at most @size - 1 bytes. */
void brig_quote(char *ret, size_t size, const uint8_t *bytes, size_t n);

extern const struct brig_process_listener brig_renderer_listener;
extern const struct brig_process_listener brig_plugin_listener;

#endif
