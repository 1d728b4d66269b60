/* From protoc's descriptors to lists whose names are resolved. */
#include "ipc/gen/schema.h"

#include "sandbox/base/sha256.h"

#include <stdlib.h>
#include <string.h>

/* Numbers of fields in descriptor.proto, of which a place is made. */
enum {
	FILE_MESSAGE = 4,
	FILE_ENUM = 5,
	FILE_SERVICE = 6,
	MESSAGE_FIELD = 2,
	MESSAGE_NESTED = 3,
	MESSAGE_ENUM = 4,
	SERVICE_METHOD = 2
};

static struct gen_place below(const struct gen_place *place, int32_t kind, size_t index)
{
	struct gen_place inner = *place;

	if (inner.n + 2 <= GEN_PATH_MAX) {
		inner.path[inner.n++] = kind;
		inner.path[inner.n++] = (int32_t)index;
	}
	return inner;
}

static int compare_values(const void *a, const void *b)
{
	const int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;

	return (left > right) - (left < right);
}

static void load_enum(struct gen *gen, const struct gen_place *place, const char *scope,
		      const Google__Protobuf__EnumDescriptorProto *proto)
{
	struct gen_enum *enum_ = gen_alloc(gen, sizeof *enum_);
	size_t n = 0;

	enum_->place = *place;
	enum_->proto = proto;
	enum_->full_name = gen_print(gen, "%s.%s", scope, proto->name);
	enum_->c_lower = gen_c_lower(gen, enum_->full_name);
	enum_->values = gen_alloc(gen, (proto->n_value + 1) * sizeof *enum_->values);
	enum_->next = gen->enums;
	for (size_t i = 0; i < proto->n_value; i++)
		enum_->values[i] = proto->value[i]->number;
	qsort(enum_->values, proto->n_value, sizeof *enum_->values, compare_values);
	for (size_t i = 0; i < proto->n_value; i++) /* aliases have one number */
		if (!n || enum_->values[i] != enum_->values[n - 1])
			enum_->values[n++] = enum_->values[i];
	enum_->n_values = n;
	gen->enums = enum_;
}

static void load_field(struct gen *gen, struct gen_message *message, size_t i)
{
	struct gen_field *field = &message->fields[i];
	const Google__Protobuf__FieldDescriptorProto *proto = message->proto->field[i];

	field->place = below(&message->place, MESSAGE_FIELD, i);
	field->proto = proto;
	field->repeated =
		proto->label == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REPEATED;
	field->rules = (Brig__FieldRules *)gen_options(
		gen, &field->place, proto->name, proto->options ? &proto->options->base : NULL,
		&brig__field_rules__descriptor);
}

static void load_message(struct gen *gen, const struct gen_place *place, const char *scope,
			 const Google__Protobuf__DescriptorProto *proto)
{
	struct gen_message *message = gen_alloc(gen, sizeof *message);

	message->place = *place;
	message->proto = proto;
	message->full_name = gen_print(gen, "%s.%s", scope, proto->name);
	message->c_name = gen_c_name(gen, message->full_name);
	message->c_lower = gen_c_lower(gen, message->full_name);
	message->rules = (Brig__MessageRules *)gen_options(
		gen, place, proto->name, proto->options ? &proto->options->base : NULL,
		&brig__message_rules__descriptor);
	message->n_fields = proto->n_field;
	message->fields = gen_alloc(gen, (proto->n_field + 1) * sizeof *message->fields);
	for (size_t i = 0; i < proto->n_field; i++)
		load_field(gen, message, i);
	*gen->last_message = message;
	gen->last_message = &message->next;
	for (size_t i = 0; i < proto->n_nested_type; i++) {
		const struct gen_place inner = below(place, MESSAGE_NESTED, i);

		load_message(gen, &inner, message->full_name, proto->nested_type[i]);
	}
	for (size_t i = 0; i < proto->n_enum_type; i++) {
		const struct gen_place inner = below(place, MESSAGE_ENUM, i);

		load_enum(gen, &inner, message->full_name, proto->enum_type[i]);
	}
}

static void load_service(struct gen *gen, struct gen_file *file, size_t index)
{
	const Google__Protobuf__ServiceDescriptorProto *proto = file->proto->service[index];
	struct gen_service *service = &file->services[index];
	const struct gen_place root = { .file = file };

	service->place = below(&root, FILE_SERVICE, index);
	service->proto = proto;
	service->name = gen_snake(gen, proto->name);
	service->lower = gen_print(gen, "%s_%s", file->prefix, service->name);
	service->upper = gen_upper(gen, service->lower);
	service->rules = (Brig__ServiceRules *)gen_options(
		gen, &service->place, proto->name, proto->options ? &proto->options->base : NULL,
		&brig__service_rules__descriptor);
	service->n_methods = proto->n_method;
	service->methods = gen_alloc(gen, (proto->n_method + 1) * sizeof *service->methods);
	for (size_t i = 0; i < proto->n_method; i++) {
		struct gen_method *method = &service->methods[i];

		method->place = below(&service->place, SERVICE_METHOD, i);
		method->proto = proto->method[i];
		method->lower = gen_snake(gen, method->proto->name);
		method->upper = gen_upper(gen, method->lower);
		method->rules = (Brig__MethodRules *)gen_options(
			gen, &method->place, method->proto->name,
			method->proto->options ? &method->proto->options->base : NULL,
			&brig__method_rules__descriptor);
	}
}

