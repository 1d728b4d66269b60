/*
 * The messages alone, as a .proto file for protoc-c: its code for options and services would need
 * descriptor.pb-c.h, which nobody ships, and a ProtobufCService, which checks nothing.
 */
#include "ipc/gen/emit.h"

#include <string.h>

static const char *const type_names[] = {
	[GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_DOUBLE] = "double",
	[GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_FLOAT] = "float",
	[GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_INT64] = "int64",
	[GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_UINT64] = "uint64",
	[GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_INT32] = "int32",
	[GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_FIXED64] = "fixed64",
	[GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_FIXED32] = "fixed32",
	[GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_BOOL] = "bool",
	[GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_STRING] = "string",
	[GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_BYTES] = "bytes",
	[GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_UINT32] = "uint32",
	[GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_SFIXED32] = "sfixed32",
	[GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_SFIXED64] = "sfixed64",
	[GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_SINT32] = "sint32",
	[GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_SINT64] = "sint64",
};

static void emit_enum(FILE *out, const Google__Protobuf__EnumDescriptorProto *enum_)
{
	fprintf(out, "enum %s {\n", enum_->name);
	if (enum_->options && enum_->options->allow_alias)
		fprintf(out, "  option allow_alias = true;\n");
	for (size_t i = 0; i < enum_->n_value; i++)
		fprintf(out, "  %s = %d;\n", enum_->value[i]->name, enum_->value[i]->number);
	fprintf(out, "}\n\n");
}

static void emit_field(FILE *out, const Google__Protobuf__FieldDescriptorProto *field)
{
	const bool repeated =
		field->label == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REPEATED;

	fprintf(out, "  %s%s %s = %d;\n", repeated ? "repeated " : "",
		field->type_name ? field->type_name : type_names[field->type], field->name,
		field->number);
}

static void emit_oneof(FILE *out, const Google__Protobuf__DescriptorProto *message, size_t index)
{
	fprintf(out, "  oneof %s {\n", message->oneof_decl[index]->name);
	for (size_t i = 0; i < message->n_field; i++)
		if (message->field[i]->has_oneof_index &&
		    (size_t)message->field[i]->oneof_index == index)
			emit_field(out, message->field[i]);
	fprintf(out, "  }\n");
}

static void emit_message(FILE *out, const Google__Protobuf__DescriptorProto *message)
{
	fprintf(out, "message %s {\n", message->name);
	for (size_t i = 0; i < message->n_enum_type; i++)
		emit_enum(out, message->enum_type[i]);
	for (size_t i = 0; i < message->n_nested_type; i++)
		emit_message(out, message->nested_type[i]);
	for (size_t i = 0; i < message->n_field; i++)
		if (!message->field[i]->has_oneof_index)
			emit_field(out, message->field[i]);
	for (size_t i = 0; i < message->n_oneof_decl; i++)
		emit_oneof(out, message, i);
	fprintf(out, "}\n\n");
}

void gen_emit_messages(FILE *out, struct gen *gen, const struct gen_file *file)
{
	const Google__Protobuf__FileDescriptorProto *proto = file->proto;

	(void)gen;
	fprintf(out, "syntax = \"proto3\";\n");
	if (proto->package)
		fprintf(out, "package %s;\n", proto->package);
	for (size_t i = 0; i < proto->n_dependency; i++)
		if (strcmp(proto->dependency[i], "brig/options.proto"))
			fprintf(out, "import \"%s\";\n", proto->dependency[i]);
	fprintf(out, "\n");
	for (size_t i = 0; i < proto->n_enum_type; i++)
		emit_enum(out, proto->enum_type[i]);
	for (size_t i = 0; i < proto->n_message_type; i++)
		emit_message(out, proto->message_type[i]);
}
