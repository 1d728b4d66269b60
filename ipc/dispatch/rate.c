/* Methods with a rate of their own: a bucket each, made when a peer calls the first of them. */
#include "ipc/dispatch/peer.h"
#include "ipc/dispatch/quota.h"

#include <stdlib.h>

struct brig_rate {
	const struct brig_method *method;
	uint64_t full_ns;
};

static bool has_rate(const struct brig_peer *peer, const struct brig_method *method)
{
	return method->rate && method->caller != peer->self;
}

static bool make(struct brig_peer *peer)
{
	size_t n = 0;

	for (size_t i = 0; i < peer->n_served; i++)
		for (size_t m = 0; m < peer->served[i].service->n_methods; m++)
			n += has_rate(peer, &peer->served[i].service->methods[m]);
	peer->rates = calloc(n + 1, sizeof *peer->rates);
	if (!peer->rates)
		return false;
	for (size_t i = 0; i < peer->n_served; i++)
		for (size_t m = 0; m < peer->served[i].service->n_methods; m++)
			if (has_rate(peer, &peer->served[i].service->methods[m]))
				peer->rates[peer->n_rates++].method =
					&peer->served[i].service->methods[m];
	return true;
}

bool brig_rate_allows(struct brig_peer *peer, const struct brig_method *method)
{
	const bool oneway = method->flags & BRIG_METHOD_ONEWAY;

	if (!method->rate || (!peer->wheel && !peer->direct))
		return true;
	if (!peer->rates && !make(peer))
		return oneway; /* a request can be refused for our trouble, an event can't */
	for (unsigned int i = 0; i < peer->n_rates; i++)
		if (peer->rates[i].method == method)
			return brig_rate_take(&peer->rates[i].full_ns, brig_peer_now(peer),
					      (uint64_t)method->rate * (oneway ? 2 : 1));
	return true;
}
