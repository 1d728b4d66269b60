/* What a fuzzer is let loose on: include/brig/fuzz.h. */
#include "ipc/dispatch/peer.h"
#include "ipc/dispatch/unpack.h"

#include <brig/fuzz.h>

#include <stdlib.h>

static const struct brig_message_rules *choose(const struct brig_service *const *services,
					       const uint8_t *data)
{
	size_t n = 0;

	while (services[n])
		n++;
	if (!n || !services[data[0] % n]->n_methods)
		return NULL;
	const struct brig_service *service = services[data[0] % n];
	const struct brig_method *method = &service->methods[(data[1] >> 1) % service->n_methods];
	return data[1] & 1 ? method->reply : method->request;
}

static bool is_lawful(const struct brig_message_rules *rules, const ProtobufCMessage *message)
{
	const size_t n = protobuf_c_message_get_packed_size(message);
	uint8_t *again = n <= rules->max_bytes ? malloc(n + !n) : NULL;
	struct brig_breach breach;
	bool lawful = false;

	if (again)
		lawful = protobuf_c_message_pack(message, again) == n &&
			 !brig_rules_check(rules, again, n, &breach);
	free(again);
	return lawful;
}

/* As brig_unpack(); @large: room for what is too large for an arena. */
static const ProtobufCMessage *unpack(struct brig_arena *arena, void *large,
				      const struct brig_message_rules *rules, const uint8_t *data,
				      size_t n)
{
	enum brig_bad_message bad;
	struct brig_breach breach;

	if (!large)
		return brig_unpack(arena, rules, data, n, &breach, &bad);
	if (brig_rules_check(rules, data, n, &breach))
		return NULL;
	brig_arena_start_in(arena, large, rules->memory);
	return brig_unpack_into(arena, rules->descriptor, data, n);
}

void brig_fuzz_message(const struct brig_service *const *services, const uint8_t *data, size_t n)
{
	const struct brig_message_rules *rules = n < 2 ? NULL : choose(services, data);
	struct brig_arena *arena = rules ? malloc(sizeof *arena) : NULL;
	struct brig_breach breach;

	if (!arena)
		return;
	void *large = rules->memory ? malloc(rules->memory) : NULL;
	const ProtobufCMessage *message = unpack(arena, large, rules, data + 2, n - 2);
	/* The rules' word, and protobuf-c doesn't follow: one of the two is wrong. */
	if (message ? message->n_unknown_fields || !is_lawful(rules, message)
		    : !brig_rules_check(rules, data + 2, n - 2, &breach))
		abort();
	free(large);
	free(arena);
}
