#include "ipc/dispatch/spill.h"

#include "ipc/dispatch/unpack.h"
#include "ipc/schema/services.brig.h"
#include "ipc/shm/rest.h"
#include "ipc/shm/surface.h"
#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define SPILL_MAX (16u << 20) /* as the generator has it */

bool brig_spill_needed(const struct brig_method *method, const ProtobufCMessage *message)
{
	return (method->flags & BRIG_METHOD_SPILL) && message &&
	       protobuf_c_message_get_packed_size(message) > BRIG_PAYLOAD_MAX;
}

/* The frame of what lies elsewhere: @n bytes of it. */
static int send_note(struct brig_peer *peer, const struct brig_method *method,
		     const struct brig_frame *frame, size_t n, const int *fds, size_t n_fds)
{
	Brig__Ipc__Spilled spilled = BRIG__IPC__SPILLED__INIT;
	struct brig_frame header = *frame;

	header.flags |= BRIG_FRAME_SPILLED;
	spilled.bytes = (uint32_t)n;
	const int r = brig_peer_send(peer, &header, &spilled.base, fds, n_fds);
	if (!r)
		brig_stats_add(peer->stats, method, BRIG_STAT_BYTES_OUT,
			       brig_packet_size(&spilled.base) + n);
	return r;
}

static int send_request(struct brig_peer *peer, const struct brig_method *method,
			const struct brig_frame *frame, const ProtobufCMessage *message, size_t n,
			const int *fds, size_t n_fds)
{
	if (n > peer->spill.view.size)
		return -EMSGSIZE;
	if (peer->spill.id)
		return -EAGAIN;
	(void)protobuf_c_message_pack(message, peer->spill.view.writable);
	int r = brig_peer_check_own(peer, method, false, peer->spill.view.writable, n);
	if (!r)
		r = send_note(peer, method, frame, n, fds, n_fds);
	if (!r)
		peer->spill.id = frame->id;
	return r;
}

/* A descriptor of memory that has @message, and can't be written any more; or -errno. */
static int seal_message(struct brig_peer *peer, const struct brig_method *method,
			const ProtobufCMessage *message, size_t n)
{
	brig_auto_fd int fd = brig_shm_create(n);
	uint8_t *bytes;

	if (fd < 0)
		return fd;
	int r = brig_surface_map(fd, n, BRIG_MAP_WRITE, &bytes);
	if (r)
		return r;
	(void)protobuf_c_message_pack(message, bytes);
	r = brig_peer_check_own(peer, method, true, bytes, n);
	(void)munmap(bytes, n);
	if (!r)
		r = brig_shm_seal(fd, F_SEAL_WRITE | F_SEAL_SEAL);
	return r ? r : brig_shm_reopen(fd, O_RDONLY);
}

static int send_reply(struct brig_peer *peer, const struct brig_method *method,
		      const struct brig_frame *frame, const ProtobufCMessage *message, size_t n,
		      const int *fds, size_t n_fds)
{
	int all[BRIG_FDS_MAX];

	if (n > SPILL_MAX || n_fds >= BRIG_FDS_MAX)
		return -EMSGSIZE;
	brig_auto_fd int memory = seal_message(peer, method, message, n);
	if (memory < 0)
		return memory;
	if (n_fds)
		memcpy(all, fds, n_fds * sizeof *all);
	all[n_fds] = memory;
	const int r = send_note(peer, method, frame, n, all, n_fds + 1);
	if (r)
		return r;
	peer->spill.replies++;
	peer->spill.least[peer->spill.n_replies++ % BRIG_SPILL_UNREAD_MAX] = peer->channel.least;
	return 0;
}

int brig_spill_send(struct brig_peer *peer, const struct brig_method *method,
		    const struct brig_frame *frame, const ProtobufCMessage *message, const int *fds,
		    size_t n_fds)
{
	const size_t n = protobuf_c_message_get_packed_size(message);

	/* Neither end can make memory, and neither is to be believed about any. */
	if (peer->direct)
		return -EMSGSIZE;
	return peer->self == BRIG_FROM_CHILD
		       ? send_request(peer, method, frame, message, n, fds, n_fds)
		       : send_reply(peer, method, frame, message, n, fds, n_fds);
}

static enum brig_bad_message read_note(struct brig_peer *peer, struct brig_arena *arena,
				       const uint8_t *payload, size_t n, size_t *ret)
{
	enum brig_bad_message bad;
	const Brig__Ipc__Spilled *spilled = (const void *)brig_unpack(
		arena, &brig__ipc__spilled__rules, payload, n, &peer->breach, &bad);

	if (spilled)
		*ret = spilled->bytes;
	return bad;
}

