/*
 * protoc-gen-brig - a plugin of protoc: reads a CodeGeneratorRequest, writes a
 * CodeGeneratorResponse (google/protobuf/compiler/plugin.proto).
 */
#include "ipc/gen/emit.h"

#include "google/protobuf/compiler/plugin.pb-c.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef Google__Protobuf__Compiler__CodeGeneratorRequest Request;
typedef Google__Protobuf__Compiler__CodeGeneratorResponse Response;
typedef Google__Protobuf__Compiler__CodeGeneratorResponse__File File;

/* What is made of each file. */
static const struct output {
	const char *prefix; /* the messages' file is called as the schema, which must not be lost */
	const char *suffix;
	gen_emit *emit;
} outputs[] = {
	{ "messages/", ".proto", gen_emit_messages },
	{ "", ".brig.h", gen_emit_header },
	{ "", ".brig.c", gen_emit_source },
	{ "", ".permissions.json", gen_emit_permissions },
	{ "", ".permissions.md", gen_emit_matrix },
	{ "", ".fuzz.c", gen_emit_fuzz },
};

#define OUTPUTS (sizeof outputs / sizeof *outputs)

struct gen_block {
	struct gen_block *next;
	_Alignas(max_align_t) unsigned char bytes[];
};

void *gen_alloc(struct gen *gen, size_t size)
{
	struct gen_block *block = calloc(1, sizeof *block + size);

	if (!block) {
		fprintf(stderr, "protoc-gen-brig: out of memory\n");
		exit(1);
	}
	block->next = gen->memory;
	gen->memory = block;
	return block->bytes;
}

static void free_all(struct gen *gen)
{
	while (gen->memory) {
		struct gen_block *block = gen->memory;

		gen->memory = block->next;
		free(block);
	}
}

char *gen_print(struct gen *gen, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	const int n = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	char *text = gen_alloc(gen, n < 0 ? 1 : (size_t)n + 1);
	va_start(arguments, format);
	if (n > 0)
		(void)vsnprintf(text, (size_t)n + 1, format, arguments);
	va_end(arguments);
	return text;
}

/* The line of a place, from 1; 0: the file tells nothing of it. */
static int line_of(const struct gen_place *place)
{
	const Google__Protobuf__SourceCodeInfo *info =
		place->file ? place->file->proto->source_code_info : NULL;

	for (size_t i = 0; info && i < info->n_location; i++) {
		const Google__Protobuf__SourceCodeInfo__Location *location = info->location[i];

		if (location->n_path == place->n && location->n_span &&
		    (!place->n ||
		     !memcmp(location->path, place->path, place->n * sizeof *place->path)))
			return location->span[0] + 1;
	}
	return 0;
}

void gen_error(struct gen *gen, const struct gen_place *place, const char *name, const char *format,
	       ...)
{
	va_list arguments;

	va_start(arguments, format);
	fprintf(gen->errors, "%s%s:%d: %s ", gen->n_errors++ ? "\n" : "", place->file->proto->name,
		line_of(place), name);
	vfprintf(gen->errors, format, arguments);
	va_end(arguments);
}

const struct gen_file *gen_imported(const struct gen *gen, const char *name)
{
	if (!strcmp(name, "brig/options.proto"))
		return NULL;
	for (const struct gen_file *file = gen->files; file; file = file->next)
		if (!strcmp(file->proto->name, name))
			return file;
	return NULL;
}

struct gen_message *gen_next_message(const struct gen *gen, const struct gen_file *file,
				     const struct gen_message *message)
{
	struct gen_message *next = message ? message->next : gen->messages;

	while (next && next->place.file != file)
		next = next->next;
	return next;
}

static bool is_asked_for(const Request *request, const char *name)
{
	for (size_t i = 0; i < request->n_file_to_generate; i++)
		if (!strcmp(request->file_to_generate[i], name))
			return true;
	return false;
}

static int emit_file(struct gen *gen, const struct gen_file *file, const struct output *output,
		     File *ret)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return -ENOMEM;
	output->emit(out, gen, file);
	if (fclose(out)) {
		free(text);
		return -ENOMEM;
	}
	google__protobuf__compiler__code_generator_response__file__init(ret);
	ret->name = gen_print(gen, "%s%s%s", output->prefix, file->stem, output->suffix);
	ret->content = text;
	return 0;
}

static int emit_all(struct gen *gen, size_t n_files, Response *response)
{
	response->file = gen_alloc(gen, (n_files * OUTPUTS + 1) * sizeof *response->file);
	for (const struct gen_file *file = gen->files; file; file = file->next)
		for (size_t i = 0; file->generate && i < OUTPUTS; i++) {
			File *made = gen_alloc(gen, sizeof *made);
			int r = emit_file(gen, file, &outputs[i], made);

			if (r < 0)
				return r;
			response->file[response->n_file++] = made;
		}
	return 0;
}

static int write_response(const Response *response)
{
	const size_t n =
		google__protobuf__compiler__code_generator_response__get_packed_size(response);
	uint8_t *bytes = malloc(n + 1);
	int r = -ENOMEM;

	if (bytes) {
		google__protobuf__compiler__code_generator_response__pack(response, bytes);
		r = fwrite(bytes, 1, n, stdout) == n && !fflush(stdout) ? 0 : -EIO;
	}
	free(bytes);
	return r;
}

static int generate(struct gen *gen, const Request *request)
{
	Response response = GOOGLE__PROTOBUF__COMPILER__CODE_GENERATOR_RESPONSE__INIT;
	char *errors = NULL;
	size_t n_errors = 0;
	int r = 0;

	gen->last_file = &gen->files;
	gen->last_message = &gen->messages;
	gen->errors = open_memstream(&errors, &n_errors);
	if (!gen->errors)
		return -ENOMEM;
	for (size_t i = 0; i < request->n_proto_file; i++)
		gen_load_file(gen, request->proto_file[i],
			      is_asked_for(request, request->proto_file[i]->name));
	gen_resolve(gen);
	gen_check(gen);
	if (fclose(gen->errors))
		r = -ENOMEM;
	else if (gen->n_errors)
		response.error = errors;
	else
		r = emit_all(gen, request->n_file_to_generate, &response);
	if (!r)
		r = write_response(&response);
	for (size_t i = 0; i < response.n_file; i++)
		free(response.file[i]->content);
	free(errors);
	return r;
}

/* All of standard input; the caller's to free(3). */
static uint8_t *read_all(size_t *ret_n)
{
	size_t n = 0, size = 65536;
	uint8_t *bytes = malloc(size);

	while (bytes) {
		const size_t got = fread(bytes + n, 1, size - n, stdin);

		n += got;
		if (n < size)
			break;
		uint8_t *more = realloc(bytes, size *= 2);
		if (!more)
			free(bytes);
		bytes = more;
	}
	*ret_n = n;
	return bytes;
}

int main(void)
{
	struct gen gen = { .files = NULL };
	size_t n = 0;
	uint8_t *bytes = read_all(&n);
	Request *request =
		bytes ? google__protobuf__compiler__code_generator_request__unpack(NULL, n, bytes)
		      : NULL;
	int r = request ? 0 : -EPROTO;

	free(bytes);
	if (isatty(STDIN_FILENO) || r) {
		fprintf(stderr, "protoc-gen-brig is run by protoc: protoc --plugin=protoc-gen-brig "
				"--brig_out=DIR FILE.proto\n");
	} else {
		r = generate(&gen, request);
		free_all(&gen);
	}
	if (request)
		google__protobuf__compiler__code_generator_request__free_unpacked(request, NULL);
	return r ? 1 : 0;
}
