/* What embedders serve: looked at once, so that no message meets a hole. */
#include "ipc/dispatch/peer.h"

#include <errno.h>
#include <string.h>

/* The generated struct has a function a method of the other side, in the schema's order. */
static bool all_handled(const struct brig_served *served, enum brig_caller self)
{
	const struct brig_service *service = served->service;
	const char *at = served->handlers;

	for (size_t i = 0; i < service->n_methods; i++) {
		brig_any_fn *handler = NULL;

		if (service->methods[i].caller == self)
			continue;
		if (!at)
			return false;
		memcpy(&handler, at, sizeof handler);
		if (!handler)
			return false;
		at += sizeof handler;
	}
	return true;
}

const char *brig_served_fault(const struct brig_served *served, size_t n, enum brig_caller self)
{
	if (n > BRIG_SERVED_MAX)
		return "n_served: more than 15";
	if (n && !served)
		return "served: NULL, and n_served says that there are rows";
	for (size_t i = 0; i < n; i++) {
		const struct brig_service *service = served[i].service;

		if (!service)
			return "served: a row without a service";
		if (service->id < BRIG_EMBEDDERS_FIRST)
			return "served: a service whose id is below 64, as only Brig's own are";
		if (!all_handled(&served[i], self))
			return "served: a method without a handler";
		for (size_t j = 0; j < i; j++)
			if (served[j].service->id == service->id)
				return "served: two services of one id";
	}
	return NULL;
}

/* What spills brings one more. */
static bool needs_descriptors(const struct brig_method *method)
{
	return method->n_fds_in || method->n_fds_out || (method->flags & BRIG_METHOD_SPILL);
}

bool brig_served_plain(const struct brig_served *served, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t m = 0; m < served[i].service->n_methods; m++)
			if (needs_descriptors(&served[i].service->methods[m]))
				return false;
	return true;
}

int brig_serve(struct brig_peer *peer, const struct brig_served *served, size_t n)
{
	if ((peer->self != BRIG_FROM_CHILD && !peer->direct) ||
	    brig_served_fault(served, n, peer->self))
		return -EINVAL;
	if (peer->direct && n && (n > 1 || served->service->id != peer->direct))
		return -EINVAL;
	if (n)
		memcpy(peer->own, served, n * sizeof *served);
	if (peer->always.service)
		peer->own[n++] = peer->always;
	peer->served = peer->own;
	peer->n_served = n;
	return 0;
}
