/* The bounds of a file's messages, as the tables of include/brig/schema.h. */
#include "ipc/gen/emit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TYPE(name) GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_##name

struct range {
	const char *min, *max;
};

/* How it is encoded, and what it holds by itself. */
static const struct kind {
	const char *name;
	struct range range;
} kinds[] = {
	[TYPE(BOOL)] = { "BOOL", { "0", "1" } },
	[TYPE(UINT32)] = { "UNSIGNED", { "0", "UINT32_MAX" } },
	[TYPE(UINT64)] = { "UNSIGNED", { "0", "UINT64_MAX" } },
	[TYPE(INT32)] = { "SIGNED", { "INT32_MIN", "INT32_MAX" } },
	[TYPE(INT64)] = { "SIGNED", { "INT64_MIN", "INT64_MAX" } },
	[TYPE(SINT32)] = { "ZIGZAG", { "INT32_MIN", "INT32_MAX" } },
	[TYPE(SINT64)] = { "ZIGZAG", { "INT64_MIN", "INT64_MAX" } },
	[TYPE(FIXED32)] = { "FIXED32", { "0", "UINT32_MAX" } },
	[TYPE(FIXED64)] = { "FIXED64", { "0", "UINT64_MAX" } },
	[TYPE(SFIXED32)] = { "SFIXED32", { "INT32_MIN", "INT32_MAX" } },
	[TYPE(SFIXED64)] = { "SFIXED64", { "INT64_MIN", "INT64_MAX" } },
	[TYPE(FLOAT)] = { "FLOAT", { NULL, NULL } },
	[TYPE(DOUBLE)] = { "DOUBLE", { NULL, NULL } },
	[TYPE(ENUM)] = { "ENUM", { "INT32_MIN", "INT32_MAX" } },
	[TYPE(STRING)] = { "STRING", { NULL, NULL } },
	[TYPE(BYTES)] = { "BYTES", { NULL, NULL } },
	[TYPE(MESSAGE)] = { "MESSAGE", { NULL, NULL } },
};

static bool is_needed(const struct gen_field *field)
{
	if (field->proto->has_oneof_index)
		return false; /* another member may be there */
	return field->rules->nonempty || (!field->repeated && field->rules->min > 0);
}

static void emit_flags(FILE *out, const struct gen_field *field)
{
	const Brig__FieldRules *rules = field->rules;
	const struct {
		bool set;
		const char *name;
	} flags[] = {
		{ field->repeated, "REPEATED" }, { rules->utf8 || rules->text, "UTF8" },
		{ rules->text, "TEXT" },         { rules->basename, "BASENAME" },
		{ rules->secret, "SECRET" },     { is_needed(field), "NEEDED" },
		{ rules->no_nul, "NO_NUL" },
	};
	const char *between = "\t  .flags = ";

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		if (!flags[i].set)
			continue;
		fprintf(out, "%sBRIG_FIELD_%s", between, flags[i].name);
		between = " | ";
	}
	if (*between == ' ')
		fprintf(out, ",\n");
}

static void emit_range(FILE *out, const struct gen_field *field)
{
	const struct range *range = &kinds[field->proto->type].range;
	const Brig__FieldRules *rules = field->rules;

	if (!range->max)
		return;
	if (rules->min)
		fprintf(out, "\t  .min = INT64_C(%" PRId64 "),\n", rules->min);
	else if (strcmp(range->min, "0"))
		fprintf(out, "\t  .min = %s,\n", rules->max ? "0" : range->min);
	if (rules->max)
		fprintf(out, "\t  .max = UINT64_C(%" PRIu64 "),\n", rules->max);
	else
		fprintf(out, "\t  .max = %s,\n", range->max);
}

static void emit_field(FILE *out, const struct gen_field *field)
{
	const Brig__FieldRules *rules = field->rules;

	fprintf(out, "\t{ .name = \"%s\",\n\t  .number = %d,\n\t  .kind = BRIG_FIELD_%s,\n",
		field->proto->name, field->proto->number, kinds[field->proto->type].name);
	emit_flags(out, field);
	if (field->proto->has_oneof_index)
		fprintf(out, "\t  .oneof = %d,\n", field->proto->oneof_index + 1);
	if (field->factor)
		fprintf(out, "\t  .factor = %u,\n", field->factor);
	if (rules->max_len)
		fprintf(out, "\t  .min_len = %d,\n\t  .max_len = %u,\n",
			rules->nonempty && !field->repeated, rules->max_len);
	if (rules->max_count)
		fprintf(out, "\t  .min_count = %d,\n\t  .max_count = %u,\n", rules->nonempty,
			rules->max_count);
	emit_range(out, field);
	if (field->enum_)
		fprintf(out, "\t  .values = values_%s,\n\t  .n_values = %zu,\n",
			field->enum_->c_lower, field->enum_->n_values);
	if (field->message)
		fprintf(out, "\t  .message = &%s__rules,\n", field->message->c_lower);
	fprintf(out, "\t},\n");
}

static int compare_numbers(const void *a, const void *b)
{
	const struct gen_field *const *left = a, *const *right = b;

	return ((*left)->proto->number > (*right)->proto->number) -
	       ((*left)->proto->number < (*right)->proto->number);
}

