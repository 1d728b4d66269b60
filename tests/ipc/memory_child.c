/* The helper of lent_test: does with memory what it is told, lawful or not. */
#include "memory.brig.h"

#include <brig/child.h>
#include <brig/memory.h>

#include <string.h>
#include <unistd.h>

static int tell(struct brig_peer *peer, int64_t number)
{
	Memory__Told told = MEMORY__TOLD__INIT;

	told.number = number;
	return memory_store_tell(peer, &told);
}

static int64_t look(const struct brig_view *view)
{
	int64_t sum = 0;

	for (size_t i = 0; i < view->size; i++)
		sum += view->bytes[i];
	return sum;
}

/* As fast as it can: all of it one value, then the other. */
static _Noreturn void flicker(struct brig_view *view)
{
	volatile uint8_t *bytes = view->writable;

	for (uint8_t value = 0;; value = (uint8_t)~value)
		for (size_t i = 0; i < view->size; i++)
			bytes[i] = value;
}

static int pass(struct brig_peer *peer, int fd)
{
	const Memory__Told told = MEMORY__TOLD__INIT;

	return memory_store_pass(peer, &told, fd);
}

/* How many bytes there were. */
static int64_t write_to(struct brig_view *view, uint32_t offset, uint32_t length)
{
	uint8_t *bytes = brig_view_at(view, offset, length);

	if (bytes)
		memset(bytes, 0x77, length);
	return bytes ? (int64_t)length : 0;
}

static int use(struct brig_peer *peer, Memory__Act act, struct brig_view *view)
{
	if (act == MEMORY__ACT__FILL || act == MEMORY__ACT__KEEP)
		memset(view->writable, 0x5a, view->size);
	const int64_t sum = look(view);
	if (act == MEMORY__ACT__LOOK || act == MEMORY__ACT__FILL)
		brig_view_close(view);
	int r = tell(peer, sum);
	if (act == MEMORY__ACT__FLICKER)
		flicker(view);
	return r;
}

static int lend(void *user, struct brig_request *call, const Memory__Lent *lent)
{
	const unsigned int flags = lent->act == MEMORY__ACT__LOOK ? 0 : BRIG_VIEW_WRITE;
	struct brig_view view;
	(void)user;

	if (lent->act == MEMORY__ACT__PASS)
		return pass(call->peer, call->fds[0]);
	int r = brig_view_open(call->peer, call->fds[0], lent->size, flags, &view);
	if (r)
		return tell(call->peer, r);
	if (lent->act == MEMORY__ACT__PLACE)
		return tell(call->peer, write_to(&view, lent->offset, lent->length));
	if (lent->act == MEMORY__ACT__FILL) {
		(void)close(call->fds[0]);
		call->fds[0] = -1;
	}
	return use(call->peer, lent->act, &view);
}

static const struct memory_store_child_handlers store = MEMORY_STORE_CHILD_HANDLERS(lend);
static const struct brig_served served = { &memory_store_service, &store, NULL };
static const struct brig_child_program programs[] = {
	{ .role = "service", .served = &served, .n_served = 1 },
	{ .role = "codec", .served = &served, .n_served = 1 },
};

int main(int argc, char **argv)
{
	return brig_child_run(argc, argv, programs, 2) < 0 ? 2 : 0;
}
