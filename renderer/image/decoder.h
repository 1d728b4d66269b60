/*
 * renderer/image/decoder.h - what a decoder is: a row in a table and one file.
 *
 * Everything here runs inside a sealed renderer: no files can be opened, no thread made. A decoder
 * reads its input by brig_input_read(), asks for memory for the picture once through the sink, and
 * writes pixels there. It never sees the broker.
 */
#ifndef RENDERER_IMAGE_DECODER_H
#define RENDERER_IMAGE_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Where pixels go. Rows are stride bytes apart; 16-bit channels are in host byte order. */
struct brig_canvas {
	uint8_t *pixels;
	size_t stride;
	uint32_t width;
	uint32_t height;
	uint32_t channels; /* 1 grey, 2 grey+alpha, 3 RGB, 4 RGBA (not premultiplied) */
	uint32_t depth;    /* 8 or 16 */
};

/* Same numbers as in ipc/schema (BrigFailure). */
enum brig_decode_error {
	BRIG_DECODE_ERROR_NONE = 0,
	BRIG_DECODE_ERROR_NOT_AN_IMAGE = 1,
	BRIG_DECODE_ERROR_TRUNCATED = 2,
	BRIG_DECODE_ERROR_CORRUPT = 3,
	BRIG_DECODE_ERROR_UNSUPPORTED = 4,
	BRIG_DECODE_ERROR_NO_MEMORY = 5,
	BRIG_DECODE_ERROR_TOO_LARGE = 6, /* refused by the sink: over the limits */
	BRIG_DECODE_ERROR_CHANNEL = 7,   /* the broker is gone or answers nonsense */
};

#define BRIG_DECODE_TEXT_MAX 200

struct brig_decode_failure {
	enum brig_decode_error error;
	char text[BRIG_DECODE_TEXT_MAX]; /* for people: what the library said; may be empty */
};

/* Write why; returns -1, so that a decoder can `return brig_decode_fail(...)`. printf format. */
int brig_decode_fail(struct brig_decode_failure *failure, enum brig_decode_error error,
		     const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Buffered reading from a file descriptor that the broker passed. */
struct brig_input {
	int fd;            /* borrowed */
	off_t offset;      /* of the next byte to read; the descriptor's own is not used */
	uint8_t *buffer;   /* owned */
	size_t start, end; /* unread bytes in buffer */
	bool at_end;
	int error; /* positive errno of a failed read(2), sticky */
};

#define BRIG_INPUT_BUFFER 65536

/* 0 or -ENOMEM. @fd stays the caller's. finish copes with a half-built object. */
int brig_input_init(struct brig_input *input, int fd);
void brig_input_finish(struct brig_input *input);

/* The next unread bytes, at least one unless at the end; not consumed. Returns how many. */
size_t brig_input_peek(struct brig_input *input, const uint8_t **ret);

/* Make sure that @n bytes (<= BRIG_INPUT_BUFFER) are in the buffer if the file has them. */
size_t brig_input_fill(struct brig_input *input, size_t n, const uint8_t **ret);

void brig_input_consume(struct brig_input *input, size_t n);

/* Read exactly up to @n bytes; fewer only at the end of the file. */
size_t brig_input_read(struct brig_input *input, void *buffer, size_t n);

/*
 * Where a decoder gets the picture's memory: shared memory from the broker for the document itself,
 * the heap for a picture within a sheet. Called at most once a picture; zeroed, or not: a decoder
 * writes every pixel. Returns 0 and *ret, or -1 with *failure filled.
 */
struct brig_sink {
	int (*surface)(void *user, uint32_t width, uint32_t height, uint32_t channels,
		       uint32_t depth, struct brig_canvas *ret,
		       struct brig_decode_failure *failure);
	void *user;
};

struct brig_decoder {
	const char *name; /* as told to people: "png" */
	/* Does a file that starts with these bytes look like one? */
	bool (*match)(const uint8_t *head, size_t n);
	/*
	 * Decode @input onto one surface of @sink. Returns 0 and *ret (the surface that was
	 * filled), or -1 with *failure filled. NULL for a format that a plugin decodes.
	 */
	int (*decode)(struct brig_input *input, const struct brig_sink *sink,
		      struct brig_canvas *ret, struct brig_decode_failure *failure);
	const char *plugin; /* the plugin to ask for instead, NULL if decode is set */
	const char *why;    /* why it is decoded where it is */
};

#define BRIG_SNIFF_BYTES 64

/* The decoder for a file that starts with these bytes, or NULL. */
const struct brig_decoder *brig_decoder_find(const uint8_t *head, size_t n);

int brig_png_decode(struct brig_input *input, const struct brig_sink *sink, struct brig_canvas *ret,
		    struct brig_decode_failure *failure);
int brig_jpeg_decode(struct brig_input *input, const struct brig_sink *sink,
		     struct brig_canvas *ret, struct brig_decode_failure *failure);

/* Touch, before the seal, what the decoders' libraries would look for in files. Idempotent. */
void brig_decoders_warm_up(void);

#endif
