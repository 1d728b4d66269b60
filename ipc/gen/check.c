/* What a schema may not have. Each refusal says what to write instead. */
#include "ipc/gen/schema.h"

#include <string.h>

#define LEN_MAX   16000000u /* of one field: a message that spills has 16 MiB, all in all */
#define FACTORS   8         /* of all the products of one message */
#define FIRST_ID  64        /* of services that aren't Brig's own */
#define SPILL     (16u << 20)
#define DEADLINE  600000u
#define IN_FLIGHT 64u
#define FDS       4

#define TYPE(name) GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_##name

static bool is_text(const struct gen_field *field)
{
	return field->proto->type == TYPE(STRING) || field->proto->type == TYPE(BYTES);
}

/* Words that name who someone is, which the broker knows by the socket. */
static const char *const identities[] = { "origin", "principal", "role",     "pid",  "tid", "uid",
					  "gid",    "euid",      "instance", "user", "peer" };

static bool names_identity(const char *name)
{
	while (*name) {
		const size_t n = strcspn(name, "_");

		for (size_t i = 0; i < sizeof identities / sizeof *identities; i++)
			if (n == strlen(identities[i]) && !memcmp(name, identities[i], n))
				return true;
		name += n + (name[n] == '_');
	}
	return false;
}

static void check_bounds(struct gen *gen, const struct gen_field *field)
{
	const Brig__FieldRules *rules = field->rules;
	const char *name = field->proto->name;

	if (is_text(field) && (!rules->max_len || rules->max_len > LEN_MAX))
		gen_error(gen, &field->place, name,
			  "is unbounded: write [(brig.field).max_len = N], 1 to %u bytes", LEN_MAX);
	if (!is_text(field) && rules->max_len)
		gen_error(gen, &field->place, name, "has max_len, which is for string and bytes");
	if (field->repeated && (!rules->max_count || rules->max_count > LEN_MAX))
		gen_error(gen, &field->place, name,
			  "is unbounded: write [(brig.field).max_count = N], 1 to %u elements",
			  LEN_MAX);
	if (!field->repeated && rules->max_count)
		gen_error(gen, &field->place, name, "has max_count, which is for repeated fields");
	if (!is_text(field) && (rules->utf8 || rules->basename || rules->text || rules->no_nul))
		gen_error(gen, &field->place, name,
			  "has utf8, text, basename or no_nul, which are for string and bytes");
	if (!is_text(field) && rules->secret)
		gen_error(gen, &field->place, name,
			  "has secret, which is for string and bytes: put it there");
	if (rules->nonempty && !is_text(field) && !field->repeated && !field->message)
		gen_error(gen, &field->place, name,
			  "has nonempty, which isn't for numbers: write (brig.field).min = 1");
}

struct range {
	int64_t min;
	uint64_t max;
};

/* What the type holds; max 0: it is no integer. */
static struct range type_range(const struct gen_field *field)
{
	switch (field->proto->type) {
	case TYPE(UINT32):
	case TYPE(FIXED32):
		return (struct range){ 0, UINT32_MAX };
	case TYPE(UINT64):
	case TYPE(FIXED64):
		return (struct range){ 0, UINT64_MAX };
	case TYPE(INT32):
	case TYPE(SINT32):
	case TYPE(SFIXED32):
	case TYPE(ENUM):
		return (struct range){ INT32_MIN, INT32_MAX };
	case TYPE(INT64):
	case TYPE(SINT64):
	case TYPE(SFIXED64):
		return (struct range){ INT64_MIN, INT64_MAX };
	default:
		return (struct range){ 0, 0 };
	}
}

static void check_range(struct gen *gen, const struct gen_field *field)
{
	const struct range range = type_range(field);
	const Brig__FieldRules *rules = field->rules;

	if (!rules->min && !rules->max)
		return;
	if (!range.max)
		gen_error(gen, &field->place, field->proto->name,
			  "has min or max, which are for integers and enums");
	else if (rules->min < range.min || rules->max > range.max ||
		 (rules->min > 0 && (uint64_t)rules->min > (rules->max ? rules->max : range.max)))
		gen_error(gen, &field->place, field->proto->name,
			  "has a range that is empty, or more than its type holds");
}

