/*
 * Services as a replay needs them: const tables copied, so that their handlers can be ours, and
 * the rules of a message whose payload isn't on record those that any payload keeps.
 */
#include "broker/monitor/replay.h"
#include "ipc/schema/services.brig.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct brig_service *const own[] = {
	&brig_lifecycle_service, &brig_job_service,   &brig_surface_service, &brig_files_service,
	&brig_plugin_service,    &brig_codec_service, &brig_join_service,
};

#define N_OWN (sizeof own / sizeof *own)

/* What real handlers did is on record: their answers, and the breaches that they found. */
static int handle(const void *handlers, void *user, struct brig_request *call, const void *request)
{
	const struct brig_replayed *child = call->peer->owner_user;
	(void)handlers;
	(void)user;
	(void)request;

	return child->says;
}

static void answered(brig_any_fn *on_reply, void *user, struct brig_answer *answer)
{
	(void)on_reply;
	(void)user;
	(void)answer;
}

static struct brig_method *copy_service(struct brig_service *to, const struct brig_service *from,
					struct brig_method *methods)
{
	*to = *from;
	to->methods = methods;
	memcpy(methods, from->methods, from->n_methods * sizeof *methods);
	for (size_t m = 0; m < from->n_methods; m++) {
		methods[m].run = handle;
		methods[m].done = answered;
		memset(methods[m].fds_in, BRIG_FD_PIPE, sizeof methods[m].fds_in);
	}
	return methods + from->n_methods;
}

int brig_replay_schema_make(struct brig_replay_schema *schema,
			    const struct brig_service *const *embedders)
{
	size_t n_embedders = 0, n_methods = 0;

	for (size_t i = 0; i < N_OWN; i++)
		n_methods += own[i]->n_methods;
	for (; embedders && embedders[n_embedders]; n_embedders++) {
		if (embedders[n_embedders]->id < BRIG_EMBEDDERS_FIRST)
			return -EINVAL;
		n_methods += embedders[n_embedders]->n_methods;
	}
	schema->services = calloc(N_OWN + n_embedders, sizeof *schema->services);
	schema->methods = calloc(n_methods, sizeof *schema->methods);
	if (!schema->services || !schema->methods)
		return -ENOMEM;
	struct brig_method *methods = schema->methods;
	for (size_t i = 0; i < N_OWN + n_embedders; i++)
		methods = copy_service(&schema->services[i],
				       i < N_OWN ? own[i] : embedders[i - N_OWN], methods);
	schema->n_services = N_OWN + n_embedders;
	return 0;
}

void brig_replay_schema_free(struct brig_replay_schema *schema)
{
	free(schema->services);
	free(schema->methods);
	*schema = (struct brig_replay_schema){ NULL, NULL, 0 };
}

const struct brig_service *brig_replay_service(const struct brig_replay_schema *schema, uint16_t id)
{
	for (size_t i = 0; i < schema->n_services; i++)
		if (schema->services[i].id == id)
			return &schema->services[i];
	return NULL;
}

struct brig_method *brig_replay_method(const struct brig_replay_schema *schema, uint16_t service,
				       uint16_t method)
{
	const struct brig_service *of = brig_replay_service(schema, service);

	for (size_t m = 0; of && m < of->n_methods; m++)
		if (of->methods[m].method == method)
			return &schema->methods[&of->methods[m] - schema->methods];
	return NULL;
}

/* ---- payloads that stand in ---- */

/* A message with a number and with bytes, whichever: the first and the third of JobFailed. */
static const struct brig_field_rule any_fields[] = {
	{ .name = "number", .number = 1, .kind = BRIG_FIELD_UNSIGNED, .max = UINT32_MAX },
	{ .name = "bytes", .number = 3, .kind = BRIG_FIELD_BYTES, .max_len = BRIG_PAYLOAD_MAX },
};

const struct brig_message_rules brig_replay_any_rules = {
	.name = "a payload that isn't on record",
	.descriptor = &brig__ipc__job_failed__descriptor,
	.fields = any_fields,
	.n_fields = sizeof any_fields / sizeof *any_fields,
	.max_bytes = BRIG_PAYLOAD_MAX,
};

#define NUMBER_TAG 0x08
#define BYTES_TAG  0x1a

static size_t varint_size(size_t value)
{
	return value < 0x80 ? 1 : value < 0x4000 ? 2 : 3;
}

/* Of @size bytes in its shortest form. */
static uint8_t *put_number(uint8_t *at, size_t size)
{
	memset(at, 0x80, size - 1);
	at[size - 1] = 1;
	return at + size;
}

static void put_bytes(uint8_t *at, size_t n)
{
	size_t left = n;

	*at++ = BYTES_TAG;
	for (; left >= 0x80; left >>= 7)
		*at++ = (uint8_t)(left | 0x80);
	*at++ = (uint8_t)left;
	memset(at, 'x', n);
}

void brig_replay_any(uint8_t *bytes, size_t n)
{
	if (n < 2) { /* no message has one byte: it broke the rules, and does */
		memset(bytes, 0, n);
		return;
	}
	for (size_t size = 1; n > 2 && size <= 3; size++)
		if (n > 1 + size && varint_size(n - 1 - size) == size) {
			put_bytes(bytes, n - 1 - size);
			return;
		}
	bytes[0] = NUMBER_TAG;
	(void)put_number(bytes + 1, 1);
	if (n > 2)
		brig_replay_any(bytes + 2, n - 2); /* once: then it fits */
}

void brig_replay_any_refusal(uint8_t *bytes, size_t n)
{
	const size_t error = n == 3 || n == 9 ? 2 : 1;

	if (n < 2 || n > 9) {
		memset(bytes, 0, n);
		return;
	}
	bytes[0] = NUMBER_TAG;
	uint8_t *at = put_number(bytes + 1, error);
	if (n == 1 + error)
		return;
	*at++ = 0x10;
	(void)put_number(at, n - 2 - error);
}
