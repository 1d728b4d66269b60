/*
 * ipc/gen/schema.h - a schema as protoc-gen-brig sees it: descriptors and rules, resolved and
 * checked. Everything lives until the generator's end, and goes at once.
 */
#ifndef IPC_GEN_SCHEMA_H
#define IPC_GEN_SCHEMA_H

#include "google/protobuf/descriptor.pb-c.h"
#include "options.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define GEN_PATH_MAX    16
#define GEN_FIELDS_MAX  64     /* of a message: what was seen is a bit of a word */
#define GEN_DEPTH_MAX   16     /* messages within messages */
#define GEN_PAYLOAD     65536u /* bytes of a message that does not spill */
#define GEN_FACTORS_MAX 4

/* Where something stands in its file: descriptor.proto's SourceCodeInfo.Location.path. */
struct gen_place {
	const struct gen_file *file;
	int32_t path[GEN_PATH_MAX];
	size_t n;
};

struct gen_enum {
	struct gen_place place;
	const Google__Protobuf__EnumDescriptorProto *proto;
	const char *full_name; /* ".my.app.Colour" */
	const char *c_lower;   /* "my__app__colour" */
	int32_t *values;       /* sorted, each once */
	size_t n_values;
	struct gen_enum *next;
};

struct gen_field {
	struct gen_place place;
	const Google__Protobuf__FieldDescriptorProto *proto;
	Brig__FieldRules *rules;     /* never NULL */
	struct gen_message *message; /* of type message */
	struct gen_enum *enum_;      /* of type enum */
	bool repeated;
	unsigned int factor; /* n + 1: factor n of the products; 0: none */
};

struct gen_message {
	struct gen_place place;
	const Google__Protobuf__DescriptorProto *proto;
	Brig__MessageRules *rules;
	const char *full_name; /* ".my.app.Hello" */
	const char *c_name;    /* "My__App__Hello" */
	const char *c_lower;   /* "my__app__hello" */
	struct gen_field *fields;
	size_t n_fields;
	unsigned int n_factors;
	bool from_child; /* a child makes it up */
	/* The most that a valid one can have: bytes, encoded; tags of its own, inner ones' apart.
	 */
	uint64_t max_bytes, max_wire_fields;
	int measured;                   /* 0 not yet, 1 on the way, 2 done */
	const struct gen_file *said_in; /* the last whose text tells its memory */
	struct gen_message *next;
};

struct gen_method {
	struct gen_place place;
	const Google__Protobuf__MethodDescriptorProto *proto;
	Brig__MethodRules *rules;
	const char *lower; /* "open" */
	const char *upper; /* "OPEN" */
	struct gen_message *request, *reply;
};

struct gen_service {
	struct gen_place place;
	const Google__Protobuf__ServiceDescriptorProto *proto;
	Brig__ServiceRules *rules;
	const char *lower; /* "brig_files" */
	const char *upper; /* "BRIG_FILES" */
	const char *name;  /* "files" */
	struct gen_method *methods;
	size_t n_methods;
};

struct gen_file {
	const Google__Protobuf__FileDescriptorProto *proto;
	Brig__FileRules *rules;
	const char *stem;   /* "greeter" of greeter.proto */
	const char *prefix; /* of C names: "my_app" */
	uint64_t hash;      /* of what the file says, comments apart */
	bool generate;
	struct gen_service *services;
	size_t n_services;
	struct gen_file *next;
};

struct gen {
	struct gen_block *memory; /* all that was allocated */
	struct gen_file *files, **last_file;
	struct gen_message *messages, **last_message;
	struct gen_enum *enums;
	FILE *errors; /* the text of them, a line each */
	unsigned int n_errors;
};

void *gen_alloc(struct gen *gen, size_t size); /* zeroed; without memory it ends the process */
char *gen_print(struct gen *gen, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "greeter.proto:12: my.app.Hello.name: " and the text, for the builder. */
void gen_error(struct gen *gen, const struct gen_place *place, const char *name, const char *format,
	       ...) __attribute__((format(printf, 4, 5)));

/* ipc/gen/names.c: as protobuf-c spells them. */
const char *gen_c_name(struct gen *gen, const char *full_name);
const char *gen_c_lower(struct gen *gen, const char *full_name);
const char *gen_snake(struct gen *gen, const char *camel);
const char *gen_upper(struct gen *gen, const char *text);

/*
 * ipc/gen/options.c: Brig's option among the unknown fields of @options (NULL: there are none),
 * unpacked; with nothing there, one of defaults. Anything else there is an error at @place.
 */
ProtobufCMessage *gen_options(struct gen *gen, const struct gen_place *place, const char *name,
			      const ProtobufCMessage *options,
			      const ProtobufCMessageDescriptor *descriptor);

/* ipc/gen/load.c: from descriptors to the lists above, names resolved. */
void gen_load_file(struct gen *gen, const Google__Protobuf__FileDescriptorProto *proto,
		   bool generate);
void gen_resolve(struct gen *gen);

/* ipc/gen/check.c, measure.c: what can't be built. */
void gen_check(struct gen *gen);
void gen_measure(struct gen *gen, struct gen_message *message);
/* Is it of Brig's own messages, whose numbers, roles and descriptors nobody else has? */
bool gen_is_own(const struct gen_file *file);

/* ipc/gen/check_names.c: what C couldn't be made of, and roles that there are none of. */
void gen_check_handler(struct gen *gen, const struct gen_method *method);
void gen_check_member(struct gen *gen, const struct gen_field *field);
void gen_check_stubs(struct gen *gen, const struct gen_service *service);
void gen_check_roles(struct gen *gen, const struct gen_file *file,
		     const struct gen_service *service);
bool gen_is_packed(const struct gen_field *field);

#endif