static void check_type(struct gen *gen, const struct gen_field *field)
{
	const Google__Protobuf__FieldOptions *options = field->proto->options;
	const char *name = field->proto->name;

	if (field->proto->type == TYPE(GROUP))
		gen_error(gen, &field->place, name, "is a group: write a message");
	if (field->message && field->message->proto->options &&
	    field->message->proto->options->map_entry)
		gen_error(gen, &field->place, name,
			  "is a map: write a repeated message of key and value, with max_count");
	if (field->message && !strncmp(field->message->full_name, ".google.protobuf.", 17))
		gen_error(gen, &field->place, name,
			  "is of %s, which has no bounds: declare a message of your own",
			  field->message->full_name + 1);
	if (options && options->has_packed && !options->packed && field->repeated &&
	    !is_text(field) && !field->message)
		gen_error(gen, &field->place, name,
			  "must stay packed: there is one encoding of each "
			  "message, and numbers are packed in it");
	if (field->proto->proto3_optional)
		gen_error(gen, &field->place, name,
			  "is optional, which protobuf-c can't read: "
			  "without the word it is so, too");
	if (field->rules->fd != BRIG__FD__ANY_FD &&
	    (field->proto->type != TYPE(UINT32) || field->repeated))
		gen_error(gen, &field->place, name,
			  "numbers a descriptor: it must be a uint32, and not repeated");
}

static void check_factor(struct gen *gen, struct gen_message *message, const char *name)
{
	for (size_t i = 0; i < message->n_fields; i++) {
		struct gen_field *field = &message->fields[i];

		if (strcmp(field->proto->name, name))
			continue;
		if (field->repeated ||
		    (field->proto->type != TYPE(UINT32) && field->proto->type != TYPE(UINT64)))
			break;
		if (!field->factor)
			field->factor = ++message->n_factors;
		return;
	}
	gen_error(gen, &message->place, message->full_name + 1,
		  "multiplies %s, which is no uint32 or uint64 of it", name);
}

static void check_products(struct gen *gen, struct gen_message *message)
{
	for (size_t p = 0; p < message->rules->n_product; p++) {
		const Brig__Product *product = message->rules->product[p];

		if (product->n_factor < 2 || product->n_factor > GEN_FACTORS_MAX || !product->max)
			gen_error(gen, &message->place, message->full_name + 1,
				  "has a product that isn't of 2 to %d factors with a max",
				  GEN_FACTORS_MAX);
		for (size_t i = 0; i < product->n_factor; i++)
			check_factor(gen, message, product->factor[i]);
	}
	if (message->n_factors > FACTORS)
		gen_error(gen, &message->place, message->full_name + 1,
			  "multiplies more than %d fields", FACTORS);
}

static void check_message(struct gen *gen, struct gen_message *message)
{
	if (message->n_fields > GEN_FIELDS_MAX)
		gen_error(gen, &message->place, message->full_name + 1, "has more than %d fields",
			  GEN_FIELDS_MAX);
	for (size_t i = 0; i < message->n_fields; i++) {
		const struct gen_field *field = &message->fields[i];

		check_type(gen, field);
		check_bounds(gen, field);
		check_range(gen, field);
		gen_check_member(gen, field);
		if (message->from_child && names_identity(field->proto->name))
			gen_error(gen, &field->place, field->proto->name,
				  "sounds like who the child is, which the broker knows by its "
				  "socket "
				  "and must not ask: leave it out, or name what it is");
	}
	check_products(gen, message);
}

static void mark_from_child(struct gen_message *message, unsigned int depth)
{
	if (message->from_child || depth > GEN_DEPTH_MAX)
		return;
	message->from_child = true;
	for (size_t i = 0; i < message->n_fields; i++)
		if (message->fields[i].message)
			mark_from_child(message->fields[i].message, depth + 1);
}

/* A filter's listener is for Brig's own bootstrap. */
static Brig__Fd last_kind(const struct gen_file *file)
{
	return gen_is_own(file) ? BRIG__FD__LISTENER : BRIG__FD__EVENTFD;
}

static void check_fds(struct gen *gen, const struct gen_method *method, const Brig__Fd *kinds,
		      size_t n, const char *what)
{
	if (n > FDS)
		gen_error(gen, &method->place, method->proto->name, "has more than %d %s", FDS,
			  what);
	for (size_t i = 0; i < n; i++)
		if (kinds[i] <= BRIG__FD__ANY_FD || kinds[i] > last_kind(method->place.file))
			gen_error(gen, &method->place, method->proto->name,
				  "has a descriptor of no kind among its %s", what);
}

