/*
 * renderer/runtime/client.h - the child's end: blocking calls to the broker, no event loop.
 */
#ifndef RENDERER_RUNTIME_CLIENT_H
#define RENDERER_RUNTIME_CLIENT_H

#include "ipc/dispatch/arena.h"
#include "ipc/gen/brig.pb-c.h"
#include "ipc/wire/channel.h"

struct brig_client {
	struct brig_channel channel;
	uint64_t next_id;
	int listener; /* of its filter, until the broker took it and work came; owned */
	uint8_t buffer[BRIG_PACKET_MAX];
	struct brig_arena arena;
	void *threads; /* what the role's own threads share with its first */
};

struct brig_job {
	int fd; /* the document; the caller's to close */
	uint64_t max_pixels;
	uint64_t max_bytes;
	uint32_t fit_width, fit_height; /* codecs: the cell, in pixels */
};

struct brig_request {
	uint16_t service;
	uint16_t method;
	const ProtobufCMessage *message;
	const ProtobufCMessageDescriptor *reply; /* what a reply must be */
};

struct brig_answer {
	int fd;                          /* with a reply: the caller's to close; -1: none came */
	const ProtobufCMessage *message; /* the reply, until the next call */
	int refused;                     /* positive errno: a lawful request that was refused */
	uint32_t reason;                 /* enum brig_decode_error, where the refusal has one */
};

/* @fd becomes the client's. */
void brig_client_init(struct brig_client *client, int fd);

/* Wait for the job. 0 and *ret, or -EPIPE the broker is gone, -EPROTO it talks nonsense. */
int brig_client_wait_job(struct brig_client *client, struct brig_job *ret);

/*
 * Ask and wait. 0 and *ret (a reply, or refused set), or -EPIPE, -EPROTO. Never blocks forever: the
 * broker's death closes the channel.
 */
int brig_client_call(struct brig_client *client, const struct brig_request *request,
		     struct brig_answer *ret);

/* Tell, without an answer. 0, or -EPIPE. */
int brig_client_event(struct brig_client *client, uint16_t service, uint16_t method,
		      const ProtobufCMessage *message);

/* The same with one descriptor (the caller's) and nothing else; -ETOOMANYREFS: not now. */
int brig_client_event_fd(const struct brig_client *client, uint16_t service, uint16_t method,
			 int fd);

#endif