/* Two peers understand each other when it is the same: comments and names of files don't count. */
static uint64_t hash_file(struct gen *gen, const Google__Protobuf__FileDescriptorProto *proto)
{
	Google__Protobuf__FileDescriptorProto bare = *proto;
	struct brig_sha256 hash;
	char no_name[] = "", digits[65];

	bare.source_code_info = NULL;
	bare.name = no_name;
	const size_t n = protobuf_c_message_get_packed_size(&bare.base);
	uint8_t *bytes = gen_alloc(gen, n + 1);
	protobuf_c_message_pack(&bare.base, bytes);
	brig_sha256_init(&hash);
	brig_sha256_add(&hash, bytes, n);
	brig_sha256_end(&hash, digits);
	digits[16] = '\0';
	return strtoull(digits, NULL, 16);
}

static const char *stem_of(struct gen *gen, const char *name)
{
	const char *suffix = strrchr(name, '.');

	return gen_print(gen, "%.*s", (int)(suffix ? suffix - name : (ptrdiff_t)strlen(name)),
			 name);
}

static const char *prefix_of(struct gen *gen, const struct gen_file *file)
{
	if (file->rules->prefix[0])
		return file->rules->prefix;
	char *prefix = gen_print(gen, "%s", file->proto->package ? file->proto->package : "");
	for (char *c = prefix; *c; c++)
		if (*c == '.')
			*c = '_';
	return prefix;
}

void gen_load_file(struct gen *gen, const Google__Protobuf__FileDescriptorProto *proto,
		   bool generate)
{
	struct gen_file *file = gen_alloc(gen, sizeof *file);
	const struct gen_place root = { .file = file };
	const char *package = proto->package ? proto->package : "";
	const char *scope = *package ? gen_print(gen, ".%s", package) : "";

	file->proto = proto;
	file->generate = generate;
	file->rules = (Brig__FileRules *)gen_options(gen, &root, "file",
						     proto->options ? &proto->options->base : NULL,
						     &brig__file_rules__descriptor);
	file->stem = stem_of(gen, proto->name);
	file->prefix = prefix_of(gen, file);
	file->hash = hash_file(gen, proto);
	for (size_t i = 0; i < proto->n_message_type; i++) {
		const struct gen_place place = below(&root, FILE_MESSAGE, i);

		load_message(gen, &place, scope, proto->message_type[i]);
	}
	for (size_t i = 0; i < proto->n_enum_type; i++) {
		const struct gen_place place = below(&root, FILE_ENUM, i);

		load_enum(gen, &place, scope, proto->enum_type[i]);
	}
	file->n_services = proto->n_service;
	file->services = gen_alloc(gen, (proto->n_service + 1) * sizeof *file->services);
	for (size_t i = 0; i < proto->n_service; i++)
		load_service(gen, file, i);
	*gen->last_file = file;
	gen->last_file = &file->next;
}

/* protoc gives fully qualified names, with the dot in front. */
static struct gen_message *find_message(const struct gen *gen, const char *name)
{
	struct gen_message *message = gen->messages;

	while (message && strcmp(message->full_name, name))
		message = message->next;
	return message;
}

static struct gen_enum *find_enum(const struct gen *gen, const char *name)
{
	struct gen_enum *enum_ = gen->enums;

	while (enum_ && strcmp(enum_->full_name, name))
		enum_ = enum_->next;
	return enum_;
}

static void resolve_field(const struct gen *gen, struct gen_field *field)
{
	if (!field->proto->type_name)
		return;
	field->message = find_message(gen, field->proto->type_name);
	field->enum_ = find_enum(gen, field->proto->type_name);
}

void gen_resolve(struct gen *gen)
{
	for (struct gen_message *message = gen->messages; message; message = message->next)
		for (size_t i = 0; i < message->n_fields; i++)
			resolve_field(gen, &message->fields[i]);
	for (struct gen_file *file = gen->files; file; file = file->next)
		for (size_t s = 0; s < file->n_services; s++)
			for (size_t m = 0; m < file->services[s].n_methods; m++) {
				struct gen_method *method = &file->services[s].methods[m];

				method->request = find_message(gen, method->proto->input_type);
				method->reply = find_message(gen, method->proto->output_type);
			}
}