/* A field that numbers a descriptor is only good where one of its kind comes along. */
static void check_fd_fields(struct gen *gen, const struct gen_method *method,
			    const struct gen_message *message, const Brig__Fd *kinds, size_t n)
{
	for (size_t i = 0; message && i < message->n_fields; i++) {
		const struct gen_field *field = &message->fields[i];
		bool there = !field->rules->fd;

		for (size_t k = 0; k < n; k++)
			there = there || kinds[k] == field->rules->fd;
		if (!there)
			gen_error(gen, &field->place, field->proto->name,
				  "numbers a descriptor of a kind that %s doesn't have",
				  method->proto->name);
	}
}

static uint32_t most_bytes(const Brig__MethodRules *rules)
{
	return rules->spill ? SPILL : GEN_PAYLOAD;
}

static void check_limits(struct gen *gen, const struct gen_method *method)
{
	const Brig__MethodRules *rules = method->rules;
	const char *name = method->proto->name;

	if (!rules->oneway && (!rules->deadline_ms || rules->deadline_ms > DEADLINE))
		gen_error(gen, &method->place, name,
			  "can take for ever: write option (brig.method).deadline_ms = N, 1 to %u",
			  DEADLINE);
	if (rules->oneway &&
	    (rules->deadline_ms || rules->max_inflight || rules->n_fds_out || rules->sync))
		gen_error(gen, &method->place, name,
			  "is oneway: deadline_ms, max_inflight, fds_out and sync are for replies");
	if (rules->sync && rules->caller == BRIG__CALLER__BROKER)
		gen_error(gen, &method->place, name,
			  "is the broker's to call, which never waits: leave sync out");
	if (rules->max_inflight > IN_FLIGHT)
		gen_error(gen, &method->place, name, "has more than %u in flight", IN_FLIGHT);
	if (rules->slow == BRIG__SLOW__DROP &&
	    (!rules->oneway || rules->caller != BRIG__CALLER__BROKER))
		gen_error(gen, &method->place, name,
			  "can't be dropped: only what the broker sends, and wants no reply to");
	if (rules->max_bytes > most_bytes(rules))
		gen_error(gen, &method->place, name, "has more than %u bytes", most_bytes(rules));
}

/* What a child writes comes back to it with the answer: so there must be one. */
static void check_spill(struct gen *gen, const struct gen_method *method)
{
	const Brig__MethodRules *rules = method->rules;
	const char *name = method->proto->name;

	if (!rules->spill)
		return;
	if (rules->oneway || rules->caller == BRIG__CALLER__BROKER)
		gen_error(gen, &method->place, name,
			  "can't spill: only what a child calls, and is answered");
	if (rules->n_fds_out >= FDS)
		gen_error(gen, &method->place, name,
			  "has no room for the descriptor of a reply that spills: %d fds_out at "
			  "the most",
			  FDS - 1);
	if (method->request->max_bytes <= GEN_PAYLOAD &&
	    (!method->reply || method->reply->max_bytes <= GEN_PAYLOAD))
		gen_error(gen, &method->place, name,
			  "never spills: neither request nor reply can have more than %u bytes",
			  GEN_PAYLOAD);
}

static void check_size(struct gen *gen, const struct gen_method *method,
		       const struct gen_message *message, uint64_t limit)
{
	const uint32_t most = most_bytes(method->rules);
	const bool may_spill = most == GEN_PAYLOAD && !method->rules->oneway &&
			       method->rules->caller == BRIG__CALLER__CHILD;

	if (message && !limit && message->max_bytes > most)
		gen_error(gen, &message->place, message->full_name + 1,
			  "can have %llu bytes, and a message of %s has %u at the most: lower what "
			  "its fields can be%s, or pass a descriptor of shared memory",
			  (unsigned long long)message->max_bytes, method->proto->name, most,
			  may_spill ? ", write spill: true" : "");
}

