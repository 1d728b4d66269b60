/*
 * renderer/runtime/client.h - the child's end: it waits for its broker, and has no event loop.
 */
#ifndef RENDERER_RUNTIME_CLIENT_H
#define RENDERER_RUNTIME_CLIENT_H

#include "ipc/dispatch/peer.h"

#include <brig/direct.h>

struct brig_client {
	struct brig_peer peer; /* its broker */
	int listener;          /* of its filter, until the broker took it and work came; owned */
	uint8_t buffer[BRIG_PACKET_MAX];
	struct brig_arena arena, answer_arena;
	void *threads; /* what the role's own threads share with its first */
	const struct brig_child_program *program; /* the embedder's; NULL: it is Brig's own */
	/* Direct channels: who takes them (brig_direct_listen()). NULL: nobody. */
	int (*on_joined)(void *user, struct brig_peer *direct, const struct brig_joined *joined);
	void *joined_user;
};

struct brig_job {
	int fd; /* the document; the caller's to close */
	uint64_t max_pixels;
	uint64_t max_bytes;
	uint32_t fit_width, fit_height; /* codecs: the cell, in pixels */
};

/* @fd becomes the client's; @role: a constant, the child's own. */
void brig_client_init(struct brig_client *client, const char *role, int fd);

/* Wait for the job. 0 and *ret, or -EPIPE the broker is gone, -EPROTO it talks nonsense. */
int brig_client_wait_job(struct brig_client *client, struct brig_job *ret);

/* The same for "begin", before which nothing else comes. 1, or -errno. */
int brig_client_wait_begin(struct brig_client *client);

/* renderer/runtime/direct.c: from here on it hears of direct channels. */
void brig_client_join(struct brig_client *client);

#endif
