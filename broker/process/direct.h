/* broker/process/direct.h - direct channels, as their broker's other files see them. */
#ifndef BROKER_PROCESS_DIRECT_H
#define BROKER_PROCESS_DIRECT_H

#include "broker/process/process.h"

#include <brig/direct.h>

struct brig_direct_pair {
	enum brig_role_id caller, server;
	const char *why;
};

/* The row by which a child of the one role may call one of the other; NULL: none. */
const struct brig_direct_pair *brig_direct_pair(const struct brig_role *caller,
						const struct brig_role *server);

/* What a child says of its channels; the user is its process. */
struct brig_join_handlers;
extern const struct brig_join_handlers brig_direct_handlers;

/* It is dead: its channels end, each with its on_end. */
void brig_directs_end(struct brig_process *process);

/*
 * Descriptors that it passed over its channels and nobody read, less those that it didn't read:
 * those are the other end's, who may pass none.
 */
long brig_direct_passed(const struct brig_process *process);

/* broker/process/direct.c: no descriptors pass over this socket, where the kernel knows how. */
void brig_refuse_rights(int fd);

/*
 * broker/process/stream.c: a child is dead, and what it wrote can still be read; nothing lives on,
 * each on_end comes.
 */
void brig_streams_orphan(const struct brig_process *process);
void brig_streams_end(struct brig_broker *broker);

/* broker/process/child.c */
struct brig_process *brig_child_process(const struct brig_child *child);
bool brig_service_names(const struct brig_service *service, const char *role);

#endif