static void check_method(struct gen *gen, struct gen_method *method)
{
	const Brig__MethodRules *rules = method->rules;
	const char *name = method->proto->name;
	const bool none = !strcmp(method->proto->output_type, ".brig.None");

	if (!rules->id || rules->id > UINT16_MAX)
		gen_error(gen, &method->place, name,
			  "needs a number: write option (brig.method).id = N, 1 to 65535");
	if (method->proto->client_streaming || method->proto->server_streaming)
		gen_error(gen, &method->place, name,
			  "is a stream: write a oneway method, or pass a SOCKETPAIR "
			  "(brig/stream.h)");
	if (none != (bool)rules->oneway)
		gen_error(gen, &method->place, name,
			  "must return brig.None if it is oneway, and only then");
	if (!strcmp(method->proto->input_type, ".brig.None"))
		gen_error(gen, &method->place, name, "takes brig.None: declare an empty message");
	gen_check_handler(gen, method);
	check_limits(gen, method);
	check_fds(gen, method, rules->fds_in, rules->n_fds_in, "fds_in");
	check_fds(gen, method, rules->fds_out, rules->n_fds_out, "fds_out");
	check_fd_fields(gen, method, method->request, rules->fds_in, rules->n_fds_in);
	if (!none)
		check_fd_fields(gen, method, method->reply, rules->fds_out, rules->n_fds_out);
	check_spill(gen, method);
	check_size(gen, method, method->request, rules->max_bytes);
	if (!none && (method->reply != method->request || rules->max_bytes))
		check_size(gen, method, method->reply, 0);
}

static void check_service(struct gen *gen, const struct gen_file *file,
			  const struct gen_service *service)
{
	const Brig__ServiceRules *rules = service->rules;
	const char *name = service->proto->name;
	const uint32_t first = gen_is_own(file) ? 1 : FIRST_ID;

	if (rules->id < first || rules->id > UINT16_MAX)
		gen_error(gen, &service->place, name,
			  "needs a number: write option (brig.service).id = N, %u to 65535", first);
	if (!rules->version || rules->version > UINT16_MAX || rules->oldest > rules->version)
		gen_error(gen, &service->place, name,
			  "needs a version of 1 to 65535, and oldest no later than that");
	if (!rules->n_role)
		gen_error(gen, &service->place, name,
			  "is nobody's: write option (brig.service).role = \"service\"");
	gen_check_roles(gen, file, service);
	gen_check_stubs(gen, service);
	for (size_t i = 0; i < service->n_methods; i++) {
		check_method(gen, &service->methods[i]);
		for (size_t k = 0; k < i; k++)
			if (service->methods[k].rules->id == service->methods[i].rules->id)
				gen_error(gen, &service->methods[i].place,
					  service->methods[i].proto->name, "has the number of %s",
					  service->methods[k].proto->name);
	}
}

/* What a method's messages hold is measured, and known to be a child's or not. */
static void visit_methods(struct gen *gen, const struct gen_service *service)
{
	for (size_t i = 0; i < service->n_methods; i++) {
		const struct gen_method *method = &service->methods[i];
		const bool from_child = method->rules->caller == BRIG__CALLER__CHILD;

		if (method->request)
			gen_measure(gen, method->request);
		if (method->reply && !method->rules->oneway)
			gen_measure(gen, method->reply);
		if (from_child && method->request)
			mark_from_child(method->request, 1);
		if (!from_child && method->reply && !method->rules->oneway)
			mark_from_child(method->reply, 1);
	}
}

static void check_file(struct gen *gen, const struct gen_file *file)
{
	const struct gen_place root = { .file = file };

	if (!file->proto->syntax || strcmp(file->proto->syntax, "proto3"))
		gen_error(gen, &root, "file", "must say syntax = \"proto3\";");
	if (!file->prefix[0])
		gen_error(gen, &root, "file", "needs a package, or option (brig.file).prefix");
	for (size_t i = 0; i < file->n_services; i++) {
		check_service(gen, file, &file->services[i]);
		for (size_t k = 0; k < i; k++)
			if (file->services[k].rules->id == file->services[i].rules->id)
				gen_error(gen, &file->services[i].place,
					  file->services[i].proto->name, "has the number of %s",
					  file->services[k].proto->name);
	}
}

void gen_check(struct gen *gen)
{
	for (struct gen_file *file = gen->files; file; file = file->next)
		for (size_t i = 0; i < file->n_services; i++)
			visit_methods(gen, &file->services[i]);
	for (struct gen_message *message = gen->messages; message; message = message->next) {
		if (!message->place.file->generate)
			continue;
		gen_measure(gen, message);
		check_message(gen, message);
	}
	for (struct gen_file *file = gen->files; file; file = file->next)
		if (file->generate)
			check_file(gen, file);
}