static void emit_fields(FILE *out, const struct gen_message *message)
{
	const struct gen_field *sorted[GEN_FIELDS_MAX] = { NULL };

	for (size_t i = 0; i < message->n_fields; i++)
		sorted[i] = &message->fields[i];
	qsort(sorted, message->n_fields, sizeof *sorted, compare_numbers);
	fprintf(out, "static const struct brig_field_rule fields_%s[] = {\n", message->c_lower);
	for (size_t i = 0; i < message->n_fields; i++)
		emit_field(out, sorted[i]);
	fprintf(out, "};\n\n");
}

static unsigned int factor_of(const struct gen_message *message, const char *name)
{
	for (size_t i = 0; i < message->n_fields; i++)
		if (!strcmp(message->fields[i].proto->name, name))
			return message->fields[i].factor;
	return 0;
}

static void emit_products(FILE *out, const struct gen_message *message)
{
	fprintf(out, "static const struct brig_product products_%s[] = {\n", message->c_lower);
	for (size_t p = 0; p < message->rules->n_product; p++) {
		const Brig__Product *product = message->rules->product[p];

		fprintf(out, "\t{ .factors = {");
		for (size_t i = 0; i < product->n_factor; i++)
			fprintf(out, "%s %u", i ? "," : "", factor_of(message, product->factor[i]));
		fprintf(out, " }, .max = UINT64_C(%" PRIu64 ") },\n", product->max);
	}
	fprintf(out, "};\n\n");
}

static void emit_field_memory(FILE *out, const struct gen_field *field)
{
	const uint32_t count = field->repeated ? field->rules->max_count : 1;

	if (field->repeated)
		fprintf(out, " + ROUND(%uull * ELEMENT)", count);
	if (field->rules->max_len)
		fprintf(out, " + %uull * ROUND(%uull + 1)", count, field->rules->max_len);
	if (field->message)
		fprintf(out, " + %uull * MEMORY_%s", count, field->message->c_lower);
}

static bool spills(const struct gen_message *message)
{
	return message->max_bytes > GEN_PAYLOAD;
}

/* What protobuf-c takes for one that is as large as it may be. */
static void emit_memory(FILE *out, const struct gen_message *message)
{
	fprintf(out, "#define MEMORY_%s (ROUND(sizeof(%s)) + SCANNED(%" PRIu64 "ull)",
		message->c_lower, message->c_name, message->max_wire_fields);
	for (size_t i = 0; i < message->n_fields; i++)
		emit_field_memory(out, &message->fields[i]);
	fprintf(out,
		")\n_Static_assert(MEMORY_%s <= %s,\n"
		"\t       \"%s can take more memory than a message has: lower what its fields can "
		"be\");\n\n",
		message->c_lower, spills(message) ? "BRIG_SPILL_MEMORY" : "BRIG_MESSAGE_MEMORY",
		message->full_name + 1);
}

static void emit_message(FILE *out, const struct gen_message *message)
{
	if (message->n_fields)
		emit_fields(out, message);
	if (message->rules->n_product)
		emit_products(out, message);
	fprintf(out,
		"const struct brig_message_rules %s__rules = {\n\t.name = \"%s\",\n"
		"\t.descriptor = &%s__descriptor,\n\t.max_bytes = %" PRIu64 ",\n",
		message->c_lower, message->full_name + 1, message->c_lower, message->max_bytes);
	if (spills(message))
		fprintf(out, "\t.memory = MEMORY_%s,\n", message->c_lower);
	if (message->n_fields)
		fprintf(out, "\t.fields = fields_%s,\n\t.n_fields = %zu,\n", message->c_lower,
			message->n_fields);
	if (message->rules->n_product)
		fprintf(out, "\t.products = products_%s,\n\t.n_products = %zu,\n", message->c_lower,
			message->rules->n_product);
	fprintf(out, "};\n\n");
}

static bool is_used(const struct gen *gen, const struct gen_file *file,
		    const struct gen_enum *enum_)
{
	for (const struct gen_message *message = gen_next_message(gen, file, NULL); message;
	     message = gen_next_message(gen, file, message))
		for (size_t i = 0; i < message->n_fields; i++)
			if (message->fields[i].enum_ == enum_)
				return true;
	return false;
}

static void emit_enum(FILE *out, const struct gen_enum *enum_)
{
	fprintf(out, "static const int32_t values_%s[] = {", enum_->c_lower);
	for (size_t i = 0; i < enum_->n_values; i++)
		fprintf(out, "%s%d,", i % 16 ? " " : "\n\t", enum_->values[i]);
	fprintf(out, "\n};\n\n");
}

/* Inner ones first: the memory of an outer one is said in theirs. */
static void emit_memory_of(FILE *out, const struct gen_file *file, struct gen_message *message)
{
	if (message->said_in == file)
		return;
	message->said_in = file;
	for (size_t i = 0; i < message->n_fields; i++)
		if (message->fields[i].message)
			emit_memory_of(out, file, message->fields[i].message);
	emit_memory(out, message);
}

void gen_emit_rules(FILE *out, struct gen *gen, const struct gen_file *file)
{
	struct gen_message *message = NULL;

	for (const struct gen_enum *enum_ = gen->enums; enum_; enum_ = enum_->next)
		if (is_used(gen, file, enum_))
			emit_enum(out, enum_);
	while ((message = gen_next_message(gen, file, message)))
		emit_memory_of(out, file, message);
	while ((message = gen_next_message(gen, file, message)))
		emit_message(out, message);
}