enum brig_bad_message brig_spill_fetch(struct brig_peer *peer, const struct brig_method *method,
				       const uint8_t *payload, size_t n, uint8_t **ret,
				       size_t *ret_n)
{
	size_t bytes = 0;

	*ret = NULL;
	if (!peer->spill.room)
		return BRIG_BAD_SPILL;
	const enum brig_bad_message bad = read_note(peer, peer->arena, payload, n, &bytes);
	if (bad)
		return bad;
	if (!bytes || bytes > method->max_bytes)
		return BRIG_BAD_SIZE;
	brig_auto_free uint8_t *copy = malloc(bytes);
	if (!copy)
		return BRIG_BAD_NONE;
	/* Once: the child may be writing still. */
	if (brig_unsafe_copy(peer->spill.room, 0, bytes, copy) < 0)
		return BRIG_BAD_SPILL;
	peer->spill.fetched += bytes;
	brig_stats_add(peer->stats, method, BRIG_STAT_BYTES_IN, bytes);
	*ret = copy;
	*ret_n = bytes;
	copy = NULL;
	return BRIG_BAD_NONE;
}

const ProtobufCMessage *brig_unpack_any(struct brig_peer *peer, bool answer,
					const struct brig_message_rules *rules,
					const uint8_t *payload, size_t n,
					enum brig_bad_message *ret_bad)
{
	struct brig_arena *arena = answer ? peer->answer_arena : peer->arena;
	void **large = answer ? &peer->spill.answer : &peer->spill.request;

	brig_free_pointer(large);
	if (!rules->memory)
		return brig_unpack(arena, rules, payload, n, &peer->breach, ret_bad);
	*ret_bad = brig_rules_check(rules, payload, n, &peer->breach);
	if (*ret_bad)
		return NULL;
	*large = malloc(rules->memory);
	if (!*large)
		return NULL;
	brig_arena_start_in(arena, *large, rules->memory);
	const ProtobufCMessage *message = brig_unpack_into(arena, rules->descriptor, payload, n);
	if (!message)
		*ret_bad = BRIG_BAD_ENCODING;
	return message;
}

const ProtobufCMessage *brig_spill_reply(struct brig_peer *peer, const struct brig_method *method,
					 const uint8_t *payload, size_t n, int fd,
					 enum brig_bad_message *ret_bad)
{
	size_t bytes = 0;
	uint8_t *shared;

	*ret_bad = read_note(peer, peer->answer_arena, payload, n, &bytes);
	if (*ret_bad)
		return NULL;
	if (brig_surface_map(fd, bytes, BRIG_MAP_SEALED, &shared) < 0)
		return NULL;
	const ProtobufCMessage *message =
		brig_unpack_any(peer, true, method->reply, shared, bytes, ret_bad);
	(void)munmap(shared, bytes);
	return message;
}

void brig_spill_answered(struct brig_peer *peer, uint64_t id)
{
	if (peer->spill.id == id)
		peer->spill.id = 0;
}

void brig_unpack_over(struct brig_peer *peer)
{
	brig_free_pointer(&peer->spill.request);
}

bool brig_spill_room_taken(const struct brig_peer *peer)
{
	for (unsigned int i = 0; peer->n_asked && i < peer->room_asked; i++)
		if (peer->asked[i].id && peer->asked[i].spilled)
			return true;
	return false;
}

static unsigned int replies_to_come(const struct brig_peer *peer)
{
	unsigned int n = 0;

	for (unsigned int i = 0; peer->n_asked && i < peer->room_asked; i++)
		n += peer->asked[i].id && (peer->asked[i].method->flags & BRIG_METHOD_SPILL);
	return n;
}

static uint64_t oldest_unread(const struct brig_spill *spill)
{
	return spill->least[(spill->n_replies - spill->replies) % BRIG_SPILL_UNREAD_MAX];
}

bool brig_spill_crowded(struct brig_peer *peer, const struct brig_method *method)
{
	struct brig_spill *spill = &peer->spill;

	if (!(method->flags & BRIG_METHOD_SPILL))
		return false;
	const unsigned int to_come = replies_to_come(peer);
	while (spill->replies && spill->replies + to_come >= BRIG_SPILL_UNREAD_MAX &&
	       brig_channel_was_read(&peer->channel, oldest_unread(spill)))
		spill->replies--;
	return spill->replies + to_come >= BRIG_SPILL_UNREAD_MAX;
}

static size_t largest_request(const struct brig_served *served, size_t n)
{
	size_t most = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t m = 0; m < served[i].service->n_methods; m++) {
			const struct brig_method *method = &served[i].service->methods[m];

			if ((method->flags & BRIG_METHOD_SPILL) && method->max_bytes > most)
				most = method->max_bytes;
		}
	return most > BRIG_PAYLOAD_MAX ? most : 0;
}

int brig_spill_make_room(struct brig_peer *peer, const struct brig_served *served, size_t n)
{
	Brig__Ipc__RoomMade made = BRIG__IPC__ROOM_MADE__INIT;

	made.size = largest_request(served, n);
	if (!made.size)
		return 0;
	int r = brig_unsafe_create(made.size, &peer->spill.room);
	if (r)
		return r;
	brig_auto_fd int lent = brig_unsafe_lend(peer->spill.room);
	return lent < 0 ? lent : brig_lifecycle_room(peer, &made, lent);
}

void brig_spill_finish(struct brig_peer *peer)
{
	brig_unsafe_destroy(peer->spill.room);
	peer->spill.room = NULL;
	brig_view_close(&peer->spill.view);
	brig_free_pointer(&peer->spill.request);
	brig_free_pointer(&peer->spill.answer);
}
