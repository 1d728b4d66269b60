/*
 * brig/decode.h - decode an untrusted image in a sealed renderer of its own.
 *
 * Threads, signals, kernel: as in brig/broker.h.
 * Blocking: never; files are opened by the broker's workers.
 */
#ifndef BRIG_DECODE_H
#define BRIG_DECODE_H

#include <brig/broker.h>
#include <brig/export.h>
#include <brig/image.h>
#include <brig/priority.h>

#include <stddef.h>
#include <stdint.h>

BRIG_BEGIN_DECLS

struct brig_decode; /* a job; from brig_decode_start() until on_done returns */

/* What became of a job. The numbers are stable. */
enum brig_decode_status {
	BRIG_DECODE_OK,
	BRIG_DECODE_CANNOT_OPEN, /* error: errno of open(2) */
	BRIG_DECODE_NOT_REGULAR, /* a directory, FIFO, socket or device */
	BRIG_DECODE_EMPTY,
	BRIG_DECODE_TOO_MANY_BYTES,  /* over max_bytes */
	BRIG_DECODE_TOO_MANY_PIXELS, /* over max_pixels, or a side over 2^30 */
	BRIG_DECODE_NOT_AN_IMAGE,    /* no format that is known here */
	BRIG_DECODE_TRUNCATED,
	BRIG_DECODE_CORRUPT,
	BRIG_DECODE_UNSUPPORTED, /* a known format's feature that isn't handled */
	BRIG_DECODE_NO_MEMORY,
	BRIG_DECODE_CHILD_DIED,    /* exit says how; if that was clean, plugin_exit */
	BRIG_DECODE_LAUNCH_FAILED, /* exit says at which stage; nothing was run */
	BRIG_DECODE_CANCELLED,
	BRIG_DECODE_STATUS_COUNT
};

#define BRIG_DECODE_MAX_PIXELS 100000000ull /* default: 100 million */
#define BRIG_DECODE_MAX_BYTES  268435456ull /* default: 256 MiB */
#define BRIG_DECODE_TIMEOUT_MS 30000        /* default: 30 s */

struct brig_decode_request {
	size_t size;      /* sizeof(struct brig_decode_request) */
	const char *path; /* opened by a worker; borrowed, copied. NULL: use fd. */
	int fd;           /* regular file or sealed memfd, read-only; borrowed, duplicated; offset
			     ignored (reading starts at 0). -1 when path is given. */
	int grant_dir;    /* directory from which the renderer may ask for files by name (a sheet's
			     pictures); borrowed, duplicated. -1: the path's own directory if
			     the document begins as a sheet does, else nothing. */
	uint64_t max_pixels; /* width × height; 0: BRIG_DECODE_MAX_PIXELS */
	uint64_t max_bytes;  /* of one input file; 0: BRIG_DECODE_MAX_BYTES */
	int timeout_ms;      /* from sealed to done, 1..3600000; 0: BRIG_DECODE_TIMEOUT_MS. A
				plugin has three quarters of what is left when it is asked. */
	unsigned int unused; /* never read: older callers left what they liked there */
	/* Of the renderer, and of the plugins and codecs that help it. May be missing: a struct
	   that ends before it asks for BRIG_PRIORITY_ROLE. */
	enum brig_priority priority;
	unsigned int reserved; /* 0 */
};

/* A file that the renderer asked for and did not get, or could not decode. */
struct brig_decode_refusal {
	const char *name; /* as asked for: hostile bytes, without NUL or '/'-cleaning; escape before
			     showing */
	const char *why;  /* a sentence of ours */
	int error;        /* positive errno; 0: opened, but the renderer could not decode it */
};

struct brig_decode_result {
	enum brig_decode_status status;
	int error;                /* CANNOT_OPEN: positive errno */
	const char *message;      /* one line for people, printable ASCII only */
	const char *format;       /* "png", "jpeg", "qoi", "pnm", "sheet"; "" if not known */
	struct brig_image *image; /* OK: borrowed until on_done returns; brig_image_ref() to keep */
	const struct brig_decode_refusal *refusals; /* n_refusals of them */
	size_t n_refusals;
	const struct brig_exit *exit; /* how the renderer ended; NULL if none was started */
	const struct brig_exit
		*plugin_exit; /* how the last plugin ended; NULL if none was started */
	uint64_t elapsed_us;  /* from start to now */
	/* The first forbidden call that ended a process of the job, as on_violation has it, told
	   or not; NULL if none did. */
	const struct brig_violation *violation;
};

/**
 * Called once for each job, on the broker's thread; the last call for the job.
 *
 * @result borrowed, valid until the callback returns.
 */
typedef void brig_decode_done(void *user, const struct brig_decode_result *result);

/**
 * Begin decoding one image in a renderer of its own.
 *
 * @broker  borrowed; must outlive the job.
 * @request borrowed, copied.
 * @on_done required; called exactly once, never from within this call.
 * @user    handed to @on_done.
 * @ret     may be NULL; written on success only. Owned by @broker, valid until @on_done returns.
 *
 * Returns 0, or -EINVAL bad argument, -ENOMEM, -EMFILE, -EBADF.
 * A file that can't be opened is no error here but a result.
 */
BRIG_API BRIG_MUST_USE int brig_decode_start(struct brig_broker *broker,
					     const struct brig_decode_request *request,
					     brig_decode_done *on_done, void *user,
					     struct brig_decode **ret);

/**
 * End a job early: its processes are killed, and on_done follows with BRIG_DECODE_CANCELLED.
 */
BRIG_API void brig_decode_cancel(struct brig_decode *job);

/**
 * Short stable name of a status, such as "truncated"; "?" if it is none.
 * Thread: any.
 */
BRIG_API const char *brig_decode_status_name(enum brig_decode_status status);

BRIG_END_DECLS

#endif
